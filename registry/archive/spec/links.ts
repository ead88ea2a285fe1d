/**
 * Relative links and images of the Markdown files to other files of the skill. The parser is remark, piece by piece and behind the same bounds as in the scanner (markdown/chunks.ts), within
 * a deadline: hostile Markdown costs time, and this may run in a server. What is not read is said.
 */
import type { Nodes, Root } from 'mdast';
import { withDeadline } from '../../../scanner/deadline.ts';
import { bomb, chunkCharsMost, chunkEnd, openEnd } from '../../../scanner/languages/markdown/chunks.ts';
import { limits } from '../../../scanner/limits.ts';
import { byBytes, isSkillFile, type PackFile } from '../check.ts';
import { readFrontmatter } from '../frontmatter.ts';
import type { SpecProblem } from './contract.ts';
import { type Checked, edit, note, quote } from './text.ts';

/** Characters of Markdown that are looked at, of all files together, the skill's own file first: the same on every machine. */
const MOST = 512 * 1024;
/** The clock only kills; what it killed is said. */
const MS = 10_000;
/** Broken links reported for one file. */
const SHOWN = 50;

interface Link {
  readonly url: string;
  readonly start: number;
  readonly end: number;
}

/** Checks the links of every Markdown file. The parser is loaded here and nowhere else. */
export async function checkLinks(files: readonly PackFile[]): Promise<SpecProblem[]> {
  const { parse } = await parser();
  const paths = new Set(files.flatMap(({ path }) => path.split('/').map((_, index, all) => all.slice(0, index + 1).join('/'))));
  const folded = new Map(files.map((file) => [file.path.toLowerCase(), file.path]));
  const problems: SpecProblem[] = [];
  const unread: { path: string; why: string }[] = [];
  let room = MOST;
  let left = MS;
  const markdown = files.filter(({ path }) => /\.(?:md|markdown)$/i.test(path));
  for (const file of markdown.sort((a, b) => Number(isSkillFile(b.path)) - Number(isSkillFile(a.path)) || byBytes(a.path, b.path))) {
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(file.bytes);
    const checked: Checked = { path: file.path, text, problems: [] };
    const started = performance.now();
    const fits = text.length <= room;
    let found: { links: Link[]; unread?: string } = {
      links: [],
      unread: fits ? 'it took too long' : `only ${MOST} characters of all files together are`,
    };
    if (fits && left >= 1) {
      room -= text.length;
      withDeadline(Math.floor(left), () => {
        found = safely(text, parse);
      });
    }
    left -= performance.now() - started;
    if (found.unread !== undefined) unread.push({ path: file.path, why: found.unread });
    for (const link of found.links) if (checked.problems.length < SHOWN) judge(checked, link, paths, folded);
    problems.push(...checked.problems);
  }
  const [first] = unread;
  if (first !== undefined)
    problems.push({
      code: 'markdown-unread',
      severity: 'warning',
      path: first.path,
      line: 1,
      says: `The links of ${quote(first.path)}${unread.length > 1 ? ` and ${unread.length - 1} more files` : ''} were not all checked: ${first.why}.`,
      expected: 'Markdown that a parser reads in a moment',
      todo: 'Split the file, or look at its links yourself.',
    });
  return problems;
}

type Parse = (text: string) => Root;

async function parser(): Promise<{ parse: Parse }> {
  const [{ unified }, { default: remarkParse }, { default: remarkGfm }] = await Promise.all([
    import('unified'),
    import('remark-parse'),
    import('remark-gfm'),
  ]);
  const processor = unified().use(remarkParse).use(remarkGfm).freeze();
  return { parse: (text) => processor.parse(text) as Root };
}

/** Links, images and definitions of a text, frontmatter left out. */
function linksOf(text: string, parse: Parse): { links: Link[]; unread?: string } {
  const links: Link[] = [];
  let unread: string | undefined;
  for (let from = readFrontmatter(text).bodyAt; from < text.length; ) {
    let to = chunkEnd(text, from);
    const refused = to - from > chunkCharsMost ? `a block of more than ${chunkCharsMost} characters` : bomb(text, from, to, limits.containerDepth);
    if (refused !== undefined) unread ??= refused;
    else {
      const root = parse(text.slice(from, to));
      collect(root, from, links);
      const last = root.children.at(-1);
      // A fence that the end of the piece cuts off goes on: what follows in it is no Markdown.
      to = (to < text.length ? openEnd(text, last, from + (last?.position?.start.offset ?? 0), to) : undefined) ?? to;
    }
    from = to;
  }
  return { links, ...(unread === undefined ? {} : { unread }) };
}

/** What the parser stumbles over must not end the check of everything else. */
function safely(text: string, parse: Parse): ReturnType<typeof linksOf> {
  try {
    return linksOf(text, parse);
  } catch {
    return { links: [], unread: 'the parser failed' };
  }
}

function collect(root: Root, base: number, links: Link[]): void {
  const stack: Nodes[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.type === 'link' || node.type === 'image' || node.type === 'definition')
      links.push({ url: node.url, start: base + (node.position?.start.offset ?? 0), end: base + (node.position?.end.offset ?? 0) });
    if ('children' in node) stack.push(...[...node.children].reverse());
  }
}

/** Whether a link leads to another place than a file of the skill. */
const elsewhere = (url: string): boolean => url === '' || url.startsWith('#') || url.startsWith('//') || /^[a-z][a-z0-9+.-]{1,40}:/i.test(url);
const MARKER = /[<>{}$*|]/;

function judge(file: Checked, link: Link, paths: ReadonlySet<string>, folded: ReadonlyMap<string, string>): void {
  const { url } = link;
  const written = url.split(/[?#]/)[0] ?? '';
  // `{name}.md` and `<file>` stand for something; an address with a scheme or only a fragment leads elsewhere.
  if (elsewhere(url) || written === '' || MARKER.test(url)) return;
  let target: string;
  try {
    target = decodeURIComponent(written);
  } catch {
    target = written;
  }
  const forward = target.replaceAll('\\', '/');
  const resolved = resolve(file.path, forward);
  const expected = 'a relative path, with / between its parts, to a file of the skill';
  if (resolved === undefined) {
    const says = `The link to ${quote(url)} leads out of the skill, to a file that will not be there.`;
    note(file, link.start, {
      code: 'link-outside',
      severity: 'warning',
      says,
      expected,
      todo: 'Put the file into the skill, or link to its address.',
    });
    return;
  }
  const exists = resolved === '' || paths.has(resolved);
  if (exists && forward === target) return;
  const other = paths.has(resolved) ? resolved : folded.get(resolved.toLowerCase());
  const says =
    other === undefined
      ? `The link to ${quote(url)} leads to no file of the skill.`
      : `The link to ${quote(url)} finds its file ${quote(other)} only on systems where ${forward === target ? 'letter case does not count' : 'backslashes separate folders'}.`;
  const todo = other === undefined ? 'Add the file, correct the path, or take the link out.' : `Write ${quote(relative(file.path, other))}.`;
  const fix = other === undefined ? undefined : rewrite(file, link, written, relative(file.path, other));
  note(file, link.start, { code: 'link-broken', severity: 'warning', says, expected, todo }, fix);
}

/** A path from the root of the skill; undefined if it leads out. A `/` in front means the root of the skill. */
function resolve(from: string, url: string): string | undefined {
  const way = url.startsWith('/') ? [] : from.split('/').slice(0, -1);
  for (const segment of url.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') way.push(segment);
    else if (way.pop() === undefined) return undefined;
  }
  return way.join('/');
}

function relative(from: string, to: string): string {
  const a = from.split('/').slice(0, -1);
  const b = to.split('/');
  let same = 0;
  while (same < a.length && same < b.length - 1 && a[same] === b[same]) same++;
  return [...a.slice(same).map(() => '..'), ...b.slice(same)].join('/');
}

/** Replaces the path inside the link, if it stands there once and as written. */
function rewrite(file: Checked, link: Link, written: string, path: string): { says: string; edits: ReturnType<typeof edit>[] } | undefined {
  const source = file.text.slice(link.start, link.end);
  const at = source.lastIndexOf(written);
  if (at < 0 || source.indexOf(written) !== at || encodeURI(path) !== path || /[()<>]/.test(path)) return undefined;
  return { says: `write ${path}`, edits: [edit(file.text, link.start + at, link.start + at + written.length, path)] };
}
