/**
 * A change as one page that loads nothing and runs nothing, old on the left, new on the right: abilities, findings, what it tells the agent, packages, and the changed text
 * line by line. Lines that a new finding or ability points at say so.
 *
 * It promises what ../html.ts promises (one escaping template, no script, a Content-Security-Policy with the hash of its only style sheet), and a bounded size: every list
 * and every text is cut where it is long, and says by how much.
 */
import type { Change, FileChange, Instruction, ReportFinding, ReportPlace, Side } from '../../model.ts';
import { cut } from '../escape.ts';
import { plural, reachWord, size } from '../glance.ts';
import { codeLine, findingCard, h, Markup, page, words } from '../html.ts';
import { merged, placeOf } from '../summary.ts';
import { type Line, type Row, type Rows, rowsOf } from './lines.ts';
import type { ChangeOptions, TextOf } from './options.ts';
import { sides } from './style.ts';
import { byGate, fileSign, filesOf, gateRank, gateWord, growthWords, nameOf, pinWords, shrinkageWords } from './words.ts';

/** Of the whole page: files whose text is shown, and rows of text. */
const PAGE = { files: 80, rows: 6_000 } as const;
const LISTED = 100;
const CARDS = 40;

const at = (place: ReportPlace | undefined): string => (place === undefined ? '' : `${cut(place.path, 120)}:${place.line}`);
const more = (count: number): Markup | undefined => (count > 0 ? h`<p class="small">and ${count} more</p>` : undefined);

function side(title: string, one: Side | null): Markup {
  if (one === null) return h`<div class="card"><h3>${title}</h3><p class="small">There is none.</p></div>`;
  return h`<div class="card"><h3>${title}</h3><p><b>${cut(one.name, 120)}</b></p><p class="small">${cut(one.origin, 200)}</p><p class="small">${plural(one.files, 'file')}, ${size(one.bytes)}; taken alone: <span class="tag ${one.decision}">${words[one.decision]}</span></p><p class="small"><code>${one.digest}</code></p></div>`;
}

const notes = (list: readonly string[]): Markup | undefined =>
  list.length > 0 ? h` <span class="small">${cut(list.join(', '), 300)}</span>` : undefined;

function abilities(change: Change): Markup {
  const { grown, removed } = change.capability;
  if (grown.length + removed.length === 0) return h`<div class="card">The same abilities.</div>`;
  const none = h`<span class="none">not there</span>`;
  const rows = [
    ...byGate(grown).map((growth) => {
      const told = growthWords(growth);
      const what = cut(told.what, 160);
      const before = told.how === 'new' ? none : h`<code>${what}</code>${told.reach === undefined ? undefined : notes([told.reach.was])}`;
      const now = h`<code class="plus"><span aria-hidden="true">+ </span>${what}</code>${notes([...told.notes, ...(told.reach === undefined ? [] : [told.reach.is])])} <span class="small mono">${at(told.place)}</span>${told.gate === 'capability' ? undefined : h` <span class="held ${told.gate}">${gateWord[told.gate]}</span>`}`;
      return h`<tr><td>${told.title}</td><td>${before}</td><td>${now}</td></tr>`;
    }),
    ...removed.map((entry) => {
      const told = shrinkageWords(entry);
      const what = cut(told.what, 160);
      const before = h`<code class="minus"><span aria-hidden="true">− </span>${what}</code>${notes([...told.notes, ...(told.reach === undefined ? [] : [told.reach.was])])}`;
      const now = told.how === 'gone' ? h`<span class="none">gone</span>` : h`<code>${what}</code>${notes([told.reach?.is ?? 'less of it'])}`;
      return h`<tr><td>${told.title}</td><td>${before}</td><td>${now}</td></tr>`;
    }),
  ];
  return h`<div class="card scroll" tabindex="0" role="region" aria-label="Abilities that came and went"><table class="changes"><thead><tr><th></th><th>Before</th><th>Now</th></tr></thead><tbody>${rows.slice(0, LISTED)}</tbody></table>${more(rows.length - LISTED)}</div>`;
}

const short = (found: readonly ReportFinding[]): Markup =>
  h`<ul class="plain">${merged(found)
    .slice(0, LISTED)
    .map(
      ({ one }) => h`<li><b class="mono">${one.rule}</b> ${cut(one.says, 240)} <span class="small mono">${at(placeOf(one))}</span></li>`,
    )}</ul>${more(merged(found).length - LISTED)}`;

function findings(change: Change): Markup {
  const { appeared, went, stayed } = change.findings;
  if (appeared.length + went.length + stayed.length === 0) return h`<h2>Findings</h2><div class="card">None in either version.</div>`;
  const held = appeared.filter((one) => one.gate !== 'capability' && one.excepted === undefined);
  const groups = merged([...held].sort((a, b) => Number(b.gate === 'block') - Number(a.gate === 'block')));
  const listed = appeared.filter((one) => one.gate === 'capability' && one.excepted === undefined);
  const excepted = appeared.filter((one) => one.excepted !== undefined);
  const fold = (title: string, found: readonly ReportFinding[]): Markup | undefined =>
    found.length === 0 ? undefined : h`<details><summary>${title}</summary><div class="card">${short(found)}</div></details>`;
  return h`<h2>Findings</h2>
<div class="pair">
<section><h3>Only before: ${went.length} went</h3>${went.length === 0 ? h`<div class="card small">No finding went.</div>` : h`<div class="card">${short(went)}</div>`}</section>
<section><h3>Only now: ${appeared.length} appeared</h3>${groups.slice(0, CARDS).map(findingCard)}${more(groups.length - CARDS)}${appeared.length === 0 ? h`<div class="card small">No finding appeared.</div>` : undefined}
${fold(`${plural(listed.length, 'finding')} of lesser weight`, listed)}
${
  excepted.length === 0
    ? undefined
    : h`<details><summary>${plural(excepted.length, 'finding')} excepted by the policy</summary><div class="card"><ul class="plain">${excepted.slice(0, LISTED).map((one) => h`<li><b class="mono">${one.rule}</b> ${cut(one.says, 200)}: ${cut(one.excepted!.reason, 200)} (${cut(one.excepted!.owner, 80)}, until ${one.excepted!.expires})</li>`)}</ul>${more(excepted.length - LISTED)}</div></details>`
}</section>
</div>
${fold(`${plural(stayed.length, 'finding')} in both versions`, stayed)}`;
}

function instructions(change: Change): Markup | undefined {
  const { added, removed } = change.instructions;
  if (added.length + removed.length === 0) return undefined;
  const list = (all: readonly Instruction[], sign: string, none: string): Markup =>
    all.length === 0
      ? h`<div class="card small">${none}</div>`
      : h`<div class="card"><ul class="plain">${all.slice(0, LISTED).map((one) => h`<li><span class="${sign === '+' ? 'plus' : 'minus'}"><span aria-hidden="true">${sign} </span>${cut(one.clause, 400)}</span> <span class="small"><span class="mono">${at(one.place)}</span>; ${reachWord[one.reach]}</span></li>`)}</ul>${more(all.length - LISTED)}</div>`;
  return h`<h2>What it tells the agent</h2><div class="pair"><section><h3>No longer</h3>${list(removed, '−', 'Nothing was taken back.')}</section><section><h3>New</h3>${list(added, '+', 'Nothing new.')}</section></div>`;
}

function pins(change: Change): Markup | undefined {
  if (change.pins.length === 0) return undefined;
  return h`<h2>Packages</h2><div class="card scroll" tabindex="0" role="region" aria-label="Packages"><table><thead><tr><th>Package</th><th>Change</th><th>Where</th></tr></thead><tbody>${change.pins
    .slice(0, LISTED)
    .map(
      (pin) => h`<tr><td class="mono">${cut(pin.name, 160)}</td><td>${cut(pinWords(pin), 300)}</td><td class="mono">${at(pin.place)}</td></tr>`,
    )}</tbody></table>${more(change.pins.length - LISTED)}</div>`;
}

function unread(change: Change): Markup | undefined {
  if (change.unread.length === 0) return undefined;
  return h`<h2>Not read completely, and not so before</h2><div class="card finding incomplete"><ul class="plain">${change.unread.slice(0, LISTED).map((row) => h`<li><code>${cut(row.path, 200)}</code> ${cut(row.says, 300)}</li>`)}</ul>${more(change.unread.length - LISTED)}</div>`;
}

/** What new (or gone) findings and abilities point at: path, line, what it is called, how much it weighs. */
interface Mark {
  readonly text: string;
  readonly tone: string;
}
type Marks = ReadonlyMap<string, readonly Mark[]>;
const key = (path: string, line: number): string => `${line}\0${path}`;

function marksOf(
  found: readonly ReportFinding[],
  abilities: readonly { readonly title: string; readonly tone: string; readonly places: readonly ReportPlace[] }[],
): Marks {
  const marks = new Map<string, Mark[]>();
  const add = (place: ReportPlace, mark: Mark): void => {
    const here = marks.get(key(place.path, place.line)) ?? [];
    if (here.length < 4 && !here.some((one) => one.text === mark.text)) marks.set(key(place.path, place.line), [...here, mark]);
  };
  for (const one of found) if (one.gate !== 'capability' && one.excepted === undefined) add(placeOf(one), { text: one.rule, tone: one.gate });
  for (const { title, tone, places } of abilities) for (const place of places) add(place, { text: title, tone });
  return marks;
}

const left = (characters = 0): Markup | undefined => (characters === 0 ? undefined : h`<span class="esc">${characters} characters not shown</span>`);

function cells(line: Line | undefined, kind: 'gone' | 'came' | 'same', marks: readonly Mark[]): Markup {
  if (line === undefined) return h`<td class="no void"></td><td class="code void"></td>`;
  const sign = kind === 'gone' ? '−' : kind === 'came' ? '+' : ' ';
  return h`<td class="no ${kind}">${line.number}</td><td class="code ${kind}"><span class="sign">${sign}</span>${left(line.hidden?.before)}${codeLine(line.text, line.from ?? 0, line.to ?? 0)}${left(line.hidden?.after)}${marks.map((mark) => h`<span class="why ${mark.tone}">${mark.text}</span>`)}</td>`;
}

interface Paths {
  readonly before: string;
  readonly after: string;
}

function row(one: Row, paths: Paths, old: Marks, now: Marks): Markup {
  if (one.kind === 'gap') return h`<tr class="gap"><td colspan="4">${plural(one.count, 'equal line')} not shown</td></tr>`;
  const left = 'left' in one ? one.left : undefined;
  const right = 'right' in one ? one.right : undefined;
  const same = one.kind === 'same';
  const [was, is] = [
    left === undefined ? [] : (old.get(key(paths.before, left.number)) ?? []),
    right === undefined ? [] : (now.get(key(paths.after, right.number)) ?? []),
  ];
  return h`<tr>${cells(left, same ? 'same' : 'gone', was)}${cells(right, same ? 'same' : 'came', is)}</tr>`;
}

const HOW: Readonly<Record<FileChange['how'], string>> = { added: 'new', removed: 'gone', changed: 'changed', moved: 'moved' };

function files(change: Change, texts: NonNullable<ChangeOptions['texts']> | undefined): Markup {
  const all = worstFirst(change);
  const head = h`<h2>Files: ${filesOf(change)}</h2>`;
  if (all.length === 0) return head;
  const old = marksOf(
    change.findings.went,
    change.capability.removed.map((entry) => ({ title: shrinkageWords(entry).title, tone: 'capability', places: entry.evidence })),
  );
  const now = marksOf(
    change.findings.appeared,
    byGate(change.capability.grown).map((growth) => ({ title: growthWords(growth).title, tone: growth.gate, places: growth.entry.evidence })),
  );
  let left: number = PAGE.rows;
  const cards = all.slice(0, PAGE.files).map((file, index) => {
    // The rows of a page bound the work as well: what has no room is not compared.
    const full = left === 0 && texts !== undefined && file.how !== 'moved';
    const shown = texts === undefined || left === 0 ? undefined : differences(file, texts);
    const rows = shown?.rows.slice(0, left) ?? [];
    left -= rows.length;
    const lost = (shown?.rows.length ?? 0) - rows.length;
    const paths: Paths = { before: file.from ?? file.path, after: file.path };
    const count = shown === undefined || shown.came + shown.gone === 0 ? '' : `, ${shown.gone} − ${shown.came} +`;
    const table =
      rows.length === 0
        ? undefined
        : h`<div class="scroll" tabindex="0" role="region" aria-label="${cut(file.path, 200)}, old and new side by side"><table class="sides"><thead><tr><th class="no"></th><th>Before${file.from === undefined ? '' : `: ${cut(file.from, 160)}`}</th><th class="no"></th><th>Now${file.from === undefined ? '' : `: ${cut(file.path, 160)}`}</th></tr></thead><tbody>${rows.map((one) => row(one, paths, old, now))}</tbody></table></div>`;
    const said = [
      ...(shown?.notes ?? []),
      ...(lost > 0 ? [`${plural(lost, 'row')} more; the page is long enough.`] : []),
      ...(full ? ['Its lines are not shown: the page is long enough.'] : []),
      ...(table === undefined ? [about(file)] : []),
    ];
    return h`<div class="card file" id="file-${index}"><details${new Markup(table === undefined ? '' : ' open')}><summary><span class="mono">${fileSign[file.how]} ${cut(file.path, 200)}</span> <span class="small">${HOW[file.how]}${file.from === undefined ? '' : `, was ${cut(file.from, 160)}`}${count}</span></summary>${table}${said.map((text) => h`<p class="note">${text}</p>`)}</details></div>`;
  });
  const toc =
    all.length < 2
      ? undefined
      : h`<nav aria-label="Files"><ul class="toc">${all.slice(0, PAGE.files).map((file, index) => h`<li><a class="mono" href="#file-${index}">${fileSign[file.how]} ${cut(file.path, 120)}</a></li>`)}</ul></nav>`;
  return h`${head}${toc}${cards}${more(all.length - PAGE.files)}`;
}

/** Files that new findings and abilities point at stand first, the others by path: nobody can push them off the page with files of no weight. */
function worstFirst(change: Change): FileChange[] {
  const ranks = new Map<string, number>();
  const add = (path: string, gate: ReportFinding['gate']): void =>
    void ranks.set(path, Math.min(ranks.get(path) ?? gateRank.capability, gateRank[gate]));
  for (const one of change.findings.appeared) if (one.excepted === undefined) for (const step of one.steps) add(step.path, one.gate);
  for (const { entry, gate } of change.capability.grown) for (const place of entry.evidence) add(place.path, gate);
  const rank = (file: FileChange): number => ranks.get(file.path) ?? gateRank.capability + 1;
  return [...change.files.changes].sort((a, b) => rank(a) - rank(b));
}

/** The rows of one file; nothing for what is no text on either side, or did not change. */
function differences(file: FileChange, texts: { readonly before: TextOf; readonly after: TextOf }): Rows | undefined {
  const before = file.before === undefined ? undefined : texts.before(file.from ?? file.path);
  const after = file.after === undefined ? undefined : texts.after(file.path);
  if ((before ?? after) === undefined) return undefined;
  const rows = rowsOf(before, after);
  // One side is no text, or was too large to read: the other is shown all the same, so that nothing new hides behind it.
  const missing = file.before !== undefined && before === undefined ? 'old' : file.after !== undefined && after === undefined ? 'new' : undefined;
  return missing === undefined ? rows : { ...rows, notes: [`The ${missing} version is no text that could be read: ${about(file)}`, ...rows.notes] };
}

/** What is known of a file whose lines are not shown. */
function about(file: FileChange): string {
  const of = (one: FileChange['before']): string => (one === undefined ? 'not there' : `${size(one.size)}, sha256 ${one.sha256}`);
  if (file.before?.sha256 !== undefined && file.before.sha256 === file.after?.sha256) return `The same bytes: ${of(file.after)}.`;
  return `Before: ${of(file.before)}. Now: ${of(file.after)}${file.kind === 'text' ? '' : ` (${file.kind}, not text)`}.`;
}

/** One change. */
export function html(change: Change, options: ChangeOptions = {}): string {
  const { decision, says } = change.verdict;
  const { appeared, went, stayed } = change.findings;
  const body = h`<p class="brand"><b>skillward</b><span>change as of ${change.policy.asOf}</span></p>
<header class="verdict ${decision}">
<p class="word">${words[decision]}</p>
<h1>${cut(nameOf(change), 120)}</h1>
<p class="says">${cut(says, 400)}</p>
<div class="facts"><span><b>${change.capability.grown.length}</b> new abilities</span><span><b>${change.capability.removed.length}</b> fewer</span><span><b>${appeared.length}</b> findings appeared</span><span><b>${went.length}</b> went</span><span><b>${stayed.length}</b> stayed</span><span><b>${change.files.changes.length}</b> files differ</span></div>
</header>
<div class="pair">${side('Before', change.before)}${side('Now', change.after)}</div>
<h2>What it can do</h2>
${abilities(change)}
${findings(change)}
${instructions(change)}
${pins(change)}
${unread(change)}
${files(change, options.texts)}
<footer><p>skillward ${change.tool.version} · ${plural(change.rules.count, 'rule')} <code>${change.rules.digest.slice(0, 19)}</code> · policy ${cut(change.policy.name, 60)} <code>${change.policy.digest.slice(0, 19)}</code></p></footer>`;
  return page(`${words[decision]}: change of ${cut(nameOf(change), 80)} · skillward`, body, sides);
}
