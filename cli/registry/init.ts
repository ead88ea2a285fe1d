/** `skill init`: the skeleton of a skill that passes `skill spec` and `skill vet` as it stands. Asks on a terminal for what no option says; never writes over anything. */
import { lstatSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { ClientError } from '../../registry/client/errors.ts';
import { visible } from '../../scanner/report/escape.ts';
import { print, say } from '../tty.ts';
import { guarded, type Run } from './common.ts';

interface InitFlags {
  readonly name?: string;
  readonly description?: string;
  readonly license?: string;
  readonly withScript?: boolean;
  readonly yes?: boolean;
}

interface Plan {
  readonly folder: string;
  readonly name: string;
  readonly description: string;
  readonly license: string;
  readonly script: boolean;
}

const NAME = 'A name has 1 to 64 lower-case letters a to z, digits and single hyphens inside.';
const DESCRIPTION = 'Does one task well, and says here which. Use when the user asks for that task by its name or by what it gives them.';

export const init = (run: Run): Command =>
  new Command('init')
    .summary('start a new skill: a skeleton that passes')
    .description(
      'Writes the skeleton of a skill: SKILL.md, .clawhubignore, and a script if wanted. Asks on a terminal for what no option says. Never writes over a file.',
    )
    .argument('[folder]', 'where; a skill is called like its folder (default: a folder called like the skill)')
    .option('--name <name>', 'lower-case letters, digits and hyphens')
    .option('--description <text>', 'what the skill does and when to use it')
    .option('--license <name>', 'such as Apache-2.0')
    .option('--with-script', 'add an example script')
    .option('-y, --yes', 'ask nothing; take what can be taken')
    .addHelpText(
      'after',
      `
Exit codes:
  0  written
  2  usage error, or a file is there already

Examples:
  skill init
  skill init ./meeting-notes --description "Writes minutes of meetings. Use when the user gives notes or a transcript."
  skill init --name meeting-notes --license Apache-2.0 --with-script --yes`,
    )
    .action((folder: string | undefined, flags: InitFlags) => run(guarded({}, () => start(folder, flags))));

async function start(folder: string | undefined, flags: InitFlags): Promise<number> {
  const plan = await planOf(folder, flags);
  if (plan === undefined) {
    say('Nothing was written.');
    return 2;
  }
  const written = await write(plan);
  const shown = visible(plan.folder);
  await print(
    `${written.map((path) => `wrote ${visible(join(plan.folder, path))}`).join('\n')}\n\nNext:\n  write the steps into ${visible(join(plan.folder, 'SKILL.md'))}\n  skill spec ${shown}\n  skill vet ${shown}\n  skill pack ${shown}\n`,
  );
  return 0;
}

/** What to write, from options, the folder and answers. Undefined if the person broke off. */
async function planOf(folder: string | undefined, flags: InitFlags): Promise<Plan | undefined> {
  const { isName, nameFrom } = await import('../../registry/archive/index.ts');
  if (flags.name !== undefined && !isName(flags.name))
    throw new ClientError('usage', `${JSON.stringify(flags.name)} is no name for a skill. ${NAME}`);
  if (flags.description !== undefined) checkDescription(flags.description);
  const called = folder === undefined ? undefined : basename(resolve(folder));
  if (called !== undefined && flags.name !== undefined && called !== flags.name)
    throw new ClientError(
      'usage',
      `A skill is called like its folder, and ${JSON.stringify(called)} is not ${flags.name}. Leave one of the two out.`,
    );
  if (called !== undefined && !isName(called)) {
    const near = nameFrom(called);
    throw new ClientError(
      'usage',
      `A skill is called like its folder, and ${JSON.stringify(called)} is no name for a skill. ${NAME}${near === undefined ? '' : ` ${near} would do.`}`,
    );
  }
  const name = called ?? flags.name;
  const asks = flags.yes !== true && process.stdin.isTTY === true && process.stdout.isTTY === true;
  if (name !== undefined) refuseExisting(folder ?? name);
  const missing = [...(name === undefined ? ['--name'] : []), ...(flags.description === undefined && flags.yes !== true ? ['--description'] : [])];
  if (!asks) {
    if (missing.length > 0)
      throw new ClientError('usage', `This is no terminal to ask on. Give ${missing.join(' and ')}${name === undefined ? '' : ', or --yes'}.`);
    return {
      folder: folder ?? name!,
      name: name!,
      description: flags.description ?? DESCRIPTION,
      license: flags.license ?? '',
      script: flags.withScript === true,
    };
  }
  const answers = await ask(name, flags, isName);
  if (answers === undefined) return undefined;
  return { ...answers, folder: folder ?? answers.name };
}

function checkDescription(text: string): void {
  const length = [...text.trim()].length;
  if (length === 0 || length > 1024)
    throw new ClientError('usage', `The description has ${length} characters; 1 to 1024 are possible. Say what the skill does and when to use it.`);
}

async function ask(name: string | undefined, flags: InitFlags, isName: (text: string) => boolean): Promise<Omit<Plan, 'folder'> | undefined> {
  const { confirm, isCancel, text } = await import('@clack/prompts');
  const given =
    name ??
    (await text({
      message: 'What is the skill called?',
      placeholder: 'meeting-notes',
      validate: (value) => (isName(value ?? '') ? undefined : NAME),
    }));
  if (isCancel(given)) return undefined;
  if (name === undefined) refuseExisting(given);
  const description =
    flags.description ??
    (await text({
      message: 'What does it do, and when should an agent use it?',
      placeholder: 'Writes minutes of meetings. Use when the user gives notes or a transcript.',
      validate: (value) => {
        const length = [...(value ?? '').trim()].length;
        return length > 0 && length <= 1024 ? undefined : 'One or two sentences, at most 1024 characters.';
      },
    }));
  if (isCancel(description)) return undefined;
  const license = flags.license ?? (await text({ message: 'Under which licence? (may stay empty)', placeholder: 'Apache-2.0', defaultValue: '' }));
  if (isCancel(license)) return undefined;
  const script = flags.withScript ?? (await confirm({ message: 'Add an example script?', initialValue: false }));
  if (isCancel(script)) return undefined;
  return { name: given, description, license: license ?? '', script };
}

const files = (name: string, script: boolean): string[] => ['SKILL.md', '.clawhubignore', ...(script ? [`scripts/${name}.sh`] : [])];

/** Says before any question is asked that something is in the way. A skeleton beside other files is fine. */
function refuseExisting(folder: string): void {
  for (const path of [...files('', false), 'skill.md', 'skills.md']) {
    const there = lstatSync(join(folder, path), { throwIfNoEntry: false });
    if (there !== undefined)
      throw new ClientError(
        'usage',
        `${join(folder, path)} is there already, and init writes over nothing. Choose another folder, or mend it with skill spec.`,
      );
  }
}

async function write(plan: Plan): Promise<readonly string[]> {
  const { stringify } = (await import('yaml')).default;
  const { name, script, license } = plan;
  const contents: Readonly<Record<string, string>> = {
    'SKILL.md': `---\n${stringify({ name, description: plan.description.trim(), ...(license.trim() === '' ? {} : { license: license.trim() }) }, { lineWidth: 0 })}---\n\n${body(name, script)}`,
    '.clawhubignore': IGNORE,
    [`scripts/${name}.sh`]: SCRIPT,
  };
  const paths = files(name, script);
  for (const path of paths)
    if (lstatSync(join(plan.folder, path), { throwIfNoEntry: false }) !== undefined)
      throw new ClientError('usage', `${join(plan.folder, path)} is there already, and init writes over nothing. Nothing was written.`);
  for (const path of paths) {
    const place = join(plan.folder, path);
    try {
      await mkdir(dirname(place), { recursive: true });
      await writeFile(place, contents[path]!, { flag: 'wx', mode: path.startsWith('scripts/') ? 0o755 : 0o644 });
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'error';
      throw new ClientError('file', `${place} cannot be written (${code}). Check that its folder is yours and has room.`, { cause: error });
    }
  }
  return paths;
}

const title = (name: string): string =>
  name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ');

const body = (name: string, script: boolean): string => `# ${title(name)}

Say in one paragraph what the user gets, and what this skill is not for.

## Steps

1. Look at what the user gave. If something is missing that you cannot do without, ask for it once.
${script ? `2. Run \`sh scripts/${name}.sh WORD\` with what the user named, and read what it prints.\n` : '2. Do the work. Write here how: the order, the tools, and what a good result looks like.\n'}3. Show the result, and say in one sentence how you got it.

## Example

> A request as a user would write it.

The answer to it, as short as the real one should be.

## Limits

- What to do when the input is empty, too long or of another kind.
- What the skill leaves to the user.
`;

const IGNORE = `# What is not published with the skill, in the form of .gitignore.
# Names that begin with a dot and node_modules are never published.
*.log
*.tmp
*.zip
*.tgz
`;

const SCRIPT = `#!/bin/sh
# Prints how many letters a word has. Put here what your skill does.
set -eu

if [ "$#" -ne 1 ]; then
  echo "usage: $0 WORD" >&2
  exit 2
fi

printf '%s has %s letters\\n' "$1" "\${#1}"
`;
