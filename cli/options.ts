/**
 * Options that several verbs have, read alike: what is written where, the policy, the date, the token. Mistakes are found before the work begins, each with a message that says what was expected.
 */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { OutputPlan } from './shape.ts';
import { print } from './tty.ts';

/** A mistake of the caller: exit code 2, message only. */
export class UsageError extends Error {}

const EXTENSIONS: Readonly<Record<string, string>> = {
  json: 'json',
  sarif: 'sarif',
  md: 'markdown',
  html: 'html',
  htm: 'html',
  txt: 'terminal',
};

/** A format, and the file it goes to; standard output without one. */
export interface Output<Format extends string> {
  readonly format: Format;
  readonly file?: string;
}

/** What `-f` and `-o` ask for. @throws UsageError for a format that is none of `formats`, a file that cannot be written, two formats on standard output */
export function outputsOf<Format extends string>(plan: readonly OutputPlan[], formats: readonly [Format, ...Format[]]): Output<Format>[] {
  if (plan.length === 0) return [{ format: formats[0] }];
  const outputs = plan.map(({ format, file }): Output<Format> => {
    const extension = file === undefined ? '' : (/\.([a-z]{2,5})$/i.exec(file)?.[1] ?? '').toLowerCase();
    const chosen = format ?? EXTENSIONS[extension];
    if (chosen === undefined) throw new UsageError(`--output ${file}: which format? Put --format before it, or write json=${file}`);
    if (!(formats as readonly string[]).includes(chosen))
      throw new UsageError(`--format ${chosen}: expected ${formats.slice(0, -1).join(', ')} or ${formats.at(-1)}${meant(chosen, formats)}`);
    // Found out before the work, not after it.
    if (file !== undefined && file !== '-' && !isFolder(dirname(resolve(file))))
      throw new UsageError(`cannot write ${file}: the folder ${dirname(file)} does not exist; make it first`);
    if (file !== undefined && isFolder(file)) throw new UsageError(`cannot write ${file}: it is a folder; give the name of a file`);
    return { format: chosen as Format, ...(file === undefined || file === '-' ? {} : { file }) };
  });
  const open = outputs.filter((output) => output.file === undefined);
  if (open.length > 1)
    throw new UsageError(`${open.map((output) => output.format).join(' and ')} both go to standard output; give all but one a file with --output`);
  return outputs;
}

/** Writes a result to where it belongs. @throws UsageError if the file cannot be written */
export async function deliver(output: Output<string>, text: string): Promise<void> {
  if (output.file === undefined) {
    await print(text);
    return;
  }
  try {
    writeFileSync(output.file, text);
  } catch (error) {
    throw new UsageError(
      `cannot write ${output.file}: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}; give a path in a folder that exists and that you may write to`,
    );
  }
}

/** A preset by its name, else a file. The name wins: a skill that ships a file called `balanced` must not bring its own policy (`./balanced` names the file). */
export function policyOf(given: string, presets: readonly string[]): string | { readonly file: string; readonly text: string } {
  if (presets.includes(given)) return given;
  if (existsSync(given) && !isFolder(given)) return { file: given, text: textOf(given, '--policy') };
  throw new UsageError(`--policy ${given}: no such file, and the presets are ${presets.join(', ')}${meant(given, presets)}`);
}

/** A word that begins alike or differs in few letters, as a question. */
export function meant(given: string, known: readonly string[]): string {
  const near = known.find(
    (word) =>
      word.startsWith(given.slice(0, 2).toLowerCase()) || (given.length > 2 && [...word].filter((letter) => !given.includes(letter)).length <= 1),
  );
  return near === undefined ? '' : `. Did you mean ${near}?`;
}

/** The date that `--as-of` gives (`2027-01-31`), today without it. */
export function dateOf(given: string | undefined): string {
  if (given === undefined) return new Date().toISOString().slice(0, 10);
  const parsed = /^\d{4}-\d{2}-\d{2}$/.test(given) ? Date.parse(given) : Number.NaN;
  if (Number.isNaN(parsed) || new Date(parsed).toISOString().slice(0, 10) !== given)
    throw new UsageError(`--as-of ${given}: expected a date such as 2027-01-31`);
  return given;
}

/** The number of threads that `--jobs` gives. */
export function jobsOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const number = Number(given);
  if (!Number.isInteger(number) || number < 1 || number > 64) throw new UsageError(`--jobs ${given}: expected a whole number from 1 to 64`);
  return number;
}

/** Text of a file that an option names. */
export function textOf(path: string, option: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${option} ${path}: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`);
  }
}

export const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

/** What a registry of one's own asks for. Only names are asked for there, so nothing else needs to know of tokens. */
export async function tokenOf(registry: string | undefined, targets: readonly string[]): Promise<string | undefined> {
  const given = process.env['SKILL_TOKEN'];
  if ((given !== undefined && given !== '') || registry === undefined || !targets.some((target) => /^\s*(?:@|clawhub:)/i.test(target))) return given;
  try {
    return await (await import('./registry.ts')).tokenFor(registry);
  } catch (error) {
    // Of another bundle, so by its name.
    if ((error as Error).name !== 'ClientError') throw error;
    throw new UsageError((error as Error).message);
  }
}
