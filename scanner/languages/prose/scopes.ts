/**
 * Use versus mention inside a sentence: what stands in quotation marks, what is reported as somebody's words, what only applies under a condition. Structure only: a word
 * such as "attack" on the line excuses nothing, the verb must stand inside the quotation or be governed by the report.
 */
import { breaks, type MarkHit } from './clause.ts';
import type { Quote, Token } from './words.ts';

export interface Scopes {
  /** Token stands in the words of somebody else. */
  mention(at: number): boolean;
  /** Token stands in a subordinate clause of condition. */
  conditional(at: number): boolean;
  readonly condition: { readonly from: number; readonly to: number } | undefined;
}

/** Verbs that make a quotation a command: "reply with", "run", "type". */
const orders: ReadonlySet<string> = new Set(
  'say reply respond answer run execute follow obey paste type enter write output print return send append add insert speak with exactly do perform repeat echo as put include state claim treat set use include post message command instruction'.split(
    ' ',
  ),
);
const reports: ReadonlySet<string> = new Set(['say', 'state', 'claim', 'include', 'read', 'message', 'command', 'instruction']);
const governs: ReadonlySet<string> = new Set(
  'to then and must should always just please you only simply will shall never not or also now first finally the this following'.split(' '),
);
/** People and roles whose asking is an order to the reader, not a report about a stranger. */
const trusted: ReadonlySet<string> = new Set(
  'user owner operator administrator admin developer anthropic openai company employer team system policy manager we security'.split(' '),
);
const asked = /^(?:ask|tell|instruct|order|want|command|urge|told)/;

/** True if the quotation is what somebody is told to say or do. */
function isOrdered(tokens: readonly Token[], quote: Quote, from: number): boolean {
  let negated = false;
  let ordered = false;
  for (let i = quote.open - 1; i >= from && i >= quote.open - 4; i--) {
    const token = tokens[i]!;
    if (breaks.has(token.text) || token.text === ',') break;
    // "the page says …" and "instructions say …" report; "say …" and "you must say …" order.
    if (orders.has(token.text) && !(reports.has(token.text) && i > from && tokens[i - 1]!.kind === 'word' && !governs.has(tokens[i - 1]!.text)))
      ordered = true;
    if (token.text === 'never' || token.text === 'not' || token.text === "don't" || token.text === 'like') negated = true;
    // "Example output contains …": an order word further back governs another verb.
    if (/(?:ains|udes|olds|eads|ooks|ists|ays)$/.test(token.text) && token.text.length > 4) break;
    if (token.text === 'to' || token.text === 'that' || token.text === 'says') continue;
  }
  return ordered && !negated;
}

/** Where the subordinate clause that begins at `from` ends: at its comma, but not at the commas of a list inside it. */
function endOfCondition(tokens: readonly Token[], from: number, to: number): number {
  const commas: number[] = [];
  for (let i = from; i < to; i++) {
    const { text } = tokens[i]!;
    if (breaks.has(text) || text === ':' || (text === 'then' && i > from + 2) || text === ')') {
      if (commas.length === 0) return i;
      commas.push(i);
      break;
    }
    if (text === ',') commas.push(i);
    if (commas.length > 12) break;
  }
  if (commas.length === 0) return to;
  for (let c = 0; c < commas.length - 1; c++) {
    const after = tokens[commas[c]! + 1]?.text;
    const later = tokens[commas[c + 1]! + 1]?.text;
    const list =
      after === 'or' || after === 'and' || ((later === 'or' || (later === 'and' && commas.length > c + 2)) && tokens[commas[c + 1]!]?.text === ',');
    if (!list) return commas[c]!;
  }
  const last = commas.at(-1)!;
  return commas.length === 1 ? last : tokens[commas[commas.length - 2]! + 1]?.text === 'or' ? last : commas[0]!;
}

export function scopesOf(tokens: readonly Token[], quotes: readonly Quote[], marks: readonly MarkHit[], from: number, to: number): Scopes {
  const mention = new Uint8Array(to - from);
  const conditional = new Uint8Array(to - from);
  const quoteMention = new Map<number, boolean>();
  for (let i = from; i < to; i++) {
    const index = tokens[i]!.quote;
    if (index < 0) continue;
    let is = quoteMention.get(index);
    if (is === undefined) {
      const quote = quotes[index]!;
      is = quote.words > 1 && !isOrdered(tokens, quote, from);
      quoteMention.set(index, is);
    }
    if (is) mention[i - from] = 1;
  }
  let condition: Scopes['condition'];
  for (const mark of marks) {
    if (mark.mark === 'if') {
      if (conditional[mark.from - from] === 1) continue;
      const end = endOfCondition(tokens, mark.to, to);
      for (let i = mark.from; i < end; i++) conditional[i - from] = 1;
      if (condition === undefined && !['because', 'since', 'so'].includes(tokens[mark.from]!.text)) condition = { from: mark.from, to: end };
    } else if (mark.mark === 'report') {
      if (asked.test(tokens[mark.from]!.text) && [1, 2, 3].some((back) => mark.from - back >= from && trusted.has(tokens[mark.from - back]!.text)))
        continue;
      // A report governs what follows it without a break; one colon right after it belongs to it.
      let i = mark.to;
      if (tokens[i]?.text === ':' || tokens[i]?.text === ',') i++;
      let list = false;
      for (; i < to; i++) {
        const { text } = tokens[i]!;
        if (breaks.has(text) || text === ':' || text === ')') break;
        if (text === ',') {
          const next = tokens[i + 1]?.text;
          const isList = next === 'or' || next === 'and' || next === 'nor';
          if (!isList && !listAhead(tokens, i + 1, to)) break;
          list = true;
          if (isList && next !== 'or' && !list) break;
        }
        mention[i - from] = 1;
      }
    }
  }
  return {
    mention: (at) => mention[at - from] === 1,
    conditional: (at) => conditional[at - from] === 1,
    condition,
  };
}

/** A further comma followed by "or": the comma before it separates the items of a list. */
function listAhead(tokens: readonly Token[], from: number, to: number): boolean {
  for (let i = from; i < to && i < from + 24; i++) {
    const { text } = tokens[i]!;
    if (breaks.has(text) || text === ':') return false;
    if (text === ',' && tokens[i + 1]?.text === 'or') return true;
  }
  return false;
}
