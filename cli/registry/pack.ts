/** `skill pack`: the canonical archive of a folder. It checks first and packs nothing that has an error. */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { Command } from 'commander';
import { ClientError } from '../../registry/client/errors.ts';
import { visible } from '../../scanner/report/escape.ts';
import { print, say } from '../tty.ts';
import { guarded, painter, printJson, type Run } from './common.ts';
import { asJson, asText, type Examined, errorsIn, examine } from './spec.ts';

interface PackFlags {
  readonly output?: string;
  readonly json?: boolean;
  readonly color?: boolean;
}

export const pack = (run: Run): Command =>
  new Command('pack')
    .summary('make the canonical archive of a skill')
    .description(
      'Makes the archive that a registry stores and signs: the same files give the same bytes on every machine. What a publish would leave out is left out (names that begin with a dot, node_modules, what .gitignore and .clawhubignore name). Checks first, as skill spec does, and packs nothing that has an error.',
    )
    .argument('[folder]', 'the skill', '.')
    .option('-o, --output <file>', 'where to write it (default: NAME.zip here, or beside the skill if here is inside it); - for standard output')
    .option('--json', 'print the digests and files as JSON')
    .option('--no-color', 'no colours')
    .addHelpText(
      'after',
      `
Exit codes:
  0  packed
  1  the skill has errors; nothing was written
  2  usage error, or a folder or file cannot be read or written

Examples:
  skill pack ./my-skill
  skill pack ./my-skill -o my-skill.zip --json
  skill pack -o - | sha256sum`,
    )
    .action((folder: string, flags: PackFlags) => run(guarded(flags, () => packing(folder, flags))));

async function packing(folder: string, flags: PackFlags): Promise<number> {
  const { describe, skillRecord } = await import('../../registry/archive/index.ts');
  const { writeWhole } = await import('../../registry/client/files.ts');
  const examined = await examine(folder);
  if (errorsIn(examined) > 0) {
    if (flags.json === true) await printJson(asJson(examined, []));
    else process.stderr.write(asText(examined, [], painter(flags, process.stderr)));
    say('Nothing was packed.');
    return 1;
  }
  for (const { path, line, says } of examined.spec) say(`warning: ${path}:${line}: ${says}`);
  const { archive, sha256, size, tree, fingerprint, files } = await describe(examined.files);
  const name = skillRecord(examined.files)?.name ?? examined.name;
  const out = outputOf(folder, flags.output, examined);
  if (out === '-') {
    if (flags.json === true) throw new ClientError('usage', 'The archive and the JSON cannot both go to standard output. Give -o a file.');
    if (process.stdout.isTTY) throw new ClientError('usage', 'Standard output is a terminal, and an archive is no text. Give -o a file, or pipe it.');
    await new Promise<void>((done, failed) => process.stdout.write(archive, (error) => (error ? failed(error) : done())));
    say(`sha256 ${sha256}`);
    return 0;
  }
  await writeWhole(out, archive);
  if (flags.json === true) {
    await printJson({ schema: 'skillward.pack.v1', name, file: out, sha256, size, tree, fingerprint, files });
    return 0;
  }
  const rows = [
    ['file', out],
    ['sha256', sha256],
    ['tree', tree],
    ['fingerprint', fingerprint],
    ['size', `${size} bytes, ${files.length} ${files.length === 1 ? 'file' : 'files'}`],
  ] as const;
  await print(`${rows.map(([label, text]) => `${label.padEnd(12)} ${visible(text)}`).join('\n')}\n`);
  return 0;
}

/** Where the archive goes. Never to a place from which the next archive would take it in. */
function outputOf(folder: string, asked: string | undefined, examined: Examined): string {
  if (asked === '-') return asked;
  const root = realpathSync(folder);
  const name = `${examined.name}.zip`;
  if (asked === undefined) return inside(root, resolve('.')) ? join(dirname(root), name) : name;
  let parent = dirname(resolve(asked));
  while (!existsSync(parent)) parent = dirname(parent);
  parent = realpathSync(parent);
  if (inside(root, parent))
    throw new ClientError('usage', `${asked} lies inside the skill and would be part of its next archive. Give -o a path outside of ${folder}.`);
  return asked;
}

function inside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !/^[A-Za-z]:/.test(way));
}
