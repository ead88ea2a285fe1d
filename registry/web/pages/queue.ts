/** Versions that wait for a decision, each with what one has to know to decide, and the form for it; and the visitor's own ones that are on their way. */
import { cut } from '../../../scanner/report/escape.ts';
import { plural } from '../../../scanner/report/glance.ts';
import type { Queue, QueueItem, VersionInfo } from '../../gate/contract.ts';
import { type FileEntry, refText } from '../../model.ts';
import type { ReportGist } from '../../reports.ts';
import { html, type Markup, type Part } from '../html.ts';
import { abilities, growth, moment, note, skillPath, stateWords, toneOf, verdictWord } from '../parts.ts';
import { fileList, findings } from './waiting.ts';

/** An item with what its page shows beside it. */
export interface Waiting {
  readonly item: QueueItem;
  readonly report: ReportGist | undefined;
  readonly info: VersionInfo | undefined;
  /** Its report is missing or is not what was stored. */
  readonly damaged: boolean;
}

export interface QueueView {
  readonly csrf: string;
  /** Id of the visitor. */
  readonly userId: string;
  readonly admin: boolean;
  readonly solo: boolean;
  readonly forMe: readonly Waiting[];
  readonly mine: Queue['mine'];
  /** What a decision just made has led to. */
  readonly done: VersionInfo | undefined;
  /** A decision that was not taken, with the words that were typed. */
  readonly failed: { readonly versionId: string; readonly says: string; readonly reason: string } | undefined;
  /** Versions that wait beyond those shown. */
  readonly more: number;
  /** There are still others, uncounted. */
  readonly evenMore: boolean;
}

const origin = (info: VersionInfo | undefined): Part => {
  const source =
    info === undefined ? {} : (JSON.parse(info.row.source) as { readonly kind?: unknown; readonly upstream?: unknown; readonly from?: unknown });
  return source.kind === 'import'
    ? html`<dt>Imported from</dt><dd><code>${cut(String(source.upstream ?? source.from ?? ''), 400)}</code></dd>`
    : undefined;
};

/** The sentence that says why; what follows it in a refusal is for who reads it elsewhere. */
const firstLine = (reason: string, item: QueueItem): string => {
  const [line = ''] = reason.split('\n');
  const name = `${refText(item)} `;
  return line.startsWith(name) ? `${line.charAt(name.length).toUpperCase()}${line.slice(name.length + 1)}` : line;
};

function form(view: QueueView, { item }: Waiting): Markup {
  const at = skillPath(item.owner, item.slug, item.version);
  const failed = view.failed?.versionId === item.versionId ? view.failed : undefined;
  const own = item.publisher.id === view.userId;
  const id = `reason-${item.versionId}`;
  return html`${failed === undefined ? undefined : note('bad', html`<b>Not done.</b> ${failed.says}`)}
${own ? note('', view.solo ? html`You published this yourself. This registry allows solo approval; the release will say so to everybody.` : html`You published this yourself, so somebody else has to approve it.`) : undefined}
<form method="post" action="${`/queue${at.slice('/skills'.length)}`}">
<input type="hidden" name="csrf" value="${view.csrf}">
<input type="hidden" name="report" value="${item.reportSha256 ?? ''}">
<label for="${id}">Reason for your decision</label>
<textarea id="${id}" name="reason" required maxlength="2000" aria-describedby="${id}-hint">${failed?.reason ?? ''}</textarea>
<p class="hint" id="${id}-hint">Signed into the release and written to the audit log, for everybody who asks later.</p>
${
  item.breakGlass && view.admin
    ? html`<label class="check"><input type="checkbox" name="breakGlass" value="yes"><span><b class="word block">Break the glass.</b> The scan blocks this version. Serve it all the same, on my word, with a reason of at least 20 characters; this is an alarm in the audit log and every release statement will say it.</span></label>`
    : undefined
}
<div class="actions">${own && !view.solo ? undefined : html`<button name="decision" value="approve">Approve</button>`}<button class="danger" name="decision" value="reject">Reject for good</button></div>
</form>`;
}

function card(view: QueueView, waiting: Waiting): Markup {
  const { item, report, info, damaged } = waiting;
  const at = skillPath(item.owner, item.slug, item.version);
  const approvals = item.approvals.filter((one) => one.decision === 'approve');
  return html`<article class="card verdict ${toneOf(item.decision)}" id="${item.versionId}">
<header><h3><a href="${at}">@${item.owner}/${item.slug}</a> <span class="mono">${item.version}</span></h3>${verdictWord(item.decision)}<span class="soft small">by ${item.publisher.handle}, ${moment(item.createdAt)}</span></header>
${item.reason === null ? undefined : html`<p class="says">${cut(firstLine(item.reason, item), 600)}</p>`}
${item.breakGlass && !view.admin ? note('bad', html`The scan blocks it: only an admin can let it through.`) : undefined}
<div class="sides">
<section><h2>Findings</h2>${report === undefined ? html`<p class="soft">There is no report: the scan did not finish.</p>` : findings(report)}${item.reportSha256 === null ? undefined : html`<p class="small"><a href="${at}/report">Full report</a></p>`}</section>
<section><h2>New abilities</h2>${growth(item.growth)}${report === undefined ? undefined : html`<h2>All it can do</h2>${abilities(report.abilities)}`}</section>
</div>
<dl class="grid">${origin(info)}${info === undefined || info.row.changelog === '' ? undefined : html`<dt>Change</dt><dd>${cut(info.row.changelog, 1000)}</dd>`}
<dt>Approvals</dt><dd>${approvals.length} of ${item.needed}${approvals.map((one) => html`<br><b>${one.handle}</b>, ${moment(one.at)}: ${cut(one.reason, 400)}`)}</dd></dl>
${info === undefined ? undefined : fileList(at, JSON.parse(info.row.files) as FileEntry[])}
<hr>
${damaged ? note('bad', html`<b>Its report was changed or is missing,</b> so nothing can be decided by it. Whoever runs this registry has to bring it back from a backup.`) : form(view, waiting)}
</article>`;
}

const own = (item: QueueItem): Markup =>
  html`<tr><td><a href="${skillPath(item.owner, item.slug, item.version)}">@${item.owner}/${item.slug}</a> <span class="mono">${item.version}</span></td><td>${stateWords[item.state]}</td><td>${cut(firstLine(item.reason ?? '', item), 300)}</td><td>${item.approvals.filter((one) => one.decision === 'approve').length} of ${item.needed}</td></tr>`;

export function queuePage(view: QueueView): Markup {
  const { done } = view;
  return html`<h1>Queue</h1>
<p class="lead">${view.forMe.length === 0 ? 'Nothing waits for your decision.' : `${view.evenMore ? 'More than ' : ''}${plural(view.forMe.length + view.more, 'version')} ${view.forMe.length + view.more === 1 ? 'waits' : 'wait'} for your decision. Nobody sees them until then.`}</p>
${
  done === undefined
    ? undefined
    : note(
        done.row.state === 'refused' ? 'bad' : 'good',
        html`<b>Decided.</b> <a href="${skillPath(done.owner, done.slug, done.row.version)}">@${done.owner}/${done.slug}@${done.row.version}</a> is now: ${stateWords[done.row.state]}.`,
      )
}
${view.failed === undefined || view.forMe.some(({ item }) => item.versionId === view.failed?.versionId) ? undefined : note('bad', html`<b>Not done.</b> ${view.failed.says}`)}
<div class="waiting">${view.forMe.map((one) => card(view, one))}</div>
${view.more > 0 ? html`<p class="soft">${view.evenMore ? 'More than ' : ''}${view.more} more after these.</p>` : undefined}
${
  view.mine.length === 0
    ? undefined
    : html`<h2>Published by you, not served yet</h2><div class="scroll"><table><thead><tr><th scope="col">Version</th><th scope="col">State</th><th scope="col">Why</th><th scope="col">Approvals</th></tr></thead><tbody>${view.mine.map(own)}</tbody></table></div>`
}`;
}
