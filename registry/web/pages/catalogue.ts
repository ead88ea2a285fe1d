/** The list of skills and the search over it. */
import { cut } from '../../../scanner/report/escape.ts';
import type { Page, SkillHead } from '../../shelf/contract.ts';
import { html, type Markup } from '../html.ts';
import { day, skillPath, verdictWord } from '../parts.ts';

export interface CatalogueView {
  readonly displayName: string;
  readonly query: string;
  /** Handle whose skills are listed; empty for all. */
  readonly owner: string;
  readonly page: Page<SkillHead>;
  /** This is not the first page. */
  readonly further: boolean;
}

const address = (view: Pick<CatalogueView, 'query' | 'owner'>, cursor?: string): string => {
  const query = new URLSearchParams();
  if (view.query !== '') query.set('q', view.query);
  if (view.owner !== '') query.set('owner', view.owner);
  if (cursor !== undefined) query.set('cursor', cursor);
  return query.size === 0 ? '/' : `/?${query}`;
};

const row = (skill: SkillHead): Markup => {
  const { latest } = skill;
  return html`<li>
<div class="name"><a href="${skillPath(skill.owner, skill.slug)}">${cut(skill.displayName, 120)}</a> <span class="soft mono">@${skill.owner}/${skill.slug}</span></div>
<div class="meta">${verdictWord(latest.decision)} · <span class="mono">${latest.version}</span>${latest.state === 'deprecated' ? html` · <span class="word review">deprecated</span>` : undefined} · ${day(latest.served_at ?? latest.created_at)}</div>
<p class="about">${cut(skill.summary, 300)}</p>
</li>`;
};

export function catalogue(view: CatalogueView): Markup {
  const { items, cursor } = view.page;
  const nothing =
    view.query !== ''
      ? 'Nothing matches that you may read. Try fewer or other words.'
      : 'No skill has been approved yet that you may read. What is published appears here once it was scanned, approved and signed.';
  return html`<h1>${view.owner === '' ? view.displayName : html`Skills of @${view.owner}`}</h1>
<p class="lead">Skills for AI agents. Each version listed was scanned, approved by policy or by a person, and signed; its bytes never change.</p>
<form class="search" role="search" action="/" method="get">
<label class="skip" for="q">Search skills</label>
<input id="q" name="q" type="search" value="${view.query}" placeholder="Search by name or purpose" maxlength="200" autocomplete="off">
${view.owner === '' ? undefined : html`<input type="hidden" name="owner" value="${view.owner}">`}
<button>Search</button>
</form>
${items.length === 0 ? html`<p class="soft">${nothing}</p>` : html`<ol class="skills">${items.map(row)}</ol>`}
${
  cursor === null && !view.further
    ? undefined
    : html`<nav class="pager" aria-label="Pages">${view.further ? html`<a href="${address(view)}">First page</a>` : undefined}${cursor === null ? undefined : html`<a href="${address(view, cursor)}" rel="next">Next page</a>`}</nav>`
}`;
}
