/** What all verbs share: errors in our words, and where to look for help. */
import { Command, CommanderError } from 'commander';

/** Makes a program and all below it throw instead of ending the process, and end a mistake with a pointer to the help that lists what was expected. */
export function polish(command: Command, path = command.name()): void {
  command
    .exitOverride()
    .showHelpAfterError(`(${path} --help lists ${command.commands.length > 0 ? 'verbs and options' : 'its options'})`)
    .showSuggestionAfterError()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'skill: ')) });
  for (const child of command.commands) polish(child, `${path} ${child.name()}`);
}

/**
 * The arguments without what follows a verb that does not exist, so that `skill frob --help` is called the mistake that it is, and not answered with the help of something else.
 * @param argv as in `process.argv`
 */
export function upToUnknown(root: Command, argv: readonly string[]): string[] {
  const help = argv[2] === 'help';
  let command = root;
  for (let at = help ? 3 : 2; at < argv.length && command.commands.length > 0; at++) {
    const word = argv[at]!;
    if (word.startsWith('-') || word === 'help') break;
    const next = command.commands.find((one) => one.name() === word);
    if (next === undefined) return [...argv.slice(0, 2), ...argv.slice(help ? 3 : 2, at + 1)];
    command = next;
  }
  return [...argv];
}

/** How a verb hands over what it runs, and the function that defines one. */
export type Run = (code: Promise<number>) => void;
export type Verb = (run: Run) => Command;

/** Parses the arguments with a definition and waits for what it starts; gives the exit code. A mistake in the arguments has been said by then. */
export async function parse(argv: readonly string[], define: (run: Run) => Command | Promise<Command>): Promise<number> {
  let code: Promise<number> | undefined;
  const root = await define((running) => {
    code = running;
  });
  try {
    await root.parseAsync(upToUnknown(root, argv));
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
  return (await code) ?? 0;
}

/** Runs `skill <verb> …` for a verb whose definition is loaded only now. */
export const runVerb = (argv: readonly string[], load: () => Promise<Verb>): Promise<number> =>
  parse(argv, async (run) => {
    const root = new Command('skill');
    root.addCommand((await load())(run));
    polish(root);
    return root;
  });

/** Formats and files in the order they were given: a file belongs to the format before it. */
export interface OutputPlan {
  format?: string;
  file?: string;
}

/** The parsers of `-f` and `-o`, which may be repeated and fill one plan together. `FORMAT=FILE` names both. */
export function planner(formats: readonly string[]): {
  readonly plan: OutputPlan[];
  readonly addFormat: (value: string) => string;
  readonly addOutput: (value: string) => string;
} {
  const plan: OutputPlan[] = [];
  return {
    plan,
    addFormat: (value) => {
      plan.push({ format: value });
      return value;
    },
    addOutput: (value) => {
      const at = value.indexOf('=');
      const last = plan.at(-1);
      if (at > 0 && at < value.length - 1 && formats.includes(value.slice(0, at)))
        plan.push({ format: value.slice(0, at), file: value.slice(at + 1) });
      else if (last !== undefined && last.file === undefined) last.file = value;
      else plan.push({ file: value });
      return value;
    },
  };
}
