/**
 * The view that matching works on: invisible characters gone, compatibility forms folded (NFKC), letters that pass for ASCII folded to ASCII. Each character of
 * the view knows where it came from, so a match in the view is a span in the text. Stops words split by zero-width characters and words spelt with lookalikes.
 * Words of honest Cyrillic or Greek text are left alone: a word folds only if it mixes scripts, or if it could be ASCII throughout and stands in Latin text.
 */
import { confusables, isInvisible } from '../../data/unicode.ts';

export interface Skeleton {
  readonly text: string;
  /** `map[i]` is the offset of `text[i]` in the original; one more entry at the end. */
  readonly map: Uint32Array;
}

const asciiOnly = /^[\x00-\x7f]*$/;
const wordLetter = /\p{L}/u;
const latin = /\p{Script=Latin}/u;

/** The skeleton of a text. Linear; plain ASCII costs one test. */
export function skeleton(text: string): Skeleton {
  if (asciiOnly.test(text)) {
    const map = new Uint32Array(text.length + 1);
    for (let at = 0; at <= text.length; at++) map[at] = at;
    return { text, map };
  }
  const letters: string[] = [];
  const from: number[] = [];
  const push = (piece: string, offset: number) => {
    for (let unit = 0; unit < piece.length; unit++) {
      letters.push(piece[unit]!);
      from.push(offset);
    }
  };
  const latinText = mostlyLatin(text);
  // The current word, held back until it is known whether it folds.
  let word: { readonly piece: string; readonly offset: number }[] = [];
  const flush = () => {
    if (word.length === 0) return;
    const fold = foldsToAscii(
      word.map((letter) => letter.piece),
      latinText,
    );
    for (const { piece, offset } of word) push(fold ? (confusables.get(piece) ?? piece) : piece, offset);
    word = [];
  };
  for (let at = 0; at < text.length; ) {
    const code = text.codePointAt(at)!;
    const width = code > 0xffff ? 2 : 1;
    if (!isInvisible(code)) {
      const raw = String.fromCodePoint(code);
      for (const piece of code < 0x80 || confusables.has(raw) ? raw : raw.normalize('NFKC')) {
        if (wordLetter.test(piece)) word.push({ piece, offset: at });
        else {
          flush();
          push(piece, at);
        }
      }
    }
    at += width;
  }
  flush();
  from.push(text.length);
  return { text: letters.join(''), map: Uint32Array.from(from) };
}

/** True if a word written in `letters` is read as ASCII: every letter is ASCII or passes for it, and it mixes scripts or stands among Latin words. */
export function foldsToAscii(letters: readonly string[], latinText: boolean): boolean {
  let foreign = 0;
  let own = 0;
  for (const letter of letters) {
    if (confusables.has(letter)) foreign++;
    else if (latin.test(letter)) own++;
    else return false;
  }
  return foreign > 0 && (own > 0 || (latinText && letters.length > 1));
}

/** Latin letters outnumber letters that belong to another script for good (not lookalikes) by ten to one. */
export function mostlyLatin(text: string): boolean {
  let own = 0;
  let foreign = 0;
  for (const letter of text.matchAll(/\p{L}/gu)) {
    if (latin.test(letter[0])) own++;
    else if (!confusables.has(letter[0])) foreign++;
  }
  return own > foreign * 10;
}
