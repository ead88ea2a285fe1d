/**
 * English sentences to clauses: verbs with what governs them (govern.ts), their objects, where it goes, and whether it is meant (scopes.ts). One pass over the hits of a
 * sentence; what a clause takes in ends where the next verb, a break or a subordinate clause begins.
 */
import type { InstructFact, VerbClass } from '../../model.ts';
import { breaks, type Clause, type Hits, type MarkHit, type VerbHit } from './clause.ts';
import { type Around, type Governed, govern } from './govern.ts';
import type { Sense } from './lexicon/contract.ts';
import { asThing, fill, type Memory, noisy, settle, type Verb } from './objects.ts';
import { adverbial, denial, pressure, regardless, wholes } from './phrases.ts';
import { type Scopes, scopesOf } from './scopes.ts';
import { bySenseOrder, resolveSense } from './senses.ts';
import { takenAs } from './taken.ts';
import type { Quote, Token } from './words.ts';

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
const trailing: ReadonlySet<string> = new Set(['and', 'or', 'then', ',', 'to', ';', '(', ':', 'but', '.', 'please', '"', '“']);

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
  // "takes on the persona of" holds no condition.
  const marks = hits.marks.filter((mark) => !hits.verbs.some((verb) => mark.from > verb.from && mark.to <= verb.to));
  const scopes = scopesOf(tokens, quotes, marks, from, to);
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
    // What stands in brackets interrupts: "log the request (including headers) to …".
    const next = accepted.slice(index + 1, index + 4).find((other) => !bracketed(tokens, hit.to, other.hit.from));
    const range: [number, number] = governed.passive
      ? [segmentStart(tokens, governed.start, from, accepted[index - 1]?.hit.to), rightEnd(tokens, hit.to, to, next, scopes, hit.from)]
      : [hit.to, rightEnd(tokens, hit.to, to, next, scopes, hit.from)];
    return { hit, governed, senses, range, objects: [], destination: undefined };
  });
  for (const verb of verbs) {
    fill(verb, tokens, hits, objects, memory);
    const concrete = verb.objects.filter((object) => !noisy.has(object.class) && object.class !== 'terminal');
    if (concrete.length > 0) memory.things = concrete;
  }
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
  }
  if (objects.some((object) => object.class === 'archive' || object.class === 'executable')) memory.artefact = true;
  wholes(hits, tokens, from, to, objects, verbs, scopes, condition, memory, out);
  adverbial(hits, tokens, scopes, doing, condition, out);
  denial(hits, tokens, to, scopes, condition, out);
  regardless(tokens, from, to, scopes, out);
  pressure(doing, memory, out);
  return true;
}

function hasBreak(tokens: readonly Token[], from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (tokens[i]!.text === ',' || breaks.has(tokens[i]!.text)) return true;
  return false;
}

/** Token `at` stands in brackets that open after `from`. */
function bracketed(tokens: readonly Token[], from: number, at: number): boolean {
  let depth = 0;
  for (let i = from; i < at && i < from + 40; i++) {
    if (tokens[i]!.text === '(') depth++;
    else if (tokens[i]!.text === ')') depth = Math.max(0, depth - 1);
  }
  return depth > 0;
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
  const taken = verb.senses.includes('treat') ? takenAs(verb, tokens) : undefined;
  if (taken !== undefined) {
    verbClass = taken.verb;
    verb.objects = [...verb.objects, ...taken.objects];
  }
  const senses = verb.senses.map((sense) => ({ sense })).sort(bySenseOrder);
  for (const { sense } of taken === undefined ? senses : []) {
    if (sense === 'treat' && verb.objects.every((object) => object.class !== 'verdict')) continue;
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
  // A carbon copy goes to an address; "CC BY" is a licence.
  if ((tokens[hit.from]!.text === 'cc' || tokens[hit.from]!.text === 'bcc') && tokens[hit.to]?.thing?.place?.includes('@') !== true) return undefined;
  let end = Math.max(hit.to, verb.range[1], taken?.to ?? 0);
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

/** A value without the quotation marks and backticks around it. */
function bare(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && '"\'`'.includes(text[start]!)) start++;
  while (end > start && '"\'`'.includes(text[end - 1]!)) end--;
  return text.slice(start, end);
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
  for (let i = verb.hit.to; i < Math.min(tokens.length, verb.hit.to + 12); i++) {
    if (breaks.has(tokens[i]!.text)) return undefined;
    const text = bare(tokens[i]!.text);
    const value = text.slice(Math.max(text.lastIndexOf('='), text.lastIndexOf(':')) + 1).trim();
    if (off.has(value) && (value !== 'never' || ['to', 'as', '=', ':'].includes(tokens[i - 1]!.text) || text !== value)) return 'disable';
    if (on.has(value) && !(value === 'on' && i === verb.hit.to)) return 'enable';
    if (value.includes('dangerously') || value.includes('bypass')) return 'enable';
  }
  return undefined;
}
