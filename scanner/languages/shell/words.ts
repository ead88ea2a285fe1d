/**
 * Words to fields: quotes, escapes, parameters, substitutions, braces and splitting, with constants folded and offsets kept where the text stands in plain sight.
 * It stops spellings such as `c\url`, `$'\x63url'`, `"$c$r"`, `cu${x}rl` and `{curl,-s,host}` from hiding a command. Globs are not expanded (nothing is on disk).
 */
import type { ParameterExpansionPart, ParameterOperation, Word, WordPart } from 'unbash';
import type { Cell, Hole, Value } from '../../model.ts';
import { concat, known, partsOf, show, template, textOf } from '../../value.ts';
import { placeholderOf, restore } from './prepare.ts';
import { assign, lookup } from './variables.ts';
import { veiled } from './veil.ts';
import { at, type Field, fact, plain, type Stream, slice, type World } from './world.ts';

/** Walks a substitution and gives what it printed; set by walk.ts (the two call one another). */
export interface Substitute {
  output(w: World, script: NonNullable<Extract<WordPart, { type: 'CommandExpansion' }>['script']>, start: number, end: number): Stream;
  process(w: World, part: Extract<WordPart, { type: 'ProcessSubstitution' }>, start: number, end: number): Stream;
}

interface Piece {
  readonly value: Value;
  readonly cells: readonly Cell[];
  readonly start: number;
  readonly end: number;
  /** Offset where the text stands literally. */
  readonly literal?: number;
  /** Unquoted expansion: splits at blanks. */
  readonly split?: boolean;
  readonly unwrapped: readonly string[];
  readonly bytes?: Uint8Array;
  readonly spelled: string;
  readonly list?: readonly Field[];
  readonly alternatives?: readonly string[];
  readonly process?: Field['process'];
  readonly quoted?: boolean;
}

const MAX_FIELDS = 256;
/** Characters and holes of one value; variables that double themselves end here. */
const MAX_TEXT = 1 << 18;
const MAX_PARTS = 64;
const tooLong = (value: Value): boolean =>
  value.kind === 'known'
    ? value.text.length > MAX_TEXT
    : value.kind === 'template' && (value.parts.length > MAX_PARTS || value.parts.some((part) => typeof part === 'string' && part.length > MAX_TEXT));

const literalPiece = (text: string, start: number, end: number, literal: number | undefined, quoted = false): Piece => {
  // Quoted text keeps its angle brackets: only a bare word is a placeholder.
  const value = quoted ? known(restore(text)) : template(holesIn(text));
  return {
    value,
    cells: [],
    start,
    end,
    ...(literal === undefined ? {} : { literal }),
    unwrapped: [],
    spelled: restore(text),
    ...(quoted ? { quoted } : {}),
  };
};

/** Masked placeholders become named holes. */
function holesIn(text: string): (string | Hole)[] {
  if (!text.includes('\ue000')) return [text];
  const out: (string | Hole)[] = [];
  let from = 0;
  for (let open = text.indexOf('\ue000'); open >= 0; open = text.indexOf('\ue000', from)) {
    const close = text.indexOf('\ue001', open);
    if (close < 0) break;
    out.push(text.slice(from, open), { name: `<${restore(text.slice(open + 1, close))}>` });
    from = close + 1;
  }
  out.push(restore(text.slice(from)));
  return out;
}

/** A word of letters and wildcards that hides one name: `/???/b??h`, `id_r[s]a`. The whole name would be as short; this one reads as something else. */
function unveiled(w: World, parts: readonly WordPart[]): Piece | undefined {
  if (!parts.some((part) => part.type === 'Glob') || parts.some((part) => part.type !== 'Glob' && part.type !== 'Literal')) return undefined;
  const hidden = veiled(parts.map((part) => (part.type === 'Literal' ? part.value : part.text)).join(''));
  if (hidden === undefined) return undefined;
  const { start } = at(w, parts[0]!);
  const { end } = at(w, parts.at(-1)!);
  fact(w, start, end, { kind: 'exec', how: 'reflect', program: known(hidden), argv: [] });
  return { ...literalPiece(hidden, start, end, undefined), unwrapped: ['glob'] };
}

function piecesOf(w: World, parts: readonly WordPart[], quoted: boolean, sub: Substitute): Piece[] {
  const out: Piece[] = [];
  const whole = quoted ? undefined : unveiled(w, parts);
  if (whole !== undefined) return [whole];
  for (const part of parts) {
    w.ctx.step();
    const { start, end } = at(w, part);
    const source = slice(w, part.pos, part.end);
    switch (part.type) {
      case 'Literal': {
        out.push(literalPiece(part.value, start, end, part.value === part.text && !w.frame.region ? start : undefined, quoted));
        break;
      }
      case 'SingleQuoted':
        out.push(literalPiece(part.value, start, end, w.frame.region ? undefined : start + 1, true));
        break;
      case 'AnsiCQuoted':
        out.push(literalPiece(part.value, start, end, undefined, true));
        break;
      case 'DoubleQuoted':
      case 'LocaleString': {
        const inner = piecesOf(w, part.parts, true, sub);
        if (inner.length === 0) out.push(literalPiece('', start, end, undefined, true));
        out.push(...inner);
        break;
      }
      case 'SimpleExpansion': {
        const name = part.text.slice(1);
        out.push(variablePiece(w, name, start, end, source, quoted));
        break;
      }
      case 'ParameterExpansion':
        out.push(parameterPiece(w, part, start, end, source, quoted, sub));
        break;
      case 'CommandExpansion': {
        const stream = part.script === undefined ? undefined : sub.output(w, part.script, start, end);
        const value =
          stream?.value === undefined
            ? template([{ name: source.includes('mktemp') ? `${source.slice(0, 40)}#${start}` : source.slice(0, 40) }])
            : trimmed(stream.value);
        out.push({
          value,
          cells: stream ? [stream.cell] : [],
          start,
          end,
          split: !quoted,
          unwrapped: stream?.unwrapped ?? [],
          ...(stream?.bytes ? { bytes: stream.bytes } : {}),
          spelled: value.kind === 'known' ? value.text : source,
          quoted,
        });
        break;
      }
      case 'ArithmeticExpansion':
        out.push({ value: arithmetic(source) ?? template([{ name: source.slice(0, 40) }]), cells: [], start, end, unwrapped: [], spelled: source });
        break;
      case 'ProcessSubstitution': {
        const stream = sub.process(w, part, start, end);
        out.push({
          value: template([{ name: `${part.operator}(…)` }]),
          cells: part.operator === '<' ? [stream.cell] : [],
          start,
          end,
          unwrapped: stream.unwrapped,
          spelled: source,
          process: { operator: part.operator, stream },
        });
        break;
      }
      case 'BraceExpansion': {
        const alternatives = braces(expandNames(w, source));
        out.push(
          alternatives.length > 1 ? { ...literalPiece(source, start, end, undefined), alternatives } : literalPiece(source, start, end, undefined),
        );
        break;
      }
      default:
        out.push(literalPiece(source, start, end, start));
    }
  }
  return out;
}

const trimmed = (value: Value): Value => {
  const parts = [...partsOf(value)];
  const last = parts.at(-1);
  if (typeof last !== 'string') return value;
  let end = last.length;
  while (end > 0 && (last[end - 1] === '\n' || last[end - 1] === '\r')) end--;
  parts[parts.length - 1] = last.slice(0, end);
  return template(parts.length === 1 ? [last.slice(0, end)] : parts);
};

/** `$((1+2))` and plain digits; anything else stays a hole. */
function arithmetic(source: string): Value | undefined {
  const match = /^\$\(\( {0,4}(-?\d{1,9}) {0,4}(?:([-+*]) {0,4}(\d{1,9}) {0,4})?\)\)$/.exec(source);
  if (match === null) return undefined;
  const left = Number(match[1]);
  const right = Number(match[3] ?? 0);
  return known(String(match[2] === '*' ? left * right : match[2] === '-' ? left - right : left + right));
}

function variablePiece(w: World, name: string, start: number, end: number, source: string, quoted: boolean): Piece {
  const found = lookup(w, name, start, end);
  return {
    value: found.value,
    cells: found.cells,
    start,
    end,
    split: !quoted,
    unwrapped: found.unwrapped,
    ...(found.bytes ? { bytes: found.bytes } : {}),
    ...(found.list && (name === '@' || name === '*') ? { list: found.list } : {}),
    spelled: found.value.kind === 'known' ? found.value.text : found.value.kind === 'template' ? spell(found.value, source) : source,
    quoted,
  };
}

/** A template in shell spelling: by its environment holes if it has no others, else as the expansion stands, so that an inner shell meets the same name. */
const spell = (value: Value, source: string): string => {
  const parts = partsOf(value);
  if (parts.some((part) => typeof part !== 'string' && part.env === undefined)) return source;
  return parts.map((part) => (typeof part === 'string' ? part : `\${${part.env}}`)).join('');
};

function parameterPiece(w: World, part: ParameterExpansionPart, start: number, end: number, source: string, quoted: boolean, sub: Substitute): Piece {
  const { parameter, operation, prefix, index } = part;
  if (prefix === '#') return { value: template([{ name: source.slice(0, 40) }]), cells: [], start, end, unwrapped: [], spelled: source };
  if (prefix === '!') {
    const pointed = w.vars.get(parameter);
    const target = pointed === undefined ? undefined : textOf(pointed.field.value);
    if (target !== undefined && /^[A-Za-z_]\w{0,100}$/.test(target)) return variablePiece(w, target, start, end, source, quoted);
    return { value: template([{ name: source.slice(0, 40) }]), cells: pointed ? [pointed.cell] : [], start, end, unwrapped: [], spelled: source };
  }
  // A default that applies hides the environment read, so look first whether the name is assigned here.
  const base = variablePiece(w, parameter, start, end, source, quoted);
  let piece = base;
  const list = w.vars.get(parameter)?.list ?? base.list;
  if (index !== undefined && list !== undefined) {
    const which = index.value;
    const at_ = /^-?\d{1,6}$/.test(which) ? list.at(Number(which)) : undefined;
    if (at_ !== undefined) piece = { ...base, value: at_.value, spelled: at_.spelled };
    else if (which === '@' || which === '*') piece = { ...base, list, value: known(list.map((item) => show(item.value)).join(' ')) };
  }
  return operation === undefined ? piece : operated(w, piece, parameter, operation, start, end, sub);
}

function operated(w: World, piece: Piece, name: string, operation: ParameterOperation, start: number, end: number, sub: Substitute): Piece {
  const operand = (word: Word | undefined): Field | undefined => (word === undefined ? undefined : joined(w, word, sub));
  const current = textOf(piece.value);
  const with_ = (value: Value, from: readonly Cell[] = []): Piece => ({
    ...piece,
    value,
    cells: [...piece.cells, ...from],
    spelled: show(value),
    start,
    end,
  });
  switch (operation.type) {
    case 'Default': {
      const field = operand(operation.operand);
      const assigned = w.vars.has(name) || current !== undefined;
      const { operator } = operation;
      if (operator.endsWith('?')) return piece;
      if (operator.endsWith('+'))
        return field === undefined
          ? piece
          : { ...piece, value: assigned || current === undefined ? field.value : known(''), cells: field.cells, spelled: field.spelled };
      const empty = current === '' && operator.startsWith(':');
      if (field === undefined || (assigned && !empty && current !== undefined) || textOf(field.value) === '') return piece;
      if (operator.endsWith('=')) assign(w, name, field);
      // An unset variable takes the default; the environment may still fill it, so both stay connected.
      return w.vars.has(name) && !empty && current === undefined
        ? { ...piece, cells: [...piece.cells, ...field.cells] }
        : { ...with_(field.value, field.cells), unwrapped: field.unwrapped };
    }
    case 'Replace': {
      const pattern = textOf(operand(operation.pattern)?.value);
      const replacement = textOf(operand(operation.replacement)?.value) ?? '';
      if (current === undefined || pattern === undefined || pattern === '' || /[*?[\]]/.test(pattern) || current.length > 65_536) return piece;
      if (operation.operator === '//') return with_(known(current.split(pattern).join(replacement).slice(0, MAX_TEXT)));
      if (operation.operator === '/#') return with_(known(current.startsWith(pattern) ? replacement + current.slice(pattern.length) : current));
      if (operation.operator === '/%')
        return with_(known(current.endsWith(pattern) ? current.slice(0, current.length - pattern.length) + replacement : current));
      const found = current.indexOf(pattern);
      return with_(known(found < 0 ? current : current.slice(0, found) + replacement + current.slice(found + pattern.length)));
    }
    case 'Remove': {
      const pattern = textOf(operand(operation.operand)?.value);
      return current === undefined || pattern === undefined ? piece : with_(known(removed(current, pattern, operation.operator)));
    }
    case 'Slice': {
      const from = Number(textOf(operand(operation.offset)?.value) ?? Number.NaN);
      const length = operation.length === undefined ? undefined : Number(textOf(operand(operation.length)?.value) ?? Number.NaN);
      if (!Number.isInteger(from) || (length !== undefined && !Number.isInteger(length))) return piece;
      if (piece.list !== undefined) return { ...piece, list: piece.list.slice(from, length === undefined ? undefined : from + length) };
      if (current === undefined) return piece;
      const begin = from < 0 ? Math.max(0, current.length + from) : from;
      return with_(known(current.slice(begin, length === undefined ? undefined : length < 0 ? length : begin + length)));
    }
    case 'CaseModification': {
      if (current === undefined || operation.operand !== undefined) return piece;
      const upper = operation.operator.startsWith('^');
      const change = (text: string) => (upper ? text.toUpperCase() : text.toLowerCase());
      return with_(known(operation.operator.length === 2 ? change(current) : change(current.slice(0, 1)) + current.slice(1)));
    }
    case 'Transform': {
      // `${x@P}` expands the value as a prompt: commands inside it run, and nothing on the line looks like one.
      if (operation.operator === '@' && operation.operand?.value === 'P')
        fact(w, start, end, {
          kind: 'exec',
          how: 'reflect',
          program: template([`\${${name}@P}`]),
          argv: [piece.value],
          code: 'argument',
          ins: piece.cells.map((cell) => ({ cell, role: 'code' as const })),
        });
      return piece;
    }
    default:
      return piece;
  }
}

/** Prefix and suffix removal (`${x##pattern}`, `${x%pattern}`) for patterns that are a literal, `*lit` or `lit*`. */
function removed(text: string, pattern: string, operator: string): string {
  const inner = pattern.replaceAll('*', '');
  if (/[?[\]]/.test(pattern) || inner === '') return text;
  const star = { before: pattern.startsWith('*'), after: pattern.endsWith('*') };
  if (operator.startsWith('#')) {
    if (!star.before) return text.startsWith(inner) ? text.slice(inner.length) : text;
    const found = operator === '##' ? text.lastIndexOf(inner) : text.indexOf(inner);
    return found < 0 ? text : text.slice(found + inner.length);
  }
  if (!star.after) return text.endsWith(inner) ? text.slice(0, text.length - inner.length) : text;
  const found = operator === '%%' ? text.indexOf(inner) : text.lastIndexOf(inner);
  return found < 0 ? text : text.slice(0, found);
}

/** Known variables inside a brace expression, which the parser gives as raw text. */
const expandNames = (w: World, text: string): string =>
  text.replace(/\$\{?([A-Za-z_]\w{0,60})\}?/g, (whole, name: string) => textOf(w.vars.get(name)?.field.value) ?? whole);

/** `{a,b}` and `{1..4}` to their alternatives; nested braces one level. */
function braces(source: string): string[] {
  const body = source.slice(1, -1);
  const range = /^(-?\d{1,6}|[A-Za-z])\.\.(-?\d{1,6}|[A-Za-z])$/.exec(body);
  if (range !== null) {
    const [from, to] = [range[1]!, range[2]!];
    const numeric = /\d/.test(from) && /\d/.test(to);
    const [low, high] = numeric ? [Number(from), Number(to)] : [from.charCodeAt(0), to.charCodeAt(0)];
    const step = low <= high ? 1 : -1;
    const out: string[] = [];
    for (let i = low; out.length < 32; i += step) {
      out.push(numeric ? String(i) : String.fromCharCode(i));
      if (i === high) break;
    }
    return out;
  }
  const out: string[] = [];
  let depth = 0;
  let current = '';
  for (const letter of body.slice(0, 4_096)) {
    if (letter === '{') depth++;
    if (letter === '}') depth--;
    if (letter === ',' && depth === 0) {
      out.push(current);
      current = '';
    } else current += letter;
  }
  out.push(current);
  return out.slice(0, 32).map((item) => item.replace(/^(["'])(.*)\1$/, '$2').replaceAll('\\', ''));
}

/** One word to the fields it expands to. */
export function fieldsOf(w: World, word: Word, sub: Substitute): Field[] {
  const { start, end } = at(w, word);
  const placeholder = placeholderOf(word.value);
  const pieces =
    word.parts === undefined
      ? [literalPiece(word.value, start, end, word.value === word.text && !w.frame.region ? start : undefined)]
      : piecesOf(w, word.parts, false, sub);
  const variants = alternativesOf(pieces);
  const fields = variants.flatMap((variant) => split(variant, start, end)).slice(0, MAX_FIELDS);
  return placeholder === undefined ? fields : fields.map((field) => ({ ...field, placeholder }));
}

/** One word where the shell does not split (assignments, redirect targets, tests). */
export function joined(w: World, word: Word, sub: Substitute): Field {
  const { start, end } = at(w, word);
  const pieces =
    word.parts === undefined
      ? [literalPiece(word.value, start, end, word.value === word.text && !w.frame.region ? start : undefined)]
      : piecesOf(w, word.parts, false, sub);
  const field = glue(pieces, start, end);
  const placeholder = placeholderOf(word.value);
  return placeholder === undefined ? field : { ...field, placeholder };
}

/** The body of a here-document that expands. */
export const bodyField = (w: World, parts: readonly WordPart[], start: number, end: number, sub: Substitute): Field =>
  glue(piecesOf(w, parts, true, sub), start, end);

function alternativesOf(pieces: readonly Piece[]): Piece[][] {
  let variants: Piece[][] = [[]];
  for (const piece of pieces) {
    if (piece.alternatives === undefined) {
      for (const variant of variants) variant.push(piece);
      continue;
    }
    const { alternatives: texts, ...bare } = piece;
    variants = variants.flatMap((variant) => texts.map((text) => [...variant, { ...bare, value: known(text), spelled: text }])).slice(0, 64);
  }
  return variants;
}

function split(pieces: readonly Piece[], start: number, end: number): Field[] {
  const fields: Field[] = [];
  let current: Piece[] = [];
  let begun = false;
  const flush = () => {
    if (begun) fields.push(glue(current, start, end));
    current = [];
    begun = false;
  };
  for (const piece of pieces) {
    if (piece.list !== undefined) {
      const [head, ...rest] = piece.list;
      if (head !== undefined) {
        current.push({ ...piece, value: head.value, spelled: head.spelled, cells: [...piece.cells, ...head.cells] });
        begun = true;
        for (const item of rest) {
          flush();
          current.push({ ...piece, value: item.value, spelled: item.spelled, cells: [...piece.cells, ...item.cells] });
          begun = true;
        }
      }
      continue;
    }
    const text = piece.split ? textOf(piece.value) : undefined;
    if (text === undefined || !/[ \t\n]/.test(text) || text.length > 65_536) {
      current.push(piece);
      if (text !== '') begun = true;
      continue;
    }
    const chunks = text.split(/[ \t\n]/);
    chunks.forEach((chunk, index) => {
      if (index > 0) flush();
      if (chunk !== '') {
        current.push({ ...piece, value: known(chunk), spelled: chunk });
        begun = true;
      }
    });
  }
  flush();
  return fields;
}

/** Whether what comes after this text stands where a command begins. */
function beginsCommand(before: string): boolean {
  let at = before.length;
  while (at > 0 && (before[at - 1] === ' ' || before[at - 1] === '\t')) at--;
  return at === 0 || ';&|(`\n{'.includes(before[at - 1]!);
}

/** Pieces to one field: values joined, offsets kept while every piece stands literally. */
function glue(pieces: readonly Piece[], start: number, end: number): Field {
  if (pieces.length === 1 && pieces[0]!.process !== undefined)
    return { ...plain(pieces[0]!.value, start, end, pieces[0]!.cells), process: pieces[0]!.process };
  const value = concat(...pieces.map((piece) => piece.value));
  const map: { at: number; outer: number }[] = [];
  const code: Cell[] = [];
  let spelled = '';
  let verbatim = pieces.length > 0;
  for (const piece of pieces) {
    if (piece.literal === undefined) {
      const room = Math.max(1, piece.end - piece.start);
      map.push({ at: spelled.length, outer: piece.start });
      // Folded text longer than its source: what is left over stands on the last character, so that no span runs into the next piece.
      if (piece.spelled.length > room + 2_000) verbatim = false;
      else for (let k = room; k < piece.spelled.length; k++) map.push({ at: spelled.length + k, outer: piece.start + room - 1 });
    } else map.push({ at: spelled.length, outer: piece.literal });
    if (piece.cells.length > 0 && textOf(piece.value) === undefined && beginsCommand(spelled)) code.push(...piece.cells);
    if (spelled.length < MAX_TEXT) spelled += piece.spelled;
  }
  const bytes = pieces.length === 1 ? pieces[0]!.bytes : undefined;
  return {
    value: tooLong(value) ? template([{ name: 'long' }]) : value,
    start,
    end,
    cells: pieces.flatMap((piece) => piece.cells),
    code,
    spelled,
    unwrapped: [...new Set(pieces.flatMap((piece) => piece.unwrapped))],
    ...(bytes ? { bytes } : {}),
    ...(verbatim && pieces.some((piece) => piece.literal !== undefined) ? { map: { kind: 'pieces', start, end, pieces: map } } : {}),
    ...(pieces.some((piece) => piece.quoted) ? { quoted: true } : {}),
  };
}
