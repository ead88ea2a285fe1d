/**
 * AppleScript: `do shell script` (with administrator privileges), `run script`, `do script` in Terminal, `do JavaScript`, dialogs that ask for a hidden answer, the clipboard, login
 * items, and addresses that are opened. Strings join with `&`; variables set to constants are folded; `quoted form of x` is x, quoted. No grammar: statements are lines.
 */
import * as cells from '../../cells.ts';
import type { Hole, Value } from '../../model.ts';
import { concat, known, partsOf, template, unknown } from '../../value.ts';
import { collapsed, type Language, shifted } from '../contract.ts';
import { sideText } from './index.ts';
import { type Token, tokenize } from './lexer.ts';
import { SYNTAX } from './syntax.ts';

interface Line {
  readonly tokens: readonly Token[];
  /** The line's words, lower case, strings as `"`. */
  readonly words: string;
  /** Index in `words` to index in `tokens`. */
  readonly starts: readonly number[];
}

function linesOf(tokens: readonly Token[]): Line[] {
  const out: Line[] = [];
  let current: Token[] = [];
  const flush = (): void => {
    if (current.length === 0) return;
    const starts: number[] = [];
    let words = '';
    for (const token of current) {
      if (words !== '') words += ' ';
      starts.push(words.length);
      words += token.kind === 'string' ? '"' : token.text.toLowerCase();
    }
    out.push({ tokens: current, words, starts });
    current = [];
  };
  for (const token of tokens) {
    if (token.kind === 'comment') continue;
    if (token.kind === 'end') {
      // `¬` and a trailing `&` continue a line.
      const last = current.at(-1);
      if (last !== undefined && (last.text === '¬' || last.text === '&')) {
        if (last.text === '¬') current.pop();
        continue;
      }
      flush();
    } else current.push(token);
    if (current.length > 5_000) flush();
  }
  flush();
  return out;
}

const STOPS = new Set([
  'with',
  'without',
  'as',
  'to',
  'in',
  'default',
  'buttons',
  'user',
  'password',
  'altering',
  'giving',
  'of',
  ')',
  ',',
  'then',
  'hidden',
  'for',
  'end',
]);

/** Folds an expression of strings, variables and `&` that begins at `from`. */
function fold(tokens: readonly Token[], from: number, constants: ReadonlyMap<string, Value>): { readonly value: Value; readonly end: number } {
  const pieces: Value[] = [];
  let at = from;
  let expects = true;
  while (at < tokens.length) {
    const token = tokens[at]!;
    const word = token.text.toLowerCase();
    if (token.kind === 'op' && (token.text === '(' || token.text === '&')) {
      if (token.text === '&') expects = true;
      at++;
      continue;
    }
    if (token.kind === 'string') {
      if (!expects) break;
      pieces.push(template(token.parts ?? [token.text]));
    } else if (
      word === 'quoted' ||
      word === 'posix' ||
      word === 'the' ||
      (word === 'of' && /^(?:form|path)$/i.test(tokens[at - 1]?.text ?? '')) ||
      (/^(?:form|path)$/.test(word) && /^(?:quoted|posix)$/i.test(tokens[at - 1]?.text ?? ''))
    ) {
      at++;
      continue;
    } else if (token.kind === 'op' && token.text === ')') {
      at++;
      if (tokens[at]?.text !== '&') break;
      continue;
    } else if (STOPS.has(word) || !expects) break;
    else if (word === 'return' || word === 'linefeed') pieces.push(known('\n'));
    else if (word === 'space') pieces.push(known(' '));
    else if (word === 'quote') pieces.push(known('"'));
    else if (token.kind === 'word') pieces.push(constants.get(word) ?? template([{ name: token.text } satisfies Hole]));
    else if (token.kind === 'number') pieces.push(known(token.text));
    else break;
    expects = false;
    at++;
  }
  return { value: pieces.length === 0 ? unknown : concat(...pieces), end: at };
}

const asText = (value: Value): string =>
  partsOf(value)
    .map((part) => (typeof part === 'string' ? part : `"\${${(part.name ?? 'value').replace(/\W/g, '_') || 'value'}}"`))
    .join('');

const applescript: Language = {
  id: 'applescript',
  read(source, ctx) {
    const tokens = tokenize(source, SYNTAX['applescript']!, () => ctx.step());
    sideText(ctx, source, tokens);
    const constants = new Map<string, Value>();
    for (const line of linesOf(tokens)) {
      ctx.step();
      const start = line.tokens[0]!.start;
      const end = line.tokens.at(-1)!.end;
      const { words } = line;
      /** Token index where the words that match end. */
      const after = (match: RegExpExecArray): number => {
        const stop = match.index + match[0].length;
        const index = line.starts.findIndex((offset) => offset >= stop);
        return index < 0 ? line.tokens.length : index;
      };
      const set = /^(?:set|copy) ([\p{L}_]\w{0,80}) to(?= |$)/u.exec(words);
      const target = set === null ? undefined : ctx.local(set[1]!);
      const used = (from: number, until: number) =>
        line.tokens
          .slice(from, until)
          .flatMap((token) =>
            token.kind === 'word' && !STOPS.has(token.text.toLowerCase())
              ? [{ cell: ctx.local(token.text.toLowerCase()), role: 'code' as const }]
              : [],
          );

      const embed = (language: string, match: RegExpExecArray, how: string, elevated: boolean): void => {
        const from = after(match);
        const { value, end: until } = fold(line.tokens, from, constants);
        const place = { start: line.tokens[from]?.start ?? start, end: line.tokens[Math.max(from, until - 1)]?.end ?? end };
        const token = until - from === 1 ? line.tokens[from] : undefined;
        const stdout = target === undefined ? [] : [{ cell: target, role: 'value' as const }];
        if (value.kind !== 'known' || elevated) {
          ctx.fact(place.start, place.end, {
            kind: 'exec',
            how: language === 'shell' ? 'shell' : 'eval',
            program: known(language === 'shell' ? 'sh' : 'osascript'),
            argv: [value],
            code: 'argument',
            ...(elevated ? { elevated: 'osascript-admin' } : {}),
            ins: used(from, until),
            outs: stdout,
          });
        }
        if (value.kind === 'unknown') return;
        const literal = token?.inner !== undefined;
        const unit = ctx.embed(
          language,
          literal ? token.text : asText(value),
          literal ? shifted(token.inner, token.inner + token.text.length) : collapsed(place.start, place.end),
          { role: 'embedded', unwrapped: [how] },
        );
        if (target !== undefined) ctx.edge(ctx.cellsOf(unit).stdout, target, start, end, 'pipe');
      };

      const shell = /\bdo shell script(?= |$)/.exec(words);
      if (shell !== null) embed('shell', shell, 'do shell script', /with administrator privileges/.test(words));
      const run = /\brun script(?= |$)/.exec(words);
      if (run !== null && !/\brun script (?:file|posix|alias)/.test(words)) embed('applescript', run, 'run script', false);
      const load = /\b(?:load|run) script (?:\( )?(?:posix )?(?:file|alias)(?= |$)/.exec(words);
      if (load !== null) {
        const { value } = fold(line.tokens, after(load), constants);
        ctx.fact(start, end, {
          kind: 'exec',
          how: 'source',
          program: known('osascript'),
          argv: [value],
          code: 'file',
          path: value,
          ins: [{ cell: cells.path(value, ctx.unit.id), role: 'code' }],
        });
      }
      const terminal = shell === null && run === null ? /\bdo script(?= |$)/.exec(words) : null;
      if (terminal !== null) embed('shell', terminal, 'do script', false);
      const javascript = /\b(?:do|execute) (?:active tab )?(?:of )?(?:[\w ]{0,60} )?javascript(?= |$)/.exec(words);
      if (javascript !== null) embed('javascript', javascript, 'do JavaScript', false);
      if (/\bdisplay dialog\b/.test(words) && /\bhidden answer\b/.test(words))
        ctx.fact(start, end, {
          kind: 'capture',
          what: 'keystrokes',
          tool: 'display dialog with hidden answer',
          outs: target === undefined ? [] : [{ cell: target, role: 'value' }],
        });
      if (/\bthe clipboard\b/.test(words) && !/^set the clipboard\b/.test(words))
        ctx.fact(start, end, {
          kind: 'capture',
          what: 'clipboard',
          tool: 'the clipboard',
          outs: target === undefined ? [] : [{ cell: target, role: 'value' }],
        });
      if (/\bmake (?:new )?login item\b|\bmake login item\b/.test(words))
        ctx.fact(start, end, { kind: 'persist', mechanism: 'login-item', command: known(source.slice(start, Math.min(end, start + 400))) });
      const open = /\bopen location(?= |$)/.exec(words);
      if (open !== null) {
        const { value } = fold(line.tokens, after(open), constants);
        ctx.fact(start, end, {
          kind: 'request',
          url: value,
          method: 'GET',
          tool: 'open location',
          ins: used(after(open), line.tokens.length).map((port) => ({ ...port, role: 'url' as const })),
        });
      }
      const read = /\bread (?:\( )?(?:posix )?(?:file|alias)(?= |$)/.exec(words);
      if (read !== null) {
        const { value } = fold(line.tokens, after(read), constants);
        ctx.fact(start, end, {
          kind: 'read',
          path: value,
          ins: [{ cell: cells.path(value, ctx.unit.id), role: 'path' }],
          outs: target === undefined ? [] : [{ cell: target, role: 'value' }],
        });
      }
      const told = /^tell (?:application|app)(?= |$)/.exec(words);
      if (told !== null) {
        const { value } = fold(line.tokens, after(told), constants);
        ctx.fact(start, end, { kind: 'exec', how: 'process', program: value.kind === 'known' ? known(value.text.slice(0, 100)) : value, argv: [] });
      }
      if (/\bkeystroke\b/.test(words) && /\b(?:command|using)\b/.test(words) === false && /\bkeystroke "/.test(words)) {
        const { value } = fold(line.tokens, after(/\bkeystroke(?= |$)/.exec(words)!), constants);
        if (value.kind === 'known' && /[|;&]|\b(?:curl|bash|sudo)\b/.test(value.text))
          ctx.embed('shell', value.text, collapsed(start, end), { role: 'embedded', unwrapped: ['keystroke'] });
      }
      if (set !== null && shell === null && run === null) {
        const { value } = fold(line.tokens, after(set), constants);
        if (value.kind !== 'unknown') constants.set(set[1]!, value);
        for (const port of used(after(set), line.tokens.length)) ctx.edge(port.cell, ctx.local(set[1]!), start, end, 'assign');
      } else if (set !== null) constants.delete(set[1]!);
      else {
        const property = /^property ([\p{L}_]\w{0,80}) :(?= |$)/u.exec(words);
        if (property !== null) constants.set(property[1]!, fold(line.tokens, after(property), constants).value);
      }
    }
  },
};
export default applescript;
