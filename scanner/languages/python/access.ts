/** Attributes and subscripts: `os.environ['X']`, `sys.modules[…]`, `self.token`, `path.parent`, `helper.send`, elements of known lists and dictionaries. */
import * as cells from '../../cells.ts';
import { known } from '../../value.ts';
import { child, childrenOf, type Syntax } from '../grammar.ts';
import { type Abs, type Call, holeAbs, numAbs, pieces, refOf, rowOf, strOf, textAbs, textLike } from './abstract.ts';
import { readEnv } from './effects.ts';
import { bounds, evaluate } from './evaluate.ts';
import { freshId, join, type Place, snippet, state } from './machine.ts';
import { canonical, moduleAbs, resolveOwn } from './modules.ts';
import { dirname, slice } from './operators.ts';
import { type Class, type Fn, getAttr, lookup, type Reader } from './scope.ts';
import { BUILTINS, POWERFUL } from './tables/index.ts';

const CONSTANTS: Readonly<Record<string, string>> = {
  'os.sep': '/',
  'os.path.sep': '/',
  'os.altsep': '/',
  'os.linesep': '\n',
  'os.pathsep': ':',
  'os.curdir': '.',
  'os.pardir': '..',
  'os.devnull': '/dev/null',
  'sys.executable': 'python3',
  'string.ascii_lowercase': 'abcdefghijklmnopqrstuvwxyz',
  'string.ascii_uppercase': 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  'string.ascii_letters': 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ',
  'string.digits': '0123456789',
  'string.hexdigits': '0123456789abcdefABCDEF',
};

/** Dictionaries that hold modules or their members. */
const NAMESPACE = /(?:^sys\.modules$|^builtins$|\.__dict__$|^builtins\.(?:globals|locals|vars)\(\)$|^builtins\.vars\(\)$)/;

export function attribute(r: Reader, at: Place, object: Abs, name: string): Abs {
  const { m } = r;
  const ref = refOf(object);
  const owner = object.fn as Class | undefined;
  if (ref?.startsWith('self:')) return ofInstance(r, at, object, ref.slice(5), name);
  if (owner?.what === 'class') {
    const method = findMethod(r, owner, name);
    if (method !== undefined) return { value: { kind: 'unknown' }, fn: method };
    return getAttr(r, at, owner.name, name);
  }
  if (ref?.startsWith('pkg:')) {
    const dotted = `${ref.slice(4)}.${name}`;
    return resolveOwn(m, dotted, 0) === undefined ? { value: { kind: 'unknown' }, ref: `pkg:${dotted}` } : moduleAbs(r, at as Syntax, dotted);
  }
  if (ref?.startsWith('own:')) {
    const hash = ref.indexOf('#');
    if (hash < 0) return { value: { kind: 'template', parts: [{ name }] }, ref: `${ref}#${name}`, cell: cells.exported(ref.slice(4), name) };
    return { value: { kind: 'template', parts: [{ name }] }, ref: `${ref}.${name}`, recv: object, cell: object.cell };
  }
  if (ref === undefined) {
    if (name === '__dict__' || name === '__class__' || name === '__globals__')
      return { value: { kind: 'unknown' }, ref: `?.${name}`, cell: object.cell };
    return holeAbs(snippet(m, at, 40), freshId(m), object.cell, {
      recv: object,
      ...(object.sink ? { sink: object.sink } : {}),
      ...(object.gate ? { gate: object.gate } : {}),
    });
  }
  if (name === '__dict__') return { value: { kind: 'unknown' }, ref: `${ref}.__dict__` };
  const full = canonical(`${ref}.${name}`);
  const constant = rowOf(CONSTANTS, full);
  if (constant !== undefined) return textAbs(constant);
  if (full === 'sys.argv') return { value: { kind: 'unknown' }, ref: full, cell: m.ctx.arg('*') };
  if (ref === 'pathlib.Path()') {
    if (name === 'parent') return { ...dirname(object), cell: object.cell, ref };
    if (name === 'name') {
      const last = pieces(object).at(-1);
      if (typeof last === 'string' && last.includes('/')) return textAbs(last.slice(last.lastIndexOf('/') + 1), { cell: object.cell });
    }
    if (name === 'parents') return { ...object, ref: 'pathlib.Path().parents' };
  }
  return holeAbs(snippet(m, at, 40), freshId(m), object.cell, {
    ref: full,
    recv: object,
    ...(object.sink ? { sink: object.sink } : {}),
    ...(object.gate ? { gate: object.gate } : {}),
    ...(object.made ? { made: object.made } : {}),
  });
}

export function findMethod(r: Reader, owner: Class, name: string, depth = 0): Fn | undefined {
  const found = owner.methods.get(name);
  if (found !== undefined || depth > 8) return found;
  for (const base of owner.bases) {
    const parent = base.fn as Class | undefined;
    if (parent?.what === 'class') {
      const inherited = findMethod(r, parent, name, depth + 1);
      if (inherited !== undefined) return inherited;
    }
  }
  return undefined;
}

function ofInstance(r: Reader, at: Place, object: Abs, owner: string, name: string): Abs {
  const info = r.classes.get(owner);
  const method = info === undefined ? undefined : findMethod(r, info, name);
  if (method !== undefined) {
    const property =
      method.node.field === 'definition' &&
      /^@(?:property|cached_property|functools\.cached_property)\b/.test(r.m.source.slice(...decoratorOf(method.node, r)));
    if (property)
      return holeAbs(
        name,
        freshId(r.m),
        cells.result(r.m.ctx.module, method.name),
        method.returned ? { ...method.returned, cell: cells.result(r.m.ctx.module, method.name) } : {},
      );
    return { value: { kind: 'unknown' }, fn: method, recv: object };
  }
  if (!r.attrs.has(`${owner}.${name}`)) {
    const base = info?.bases.find((each) => refOf(each) !== undefined && each.fn === undefined);
    const ref = base === undefined ? undefined : refOf(base);
    if (ref?.startsWith('own:')) return { value: { kind: 'unknown' }, ref: `${ref}().${name}`, recv: object, cell: object.cell };
    if (ref !== undefined) return { ...getAttr(r, at, owner, name), ref: canonical(`${ref}().${name}`), recv: object };
  }
  return getAttr(r, at, owner, name);
}

/** Source just before a function: where its decorators stand. */
function decoratorOf(node: Syntax, r: Reader): [number, number] {
  const from = Math.max(0, node.start - 120);
  const before = r.m.source.slice(from, node.start);
  const sign = before.lastIndexOf('@');
  return sign < 0 ? [0, 0] : [from + sign, node.start];
}

export function subscript(r: Reader, node: Syntax): Abs {
  const { m } = r;
  const object = evaluate(r, child(node, 'value'));
  const indexes = childrenOf(node, 'subscript');
  const first = indexes[0];
  if (first?.type === 'slice') {
    const limits = bounds(r, first);
    if (object.ref === 'sys.argv')
      return {
        value: { kind: 'unknown' },
        cell: m.ctx.arg('*'),
        list: { items: [], open: true, rest: m.ctx.arg('*'), kind: 'list', block: m.block },
      };
    const cut = slice(object, limits, m.block);
    if (cut !== undefined) {
      assembled(r, node, cut, [object]);
      return { ...cut, cell: object.cell };
    }
    return holeAbs(snippet(m, node, 40), freshId(m), object.cell);
  }
  return item(r, node, object, evaluate(r, first));
}

/** `object[index]`. */
export function item(r: Reader, at: Syntax, object: Abs, index: Abs): Abs {
  const { m } = r;
  const ref = refOf(object);
  const name = textLike(index);
  if (ref === 'os.environ' || ref === 'os.environb') return readEnv(m, at, index, undefined);
  if (ref === 'sys.argv')
    return index.num === 0
      ? { value: { kind: 'template', parts: [{ name: '__file__' }] } }
      : {
          value: { kind: 'template', parts: [{ name: `argv[${name ?? ''}]` }] },
          cell: m.ctx.arg(index.num !== undefined && index.num > 0 ? index.num : '*'),
        };
  if (ref === 'pathlib.Path().parents' && index.num !== undefined && index.num >= 0 && index.num < 20) {
    let path = object;
    for (let up = 0; up <= index.num; up++) path = { ...dirname(path), cell: object.cell };
    return { ...path, ref: 'pathlib.Path()' };
  }
  if (ref !== undefined && NAMESPACE.test(ref)) return namespaceItem(r, at, ref, index, name);
  if (object.dict !== undefined && name !== undefined) {
    const found = object.dict.items.get(name);
    if (found !== undefined) return found;
  }
  if (object.list !== undefined && index.num !== undefined) {
    const { items, open } = object.list;
    const found = index.num >= 0 ? items[index.num] : open ? undefined : items.at(index.num);
    if (found !== undefined) return found;
  }
  if (index.num !== undefined) {
    const at = index.num;
    if (object.bytes) {
      const byte = object.bytes.at(at);
      if (byte !== undefined) return { ...numAbs(byte), cell: object.cell, ...(object.via ? { via: object.via } : {}) };
    }
    const text = strOf(object);
    if (text !== undefined && ref === undefined) {
      const char = text.at(at);
      if (char !== undefined) return textAbs(char, { cell: object.cell, ...(object.via ? { via: object.via } : {}) });
    }
  }
  return holeAbs(snippet(m, at, 40), freshId(m), object.cell ?? object.sink, { ...(object.gate ? { gate: object.gate } : {}), recv: object });
}

/** `globals()['x']`, `sys.modules['os']`, `os.__dict__['system']`. */
function namespaceItem(r: Reader, at: Syntax, ref: string, index: Abs, name: string | undefined): Abs {
  if (name === undefined) return reflect(r, at, ref, index);
  if (ref === 'sys.modules') return moduleAbs(r, at, name);
  // `os.__dict__["system"]`, `globals()["eval"]`: a name that could be written out is fetched as text, so that it does not stand there as a call.
  if (DISPATCHED.test(name)) state(r.m, at, { kind: 'exec', how: 'reflect', program: known(name), argv: [] });
  const base = ref === 'builtins' ? ref : ref.endsWith('.__dict__') ? ref.slice(0, -9) : undefined;
  if (base !== undefined) return attribute(r, at, { value: { kind: 'unknown' }, ref: base }, name);
  if (name === '__builtins__') return { value: { kind: 'unknown' }, ref: 'builtins' };
  return lookup(r, name) ?? (BUILTINS.has(name) ? { value: { kind: 'unknown' }, ref: `builtins.${name}` } : holeAbs(name, freshId(r.m)));
}

/** A member picked by a name that does not fold: what is called cannot be known. */
export function reflect(r: Reader, at: Place, ref: string, name: Abs): Abs {
  const { m } = r;
  state(m, at, {
    kind: 'exec',
    how: 'reflect',
    program: { kind: 'template', parts: [`${ref.replace(/\.__dict__$/, '')}.`, { name: snippet(m, at, 40) }] },
    argv: [name.value],
    code: 'argument',
    ins: [name.cell === undefined ? undefined : { cell: name.cell, role: 'code' }],
  });
  if (m.mute === 0) m.ctx.opaque(at.start, at.end, 'dynamic', `member of ${ref} by a name that is not known`, false);
  return holeAbs('reflect', freshId(m), join(m, at, [name.cell]), { ref: '?reflect' });
}

/** Names that nobody honest puts together from pieces. */
const HIDDEN_NAMES =
  /^(?:eval|exec|execfile|compile|system|popen|getattr|setattr|__import__|import_module|__builtins__|builtins|globals|__globals__|__subclasses__|subprocess|importlib|marshal|pickle|os\.system|os\.popen)$/;

/** What a namespace is asked for by text when a call is to stay out of sight. */
const DISPATCHED = /^(?:eval|exec|execfile|compile|system|popen|__import__)$/;

/** Says that such a name was assembled. `from` are the pieces: a piece that is the name already hides nothing. */
export function assembled(r: Reader, at: Place, result: Abs, from: readonly (Abs | undefined)[]): void {
  const text = result.value.kind === 'known' && result.num === undefined ? result.value.text : undefined;
  if (text === undefined || text.length > 20 || !HIDDEN_NAMES.test(text)) return;
  if (
    from.some(
      (piece) =>
        piece !== undefined &&
        ((textLike(piece) === text && piece.bytes === undefined) || piece.list?.items.some((item) => textLike(item) === text) === true),
    )
  )
    return;
  state(r.m, at, { kind: 'exec', how: 'reflect', program: known(text), argv: [] });
}

/** `getattr(object, name)`. Only powerful modules make an unknown name suspicious: `getattr(args, field)` is ordinary. */
export function getattr(r: Reader, at: Syntax, call: Call): Abs {
  const [object, name, spare] = call.args;
  if (object === undefined || name === undefined) return holeAbs('getattr', freshId(r.m));
  const text = strOf(name);
  if (text !== undefined) return attribute(r, at, object, text);
  const ref = refOf(object);
  const isModule = ref !== undefined && (POWERFUL.test(ref) || ref === '?module');
  if (isModule) return reflect(r, at, ref, name);
  return holeAbs(snippet(r.m, at, 40), freshId(r.m), join(r.m, at, [object.cell, spare?.cell]), { recv: object });
}

/** `__import__(name)`. */
export function importByName(r: Reader, at: Syntax, call: Call): Abs {
  const name = call.args[0] ?? call.kw.get('name');
  const text = strOf(name);
  if (text !== undefined) {
    const fromlist = call.args[3] ?? call.kw.get('fromlist');
    const head = at.type === 'call' && /__import__/.test(snippet(r.m, at, 40)) && fromlist === undefined ? text.split('.', 1)[0]! : text;
    return moduleAbs(r, at, head.replace(/^\.{1,5}/, ''), /^\./.test(text) ? 1 : 0);
  }
  const { m } = r;
  state(m, at, {
    kind: 'exec',
    how: 'import',
    program: known('import_module'),
    argv: [name?.value ?? { kind: 'unknown' }],
    code: 'argument',
    ins: [name?.cell === undefined ? undefined : { cell: name.cell, role: 'code' }],
    ...(name ? { path: name.value } : {}),
  });
  // A plug-in loader names modules of its own package (`f"plugins.{name}"`); a name without any known beginning may be anything.
  const prefix = name === undefined ? '' : pieces(name)[0];
  if (typeof prefix !== 'string' || !/^\.?[A-Za-z_]\w{0,60}\./.test(prefix)) {
    if (m.mute === 0) m.ctx.opaque(at.start, at.end, 'dynamic', 'import of a module whose name is not known', false);
    return holeAbs('module', freshId(m), name?.cell, { ref: '?module' });
  }
  return holeAbs('module', freshId(m), name?.cell);
}
