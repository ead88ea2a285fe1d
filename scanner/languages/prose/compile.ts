/**
 * Turns the lexicons into tries, once a process: one for English, one for the other tongues that put spaces between words, one for those that do not.
 * Holds no state of what is read.
 */
import { builtText } from '../../data/own.ts';
import type { ProseObjectClass, VerbClass } from '../../model.ts';
import { type Form, inflect } from './inflection.ts';
import type { Mark, Sense } from './lexicon/contract.ts';
import english, { nouns } from './lexicon/en.ts';
import { lexicons } from './lexicon/index.ts';
import { add, type Trie, trie } from './trie.ts';

export type Entry =
  | { readonly kind: 'verb'; readonly tongue: string; readonly sense: Sense; readonly form: Form; readonly noun: boolean }
  | { readonly kind: 'object'; readonly tongue: string; readonly class: ProseObjectClass; readonly weak: boolean }
  | { readonly kind: 'mark'; readonly tongue: string; readonly mark: Mark }
  | { readonly kind: 'qualifier'; readonly tongue: string }
  | {
      readonly kind: 'whole';
      readonly tongue: string;
      readonly verb: VerbClass;
      readonly object: ProseObjectClass;
      readonly needs: ProseObjectClass | undefined;
    };

export interface Tries {
  readonly english: Trie<Entry>;
  /** Space-separated tongues other than English. */
  readonly words: Trie<Entry>;
  readonly characters: Trie<Entry>;
}

const entriesOf = <K extends string>(table: { readonly [key in K]?: readonly string[] }): [K, string][] =>
  (Object.entries(table) as [K, readonly string[]][]).flatMap(([key, phrases]) => phrases.map((phrase): [K, string] => [key, phrase]));

/** Makes the tries from the lexicons. The build writes the result to `assets/prose.json`, since making it costs more than starting Node does. */
export function build(): Tries {
  const tries: Tries = { english: trie(), words: trie(), characters: trie() };
  const nounSet = new Set(nouns);
  for (const lexicon of [english, ...lexicons]) {
    const { tongue } = lexicon;
    const into = tongue === 'en' ? tries.english : lexicon.script === 'words' ? tries.words : tries.characters;
    for (const [sense, phrase] of entriesOf<Sense>(lexicon.verbs)) {
      if (tongue !== 'en') add(into, phrase, { kind: 'verb', tongue, sense, form: 'any', noun: false });
      else for (const { text, form } of inflect(phrase)) add(into, text, { kind: 'verb', tongue, sense, form, noun: nounSet.has(phrase) });
    }
    for (const [cls, phrase] of entriesOf<ProseObjectClass>(lexicon.objects)) add(into, phrase, { kind: 'object', tongue, class: cls, weak: false });
    for (const [cls, phrase] of entriesOf<ProseObjectClass>(lexicon.weak ?? {}))
      add(into, phrase, { kind: 'object', tongue, class: cls, weak: true });
    for (const [mark, phrase] of entriesOf<Mark>(lexicon.marks)) add(into, phrase, { kind: 'mark', tongue, mark });
    for (const word of lexicon.qualifiers ?? []) add(into, word, { kind: 'qualifier', tongue });
    for (const { verb, object, needs, says } of lexicon.whole ?? [])
      for (const phrase of says) add(into, phrase, { kind: 'whole', tongue, verb, object, needs });
  }
  return tries;
}

function read(): Tries {
  const ready = builtText('prose.json');
  return ready === undefined ? build() : (JSON.parse(ready) as Tries);
}

export const tries: Tries = read();
