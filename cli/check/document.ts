/**
 * Reading of the small JSON files at the top of a repository that the check obeys (`skills.approved.json`, `skills.baseline.json`). They come with the repository and may be hostile,
 * or half merged.
 *
 * It promises that one content has one text: keys and rows in code-unit order, two spaces, a final line end (CRLF is accepted, as git may write it). So a diff shows what changed and
 * nothing else, and no text reads in two ways: JSON may say a key twice, and a reviewer would see the first where a program takes the last. Fields we do not know are refused.
 */
import { LineCounter, type Node, parseDocument } from 'yaml';
import { CheckError } from './model.ts';

export interface DocumentKind {
  /** Most bytes of the text. */
  readonly most: number;
  /** What to do about a text that cannot be used, as a sentence. */
  readonly remedy: string;
  /** What to do about one that is only out of order, also after a merge. */
  readonly tidy: string;
}

type Path = readonly (string | number)[];
type Fields = Readonly<Record<string, unknown>>;

/** Looking for the place of a mistake costs a second parser: not for huge files. */
const LOCATE = 1024 * 1024;

/** What a reader of one kind of document gets: shapes, and refusals that name file and line. */
export interface Reader {
  /** @throws CheckError always: `file:line: at is not wanted.` */
  fail(at: Path, wanted: string): never;
  object(found: unknown, at: Path, keys: readonly string[], optional?: readonly string[]): Fields;
  list(found: unknown, at: Path, most: number): readonly unknown[];
  /** Text of at most `most` UTF-16 units that matches `form`. */
  text(found: unknown, at: Path, most: number, form: RegExp, wanted: string): string;
  oneOf<T extends string>(found: unknown, at: Path, allowed: readonly T[]): T;
  /** A whole number from 1. */
  count(found: unknown, at: Path, most: number): number;
  /** A day that exists, such as `2027-01-31`. */
  day(found: unknown, at: Path): string;
}

/** A person's words: no control, bidirectional or invisible characters, something to see. */
export const PLAIN = /^(?=.*\S)[^\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]+$/u;

/** `at` is a day that exists. */
export const isDay = (at: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(at) && !Number.isNaN(Date.parse(at)) && new Date(at).toISOString().slice(0, 10) === at;

const quoted = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
const nameOf = (path: Path): string =>
  path.length === 0
    ? 'the file'
    : path
        .map((part, index) =>
          typeof part === 'number' ? `[${part}]` : /^\w+$/.test(part) ? `${index === 0 ? '' : '.'}${part}` : `[${quoted(part)}]`,
        )
        .join('');

/**
 * Reads a document, and insists on its one text unless `loose`.
 * @param loose order and spacing may differ (a merge resolved by hand); what is ambiguous or unknown is refused all the same
 * @throws CheckError naming file, line where it can be told, what was expected and what to do
 */
export function readDocument<T>(
  text: string,
  file: string,
  kind: DocumentKind,
  read: (value: unknown, reader: Reader) => T,
  write: (content: T) => string,
  loose = false,
): T {
  const refuse = (line: number | undefined, says: string, options?: ErrorOptions, remedy = kind.remedy): never => {
    throw new CheckError(`${file}${line === undefined ? '' : `:${line}`}: ${says} ${remedy}`, options);
  };
  if (Buffer.byteLength(text) > kind.most) refuse(undefined, `the file has ${Buffer.byteLength(text)} bytes; the limit is ${kind.most}.`);
  if (text.startsWith('\ufeff')) refuse(1, 'the file starts with a byte order mark, which is not part of JSON.');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const conflict = lineOfConflict(text);
    if (conflict !== undefined) refuse(conflict, 'there is an unresolved merge conflict.', { cause }, `Resolve it. ${kind.tidy}`);
    refuse(lineOfSyntax(text, cause as Error), 'this is not JSON.', { cause });
  }
  const content = read(
    value,
    readerOf((at, wanted) => refuse(lineOf(text, at), `${nameOf(at)} is not ${wanted}.`)),
  );
  const plain = text.replaceAll('\r\n', '\n');
  const wanted = write(content);
  if (plain === wanted) return content;
  const doubt = doubtIn(text);
  if (doubt?.twice === true) refuse(doubt.line, 'a key is given twice.');
  if (loose && doubt !== undefined)
    refuse(doubt.line, 'the file cannot be put in order: it is too large or too irregular to be sure that it reads in one way only.');
  if (loose) return content;
  return refuse(
    firstDifference(plain, wanted),
    'from here on the file is not in the one form that skill writes: unsorted, repeated, or spaced otherwise.',
    undefined,
    kind.tidy,
  );
}

function readerOf(fail: (at: Path, wanted: string) => never): Reader {
  const reader: Reader = {
    fail,
    object(found, at, keys, optional = []) {
      if (typeof found !== 'object' || found === null || Array.isArray(found)) return fail(at, 'an object');
      const unknown = Object.keys(found).find((key) => !keys.includes(key) && !optional.includes(key));
      if (unknown !== undefined) return fail([...at, unknown], 'a field that this version of skill knows, and so not safe to ignore');
      const missing = keys.find((key) => !Object.hasOwn(found, key));
      if (missing !== undefined) return fail([...at, missing], 'there');
      return found as Fields;
    },
    list: (found, at, most) => (Array.isArray(found) && found.length <= most ? found : fail(at, `a list of at most ${most}`)),
    text: (found, at, most, form, wanted) => (typeof found === 'string' && found.length <= most && form.test(found) ? found : fail(at, wanted)),
    oneOf: (found, at, allowed) =>
      (allowed as readonly unknown[]).includes(found) ? (found as (typeof allowed)[number]) : fail(at, `one of ${allowed.join(', ')}`),
    count: (found, at, most) =>
      Number.isInteger(found) && (found as number) >= 1 && (found as number) <= most
        ? (found as number)
        : fail(at, `a whole number from 1 to ${most}`),
    day: (found, at) => (typeof found === 'string' && isDay(found) ? found : fail(at, 'a day such as 2027-01-31')),
  };
  return reader;
}

const lineAt = (text: string, offset: number): number => {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
};

function lineOfConflict(text: string): number | undefined {
  const at = text.startsWith('<<<<<<< ') ? 0 : text.indexOf('\n<<<<<<< ');
  return at < 0 ? undefined : lineAt(text, at + 1);
}

/** V8 says the offset in Node 20 and the line later. */
function lineOfSyntax(text: string, error: Error): number | undefined {
  const line = /\(line (\d{1,9}) column/.exec(error.message);
  if (line !== null) return Number(line[1]);
  const offset = /at position (\d{1,9})/.exec(error.message);
  return offset === null ? undefined : lineAt(text, Number(offset[1]));
}

/** JSON is YAML: the YAML parser keeps the places that JSON.parse throws away. */
function located(text: string): { document: ReturnType<typeof parseDocument>; counter: LineCounter } | undefined {
  if (text.length > LOCATE) return undefined;
  const counter = new LineCounter();
  try {
    return { document: parseDocument(text, { lineCounter: counter, schema: 'json', uniqueKeys: true }), counter };
  } catch {
    // Nested too deeply for it. The message does without a line.
    return undefined;
  }
}

function lineOf(text: string, path: Path): number | undefined {
  const found = located(text);
  if (found === undefined) return undefined;
  for (let length = path.length; length >= 0; length--) {
    const node = found.document.getIn(path.slice(0, length), true) as Node | undefined;
    if (node?.range) return found.counter.linePos(node.range[0]).line;
  }
  return undefined;
}

/** What keeps a text from being read in one way only, or from being known to; undefined if nothing does. */
function doubtIn(text: string): { readonly line?: number; readonly twice: boolean } | undefined {
  const found = located(text);
  if (found === undefined) return { twice: false };
  const { errors } = found.document;
  const twice = errors.find(({ code }) => code === 'DUPLICATE_KEY');
  const error = twice ?? errors[0];
  return error === undefined ? undefined : { line: found.counter.linePos(error.pos[0]).line, twice: twice !== undefined };
}

function firstDifference(text: string, wanted: string): number {
  const [ours, theirs] = [wanted.split('\n'), text.split('\n')];
  const index = theirs.findIndex((line, at) => line !== ours[at]);
  return (index < 0 ? theirs.length - 1 : index) + 1;
}

/** Code-unit order of two texts. */
export const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
