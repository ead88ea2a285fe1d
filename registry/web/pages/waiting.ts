/** A version that is not served (or not any more), for those who may know of it: where it stands, why, and what the scan found. */
import type { Report } from '../../../scanner/model.ts';
import { cut } from '../../../scanner/report/escape.ts';
import { plural, size } from '../../../scanner/report/glance.ts';
import { findingsOf, merged, placeOf } from '../../../scanner/report/summary.ts';
import type { VersionInfo } from '../../gate/contract.ts';
import type { FileEntry } from '../../model.ts';
import { html, type Markup, type Part } from '../html.ts';
import { abilities, digest, growth, growthOf, moment, note, skillPath, stateWords, toneOf, verdictWord } from '../parts.ts';

const shownFindings = 30;

/** What a person should look at, with the lines it is about. */
export function findings(report: Report): Part {
  const found = merged([...findingsOf(report, 'block'), ...findingsOf(report, 'review')]);
  const abilitiesNotLet = report.verdict.because.filter((reason) => reason.startsWith('capability:'));
  const unread = report.coverage.complete ? [] : report.coverage.problems;
  if (found.length + abilitiesNotLet.length + unread.length === 0) return html`<p>The scan found nothing to block or to review.</p>`;
  return html`<ul class="findings">${found.slice(0, shownFindings).map(({ one, others }) => {
    const place = placeOf(one);
    const lines = place.lines.slice(Math.max(0, place.line - place.firstLine), Math.max(0, place.line - place.firstLine) + 3);
    return html`<li class="${toneOf(one.gate)}"><span class="rule mono">${one.rule}</span> ${one.title} <span class="soft small mono">${cut(place.path, 160)}:${place.line}</span>
<br>${cut(one.says, 400)}${others.length === 0 ? undefined : html` <span class="soft">(and ${plural(others.length, 'other way')} to it)</span>`}
${lines.length === 0 ? undefined : html`<div class="frame mono" tabindex="0">${lines.map((line) => cut(line, 240)).join('\n')}</div>`}</li>`;
  })}${found.length > shownFindings ? html`<li class="soft">and ${found.length - shownFindings} more; the full report shows all.</li>` : undefined}${abilitiesNotLet
    .slice(0, shownFindings)
    .map(
      (one) =>
        html`<li class="review"><span class="rule">Policy</span> does not let this ability pass: <code>${cut(one.slice('capability:'.length), 200)}</code></li>`,
    )}${unread
    .slice(0, shownFindings)
    .map(
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

export function waitingPage(info: VersionInfo, report: Report | undefined, mayDecide: boolean): Markup {
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
    : html`<h2>Findings</h2><p>${mayDecide && row.state === 'held' ? html`<a class="button" href="/queue#${row.id}">Decide</a> ` : undefined}${verdictWord(row.decision)} · <a href="${at}/report">full report</a></p>${findings(report)}<h2>What it can do</h2>${abilities(report.capability)}<h2>Changed abilities</h2>${growth(growthOf(row.growth))}`
}
<h2>Content</h2><dl class="grid"><dt>Archive</dt><dd>${digest(`sha256:${row.archive_sha256}`)}</dd><dt>Uploaded</dt><dd>${moment(row.created_at)}</dd></dl>
${fileList(at, JSON.parse(row.files) as FileEntry[])}`;
}
