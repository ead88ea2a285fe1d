/** Library calls that change what a name means or that call back: getattr, __import__, partial, attrgetter, map, Thread, sockets, sessions. */
import * as cells from '../../cells.ts';
import type { Syntax } from '../grammar.ts';
import { type Abs, type Call, NOTHING, refOf, rowOf, strOf, textAbs, textLike } from './abstract.ts';
import { assembled, getattr, importByName, item } from './access.ts';
import { callWith, transform } from './calls.ts';
import { elementOf } from './collections.ts';
import { applyApi, cellsOfCall, resultOf } from './effects.ts';
import { checkDigest, exported } from './evaluate.ts';
import { FUNCTIONS } from './fold-functions.ts';
import { edge, fileCell, join, port, state } from './machine.ts';
import { joinPath } from './operators.ts';
import type { Fn, Reader } from './scope.ts';
import { NAMED_CODECS } from './tables/decoders.ts';

type Special = (r: Reader, node: Syntax, call: Call, callee: Syntax | undefined) => Abs | undefined;

export const later = (r: Reader, node: Syntax, fn: Abs | undefined, args: readonly Abs[]): Abs =>
  fn === undefined ? NOTHING : callWith(r, node, fn, { args, kw: new Map() });
const thread: Special = (r, node, call) => {
  const target = call.kw.get('target') ?? call.args[1];
  const args = call.kw.get('args') ?? call.args[3];
  if (target !== undefined) later(r, node, target, args?.list?.items ?? (args ? [args] : []));
  return resultOf(r.m, node, 'threading.Thread', call, undefined);
};
/** `f(g, a, b)` calls `g(a, b)`. */
const runsFrom =
  (index: number): Special =>
  (r, node, call) =>
    call.args[index] === undefined ? undefined : later(r, node, call.args[index], call.args.slice(index + 1));
const session: Special = (r, node, call) => {
  const ref = 'requests.Session';
  const sink = r.m.ctx.local(`headers@${node.start}`);
  for (const key of ['headers', 'auth', 'cookies']) edge(r.m, call.kw.get(key)?.cell, sink, node);
  return resultOf(r.m, node, ref, call, undefined, { sink });
};
const sessionOf =
  (ref: string): Special =>
  (r, node, call) => ({ ...session(r, node, call, undefined)!, ref: `${ref}()` });
const socket: Special = (r, node, call) =>
  resultOf(r.m, node, 'socket.socket', call, r.m.ctx.local(`received@${node.start}`), { sink: r.m.ctx.local(`sent@${node.start}`) });
const request: Special = (r, node, call) =>
  resultOf(r.m, node, 'urllib.request.Request', call, join(r.m, node, cellsOfCall(call)), { sink: r.m.ctx.local(`headers@${node.start}`) });
const wrap: Special = (_r, _node, call) => {
  const inner = call.args[0] ?? call.kw.get('sock');
  return inner === undefined ? undefined : { ...inner, ref: 'socket.socket()', made: { ...call, recv: call.recv }, recv: call.recv };
};
const STREAM_OF = /^(?:socket\.|ssl\.)/;

export const SPECIAL: Readonly<Record<string, Special>> = {
  'builtins.getattr': (r, node, call) => getattr(r, node, call),
  'inspect.getattr_static': (r, node, call) => getattr(r, node, call),
  'builtins.__import__': (r, node, call) => importByName(r, node, call),
  'importlib.import_module': (r, node, call) => importByName(r, node, call),
  'importlib.__import__': (r, node, call) => importByName(r, node, call),
  'builtins.vars': (_r, _node, call) =>
    refOf(call.args[0]) === undefined ? undefined : { value: { kind: 'unknown' }, ref: `${refOf(call.args[0])}.__dict__` },
  'builtins.setattr': (r, node, call) => {
    const [object, name, value] = call.args;
    if (object !== undefined && strOf(name) !== undefined && value !== undefined) edge(r.m, value.cell, object.sink ?? object.cell, node);
    return NOTHING;
  },
  'builtins.globals().get': (r, node, call) => item(r, node, call.recv ?? NOTHING, call.args[0] ?? NOTHING),
  'sys.modules.get': (r, node, call) => item(r, node, { value: { kind: 'unknown' }, ref: 'sys.modules' }, call.args[0] ?? NOTHING),
  'operator.attrgetter': (r, node, call) => ({
    value: { kind: 'unknown' },
    fn: (inner: Call) => getattr(r, node, { args: [inner.args[0] ?? NOTHING, call.args[0] ?? NOTHING], kw: new Map() }),
  }),
  'operator.methodcaller': (r, node, call) => ({
    value: { kind: 'unknown' },
    fn: (inner: Call) =>
      callWith(r, node, getattr(r, node, { args: [inner.args[0] ?? NOTHING, call.args[0] ?? NOTHING], kw: new Map() }), {
        args: call.args.slice(1),
        kw: call.kw,
        recv: inner.args[0],
      }),
  }),
  'operator.itemgetter': (r, node, call) => ({
    value: { kind: 'unknown' },
    fn: (inner: Call) => item(r, node, inner.args[0] ?? NOTHING, call.args[0] ?? NOTHING),
  }),
  'functools.partial': (r, node, call) => ({
    value: { kind: 'unknown' },
    cell: join(r.m, node, cellsOfCall(call)),
    fn: (inner: Call) =>
      callWith(r, node, call.args[0] ?? NOTHING, {
        args: [...call.args.slice(1), ...inner.args],
        kw: new Map([...call.kw, ...inner.kw]),
        recv: call.args[0]?.recv,
      }),
  }),
  'builtins.map': (r, node, call) => mapOver(r, node, call),
  'builtins.filter': (r, node, call) => {
    later(r, node, call.args[0], [elementOf(r, node, call.args[1] ?? NOTHING)]);
    return call.args[1];
  },
  'functools.reduce': (r, node, call) => {
    const [fn, data, first] = call.args;
    const items = data?.list && !data.list.open && data.list.items.length <= 2_000 ? data.list.items : undefined;
    if (fn === undefined || items === undefined) return undefined;
    let sum = first ?? items[0] ?? NOTHING;
    for (const each of first === undefined ? items.slice(1) : items) sum = later(r, node, fn, [sum, each]);
    return sum;
  },
  'builtins.compile': (_r, _node, call) => ({ ...(call.args[0] ?? call.kw.get('source') ?? NOTHING), ref: undefined }),
  'codecs.decode': (r, node, call) => {
    const codec = rowOf(NAMED_CODECS, (textLike(call.args[1] ?? call.kw.get('encoding')) ?? '').toLowerCase());
    const data = call.args[0];
    if (data === undefined) return undefined;
    if (codec === undefined || codec === 'utf-16le') {
      assembled(r, node, textAbs(textLike(data) ?? ''), [data]);
      return { ...data, bytes: undefined, span: undefined };
    }
    return transform(r, node, data, codec === 'zlib' || codec === 'bzip2' ? 'decompress' : 'decode', codec, true, 'codecs.decode');
  },
  'codecs.encode': (r, node, call) => {
    const codec = rowOf(NAMED_CODECS, (textLike(call.args[1] ?? call.kw.get('encoding')) ?? '').toLowerCase());
    const data = call.args[0];
    if (data === undefined || codec === undefined) return undefined;
    return /^rot/.test(codec)
      ? transform(r, node, data, 'decode', codec, true, 'codecs.encode')
      : transform(r, node, data, 'encode', codec, false, 'codecs.encode');
  },
  'threading.Thread': thread,
  'threading.Timer': (r, node, call) => {
    const args = call.args[2] ?? call.kw.get('args');
    later(r, node, call.args[1] ?? call.kw.get('function'), args?.list?.items ?? []);
    return resultOf(r.m, node, 'threading.Timer', call, undefined);
  },
  'multiprocessing.Process': thread,
  'concurrent.futures.ThreadPoolExecutor().submit': runsFrom(0),
  'concurrent.futures.ProcessPoolExecutor().submit': runsFrom(0),
  'atexit.register': runsFrom(0),
  'asyncio.to_thread': runsFrom(0),
  'asyncio.get_event_loop().run_in_executor': runsFrom(1),
  'asyncio.run': (_r, _node, call) => call.args[0],
  'asyncio.wait_for': (_r, _node, call) => call.args[0],
  'asyncio.create_task': (_r, _node, call) => call.args[0],
  'asyncio.gather': (r, node, call) => ({
    value: { kind: 'unknown' },
    list: { items: [...call.args], open: call.spread !== undefined, kind: 'list', block: r.m.block },
    cell: join(r.m, node, cellsOfCall(call)),
  }),
  'builtins.super': (r) => (r.owner === undefined ? undefined : { value: { kind: 'unknown' }, ref: `super:${r.owner.name}` }),
  'builtins.iter': (_r, _node, call) => call.args[0],
  'builtins.next': (r, node, call) => (call.args[0] ? elementOf(r, node, call.args[0]) : undefined),
  'requests.Session': session,
  'requests.session': session,
  'httpx.Client': sessionOf('httpx.Client'),
  'httpx.AsyncClient': sessionOf('httpx.AsyncClient'),
  'aiohttp.ClientSession': sessionOf('aiohttp.ClientSession'),
  'socket.socket': socket,
  'socket.socket().accept': (r, _node, call) => ({
    value: { kind: 'unknown' },
    list: { items: [{ ...(call.recv ?? NOTHING), ref: 'socket.socket()' }, NOTHING], open: false, kind: 'tuple', block: r.m.block },
  }),
  'ssl.wrap_socket': wrap,
  'ssl.create_default_context().wrap_socket': wrap,
  'ssl.SSLContext().wrap_socket': wrap,
  'ssl._create_unverified_context().wrap_socket': wrap,
  'urllib.request.Request': request,
  'urllib2.Request': request,
  'pathlib.Path': (r, node, call) => ({
    ...(call.args.length === 0 ? textAbs('.') : joinPath(call.args)),
    cell: join(r.m, node, cellsOfCall(call)),
    ref: 'pathlib.Path()',
  }),
  'pathlib.Path.home': () => ({ ...textAbs('~'), ref: 'pathlib.Path()' }),
  'pathlib.Path.cwd': () => ({ ...textAbs('.'), ref: 'pathlib.Path()' }),
  'os.getcwd': () => textAbs('.'),
  'tempfile.gettempdir': () => textAbs('/tmp'),
  'glob.glob': (r, node, call) => glob(r, node, call),
  'glob.iglob': (r, node, call) => glob(r, node, call),
  'os.dup2': (r, _node, call) => {
    const source = call.args[0];
    const fd = call.args[1]?.num;
    if (source !== undefined && (STREAM_OF.test(source.ref ?? '') || STREAM_OF.test(source.recv?.ref ?? '')) && (fd === undefined || fd <= 2))
      r.m.socket = true;
    return NOTHING;
  },
  'hmac.compare_digest': (r, _node, call) => {
    checkDigest(r, call.args[0] ?? NOTHING, call.args[1] ?? NOTHING);
    checkDigest(r, call.args[1] ?? NOTHING, call.args[0] ?? NOTHING);
    return undefined;
  },
  'secrets.compare_digest': (r, node, call) => SPECIAL['hmac.compare_digest']!(r, node, call, undefined),
  'os.environ.copy': () => ({ value: { kind: 'unknown' }, ref: 'os.environ' }),
  'os.environ.update': (r, node, call) => {
    for (const [key, value] of call.args[0]?.dict?.items ?? []) edge(r.m, value.cell, cells.env(key), node);
    return NOTHING;
  },
  'os.environ.items': (r, node) => exported(r, node, { value: { kind: 'unknown' }, ref: 'os.environ' }),
  'os.environ.values': (r, node) => exported(r, node, { value: { kind: 'unknown' }, ref: 'os.environ' }),
  'os.environ.keys': () => NOTHING,
  'builtins.dict': (r, node, call) => {
    if (call.args[0]?.ref === 'os.environ') return { value: { kind: 'unknown' }, ref: 'os.environ' };
    const cell = r.m.ctx.local(`{@${node.start}`);
    for (const from of cellsOfCall(call)) edge(r.m, from, cell, node, 'concat');
    const items = new Map([...(call.args[0]?.dict?.items ?? []), ...call.kw]);
    return {
      value: { kind: 'unknown' },
      dict: {
        items,
        open: call.spread !== undefined || (call.args.length > 0 && (call.args[0]?.dict === undefined || call.args[0].dict.open)),
        block: r.m.block,
      },
      cell,
    };
  },
  'builtins.isinstance': () => NOTHING,
  'builtins.len': (r, _node, call) => FUNCTIONS['builtins.len']!(call, r.m.block) ?? NOTHING,
  'builtins.print': (r, node, call) =>
    applyApi(r.m, node, 'print', { do: 'print' }, { ...call, args: call.args.map((arg) => exported(r, node, arg)) }),
  'builtins.bool': () => NOTHING,
  'builtins.hasattr': () => NOTHING,
  'os.path.exists': () => NOTHING,
  'os.path.isfile': () => NOTHING,
  'os.path.isdir': () => NOTHING,
  'ssl._create_unverified_context': (r, node, call) => resultOf(r.m, node, 'ssl._create_unverified_context', call, undefined),
};

function mapOver(r: Reader, node: Syntax, call: Call): Abs | undefined {
  const [fn, data] = call.args;
  if (fn === undefined || data === undefined) return undefined;
  const source = exported(r, node, data);
  const items =
    source.list?.items ??
    (source.bytes || strOf(source) !== undefined
      ? FUNCTIONS['builtins.list']!({ args: [source], kw: new Map() }, r.m.block)?.list?.items
      : undefined);
  const isBuiltin = refOf(fn)?.startsWith('builtins.') === true || (fn.fn as Fn | undefined)?.lambda === true;
  if (items !== undefined && source.list?.open !== true && items.length <= (isBuiltin ? 20_000 : 32) && items.length * 6 < r.m.budget) {
    r.m.budget -= items.length * 4;
    const out = items.map((each) => later(r, node, fn, [each]));
    return {
      value: { kind: 'unknown' },
      list: { items: out, open: false, kind: 'list', block: r.m.block },
      cell: join(
        r.m,
        node,
        out.slice(0, 200).map((each) => each.cell),
      ),
    };
  }
  const one = later(r, node, fn, [elementOf(r, node, source)]);
  return { value: { kind: 'unknown' }, list: { items: [], open: true, rest: one.cell, kind: 'list', block: r.m.block }, cell: one.cell };
}

export function glob(r: Reader, node: Syntax, call: Call): Abs {
  const { m } = r;
  const pattern = call.args[0] ?? call.kw.get('pathname') ?? NOTHING;
  const root = call.kw.get('root_dir');
  const whole = root === undefined ? pattern : { ...joinPath([root, pattern]), cell: pattern.cell };
  const cell = m.ctx.local(`glob@${node.start}`);
  state(m, node, { kind: 'read', path: whole.value, many: true, ins: [{ cell: fileCell(m, whole), role: 'path' }], outs: [port('value', cell)] });
  return { value: whole.value, cell, ref: 'glob.glob()' };
}
