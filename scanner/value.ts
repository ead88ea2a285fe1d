/** Values: what is known about a string at analysis time. Pure helpers, no state. */
import type { Hole, Value } from './model.ts';

export const unknown: Value = { kind: 'unknown' };

export const known = (text: string): Value => ({ kind: 'known', text });

/** A template from parts; becomes `known` when no hole is left and `unknown` when no text is. */
export function template(parts: readonly (string | Hole)[]): Value {
  const merged: (string | Hole)[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if (typeof part === 'string' && typeof last === 'string') merged[merged.length - 1] = last + part;
    else if (part !== '') merged.push(part);
  }
  if (merged.every((part) => typeof part === 'string')) return known(merged.join(''));
  if (merged.length === 1 && typeof merged[0] === 'object' && merged[0].env === undefined && merged[0].name === undefined) return unknown;
  return { kind: 'template', parts: merged };
}

/** The parts of any value, so that values concatenate. */
export function partsOf(value: Value): readonly (string | Hole)[] {
  if (value.kind === 'known') return [value.text];
  return value.kind === 'template' ? value.parts : [{}];
}

export const concat = (...values: readonly Value[]): Value => template(values.flatMap(partsOf));

/** The text if it is fully known. */
export const textOf = (value: Value | undefined): string | undefined => (value?.kind === 'known' ? value.text : undefined);

/** The literal text before the first hole ('' if unknown). */
export function prefixOf(value: Value): string {
  const first = partsOf(value)[0];
  return typeof first === 'string' ? first : '';
}

/**
 * For people and for matching: holes are shown as `${NAME}` or `${…}`. Environment holes print their name, so `$HOME/.ssh` reads `${HOME}/.ssh`.
 */
export function show(value: Value): string {
  return partsOf(value)
    .map((part) => (typeof part === 'string' ? part : `\${${part.env ?? part.name ?? '…'}}`))
    .join('');
}

/** Names of environment variables that fill the holes of a value. */
export const envNames = (value: Value): string[] => partsOf(value).flatMap((part) => (typeof part === 'object' && part.env ? [part.env] : []));
