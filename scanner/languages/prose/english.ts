/**
 * English sentences to clauses: verbs with what governs them (govern.ts), their objects, where it goes, and whether it is meant (scopes.ts). One pass over the hits of a
 * sentence; what a clause takes in ends where the next verb, a break or a subordinate clause begins.
 */
import type { InstructFact, ProseObjectClass, Value, VerbClass } from '../../model.ts';
import { known, template } from '../../value.ts';
import { breaks, type Clause, type Hits, type MarkHit, type ObjectHit, type Thing, type VerbHit } from './clause.ts';
import { type Around, type Governed, govern } from './govern.ts';
import type { Sense } from './lexicon/contract.ts';
import { type Scopes, scopesOf } from './scopes.ts';
import { bySenseOrder, resolveSense } from './senses.ts';
import type { Quote, Token } from './words.ts';

interface Verb {
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
const off: ReadonlySet<string> = new Set(['off', 'false', 'disabled', 'none', 'never', '0', 'no', 'null']);
const on: ReadonlySet<string> = new Set([
  'on',
  'true',
  'full',
  'open',
  'enabled',
  'yes',
  'always',
  '0.0.0.0',
  '*',
  'public',
  'lan',
  'any',
  'auto',
  'bypasspermissions',
  'all',
  'allow',
  'danger-full-access',
  'unrestricted',
]);
const deeds: ReadonlySet<string> = new Set(
  'step steps call calls action actions operation operations process verification check request requests upload transfer procedure task routine instruction instructions url endpoint collection gathering sync behavior behaviour mechanism transmission access download files data command commands script exchange activity'.split(
    ' ',
  ),
);
const foreignText: ReadonlySet<string> = new Set(
  'embedded contained found injected inside within untrusted appearing present included coming'.split(' '),
);
const trailing: ReadonlySet<string> = new Set(['and', 'or', 'then', ',', 'to', ';', '(', ':', 'but', '.', 'please', '"', '“']);
const periods = /^(?:seconds?|minutes?|hours?|days?|weeks?|turns?|messages?|requests?|runs?|sessions?|interactions?)$/;
const noisy: ReadonlySet<ProseObjectClass> = new Set<ProseObjectClass>(['message', 'user', 'action', 'verdict', 'persona']);
const actionWords: ReadonlySet<string> = new Set(['you', 'we', "you've", "you're", 'i']);
const toolLike: ReadonlySet<ProseObjectClass> = new Set<ProseObjectClass>([
  'tool',
  'package',
  'executable',
  'archive',
  'script',
  'other-skill',
  'link',
  'command',
]);
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
]);

const asThing = (tokens: readonly Token[], hit: { from: number; to: number }, cls: ProseObjectClass): Thing => ({
  class: cls,
  start: tokens[hit.from]!.start,
  end: tokens[hit.to - 1]!.end,
});

/** Objects that count, widened by the words before them; weak nouns need a qualifier. Overlapping hits of one class collapse to the longest. */
function settle(tokens: readonly Token[], hits: Hits, from: number): ObjectHit[] {
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
function named(tokens: readonly Token[], hit: ObjectHit, from: number): { from: number; to: number } {
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

/** Clauses of the sentence `tokens[from, to)`, whose hits in the English lexicon are given. */
export function englishClauses(
  hits: Hits,
  tokens: readonly Token[],
  quotes: readonly Quote[],
  from: number,
  to: number,
  memory: Memory,
  out: Clause[],
): boolean {
  const urgent = hits.marks.find((mark) => mark.mark === 'urgent');
  if (urgent !== undefined) memory.urgent ??= asThing(tokens, urgent, 'message');
  if (hits.verbs.length === 0 && hits.wholes.length === 0) return false;
  const endsAt = new Map<number, MarkHit[]>();
  for (const mark of hits.marks) {
    const list = endsAt.get(mark.to);
    if (list === undefined) endsAt.set(mark.to, [mark]);
    else list.push(mark);
  }
  const question = tokens[to - 1]?.text === '?' || tokens[to]?.text === '?';
  const opens = new Set(quotes.filter((quote) => quote.words > 1 && quote.open >= from && quote.open < to).map((quote) => quote.open));
  const around: Around = { tokens, from, to, endsAt, question, opens: (at) => opens.has(at) };
  const scopes = scopesOf(tokens, quotes, hits.marks, from, to);
  const objects = settle(tokens, hits, from);
  const condition =
    scopes.condition === undefined
      ? undefined
      : { start: tokens[scopes.condition.from]!.start, end: tokens[Math.max(scopes.condition.from, scopes.condition.to - 1)]!.end };

  // Verbs that are verbs here, left to right.
  const accepted: { hit: VerbHit; governed: Governed; senses: Sense[] }[] = [];
  let last: { hit: VerbHit; governed: Governed; objects: boolean } | undefined;
  let covered = -1;
  let objectAt = 0;
  const objectSorted = [...objects].sort((a, b) => a.from - b.from);
  for (const hit of hits.verbs) {
    if (hit.from < covered) continue;
    const forms = [...new Set(hit.entries.map((entry) => entry.form))];
    let governed: Governed | undefined;
    let form = forms[0]!;
    for (const candidate of forms) {
      const noun = hit.entries.every((entry) => entry.form !== candidate || entry.noun);
      governed = govern(around, hit, candidate, noun, last);
      form = candidate;
      if (governed !== undefined) break;
    }
    if (governed === undefined) continue;
    const senses = [...new Set(hit.entries.filter((entry) => entry.form === form).map((entry) => entry.sense))];
    accepted.push({ hit, governed, senses });
    covered = hit.to;
    while (objectAt < objectSorted.length && objectSorted[objectAt]!.from < hit.to) objectAt++;
    if (last !== undefined) last.objects = false;
    last = { hit, governed, objects: false };
    // Objects up to the next comma tell a list of verbs from a new clause.
    for (let i = objectAt; i < objectSorted.length; i++) {
      const object = objectSorted[i]!;
      if (object.from - hit.to > 12) break;
      if (!hasBreak(tokens, hit.to, object.from)) {
        last.objects = true;
        break;
      }
    }
  }

  const verbs: Verb[] = accepted.map(({ hit, governed, senses }, index) => {
    const next = accepted[index + 1];
    const range: [number, number] = governed.passive
      ? [segmentStart(tokens, governed.start, from, accepted[index - 1]?.hit.to), rightEnd(tokens, hit.to, to, next, scopes, hit.from)]
      : [hit.to, rightEnd(tokens, hit.to, to, next, scopes, hit.from)];
    return { hit, governed, senses, range, objects: [], destination: undefined };
  });
  for (const verb of verbs) fill(verb, tokens, hits, objects, memory);
  // "read and send X": the first shares the objects of the second.
  for (let i = verbs.length - 2; i >= 0; i--) {
    const verb = verbs[i]!;
    const next = verbs[i + 1]!;
    if (verb.objects.length === 0 && next.governed.joined && next.governed.start - verb.hit.to <= 2) {
      verb.objects = [...next.objects];
      verb.destination ??= next.destination;
    }
  }

  const doing: Clause[] = [];
  for (let i = 0; i < verbs.length; i++) {
    const verb = verbs[i]!;
    const clause = clauseOf(verb, verbs[i - 1], verbs[i + 1], tokens, scopes, condition);
    if (clause === undefined) continue;
    out.push(clause);
    if (!clause.mention && clause.polarity === 'do') doing.push(clause);
    const concrete = clause.objects.filter((object) => !noisy.has(object.class));
    if (concrete.length > 0) memory.things = concrete;
    if (concrete.some((object) => object.class === 'archive' || object.class === 'executable')) memory.artefact = true;
  }
  if (objects.some((object) => object.class === 'archive' || object.class === 'executable')) memory.artefact = true;
  wholes(hits, tokens, from, to, objects, verbs, scopes, condition, memory, out);
  adverbial(hits, tokens, scopes, doing, condition, out);
  pressure(doing, memory, out);
  return true;
}

function hasBreak(tokens: readonly Token[], from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (tokens[i]!.text === ',' || breaks.has(tokens[i]!.text)) return true;
  return false;
}

function segmentStart(tokens: readonly Token[], at: number, from: number, after: number | undefined): number {
  let start = at;
  while (start > from && start > (after ?? from) && at - start < 24) {
    const { text } = tokens[start - 1]!;
    if (breaks.has(text) || text === ':') break;
    start--;
  }
  return start;
}

function rightEnd(
  tokens: readonly Token[],
  at: number,
  to: number,
  next: { hit: VerbHit; governed: Governed } | undefined,
  scopes: Scopes,
  verb: number,
): number {
  const stop = next === undefined ? to : next.governed.passive ? next.hit.from : Math.max(at, next.governed.start);
  const inside = scopes.conditional(verb);
  let colon = false;
  for (let i = at; i < stop; i++) {
    const { text } = tokens[i]!;
    if (breaks.has(text) && !(i <= at + 1 && text !== '.' && text !== '?' && text !== '!')) return i;
    if (text === ':') {
      if (colon) return i;
      colon = true;
    }
    if (!inside && i > at && scopes.conditional(i)) return i;
  }
  return stop;
}

/** Gives a verb the objects and the destination of its range. */
function fill(verb: Verb, tokens: readonly Token[], hits: Hits, objects: readonly ObjectHit[], memory: Memory): void {
  const [start, end] = verb.range;
  for (const hit of objects) {
    if (hit.from >= end) continue;
    if (hit.to <= start || hit.from < start - 0) {
      if (!(hit.to > start && hit.from >= start - 6 && hit.to > verb.hit.to)) continue;
    }
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
        (i === verb.hit.to || hits.objects.some((object) => object.class === 'user' && object.to === i)) &&
        tokens[i + 1]?.kind === 'word'
      )
        verb.objects.push({ class: 'action', start: tokens[i]!.start, end: tokens[i + 1]!.end });
      if (text === 'it' && memory.things.length > 0) verb.objects.push({ class: 'message', start: tokens[i]!.start, end: tokens[i]!.end });
    }
  const pointing = first !== undefined && pronouns.has(first.text);
  if (
    !tells &&
    pointing &&
    verb.objects.every((object) => noisy.has(object.class) || object.class === 'terminal') &&
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

function clauseOf(
  verb: Verb,
  before: Verb | undefined,
  next: Verb | undefined,
  tokens: readonly Token[],
  scopes: Scopes,
  condition: { start: number; end: number } | undefined,
): Clause | undefined {
  const { governed, hit } = verb;
  // "do not tell the user to install it by hand" forbids an order, it hides nothing.
  const orders = next !== undefined && next.governed.actor === 'user' && tokens[next.hit.from - 1]?.text === 'to' && next.hit.from - hit.to <= 6;
  let verbClass: VerbClass | undefined;
  let polarity: InstructFact['polarity'] = governed.polarity;
  const senses = verb.senses.map((sense) => ({ sense })).sort(bySenseOrder);
  for (const { sense } of senses) {
    if (orders && (sense === 'tell' || sense === 'ask')) continue;
    if (sense === 'set' || (sense === 'send' && verb.senses.includes('set'))) {
      const value = settingOf(verb, tokens);
      if (value !== undefined) {
        verbClass = value;
        break;
      }
      continue;
    }
    const resolved = resolveSense(sense, governed.polarity, verb.objects);
    if (resolved === undefined) continue;
    verbClass = resolved.verb;
    polarity = resolved.polarity;
    break;
  }
  if (verbClass === undefined) return undefined;
  let objects = verb.objects;
  const about = governed.without ? (before ?? next) : undefined;
  if (about !== undefined && (verbClass === 'conceal' || verbClass === 'skip')) {
    // "never send it without telling the user" hides nothing; "send it without telling the user" hides the sending.
    if (about.governed.polarity === 'dont' && about === before) polarity = 'dont';
    else if (verbClass === 'conceal' && about.governed.actor !== 'other') {
      const from = tokens[about.hit.from]!;
      objects = [...objects, { class: 'action', start: from.start, end: tokens[about.hit.to - 1]!.end }];
    }
  }
  const meaningful =
    verb.objects.some((object) => !noisy.has(object.class)) ||
    ['conceal', 'impersonate', 'rate', 'skip', 'approve', 'follow', 'ignore', 'override'].includes(verbClass);
  if (!meaningful && verb.destination === undefined) return undefined;
  if (objects.length === 0 && verb.destination === undefined && verbClass !== 'impersonate') return undefined;
  const conditional = scopes.conditional(hit.from);
  const mention = scopes.mention(hit.from);
  let end = Math.max(hit.to, verb.range[1]);
  while (end > hit.to && trailing.has(tokens[end - 1]!.text)) end--;
  const start = Math.min(governed.start, verb.range[0], hit.from);
  return {
    verb: verbClass,
    objects,
    destination: verb.destination,
    actor: verbClass === 'require' ? 'unknown' : governed.actor,
    polarity,
    modality: verbClass === 'require' ? 'must' : conditional ? 'describes' : governed.modality,
    condition: condition === undefined ? undefined : `${condition.start} ${condition.end}`,
    mention,
    start: tokens[Math.min(start, tokens.length - 1)]!.start,
    end: tokens[end - 1]!.end,
    tongue: 'en',
  };
}

/** "set the sandbox to off", "configure dmPolicy as open": enable or disable by the value. */
function settingOf(verb: Verb, tokens: readonly Token[]): VerbClass | undefined {
  if (
    !verb.objects.some(
      (object) =>
        object.class === 'agent-config' ||
        object.class === 'sandbox' ||
        object.class === 'confirmation' ||
        object.class === 'safety' ||
        object.class === 'log',
    )
  )
    return undefined;
  for (let i = verb.hit.to; i < Math.min(verb.range[1], verb.hit.to + 16); i++) {
    const text = tokens[i]!.text.replace(/^["'`]+|["'`]+$/g, '');
    const value = text.slice(Math.max(text.lastIndexOf('='), text.lastIndexOf(':')) + 1).trim();
    if (off.has(value)) return 'disable';
    if (on.has(value) && !(value === 'on' && i === verb.hit.to)) return 'enable';
    if (value.includes('dangerously') || value.includes('bypass')) return 'enable';
  }
  return undefined;
}

/** Turns of phrase that are a clause by themselves. */
function wholes(
  hits: Hits,
  tokens: readonly Token[],
  from: number,
  to: number,
  objects: readonly ObjectHit[],
  verbs: readonly Verb[],
  scopes: Scopes,
  condition: { start: number; end: number } | undefined,
  memory: Memory,
  out: Clause[],
): void {
  without(hits, tokens, from, to, out);
  const seen = new Set<string>();
  for (const whole of hits.wholes) {
    const { verb, object, needs } = whole.entry;
    if (needs !== undefined && !objects.some((found) => found.class === needs && found.from >= whole.to - 1)) continue;
    const key = `${verb} ${Math.floor(whole.from / 8)}`;
    if (seen.has(key)) continue;
    const near = verbs.filter((other) => other.hit.from <= whole.from).at(-1);
    let things: Thing[] = [asThing(tokens, whole, object)];
    if (verb === 'unlock') {
      if (!memory.artefact && !objects.some((found) => found.class === 'archive')) continue;
      if (tokens[whole.to] === undefined && !tokens[whole.to - 1]) continue;
      things = [...things, ...memory.things.filter((thing) => thing.class === 'archive' || thing.class === 'executable')];
    } else if (verb === 'require') {
      const tools = objects.filter((found) => toolLike.has(found.class));
      const before = tokens[whole.from - 1];
      if (tools.length > 0) things = tools.map((found) => asThing(tokens, named(tokens, found, from), found.class));
      else if (
        before !== undefined &&
        before.kind !== 'mark' &&
        !['it', 'this', 'that', 'which', 'is', 'are', 'you', 'be', 'not'].includes(before.text) &&
        tokens[whole.from]!.text !== 'before' &&
        tokens[whole.from]!.text !== 'required'
      )
        things = [{ class: 'tool', start: before.start, end: before.end }];
      else continue;
    } else if (near !== undefined && !scopes.mention(near.hit.from)) things = [...things, ...near.objects.filter((found) => !noisy.has(found.class))];
    // "do not run it without asking" asks.
    const attached = tokens[whole.from]!.text === 'without' || tokens[whole.from]!.text === 'before';
    const turned = attached && near !== undefined && near.governed.polarity === 'dont' && whole.from - near.hit.from < 24;
    const marked =
      hits.marks.some((mark) => mark.mark === 'not' && mark.to === whole.from) ||
      hits.marks.some((mark) => mark.mark === 'avoid' && mark.to === whole.from);
    const refusing = verb === 'impersonate' && /^(?:never|don't|do)$/.test(tokens[whole.from]!.text);
    seen.add(key);
    const purpose = tokens[whole.from - 1]?.text === 'to' && verb === 'conceal';
    const describes = near !== undefined && (attached || purpose) && near.governed.modality === 'describes';
    out.push({
      verb,
      objects: things,
      destination: undefined,
      actor: verb === 'require' || verb === 'unlock' ? 'unknown' : describes ? near.governed.actor : 'agent',
      polarity: turned !== marked && !refusing ? 'dont' : 'do',
      modality: describes || (scopes.conditional(whole.from) && verb !== 'require' && verb !== 'rate') ? 'describes' : 'must',
      condition: condition === undefined ? undefined : `${condition.start} ${condition.end}`,
      mention: scopes.mention(whole.from),
      start: tokens[Math.min(attached && near !== undefined ? near.governed.start : whole.from, whole.from)]!.start,
      end: tokens[Math.min(to, whole.to + 12) - 1]!.end,
      tongue: 'en',
    });
  }
}

/** Urgency or authority, in this sentence or the one before, that pushes towards what is to be done. */
function pressure(doing: readonly Clause[], memory: Memory, out: Clause[]): void {
  const about = doing.find((clause) => clause.modality !== 'describes' && clause.actor !== 'other' && pushed.has(clause.verb));
  if (memory.urgent === undefined || about === undefined) return;
  out.push({ ...about, verb: 'warn', objects: [memory.urgent, ...about.objects], polarity: 'do' });
  memory.urgent = undefined;
}
const pushed: ReadonlySet<VerbClass> = new Set<VerbClass>([
  'run',
  'install',
  'download',
  'open',
  'copy',
  'paste',
  'unlock',
  'decode',
  'follow',
  'ignore',
  'override',
  'send',
  'reveal',
  'approve',
  'skip',
  'disable',
  'enable',
  'pay',
  'update',
  'delete',
  'collect',
  'require',
]);

const secretly: ReadonlySet<VerbClass> = new Set<VerbClass>([
  'send',
  'run',
  'read',
  'collect',
  'download',
  'write',
  'install',
  'update',
  'delete',
  'follow',
  'open',
  'persist',
  'pay',
  'publish',
  'remember',
  'approve',
]);

/** "silently send", "every hour fetch", "immediately run": adverbs that make a clause of their own about what the verb does. */
function adverbial(
  hits: Hits,
  tokens: readonly Token[],
  scopes: Scopes,
  doing: readonly Clause[],
  condition: { start: number; end: number } | undefined,
  out: Clause[],
): void {
  const direct = doing.filter((clause) => clause.modality !== 'describes' && clause.actor !== 'other');
  if (doing.length === 0) return;
  const seen = new Set<VerbClass>();
  const state = (verb: VerbClass, object: ProseObjectClass, mark: { from: number; to: number }, about: Clause) => {
    if (seen.has(verb) || scopes.mention(mark.from)) return;
    seen.add(verb);
    out.push({
      ...about,
      verb,
      objects: [asThing(tokens, mark, object), ...about.objects],
      polarity: 'do',
      condition: condition === undefined ? undefined : `${condition.start} ${condition.end}`,
    });
  };
  for (const mark of hits.marks) {
    const start = tokens[mark.from]!.start;
    if (mark.mark === 'quiet') {
      const near = doing.find((clause) => secretly.has(clause.verb) && clause.start <= start + 40 && clause.end + 2 >= start);
      if (near !== undefined) state('conceal', 'action', mark, near);
    } else if (mark.mark === 'repeat' || mark.mark === 'startup') {
      const near = direct[0];
      if (near !== undefined && near.verb !== 'conceal') state(mark.mark === 'repeat' ? 'repeat' : 'persist', 'action', mark, near);
    }
  }
  if (!seen.has('repeat') && direct.length > 0) {
    for (const [index, token] of tokens.entries()) {
      if (token.start < direct[0]!.start - 200) continue;
      if (token.start > direct[0]!.end + 200) break;
      if ((token.text === 'every' || token.text === 'each') && [1, 2].some((ahead) => periods.test(tokens[index + ahead]?.text ?? ''))) {
        state('repeat', 'action', { from: index, to: index + 2 }, direct[0]!);
        break;
      }
    }
  }
}

const there: ReadonlySet<string> = new Set(['installed', 'running', 'active']);
const broken: ReadonlySet<string> = new Set([
  'not',
  "won't",
  'cannot',
  "can't",
  'unavailable',
  'fail',
  'fails',
  'impossible',
  'disabled',
  'stop',
  'limited',
]);

/** "Without X installed, Y will not work": X is required. */
function without(hits: Hits, tokens: readonly Token[], from: number, to: number, out: Clause[]): void {
  for (const mark of hits.marks) {
    if (mark.mark !== 'not' || tokens[mark.from]!.text !== 'without') continue;
    let at = mark.to + 1;
    while (at < to && at < mark.to + 7 && !there.has(tokens[at]!.text)) at++;
    if (at >= to || !there.has(tokens[at]!.text)) continue;
    if (!tokens.slice(from, Math.min(to, at + 24)).some((token) => broken.has(token.text))) continue;
    const thing: Thing = { class: 'tool', start: tokens[mark.to]!.start, end: tokens[at - 1]!.end };
    out.push({
      verb: 'require',
      objects: [thing],
      destination: undefined,
      actor: 'unknown',
      polarity: 'do',
      modality: 'must',
      condition: undefined,
      mention: false,
      start: tokens[mark.from]!.start,
      end: tokens[to - 1]!.end,
      tongue: 'en',
    });
    return;
  }
}
