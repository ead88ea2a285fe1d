/** What a range of tokens is as a value: literals, joins, formats, wrappers and decoders are folded, at most twelve calls deep; everything else is a hole with its name. */
import { bytesToText, decode } from '../../decode/codecs.ts';
import { limits } from '../../limits.ts';
import type { Hole, Value } from '../../model.ts';
import { concat, known, partsOf, template, textOf, unknown } from '../../value.ts';
import { type Call, LINKS, type Program, split } from './program.ts';

/** Calls that hand their argument on: paths, addresses, conversions. */
const WRAPPERS =
  /(?:^|[.:>])(?:URL|URI|Uri|File|Path|NSURL|Url|String|NSString|CString|OsStr|OsString|PathBuf|from|to_string|to_owned|into|of|get|parse|create|URI\.create|Uri\.parse|Path\.of|Paths\.get|Some|Ok|new|text|string|str|encode|encodeToByteArray|toString|format|expand_path|expanduser|trim|fileURLWithPath|c_str|GetBytes|GetString|UTF8\.GetString|from_utf8|from_utf8_lossy|from_utf8_unchecked|utf8|unwrap|byteArrayOf|normalizePath|path\.expand|File\.expand_path|CFSTR|_T|TEXT|L)!?$/;
const JOINERS =
  /(?:^|[.:>])(?:paste0|concat|joinToString|strcat|String\.Concat|string\.Concat|file\.path|Path\.Combine|filepath\.Join|path\.join|File\.join|joinpath|Paths\.get|concat!)$/;
const FORMATS =
  /(?:^|[.:>])(?:format!|sprintf|String\.format|string\.format|String\.Format|string\.Format|fmt\.Sprintf|Sprintf|snprintf|formatted|printf|stringWithFormat)$/;

const holeOf = (name: string): Hole => ({ name: name.slice(0, 80) });

/** Fills the holes of a literal with what is known of their variables. */
function fill(program: Program, parts: readonly (string | Hole)[]): Value {
  return concat(
    ...parts.map((part): Value => {
      if (typeof part === 'string') return known(part);
      const constant = part.env === undefined && part.name !== undefined ? program.constants.get(part.name) : undefined;
      return constant ?? template([part]);
    }),
  );
}

/** What a token range is as a value. */
export function fold(program: Program, from: number, to: number, depth = 0): Value {
  const { tokens, partner, syntax } = program;
  if (from >= to) return unknown;
  // Tcl's bare words are strings.
  if (program.language === 'tcl' && tokens[from]!.kind !== 'string' && tokens[from]!.text !== '$' && tokens[from]!.text !== '[')
    return known(
      tokens
        .slice(from, Math.min(to, from + 200))
        .map((token) => token.text)
        .join(''),
    );
  if (depth > 12) return template([holeOf('…')]);
  // Operands joined by the language's own operator; juxtaposition joins in C and awk.
  const pieces: [number, number][] = [];
  let start = from;
  for (let index = from; index < to; index++) {
    const token = tokens[index]!;
    if (token.kind === 'op' && partner[index]! > index) {
      index = Math.min(to, partner[index]!);
      continue;
    }
    if (token.kind === 'op' && syntax.joins.includes(token.text) && index > start) {
      pieces.push([start, index]);
      start = index + 1;
    } else if (token.kind === 'string' && tokens[index + 1]?.kind === 'string' && index + 1 < to) {
      pieces.push([start, index + 1]);
      start = index + 1;
    }
  }
  if (start < to) pieces.push([start, to]);
  if (pieces.length > 1) return concat(...pieces.slice(0, 200).map(([a, b]) => fold(program, a, b, depth + 1)));
  let first = from;
  while (
    first < to &&
    ((tokens[first]!.kind === 'op' && /^[&*!-]$/.test(tokens[first]!.text)) ||
      (tokens[first]!.kind === 'word' && /^(?:new|await|try|const|in|await!|my|our|return)$/.test(tokens[first]!.text)) ||
      tokens[first]!.kind === 'end')
  )
    first++;
  // Named arguments: `contentsOf: x`, `encoding = "UTF-8"`.
  if (tokens[first]?.kind === 'word' && tokens[first + 1]?.kind === 'op' && /^(?:[:=]|=>)$/.test(tokens[first + 1]!.text) && first + 2 < to)
    first += 2;
  const token = tokens[first];
  if (token === undefined || first >= to) return unknown;
  if (token.kind === 'string') return fill(program, token.parts ?? [token.text]);
  if (token.kind === 'shell') return template([holeOf('output')]);
  if (token.kind === 'number') return known(token.text);
  if (token.kind === 'op' && token.text === '(' && partner[first]! > first) return fold(program, first + 1, partner[first]!, depth + 1);
  if (token.kind !== 'word') return template([holeOf('…')]);
  const call = program.callAt.get(first);
  if (call !== undefined && call.close <= to) return callValue(program, lastOfChain(program, call, to), depth);
  // `ENV["X"]`, `$_ENV['X']`, `os.environ[...]`, `$ENV{X}`.
  if (
    tokens[first + 1]?.kind === 'op' &&
    (tokens[first + 1]!.text === '[' || tokens[first + 1]!.text === '{') &&
    tokens[first + 2] !== undefined &&
    /^(?:ENV|\$ENV|\$_ENV|\$_SERVER|environment|environ)$/.test(token.text)
  ) {
    return template([{ env: tokens[first + 2]!.text, name: tokens[first + 2]!.text }]);
  }
  let name = token.text;
  for (
    let index = first + 1;
    index + 1 < to && tokens[index]!.kind === 'op' && LINKS.has(tokens[index]!.text) && tokens[index + 1]!.kind === 'word';
    index += 2
  )
    name += `.${tokens[index + 1]!.text}`;
  return program.constants.get(name) ?? (name === token.text ? undefined : program.constants.get(token.text)) ?? template([holeOf(name)]);
}

/** Of `a().b().c()` the call whose value the range has. */
function lastOfChain(program: Program, call: Call, to: number): Call {
  return program.chains.get(call.first)?.findLast((other) => other.close <= to) ?? call;
}

function callValue(program: Program, call: Call, depth: number): Value {
  const { api, name, args } = call;
  const arg = (index: number): Value => {
    const range = args[index];
    return range === undefined ? unknown : fold(program, range[0], range[1], depth + 1);
  };
  if (api?.does === 'env') {
    const variable = textOf(arg(api.at ?? 0));
    if (variable !== undefined) return template([{ env: variable, name: variable }]);
  }
  if (api?.does === 'decode' && api.codec !== undefined) {
    const text = textOf(arg(name.includes('general_purpose') || args.length === 1 ? 0 : (api.at ?? 0)));
    if (text !== undefined && text.length <= limits.decodeChars) {
      const bytes = decode(api.codec, text, limits);
      if (bytes !== undefined) return known(bytesToText(bytes));
    }
    return template([holeOf(`${name}()`)]);
  }
  if (JOINERS.test(name))
    return concat(
      ...args
        .slice(0, 40)
        .flatMap(([a, b], index) =>
          index > 0 && /file\.path|Combine|[Jj]oin|Paths\.get|joinpath/.test(name)
            ? [known('/'), fold(program, a, b, depth + 1)]
            : [fold(program, a, b, depth + 1)],
        ),
    );
  if (FORMATS.test(name)) {
    const values = args.map(([a, b]) => fold(program, a, b, depth + 1));
    const at = values.findIndex((value) => value.kind === 'known' && /%[-\d.]{0,8}[a-zA-Z@]|\{[^}]{0,40}\}/.test(value.text));
    const pattern = at < 0 ? undefined : textOf(values[at]);
    if (pattern !== undefined) {
      let next = at + 1;
      const parts: (string | Hole)[] = [];
      let last = 0;
      for (const match of pattern.matchAll(/%[-\d.]{0,8}[a-zA-Z@]|\{[^}]{0,40}\}/g)) {
        parts.push(pattern.slice(last, match.index), ...partsOf(values[next++] ?? template([holeOf(match[0].replace(/[{}%]/g, '') || 'value')])));
        last = match.index + match[0].length;
      }
      parts.push(pattern.slice(last));
      return template(parts);
    }
  }
  if (WRAPPERS.test(name)) {
    if (args.length >= 1) return arg(0);
    // `"text".to_string()` and `x.trim()`: the receiver.
    const receiver = program.chains.get(call.first)?.findLast((other) => other.close < call.close);
    if (receiver !== undefined) return callValue(program, receiver, depth + 1);
    const base = name.split(/\.|::/).slice(0, -1).join('.');
    return program.constants.get(base) ?? template([holeOf(base || name)]);
  }
  return template([holeOf(`${name}()`)]);
}

/** The items of an array, tuple or list-making call as values; a single value otherwise. */
export function listOf(program: Program, from: number, to: number): readonly (readonly [number, number])[] {
  const { tokens, partner } = program;
  let first = from;
  while (
    first < to &&
    ((tokens[first]!.kind === 'op' && tokens[first]!.text === '&') ||
      tokens[first]!.kind === 'end' ||
      (tokens[first]!.kind === 'word' && tokens[first]!.text === 'new'))
  )
    first++;
  if (tokens[first]?.kind === 'word' && tokens[first + 1]?.text === ':') first += 2;
  const token = tokens[first];
  if (token === undefined) return [];
  if (token.kind === 'op' && (token.text === '[' || token.text === '{') && partner[first]! > first)
    return split(tokens, partner, first + 1, partner[first]!);
  if (token.kind === 'word') {
    // `new String[] {"a", "b"}`, `[]string{"a"}`, `vec!["a"]`, `c("a")`, `listOf("a")`
    const brace = tokens
      .slice(first, Math.min(to, first + 8))
      .findIndex(
        (other) =>
          other.text === '{' ||
          other.text === '(' ||
          (other.text === '[' && other !== tokens[first + 1]) ||
          (other.text === '[' && tokens[first]!.text === 'vec'),
      );
    const open = first + brace;
    if (
      brace > 0 &&
      partner[open]! > open &&
      partner[open]! < to &&
      /^(?:String|string|vec|c|list|listOf|arrayOf|mutableListOf|Arrays|List|array|Array|str|char|&str|const)$/.test(token.text)
    )
      return split(tokens, partner, open + 1, partner[open]!);
  }
  return [[from, to]];
}
