/**
 * Calls: of functions of the skill, of library functions the tables know, of methods on constants (folded), and of everything else (data passes through). Also the few calls
 * that change what a name means: getattr, __import__, partial, attrgetter, Thread.
 */
import * as cells from '../../cells.ts';
import { decode } from '../../decode/codecs.ts';
import { textOf } from '../../value.ts';
import type { Syntax } from '../grammar.ts';
import { type Abs, bytesAbs, type Call, holeAbs, NOTHING, refOf, rowOf, textAbs, textLike } from './abstract.ts';
import { assembled } from './access.ts';
import { applyApi, cellsOfCall, resultOf } from './effects.ts';
import { exported } from './evaluate.ts';
import { METHODS } from './fold.ts';
import { FUNCTIONS } from './fold-functions.ts';
import { callClass, callFunction } from './functions.ts';
import { addContent, edge, fileCell, freshId, join, type Machine, port, portOf, state } from './machine.ts';
import { joinPath } from './operators.ts';
import type { Class, Fn, Reader } from './scope.ts';
import { SPECIAL } from './special.ts';
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
function library(r: Reader, node: Syntax, ref: string, _target: Abs, call: Call): Abs | undefined {
  const { m } = r;
  const coder = Object.hasOwn(CODERS, ref) ? CODERS[ref] : undefined;
  if (coder !== undefined)
    return transform(r, node, call.args[0] ?? call.kw.get('s') ?? call.kw.get('data') ?? NOTHING, coder.op, coder.codec, coder.blind !== true, ref);
  const rows = rowsOf(ref);
  if (rows !== undefined) {
    // A child process gets the environment anyway.
    const spawns = /^(?:subprocess\.|asyncio\.|os\.(?:exec|spawn|posix_spawn)|anyio\.|trio\.|pty\.)/.test(ref);
    const whole: Call = spawns
      ? call
      : {
          ...call,
          args: call.args.map((arg) => exported(r, node, arg)),
          kw: new Map([...call.kw].map(([key, arg]) => [key, exported(r, node, arg)])),
        };
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
    // A character from a number that is worked out: one step of a home-made decoder. Where it goes, flow finds out.
    if (ref === 'builtins.chr' && cell !== undefined) {
      const out = m.ctx.local(`chr@${node.start}`);
      state(m, node, { kind: 'transform', op: 'build', codec: 'chr', ins: [port('data', cell)], outs: [port('value', out)] });
      return resultOf(m, node, ref, call, out);
    }
  }
  const gate = rowOf(GATES, ref);
  if (gate !== undefined) return resultOf(m, node, ref, call, undefined, { gate });
  return undefined;
}

/** A change of form: folded where the input is known, a fact in any case. */
export function transform(
  r: Reader,
  node: Syntax,
  data: Abs,
  op: 'decode' | 'encode' | 'compress' | 'decompress' | 'encrypt' | 'decrypt' | 'build',
  codec: string,
  folds: boolean,
  ref: string,
): Abs {
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
      return /^(?:rot|url$|html|unicode)/.test(codec)
        ? textAbs(new TextDecoder().decode(bytes), { via, cell: out })
        : { ...bytesAbs(bytes, via), cell: out };
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
  const fold =
    Object.hasOwn(METHODS, method) && (ref === undefined || textOf(recv.value) !== undefined || recv.value.kind === 'template')
      ? METHODS[method]
      : undefined;
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

const ADDS =
  /^(?:append|add|extend|insert|update|push|appendleft|put|put_nowait|write|writelines|setdefault|send|sendall|feed|attach|set_payload|add_header|set_content|writerow|writerows|set|setItem|addstr|putheader|send_message|send_text|send_json|send_str|send_bytes|sendto)$/;

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
    if (list.block !== m.block || list.open || (method !== 'append' && method !== 'extend' && method !== 'add' && method !== 'insert'))
      list.open = true;
    else if (method === 'append' || method === 'add') list.items.push(data[0] ?? NOTHING);
    else if (method === 'insert' && call.args[0]?.num === 0) list.items.unshift(data[1] ?? NOTHING);
    else if (method === 'extend' && data[0]?.list && !data[0].list.open && data[0].list.items.length + list.items.length <= 20_000)
      list.items.push(...data[0].list.items);
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
    return list !== undefined || dict !== undefined
      ? NOTHING
      : holeAbs(`${method}()`, freshId(m), /^(?:setdefault|send)$/.test(method) ? recv.cell : undefined);
  }
  // An object that held nothing so far holds it now.
  const cell = join(m, node, [...data.map((arg) => arg.cell), ...[...call.kw.values()].map((arg) => arg.cell)]);
  const object = callee?.children[0];
  if (cell !== undefined && object !== undefined && (object.type === 'identifier' || object.type === 'attribute'))
    assignTo(r, object, { ...recv, cell });
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
    returned.push(
      callback(
        r,
        node,
        abs,
        given.filter((cell) => cell !== abs.cell),
      ),
    );
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
