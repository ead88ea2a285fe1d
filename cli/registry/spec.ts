/** `skill spec`: a folder against the Agent Skills specification, with everything else that stands in the way of packing it. `skill pack` asks the same questions first. */
import { chmod, lstat, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Command, Option } from 'commander';
import type { FileProblem, PackFile, SpecProblem } from '../../registry/archive/index.ts';
import { visible as shown, wrap as wrapped } from '../../scanner/report/escape.ts';
import { columns, print } from '../tty.ts';
import { guarded, type Paint, painter, printJson, type Run } from './common.ts';

interface SpecFlags {
  readonly fix?: boolean;
  readonly format: 'terminal' | 'json';
  readonly color?: boolean;
}

/** A folder as it would be packed, and all that is wrong with it. */
export interface Examined {
  /** Name of the folder. */
  readonly name: string;
  readonly files: readonly PackFile[];
  /** Errors of names, kinds and sizes of files. */
  readonly unfit: readonly FileProblem[];
  readonly spec: readonly SpecProblem[];
}

export const spec = (run: Run): Command =>
  new Command('spec')
    .summary('check a skill against the Agent Skills specification, and fix it')
    .description(
      'Checks a skill against the Agent Skills specification, against what hosts differ on, and against what an archive can hold. With --fix, what has one right answer is repaired: only the bytes in question change.',
    )
    .argument('[folder]', 'the skill', '.')
    .option('--fix', 'write the repairs that are mechanical')
    .addOption(new Option('-f, --format <format>', 'how it is written').choices(['terminal', 'json']).default('terminal'))
    .option('--no-color', 'no colours')
    .addHelpText(
      'after',
      `
Exit codes:
  0  no errors (there may be warnings)
  1  errors
  2  usage error, or the folder cannot be read

Examples:
  skill spec ./my-skill
  skill spec --fix
  skill spec ./my-skill --format json`,
    )
    .action((folder: string, flags: SpecFlags) => run(check(folder, flags)));

/** Reads and judges a folder. @throws ArchiveError `unreadable` */
export async function examine(folder: string): Promise<Examined> {
  const { realpathSync } = await import('node:fs');
  const { checkFiles, checkSpec, listFolder } = await import('../../registry/archive/index.ts');
  const { files, problems } = listFolder(folder);
  const name = basename(realpathSync(folder));
  const told = new Set(problems.map((problem) => `${problem.code}\0${problem.path}`));
  // That SKILL.md is missing is said by the specification's own check.
  const more = checkFiles(files).problems.filter(
    (problem) => problem.code !== 'no-skill-file' && problem.code !== 'no-files' && !told.has(`${problem.code}\0${problem.path}`),
  );
  return { name, files, unfit: [...problems, ...more], spec: await checkSpec(files, { folderName: name }) };
}

export const errorsIn = (examined: Examined): number =>
  examined.unfit.length + examined.spec.filter((problem) => problem.severity === 'error').length;

const check = (folder: string, flags: SpecFlags): Promise<number> =>
  guarded({ json: flags.format === 'json' }, async () => {
    let examined = await examine(folder);
    let fixed: readonly SpecProblem[] = [];
    if (flags.fix === true) {
      fixed = await repair(folder, examined);
      if (fixed.length > 0) examined = await examine(folder);
    }
    if (flags.format === 'json') await printJson(asJson(examined, fixed));
    else await print(asText(examined, fixed, painter(flags)));
    return errorsIn(examined) > 0 ? 1 : 0;
  });

/** Writes the fixed files, each whole or not at all, with the mode it had. A file that changed kind meanwhile is left alone. */
async function repair(folder: string, examined: Examined): Promise<readonly SpecProblem[]> {
  const { fixSpec } = await import('../../registry/archive/index.ts');
  const { writeWhole } = await import('../../registry/client/files.ts');
  const { files, fixed } = await fixSpec(examined.files, { folderName: examined.name });
  for (const [index, file] of files.entries()) {
    const before = examined.files[index]!;
    const from = join(folder, before.path);
    const to = join(folder, file.path);
    if (file.path !== before.path) await rename(from, to);
    if (file.bytes.equals(before.bytes)) continue;
    const stat = await lstat(to);
    if (!stat.isFile()) continue;
    await writeWhole(to, file.bytes, stat.mode & 0o777);
    await chmod(to, stat.mode & 0o777);
  }
  return fixed;
}

/** Everything that is wrong, for a program. */
export function asJson({ name, unfit, spec: problems, files }: Examined, fixed: readonly SpecProblem[]): object {
  const one = ({ code, severity, path, line, says, expected, todo, fix }: SpecProblem): object => ({
    code,
    severity,
    path,
    line,
    says,
    expected,
    todo,
    fix: fix?.says ?? null,
  });
  const unlike = { severity: 'error', line: null, expected: null, todo: null, fix: null };
  return {
    schema: 'skillward.spec.v1',
    skill: name,
    files: files.length,
    problems: [...unfit.map(({ code, path, says }) => ({ code, path, says, ...unlike })), ...problems.map(one)],
    fixed: fixed.map(one),
  };
}

/** Everything that is wrong, for a person. */
export function asText({ name, unfit, spec: problems }: Examined, fixed: readonly SpecProblem[], paint: Paint): string {
  return `${[...lines(unfit, problems, fixed, paint), summary(name, unfit, problems, fixed)].join('\n')}\n`;
}

function lines(unfit: readonly FileProblem[], problems: readonly SpecProblem[], fixed: readonly SpecProblem[], paint: Paint): string[] {
  const width = Math.max(40, columns()) - 14;
  const out: string[] = [];
  const row = (label: string, text: string): void =>
    wrapped(text, width).forEach((line, index) => {
      out.push(index === 0 ? `   ${paint('blue', '=')} ${label.padEnd(8)} ${line}` : `              ${line}`);
    });
  const head = (severity: 'error' | 'warning' | 'fixed', code: string, where: string, says: string): void => {
    out.push(
      `${paint(severity === 'error' ? ['bold', 'red'] : severity === 'warning' ? ['bold', 'yellow'] : ['bold', 'green'], severity)} ${paint('bold', code)}`,
    );
    out.push(`   ${paint('blue', '┌─')} ${shown(where)}`);
    for (const line of wrapped(says, width + 8)) out.push(`   ${paint('blue', '│')} ${line}`);
  };
  for (const { code, path, line, says, fix } of fixed) {
    head('fixed', code, `${path}:${line}`, says);
    row('did', fix?.says ?? '');
    out.push('');
  }
  for (const { code, path, says } of unfit) {
    head('error', code, path === '' ? 'the whole skill' : path, says);
    out.push('');
  }
  for (const { code, severity, path, line, says, expected, todo, fix } of problems) {
    head(severity, code, `${path}:${line}`, says);
    row('expected', expected);
    row('fix', fix === undefined ? todo : `${todo} (--fix will ${fix.says})`);
    out.push('');
  }
  return out;
}

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

function summary(name: string, unfit: readonly FileProblem[], problems: readonly SpecProblem[], fixed: readonly SpecProblem[]): string {
  const errors = unfit.length + problems.filter((problem) => problem.severity === 'error').length;
  const warnings = problems.length + unfit.length - errors;
  const mechanical = problems.filter((problem) => problem.fix !== undefined).length;
  const found = [...(errors > 0 ? [plural(errors, 'error')] : []), ...(warnings > 0 ? [plural(warnings, 'warning')] : [])].join(' and ');
  return [
    ...(fixed.length > 0 ? [`${plural(fixed.length, 'problem')} fixed.`] : []),
    found === '' ? `${shown(name)} follows the specification.` : `${shown(name)} has ${found}.`,
    ...(mechanical > 0 ? [`--fix repairs ${mechanical} of them.`] : []),
  ].join(' ');
}
