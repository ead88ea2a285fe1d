/**
 * Who is told to do an English verb, and whether it is done: walks left from the verb over adverbs, negations and modals to what governs it. A bounded walk, no grammar:
 * each verb looks at a dozen tokens at most, so a sentence costs its length. What cannot be settled is `none` (a noun) or `describes`, never a command.
 */
import type { InstructFact } from '../../model.ts';
import { breaks, type MarkHit, type VerbHit } from './clause.ts';
import { type Form, sameAsBase } from './inflection.ts';
import type { Mark } from './lexicon/contract.ts';
import type { Token } from './words.ts';

export interface Governed {
  readonly actor: InstructFact['actor'];
  readonly modality: InstructFact['modality'];
  readonly polarity: InstructFact['polarity'];
  readonly form: Form;
  /** "be installed": what is done to stands before it. */
  readonly passive: boolean;
  /** First token that belongs to the verb. */
  readonly start: number;
  /** "without asking": belongs to the clause beside it. */
  readonly without: boolean;
  /** Joined to the verb before it. */
  readonly joined: boolean;
}

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));
const adverbs = set(
  'also just simply then now always please kindly first next finally even only still instead again quickly directly instantly ever once afterwards otherwise therefore thus too immediately simultaneously otherwise henceforth and/or actually explicitly really merely ok okay important note warning critical urgent attention hey so well already further hereby forthwith yes sure ahead quietly silently secretly automatically manually',
);
const determiners = set(
  'a an the this that these those each every any all some no its your my our their his her another both either such which what whose several many multiple more most few',
);
const prepositions = set(
  'of in on at with about into onto over under between per via as like through during against across behind beyond near upon than toward towards out',
);
const beForms = set("be been being is are was were am get gets got isn't aren't wasn't");
const conjunctions = set('and or nor & then but plus +');
const asking = set(
  'ask asks asking tell tells telling instruct instructs instructing prompt prompts request requests require requires encourage remind advise direct order get allow let have want wants guide help invite urge force make command commands',
);
const purposeNouns = set(
  'way ability permission attempt instructions command commands script tool tools option request access api order how when where what whether why which ready possible easy hard best safe chance reason right used designed intended able capable time effort license',
);
const startVerbs = set('start starts begin begins continue keep keeps consider try recommend suggest by and proceed includes include involves means');
const pronounAgents = set('you i we');
const questionHeads = set('do does did is are should what why how when where which who has have');

export interface Around {
  readonly tokens: readonly Token[];
  readonly from: number;
  readonly to: number;
  /** Marks by the token after their last one. */
  readonly endsAt: ReadonlyMap<number, readonly MarkHit[]>;
  readonly question: boolean;
  /** Token opens a quotation of several words: a clause begins after it. */
  opens(at: number): boolean;
}

const openers = set('under in at within inside below above');
const platforms = set('windows macos mac linux ubuntu debian osx win10 win11 ios android');
const periods = set(
  'second seconds minute minutes hour hours day days week weeks month months session sessions run runs time times turn turns message messages morning night startup boot heartbeat task',
);

/** First token of a time that ends at `at` ("every 4 hours", "once a day", "on each run"), or -1. */
function timeBefore(tokens: readonly Token[], at: number, from: number): number {
  if (!periods.has(tokens[at]!.text)) return -1;
  for (let i = at - 1; i >= from && i >= at - 3; i--) {
    const { text } = tokens[i]!;
    if (text === 'every' || text === 'each') return i > from && (tokens[i - 1]!.text === 'on' || tokens[i - 1]!.text === 'at') ? i - 1 : i;
    if (text === 'once' || text === 'twice') return i;
    if (!/^(?:\d{1,4}|a|an|few|other|single|couple|of|\d{1,3}-\d{1,3})$/.test(text)) return -1;
  }
  return -1;
}

const isNumber = (text: string): boolean => /^\d{1,4}(?:st|nd|rd|th)?$/.test(text);

/** The longest mark of one of these kinds that ends before token `at`. */
function markBefore(around: Around, at: number, kinds: readonly Mark[]): MarkHit | undefined {
  let best: MarkHit | undefined;
  for (const hit of around.endsAt.get(at) ?? [])
    if (kinds.includes(hit.mark) && hit.from >= around.from && (best === undefined || hit.from < best.from)) best = hit;
  return best;
}

function subjectAt(around: Around, at: number): InstructFact['actor'] | undefined {
  const hit = markBefore(around, at + 1, ['agent', 'user', 'other']);
  if (hit === undefined) return undefined;
  return hit.mark === 'agent' ? 'agent' : hit.mark === 'user' ? 'user' : 'other';
}

/** True where a clause may begin after token `at`. */
function isBoundary(around: Around, at: number): boolean {
  if (at < around.from) return true;
  const token = around.tokens[at]!;
  return token.kind === 'mark' || isNumber(token.text);
}

/** What governs verb `hit` in the form given; undefined when it is no verb here. `before` is the verb accepted last in the sentence. */
export function govern(
  around: Around,
  hit: VerbHit,
  form: Form,
  noun: boolean,
  before: { hit: VerbHit; governed: Governed; objects: boolean } | undefined,
): Governed | undefined {
  const { tokens, from } = around;
  let at = hit.from - 1;
  let flips = 0;
  let fails = 0;
  let modality: InstructFact['modality'] | undefined;
  let describes = false;
  let to = false;
  let be = false;
  let without = false;
  let adverb = false;
  for (let steps = 0; steps < 14 && at >= from; steps++) {
    const token = tokens[at]!;
    const mark = markBefore(around, at + 1, ['fail', 'avoid', 'not', 'must', 'should', 'may']);
    if (mark !== undefined && (token.kind === 'word' || token.text !== '')) {
      const head = tokens[mark.from]!.text;
      if (mark.mark === 'fail') fails++;
      else if (mark.mark === 'not') {
        flips++;
        if (head === 'without') without = true;
        if (head.startsWith('does') || head.startsWith('did') || head === "isn't" || head === "aren't") describes = true;
        if (head === 'will' || head === "won't" || head === 'would' || head === "wouldn't" || head === 'cannot' || head === "can't" || head === 'can')
          modality ??= 'may';
        else if (head === 'should' || head === "shouldn't" || head === 'must' || head === "mustn't") modality ??= 'must';
      } else if (mark.mark === 'avoid') {
        flips++;
        if (/(?:es|s)$/.test(tokens[mark.from]!.text) && !tokens[mark.from]!.text.endsWith('ss')) describes = true;
      } else modality ??= mark.mark as InstructFact['modality'];
      at = mark.from - 1;
      continue;
    }
    if (
      token.kind === 'word' &&
      (adverbs.has(token.text) || (token.text.length > 4 && token.text.endsWith('ly') && token.text !== 'reply' && token.text !== 'apply'))
    ) {
      adverb = true;
      at--;
      continue;
    }
    // "On Windows fetch …"
    if (platforms.has(token.text) && at > from && (tokens[at - 1]!.text === 'on' || tokens[at - 1]!.text === 'for')) {
      adverb = true;
      at -= 2;
      continue;
    }
    const time = timeBefore(tokens, at, from);
    if (time >= 0) {
      adverb = true;
      at = time - 1;
      continue;
    }
    if (token.text === 'to' && !to) {
      to = true;
      at--;
      continue;
    }
    if (token.kind === 'word' && beForms.has(token.text) && !be && !to) {
      be = true;
      at--;
      continue;
    }
    if (around.opens(at)) break;
    // Emphasis, brackets and quotation marks stand between words without meaning; a bracket begins a clause.
    if (
      token.kind === 'mark' &&
      (token.text === '*' || token.text === '"' || token.text === "'" || token.text === '“' || token.text === '`' || token.text === '_') &&
      at > from
    ) {
      at--;
      continue;
    }
    break;
  }
  const flipped = (flips + fails) % 2 === 1;
  const start = at + 1;
  const governor = at >= from ? tokens[at]! : undefined;
  // "Under *Context* print your …": a place named first is no subject.
  const opening =
    before === undefined &&
    at - from < 6 &&
    at > from &&
    (openers.has(tokens[from]!.text) || (tokens[from]!.kind === 'mark' && openers.has(tokens[from + 1]?.text ?? ''))) &&
    determiners.has(tokens[hit.to]?.text ?? '');
  const boundary = isBoundary(around, at) || opening;
  const word = governor?.kind === 'word' ? governor.text : '';
  const subject = subjectAt(around, at);
  const done = (actor: InstructFact['actor'], mode: InstructFact['modality'], more: Partial<Governed> = {}): Governed => ({
    actor,
    modality: describes || around.question ? (around.question && word === 'you' && !describes ? mode : 'describes') : mode,
    polarity: flipped ? 'dont' : 'do',
    form,
    passive: false,
    start,
    without,
    joined: false,
    ...more,
  });
  const inherit = (): Governed | undefined => {
    if (before === undefined) return undefined;
    const { governed } = before;
    const same = governed.polarity === 'dont' ? !flipped : flipped;
    return { ...governed, form, start, polarity: same ? 'dont' : 'do', without: governed.without, joined: true, passive: false };
  };

  if (form === 'ed' || (be && sameAsBase.has(tokens[hit.from]!.text))) {
    if (!be) return undefined;
    const actor = subject === 'user' || subject === 'agent' ? 'unknown' : 'unknown';
    return done(actor, modality === 'must' ? 'must' : modality === undefined ? 'describes' : modality, { passive: true });
  }
  if (form === 'ing') {
    if (be) return done(subject ?? 'other', 'describes');
    if (flips > 0) return done(before?.governed.actor ?? 'agent', before?.governed.modality ?? 'must');
    if (conjunctions.has(word) || (boundary && governor?.text === ',')) return before?.governed.form === 'ing' ? inherit() : undefined;
    if (word === 'by' && before !== undefined) return inherit();
    if (startVerbs.has(word) && word !== 'by') return done('agent', 'should');
    if (determiners.has(word) || (word !== 'for' && prepositions.has(word))) return undefined;
    return boundary ? done('unknown', 'describes') : undefined;
  }
  if (be && !to) return undefined;
  if (noun && form === 'base' && modality === undefined && !to && flips === 0 && !startsPhrase(tokens[hit.to])) return undefined;
  if (form === 's') {
    // "sends emails": the second is what is sent.
    if (noun && before !== undefined && before.hit.to === hit.from) return undefined;
    if (noun && (boundary || determiners.has(word) || prepositions.has(word) || conjunctions.has(word))) {
      const next = tokens[hit.to];
      const takesObject = next !== undefined && (determiners.has(next.text) || next.kind === 'thing');
      if (!(boundary && takesObject)) return undefined;
    }
    if (determiners.has(word) && word !== 'that' && word !== 'which' && word !== 'this') return undefined;
    if (prepositions.has(word)) return undefined;
    if (conjunctions.has(word) && before !== undefined && before.governed.form === 's')
      return { ...done(before.governed.actor, 'describes'), joined: true };
    // "Disables …" in a list says what the thing that is described does.
    return done(subject ?? (boundary ? 'unknown' : 'other'), 'describes');
  }
  // Base form from here on.
  if (modality !== undefined && !to) {
    if (boundary || conjunctions.has(word)) {
      if (conjunctions.has(word) && before !== undefined) return done(before.governed.actor, modality);
      return done(modality === 'may' && !adverb && around.question ? 'other' : 'agent', modality);
    }
    if (subject === 'agent') return done('agent', modality);
    if (subject === 'user') return done('user', modality);
    return done('other', 'describes');
  }
  if (to) {
    if (subject !== undefined && !boundary) {
      const asker = markBefore(around, at + 1, ['agent', 'user', 'other']);
      const verb = asker === undefined ? undefined : tokens[asker.from - 1]?.text === 'the' ? tokens[asker.from - 2] : tokens[asker.from - 1];
      if (verb !== undefined && asking.has(verb.text)) {
        // "do not tell the user to install": the negation stands before the asking verb.
        const negated = before !== undefined && before.hit.to >= at - 3 && before.governed.polarity === 'dont' ? !flipped : flipped;
        return { ...done(subject, 'should'), polarity: negated ? 'dont' : 'do' };
      }
      return done(subject, 'describes');
    }
    if (modality !== undefined) return done(subject ?? (boundary ? 'agent' : 'other'), modality);
    if (boundary && flips > 0) return done('agent', 'must');
    if (purposeNouns.has(word)) return done('unknown', 'describes');
    if (conjunctions.has(word)) return inherit() ?? done('unknown', 'describes');
    if (asking.has(word) && before === undefined) return done('unknown', 'describes');
    return before === undefined ? done('unknown', 'describes') : inherit();
  }
  if (conjunctions.has(word) || governor?.text === ',' || governor?.text === '/') {
    if (before !== undefined && (before.governed.form === 'base' || before.governed.modality !== 'describes')) {
      const comma = governor?.text === ',' || tokens[at - 1]?.text === ',';
      const fresh = word === 'but' || word === 'then' || flips > 0 || adverb;
      if (word === 'or' || word === 'nor') return before.governed.polarity === 'dont' || !fresh ? inherit() : done(before.governed.actor, 'must');
      if (!fresh && (!comma || !before.objects || laterOr(around, hit.to))) return inherit();
      const actor = before.governed.actor;
      return done(
        actor === 'unknown' || actor === 'other' ? 'agent' : actor,
        before.governed.modality === 'describes' ? 'must' : before.governed.modality,
        { joined: true },
      );
    }
    if (before === undefined && noun && conjunctions.has(word) && at - 1 >= from && !isBoundary(around, at - 1)) return undefined;
    if (before !== undefined && before.governed.modality === 'describes' && before.governed.form !== 'base' && noun && !flips)
      return governor?.text === ',' ? done('agent', 'must') : undefined;
    return done('agent', 'must');
  }
  if (boundary) return done('agent', questionHeads.has(word) ? 'describes' : 'must');
  if (determiners.has(word) || prepositions.has(word) || word === 'for' || word === 'from' || word === 'by')
    return flips > 0 && word === '' ? done('agent', 'must') : undefined;
  if (subject !== undefined) {
    if (subject === 'user') return done('user', 'should');
    if (subject === 'other') return noun && word !== 'that' && word !== 'which' && word !== 'who' ? undefined : done('other', 'describes');
    // "you send": what the agent does; a name before a bare verb calls it: "Assistant ignore …".
    return pronounAgents.has(word)
      ? done('agent', flips > 0 ? 'must' : word === 'you' ? 'should' : 'describes')
      : noun
        ? undefined
        : done('agent', 'must');
  }
  if (flips > 0) return done('unknown', word === '' ? 'must' : describes ? 'describes' : 'must');
  if (noun) return undefined;
  return done('unknown', 'describes');
}

/** What may follow a verb that is as often a noun: "email, SSN" and "transfer of data" are nouns. */
function startsPhrase(next: Token | undefined): boolean {
  if (next === undefined) return false;
  if (next.kind !== 'mark') return next.text !== 'of' && next.text !== 'and' && next.text !== 'or' && next.text !== 'is' && next.text !== 'are';
  return (
    next.text === ':' ||
    next.text === '"' ||
    next.text === '“' ||
    next.text === '`' ||
    next.text === "'" ||
    next.text === '[' ||
    next.text === '<' ||
    next.text === '(' ||
    next.text === '«'
  );
}

/** ", or" later in the same clause: a list of alternatives under one negation. */
function laterOr(around: Around, from: number): boolean {
  const last = Math.min(around.to, from + 30);
  for (let i = from; i < last; i++) {
    const token = around.tokens[i]!;
    if (breaks.has(token.text)) return false;
    if (token.text === ',' && (around.tokens[i + 1]?.text === 'or' || around.tokens[i + 1]?.text === 'nor')) return true;
  }
  return false;
}
