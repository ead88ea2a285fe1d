/** Source text that is run (`eval`, `Function`, `vm`, `python -c`) and modules that are loaded by a computed name. */
import * as cells from '../../cells.ts';
import { bytesToText, looksLikeText } from '../../decode/codecs.ts';
import { known, partsOf, show, textOf, unknown } from '../../value.ts';
import { type Call, callBack } from './calls.ts';
import { loadModule } from './imports.ts';
import { canonical } from './modules.ts';
import { cellAt, cellsOf, portsOf, type Run, state } from './run.ts';
import { alternatives, asString, type Thing, toValue, UNKNOWN, wrapsOf } from './thing.ts';

/** Note of units whose text has holes: what does not parse in them says nothing. */
export const PARTLY = 'partly known';

/** Hands known source to its reader. */
export function embedCode(r: Run, c: Call, language: string, source: Thing, note: string): void {
  for (const one of alternatives(source)) {
    const value = toValue(asString(one));
    let text = textOf(value);
    const partly = value.kind === 'template';
    if (value.kind === 'template') text = value.parts.map((part) => (typeof part === 'string' ? part : '__hole')).join('');
    if (text === undefined && one.bytes !== undefined && looksLikeText(one.bytes)) text = bytesToText(one.bytes);
    if (text === undefined || text.trim() === '') continue;
    const wraps = wrapsOf(one);
    const key = `${language}:${c.start}:${text.length}:${text.slice(0, 200)}`;
    if (r.embedded.has(key)) continue;
    r.embedded.add(key);
    // Plain sight: the literal stands in the call, character by character.
    const at = wraps.length === 0 ? r.text.slice(c.start, c.end).indexOf(text) : -1;
    const known_ = language === 'batch' || language === 'applescript' ? 'shell' : language;
    if (language === 'applescript') {
      const scripts = [...text.matchAll(/do shell script "((?:[^"\\]|\\.){1,4000})"/g)].map((match) => match[1]!.replace(/\\(["\\])/g, '$1'));
      for (const script of scripts.slice(0, 8))
        r.ctx.embed(
          'shell',
          script,
          { kind: 'collapsed', start: c.start, end: c.end },
          { role: 'embedded', unwrapped: [...wraps, note, 'do shell script'] },
        );
      continue;
    }
    r.ctx.embed(
      known_,
      text,
      at >= 0 ? { kind: 'shift', start: c.start + at, end: c.start + at + text.length } : { kind: 'collapsed', start: c.start, end: c.end },
      { role: wraps.length > 0 ? 'decoded' : 'embedded', unwrapped: [...wraps, note], ...(partly ? { note: PARTLY } : {}) },
    );
  }
}

export function applyEval(r: Run, c: Call, tool: string, at: number | 'last'): Thing {
  const source = at === 'last' ? c.args.at(-1) : c.args[at];
  const out = cellAt(r, c, 'out');
  if (source === undefined) return UNKNOWN;
  if (source.fn !== undefined) {
    callBack(r, source, [], c);
    return UNKNOWN;
  }
  const from = cellsOf(r, source, c);
  const value = toValue(asString(source));
  // `Function('return this')()` is how libraries find the global object.
  if (at === 'last' && value.kind === 'known' && /^\s{0,5}return this;?\s{0,5}$/.test(value.text)) return { cells: [], api: '#global-getter' };
  if (at === 'last' && value.kind === 'known' && /^\s{0,5}return process;?\s{0,5}$/.test(value.text)) return { cells: [], api: '#process-getter' };
  state(r, c, {
    kind: 'exec',
    how: 'eval',
    program: known(tool),
    argv: value.kind === 'unknown' ? [unknown] : [],
    code: 'argument',
    ins: portsOf(from, 'code'),
    outs: [{ cell: out, role: 'value' }],
  });
  embedCode(r, c, 'javascript', source, tool);
  if (value.kind === 'known' && /^[\w$.]{1,60}$/.test(value.text) && at === 0) {
    // `eval('require')`: an alias.
    return { cells: [out], api: canonical(value.text) };
  }
  return { cells: [out], api: `${canonical(tool)}()` };
}

export function applyImport(r: Run, c: Call, tool: string): Thing {
  const target = c.args[0] ?? UNKNOWN;
  let out: Thing | undefined;
  for (const one of alternatives(target)) {
    const value = toValue(asString(one));
    const name = textOf(value);
    if (name !== undefined) {
      if (/^https?:/.test(name)) {
        const response = cellAt(r, c, 'response');
        state(r, c, { kind: 'request', url: value, method: 'GET', tool, outs: [{ cell: response, role: 'response' }] });
        state(r, c, {
          kind: 'exec',
          how: 'import',
          program: known(tool),
          argv: [],
          code: 'url',
          path: value,
          ins: [{ cell: response, role: 'code' }],
        });
        continue;
      }
      const loaded = loadModule(r, name, c, tool);
      if (out === undefined) out = loaded;
      continue;
    }
    const from = cellsOf(r, one, c);
    const literal = partsOf(value).some((part) => typeof part === 'string' && /[./\w]{2}/.test(part));
    const result = cellAt(r, c, 'out');
    if (literal) {
      state(r, c, {
        kind: 'exec',
        how: 'import',
        program: known(tool),
        argv: [],
        code: /^https?:/.test(show(value)) ? 'url' : 'file',
        path: value,
        ins: [{ cell: cells.path(value, r.ctx.unit.id), role: 'code' }, ...portsOf(from, 'path')],
      });
      out ??= { cells: [result] };
    } else {
      state(r, c, {
        kind: 'exec',
        how: 'reflect',
        program: known(tool),
        argv: [value],
        path: value,
        ins: portsOf(from, 'code'),
        outs: [{ cell: result, role: 'value' }],
      });
      out ??= { cells: [result] };
    }
  }
  return out ?? UNKNOWN;
}
