/**
 * Which other files a text names: paths in code and prose, `source ../lib.sh`, `$(git rev-parse --show-toplevel)/scripts/x`, `require('../lib')`, `from ..lib import x`, `path.join(__dirname, '..', 'shared')`.
 * It reads text, not a language: a path that does not exist costs nothing, and one that is missed would be vetted by nobody. Linear in the text; every expression has bounds.
 */
import { nameOf } from './listing.ts';

export interface Reference {
  /** `/`-separated, without what is unknown in front of it. May begin with `..`. */
  readonly path: string;
  /** `hole`: something unknown stands in front (`$DIR/…`). `root`: the top of the repository does. `parents`: that many folders up, from a Python import. */
  readonly base: 'plain' | 'hole' | 'root';
  /** It stands where a program is started or a file is included, not just mentioned. */
  readonly run: boolean;
  /** Extensions may be left out. */
  readonly module?: 'python' | 'script';
}

/** Text in which paths are prose. */
export const isPage = (path: string): boolean => /\.(?:md|mdx|mdc|markdown|txt|rst|adoc)$/i.test(path);
const isPython = (path: string): boolean => /\.pyw?$/i.test(path);
const isScript = (path: string): boolean => /\.[cm]?[jt]sx?$/i.test(path);

const TOKEN = /(?:\\[^\n"'`]|[^\s"'`()<>|;,=&{}[\]!?^\\])+/g;
/** Whole quoted texts with a space in them; those without are tokens anyway. */
const QUOTED = /(["'`])([^"'`\n]{1,300})\1|\]\(<?([^()<>\n]{1,300})>?\)/g;
/** `'a', 'b'` and `'a' / 'b'` are `'a/b'` to `path.join` and `pathlib`. */
const JOINT = /["'] {0,8}(?:,|\/|\+)\s{0,8}["']/g;
const ROOTS =
  /(?:--show-toplevel|(?:GITHUB_WORKSPACE|CI_PROJECT_DIR|workspaceFolder|workspaceRoot|(?:CLAUDE|CURSOR|GEMINI|FACTORY)_PROJECT_DIR|(?:REPO|PROJECT|GIT|WORKSPACE)_?(?:ROOT|DIR|TOP)))["'`)}\]:%\\]{0,6}$/i;
const RUNNERS =
  /(?:^|[\s"'`(|;&!@>])(?:(?:ba|z|da|k|fi)?sh|source|\.|exec|eval|command|nohup|time|sudo|env|xargs|python[\d.]{0,5}|pythonw|node|nodejs|deno run|deno|bun|bun run|npx|tsx|ts-node|uv run|uvx|poetry run|ruby|perl|php|lua|pwsh|powershell|Rscript|go run|cargo run|make -f|chmod [+\w]{1,6}|docker build -f|jq -f|awk -f|sed -f|osascript|include|import|require|load|@)(?: {1,4}-{1,2}[\w=.:-]{1,40}){0,4} {0,4}["'`]?$/i;
const ASCENDS = /(?:(?:\.parents\[[1-9]\d?\]|\.parent\.parent)\){0,4}|dirname\(__file__\){2,8}) {0,4}[/,] {0,4}["']$/;
const LONGEST = 1_000;

type Add = (reference: Omit<Reference, 'run'>, runs: () => boolean) => void;
const always = (): boolean => true;

/**
 * Every path a text names.
 * @param file its path, for its language
 * @param known whether some file or folder of the repository has this name; references to names that do not exist are left out
 */
export function referencesIn(text: string, file: string, known: (name: string) => boolean): Reference[] {
  const found = new Map<string, Reference>();
  const add: Add = (reference, runs) => {
    const last = nameOf(reference.path);
    const named = known(last) || (reference.module !== undefined && (known(`${last}.`) || known(last.replace(/\.[cm]?jsx?$/i, '.'))));
    if (!named) return;
    const key = `${reference.base}${reference.module ?? ''}:${reference.path}`;
    // Whether it runs is asked last and once: it is what costs.
    if (found.get(key)?.run !== true) found.set(key, { ...reference, run: runs() });
  };
  const module = isScript(file) ? ({ module: 'script' } as const) : {};

  const take = (source: string): void => {
    for (const match of source.matchAll(TOKEN)) {
      const [raw] = match;
      token(raw, source, match.index, module, add);
      // `\n` ends a line in JSON and in string literals; in `..\name` it does not.
      if (raw.includes('\\')) for (const piece of raw.split(/\\[nrt]/)) if (piece !== raw) token(piece, source, match.index, module, add);
    }
    for (const match of source.matchAll(QUOTED)) {
      const inner = match[2] ?? match[3]!;
      if (/[ %]/.test(inner) && inner.includes('/')) token(decoded(inner.trim()), source, match.index + 1, module, add);
    }
  };
  take(text);
  const glued = text.replace(JOINT, '/');
  if (glued !== text) take(glued);
  if (isPython(file) || /\bimport\b/.test(text)) pythonImports(text, add);
  return [...found.values()];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function token(raw: string, source: string, offset: number, module: Pick<Reference, 'module'>, add: Add): void {
  if (raw.length > LONGEST || raw.includes('://') || (!raw.includes('/') && !raw.includes('\\') && !raw.startsWith('..'))) return;
  let path = raw.replace(/\\ /g, ' ').replaceAll('\\', '/');
  const glob = path.search(/[*#]/);
  if (glob >= 0) path = path[glob] === '*' ? path.slice(0, path.lastIndexOf('/', glob) + 1) : path.slice(0, glob);
  path = path.replace(/^@/, '').replace(/[.:$]{1,8}$|:\d{1,9}(?::\d{1,9})?$/, (end) => (end.startsWith('..') ? '..' : ''));
  const before = source.slice(Math.max(0, offset - 60), offset);
  const previous = before.at(-1) ?? '';
  let base: Reference['base'] = 'plain';
  const first = path.slice(0, Math.max(0, path.indexOf('/')));
  if (/^[$%]/.test(first)) {
    base = ROOTS.test(first) ? 'root' : 'hole';
    path = path.slice(first.length + 1);
  } else if (path.startsWith('/')) {
    // After a quote, brace or bracket something unknown ended; otherwise it is an absolute path, which links of forges count from the top.
    base = /[)}"'`>\]%]/.test(previous) && !ROOTS.test(before) && !(previous === '"' && /[\s=(:]"$/.test(before)) ? 'hole' : 'root';
    path = path.slice(1);
  } else if (first === '~') return;
  // `Path(__file__).parents[2] / "shared"`, `join(dirname(dirname(__file__)), "shared")`: it climbs, how far is not counted.
  if (base === 'plain' && ASCENDS.test(before)) base = 'root';
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.length === 0 || (base === 'plain' && segments.length === 1 && segments[0] !== '..' && !raw.startsWith('./'))) return;
  add({ path: segments.join('/'), base, ...module }, () => raw.startsWith('./') || raw.startsWith('@') || base === 'root' || RUNNERS.test(before));
}

const FROM = /^[ \t>]{0,200}from[ \t]{1,20}(\.{0,10})([\w.]{0,200})[ \t]{1,20}import[ \t]{1,20}\(?([^#\n]{0,500})/gm;
const IMPORT = /^[ \t>]{0,200}import[ \t]{1,20}([\w.]{1,200}(?:[ \t]{0,5},[ \t]{0,5}[\w.]{1,200}){0,20})/gm;

function pythonImports(text: string, add: Add): void {
  for (const [, dots = '', name = '', names = ''] of text.matchAll(FROM)) {
    const up = dots.length === 0 ? [] : Array.from({ length: dots.length - 1 }, () => '..');
    const module = name.split('.').filter((part) => part !== '');
    const path = [...up, ...module];
    const base = dots.length === 0 ? 'hole' : 'plain';
    if (path.length > 0) add({ path: path.join('/'), base, module: 'python' }, always);
    // `from ..package import module` may mean a file of that name.
    for (const item of names.split(',').slice(0, 50)) {
      const last = /^\s{0,20}(\w{1,100})/.exec(item)?.[1];
      if (last !== undefined) add({ path: [...path, last].join('/'), base, module: 'python' }, always);
    }
  }
  for (const [, list = ''] of text.matchAll(IMPORT))
    for (const item of list.split(',')) add({ path: item.trim().replaceAll('.', '/'), base: 'hole', module: 'python' }, always);
}

/** What a module path may stand for. */
export function spellings(path: string, module: Reference['module']): readonly string[] {
  if (module === 'python') return [`${path}.py`, `${path}/__init__.py`, `${path}.pyw`];
  if (module === 'script') {
    const bare = path.replace(/\.[cm]?jsx?$/i, '');
    const endings = ['.js', '.ts', '.mjs', '.cjs', '.mts', '.cts', '.jsx', '.tsx', '.json'];
    return [
      path,
      ...endings.map((ending) => `${path}${ending}`),
      ...['/index.js', '/index.ts', '/index.mjs', '/index.cjs'].map((index) => `${path}${index}`),
      ...(bare === path ? [] : [`${bare}.ts`, `${bare}.mts`, `${bare}.tsx`]),
    ];
  }
  return [path];
}
