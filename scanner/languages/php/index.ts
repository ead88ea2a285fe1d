/** PHP: from source to facts, by the compact walker. Covers commands, eval, variable functions, curl, stream wrappers, includes, unserialize, superglobals. Spec: PHP 8.5. */

import { unescape as unescapeText } from '../../decode/codecs.ts';
import { known } from '../../value.ts';
import type { Language, ReadContext } from '../contract.ts';
import { runWalker } from '../go/run.ts';
import { type Dialect, hole } from '../go/walker.ts';
import { reflect, runFile } from '../go/walker-calls.ts';
import { type Grammar, loadGrammar } from '../grammar.ts';
import { joinText, NOTHING, pieces, refOf, strOf, textAbs, textLike } from '../python/abstract.ts';
import { applyApi, readEnv, wholeEnv } from '../python/effects.ts';
import { edge } from '../python/machine.ts';
import { braceFormat } from '../python/operators.ts';
import { CODERS, ROWS } from './tables.ts';

let grammar: Grammar | undefined;

const SUPER = /^\$_(?:GET|POST|REQUEST|COOKIE|FILES)$/;
const CALLBACK = /^(?:call_user_func|call_user_func_array|array_map|usort|array_filter|register_shutdown_function|forward_static_call)$/;

const dialect: Dialect = {
  id: 'php',
  rows: ROWS,
  coders: CODERS,
  plus: '.',
  evals: 'php',
  unescape: unescapeText,
  canonical: (ref) => ref.replace(/^\\/, '').toLowerCase(),
  name: (w, name) => {
    if (name === '$_SERVER' || name === '$_ENV') return { value: { kind: 'unknown' }, ref: 'ENV' };
    if (SUPER.test(name)) return { value: { kind: 'unknown' }, ref: 'INPUT', cell: w.m.ctx.stdin };
    if (name === '$argv') return { value: { kind: 'unknown' }, ref: '$argv', cell: w.m.ctx.arg('*') };
    if (name === '__DIR__') return { value: { kind: 'template', parts: [{ name: '__file__' }, '/..'] } };
    if (name === '__FILE__') return { value: { kind: 'template', parts: [{ name: '__file__' }] } };
    if (name === 'DIRECTORY_SEPARATOR') return textAbs('/');
    if (name === 'PHP_EOL') return textAbs('\n');
    if (/^(?:curlopt_|[A-Z][A-Z0-9_]{2,60}$)/i.test(name) && name === name.toUpperCase()) return textAbs(name);
    if (name.startsWith('$')) return { value: { kind: 'template', parts: [{ name: name.slice(1, 40) }] } };
    return undefined;
  },
  fold: (ref, call) => {
    const [first, second, third] = call.args;
    switch (ref) {
      case 'strrev': {
        const text = strOf(first);
        return text === undefined ? undefined : textAbs([...text].reverse().join(''), { via: [...(first?.via ?? []), 'reverse'] });
      }
      case 'chr':
        return first?.num === undefined ? undefined : textAbs(String.fromCharCode(first.num & 0xff), { via: ['chr'] });
      case 'implode':
      case 'join': {
        const list = second?.list ?? first?.list;
        const separator = second?.list ? strOf(first) : first?.list ? (strOf(second) ?? '') : undefined;
        if (list === undefined || list.open || separator === undefined) return undefined;
        return {
          value: joinText(list.items.flatMap((item, index) => (index === 0 || separator === '' ? pieces(item) : [separator, ...pieces(item)]))),
        };
      }
      case 'str_replace': {
        const [from, to, body] = [strOf(first), strOf(second), strOf(third)];
        return body === undefined || from === undefined || to === undefined || from === ''
          ? undefined
          : textAbs(
              body.replaceAll(from, () => to),
              { via: third?.via },
            );
      }
      case 'sprintf': {
        const format = strOf(first);
        return format === undefined
          ? undefined
          : braceFormat(format.replace(/[{}]/g, '$&$&').replace(/%s|%d/g, '{}'), call.args.slice(1), new Map(), undefined);
      }
      case 'trim':
      case 'strval':
      case 'realpath':
      case 'rtrim':
      case 'escapeshellarg':
      case 'urlencode':
        return first === undefined ? undefined : { ...first, ref: undefined, span: undefined };
      case 'dirname':
        return first === undefined ? undefined : { value: joinText([...pieces(first), '/..']) };
      case 'sys_get_temp_dir':
        return textAbs('/tmp');
      default:
        return undefined;
    }
  },
  special: (w, node, ref, call) => {
    const { m } = w;
    const [first, second, third] = call.args;
    if (ref === 'include') return first === undefined ? NOTHING : includeFile();
    if (ref === 'getenv') return first === undefined ? { ...NOTHING, cell: wholeEnv(m, node) } : readEnv(m, node, first, undefined);
    if ((ref === 'file_get_contents' || ref === 'fopen' || ref === 'readfile' || ref === 'file' || ref === 'copy') && first !== undefined) {
      const prefix = pieces(first)[0];
      if (typeof prefix === 'string' && /^(?:https?|ftp):\/\//i.test(prefix))
        return applyApi(m, node, ref, { do: 'request', method: 'GET', url: [0], body: [2], save: ref === 'copy' ? [1] : [] }, call);
      if (typeof prefix === 'string' && /^php:\/\/(?:input|stdin)/i.test(prefix)) return hole(w, node, m.ctx.stdin);
      if (ref === 'file_get_contents') return applyApi(m, node, ref, { do: 'read', path: [0] }, call);
      return undefined;
    }
    if (ref === 'curl_init')
      return {
        ...hole(w, node, m.ctx.local(`curl@${node.start}`)),
        ref: 'curl_init()',
        made: call,
        dict: { items: new Map(first ? [['CURLOPT_URL', first]] : []), open: false, block: 0 },
      };
    if ((ref === 'curl_setopt' || ref === 'curl_setopt_array') && first?.dict !== undefined) {
      if (ref === 'curl_setopt') first.dict.items.set(textLike(second) ?? '?', third ?? NOTHING);
      else for (const [key, value] of second?.dict?.items ?? []) first.dict.items.set(key, value);
      return NOTHING;
    }
    if (ref === 'curl_exec' && first?.dict !== undefined) {
      const options = first.dict.items;
      const kw = new Map(
        [
          ['url', options.get('CURLOPT_URL') ?? NOTHING],
          ['body', options.get('CURLOPT_POSTFIELDS')],
          ['headers', options.get('CURLOPT_HTTPHEADER')],
          ['verify', options.get('CURLOPT_SSL_VERIFYPEER')],
        ].filter((each): each is [string, typeof NOTHING] => each[1] !== undefined) as [string, typeof NOTHING][],
      );
      const isPost = options.has('CURLOPT_POSTFIELDS') || options.has('CURLOPT_POST');
      return applyApi(
        m,
        node,
        ref,
        { do: 'request', method: isPost ? 'POST' : 'GET', url: ['url'], body: ['body'], header: ['headers'], verify: ['verify'] },
        { args: [], kw },
      );
    }
    if (CALLBACK.test(ref) && first !== undefined) {
      const name = textLike(first);
      if (name === undefined) return refOf(first) === 'INPUT' || first.cell === m.ctx.stdin ? reflect(w, node, first) : undefined;
      const row = Object.hasOwn(ROWS, name.toLowerCase()) ? ROWS[name.toLowerCase()] : undefined;
      return row === undefined || Array.isArray(row)
        ? undefined
        : applyApi(m, node, name, row as Parameters<typeof applyApi>[3], { ...call, args: call.args.slice(1) });
    }
    // `$f('x')` with a name that nobody can know, from outside.
    if (call.recv !== undefined && ref === '?' && call.recv.cell === m.ctx.stdin) return reflect(w, node, call.recv);
    if (ref === 'define' && first !== undefined && second !== undefined) {
      w.globals.set(textLike(first) ?? '?', second);
      return NOTHING;
    }
    if (ref === 'fwrite' || ref === 'fputs') {
      edge(m, second?.cell, first?.sink ?? first?.cell, node, 'concat');
      return NOTHING;
    }
    return undefined;

    function includeFile() {
      const text = first === undefined ? undefined : strOf(first);
      const path =
        text ??
        (first?.value.kind === 'template'
          ? first.value.parts
              .filter((part) => typeof part === 'string')
              .join('')
              .replace(/^\/\.\.\//, '')
          : '');
      const folder = m.ctx.file.path.includes('/') ? m.ctx.file.path.slice(0, m.ctx.file.path.lastIndexOf('/') + 1) : '';
      const found = [`${folder}${path.replace(/^\.?\//, '')}`, path].find((each) => m.ctx.paths.has(each));
      if (found !== undefined) w.others.push(found.replace(/\.[^./]+$/, ''));
      return runFile(w, node, found === undefined ? first! : { value: known(found) }, 'source');
    }
  },
};

function read(source: string, ctx: ReadContext): void {
  if (grammar === undefined) throw new Error('the PHP grammar is not loaded');
  // Without an opening tag everything would be text; fences and `php -r` have none.
  const bare = !/<\?(?:php|=)/i.test(source);
  if (bare && ctx.unit.role !== 'file') runWalker(`<?php ${source}`, shifted(ctx), grammar, dialect, 'PHP', () => {});
  else runWalker(source, ctx, grammar, dialect, 'PHP', () => {});
}

/** Offsets without the six characters that were put in front. */
function shifted(ctx: ReadContext): ReadContext {
  const by = 6;
  const back = (offset: number): number => Math.max(0, offset - by);
  return {
    ...ctx,
    fact: (start, end, draft) => ctx.fact(back(start), back(end), draft),
    edge: (from, to, start, end, how) => ctx.edge(from, to, back(start), back(end), how),
    opaque: (start, end, why, detail, incomplete) => ctx.opaque(back(start), back(end), why, detail, incomplete),
    span: (start, end) => ctx.span(back(start), back(end)),
    embed: (language, text, map, options) => ctx.embed(language, text, { ...map, start: back(map.start), end: back(map.end) } as typeof map, options),
  };
}

const php: Language = { id: 'php', read };
export async function load(): Promise<Language> {
  grammar = await loadGrammar('php');
  return php;
}
export default php;
