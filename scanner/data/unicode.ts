/**
 * Characters by what they do to a reader: invisible ones, direction marks, tags, variation selectors, private use, and letters that pass for ASCII letters.
 * Promises tables and predicates over code points, no judgement. Sources: Unicode 17 property escapes of the runtime, UTS #39 (confusables), UTS #51 (flags),
 * UAX #9 (direction). U+2800 and the Hangul fillers are blank without being ignorable, so they are listed by hand.
 */
import { lookalikes } from './confusables.ts';

/** A letter that looks like an ASCII letter, to that letter. */
export const confusables: ReadonlyMap<string, string> = new Map(
  Object.values(lookalikes).flatMap((script) =>
    Object.entries(script).flatMap(([ascii, letters]) => [...letters].map((letter) => [letter, ascii] as const)),
  ),
);

/** Draws nothing and takes no space, or is blank where a letter is expected. Variation selectors, tags and direction marks are apart. */
export function isZeroWidth(code: number): boolean {
  return (
    code === 0x00ad ||
    code === 0x034f ||
    code === 0x115f ||
    code === 0x1160 ||
    code === 0x17b4 ||
    code === 0x17b5 ||
    (code >= 0x180b && code <= 0x180f) ||
    (code >= 0x200b && code <= 0x200d) ||
    (code >= 0x2060 && code <= 0x2064) ||
    (code >= 0x206a && code <= 0x206f) ||
    code === 0x2800 ||
    code === 0x3164 ||
    code === 0xfeff ||
    code === 0xffa0 ||
    (code >= 0xfff9 && code <= 0xfffb) ||
    (code >= 0x1bca0 && code <= 0x1bca3) ||
    (code >= 0x1d173 && code <= 0x1d17a)
  );
}

/** U+E0000 to U+E007F: a second, invisible ASCII. */
export const isTag = (code: number): boolean => code >= 0xe0000 && code <= 0xe007f;

/** The ASCII character a tag stands for; '' for the language tag, the cancel tag and controls. */
export const tagText = (code: number): string => (code >= 0xe0020 && code <= 0xe007e ? String.fromCharCode(code - 0xe0000) : '');

export const isVariationSelector = (code: number): boolean => (code >= 0xfe00 && code <= 0xfe0f) || (code >= 0xe0100 && code <= 0xe01ef);

/** The byte that a run of variation selectors carries in the usual encoding (VS1 to VS256 are 0 to 255). */
export const selectorByte = (code: number): number => (code <= 0xfe0f ? code - 0xfe00 : code - 0xe0100 + 16);

export const isPrivateUse = (code: number): boolean =>
  (code >= 0xe000 && code <= 0xf8ff) || (code >= 0xf0000 && code <= 0xffffd) || (code >= 0x100000 && code <= 0x10fffd);

/** LRE, RLE, PDF, LRO, RLO and the isolates with their end. */
export const isBidiControl = (code: number): boolean => (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);

/** LRM, RLM, ALM: harmless single marks. */
export const isBidiMark = (code: number): boolean => code === 0x200e || code === 0x200f || code === 0x061c;

/** Anything above: characters that a view for matching leaves out. */
export const isInvisible = (code: number): boolean =>
  isZeroWidth(code) || isTag(code) || isVariationSelector(code) || isBidiControl(code) || isBidiMark(code);

/** Letters of scripts written right to left. */
export const rightToLeft = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** Scripts whose words are written without joiners inside: an invisible character there hides something. */
export const europeanLetter = /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}]/u;

/** Base characters of ideographic variation sequences (UTS #37). */
export const ideograph = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Mongolian}\p{Script=Phags_Pa}]/u;

/** Black flag, three to six lower-case letters or digits as tags, cancel: the only meaning tags have (UTS #51, subdivision flags). */
export const subdivisionFlag = /\u{1F3F4}[\u{E0030}-\u{E0039}\u{E0061}-\u{E007A}]{3,6}\u{E007F}/gu;
