/** Places in a list, as opaque text for clients. Not signed: a made-up cursor shows nothing that the caller may not read, since every page is filtered anew. It must only not break anything. */
import { RegistryError } from '../errors.ts';

export type CursorValue = string | number;

const bad = (): RegistryError =>
  new RegistryError('bad-input', 'The cursor is not one that this registry gave out for this list. Start again without a cursor.');

/** @param list which list and order it belongs to */
export const writeCursor = (list: string, values: readonly CursorValue[]): string =>
  Buffer.from(JSON.stringify([list, ...values]), 'utf8').toString('base64url');

/**
 * The values of a cursor; undefined if there is none.
 * @param shape what each value has to be
 * @throws RegistryError bad-input
 */
export function readCursor(text: string | undefined, list: string, shape: readonly ('string' | 'number')[]): CursorValue[] | undefined {
  if (text === undefined || text === '') return undefined;
  if (text.length > 1024 || !/^[A-Za-z0-9_-]+$/.test(text)) throw bad();
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    throw bad();
  }
  if (!Array.isArray(value) || value.length !== shape.length + 1 || value[0] !== list) throw bad();
  const values = value.slice(1) as unknown[];
  if (!values.every((one, at) => typeof one === shape[at] && (typeof one !== 'number' || Number.isSafeInteger(one)))) throw bad();
  return values as CursorValue[];
}
