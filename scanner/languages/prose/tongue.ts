/** Guesses the tongue of a text by its script and its short words. Cheap, for reports and for choosing a lexicon; undefined when there is too little to go by. */
import english from './lexicon/en.ts';
import { lexicons } from './lexicon/index.ts';
import { normal } from './words.ts';

/** Short words of other tongues that English text has as well. */
const shared = new Set([
  'a',
  'an',
  'as',
  'at',
  'do',
  'e',
  'en',
  'i',
  'in',
  'is',
  'le',
  'me',
  'no',
  'o',
  'of',
  'on',
  'or',
  'se',
  'si',
  'te',
  'u',
  'y',
  'die',
  'des',
  'per',
  'con',
  'son',
  'alle',
  'est',
  'et',
  'de',
  'la',
  'os',
  'ou',
  'la',
  'al',
  'un',
  'el',
  'con',
  'im',
  'du',
  'met',
  'van',
  'par',
  'plus',
  'pour',
  'lo',
  'da',
  'es',
]);

const tonguesOf = new Map<string, string[]>();
for (const lexicon of [english, ...lexicons]) {
  for (const word of lexicon.stopwords) {
    const key = normal(word);
    if (lexicon.tongue !== 'en' && shared.has(key)) continue;
    tonguesOf.set(key, [...(tonguesOf.get(key) ?? []), lexicon.tongue]);
  }
}

/** Tongues that use a (normalised) word as one of their short words. */
export const tonguesOfWord = (word: string): readonly string[] => tonguesOf.get(word) ?? [];

/** Number of short words of each tongue among the given words (normalised). */
function countStopwords(words: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) for (const tongue of tonguesOf.get(word) ?? []) counts.set(tongue, (counts.get(tongue) ?? 0) + 1);
  return counts;
}

/** `en`, `de`, `fr`, `es`, `pt`, `it`, `nl`, `ru`, `zh`, `ja`, `ko`, or undefined. Looks at the first 4,000 characters. */
export function tongueOf(text: string): string | undefined {
  const head = text.slice(0, 4_000);
  let kana = 0;
  let han = 0;
  let hangul = 0;
  let cyrillic = 0;
  let latin = 0;
  for (let i = 0; i < head.length; i++) {
    const code = head.charCodeAt(i);
    if (code < 128) latin += (code | 32) >= 97 && (code | 32) <= 122 ? 1 : 0;
    else if (code >= 0x3040 && code <= 0x30ff) kana++;
    else if (code >= 0x4e00 && code <= 0x9fff) han++;
    else if (code >= 0xac00 && code <= 0xd7a3) hangul++;
    else if (code >= 0x400 && code <= 0x4ff) cyrillic++;
    else if (code >= 0xc0 && code < 0x250) latin++;
  }
  const wide = kana + han + hangul;
  // One character of these scripts says as much as three letters.
  if (wide > 1 && wide * 3 > latin) return hangul > kana + han ? 'ko' : kana * 10 > han ? 'ja' : 'zh';
  if (cyrillic > 3 && cyrillic > latin / 2) return 'ru';
  if (latin < 12) return undefined;
  const counts = countStopwords(normal(head).split(/[^\p{L}']+/u));
  let best: string | undefined;
  let most = 1;
  for (const lexicon of [english, ...lexicons]) {
    const count = counts.get(lexicon.tongue) ?? 0;
    if (count > most) {
      most = count;
      best = lexicon.tongue;
    }
  }
  return best;
}
