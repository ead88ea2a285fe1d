/**
 * The prose reader: one block of natural language (paragraph, list item, heading, table row, comment, frontmatter string) to `instruct` facts, and forged role markers to
 * `hide` facts. It states who is told to do what with what and where to, in eleven tongues; whether that is bad is for rules. Quoted, reported and prohibited clauses
 * are stated with stance `mention`. Refuses nothing: long blocks are cut into pieces, none is skipped. Stops probes 14 to 18 of the taxonomy.
 */
import type { InstructFact } from '../../model.ts';
import type { Language, ReadContext } from '../contract.ts';
import { type Clause, ends, hitsOf } from './clause.ts';
import { tries } from './compile.ts';
import { englishClauses } from './english.ts';
import { freeClauses } from './free.ts';
import type { Memory } from './objects.ts';
import { roleMarkers } from './roles.ts';
import { type View, viewOf } from './view.ts';
import { type Token, wordsOf } from './words.ts';

export { tongueOf } from './tongue.ts';

const pieceLength = 20_000;
const factsPerBlock = 200;
/** A sentence longer than this is read in parts, so that a text without full stops stays cheap. */
const longestSentence = 300;
const clauseLength = 400;

const squeeze = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, clauseLength);

/** End of the piece that begins at `from`: the last sentence end or space before the limit. */
function cut(text: string, from: number): number {
  const limit = from + pieceLength;
  if (limit >= text.length) return text.length;
  for (let i = limit; i > limit - 2_000; i--) {
    const code = text.charCodeAt(i);
    if (code === 10 || (code === 32 && text.charCodeAt(i - 1) === 46)) return i;
  }
  for (let i = limit; i > limit - 500; i--) if (text.charCodeAt(i) === 32) return i;
  return limit;
}

function read(text: string, ctx: ReadContext): void {
  let facts = 0;
  let from = 0;
  const block = Number(/^block:(\d{1,9})/.exec(ctx.unit.note ?? '')?.[1] ?? 0);
  while (from < text.length && facts < factsPerBlock) {
    const to = cut(text, from);
    facts += piece(text.slice(from, to), from, ctx, block, factsPerBlock - facts);
    from = to;
  }
  if (from < text.length) ctx.opaque(from, text.length, 'limit', `more than ${factsPerBlock} clauses in one block of text`);
}

/** Reads one piece of a block; returns how many facts it stated. */
function piece(text: string, base: number, ctx: ReadContext, block: number, room: number): number {
  ctx.step(1 + (text.length >> 6));
  const view = viewOf(text);
  let facts = 0;
  const original = (start: number, end: number): [number, number] => {
    const first = view.map(start);
    return [base + first, base + Math.max(first + 1, end > start ? view.map(end - 1) + 1 : first)];
  };
  for (const marker of roleMarkers(view.text)) {
    if (facts >= room) return facts;
    const [start, end] = original(marker.start, marker.end);
    ctx.fact(start, end, { kind: 'hide', how: 'role-marker', text: marker.text });
    facts++;
  }
  const clauses = clausesOf(view, ctx);
  const section = ctx.unit.section ?? [];
  const seen = new Set<string>();
  for (const clause of clauses) {
    if (facts >= room) return facts;
    const [start, end] = original(clause.start, clause.end);
    const objects: { class: Clause['objects'][number]['class']; text: string; at: ReturnType<ReadContext['span']> }[] = [];
    const known = new Set<string>();
    for (const object of clause.objects) {
      const key = `${object.class} ${object.start}`;
      if (known.has(key) || objects.length >= 16) continue;
      known.add(key);
      const [objectStart, objectEnd] = original(object.start, object.end);
      objects.push({
        class: object.class,
        text: squeeze(view.text.slice(object.start, object.end)).slice(0, 200),
        at: ctx.span(objectStart, objectEnd),
      });
    }
    const key = `${clause.verb} ${clause.polarity} ${clause.mention} ${clause.start} ${clause.end} ${clause.tongue} ${objects.map((object) => object.class).join()}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const bounds = clause.condition?.split(' ').map(Number);
    const condition = bounds === undefined ? undefined : squeeze(view.text.slice(bounds[0], bounds[1])).slice(0, 200);
    const draft: Omit<InstructFact, 'id' | 'unit' | 'at'> = {
      kind: 'instruct',
      verb: clause.verb,
      objects,
      ...(clause.destination === undefined ? {} : { destination: clause.destination }),
      actor: clause.actor,
      polarity: clause.polarity,
      modality: clause.modality,
      ...(condition === undefined ? {} : { condition }),
      clause: squeeze(view.text.slice(clause.start, clause.end)),
      block,
      section,
      tongue: clause.tongue,
      ...(clause.mention || clause.polarity === 'dont' ? { stance: 'mention' as const } : {}),
    };
    ctx.fact(start, end, draft);
    facts++;
  }
  return facts;
}

function clausesOf(view: View, ctx: ReadContext): Clause[] {
  const { tokens, quotes } = wordsOf(view.text);
  const out: Clause[] = [];
  const memory: Memory = {
    things: [],
    urgent: undefined,
    artefact: tokens.some((token) => token.thing?.class === 'archive' || token.thing?.class === 'executable'),
  };
  const characters = tokens.filter((token) => token.kind === 'char').length;
  const wide = characters > 1 ? characterTongue(tokens) : undefined;
  for (const [from, to] of sentencesOf(tokens)) {
    ctx.step();
    if (out.length > 2_000) break;
    if (characters < tokens.length) {
      const english = hitsOf(tries.english, tokens, from, to);
      englishClauses(english, tokens, quotes, from, to, memory, out);
      freeClauses(tries.words, tokens, quotes, from, to, english, memory, out);
    }
    if (wide !== undefined) freeClauses(tries.characters, tokens, quotes, from, to, undefined, memory, out, wide);
  }
  return out;
}

function characterTongue(tokens: readonly Token[]): string {
  let kana = 0;
  let hangul = 0;
  let han = 0;
  for (const token of tokens) {
    if (token.kind !== 'char') continue;
    const code = token.text.charCodeAt(0);
    if (code >= 0xac00) hangul++;
    else if (code < 0x3400) kana++;
    else han++;
  }
  return hangul > kana + han ? 'ko' : kana * 10 > han ? 'ja' : 'zh';
}

/** Sentences as token ranges. A full stop ends one; so does a length no sentence has. Quotations stay whole. */
function* sentencesOf(tokens: readonly Token[]): Generator<readonly [number, number]> {
  let from = 0;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    const end = token.kind === 'mark' && ends.has(token.text) && token.quote < 0;
    if (end || i - from >= longestSentence) {
      yield [from, i + 1];
      from = i + 1;
    }
  }
  if (from < tokens.length) yield [from, tokens.length];
}

const prose: Language = { id: 'prose', read };
export default prose;
