/**
 * Characters that a person does not see or takes for others, wherever they stand in a file: tags, zero-width characters inside words, direction overrides,
 * variation selectors that carry bytes, private-use runs, words of mixed scripts. Each function is one pass over the text and states where, how and what it
 * spells when decoded. Honest uses stay silent: subdivision flags, joiners in emoji and Indic or Persian text, balanced marks in right-to-left paragraphs,
 * a single selector after an emoji or ideograph, a mark at the start of a file.
 */

import {
  confusables,
  europeanLetter,
  ideograph,
  isBidiControl,
  isPrivateUse,
  isTag,
  isVariationSelector,
  isZeroWidth,
  rightToLeft,
  selectorByte,
  subdivisionFlag,
  tagText,
} from '../../data/unicode.ts';
import type { HideFact } from '../../model.ts';

export interface Unseen {
  readonly how: HideFact['how'];
  readonly start: number;
  readonly end: number;
  readonly text?: string;
  /** Text that the characters carry, to be read as prose. */
  readonly decoded?: string;
  readonly codec?: string;
}

/** States per kind in one file; more of the same say nothing new. */
const most = 100;

const width = (code: number): number => (code > 0xffff ? 2 : 1);
const printable = (text: string): boolean => text.length > 2 && /\p{L}/u.test(text) && !/[\x00-\x08\x0e-\x1f\ufffd]/.test(text);

/** Tag characters outside flags, selectors that carry bytes, private-use runs: one pass. */
export function carriers(text: string): Unseen[] {
  const flags = new Set<number>();
  for (const flag of text.matchAll(subdivisionFlag)) for (let at = flag.index + 2; at < flag.index + flag[0].length; at++) flags.add(at);
  const out: Unseen[] = [];
  let tags: { start: number; end: number; text: string } | undefined;
  const scattered: { readonly at: number; readonly byte: number }[] = [];
  const endTags = () => {
    if (tags !== undefined && out.length < most * 3) {
      const { start, end, text: said } = tags;
      out.push({
        how: 'tag-characters',
        start,
        end,
        text: said.slice(0, 400),
        ...(printable(said) ? { decoded: said, codec: 'tag-characters' } : {}),
      });
    }
    tags = undefined;
  };
  for (let at = 0; at < text.length; ) {
    const code = text.codePointAt(at)!;
    if (isTag(code) && !flags.has(at)) {
      tags ??= { start: at, end: at, text: '' };
      tags.end = at + 2;
      tags.text += tagText(code);
    } else {
      endTags();
      if (isVariationSelector(code)) {
        const bytes: number[] = [];
        const start = at;
        let next = code;
        while (isVariationSelector(next)) {
          bytes.push(selectorByte(next));
          at += width(next);
          next = text.codePointAt(at) ?? 0;
        }
        const before = baseBefore(text, start);
        if (bytes.length > 1) {
          const decoded = Buffer.from(bytes).toString('utf8');
          if (out.length < most * 3)
            out.push({
              how: 'variation-selectors',
              start,
              end: at,
              text: decoded.slice(0, 400),
              ...(printable(decoded) ? { decoded, codec: 'variation-selectors' } : {}),
            });
        } else if (
          (bytes[0]! > 15 && !ideograph.test(before)) ||
          (bytes[0]! < 14 && europeanLetter.test(before)) ||
          europeanLetter.test(before) ||
          before === ' '
        )
          scattered.push({ at: start, byte: bytes[0]! });
        continue;
      }
      if (isPrivateUse(code)) {
        const start = at;
        let count = 0;
        while (isPrivateUse(text.codePointAt(at) ?? 0)) {
          at += width(text.codePointAt(at)!);
          count++;
        }
        if (count >= 8 && out.length < most * 3) out.push({ how: 'private-use', start, end: at, text: `${count} private-use characters in a row` });
        continue;
      }
    }
    at += width(code);
  }
  endTags();
  if (scattered.length >= 8) {
    const decoded = Buffer.from(scattered.map(({ byte }) => byte)).toString('utf8');
    out.push({
      how: 'variation-selectors',
      start: scattered[0]!.at,
      end: scattered.at(-1)!.at + 1,
      text: decoded.slice(0, 400),
      ...(printable(decoded) ? { decoded, codec: 'variation-selectors' } : {}),
    });
  }
  return out;
}

const baseBefore = (text: string, at: number): string => {
  if (at === 0) return '';
  const low = text.charCodeAt(at - 1);
  return low >= 0xdc00 && low <= 0xdfff ? text.slice(Math.max(0, at - 2), at) : text[at - 1]!;
};

/** Zero-width characters inside words of European scripts, and long runs of them anywhere (they carry bits). */
export function zeroWidth(text: string): Unseen[] {
  const out: Unseen[] = [];
  for (let at = 0; at < text.length && out.length < most; ) {
    const code = text.codePointAt(at)!;
    if (!isZeroWidth(code) || code === 0x2800) {
      at += width(code);
      continue;
    }
    const start = at;
    let run = '';
    while (isZeroWidth(text.codePointAt(at) ?? 0)) {
      const here = text.codePointAt(at)!;
      run += String.fromCodePoint(here);
      at += width(here);
    }
    if (start === 0 && run === '\ufeff') continue;
    const inside = europeanLetter.test(baseBefore(text, start)) && europeanLetter.test(text.slice(at, at + 2));
    const letters = [...run];
    if (inside) {
      const word = wordAround(text, start, at);
      out.push({
        how: 'zero-width',
        start: word.start,
        end: word.end,
        text: [...text.slice(word.start, word.end)].filter((letter) => !isZeroWidth(letter.codePointAt(0)!)).join(''),
      });
      at = Math.max(at, word.end);
    } else if (letters.length >= 8 && new Set(letters).size > 1) {
      const decoded = bitsOf(letters);
      out.push({
        how: 'zero-width',
        start,
        end: at,
        text: decoded ?? `${letters.length} invisible characters in a row`,
        ...(decoded === undefined ? {} : { decoded, codec: 'zero-width' }),
      });
    }
  }
  return out;
}

/** Two kinds of invisible characters as bits, either way round, most significant first. */
function bitsOf(letters: readonly string[]): string | undefined {
  const kinds = [...new Set(letters)].slice(0, 2);
  const bits = letters.filter((letter) => kinds.includes(letter));
  if (bits.length < 24) return undefined;
  for (const zero of kinds) {
    const bytes: number[] = [];
    for (let at = 0; at + 8 <= bits.length; at += 8)
      bytes.push(bits.slice(at, at + 8).reduce((value, letter) => value * 2 + (letter === zero ? 0 : 1), 0));
    const decoded = Buffer.from(bytes).toString('utf8');
    if (printable(decoded)) return decoded;
  }
  return undefined;
}

function wordAround(text: string, start: number, end: number): { readonly start: number; readonly end: number } {
  const part = (at: number): boolean => europeanLetter.test(text[at] ?? '') || isZeroWidth(text.charCodeAt(at)) || /[\w'’-]/.test(text[at] ?? '');
  let from = start;
  let to = end;
  while (from > 0 && start - from < 60 && part(from - 1)) from--;
  while (to < text.length && to - end < 60 && part(to)) to++;
  return { start: from, end: to };
}

/** Direction controls in lines without right-to-left letters, overrides anywhere outside them, and controls that a line leaves open. */
export function bidi(text: string): Unseen[] {
  const out: Unseen[] = [];
  if (!/[\u202a-\u202e\u2066-\u2069]/.test(text)) return out;
  let from = 0;
  while (from < text.length && out.length < most) {
    const feed = text.indexOf('\n', from);
    const end = feed < 0 ? text.length : feed;
    const line = text.slice(from, end);
    if (/[\u202a-\u202e\u2066-\u2069]/.test(line)) {
      const native = rightToLeft.test(line);
      let embeddings = 0;
      let isolates = 0;
      let first = -1;
      let last = -1;
      let override = false;
      for (let at = 0; at < line.length; at++) {
        const code = line.charCodeAt(at);
        if (!isBidiControl(code)) continue;
        if (first < 0) first = at;
        last = at;
        if (code === 0x202d || code === 0x202e) override = true;
        if (code === 0x202c) embeddings--;
        else if (code === 0x2069) isolates--;
        else if (code >= 0x2066) isolates++;
        else embeddings++;
      }
      const closedOnly = embeddings < 0 || isolates < 0;
      if (override || embeddings > 0 || isolates > 0 || (!native && last > first) || (!native && closedOnly)) {
        const shown = line.replace(/[\u202a-\u202e\u2066-\u2069]/g, '');
        out.push({ how: 'bidi', start: from + first, end: from + last + 1, text: shown.trim().slice(0, 400) });
      }
    }
    from = end + 1;
  }
  return out;
}

const word = /[\p{L}\p{M}]{3,100}/gu;
const latin = /\p{Script=Latin}/u;
const foreign = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}\p{Script=Lisu}]/u;

/** Words that mix Latin with letters of another script that pass for Latin. Whole words of one script, and Latin words with a Cyrillic ending, are honest. */
export function mixedScript(text: string): Unseen[] {
  const out: Unseen[] = [];
  if (!foreign.test(text)) return out;
  for (const found of text.matchAll(word)) {
    if (out.length >= most) break;
    const letters = [...found[0]];
    const others = letters.filter((letter) => foreign.test(letter));
    if (others.length === 0 || others.length === letters.length) continue;
    const own = letters.filter((letter) => latin.test(letter)).length;
    if (own === 0 || own + others.length < letters.length || !others.every((letter) => confusables.has(letter))) continue;
    const greek = others.every((letter) => /\p{Script=Greek}/u.test(letter));
    if (greek && own < 3) continue;
    // A Russian case ending on a Latin name: "Git'ом" without its apostrophe.
    const tail = letters.slice(-2).filter((letter) => foreign.test(letter)).length;
    const ending = tail === others.length && letters.slice(0, -tail).every((letter) => latin.test(letter));
    if (ending && /[\u0431\u0434\u0436\u0437\u0438\u0439\u043b\u0444\u0446\u0447\u0449\u044a\u044b\u044d\u044e\u044f]/.test(text)) continue;
    out.push({
      how: 'confusable',
      start: found.index,
      end: found.index + found[0].length,
      text: letters.map((letter) => confusables.get(letter) ?? letter).join(''),
    });
  }
  return out;
}
