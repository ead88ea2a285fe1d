/**
 * HTML: one page that loads nothing and runs nothing. For one skill the whole report, for several a table and the findings of those that did not pass.
 *
 * It promises that every string passes one escaping template, that there is no script, and that the page's own Content-Security-Policy forbids everything but the
 * style sheet whose hash it names: even a mistake in escaping would not fetch or run anything.
 */
import { createHash } from 'node:crypto';
import type { Decision, Gate, Report, ReportFinding, ReportStep } from '../model.ts';
import { cut, escapeHtml, glyphs } from './escape.ts';
import { confidenceWord, glance, plural, reachWord, size } from './glance.ts';
import type { RenderOptions } from './options.ts';
import { css } from './style.ts';
import { coverageOf, findingsOf, merged, placeOf, tally, unreadOf } from './summary.ts';

/** Markup that was made by {@link h}; only its own instances are not escaped. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
export type Part = Markup | string | number | readonly Part[] | undefined;

const write = (part: Part): string => {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'string' || typeof part === 'number') return escapeHtml(String(part));
  return part.map(write).join('');
};
/** The one template: everything put in is escaped unless it is markup made here. */
export const h = (strings: TemplateStringsArray, ...parts: readonly Part[]): Markup =>
  new Markup(strings.reduce((text, piece, index) => text + write(parts[index - 1]) + piece));

export const words: Readonly<Record<Decision, string>> = { pass: 'Pass', review: 'Review', block: 'Block', incomplete: 'Incomplete' };
const titles: Readonly<Record<Gate, string>> = { block: 'Why it is blocked', review: 'What a person should look at', capability: 'Listed only' };
const LISTED = 60;

/** A whole page. @param more rules after those of every report; the page is then as wide as the window */
export function page(title: string, body: Markup, more = ''): string {
  const rules = css + more;
  const hash = createHash('sha256').update(rules).digest('base64');
  const style = new Markup(`<style>${rules}</style>`);
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  return `${
    h`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${title}</title>
${style}
</head>
<body>
<main>
${body}
</main>
</body>
</html>`.text
  }\n`;
}

/** A line of code with the marked columns and visible escapes. */
export function codeLine(line: string, from: number, to: number): Markup {
  let out = '';
  let open = false;
  for (const glyph of glyphs(line.replace(/\r$/, ''))) {
    const inside = glyph.at >= from && glyph.at < to;
    if (inside !== open) out += inside ? '<mark>' : '</mark>';
    open = inside;
    out += glyph.escaped ? `<span class="esc">${escapeHtml(glyph.text)}</span>` : escapeHtml(glyph.text);
  }
  return new Markup(open ? `${out}</mark>` : out);
}

function frame(step: ReportStep): Markup | undefined {
  if (step.lines.length === 0) return h`<div class="frame"><div class="where mono">${cut(step.path, 200)}</div></div>`;
  const rows = step.lines.map((line, index) => {
    const number = step.firstLine + index;
    const marked = number >= step.line && number <= step.endLine;
    if (!marked && line.trim() === '') return undefined;
    const from = number === step.line ? step.column - 1 : line.length - line.trimStart().length;
    const to = number === step.endLine ? step.endColumn - 1 : Number.MAX_SAFE_INTEGER;
    return h`<span class="row"><span class="no">${number}</span>${marked ? codeLine(line, from, to) : codeLine(line, 0, 0)}</span>`;
  });
  return h`<div class="frame"><div class="where mono">${cut(step.path, 200)}:${step.line}:${step.column}</div><pre>${rows}</pre></div>`;
}

/** A finding with its code, advice and trace. */
export function findingCard({ one: finding, others }: ReturnType<typeof merged>[number]): Markup {
  const primary = placeOf(finding);
  const chips = [
    finding.severity,
    confidenceWord[finding.confidence],
    reachWord[finding.reach],
    ...finding.unwrapped.map((layer) => `seen through ${cut(layer, 40)}`),
  ];
  const trace =
    finding.steps.length > 1
      ? h`<details><summary>How the data gets there: ${finding.steps.length} steps</summary><ol class="trace">${finding.steps.map((step) => h`<li><p>${cut(step.says, 300)}</p>${frame(step)}</li>`)}</ol></details>`
      : undefined;
  const also =
    others.length === 0
      ? undefined
      : h`<details><summary>${plural(others.length, 'other way')} to the same place</summary><ul class="plain">${others.slice(0, LISTED).map((other) => h`<li><code>${cut(other.steps[0].path, 160)}:${other.steps[0].line}</code> ${cut(other.steps[0].says, 200)}</li>`)}</ul></details>`;
  return h`<article class="card finding ${finding.gate}" id="${finding.id}">
<p class="rule"><b class="mono">${finding.rule}</b> <span>${finding.title}</span> <span class="mono">${finding.slug}</span></p>
<h3>${cut(finding.says, 400)}</h3>
${frame(primary)}
<ul class="chips">${chips.map((chip) => h`<li class="chip">${chip}</li>`)}</ul>
<p class="fix"><b>What to do.</b> ${finding.fix}</p>
${trace}
${also}
</article>`;
}

function abilities(report: Report): Markup {
  const rows = glance(report.capability);
  if (rows.length === 0) return h`<div class="card">Nothing was found: it runs, reads, writes and contacts nothing.</div>`;
  return h`<div class="card"><dl class="grid">${rows.map(
    (row) =>
      h`<dt>${row.title}</dt><dd>${row.items.slice(0, LISTED).map((item) => h`<span class="able mono ${item.dynamic ? 'dynamic' : ''}">${cut(item.text, 120)}</span>`)}${row.items.length > LISTED ? h`<span class="chip">and ${row.items.length - LISTED} more</span>` : undefined}</dd>`,
  )}</dl></div>`;
}

function changes(report: Report): Markup | undefined {
  if (report.changes === undefined) return undefined;
  const { against, added, removed } = report.changes;
  const row = (kind: 'added' | 'removed', list: typeof added): Markup[] =>
    list.map((entry) => h`<li class="${kind}"><b>${kind === 'added' ? '+' : '−'}</b> ${entry.kind} <code>${cut(entry.key, 160)}</code></li>`);
  const body = added.length + removed.length === 0 ? h`<li>The same abilities.</li>` : [...row('added', added), ...row('removed', removed)];
  return h`<h2>Changed since <span class="as">${cut(against, 120)}</span></h2><div class="card"><ul class="plain">${body}</ul></div>`;
}

function sections(report: Report): Markup[] {
  return (['block', 'review'] as const).flatMap((gate) => {
    const found = findingsOf(report, gate);
    return found.length === 0 ? [] : [h`<h2>${titles[gate]}</h2>${merged(found).map(findingCard)}`];
  });
}

function policySays(report: Report): Markup | undefined {
  const wanted = report.verdict.decision === 'pass' ? [] : report.verdict.because.filter((reason) => reason.startsWith('capability:'));
  if (wanted.length === 0) return undefined;
  return h`<h2>Abilities the policy does not let pass</h2><div class="card"><ul class="plain">${wanted.map((reason) => h`<li><code>${cut(reason.slice('capability:'.length), 200)}</code></li>`)}</ul></div>`;
}

function quieter(report: Report): (Markup | undefined)[] {
  const excepted = report.findings.filter((finding) => finding.excepted !== undefined);
  const listed = findingsOf(report, 'capability');
  const line = (finding: ReportFinding): Markup =>
    h`<td class="mono">${finding.rule}</td><td>${cut(finding.says, 240)}</td><td class="mono">${cut(placeOf(finding).path, 120)}:${placeOf(finding).line}</td>`;
  return [
    excepted.length > 0
      ? h`<h2>Excepted by the policy</h2><div class="card scroll"><table><thead><tr><th>Rule</th><th>Finding</th><th>Place</th><th>Exception</th></tr></thead><tbody>${excepted.map((finding) => h`<tr>${line(finding)}<td>${cut(finding.excepted!.reason, 200)} (${cut(finding.excepted!.owner, 80)}, until ${finding.excepted!.expires})</td></tr>`)}</tbody></table></div>`
      : undefined,
    listed.length > 0
      ? h`<details><summary>${plural(listed.length, 'finding')} of lesser weight</summary><div class="card scroll"><table><tbody>${listed.map((finding) => h`<tr>${line(finding)}</tr>`)}</tbody></table></div></details>`
      : undefined,
  ];
}

function coverage(report: Report): Markup {
  const unread = unreadOf(report);
  const rows = report.coverage.ledger;
  const table = h`<div class="card scroll"><table><thead><tr><th>File</th><th>Size</th><th>Read as</th><th></th></tr></thead><tbody>${rows.map(
    (row) =>
      h`<tr><td class="mono">${cut(row.path, 200)}</td><td class="num">${size(row.size)}</td><td>${row.languages.length > 0 ? row.languages.join(', ') : row.kind}</td><td>${row.status === 'read' ? 'read' : `${row.status}${row.why === undefined ? '' : `: ${cut(row.why, 200)}`}`}</td></tr>`,
  )}</tbody></table></div>`;
  const holes =
    unread.length > 0
      ? h`<div class="card finding incomplete"><ul class="plain">${unread.map((row) => h`<li><code>${cut(row.path, 200)}</code> ${cut(row.says, 300)}</li>`)}</ul></div>`
      : undefined;
  return h`<h2>${unread.length > 0 ? 'Not read completely' : 'Coverage'}</h2>${holes}${rows.length > 0 ? h`<details><summary>${plural(rows.length, 'file')}, ${coverageOf(report).read} read</summary>${table}</details>` : undefined}`;
}

const brand = (report: Report | undefined): Markup =>
  h`<p class="brand"><b>skillward</b><span>${report === undefined ? '' : `report as of ${report.policy.asOf}`}</span></p>`;
const foot = (report: Report): Markup =>
  h`<footer><p>skillward ${report.tool.version} · ${plural(report.rules.count, 'rule')} <code>${report.rules.digest.slice(0, 19)}</code> · policy ${cut(report.policy.name, 60)} <code>${report.policy.digest.slice(0, 19)}</code></p><p><code>${report.skill.digest}</code></p></footer>`;

/** One skill. */
export function html(report: Report): string {
  const { decision, says } = report.verdict;
  const about = report.skill.description === '' ? undefined : h`<p class="about">${cut(report.skill.description, 300)}</p>`;
  const count = coverageOf(report);
  const body = h`${brand(report)}
<header class="verdict ${decision}">
<p class="word">${words[decision]}</p>
<h1>${cut(report.skill.name, 120)}</h1>
${about}
<p class="says">${cut(says, 400)}</p>
<div class="facts"><span><b>${findingsOf(report, 'block').length}</b> block</span><span><b>${findingsOf(report, 'review').length}</b> review</span><span><b>${report.capability.entries.length}</b> abilities</span><span><b>${count.read}</b> of <b>${report.skill.files}</b> files read</span><span>${size(report.skill.bytes)}</span></div>
</header>
${sections(report)}
${policySays(report)}
<h2>What it can do</h2>
${abilities(report)}
${changes(report)}
${quieter(report)}
${coverage(report)}
${foot(report)}`;
  return page(`${words[decision]}: ${cut(report.skill.name, 80)} · skillward`, body);
}

/** Several skills. */
export function htmlSummary(reports: readonly Report[], options: RenderOptions = {}): string {
  const total = tally(reports, options.failures, options.failOn);
  const worst: Decision = total.block > 0 ? 'block' : total.incomplete + total.failed > 0 ? 'incomplete' : total.review > 0 ? 'review' : 'pass';
  const nameOf = (index: number): string => cut(options.targets?.[index]?.name ?? reports[index]!.skill.origin, 160);
  const order: readonly Decision[] = ['block', 'incomplete', 'review', 'pass'];
  const sorted = reports
    .map((report, index) => ({ report, index }))
    .sort((a, b) => order.indexOf(a.report.verdict.decision) - order.indexOf(b.report.verdict.decision));
  const rows = sorted.map(({ report, index }) => {
    const found = [...findingsOf(report, 'block'), ...findingsOf(report, 'review')];
    const [first] = found;
    const { decision } = report.verdict;
    const name = found.length > 0 ? h`<a href="#skill-${index}">${nameOf(index)}</a>` : nameOf(index);
    const why =
      decision === 'pass'
        ? ''
        : first === undefined
          ? cut(report.verdict.says, 200)
          : `${first.rule} ${cut(first.says, 160)}${found.length > 1 ? ` (and ${found.length - 1} more)` : ''}`;
    return h`<tr class="${decision}"><td class="tag">${words[decision]}</td><td>${name}</td><td>${why}</td></tr>`;
  });
  const failed = (options.failures ?? []).map(
    (failure) =>
      h`<tr class="incomplete"><td class="tag">${failure.kind === 'crash' ? 'Error' : 'Unread'}</td><td>${cut(failure.name, 160)}</td><td>${cut(failure.says, 300)}</td></tr>`,
  );
  const bars = order
    .filter((decision) => total[decision] > 0)
    .map((decision) => new Markup(`<i class="${decision}"></i>`.repeat(Math.max(1, Math.round((total[decision] / Math.max(1, total.skills)) * 60)))));
  const details = sorted.flatMap(({ report, index }) => {
    if (findingsOf(report, 'block').length + findingsOf(report, 'review').length === 0) return [];
    const found = [...findingsOf(report, 'block'), ...findingsOf(report, 'review')];
    return [
      h`<details id="skill-${index}"><summary>${words[report.verdict.decision]}: ${nameOf(index)} (${plural(found.length, 'finding')})</summary>${merged(found).slice(0, 50).map(findingCard)}${merged(found).length > 50 ? h`<p class="fix">and ${merged(found).length - 50} more; the report of this skill alone shows all.</p>` : undefined}</details>`,
    ];
  });
  const [sample] = reports;
  const body = h`${brand(sample)}
<header class="verdict ${worst}">
<p class="word">${words[worst]}</p>
<h1>${plural(total.skills, 'skill')}</h1>
<div class="bar">${bars}</div>
<div class="facts">${order.map((decision) => h`<span class="${decision}"><b>${total[decision]}</b> ${decision}</span>`)}${total.failed > 0 ? h`<span><b>${total.failed}</b> unread</span>` : undefined}</div>
</header>
<h2>Verdicts</h2>
<div class="card scroll"><table><thead><tr><th>Verdict</th><th>Skill</th><th>Why</th></tr></thead><tbody>${rows}${failed}</tbody></table></div>
${details.length > 0 ? h`<h2>Findings</h2>${details}` : undefined}
${sample === undefined ? undefined : h`<footer><p>skillward ${sample.tool.version} · ${plural(sample.rules.count, 'rule')} · policy ${cut(sample.policy.name, 60)}</p></footer>`}`;
  return page(`${words[worst]}: ${plural(total.skills, 'skill')} · skillward`, body);
}
