/** .NET objects of PowerShell: constructors, methods, static members, decoders; string methods fold. */
import { decode } from '../../decode/codecs.ts';
import { known, textOf } from '../../value.ts';
import { parts, type Syntax } from '../grammar.ts';
import { type Abs, bytesAbs, type Call, holeAbs, joinText, NOTHING, pieces, refOf, rowOf, strOf, textAbs, textLike } from '../python/abstract.ts';
import type { Api } from '../python/api.ts';
import { applyApi, resultOf } from '../python/effects.ts';
import { edge, freshId, join, type Place, port, portOf, state } from '../python/machine.ts';
import { embedOnce } from '../python/shellwords.ts';
import { block } from './commands.ts';
import { evaluate, hole, type Shell, text } from './evaluate.ts';
import { CODERS, ROWS } from './tables.ts';
import { bareWord, splitText } from './text.ts';

export function construct(s: Shell, at: Place, type: string, args: readonly Abs[]): Abs {
  const { m } = s;
  const call: Call = { args, kw: new Map() };
  if (/^io\.compression\.(?:gzip|deflate)stream$/.test(type))
    return transform(s, at, 'decompress', type.includes('gzip') ? 'gzip' : 'deflate', args[0] ?? NOTHING, type);
  if (/^io\.(?:memorystream|streamreader)$/.test(type)) return { ...(args[0] ?? NOTHING), ref: `${type}()` };
  const rows = rowOf(ROWS, type);
  const made =
    rows === undefined || Array.isArray(rows)
      ? resultOf(
          m,
          at,
          type,
          call,
          join(
            m,
            at,
            args.map((arg) => arg.cell),
          ),
        )
      : applyApi(m, at, type, rows as Api, call);
  return { ...made, ref: `${type}()` };
}

export function transform(
  s: Shell,
  at: Place,
  op: 'decode' | 'encode' | 'compress' | 'decompress' | 'encrypt' | 'decrypt' | 'build',
  codec: string,
  data: Abs,
  ref: string,
  wide = false,
): Abs {
  const { m } = s;
  const out = m.ctx.local(`${codec}@${at.start}:${at.end}`);
  state(m, at, { kind: 'transform', op, codec, ins: [portOf('data', data)], outs: [port('value', out)] });
  edge(m, data.cell, out, at);
  const body = textOf(data.value);
  if (body !== undefined && (op === 'decode' || op === 'decompress')) {
    let bytes = decode(codec, data.bytes && op === 'decompress' ? data.bytes : body, m.limits);
    if (bytes !== undefined && wide) bytes = decode('utf-16le', bytes, m.limits) ?? bytes;
    if (bytes !== undefined) return { ...bytesAbs(bytes, [...(data.via ?? []), codec].slice(-8)), cell: out };
  }
  return holeAbs(`${ref}()`, freshId(m), out);
}

/** `object.Member`, `object.Method(…)`, `[Type]::Method(…)`. `beside` are arguments that the grammar put next to the member. */
export function invoke(s: Shell, node: Syntax, beside: Syntax | undefined): Abs {
  const { m } = s;
  const [objectNode, memberNode, listNode] = parts(node);
  const object = evaluate(s, objectNode);
  const inner = memberNode === undefined ? undefined : parts(memberNode)[0];
  const memberAbs = inner === undefined || inner.type === 'simple_name' ? undefined : evaluate(s, inner);
  const member = (memberAbs === undefined ? bareWord(text(s, memberNode)) : (textLike(memberAbs) ?? '?')).toLowerCase();
  const list = beside ?? (listNode?.type === 'argument_list' ? listNode : undefined);
  const args =
    list === undefined
      ? []
      : parts(list)
          .flatMap((each) => parts(each))
          .map((each) => evaluate(s, each));
  const call: Call = { args, kw: new Map(), recv: object };
  const ref = object.ref === undefined ? undefined : `${object.ref}.${member}`;
  const cell = join(m, node, [object.cell, ...args.map((arg) => arg.cell)], 'call');
  if (list === undefined && node.type === 'member_access') {
    if (member === 'length' && strOf(object) !== undefined)
      return { ...NOTHING, num: strOf(object)!.length, value: known(String(strOf(object)!.length)) };
    return hole(s, node, object.cell, { ...(ref ? { ref } : {}), recv: object, ...(object.sink ? { sink: object.sink } : {}) });
  }
  if (object.fn !== undefined && /^invoke/.test(member)) return block(s, object, args, undefined);
  if (object.ref === 'scriptblock.create()' || (object.ref === 'scriptblock' && /^invoke/.test(member))) return hole(s, node, cell);
  if (ref !== undefined) {
    if (member === 'new' && /^[a-z.]+$/.test(object.ref ?? '')) return construct(s, node, object.ref!, args);
    const coder = rowOf(CODERS, ref);
    if (coder !== undefined) return transform(s, node, coder.op, coder.codec, args[0] ?? object, ref);
    const rows = rowOf(ROWS, ref);
    if (rows !== undefined) {
      let result: Abs = NOTHING;
      for (const row of Array.isArray(rows) ? (rows as readonly Api[]) : [rows as Api]) result = applyApi(m, node, ref, row, call);
      return result;
    }
    if (/^text\.encoding\.\w{1,20}\.getstring$/.test(ref)) {
      const bytes = args[0]?.bytes;
      const wide = /unicode/.test(ref) && bytes !== undefined ? decode('utf-16le', bytes, m.limits) : bytes;
      return wide === undefined ? hole(s, node, cell) : { ...bytesAbs(wide, args[0]?.via), bytes: undefined, cell };
    }
    if (/^text\.encoding\.\w{1,20}\.getbytes$/.test(ref)) {
      const body = strOf(args[0]);
      return body === undefined ? hole(s, node, cell) : { ...bytesAbs(Buffer.from(body, 'utf8')), cell };
    }
    if (/^com:wscript\.shell\(\)\.(?:run|exec)$/.test(ref)) return applyApi(m, node, ref, { do: 'shell', command: [0] }, call);
    if (/^com:(?:msxml2\.xmlhttp|microsoft\.xmlhttp|winhttp\.winhttprequest\.5\.1)\(\)\.open$/.test(ref))
      return applyApi(m, node, ref, { do: 'request', method: [0], url: [1] }, call);
    if (/^com:internetexplorer\.application\(\)\.navigate$/.test(ref))
      return applyApi(m, node, ref, { do: 'request', method: 'GET', url: [0] }, call);
    if (ref === 'array.reverse' && args[0]?.list && !args[0].list.open) {
      args[0].list.items.reverse();
      return NOTHING;
    }
    if (ref === 'string.join')
      return {
        ...(args[1]?.list && !args[1].list.open
          ? {
              value: joinText(
                args[1].list.items.flatMap((item, index) => (index === 0 ? pieces(item) : [...pieces(args[0] ?? NOTHING), ...pieces(item)])),
              ),
            }
          : NOTHING),
        cell,
      };
    if (ref === 'string.concat') return { value: joinText(args.flatMap((arg) => pieces(arg))), cell };
    if (ref === 'environment.getfolderpath') return { ...textAbs('~'), cell };
  }
  const folded = method(member, object, args);
  if (folded !== undefined) return { ...folded, cell };
  // Streams of a connection: what is written goes out, what is read came in.
  if (/^(?:write|writeline|send|flush)$/.test(member)) {
    for (const arg of args) edge(m, arg.cell, object.sink ?? object.cell, node, 'concat');
  }
  if (/^(?:invoke|begininvoke)$/.test(member) && refOf(object) === undefined && textOf(object.value) !== undefined) {
    embedOnce(m, node, 'powershell', textOf(object.value)!, object, 'script block');
  }
  return resultOf(m, node, ref ?? `?.${member}`, call, cell, object.sink ? { sink: object.sink } : {});
}

/** String methods over constants. */
export function method(member: string, object: Abs, args: readonly Abs[]): Abs | undefined {
  const body = strOf(object);
  if (member === 'tostring' && refOf(object) === undefined) return { ...object, span: undefined };
  if (body === undefined) return undefined;
  const [a, b] = [args[0], args[1]];
  switch (member) {
    case 'replace': {
      const [from, to] = [strOf(a), strOf(b)];
      return from === undefined || to === undefined || from === ''
        ? undefined
        : textAbs(
            body.replaceAll(from, () => to),
            { via: object.via },
          );
    }
    case 'substring':
      return a?.num === undefined ? undefined : textAbs(body.slice(a.num, b?.num === undefined ? undefined : a.num + b.num));
    case 'tolower':
      return textAbs(body.toLowerCase());
    case 'toupper':
      return textAbs(body.toUpperCase());
    case 'trim':
      return textAbs(body.trim());
    case 'insert':
      return a?.num === undefined || strOf(b) === undefined ? undefined : textAbs(body.slice(0, a.num) + strOf(b)! + body.slice(a.num));
    case 'tochararray':
      return body.length > 65_536
        ? undefined
        : { value: { kind: 'unknown' }, list: { items: [...body].map((char) => textAbs(char)), open: false, kind: 'list', block: 0 } };
    case 'split':
      return splitText(body, strOf(a));
    default:
      return undefined;
  }
}
