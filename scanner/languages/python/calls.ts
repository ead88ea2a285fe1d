/**
 * Calls: of functions of the skill, of library functions the tables know, of methods on constants (folded), and of everything else (data passes through). Also the few calls
 * that change what a name means: getattr, __import__, partial, attrgetter, Thread.
 */
import * as cells from '../../cells.ts';
import { textOf } from '../../value.ts';
import { decode } from '../../decode/codecs.ts';
import type { Syntax } from '../grammar.ts';
import { type Abs, type Call, bytesAbs, holeAbs, joinText, NOTHING, pieces, refOf, rowOf, strOf, textAbs, textLike, viaOf } from './abstract.ts';
import { assembled, attribute, getattr, importByName, item } from './access.ts';
import { applyApi, cellsOfCall, resultOf } from './effects.ts';
import { checkDigest, elementOf, evaluate, exported } from './evaluate.ts';
import { FUNCTIONS, METHODS } from './fold.ts';
import { callClass, callFunction } from './functions.ts';
import { addContent, edge, fileCell, freshId, join, type Machine, port, portOf, state } from './machine.ts';
import { joinPath } from './operators.ts';
import { type Class, type Fn, getAttr, type Reader } from './scope.ts';
import { assignTo } from './statements.ts';
import { CODERS, NAMED_CODECS } from './tables/decoders.ts';
import { GATES } from './tables/host.ts';
import { rowsOf } from './tables/index.ts';

/** Calls `target` with arguments; `method` and `callee` are there when it was spelled `a.b()`. */
export function callWith(r: Reader, node: Syntax, target: Abs, call: Call, method?: string, callee?: Syntax): Abs {
  const fn = target.fn as Fn | Class | undefined;
  if (fn?.what === 'function') return callFunction(r, node, fn, call);
  if (fn?.what === 'class') return callClass(r, node, fn, call);
  if (typeof target.fn === 'function') return (target.fn as (call: Call) => Abs)(call);
  const ref = refOf(target);
  if (ref !== undefined) {
    const special = rowOf(SPECIAL, ref);
    if (special !== undefined) {
      const result = special(r, node, call, callee);
      if (result !== undefined) return result;
    }
    if (ref.startsWith('own:')) return callOther(r, node, ref, call);
    const known = library(r, node, ref, target, call);
    if (known !== undefined) return known;
  }
  if (method !== undefined && call.recv !== undefined) return methodOf(r, node, ref, target, method, call, callee);
  return other(r, node, ref ?? target.ref ?? '?', target, call);
}

/** What the tables or the decoders say about a name. */
function library(r: Reader, node: Syntax, ref: string, target: Abs, call: Call): Abs | undefined {
  const { m } = r;
  const coder = Object.hasOwn(CODERS, ref) ? CODERS[ref] : undefined;
  if (coder !== undefined) return transform(r, node, call.args[0] ?? call.kw.get('s') ?? call.kw.get('data') ?? NOTHING, coder.op, coder.codec, coder.blind !== true, ref);
  const rows = rowsOf(ref);
  if (rows !== undefined) {
    // A child process gets the environment anyway.
    const spawns = /^(?:subprocess\.|asyncio\.|os\.(?:exec|spawn|posix_spawn)|anyio\.|trio\.|pty\.)/.test(ref);
    const whole: Call = spawns ? call : { ...call, args: call.args.map((arg) => exported(r, node, arg)), kw: new Map([...call.kw].map(([key, arg]) => [key, exported(r, node, arg)])) };
    let result: Abs = NOTHING;
    for (const row of rows) result = applyApi(m, node, ref, row, whole);
    const gate = rowOf(GATES, ref);
    return gate ? { ...result, gate } : result;
  }
  if (/^ctypes\.(?:windll|cdll|oledll|pythonapi)\.\w/.test(ref)) return applyApi(m, node, ref, { do: 'native', program: [] }, call);
  const fold = Object.hasOwn(FUNCTIONS, ref) ? FUNCTIONS[ref] : undefined;
  if (fold !== undefined) {
    const folded = fold(call, m.block);
    const cell = join(m, node, cellsOfCall(call), 'call');
    if (folded !== undefined) {
      assembled(r, node, folded, call.args);
      return { ...folded, cell, span: undefined };
    }
  }
  const gate = rowOf(GATES, ref);
  if (gate !== undefined) return resultOf(m, node, ref, call, undefined, { gate });
  void target;
  return undefined;
}

/** A change of form: folded where the input is known, a fact in any case. */
export function transform(r: Reader, node: Syntax, data: Abs, op: 'decode' | 'encode' | 'compress' | 'decompress' | 'encrypt' | 'decrypt' | 'build', codec: string, folds: boolean, ref: string): Abs {
  const { m } = r;
  const out = m.ctx.local(`${codec}@${node.start}:${node.end}`);
  const input = exported(r, node, data);
  const text = textOf(input.value);
  state(m, node, { kind: 'transform', op, codec, ins: [portOf('data', input)], outs: [port('value', out)] });
  edge(m, input.cell, out, node);
  if (folds && text !== undefined && input.num === undefined && (op === 'decode' || op === 'decompress')) {
    const bytes = decode(codec, input.bytes && !/^(?:base|hex|ascii85|b85|z85|url|rot)/.test(codec) ? input.bytes : text, m.limits);
    if (bytes !== undefined) {
      const via = [...(input.via ?? []), codec].slice(-8);
      assembled(r, node, bytesAbs(bytes), [input]);
      return /^(?:rot|url$|html|unicode)/.test(codec) ? textAbs(new TextDecoder().decode(bytes), { via, cell: out }) : { ...bytesAbs(bytes, via), cell: out };
    }
  }
  return holeAbs(`${codec}()`, freshId(m), out, { ref: `${ref}()`, ...(input.via ? { via: input.via } : {}) });
}

/** A function of another file of the skill: its parameters and result are cells. */
function callOther(r: Reader, node: Syntax, ref: string, call: Call): Abs {
  const { m } = r;
  const hash = ref.indexOf('#');
  if (hash < 0) return NOTHING;
  const module = ref.slice(4, hash);
  const name = ref.slice(hash + 1).replaceAll('()', '');
  passArguments(m, node, module, name, call, r);
  return { ...holeAbs(`${name}()`, freshId(m), cells.result(module, name)), ref: `${ref}()` };
}

/** Joins arguments with the parameters of a function. */
export function passArguments(m: Machine, node: Syntax, module: string, name: string, call: Call, r: Reader): void {
  call.args.forEach((arg, index) => {
    edge(m, exported(r, node, arg).cell, cells.param(module, name, index), node, 'call');
    callback(r, node, arg, []);
  });
  for (const [key, arg] of call.kw) {
    edge(m, exported(r, node, arg).cell, cells.param(module, name, key), node, 'call');
    callback(r, node, arg, []);
  }
  edge(m, call.spread?.cell, cells.param(module, name, '*'), node, 'call');
}

/** A function of ours that something else will call with data we can name, or not. */
function callback(r: Reader, node: Syntax, abs: Abs | undefined, given: readonly (string | undefined)[]): string | undefined {
  const fn = abs?.fn as Fn | undefined;
  if (fn?.what !== 'function') return undefined;
  const cell = join(r.m, node, given);
  const args: Abs[] = fn.params.slice(0, 6).map((param) => holeAbs(param.name, `${r.m.ctx.unit.id}.cb.${node.start}.${param.name}`, cell));
  return callFunction(r, node, fn, { args, kw: new Map() }).cell;
}

/** `object.method(…)` where no table knows it. */
function methodOf(r: Reader, node: Syntax, ref: string | undefined, target: Abs, method: string, call: Call, callee: Syntax | undefined): Abs {
  const { m } = r;
  const recv = call.recv!;
  const path = recv.ref === 'pathlib.Path()' ? pathMethod(r, node, method, recv, call) : undefined;
  if (path !== undefined) return path;
  const own = mutate(r, node, method, recv, call, callee);
  if (own !== undefined) return own;
  if (method === 'decode' && recv.bytes === undefined && recv.cell !== undefined) {
    const codec = rowOf(NAMED_CODECS, textLike(call.args[0]) ?? '');
    if (codec !== undefined && codec !== 'utf-16le') return transform(r, node, recv, 'decode', codec, true, 'codecs.decode');
  }
  const fold = Object.hasOwn(METHODS, method) && (ref === undefined || textOf(recv.value) !== undefined || recv.value.kind === 'template') ? METHODS[method] : undefined;
  if (fold !== undefined) {
    const folded = fold(recv, call, m.block);
    if (folded !== undefined) {
      assembled(r, node, folded, [recv, ...call.args, ...call.kw.values()]);
      return { ...folded, cell: join(m, node, [recv.cell, ...cellsOfCall(call)], 'call'), span: undefined };
    }
  }
  return other(r, node, ref ?? target.ref ?? `?.${method}`, target, call);
}

function pathMethod(r: Reader, node: Syntax, method: string, recv: Abs, call: Call): Abs | undefined {
  const { m } = r;
  const isPath = { ref: 'pathlib.Path()' };
  switch (method) {
    case 'expanduser':
    case 'resolve':
    case 'absolute':
    case 'as_posix':
    case 'relative_to':
    case '__str__':
      return { ...recv, span: undefined };
    case 'joinpath':
      return { ...joinPath([recv, ...call.args]), cell: join(m, node, [recv.cell, ...cellsOfCall(call)]), ...isPath };
    case 'with_suffix':
    case 'with_name':
      return holeAbs(`${method}()`, freshId(m), recv.cell, isPath);
    case 'glob':
    case 'rglob': {
      const pattern = call.args[0] ?? NOTHING;
      const whole = { ...joinPath([recv, ...(method === 'rglob' ? [textAbs('**')] : []), pattern]), cell: recv.cell };
      const cell = m.ctx.local(`glob@${node.start}`);
      state(m, node, { kind: 'read', path: whole.value, many: true, ins: [{ cell: fileCell(m, whole), role: 'path' }], outs: [port('value', cell)] });
      return { value: whole.value, cell, ref: `pathlib.Path().${method}()` };
    }
    default:
      return undefined;
  }
}

const ADDS = /^(?:append|add|extend|insert|update|push|appendleft|put|put_nowait|write|writelines|setdefault|send|sendall|feed|attach|set_payload|add_header|set_content|writerow|writerows|set|setItem|addstr|putheader|send_message|send_text|send_json|send_str|send_bytes|sendto)$/;

/** Methods that put their arguments into the object. */
function mutate(r: Reader, node: Syntax, method: string, recv: Abs, call: Call, callee: Syntax | undefined): Abs | undefined {
  const { m } = r;
  if (!ADDS.test(method)) return undefined;
  if (recv.ref === 'os.environ') {
    for (const [key, value] of call.args[0]?.dict?.items ?? []) edge(m, value.cell, cells.env(key), node);
    return undefined;
  }
  if (textOf(recv.value) !== undefined && recv.list === undefined && recv.dict === undefined && recv.ref === undefined) return undefined;
  const into = recv.sink ?? recv.cell;
  if (recv.sink !== undefined) addContent(m, recv.sink, /^write/.test(method) ? call.args[0] : undefined);
  const data = call.args.map((arg) => exported(r, node, arg));
  const { list, dict } = recv;
  if (list !== undefined) {
    if (list.block !== m.block || list.open || (method !== 'append' && method !== 'extend' && method !== 'add' && method !== 'insert')) list.open = true;
    else if (method === 'append' || method === 'add') list.items.push(data[0] ?? NOTHING);
    else if (method === 'insert' && call.args[0]?.num === 0) list.items.unshift(data[1] ?? NOTHING);
    else if (method === 'extend' && data[0]?.list && !data[0].list.open && data[0].list.items.length + list.items.length <= 20_000) list.items.push(...data[0].list.items);
    else list.open = true;
    if (list.open) list.rest = recv.cell;
    if (list.items.length > 65_536) list.open = true;
  }
  if (dict !== undefined) {
    const from = data[0]?.dict;
    if (dict.block !== m.block || from === undefined || from.open) dict.open = true;
    else for (const [key, value] of from.items) dict.items.set(key, value);
  }
  if (into !== undefined) {
    for (const arg of [...data, ...call.kw.values()]) edge(m, arg.cell, into, node, 'concat');
    return list !== undefined || dict !== undefined ? NOTHING : holeAbs(`${method}()`, freshId(m), /^(?:setdefault|send)$/.test(method) ? recv.cell : undefined);
  }
  // An object that held nothing so far holds it now.
  const cell = join(m, node, [...data.map((arg) => arg.cell), ...[...call.kw.values()].map((arg) => arg.cell)]);
  const object = callee?.children[0];
  if (cell !== undefined && object !== undefined && (object.type === 'identifier' || object.type === 'attribute')) assignTo(r, object, { ...recv, cell });
  return NOTHING;
}

/** A call nobody knows: data passes from arguments and object to the result, into open files among the arguments, and into functions of ours that it may call. */
function other(r: Reader, node: Syntax, ref: string, target: Abs, call: Call): Abs {
  const { m } = r;
  const all = [...call.args, ...call.kw.values()].map((arg) => exported(r, node, arg));
  const given = [...all.map((abs) => abs.cell), call.spread?.cell, call.recv?.cell ?? target.cell];
  const returned: (string | undefined)[] = [];
  for (const abs of all) {
    if (abs.sink !== undefined) {
      addContent(m, abs.sink, undefined);
      for (const from of all) if (from !== abs) edge(m, from.cell, abs.sink, node, 'call');
      edge(m, call.recv?.cell, abs.sink, node, 'call');
    }
    returned.push(callback(r, node, abs, given.filter((cell) => cell !== abs.cell)));
  }
  if (ref === '?reflect' && m.mute === 0) return resultOf(m, node, ref, call, join(m, node, given, 'call'));
  const named = ref.startsWith('?') ? undefined : ref;
  const cell = join(m, node, [...given, ...returned], 'call');
  if (named === undefined) return holeAbs('result', freshId(m), cell, call.recv?.gate ? { gate: call.recv.gate } : {});
  // Objects of libraries can be filled later (`h.update(data)`, `msg.attach(part)`): they have a place of their own.
  const place = m.ctx.local(`object@${node.start}:${node.end}`);
  edge(m, cell, place, node, 'call');
  return resultOf(m, node, named, call, place, call.recv?.gate ? { gate: call.recv.gate } : {});
}

type Special = (r: Reader, node: Syntax, call: Call, callee: Syntax | undefined) => Abs | undefined;

const later = (r: Reader, node: Syntax, fn: Abs | undefined, args: readonly Abs[]): Abs => (fn === undefined ? NOTHING : callWith(r, node, fn, { args, kw: new Map() }));
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
const socket: Special = (r, node, call) => resultOf(r.m, node, 'socket.socket', call, r.m.ctx.local(`received@${node.start}`), { sink: r.m.ctx.local(`sent@${node.start}`) });
const request: Special = (r, node, call) => resultOf(r.m, node, 'urllib.request.Request', call, join(r.m, node, cellsOfCall(call)), { sink: r.m.ctx.local(`headers@${node.start}`) });
const wrap: Special = (r, node, call) => {
  const inner = call.args[0] ?? call.kw.get('sock');
  return inner === undefined ? undefined : { ...inner, ref: 'socket.socket()', made: { ...call, recv: call.recv }, recv: call.recv };
};
const STREAM_OF = /^(?:socket\.|ssl\.)/;

const SPECIAL: Readonly<Record<string, Special>> = {
  'builtins.getattr': (r, node, call) => getattr(r, node, call),
  'inspect.getattr_static': (r, node, call) => getattr(r, node, call),
  'builtins.__import__': (r, node, call) => importByName(r, node, call),
  'importlib.import_module': (r, node, call) => importByName(r, node, call),
  'importlib.__import__': (r, node, call) => importByName(r, node, call),
  'builtins.vars': (_r, _node, call) => (refOf(call.args[0]) === undefined ? undefined : { value: { kind: 'unknown' }, ref: `${refOf(call.args[0])}.__dict__` }),
  'builtins.setattr': (r, node, call) => {
    const [object, name, value] = call.args;
    if (object !== undefined && strOf(name) !== undefined && value !== undefined) edge(r.m, value.cell, object.sink ?? object.cell, node);
    return NOTHING;
  },
  'builtins.globals().get': (r, node, call) => item(r, node, call.recv ?? NOTHING, call.args[0] ?? NOTHING),
  'sys.modules.get': (r, node, call) => item(r, node, { value: { kind: 'unknown' }, ref: 'sys.modules' }, call.args[0] ?? NOTHING),
  'operator.attrgetter': (r, node, call) => ({ value: { kind: 'unknown' }, fn: (inner: Call) => getattr(r, node, { args: [inner.args[0] ?? NOTHING, call.args[0] ?? NOTHING], kw: new Map() }) }),
  'operator.methodcaller': (r, node, call) => ({ value: { kind: 'unknown' }, fn: (inner: Call) => callWith(r, node, getattr(r, node, { args: [inner.args[0] ?? NOTHING, call.args[0] ?? NOTHING], kw: new Map() }), { args: call.args.slice(1), kw: call.kw, recv: inner.args[0] }) }),
  'operator.itemgetter': (r, node, call) => ({ value: { kind: 'unknown' }, fn: (inner: Call) => item(r, node, inner.args[0] ?? NOTHING, call.args[0] ?? NOTHING) }),
  'functools.partial': (r, node, call) => ({ value: { kind: 'unknown' }, cell: join(r.m, node, cellsOfCall(call)), fn: (inner: Call) => callWith(r, node, call.args[0] ?? NOTHING, { args: [...call.args.slice(1), ...inner.args], kw: new Map([...call.kw, ...inner.kw]), recv: call.args[0]?.recv }) }),
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
    if (codec === undefined || codec === 'utf-16le') return { ...data, bytes: undefined, span: undefined };
    return transform(r, node, data, codec === 'zlib' || codec === 'bzip2' ? 'decompress' : 'decode', codec, true, 'codecs.decode');
  },
  'codecs.encode': (r, node, call) => {
    const codec = rowOf(NAMED_CODECS, (textLike(call.args[1] ?? call.kw.get('encoding')) ?? '').toLowerCase());
    const data = call.args[0];
    if (data === undefined || codec === undefined) return undefined;
    return /^rot/.test(codec) ? transform(r, node, data, 'decode', codec, true, 'codecs.encode') : transform(r, node, data, 'encode', codec, false, 'codecs.encode');
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
  'asyncio.gather': (r, node, call) => ({ value: { kind: 'unknown' }, list: { items: [...call.args], open: call.spread !== undefined, kind: 'list', block: r.m.block }, cell: join(r.m, node, cellsOfCall(call)) }),
  'builtins.super': (r) => (r.owner === undefined ? undefined : { value: { kind: 'unknown' }, ref: `super:${r.owner.name}` }),
  'builtins.iter': (_r, _node, call) => call.args[0],
  'builtins.next': (r, node, call) => (call.args[0] ? elementOf(r, node, call.args[0]) : undefined),
  'requests.Session': session,
  'requests.session': session,
  'httpx.Client': sessionOf('httpx.Client'),
  'httpx.AsyncClient': sessionOf('httpx.AsyncClient'),
  'aiohttp.ClientSession': sessionOf('aiohttp.ClientSession'),
  'socket.socket': socket,
  'socket.socket().accept': (r, _node, call) => ({ value: { kind: 'unknown' }, list: { items: [{ ...(call.recv ?? NOTHING), ref: 'socket.socket()' }, NOTHING], open: false, kind: 'tuple', block: r.m.block } }),
  'ssl.wrap_socket': wrap,
  'ssl.create_default_context().wrap_socket': wrap,
  'ssl.SSLContext().wrap_socket': wrap,
  'ssl._create_unverified_context().wrap_socket': wrap,
  'urllib.request.Request': request,
  'urllib2.Request': request,
  'pathlib.Path': (r, node, call) => ({ ...(call.args.length === 0 ? textAbs('.') : joinPath(call.args)), cell: join(r.m, node, cellsOfCall(call)), ref: 'pathlib.Path()' }),
  'pathlib.Path.home': () => ({ ...textAbs('~'), ref: 'pathlib.Path()' }),
  'pathlib.Path.cwd': () => ({ ...textAbs('.'), ref: 'pathlib.Path()' }),
  'os.getcwd': () => textAbs('.'),
  'tempfile.gettempdir': () => textAbs('/tmp'),
  'glob.glob': (r, node, call) => glob(r, node, call),
  'glob.iglob': (r, node, call) => glob(r, node, call),
  'os.dup2': (r, _node, call) => {
    const source = call.args[0];
    const fd = call.args[1]?.num;
    if (source !== undefined && (STREAM_OF.test(source.ref ?? '') || STREAM_OF.test(source.recv?.ref ?? '')) && (fd === undefined || fd <= 2)) r.m.socket = true;
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
    return { value: { kind: 'unknown' }, dict: { items, open: call.spread !== undefined || (call.args.length > 0 && (call.args[0]?.dict === undefined || call.args[0].dict.open)), block: r.m.block }, cell };
  },
  'builtins.isinstance': () => NOTHING,
  'builtins.len': (r, node, call) => FUNCTIONS['builtins.len']!(call, r.m.block) ?? (void node, NOTHING),
  'builtins.print': (r, node, call) => applyApi(r.m, node, 'print', { do: 'print' }, { ...call, args: call.args.map((arg) => exported(r, node, arg)) }),
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
  const items = source.list?.items ?? (source.bytes || strOf(source) !== undefined ? FUNCTIONS['builtins.list']!({ args: [source], kw: new Map() }, r.m.block)?.list?.items : undefined);
  const isBuiltin = refOf(fn)?.startsWith('builtins.') === true || (fn.fn as Fn | undefined)?.lambda === true;
  if (items !== undefined && source.list?.open !== true && items.length <= (isBuiltin ? 20_000 : 32) && items.length * 6 < r.m.budget) {
    r.m.budget -= items.length * 4;
    const out = items.map((each) => later(r, node, fn, [each]));
    return { value: { kind: 'unknown' }, list: { items: out, open: false, kind: 'list', block: r.m.block }, cell: join(r.m, node, out.slice(0, 200).map((each) => each.cell)) };
  }
  const one = later(r, node, fn, [elementOf(r, node, source)]);
  return { value: { kind: 'unknown' }, list: { items: [], open: true, rest: one.cell, kind: 'list', block: r.m.block }, cell: one.cell };
}

function glob(r: Reader, node: Syntax, call: Call): Abs {
  const { m } = r;
  const pattern = call.args[0] ?? call.kw.get('pathname') ?? NOTHING;
  const root = call.kw.get('root_dir');
  const whole = root === undefined ? pattern : { ...joinPath([root, pattern]), cell: pattern.cell };
  const cell = m.ctx.local(`glob@${node.start}`);
  state(m, node, { kind: 'read', path: whole.value, many: true, ins: [{ cell: fileCell(m, whole), role: 'path' }], outs: [port('value', cell)] });
  return { value: whole.value, cell, ref: 'glob.glob()' };
}

export { attribute, evaluate, getAttr, joinText, pieces, viaOf };
