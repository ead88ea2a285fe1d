/** What a person reads: the skeleton of a text (hidden characters gone, look-alike letters folded) with a way back to the offsets of the text as it stands. */
import { confusables, isInvisible } from '../../data/unicode.ts';

export interface View {
  readonly text: string;
  /** Offset in the view to offset in the original. */
  readonly map: (offset: number) => number;
}

const cyrillic = /[\u0400-\u04ff]/g;
/** Letters that no Latin letter looks like: a text with many of them is written in Cyrillic and must not be folded. */
const trulyCyrillic = /[бвгджзийлпфцчшщъыьэюя]/gi;

/** True if the text is written in a script whose letters folding would spoil. */
export function writtenInCyrillic(text: string): boolean {
  const all = text.match(cyrillic)?.length ?? 0;
  if (all < 8) return false;
  return (text.match(trulyCyrillic)?.length ?? 0) > all / 4;
}

/** The view of a text: NFKC and without invisible characters; look-alikes are folded except in words of a text that is really written in that script. */
export function viewOf(text: string): View {
  let plain = true;
  for (let i = 0; i < text.length && plain; i++) plain = text.charCodeAt(i) < 127;
  if (plain) return { text, map: (offset) => offset };
  const keep = writtenInCyrillic(text);
  const pieces: string[] = [];
  const origins: number[] = [];
  let at = 0;
  for (const letter of text) {
    const code = letter.codePointAt(0)!;
    if (!isInvisible(code)) {
      const folded = keep ? undefined : confusables.get(letter);
      const shown = code < 128 ? letter : (folded ?? letter.normalize('NFKC'));
      pieces.push(shown);
      for (let i = 0; i < shown.length; i++) origins.push(at);
    }
    at += letter.length;
  }
  origins.push(text.length);
  return { text: pieces.join(''), map: (offset) => origins[Math.min(offset, origins.length - 1)] ?? text.length };
}
