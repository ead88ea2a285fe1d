/**
 * The `skill` command: picks a verb, loads only that verb, and ends with its exit code. Static imports are Node built-ins and the argument parser, so that `--help` and `--version` cost nothing.
 */
import module from 'node:module';
import { Command, Option } from 'commander';
import { version } from '../scanner/data/version.ts';
import { parse, planner, polish } from './shape.ts';
import { changeVerbs, registryVerbs } from './verbs.ts';

// Node 22 and later; the types are those of the oldest version we support.
(module as { enableCompileCache?: () => unknown }).enableCompileCache?.();

const CODES = `
Exit codes:
  0  pass: nothing to block or review
  1  block: a rule is sure
  2  usage error, or nothing could be read
  3  review: a person should look
  4  incomplete: something could not be read
  5  internal error: a fault of skillward`;

function vetCommand(run: (code: Promise<number>) => void): Command {
  const formats = ['terminal', 'json', 'sarif', 'markdown', 'html'] as const;
  const { plan, addFormat, addOutput } = planner(formats);
  return new Command('vet')
    .summary('say whether a skill can be installed, what it can do, and why')
    .description('Reads skills and says block, review or pass, with evidence. Never runs, imports or fetches what it reads.')
    .argument('[targets...]', 'folder, SKILL.md, .zip, .tgz, - for standard input, git address, GitHub or ClawHub page, @owner/slug[@version]')
    .option('-r, --recursive', 'every skill below the given folders')
    .option('--installed', 'every skill that OpenClaw, Claude Code, Codex and other agents have on this machine')
    .addOption(new Option('-f, --format <format>', 'may be repeated').choices([...formats]).argParser(addFormat))
    .addOption(new Option('-o, --output <file>', 'write the format before it to a file; FORMAT=FILE names both').argParser(addOutput))
    .option('-p, --policy <preset|file>', 'permissive, balanced, strict, secure, iron, or a YAML file', 'balanced')
    .option('--against <old>', 'version in use (a target, or a JSON report of it): what an update adds becomes findings')
    .addOption(new Option('--fail-on <level>', 'block lets review end with 0').choices(['review', 'block']).default('review'))
    .option('--as-of <date>', 'date that exceptions are judged against (default: today)')
    .option('--registry <url>', 'ClawHub-compatible registry for @owner/slug')
    .option('--ref <ref>', 'branch, tag or commit of a repository')
    .option('--indicators <file>', 'list of known-bad digests, hosts and packages (rule SUP-001)')
    .option('-j, --jobs <n>', 'threads for many skills')
    .option('-q, --quiet', 'the verdict only')
    .option('-v, --verbose', 'also what is only listed, every step, every file')
    .option('--no-color', 'no colours (so does NO_COLOR)')
    .addHelpText(
      'after',
      `${CODES}

Examples:
  skill vet ./my-skill                                   before you install it
  skill vet https://github.com/acme/skills/tree/main/notes
  skill vet @acme/notes@1.2.0 --registry https://skills.acme.example
  skill vet -r skills/ --policy strict --fail-on block   a whole tree
  skill vet ./new --against ./old                        what an update can do that the old one cannot
  skill vet . --format sarif --output out.sarif --format terminal
  curl -s https://host.example/skill.tgz | skill vet -
  skill vet --installed`,
    )
    .action((targets: string[], options: Record<string, unknown>) => run(import('./commands/vet.ts').then(({ vet }) => vet(targets, options, plan))));
}

function program(run: (code: Promise<number>) => void): Command {
  const root = new Command('skill');
  root
    .description('Supply-chain scanner and private registry for AI agent skills')
    .version(version, '-V, --version', 'print the version')
    .helpCommand('help [verb]', 'help for a verb')
    .addHelpText(
      'after',
      '\nExamples:\n  skill vet ./my-skill\n  skill serve\n  skill install @acme/notes\n  skill publish ./my-skill --version 1.0.0\n  skill explain EXE-002',
    );
  root.addCommand(vetCommand(run));
  root
    .command('rules')
    .description('list the rules')
    .addOption(new Option('-f, --format <format>', 'how it is written').choices(['terminal', 'json', 'markdown']).default('terminal'))
    .option('--no-color', 'no colours')
    .addHelpText('after', '\nExamples:\n  skill rules\n  skill rules --format json')
    .action((options: { format: string; color: boolean }) => run(import('./commands/rules.ts').then(({ rules }) => rules(options))));
  root
    .command('explain')
    .description('say what a rule sees, why it matters, and what to do')
    .argument('<rule>', 'id or slug: EXE-002, remote-code')
    .addOption(new Option('-f, --format <format>', 'how it is written').choices(['terminal', 'markdown']).default('terminal'))
    .option('--no-color', 'no colours')
    .addHelpText('after', '\nExamples:\n  skill explain EXE-002\n  skill explain remote-code --format markdown')
    .action((rule: string, options: { format: string; color: boolean }) =>
      run(import('./commands/explain.ts').then(({ explain }) => explain(rule, options))),
    );
  root
    .command('completion')
    .description('print a completion script')
    .addArgument(root.createArgument('<shell>', 'bash, zsh or fish').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      '\nExamples:\n  skill completion bash > /etc/bash_completion.d/skill\n  skill completion zsh > "${fpath[1]}/_skill"\n  skill completion fish > ~/.config/fish/completions/skill.fish',
    )
    .action((shell: string) =>
      run(
        Promise.all([import('./commands/completion.ts'), import('./check/index.ts'), import('./registry.ts')]).then(
          async ([{ completion }, { changeCommands }, { registryCommands }]) =>
            completion(shell, [
              ...root.commands.filter((command) => !names.has(command.name()) && !ours.has(command.name())),
              ...(await changeCommands()),
              ...(await registryCommands()),
            ]),
        ),
      ),
    );
  // Known by name only: what they take is read from their own definitions. A scan has no need even of the names.
  if (process.argv[2] !== 'vet')
    for (const [name, summary, group] of [...changeVerbs, ...registryVerbs]) root.command(name).summary(summary).helpGroup(`${group}:`);
  polish(root);
  return root;
}

const names = new Set(registryVerbs.map(([name]) => name));
const ours = new Set(changeVerbs.map(([name]) => name));

async function main(): Promise<number> {
  // A reader that goes away (| head) is no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
    throw error;
  });
  const argv =
    process.argv[2] === 'help' && (names.has(process.argv[3]!) || ours.has(process.argv[3]!))
      ? [...process.argv.slice(0, 2), process.argv[3]!, '--help']
      : process.argv;
  if (ours.has(argv[2]!)) return (await import('./check/index.ts')).changeVerb(argv);
  if (names.has(argv[2]!)) return (await import('./registry.ts')).registry(argv);
  return parse(argv, program);
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`skill: internal error: ${message.slice(0, 500)}\nPlease report it. SKILLWARD_DEBUG=1 prints where it happened.\n`);
    if (process.env['SKILLWARD_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
    process.exitCode = 5;
  },
);
