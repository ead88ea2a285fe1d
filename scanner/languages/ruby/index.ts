/** Ruby: from source to facts, by the compact walker. Covers commands, backticks, eval and send, requests, files, environment, decoders. Spec: Ruby 3.4. */

import { decode, unescape as unescapeText } from '../../decode/codecs.ts';
import type { Language, ReadContext } from '../contract.ts';
import { runWalker } from '../go/run.ts';
import { type Dialect, hole } from '../go/walker.ts';
import { reflect } from '../go/walker-calls.ts';
import { type Grammar, loadGrammar } from '../grammar.ts';
import { bytesAbs, joinText, NOTHING, pieces, refOf, strOf, textAbs, textLike } from '../python/abstract.ts';
import { applyApi, openFile } from '../python/effects.ts';
import { port, portOf, state } from '../python/machine.ts';
import { joinPath } from '../python/operators.ts';
import { cellsOfRuby, requireFile } from './requires.ts';
import { CODERS, ROWS } from './tables.ts';

let grammar: Grammar | undefined;

const dialect: Dialect = {
  id: 'ruby',
  rows: ROWS,
  coders: CODERS,
  plus: '+',
  evals: 'ruby',
  unescape: unescapeText,
  canonical: (ref) =>
    ref
      .replace(/^::/, '')
      .replace(/^(?:Kernel|Object|self)\./, '')
      .replace(/\(\)\.(?:instance_eval|class_eval|module_eval)$/, '.instance_eval')
      .replace(/^.{1,200}\.(instance_eval|class_eval|module_eval)$/, '$1'),
  name: (w, name) => {
    if (name === '__FILE__' || name === '$0' || name === '$PROGRAM_NAME') return { value: { kind: 'template', parts: [{ name: '__file__' }] } };
    if (name === '__dir__') return { value: { kind: 'template', parts: [{ name: '__file__' }, '/..'] } };
    if (name === 'ARGV') return { value: { kind: 'unknown' }, ref: 'ARGV', cell: w.m.ctx.arg('*') };
    if (name === 'ENV') return { value: { kind: 'unknown' }, ref: 'ENV' };
    return undefined;
  },
  fold: (ref, call) => {
    const [first, second] = call.args;
    const { recv } = call;
    switch (ref) {
      case 'File.join':
        return call.args.length > 0 ? joinPath(call.args) : undefined;
      case 'File.expand_path':
      case 'Pathname.new':
      case 'URI':
      case 'URI.parse':
      case 'String':
      case 'Shellwords.escape':
        return first === undefined ? undefined : { ...(second && ref === 'File.expand_path' ? joinPath([second, first]) : first), ref: undefined };
      case 'Dir.home':
        return textAbs('~');
      case 'Dir.pwd':
        return textAbs('.');
      case 'Dir.tmpdir':
        return textAbs('/tmp');
      case 'File.dirname':
        return first === undefined ? undefined : { value: joinText([...pieces(first), '/..']) };
      case '?.join': {
        const list = recv?.list;
        const separator = first === undefined ? '' : strOf(first);
        if (list === undefined || list.open || separator === undefined) return undefined;
        return {
          value: joinText(list.items.flatMap((item, index) => (index === 0 || separator === '' ? pieces(item) : [separator, ...pieces(item)]))),
        };
      }
      case '?.reverse': {
        const text = strOf(recv);
        return text === undefined || refOf(recv)
          ? undefined
          : textAbs([...text].reverse().join(''), { via: text.length > 12 ? [...(recv?.via ?? []), 'reverse'] : recv?.via });
      }
      case '?.chr':
        return recv?.num === undefined ? undefined : textAbs(String.fromCodePoint(Math.max(0, Math.min(recv.num, 0x10ffff))), { via: ['chr'] });
      case '?.pack': {
        const format = textLike(first);
        const list = recv?.list;
        if (list === undefined || list.open) return undefined;
        if (format === 'c*' || format === 'C*' || format === 'U*')
          return list.items.every((item) => item.num !== undefined)
            ? bytesAbs(
                Uint8Array.from(list.items, (item) => item.num! & 0xff),
                ['charcode'],
              )
            : undefined;
        const input = textLike(list.items[0]);
        const codec = format?.startsWith('H') ? 'hex' : undefined;
        const bytes = input === undefined || codec === undefined ? undefined : decode(codec, input, { decodeChars: 1_000_000 });
        return bytes === undefined ? undefined : bytesAbs(bytes, [codec!]);
      }
      case '?.gsub':
      case '?.sub':
      case '?.tr': {
        const [body, from, to] = [strOf(recv), strOf(first), strOf(second)];
        return body === undefined || from === undefined || to === undefined || from === '' || (ref === '?.tr' && from.length > 1)
          ? undefined
          : textAbs(body.replaceAll(from, () => to));
      }
      case '?.to_s':
      case '?.strip':
      case '?.chomp':
      case '?.to_sym':
      case '?.freeze':
      case '?.to_str':
      case '?.force_encoding':
        return recv === undefined || recv.list || recv.dict || refOf(recv) === 'ENV' ? undefined : { ...recv, ref: undefined, span: undefined };
      case '?.+':
        return recv && first ? { value: joinText([...pieces(recv), ...pieces(first)]) } : undefined;
      default:
        return undefined;
    }
  },
  special: (w, node, ref, call) => {
    const { m } = w;
    const [first] = call.args;
    const method = ref.slice(ref.lastIndexOf('.') + 1);
    if (ref === 'require_relative' || ref === 'require' || ref === 'autoload')
      return first === undefined ? undefined : requireFile(w, node, first, ref === 'require_relative');
    if (ref === 'open' && first !== undefined) {
      // `open("| cmd")` runs; `open("http://…")` fetches, with open-uri.
      const text = pieces(first)[0];
      if (typeof text === 'string' && text.trimStart().startsWith('|'))
        return applyApi(m, node, 'open', { do: 'shell', command: [0] }, { ...call, args: [textAbs(text.trimStart().slice(1).trim())] });
      if (typeof text === 'string' && /^https?:/.test(text)) return applyApi(m, node, 'open', { do: 'request', method: 'GET', url: [0] }, call);
      return openFile(m, node, 'open', call, first, textLike(call.args[1]) ?? 'r');
    }
    if (/^(?:system|exec|spawn|IO\.popen|Open3\.\w+|Process\.spawn|PTY\.spawn)$/.test(ref) && call.args.length === 1)
      return applyApi(m, node, ref, { do: 'shell', command: [0] }, call);
    if (/^(?:send|__send__|public_send|const_get|method|instance_method)$/.test(method) && first !== undefined) {
      const name = textLike(first);
      if (name === undefined)
        return /^(?:send|__send__|public_send)$/.test(method) &&
          (call.recv === undefined || /^(?:Kernel|Object|IO|File|Process)/.test(call.recv.ref ?? ''))
          ? reflect(w, node, first)
          : undefined;
      if (method === 'const_get') return { value: { kind: 'unknown' }, ref: name };
      const inner = `${call.recv?.ref === undefined || /^(?:Kernel|Object)$/.test(call.recv.ref) ? '' : `${call.recv.ref}.`}${name}`;
      const rows = Object.hasOwn(ROWS, inner) ? ROWS[inner] : Object.hasOwn(ROWS, name) ? ROWS[name] : undefined;
      if (rows === undefined || Array.isArray(rows)) return undefined;
      const rest = call.args.slice(1);
      const row =
        rest.length === 1 && (rows as { do: string }).do === 'process'
          ? ({ do: 'shell', command: [0] } as const)
          : (rows as Parameters<typeof applyApi>[3]);
      return applyApi(m, node, inner, row, { ...call, args: rest });
    }
    if (method === 'unpack' || method === 'unpack1') {
      if (/^m/.test(textLike(first) ?? '') && call.recv !== undefined) {
        const out = m.ctx.local(`base64@${node.start}`);
        state(m, node, { kind: 'transform', op: 'decode', codec: 'base64', ins: [portOf('data', call.recv)], outs: [port('value', out)] });
        const text = strOf(call.recv);
        const bytes = text === undefined ? undefined : decode('base64', text, m.limits);
        const value = bytes === undefined ? hole(w, node, out) : { ...bytesAbs(bytes, [...(call.recv.via ?? []), 'base64']), cell: out };
        return method === 'unpack1' ? value : { ...NOTHING, cell: out, list: { items: [value], open: false, kind: 'list', block: 0 } };
      }
    }
    if (ref === '%x' || ref === '`') return undefined;
    if (/\.verify_mode=$/.test(ref) && /VERIFY_NONE/.test(first?.ref ?? ''))
      state(m, node, {
        kind: 'config',
        system: 'ruby',
        key: 'verify_mode',
        value: { kind: 'known', text: 'VERIFY_NONE' },
        effect: 'disable-tls',
        via: 'command',
      });
    if (call.recv?.ref === 'TCPSocket.new()' || call.recv?.ref === 'TCPSocket.open()') {
      for (const arg of call.args) if (call.recv.sink) cellsOfRuby(w, node, arg, call.recv.sink);
    }
    if (/^(?:STDIN|STDOUT|STDERR|\$stdin|\$stdout|\$stderr)\.reopen$/.test(ref) && /^TCPSocket/.test(first?.ref ?? '')) m.socket = true;
    return undefined;
  },
};

function read(source: string, ctx: ReadContext): void {
  if (grammar === undefined) throw new Error('the Ruby grammar is not loaded');
  runWalker(source, ctx, grammar, dialect, 'Ruby', () => {});
}

const ruby: Language = { id: 'ruby', read };
export async function load(): Promise<Language> {
  grammar = await loadGrammar('ruby');
  return ruby;
}
export default ruby;
