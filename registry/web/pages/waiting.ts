/** A version that is not served (or not any more), for those who may know of it: where it stands, why, and what the scan found. */
import { cut } from '../../../scanner/report/escape.ts';
import { plural, size } from '../../../scanner/report/glance.ts';
import type { VersionInfo } from '../../gate/contract.ts';
import type { FileEntry } from '../../model.ts';
import type { ReportGist } from '../../reports.ts';
import { html, type Markup, type Part } from '../html.ts';
import { abilities, digest, growth, growthOf, moment, note, skillPath, stateWords, toneOf, verdictWord } from '../parts.ts';

/** What a person should look at, with the lines it is about. */
export function findings({ look, notLet, unread }: ReportGist): Part {
  if (look.total + notLet.length + unread.length === 0) return html`<p>The scan found nothing to block or to review.</p>`;
  return html`<ul class="findings">${look.shown.map(({ one, others }) => {
    const { path, line, lines } = one.place;
    return html`<li class="${toneOf(one.gate)}"><span class="rule mono">${one.rule}</span> ${one.title} <span class="soft small mono">${cut(path, 160)}:${line}</span>
<br>${cut(one.says, 400)}${others === 0 ? undefined : html` <span class="soft">(and ${plural(others, 'other way')} to it)</span>`}
${lines.length === 0 ? undefined : html`<div class="frame mono" tabindex="0">${lines.map((text) => cut(text, 240)).join('\n')}</div>`}</li>`;
  })}${look.total > look.shown.length ? html`<li class="soft">and ${look.total - look.shown.length} more; the full report shows all.</li>` : undefined}${notLet.map(
    (one) => html`<li class="review"><span class="rule">Policy</span> does not let this ability pass: <code>${cut(one, 200)}</code></li>`,
  )}${unread.map(
    (one) => html`<li class="incomplete"><span class="rule">Not read</span> <code>${cut(one.path, 200)}</code> ${cut(one.says, 300)}</li>`,
  )}</ul>`;
}

/** Files of a version, each with a page that shows it. */
export const fileList = (at: string, files: readonly FileEntry[]): Markup =>
  html`<details><summary>${plural(files.length, 'file')}</summary><ul class="diff">${files
    .slice(0, 500)
    .map(
      (file) =>
        html`<li><a class="mono" href="${`${at}/file?path=${encodeURIComponent(file.path)}`}">${cut(file.path, 200)}</a> <span class="soft">${size(file.size)}</span></li>`,
    )}</ul></details>`;

export function waitingPage(info: VersionInfo, report: ReportGist | undefined, mayDecide: boolean): Markup {
  const { row } = info;
  const at = skillPath(info.owner, info.slug, row.version);
  const withdrawn = row.state === 'yanked' || row.state === 'revoked';
  return html`<h1>${cut(row.display_name, 120)}</h1>
<p class="lead"><span class="mono">@${info.owner}/${info.slug}</span> <span class="mono">${row.version}</span></p>
${note(
  row.state === 'refused' || withdrawn ? 'bad' : '',
  html`<b>${withdrawn || row.state === 'refused' ? 'Not served' : 'Not served yet'}: ${stateWords[row.state]}.</b> Only those who may publish or decide here see this page.${
    row.state_reason === null
      ? undefined
      : html`<br>${row.state_reason
          .slice(0, 4000)
          .split('\n')
          .map((line) => html`${line}<br>`)}`
  }`,
)}
${
  report === undefined
    ? undefined
    : html`<h2>Findings</h2><p>${mayDecide && row.state === 'held' ? html`<a class="button" href="/queue#${row.id}">Decide</a> ` : undefined}${verdictWord(row.decision)} · <a href="${at}/report">full report</a></p>${findings(report)}<h2>What it can do</h2>${abilities(report.abilities)}<h2>Changed abilities</h2>${growth(growthOf(row.growth))}`
}
<h2>Content</h2><dl class="grid"><dt>Archive</dt><dd>${digest(`sha256:${row.archive_sha256}`)}</dd><dt>Uploaded</dt><dd>${moment(row.created_at)}</dd></dl>
${fileList(at, JSON.parse(row.files) as FileEntry[])}`;
}
