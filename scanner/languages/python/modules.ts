/**
 * Imports: which names mean which modules, and which of them are files of the skill itself. A module of the skill is named by its path without extension, as cells.ts wants
 * it, so that a function defined in one file and called in another is one function.
 */

import * as cells from '../../cells.ts';
import { known } from '../../value.ts';
import { child, childrenOf, type Syntax } from '../grammar.ts';
import { type Abs, rowOf } from './abstract.ts';
import { type Machine, state } from './machine.ts';
import { assign, type Reader } from './scope.ts';

const folder = (path: string): string => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '');
const under = (base: string, rest: string): string => (base === '' ? rest : rest === '' ? base : `${base}/${rest}`);

/** Module names that are never files of a skill, even if one has such a file: shadowing them is what the interpreter would do, but only beside the script. */
const ALIASES: Readonly<Record<string, string>> = {
  posixpath: 'os.path',
  ntpath: 'os.path',
  posix: 'os',
  nt: 'os',
  __builtin__: 'builtins',
  'requests.api': 'requests',
  'requests.sessions': 'requests',
  cPickle: 'pickle',
  _pickle: 'pickle',
  'pathlib._local': 'pathlib',
  _io: 'io',
  'websockets.client': 'websockets',
  'Cryptodome.Cipher': 'Crypto.Cipher',
};
const CLASSES: Readonly<Record<string, string>> = {
  'pathlib.PosixPath': 'pathlib.Path',
  'pathlib.WindowsPath': 'pathlib.Path',
  'pathlib.PurePath': 'pathlib.Path',
  'pathlib.PurePosixPath': 'pathlib.Path',
  'requests.Session.Session': 'requests.Session',
  'os.path.os': 'os',
  'subprocess.os': 'os',
};
/** Objects by other names: what `open` gives is an open file however it was opened. */
const SHAPES: readonly (readonly [from: string, to: string])[] = [
  ['pathlib.Path.home()', 'pathlib.Path()'],
  ['requests.session()', 'requests.Session()'],
];

/** One name for things that have several. */
export function canonical(ref: string): string {
  let out = rowOf(CLASSES, ref) ?? ref;
  for (const [from, to] of SHAPES) if (out.startsWith(from)) out = to + out.slice(from.length);
  // `shutil.os.system`, `logging.os`: modules that re-export os, sys or subprocess.
  const inner = /^(?:[a-z_]{1,20})\.(?:os|sys|subprocess|builtins)(?=\.|$)/.exec(out);
  if (inner !== null && !/^(?:os|importlib|asyncio)\./.test(out)) out = out.slice(out.indexOf('.') + 1);
  return out;
}
export const moduleName = (name: string): string => rowOf(ALIASES, name) ?? name;

/** The module of the skill that a dotted name means, seen from the file that imports it. */
export function resolveOwn(m: Machine, dotted: string, level: number): string | undefined {
  const { paths, file, unit } = m.ctx;
  if (unit.role !== 'file' && level > 0) return undefined;
  const rest = dotted.replaceAll('.', '/');
  const has = (base: string): string | undefined =>
    paths.has(`${base}.py`) ? base : paths.has(`${base}/__init__.py`) ? `${base}/__init__` : undefined;
  let base = folder(file.path);
  for (let up = 1; up < level; up++) base = folder(base);
  if (level > 0) return has(under(base, rest));
  while (true) {
    const found = rest === '' ? undefined : has(under(base, rest));
    if (found !== undefined) return found === file.path.replace(/\.py$/, '') ? undefined : found;
    if (base === '') break;
    base = folder(base);
  }
  return onlyOne(paths, rest);
}

const tails = new WeakMap<ReadonlySet<string>, Map<string, string | undefined>>();
/** `sys.path.insert(0, 'lib')`: a file of that name that is the only one. */
function onlyOne(paths: ReadonlySet<string>, rest: string): string | undefined {
  let index = tails.get(paths);
  if (index === undefined) {
    index = new Map();
    for (const path of [...paths].sort()) {
      if (!path.endsWith('.py')) continue;
      const module = path.slice(0, -3);
      const segments = module.split('/');
      for (let from = Math.max(0, segments.length - 4); from < segments.length; from++) {
        const tail = segments.slice(from).join('/');
        index.set(tail, index.has(tail) ? undefined : module);
      }
    }
    tails.set(paths, index);
  }
  return index.get(rest);
}

/** A module as a value. Importing a file of the skill runs it: that is said. */
export function moduleAbs(r: Reader, at: Syntax, dotted: string, level = 0): Abs {
  const own = resolveOwn(r.m, dotted, level);
  if (own !== undefined) {
    const path = known(`${own}.py`);
    state(r.m, at, {
      kind: 'exec',
      how: 'import',
      program: known('import'),
      argv: [],
      code: 'file',
      path,
      ins: [{ cell: cells.path(path, r.m.ctx.unit.id), role: 'code' }],
    });
    return { value: { kind: 'unknown' }, ref: `own:${own}` };
  }
  return { value: { kind: 'unknown' }, ref: moduleName(dotted) };
}

const textOfName = (m: Machine, node: Syntax): string => m.source.slice(node.start, node.end).replace(/[\s\\]/g, '');

export function importStatement(r: Reader, node: Syntax): void {
  const { m } = r;
  for (const name of childrenOf(node, 'name')) {
    const dotted = name.type === 'aliased_import' ? textOfName(m, child(name, 'name') ?? name) : textOfName(m, name);
    const alias = name.type === 'aliased_import' ? textOfName(m, child(name, 'alias') ?? name) : undefined;
    if (alias !== undefined) assign(r, node, alias, moduleAbs(r, node, dotted));
    else {
      const head = dotted.split('.', 1)[0]!;
      const whole = moduleAbs(r, node, dotted);
      const isOwn = whole.ref?.startsWith('own:') === true && head !== dotted;
      // `import lib.helper` binds `lib`; what follows the dots is found when it is used.
      assign(
        r,
        node,
        head,
        isOwn ? { value: { kind: 'unknown' }, ref: `pkg:${head}` } : head === dotted ? whole : { value: { kind: 'unknown' }, ref: moduleName(head) },
      );
    }
  }
}

export function importFrom(r: Reader, node: Syntax): void {
  const { m } = r;
  const from = child(node, 'module_name');
  if (from === undefined) return;
  const text = textOfName(m, from);
  const level = /^\.{0,20}/.exec(text)![0].length;
  const dotted = text.slice(level);
  const own = dotted === '' ? undefined : resolveOwn(m, dotted, level);
  if (own !== undefined) moduleAbs(r, node, dotted, level);
  if (node.children.some((each) => each.type === 'wildcard_import')) {
    r.stars.push(own === undefined ? moduleName(dotted) : `own:${own}`);
    return;
  }
  for (const name of childrenOf(node, 'name')) {
    const real = name.type === 'aliased_import' ? textOfName(m, child(name, 'name') ?? name) : textOfName(m, name);
    const bound = name.type === 'aliased_import' ? textOfName(m, child(name, 'alias') ?? name) : real;
    assign(r, node, bound, member(r, node, own, dotted, level, real));
  }
}

/** `name` out of a module: a submodule of the skill, something a module of the skill has, or something of a library. */
export function member(r: Reader, at: Syntax, own: string | undefined, dotted: string, level: number, name: string): Abs {
  const { m } = r;
  const sub = resolveOwn(m, dotted === '' ? name : `${dotted}.${name}`, level);
  if (sub !== undefined && (own === undefined || own.endsWith('/__init__')))
    return moduleAbs(r, at, dotted === '' ? name : `${dotted}.${name}`, level);
  if (own !== undefined) return { value: { kind: 'template', parts: [{ name }] }, ref: `own:${own}#${name}`, cell: cells.exported(own, name) };
  return { value: { kind: 'unknown' }, ref: canonical(`${moduleName(dotted)}.${name}`) };
}
