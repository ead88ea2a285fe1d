/** What the registry's verbs share: options, how a failure ends, asking, tables, JSON. */
import { createInterface } from 'node:readline/promises';
import { styleText } from 'node:util';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { FirstContact, Session } from '../../registry/client/session.ts';
import { cut, visible, visibleLines, widthOf } from '../../scanner/report/escape.ts';
import { columns, print, wantsColor } from '../tty.ts';

export type Run = (code: Promise<number>) => void;

export interface CommonFlags {
  readonly registry?: string;
  readonly tokenFile?: string;
  readonly keyFingerprint?: string[];
  readonly json?: boolean;
  readonly color?: boolean;
  readonly yes?: boolean;
}

export const EXITS = `
Exit codes:
  0  done
  1  refused: by the registry, or because something here stands in the way
  2  usage, network, or an answer that cannot be used
  3  a person has to look: held for review, or more abilities than before
  4  verification failed: bytes, signatures, keys or lock do not agree
  5  internal error: a fault of skillward`;

export const many = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

/** Options of every verb that talks to a registry. */
export const withRegistry = (command: Command): Command =>
  command
    .option('--registry <url>', 'address of the registry (else SKILL_REGISTRY, else the one of the last login)')
    .option('--token-file <file>', 'file with the token (else SKILL_TOKEN, SKILL_TOKEN_FILE, else the one of the login)');

/** Options of every verb that prints something to read. */
export const withOutput = (command: Command): Command =>
  command.option('--json', 'print JSON (schema skillward.*.v1)').option('--no-color', 'no colours (so does NO_COLOR)');

export const withKeys = (command: Command): Command =>
  command.addOption(
    new Option('--key-fingerprint <sha256>', 'release key that the registry has to have; may be repeated (else SKILL_KEY_FINGERPRINT)').argParser(
      many,
    ),
  );

/** `90d`, `12h`, `2026-12-31`: a time from now, in milliseconds since 1970. */
export function whenOf(text: string): number {
  const match = /^(\d{1,5})([mhdwy])$/.exec(text);
  const unit: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_536_000_000 };
  if (match !== null) return Date.now() + Number(match[1]) * unit[match[2]!]!;
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw new InvalidArgumentError('Expected a span such as 90d or 12h, or a date such as 2027-01-31.');
  return at;
}

/** Several lines on standard error. Text from outside is made visible. */
export const tell = (text: string): void => void process.stderr.write(`${visibleLines(text)}\n`);

/** Runs a verb; a failure of a known kind becomes its sentence and its exit code. */
export async function guarded(flags: { readonly json?: boolean }, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    const known = await knownFailure(error);
    if (known === undefined) throw error;
    if (flags.json === true) await printJson({ schema: 'skillward.error.v1', code: known.code, message: known.message });
    else tell(`skill: ${known.message}`);
    return known.exit;
  }
}

async function knownFailure(error: unknown): Promise<{ code: string; message: string; exit: number } | undefined> {
  const [{ ClientError }, { TrustError }, { ArchiveError }, { RegistryError }] = await Promise.all([
    import('../../registry/client/errors.ts'),
    import('../../registry/trust/errors.ts'),
    import('../../registry/archive/errors.ts'),
    import('../../registry/errors.ts'),
  ]);
  if (error instanceof ClientError) return { code: error.code, message: error.message, exit: error.exit };
  if (error instanceof TrustError) return { code: error.code, message: error.message, exit: 4 };
  if (error instanceof ArchiveError) return { code: error.code, message: error.message, exit: error.code === 'unreadable' ? 2 : 1 };
  if (error instanceof RegistryError) return { code: error.code, message: error.message, exit: 2 };
  return undefined;
}

/** JSON that a terminal shows as it is: what it could take for a command or a change of direction is written as an escape, which means the same to a program. */
export const printJson = (value: unknown): Promise<void> =>
  print(
    `${JSON.stringify(value, null, 2).replace(/[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`,
  );

/** Several lines on standard error that were made visible already, and may be coloured. */
export const show = (text: string): void => void process.stderr.write(`${text}\n`);

export const canAsk = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;

/** Asks on the terminal; only y or yes is yes. Undefined where nobody can answer. */
export async function askYes(question: string): Promise<boolean | undefined> {
  if (!canAsk()) return undefined;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(?:es)?$/i.test((await terminal.question(`${visible(question)} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

/** Shows release keys at first contact and asks whether they are the right ones. */
export const askKeys =
  (flags: { readonly yes?: boolean }) =>
  async ({ base, registry, keys }: FirstContact): Promise<boolean> => {
    const { fingerprintText } = await import('../../registry/client/keys.ts');
    tell(
      [
        `First contact with ${base} (${registry.name}, id ${registry.id}). It signs what it releases with:`,
        ...keys.map((key) => `  ${fingerprintText(key.keyid)}`),
        'Compare this with what the operator told you. From now on only these keys are believed.',
      ].join('\n'),
    );
    if (flags.yes === true) return true;
    return (await askYes('Trust these keys?')) ?? false;
  };

export async function session(flags: CommonFlags, lockUrl?: string): Promise<Session> {
  const { openSession } = await import('../../registry/client/session.ts');
  return openSession({
    ...(flags.registry === undefined ? {} : { registry: flags.registry }),
    ...(flags.tokenFile === undefined ? {} : { tokenFile: flags.tokenFile }),
    ...(flags.keyFingerprint === undefined ? {} : { keyFingerprint: flags.keyFingerprint }),
    ...(lockUrl === undefined ? {} : { lockUrl }),
  });
}

export type Style = Parameters<typeof styleText>[0];
export type Paint = (style: Style, text: string) => string;
export const painter = (flags: { readonly color?: boolean }, stream: { readonly isTTY?: boolean } = process.stdout): Paint => {
  const on = wantsColor(flags.color, stream);
  return (style, text) => (on ? styleText(style, text, { validateStream: false }) : text);
};

/** Rows in columns; the last column takes what is left of the line. Cells are made visible. */
export function table(rows: readonly (readonly string[])[], paint: Paint, head?: readonly string[]): string {
  const all = (head === undefined ? rows : [head, ...rows]).map((row) => row.map(visible));
  const last = Math.max(0, ...all.map((row) => row.length)) - 1;
  const widths = Array.from({ length: last }, (_, column) => Math.min(80, Math.max(0, ...all.map((row) => widthOf(row[column] ?? '')))));
  const used = widths.reduce((sum, width) => sum + width + 2, 0);
  const room = process.stdout.isTTY === true ? Math.max(20, columns() - used) : Number.POSITIVE_INFINITY;
  return all
    .map((row, index) => {
      const line = row
        .map((cell, column) => {
          if (column === last) return room === Number.POSITIVE_INFINITY ? cell : cut(cell, room);
          const shown = cut(cell, widths[column]!);
          return shown + ' '.repeat(Math.max(0, widths[column]! - widthOf(shown)) + 2);
        })
        .join('')
        .trimEnd();
      return `${head !== undefined && index === 0 ? paint('dim', line) : line}\n`;
    })
    .join('');
}

/** `2026-11-21 14:03`, in UTC: the same everywhere. */
export const timeText = (at: number | null | undefined): string =>
  at === null || at === undefined ? '-' : new Date(at).toISOString().slice(0, 16).replace('T', ' ');
export const dayText = (at: number | null | undefined): string => timeText(at).slice(0, 10);

/** Exit codes and examples at the end of a help text. An example stands without the leading `skill`. */
const afterHelp = (examples: readonly string[]): string =>
  `${EXITS}${examples.length === 0 ? '' : `\n\nExamples:\n${examples.map((line) => `  skill ${line}`).join('\n')}`}`;

/** A command of commands: its help has all of the examples, and that of each of its verbs has those that are its own. Without a verb it is a mistake, and shows its help. */
export function group(command: Command, examples: readonly string[]): Command {
  for (const verb of command.commands) verb.addHelpText('after', afterHelp(examples.filter((line) => line.split(/\s+/).includes(verb.name()))));
  return command.addHelpText('after', afterHelp(examples));
}
