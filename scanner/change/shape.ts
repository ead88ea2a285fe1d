/**
 * Shapes: the text of a finding as tokens, so that two findings that differ only in layout, comments, quotes or the names of variables are seen to be one. Cautious: what it is unsure of makes two shapes differ, and a finding that
 * appears without need is the lesser harm.
 */
import { createHash } from 'node:crypto';
import type { ReportFinding } from '../model.ts';
import { type Token, tokensOf } from '../tokens.ts';

export type Names = ReadonlySet<string>;

const BETWEEN = '\u0001';
/** Of one piece; what is longer is compared byte for byte from there on. */
const LONGEST_TEXT = 20_000;
/** Of a whole shape in a cache; what is longer ends in a digest of the rest. */
const LONGEST_SHAPE = 4_000;

const sha = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);
const collapse = (text: string): string => text.replace(/\s+/g, ' ').trim();

/**
 * @param pieces the texts that a finding points at, in its order
 * @param evidence the finding's own; part of the shape where a rule chose it instead of the text
 */
export function shapeOf(pieces: readonly { readonly text: string; readonly language: string }[], evidence: string): string {
  const tokens: Token[] = [];
  for (const { text: raw, language } of pieces) {
    const text = raw.replaceAll('\r\n', '\n');
    if (tokens.length > 0) tokens.push('p…');
    tokens.push(...tokensOf(text.slice(0, LONGEST_TEXT), language));
    if (text.length > LONGEST_TEXT) tokens.push(`w#${sha(text.slice(LONGEST_TEXT))}`);
  }
  const plain = collapse(pieces.map(({ text }) => text).join(' … ')).slice(0, 300);
  if (plain !== evidence) tokens.push(`w=${evidence}`);
  const shape = tokens.map((token) => token.replaceAll(BETWEEN, ' ')).join(BETWEEN);
  return shape.length <= LONGEST_SHAPE ? shape : `${shape.slice(0, LONGEST_SHAPE)}${BETWEEN}w#${sha(shape.slice(LONGEST_SHAPE))}`;
}

/** Changes the text of every token that is no variable. */
export const onTokens = (shape: string, change: (text: string) => string): string =>
  shape
    .split(BETWEEN)
    .map((token) => (token.startsWith('v') ? token : token.slice(0, 1) + change(token.slice(1))))
    .join(BETWEEN);

/**
 * True if the two say the same but for variables that were renamed throughout: one name for one name, both ways.
 * @param fixed names that are no variables
 */
export function sameShape(was: string, now: string, fixed: Names): boolean {
  if (was === now) return true;
  const old = was.split(BETWEEN);
  const fresh = now.split(BETWEEN);
  if (old.length !== fresh.length) return false;
  const there = new Map<string, string>();
  const back = new Map<string, string>();
  return old.every((token, index) => {
    const other = fresh[index]!;
    if (!token.startsWith('v') || !other.startsWith('v')) return token === other;
    if (token !== other && (fixed.has(token.slice(1)) || fixed.has(other.slice(1)))) return false;
    if ((there.get(token) ?? other) !== other || (back.get(other) ?? token) !== token) return false;
    there.set(token, other);
    back.set(other, token);
    return true;
  });
}

/** Where a finding says that something goes: every host and address that its sentence, evidence and steps name, and no file of the skill's own. */
export function aims(finding: ReportFinding, own: Names): string {
  const text = [finding.says, finding.evidence, ...finding.steps.map((step) => step.says)].join('\n');
  const found = text.toLowerCase().match(/[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}/g) ?? [];
  return [...new Set(found)]
    .filter((name) => !own.has(name))
    .sort()
    .join(' ');
}

/** What it says in full, but for the names of variables, layout and quotes: sentence, then steps in any order. */
export function told(finding: ReportFinding, fixed: Names): string {
  const plain = (says: string): string =>
    collapse(says.replace(/\$\{([\w$…]{1,200})\}/g, (whole: string, name: string) => (fixed.has(name) ? whole : '${…}')).replace(/["'`]/g, "'"));
  return [plain(finding.says), ...finding.steps.map((step) => plain(step.says)).sort()].join('\n');
}
