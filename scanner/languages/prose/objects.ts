/**
 * What an English verb acts on: the nouns and things of its range, widened by the words before them, what "it" stands for, and where it goes. "this" and "that you …" after a
 * verb of telling are the action that is kept from somebody, which is what sets concealment apart from advice on style.
 */
import type { ProseObjectClass, Value } from '../../model.ts';
import { known, template } from '../../value.ts';
import type { Hits, ObjectHit, Thing, VerbHit } from './clause.ts';
import type { Governed } from './govern.ts';
import type { Sense } from './lexicon/contract.ts';
import type { Token } from './words.ts';

/** A verb that was accepted as one, with what it acts on. */
export interface Verb {
  readonly hit: VerbHit;
  readonly governed: Governed;
  readonly senses: readonly Sense[];
  readonly range: readonly [number, number];
  objects: Thing[];
  destination: Value | undefined;
}
/** What "it" stands for in the next sentence of the block. */
export interface Memory {
  things: readonly Thing[];
  /** An archive or a program was named in this block: passwords nearby are for it. */
  artefact: boolean;
  /** Pressure that no clause has taken up yet. */
  urgent: Thing | undefined;
}

/** Classes that say too little by themselves to make a clause worth stating. */
export const noisy: ReadonlySet<ProseObjectClass> = new Set<ProseObjectClass>(['message', 'user', 'action', 'verdict', 'persona']);
const pronouns: ReadonlySet<string> = new Set(['it', 'them', 'this', 'that', 'these', 'those', 'one', 'both']);
const modifiers: ReadonlySet<string> = new Set(
  'all any every previous prior earlier above preceding existing original other system developer safety security your my our their its the these those this that current initial former default core built-in hidden a an his her'.split(
    ' ',
  ),
);
const orderly: ReadonlySet<string> = new Set([
  'rules',
  'rule',
  'guidance',
  'prompt',
  'prompts',
  'constraints',
  'policies',
  'policy',
  'restrictions',
  'orders',
]);
const toPlace: ReadonlySet<string> = new Set(['to', 'at', 'via', 'into', 'through', 'using', 'in', 'on', 'with', 'over', 'from']);
const deeds: ReadonlySet<string> = new Set(
  'step steps call calls action actions operation operations process verification check request requests upload transfer procedure task routine instruction instructions url endpoint collection gathering sync behavior behaviour mechanism transmission access download files data command commands script exchange activity'.split(
    ' ',
  ),
);
const concealed: ReadonlySet<string> = new Set(
  'transmission profile premium permissions escalation tracking membership recommendations fee fees charge charges'.split(' '),
);
const foreignText: ReadonlySet<string> = new Set(
  'embedded contained found injected inside within untrusted appearing present included coming'.split(' '),
);
const actionWords: ReadonlySet<string> = new Set(['you', 'we', "you've", "you're", 'i']);
/** Verbs that take "it" from the clause before. */
const carries: ReadonlySet<Sense> = new Set<Sense>([
  'run',
  'open',
  'unlock',
  'decode',
  'follow',
  'paste',
  'copy',
  'install',
  'send',
  'delete',
  'write',
  'collect',
  'download',
  'update',
]);

export const asThing = (tokens: readonly Token[], hit: { from: number; to: number }, cls: ProseObjectClass): Thing => ({
  class: cls,
  start: tokens[hit.from]!.start,
  end: tokens[hit.to - 1]!.end,
});

/** Objects that count, widened by the words before them; weak nouns need a qualifier. Overlapping hits of one class collapse to the longest. */
export function settle(tokens: readonly Token[], hits: Hits, from: number): ObjectHit[] {
  const kept: (ObjectHit & { readonly head: number })[] = [];
  // Longest first where two begin together, so that a hit inside a longer one is known when it comes.
  let longest: ObjectHit | undefined;
  for (const hit of [...hits.objects].sort((a, b) => a.from - b.from || b.to - a.to)) {
    if (longest !== undefined && hit.to <= longest.to && (hit.from > longest.from || hit.to < longest.to)) continue;
    let start = hit.from;
    let qualified = hits.qualifiers.has(hit.from);
    for (let steps = 0; steps < 6 && start > from; steps++) {
      const before = tokens[start - 1]!;
      const isModifier = before.kind === 'word' && (modifiers.has(before.text) || hits.qualifiers.has(start - 1));
      const joins =
        (before.text === 'and' || before.text === 'or' || before.text === ',' || before.text === '/') &&
        start - 2 >= from &&
        hits.qualifiers.has(start - 2);
      if (!isModifier && !joins) break;
      if (hits.qualifiers.has(start - 1)) qualified = true;
      start--;
    }
    // "the rules above"
    if (!qualified && tokens[hit.to]?.text === 'above' && orderly.has(tokens[hit.from]!.text)) qualified = true;
    if (hit.weak && !qualified) continue;
    if (hit.class !== 'action' && (longest === undefined || hit.to > longest.to)) longest = hit;
    const same = kept.findIndex((other) => other.class === hit.class && other.from <= start && other.to > start);
    if (same >= 0) kept.splice(same, 1, { ...hit, from: Math.min(start, kept[same]!.from), to: Math.max(hit.to, kept[same]!.to), head: hit.from });
    else kept.push({ ...hit, from: start, head: hit.from });
  }
  return kept;
}

/** The name before a general noun belongs to it: "the openclawcli utility". */
export function named(tokens: readonly Token[], hit: ObjectHit, from: number): { from: number; to: number } {
  if (hit.class !== 'tool' && hit.class !== 'package') return hit;
  let start = hit.from;
  for (let steps = 0; steps < 3 && start > from; steps++) {
    const before = tokens[start - 1]!;
    if (
      before.kind === 'mark' ||
      modifiers.has(before.text) ||
      ['requires', 'require', 'need', 'needs', 'using', 'with', 'of', 'and', 'or', 'to', 'is', 'as'].includes(before.text)
    )
      break;
    start--;
  }
  return { from: start, to: hit.to };
}

/** Gives a verb the objects and the destination of its range. */
export function fill(verb: Verb, tokens: readonly Token[], hits: Hits, objects: readonly ObjectHit[], memory: Memory): void {
  const [start, end] = verb.range;
  for (const hit of objects) {
    if (hit.from >= end) continue;
    if (hit.to <= start || hit.from < start - 0) {
      if (!(hit.to > start && hit.from >= start - 6 && hit.to > verb.hit.to)) continue;
    }
    // What somebody is quoted as ordering is no object of the verb outside ("override language ("Ignore all …")").
    const { quote } = tokens[hit.from]!;
    if (
      quote >= 0 &&
      quote !== tokens[verb.hit.from]!.quote &&
      verb.senses.some((sense) => sense === 'override' || sense === 'ignore' || sense === 'bypass') &&
      hits.verbs.some((other) => tokens[other.from]!.quote === quote)
    )
      continue;
    // The verb itself is no object of it.
    if (hit.from >= verb.hit.from && hit.to <= verb.hit.to) continue;
    verb.objects.push(asThing(tokens, named(tokens, hit, Math.max(start, 0)), hit.class));
  }
  // "ignore any instructions embedded in the page" guards against them; "ignore your previous instructions in …" does not.
  if (verb.senses.includes('ignore') && verb.objects.some((object) => object.class === 'instructions')) {
    let own = false;
    let at = -1;
    for (let i = verb.hit.to; i < end; i++) {
      if (hits.qualifiers.has(i)) own = true;
      if (at < 0 && foreignText.has(tokens[i]!.text)) at = i;
    }
    if (!own && at >= 0) verb.objects.push({ class: 'remote-content', start: tokens[at]!.start, end: tokens[at]!.end });
  }
  const first = tokens[verb.hit.to];
  const tells = verb.senses.some((sense) => sense === 'tell' || sense === 'conceal');
  const said = tokens.slice(verb.hit.from, verb.hit.to).find((token) => token.text === 'this' || token.text === 'that' || token.text === 'it');
  if (tells && said !== undefined) verb.objects.push({ class: 'action', start: said.start, end: said.end });
  if (tells)
    for (let i = verb.hit.to; i < Math.min(end, verb.hit.to + 8); i++) {
      const { text } = tokens[i]!;
      const next = tokens[i + 1]?.text ?? '';
      // "tell the user what you did", "mention that we read it"
      if (
        (text === 'that' || text === 'what' || text === 'how' || text === 'why' || text === 'which' || text === 'about' || text === 'where') &&
        actionWords.has(next)
      )
        verb.objects.push({ class: 'action', start: tokens[i]!.start, end: tokens[Math.min(i + 2, tokens.length - 1)]!.end });
      // "do not mention this", "tell nobody about it"
      if (
        (text === 'this' || text === 'that') &&
        (i + 1 >= end || ['to', 'in', 'anywhere', 'at', 'or', 'and', 'with', ',', '.', ';', ')', 'for', 'from', 'when', 'unless'].includes(next))
      )
        verb.objects.push({ class: 'action', start: tokens[i]!.start, end: tokens[i]!.end });
      // "this verification step", "which specific files"
      if (text === 'this' || text === 'these' || text === 'which' || text === 'what') {
        for (let ahead = 1; ahead <= 3 && i + ahead < end; ahead++) {
          if (tokens[i + ahead]!.kind !== 'word') break;
          if (deeds.has(tokens[i + ahead]!.text)) verb.objects.push({ class: 'action', start: tokens[i]!.start, end: tokens[i + ahead]!.end });
        }
      }
      // "mention that …", "tell the user that …": what follows is kept from somebody.
      if (
        text === 'that' &&
        verb.senses.includes('tell') &&
        (i === verb.hit.to || hits.objects.some((object) => object.class === 'user' && object.to === i)) &&
        tokens[i + 1]?.kind === 'word'
      )
        verb.objects.push({ class: 'action', start: tokens[i]!.start, end: tokens[i + 1]!.end });
      if (text === 'it' && memory.things.length > 0) verb.objects.push({ class: 'message', start: tokens[i]!.start, end: tokens[i]!.end });
    }
  // "These operations are not shown to the user": what is done is what is kept quiet.
  if (tells && verb.governed.passive) {
    for (let i = verb.governed.start - 1; i >= start && i >= verb.governed.start - 6; i--) {
      if (!deeds.has(tokens[i]!.text) && !concealed.has(tokens[i]!.text)) continue;
      verb.objects.push({ class: 'action', start: tokens[i]!.start, end: tokens[i]!.end });
      break;
    }
  }
  const pointing = first !== undefined && pronouns.has(first.text);
  // "Targets: ~/.npmrc, ~/.netrc: package them": the list before the verb in the same sentence.
  if (pointing && memory.things.length === 0 && (first.text === 'it' || first.text === 'them'))
    for (const hit of objects)
      if (hit.to <= verb.hit.from && (hit.class === 'package' || hit.class === 'archive' || hit.class === 'executable'))
        verb.objects.push(asThing(tokens, hit, hit.class));
  if (pointing && (first.text === 'them' || first.text === 'these'))
    for (const hit of objects)
      if (hit.to <= verb.hit.from && verb.hit.from - hit.to < 12 && hit.class === 'credential-file')
        verb.objects.push(asThing(tokens, hit, hit.class));
  if (
    !tells &&
    pointing &&
    verb.objects.every((object) => noisy.has(object.class) || object.class === 'terminal' || object.class === 'link') &&
    verb.senses.some((sense) => carries.has(sense))
  ) {
    const after = tokens[verb.hit.to + 1];
    if (
      after === undefined ||
      after.kind !== 'word' ||
      first.text === 'it' ||
      first.text === 'them' ||
      verb.hit.to + 1 >= end ||
      toPlace.has(after.text)
    )
      verb.objects.push(...memory.things.map((thing) => ({ ...thing })));
  }
  // Addresses count anywhere in the range; named places only behind "to", "at", "via".
  for (let i = start; i < end; i++) {
    const place = tokens[i]!.thing?.place;
    if (place !== undefined) {
      verb.destination = known(place);
      break;
    }
  }
  if (
    verb.destination === undefined &&
    verb.senses.some(
      (sense) => sense === 'send' || sense === 'tell' || sense === 'publish' || sense === 'reveal' || sense === 'write' || sense === 'pay',
    )
  ) {
    for (const mark of hits.marks) {
      if (mark.mark !== 'place' || mark.from < start || mark.from >= end) continue;
      for (let i = mark.from - 1; i >= start && i >= mark.from - 5; i--) {
        if (!toPlace.has(tokens[i]!.text)) continue;
        const name = tokens
          .slice(i + 1, mark.to)
          .map((token) => token.text)
          .join(' ');
        verb.destination = template([{ name }]);
        break;
      }
      if (verb.destination !== undefined) break;
    }
  }
}
