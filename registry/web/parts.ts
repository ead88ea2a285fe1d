/** Pieces that several pages show: times, verdicts, abilities, digests. Everything from a skill is cut to a bound; the template escapes it. */
import { cut } from '../../scanner/report/escape.ts';
import type { Ability, Growth } from '../gate/contract.ts';
import type { VersionState } from '../model.ts';
import type { AbilityRows } from '../reports.ts';
import { html, type Markup, type Part } from './html.ts';

const listed = 40;

/** A day, in UTC like everything the registry states. */
export const day = (at: number | string | null | undefined): Part => {
  if (at === null || at === undefined) return undefined;
  const text = new Date(at).toISOString();
  return html`<time datetime="${text}" title="${text}">${text.slice(0, 10)}</time>`;
};
/** Day and minute. */
export const moment = (at: number | string): Markup => {
  const text = new Date(at).toISOString();
  return html`<time datetime="${text}">${text.slice(0, 10)} ${text.slice(11, 16)} UTC</time>`;
};

const decisions: Readonly<Record<string, string>> = {
  pass: 'Pass',
  review: 'Review',
  block: 'Block',
  incomplete: 'Incomplete',
  failed: 'Not scanned',
};
/** Class of a decision; the words are ours, so that no stored text becomes a class. */
export const toneOf = (decision: string | null): string => (decision !== null && Object.hasOwn(decisions, decision) ? decision : 'none');
export const wordOf = (decision: string | null): string => decisions[decision ?? ''] ?? 'Not scanned';
export const verdictWord = (decision: string | null): Markup => html`<span class="word ${toneOf(decision)}">${wordOf(decision)}</span>`;

export const stateWords: Readonly<Record<VersionState, string>> = {
  quarantined: 'being scanned',
  held: 'waiting for a decision',
  refused: 'refused',
  approved: 'approved, not served yet',
  served: 'served',
  deprecated: 'deprecated',
  yanked: 'withdrawn',
  revoked: 'revoked',
};

export const skillPath = (owner: string, slug: string, version?: string): string =>
  `/skills/@${encodeURIComponent(owner)}/${encodeURIComponent(slug)}${version === undefined ? '' : `/${encodeURIComponent(version)}`}`;

/** What it can do, in one glance. */
export function abilities(rows: AbilityRows): Markup {
  if (rows.length === 0) return html`<p>Nothing was found: it runs, reads, writes and contacts nothing.</p>`;
  return html`<dl class="grid">${rows.map(
    (row) =>
      html`<dt>${row.title}</dt><dd><ul class="chips">${row.items
        .slice(0, listed)
        .map((item) => html`<li class="chip mono ${item.dynamic ? 'open' : ''}">${cut(item.text, 120)}</li>`)}${
        row.total > listed ? html`<li class="more">and ${row.total - listed} more</li>` : undefined
      }</ul></dd>`,
  )}</dl>`;
}

const ability = (one: Ability): Part => {
  const details = Object.entries(one.details).flatMap(([name, value]) =>
    Array.isArray(value) ? [`${name} ${value.join(', ')}`] : value === true ? [name] : [],
  );
  return html`${one.kind} <code>${cut(one.key, 160)}</code>${details.length === 0 ? undefined : html` <span class="soft">${cut(details.join('; '), 160)}</span>`}`;
};

/** What a version can do that the one before it could not, and the other way round. */
export function growth(change: Growth | null): Markup {
  if (change === null) return html`<p class="soft">Nothing was served before it to compare with.</p>`;
  if (change.added.length + change.removed.length === 0) return html`<p>The same abilities as <code>${cut(change.against, 160)}</code>.</p>`;
  const rows = (list: readonly Ability[], kind: 'added' | 'removed'): Part => [
    ...list.slice(0, listed).map((one) => html`<li class="${kind}"><b>${kind === 'added' ? '+' : '−'}</b> ${ability(one)}</li>`),
    list.length > listed && html`<li class="more">and ${list.length - listed} more</li>`,
  ];
  return html`<p class="soft small">Compared with <code>${cut(change.against, 160)}</code></p><ul class="diff">${rows(change.added, 'added')}${rows(change.removed, 'removed')}</ul>`;
}

/** The stored JSON of a version's growth; null if there is none or it is not what we write. */
export function growthOf(text: string | null): Growth | null {
  const value = text === null ? null : (JSON.parse(text) as Partial<Growth> | null);
  return value !== null && Array.isArray(value.added) && Array.isArray(value.removed)
    ? { against: value.against ?? '', added: value.added, removed: value.removed }
    : null;
}

export const digest = (text: string): Markup => html`<code class="digest">${text}</code>`;
export const command = (text: string): Markup => html`<pre class="cmd">${text}</pre>`;
export const note = (tone: '' | 'bad' | 'good', body: Part): Markup => html`<div class="note ${tone}" role="status">${body}</div>`;
