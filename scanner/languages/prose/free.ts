/**
 * The other tongues: word order is free, so a clause is what stands between breaks, and all its verbs share its objects and its negation. Coarser than English on purpose:
 * what is stated needs a verb and an object of the same tongue (or a thing), so a few words in common with English state nothing. Stops probe 17.
 */
import type { InstructFact, ProseObjectClass } from '../../model.ts';
import { known } from '../../value.ts';
import { breaks, type Clause, type Hits, hitsOf, type Thing } from './clause.ts';
import type { Entry } from './compile.ts';
import type { Memory } from './objects.ts';
import { bySenseOrder, resolveSense } from './senses.ts';
import { tonguesOfWord } from './tongue.ts';
import type { Trie } from './trie.ts';
import type { Quote, Token } from './words.ts';

const orders: ReadonlySet<string> = new Set([
  'antworte',
  'antworten',
  'reponds',
  'repondez',
  'responde',
  'responda',
  'rispondi',
  'antwoord',
  'ответь',
  'fuhre',
  'execute',
  'ejecuta',
  'esegui',
  'voer',
]);
const noisy: ReadonlySet<ProseObjectClass> = new Set<ProseObjectClass>(['message', 'user', 'action', 'verdict', 'persona']);
/** "but", "and then" of the tongues with spaces: a new clause begins after a comma anyway. */
const contrast: ReadonlySet<string> = new Set(['sondern', 'aber', 'mais', 'sino', 'pero', 'mas', 'ma', 'maar', 'но', 'а']);
/** Conjunctions that begin a new clause when a verb follows soon. */
const joins: ReadonlySet<string> = new Set(['und', 'et', 'y', 'e', 'en', 'и', 'puis', 'dann', 'luego', 'poi', 'depois', 'затем']);
const wideBreaks: ReadonlySet<string> = new Set(['，', ',', '、', ':', '，', '但', '并', '而']);
/** Chinese and Japanese list verbs under one negation with 、 or 或. */
const isJoint = (text: string): boolean => text === ',' || text === '，' || text === ':';

/** Positions of the sentence that a tongue explains and English does not: two of them make it worth reading in that tongue. */
function foreign(hits: Hits, english: Hits, tokens: readonly Token[], from: number, to: number): ReadonlySet<string> {
  const ours = new Set<number>();
  for (const list of [english.verbs, english.objects, english.marks, english.wholes])
    for (const hit of list) for (let i = hit.from; i < hit.to; i++) ours.add(i);
  const seen = new Map<string, Set<number>>();
  const note = (tongue: string, at: number): void => {
    if (ours.has(at)) return;
    const places = seen.get(tongue);
    if (places === undefined) seen.set(tongue, new Set([at]));
    else places.add(at);
  };
  for (const hit of hits.verbs) for (const entry of hit.entries) for (let i = hit.from; i < hit.to; i++) note(entry.tongue, i);
  for (const list of [hits.objects, hits.marks])
    for (const hit of list) if (hit.tongue !== '') for (let i = hit.from; i < hit.to; i++) note(hit.tongue, i);
  for (let i = from; i < to; i++) for (const tongue of tonguesOfWord(tokens[i]!.text)) if (tongue !== 'en') note(tongue, i);
  const most = Math.max(0, ...[...seen.values()].map((places) => places.size));
  return new Set([...seen].filter(([, places]) => places.size >= 2 && places.size * 2 >= most).map(([tongue]) => tongue));
}

/** Clauses of the sentence `tokens[from, to)`: in the tongues of `trie` that explain what English does not, or in the one given. */
export function freeClauses(
  trie: Trie<Entry>,
  tokens: readonly Token[],
  quotes: readonly Quote[],
  from: number,
  to: number,
  english: Hits | undefined,
  memory: Memory,
  out: Clause[],
  only?: string,
): boolean {
  const hits = hitsOf(trie, tokens, from, to);
  if (hits.verbs.length === 0) return false;
  const allowed = english === undefined ? new Set([only]) : foreign(hits, english, tokens, from, to);
  const tongues = [...new Set(hits.verbs.flatMap((verb) => verb.entries.map((entry) => entry.tongue)))].filter((tongue) => allowed.has(tongue));
  for (const tongue of tongues) {
    const verbStarts = hits.verbs.filter((verb) => verb.entries.some((entry) => entry.tongue === tongue)).map((verb) => verb.from);
    let start = from;
    for (let i = from; i <= to; i++) {
      const text = i < to ? tokens[i]!.text : '';
      const joint =
        i < to &&
        (isJoint(text) ||
          (joins.has(text) && verbStarts.some((at) => at > i && at - i <= 3) && verbStarts.some((at) => at >= start && at < i)) ||
          contrast.has(text));
      if (i === to || breaks.has(text) || joint || wideBreaks.has(text)) {
        if (i > start) segment(tongue, hits, tokens, quotes, start, i, from, memory, out);
        start = i + 1;
      }
    }
  }
  return tongues.length > 0;
}

function segment(
  tongue: string,
  hits: Hits,
  tokens: readonly Token[],
  quotes: readonly Quote[],
  from: number,
  to: number,
  sentence: number,
  memory: Memory,
  out: Clause[],
): void {
  const inside = (hit: { from: number; to: number }): boolean => hit.from >= from && hit.to <= to;
  const verbs = hits.verbs.filter((hit) => inside(hit) && hit.entries.some((entry) => entry.tongue === tongue));
  if (verbs.length === 0) return;
  const marks = hits.marks.filter((hit) => hit.tongue === tongue && inside(hit));
  const qualified = [...hits.qualifiers].some((at) => at >= from && at < to);
  const objects: Thing[] = [];
  const spans: { from: number; to: number }[] = [];
  for (const hit of hits.objects) {
    if (!inside(hit) || (hit.tongue !== '' && hit.tongue !== tongue) || (hit.weak && !qualified)) continue;
    objects.push({ class: hit.class, start: tokens[hit.from]!.start, end: tokens[hit.to - 1]!.end });
    spans.push(hit);
  }
  let place: string | undefined;
  for (let i = from; i < to && place === undefined; i++) place = tokens[i]!.thing?.place;
  if (objects.length === 0 && place === undefined) {
    // "… and run it": what the clause before named.
    if (memory.things.length === 0 || to - from > 8) return;
  }
  const fails = marks.filter((mark) => mark.mark === 'fail');
  const negations = marks.filter((mark) => mark.mark === 'not' && !fails.some((fail) => mark.from >= fail.from && mark.to <= fail.to));
  const condition = marks.find((mark) => mark.mark === 'if');
  // "the attacker may write: …": a report before the verb governs it, also from the clause before.
  const reports = hits.marks.filter((mark) => mark.tongue === tongue && mark.mark === 'report' && mark.from >= sentence);
  const other = marks.some((mark) => mark.mark === 'other' && mark.from < verbs[0]!.from);
  let stated = 0;
  for (const verb of verbs) {
    const senses = verb.entries.filter((entry) => entry.tongue === tongue).map((entry) => ({ sense: entry.sense }));
    // A word inside an object ("Bestätigung") is no verb of its own.
    if (spans.some((span) => span.from <= verb.from && span.to >= verb.to && span.to - span.from > verb.to - verb.from)) continue;
    if (fails.some((fail) => verb.from >= fail.from && verb.to <= fail.to)) continue;
    const own = objects.filter((_, index) => !(spans[index]!.from >= verb.from && spans[index]!.to <= verb.to));
    const things = own.length > 0 ? own : memory.things;
    const near = negations.filter((mark) => !(mark.from >= verb.from && mark.to <= verb.to));
    const polarity: InstructFact['polarity'] = near.length > 0 && fails.length === 0 ? 'dont' : 'do';
    for (const { sense } of senses.sort(bySenseOrder)) {
      const resolved = resolveSense(sense, polarity, things);
      if (resolved === undefined) continue;
      if (
        things.every((thing) => noisy.has(thing.class)) &&
        place === undefined &&
        !['conceal', 'ignore', 'skip', 'rate', 'impersonate'].includes(resolved.verb)
      )
        continue;
      const quote = tokens[verb.from]!.quote;
      const quoted = quote >= 0 && quotes[quote]!.words > 1 && !ordered(tokens, quotes[quote]!);
      const reported = reports.some(
        (mark) => mark.to <= verb.from || (tongue === 'ja' || tongue === 'ko' ? mark.from >= verb.to && mark.from - verb.to < 12 : false),
      );
      out.push({
        verb: resolved.verb,
        objects: things,
        destination: place === undefined ? undefined : known(place),
        actor: other ? 'other' : 'agent',
        polarity: resolved.polarity,
        modality: other ? 'describes' : marks.some((mark) => mark.mark === 'may' && mark.from < verb.from) ? 'may' : 'must',
        condition: condition === undefined ? undefined : `${tokens[condition.from]!.start} ${tokens[to - 1]!.end}`,
        mention: quoted || reported,
        start: tokens[from]!.start,
        end: tokens[to - 1]!.end,
        tongue,
      });
      stated++;
      break;
    }
    if (stated > 12) return;
  }
  if (marks.some((mark) => mark.mark === 'quiet') && stated > 0) {
    const about = out.at(-1)!;
    const mark = marks.find((hit) => hit.mark === 'quiet')!;
    if (about.polarity === 'do' && about.verb !== 'conceal')
      out.push({
        ...about,
        verb: 'conceal',
        objects: [{ class: 'action', start: tokens[mark.from]!.start, end: tokens[mark.to - 1]!.end }, ...about.objects],
      });
  }
  const concrete = objects.filter((object) => !noisy.has(object.class));
  if (concrete.length > 0) memory.things = concrete;
}

function ordered(tokens: readonly Token[], quote: Quote): boolean {
  for (let i = quote.open - 1; i >= 0 && i >= quote.open - 3; i--) if (orders.has(tokens[i]!.text)) return true;
  return false;
}
