/**
 * Reads foreign JSON into typed values: each reader gives back exactly what it promises or throws `bad-predicate` naming the place. Unknown fields are ignored, as in-toto's
 * parsing rules ask, so that an older client understands what a newer server signed; missing or wrong ones never are.
 */
import { quote, TrustError } from './errors.ts';

/** Gives a `T` made of `value`, which stands at `at`. */
export type Reader<T> = (value: unknown, at: string) => T;

export const fail = (at: string, wanted: string): never => {
  throw new TrustError('bad-predicate', `${at} should be ${wanted}.`);
};

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A text of at most `max` UTF-16 units. */
export const text =
  (max = 4096): Reader<string> =>
  (value, at) =>
    typeof value === 'string' && value.length <= max ? value : fail(at, `a text of at most ${max} characters`);

/** A text of a form; `wanted` says it in words. The pattern must be linear. */
export const form =
  (pattern: RegExp, wanted: string): Reader<string> =>
  (value, at) =>
    typeof value === 'string' && value.length <= 4096 && pattern.test(value) ? value : fail(at, wanted);

export const hex64 = form(/^[0-9a-f]{64}$/, 'a sha256 in lower-case hex');
/** RFC 3339 in UTC, as `Date.prototype.toISOString` writes it. */
export const time: Reader<string> = (value, at) =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(value) && !Number.isNaN(Date.parse(value))
    ? value
    : fail(at, 'a time such as 2026-11-21T12:00:00.000Z');

export const flag: Reader<boolean> = (value, at) => (typeof value === 'boolean' ? value : fail(at, 'true or false'));

/** An integer of 0 or more. */
export const count: Reader<number> = (value, at) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : fail(at, 'a whole number of 0 or more');

export const oneOf =
  <T extends string>(...allowed: readonly T[]): Reader<T> =>
  (value, at) =>
    allowed.find((one) => one === value) ?? fail(at, `one of ${allowed.map(quote).join(', ')}`);

export const list =
  <T>(item: Reader<T>, max: number): Reader<readonly T[]> =>
  (value, at) =>
    Array.isArray(value) && value.length <= max
      ? value.map((one: unknown, index) => item(one, `${at}[${index}]`))
      : fail(at, `a list of at most ${max} entries`);

export const optional =
  <T>(reader: Reader<T>): Reader<T | undefined> =>
  (value, at) =>
    value === undefined ? undefined : reader(value, at);

type Fields = Readonly<Record<string, Reader<unknown>>>;
type OptionalKeys<F extends Fields> = { [K in keyof F]: undefined extends ReturnType<F[K]> ? K : never }[keyof F];
/** What a record of readers gives: fields that may be undefined are optional. */
export type Shaped<F extends Fields> = { readonly [K in Exclude<keyof F, OptionalKeys<F>>]: ReturnType<F[K]> } & {
  readonly [K in OptionalKeys<F>]?: Exclude<ReturnType<F[K]>, undefined>;
};

export const record =
  <F extends Fields>(fields: F): Reader<Shaped<F>> =>
  (value, at) => {
    if (!isRecord(value)) return fail(at, 'an object');
    const out: Record<string, unknown> = {};
    for (const [name, reader] of Object.entries(fields)) {
      const read = reader(Object.hasOwn(value, name) ? value[name] : undefined, `${at}.${name}`);
      if (read !== undefined) out[name] = read;
    }
    return out as Shaped<F>;
  };
