/**
 * What a lexicon is: data for one tongue, no code. Phrases are written as a person would write them; `trie.ts` tokenises them with the reader's own tokeniser.
 * A word that ends in `*` matches every word that begins so (for tongues that inflect at the end). Accents are optional in the text that is read.
 */
import type { ProseObjectClass, VerbClass } from '../../../model.ts';

/**
 * What a verb says before its negation and its objects are known. The extra senses become verb classes in senses.ts: `tell` (negated: conceal), `ask` and `demand` (negated: skip),
 * `inspect` (negated: rate), `decline` (negated: impersonate), `set` (enable or disable by its value), `bypass` (override, skip or disable by its object).
 */
export type Sense = VerbClass | 'tell' | 'ask' | 'demand' | 'inspect' | 'decline' | 'set' | 'bypass' | 'treat';

/** Function words and turns of phrase. */
export type Mark =
  | 'not'
  | 'must'
  | 'should'
  | 'may'
  | 'if'
  /** Verbs that make what follows undone: avoid, refuse to, refrain from, instead of. */
  | 'avoid'
  /** Verbs that turn a negation round: fail, forget, hesitate. */
  | 'fail'
  /** What follows is somebody's words: says, such as, phrases like. */
  | 'report'
  | 'agent'
  | 'user'
  | 'other'
  /** In secret: silently, behind the scenes. */
  | 'quiet'
  /** Pressure: urgent, or your account will be closed. */
  | 'urgent'
  /** Again and again: every hour, on each run. */
  | 'repeat'
  /** At every start: at startup, at login. */
  | 'startup'
  /** Where something is sent when no address is given: webhook, our server. */
  | 'place';

export interface Lexicon {
  readonly tongue: string;
  /** `words` are separated by spaces; `characters` are not. */
  readonly script: 'words' | 'characters';
  readonly verbs: { readonly [K in Sense]?: readonly string[] };
  readonly objects: { readonly [K in ProseObjectClass]?: readonly string[] };
  /** Nouns that count only beside one of `qualifiers` ("rules" may be anybody's, "your previous rules" are not). */
  readonly weak?: { readonly [K in ProseObjectClass]?: readonly string[] };
  readonly qualifiers?: readonly string[];
  readonly marks: { readonly [K in Mark]?: readonly string[] };
  /** Turns that are a clause by themselves: "keep this between us". With `needs`, an object of that class must follow in the sentence ("you are now … DAN"). */
  readonly whole?: readonly {
    readonly verb: VerbClass;
    readonly object: ProseObjectClass;
    readonly needs?: ProseObjectClass;
    readonly says: readonly string[];
  }[];
  /** Frequent short words, for guessing the tongue of a text. */
  readonly stopwords: readonly string[];
}

/** Phrases of a data file, separated by bars. */
export const list = (text: string): readonly string[] =>
  text
    .split('|')
    .map((phrase) => phrase.trim())
    .filter((phrase) => phrase !== '');
