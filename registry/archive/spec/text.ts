/** A text file under check: offsets of its text to bytes and lines, and problems made from them. */
import type { Edit, SpecCode, SpecFix, SpecProblem } from './contract.ts';

export interface Checked {
  readonly path: string;
  /** Decoded, byte-order mark and line ends included. */
  readonly text: string;
  readonly problems: SpecProblem[];
}

/** The line, from 1, on which an offset lies. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

/** An edit by offsets of the text. */
export function edit(text: string, start: number, end: number, by: string): Edit {
  const from = Buffer.byteLength(text.slice(0, start));
  return { start: from, end: from + Buffer.byteLength(text.slice(start, end)), text: by };
}

export interface Words {
  readonly code: SpecCode;
  readonly severity: SpecProblem['severity'];
  readonly says: string;
  readonly expected: string;
  readonly todo: string;
}

/** Notes a problem at an offset, with a fix if there is one. */
export function note(file: Checked, offset: number, words: Words, fix?: { readonly says: string; readonly edits: readonly Edit[] }): void {
  const whole: SpecFix | undefined = fix === undefined ? undefined : { kind: 'edit', path: file.path, ...fix };
  file.problems.push({ ...words, path: file.path, line: lineAt(file.text, offset), ...(whole === undefined ? {} : { fix: whole }) });
}

/** Untrusted text for a message, short. */
export { quote } from '../../../scanner/load/errors.ts';

/** The words of a name that the specification takes: ASCII lower-case letters, digits, single hyphens inside; 1 to 64. */
export const isName = (text: string): boolean => text.length <= 64 && /^[a-z0-9-]{1,64}$/.test(text) && !/^-|-$|--/.test(text);

/** The nearest valid name, or undefined if too little is left of it. */
export function nameFrom(text: string): string | undefined {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .slice(0, 256)
    .split('')
    .map((char) => (/[a-z0-9]/.test(char) ? char : '-'))
    .join('');
  const name = plain
    .split('-')
    .filter((part) => part !== '')
    .join('-')
    .slice(0, 64);
  const trimmed = name.endsWith('-') ? name.slice(0, -1) : name;
  return isName(trimmed) ? trimmed : undefined;
}
