/**
 * A tokenized text as a flat program: matching brackets, calls with their qualified names, assignments, and constants. Everything is found in one pass over tokens; folding a value looks
 * at most twelve calls deep, so nesting cannot make it slow.
 */
import type { Value } from '../../model.ts';
import { type Api, apiOf } from './apis.ts';
import type { Token } from './lexer.ts';
import type { Syntax } from './syntax.ts';

export interface Call {
  /** Position in the list of calls. */
  readonly order: number;
  /** Index of the last word of the name. */
  readonly at: number;
  readonly first: number;
  readonly name: string;
  /** Token range of each argument, end exclusive. */
  readonly args: readonly (readonly [from: number, to: number])[];
  /** Index behind the call. */
  readonly close: number;
  readonly api: Api | undefined;
}
export interface Assignment {
  readonly name: string;
  /** Qualified name as written, for properties. */
  readonly full: string;
  readonly at: number;
  readonly from: number;
  readonly to: number;
  readonly op: string;
}
export interface Program {
  readonly language: string;
  readonly syntax: Syntax;
  readonly tokens: readonly Token[];
  /** Partner of each bracket, -1 otherwise. */
  readonly partner: Int32Array;
  readonly calls: readonly Call[];
  readonly callAt: ReadonlyMap<number, Call>;
  /** Calls of one chain (`a().b().c()`), by the word it begins with; in order. */
  readonly chains: ReadonlyMap<number, readonly Call[]>;
  readonly assignments: readonly Assignment[];
  /** Constants so far; filled while the program is walked. */
  readonly constants: Map<string, Value>;
}

const OPEN: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
/** What joins the words of a qualified name. */
export const LINKS = new Set(['.', '::', '->', '?.', ':', '!']);

function partners(tokens: readonly Token[]): Int32Array {
  const out = new Int32Array(tokens.length).fill(-1);
  const stack: number[] = [];
  tokens.forEach((token, index) => {
    if (token.kind !== 'op') return;
    if (OPEN[token.text] !== undefined) stack.push(index);
    else if (token.text === ')' || token.text === ']' || token.text === '}') {
      // A bracket that does not fit closes what is open up to its own kind.
      for (let top = stack.length - 1; top >= 0 && top > stack.length - 40; top--) {
        if (OPEN[tokens[stack[top]!]!.text] !== token.text) continue;
        out[index] = stack[top]!;
        out[stack[top]!] = index;
        stack.length = top;
        break;
      }
    }
  });
  return out;
}

/** Splits a token range at commas outside brackets. */
export function split(tokens: readonly Token[], partner: Int32Array, from: number, to: number, separator = ','): [number, number][] {
  const out: [number, number][] = [];
  let start = from;
  for (let index = from; index < to; index++) {
    const token = tokens[index]!;
    if (token.kind === 'op' && token.text === separator) {
      if (index > start) out.push([start, index]);
      start = index + 1;
    } else if (partner[index]! > index) index = Math.min(partner[index]!, to);
  }
  if (to > start) out.push([start, to]);
  return out;
}

/** Tokens of one statement that are looked at. Longer ones are data. */
const STATEMENT = 1_500;

/** End of the statement that begins at `from`: `;`, a line end outside brackets, or a bracket that closes an outer one. */
function statementEnd(tokens: readonly Token[], partner: Int32Array, from: number, stops: string): number {
  const limit = Math.min(tokens.length, from + STATEMENT);
  for (let index = from; index < limit; index++) {
    const token = tokens[index]!;
    if (token.kind === 'end') {
      // A line that ends in a joining operator goes on.
      if (index > from && tokens[index - 1]!.kind === 'op' && /^(?:[+&.*=,|\\]|\.\.|<>|\+\+|&&|\|\||->|_)$/.test(tokens[index - 1]!.text)) continue;
      if (tokens[index + 1]?.kind === 'op' && /^(?:\.|\?\.|\|>|->|\.\.)$/.test(tokens[index + 1]!.text)) continue;
      return index;
    }
    if (token.kind === 'op') {
      if (stops.includes(token.text)) return index;
      if (partner[index]! > index) index = partner[index]!;
      else if (token.text === ')' || token.text === ']' || token.text === '}') return index;
    }
  }
  return limit;
}

/** Calls without parentheses: `name "text"`. Only for names that mean something. */
const startsArgument = (token: Token | undefined): boolean =>
  token !== undefined &&
  (token.kind === 'string' ||
    token.kind === 'shell' ||
    token.kind === 'word' ||
    (token.kind === 'op' && (token.text === '[' || token.text === '$' || token.text === '-')));

export function parse(language: string, syntax: Syntax, all: readonly Token[], extra: readonly Api[] = []): Program {
  const tokens = all.filter((token) => token.kind !== 'comment');
  const partner = partners(tokens);
  const calls: Call[] = [];
  const callAt = new Map<number, Call>();
  const assignments: Assignment[] = [];
  /** Name so far for a word that goes on after a call. */
  const chained = new Map<number, { readonly name: string; readonly first: number }>();
  const chains = new Map<number, Call[]>();
  const add = (call: Call): void => {
    calls.push(call);
    callAt.set(call.first, call);
    const chain = chains.get(call.first);
    if (chain) chain.push(call);
    else chains.set(call.first, [call]);
  };
  const lookup = (name: string): Api | undefined => extra.find((row) => row.match.test(name)) ?? apiOf(language, name, syntax.folds);
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index]!;
    if (token.kind === 'op' && /^(?:=|:=|<-|\.=|\+=|&=)$/.test(token.text) && index > 0) {
      const target = targetOf(tokens, index);
      if (target !== undefined)
        assignments.push({ ...target, at: index, op: token.text, from: index + 1, to: statementEnd(tokens, partner, index + 1, ';,') });
      continue;
    }
    if (token.kind !== 'word') continue;
    const before = tokens[index - 1];
    const base = chained.get(index);
    if (base === undefined && before?.kind === 'op' && LINKS.has(before.text) && tokens[index - 2]?.kind === 'word' && before.text !== '!') continue;
    let name = base === undefined ? token.text : `${base.name}.${token.text}`;
    let last = index;
    while (tokens[last + 1]?.kind === 'op' && LINKS.has(tokens[last + 1]!.text) && tokens[last + 2]?.kind === 'word' && last - index < 24) {
      const link = tokens[last + 1]!.text;
      name += (link === '::' ? '::' : '.') + tokens[last + 2]!.text;
      last += 2;
    }
    let open = last + 1;
    // Rust macros, generic arguments, Swift's trailing `!` and `?`.
    if (tokens[open]?.text === '!' && OPEN[tokens[open + 1]?.text ?? ''] !== undefined) {
      name += '!';
      open++;
    } else if (tokens[open]?.text === '::' && tokens[open + 1]?.text === '<') {
      let close = open + 2;
      while (close < tokens.length && close < open + 20 && tokens[close]!.text !== '>') close++;
      open = close + 1;
    }
    const first = base?.first ?? index;
    if (
      tokens[open]?.kind === 'op' &&
      (tokens[open]!.text === '(' || (name.endsWith('!') && OPEN[tokens[open]!.text] !== undefined)) &&
      partner[open]! > open
    ) {
      const close = partner[open]!;
      const call: Call = {
        order: calls.length,
        at: last,
        first,
        name,
        args: split(tokens, partner, open + 1, close),
        close: close + 1,
        api: lookup(name),
      };
      add(call);
      let next = close + 1;
      while (tokens[next]?.kind === 'end' && tokens[next + 1]?.kind === 'op' && /^(?:\.|\?\.)$/.test(tokens[next + 1]!.text)) next++;
      // `?` in Rust, `!!` in Kotlin, `!` in Swift between a call and the next.
      while (tokens[next]?.kind === 'op' && /^[?!]$/.test(tokens[next]!.text) && tokens[next + 1]?.kind === 'op') next++;
      if (tokens[next]?.kind === 'op' && LINKS.has(tokens[next]!.text) && tokens[next + 1]?.kind === 'word' && name.length < 300)
        chained.set(next + 1, { name, first });
    } else if (syntax.bare && startsArgument(tokens[open]) && tokens[open]!.start > tokens[last]!.end) {
      const api = lookup(name);
      if (api !== undefined) {
        const to = statementEnd(tokens, partner, open, ';');
        const call: Call = {
          order: calls.length,
          at: last,
          first,
          name,
          args: language === 'tcl' ? words(tokens, open, to) : split(tokens, partner, open, to),
          close: to,
          api,
        };
        add(call);
      }
    }
    index = last;
  }
  return { language, syntax, tokens, partner, calls, callAt, chains, assignments, constants: new Map() };
}

const words = (tokens: readonly Token[], from: number, to: number): [number, number][] => {
  const out: [number, number][] = [];
  for (let index = from; index < to; index++) {
    const start = index;
    while (index + 1 < to && tokens[index + 1]!.start === tokens[index]!.end) index++;
    out.push([start, index + 1]);
  }
  return out;
};

/** The name an assignment writes to: the word before `=`, before a type annotation, or before an index. */
function targetOf(tokens: readonly Token[], at: number): { readonly name: string; readonly full: string } | undefined {
  let index = at - 1;
  if (tokens[index]?.text === ']') while (index > at - 12 && index >= 0 && tokens[index]!.text !== '[') index--;
  if (tokens[index]?.text === '[') index--;
  // `let x: &str = …`, `val x: String = …`
  for (let back = index; back > index - 8 && back > 0; back--) {
    const token = tokens[back]!;
    if (token.kind === 'end' || token.text === ';' || token.text === '(' || token.text === '{') break;
    if (token.text === ':' && tokens[back - 1]?.kind === 'word' && /^(?:let|mut|var|val|const|static|final)$/.test(tokens[back - 2]?.text ?? '')) {
      index = back - 1;
      break;
    }
  }
  const word = tokens[index];
  if (word?.kind !== 'word') return undefined;
  let full = word.text;
  for (let back = index - 1; back > 0 && LINKS.has(tokens[back]!.text) && tokens[back - 1]!.kind === 'word' && index - back < 12; back -= 2)
    full = `${tokens[back - 1]!.text}.${full}`;
  return { name: full, full };
}
