/**
 * Code frames for the terminal: numbered lines of the skill with an underline for every step of a trace. Steps whose lines touch share one frame.
 *
 * It promises one output line per source line: nothing in the source can add, remove or overwrite a line of ours; long lines are windowed around what matters.
 */

import type { ReportStep } from '../model.ts';
import { cut, type Glyph, glyphs, visible, widthOf } from './escape.ts';

/** How frames are coloured; plain functions so that the writer decides. */
export interface Paint {
  dim(text: string): string;
  accent(text: string): string;
  mark(text: string): string;
  minor(text: string): string;
  bold(text: string): string;
}

interface Labelled {
  readonly step: ReportStep;
  readonly number: number;
  readonly last: boolean;
}

interface Group {
  readonly path: string;
  readonly steps: Labelled[];
  readonly lines: Map<number, string>;
}

const TOUCH = 1;

/** Puts consecutive steps whose lines touch into one group. */
function group(steps: readonly ReportStep[], skipped: (index: number) => boolean): (Group | 'gap')[] {
  const groups: (Group | 'gap')[] = [];
  steps.forEach((step, index) => {
    if (skipped(index)) {
      if (groups.at(-1) !== 'gap') groups.push('gap');
      return;
    }
    const labelled = { step, number: index + 1, last: index === steps.length - 1 };
    const before = groups.at(-1);
    if (before !== undefined && before !== 'gap' && before.path === step.path && touches(before.lines, step)) {
      before.steps.push(labelled);
      step.lines.forEach((line, at) => {
        before.lines.set(step.firstLine + at, line);
      });
      return;
    }
    groups.push({ path: step.path, steps: [labelled], lines: new Map(step.lines.map((line, at) => [step.firstLine + at, line])) });
  });
  return groups;
}

const touches = (lines: ReadonlyMap<number, string>, step: ReportStep): boolean => {
  for (const line of lines.keys()) if (line >= step.firstLine - TOUCH && line <= step.firstLine + step.lines.length - 1 + TOUCH) return true;
  return false;
};

/** The part of a line that fits, and where it starts: around the first mark if that would lie outside. */
function windowOf(
  all: readonly Glyph[],
  from: number,
  width: number,
): { readonly shown: readonly Glyph[]; readonly before: boolean; readonly after: boolean } {
  let total = 0;
  for (const glyph of all) total += glyph.width;
  if (total <= width) return { shown: all, before: false, after: false };
  let start = 0;
  let column = 0;
  for (const glyph of all) {
    if (glyph.at >= from) break;
    column += glyph.width;
  }
  if (column > width * 0.6) {
    let drop = column - Math.floor(width * 0.3);
    while (drop > 0 && start < all.length) drop -= all[start++]!.width;
  }
  const shown: Glyph[] = [];
  let used = start > 0 ? 1 : 0;
  for (const glyph of all.slice(start)) {
    if (used + glyph.width > width - 1) return { shown, before: start > 0, after: true };
    used += glyph.width;
    shown.push(glyph);
  }
  return { shown, before: start > 0, after: false };
}

/** Columns a mark starts at and covers in the shown part of a line. */
function spanOf(shown: readonly Glyph[], before: boolean, from: number, to: number): { readonly indent: number; readonly length: number } {
  let indent = before ? 1 : 0;
  let length = 0;
  for (const glyph of shown) {
    if (glyph.at < from) indent += glyph.width;
    else if (glyph.at < to) length += glyph.width;
  }
  return { indent, length: Math.max(1, length) };
}

/** Names of the lines that the steps mark, to know whether a frame has shown them. Long lines are windowed: there the column counts as well. */
export const marked = (steps: readonly ReportStep[]): string[] =>
  steps.flatMap((step) => {
    if (step.lines.length === 0) return [`${step.path}`];
    const out: string[] = [];
    for (let line = step.line; line <= step.endLine && line < step.firstLine + step.lines.length; line++) {
      out.push((step.lines[line - step.firstLine] ?? '').length > 70 ? `${step.path}:${line}:${step.column}` : `${step.path}:${line}`);
    }
    return out;
  });

/** Draws the steps. @param width columns for the whole frame */
export function frames(steps: readonly ReportStep[], width: number, paint: Paint, all: boolean): string[] {
  const many = steps.length > 1;
  const skipped = (index: number): boolean => !all && steps.length > 8 && index >= 4 && index < steps.length - 4;
  const numbers = steps.flatMap((step) => [step.firstLine + Math.max(0, step.lines.length - 1), step.line]);
  const gutter = Math.max(2, String(Math.max(...numbers)).length);
  const blank = ' '.repeat(gutter);
  const bar = paint.accent('│');
  const room = Math.max(30, width - gutter - 3);
  const out: string[] = [];
  group(steps, skipped).forEach((part, index) => {
    if (part === 'gap') {
      out.push(`${blank} ${paint.accent('┆')} ${paint.dim(`${steps.length - 8} more steps; --verbose shows them`)}`);
      return;
    }
    const lead = part.steps.at(-1)!;
    const where = `${cut(part.path, room - 12)}${lead.step.lines.length > 0 ? `:${lead.step.line}:${lead.step.column}` : ''}`;
    out.push(`${blank} ${paint.accent(index === 0 ? '┌─' : '├▸')} ${where}`);
    if (part.lines.size === 0) {
      for (const { step, number } of part.steps) out.push(`${blank} ${bar} ${label(many, number, step.says, room, 0, paint.dim)}`);
      return;
    }
    out.push(`${blank} ${bar}`);
    let previous: number | undefined;
    for (const number of [...part.lines.keys()].sort((a, b) => a - b)) {
      const marks = part.steps.filter(({ step }) => number >= step.line && number <= step.endLine);
      if (marks.length === 0 && part.lines.get(number)!.trim() === '') continue;
      if (previous !== undefined && number > previous + 1 && missing(part.lines, previous, number)) out.push(`${blank} ${paint.accent('┆')}`);
      previous = number;
      const drawn = glyphs(part.lines.get(number)!.replace(/\r$/, ''));
      const from = Math.min(
        ...marks.map(({ step }) => (number === step.line ? step.column - 1 : 0)),
        drawn.length === 0 ? 0 : Number.MAX_SAFE_INTEGER,
      );
      const { shown, before, after } = windowOf(drawn, from === Number.MAX_SAFE_INTEGER ? 0 : from, room);
      const text = `${before ? paint.dim('…') : ''}${shown.map((glyph) => (glyph.escaped ? paint.mark(glyph.text) : glyph.text)).join('')}${after ? paint.dim('…') : ''}`;
      out.push(`${paint.accent(String(number).padStart(gutter))} ${bar} ${text}`.trimEnd());
      for (const { step, number: order, last } of marks) {
        // An underline for the first line of a mark, and for its last; those between speak for themselves.
        if (number !== step.line && number !== step.endLine) continue;
        const start = number === step.line ? step.column - 1 : indentOf(part.lines.get(number)!);
        const end = number === step.endLine ? step.endColumn - 1 : Number.MAX_SAFE_INTEGER;
        if (start >= end && number !== step.line) continue;
        const { indent, length } = spanOf(shown, before, start, end);
        if (after && start > shown.at(-1)!.at) {
          // Cut off on the right: no underline can show it, so words do.
          const place = `column ${start + 1}`;
          out.push(
            `${blank} ${bar} ${label(many, order, step.says === '' ? place : `${step.says} (${place})`, room, 0, last ? paint.mark : paint.minor)}`,
          );
          continue;
        }
        const line = last ? paint.mark('^'.repeat(length)) : paint.minor('-'.repeat(length));
        const says =
          number === step.endLine && (many || step.says !== '')
            ? label(many, order, step.says, room, indent + length + 1, last ? paint.mark : paint.minor)
            : '';
        if (says !== '' && widthOf(visible(step.says)) + 2 > room - indent - length - 1) {
          out.push(`${blank} ${bar} ${' '.repeat(indent)}${line}`);
          out.push(`${blank} ${bar} ${label(many, order, step.says, room, 0, last ? paint.mark : paint.minor)}`);
        } else out.push(`${blank} ${bar} ${' '.repeat(indent)}${line}${says === '' ? '' : ` ${says}`}`);
      }
    }
  });
  return out;
}

const indentOf = (line: string): number => line.length - line.trimStart().length;

function missing(lines: ReadonlyMap<number, string>, after: number, before: number): boolean {
  for (let line = after + 1; line < before; line++) if (!lines.has(line)) return true;
  return false;
}

const label = (many: boolean, order: number, says: string, room: number, used: number, colour: (text: string) => string): string =>
  colour(many ? `${order} ${cut(says, Math.max(24, room - used) - 3)}` : cut(says, Math.max(24, room - used)));
