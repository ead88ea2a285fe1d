/** The verbs about changes, one file each, loaded when used. They are part of the command's own bundle: a check of a pull request must start as fast as a scan. */
import { Command, CommanderError } from 'commander';
import { polish, upToUnknown } from '../shape.ts';

type Run = (code: Promise<number>) => void;
type Verb = (run: Run) => Command;

const loaders: Readonly<Record<string, () => Promise<Verb>>> = {
  diff: () => import('../commands/diff.ts').then((file) => file.diff),
  check: () => import('../commands/check.ts').then((file) => file.check),
  accept: () => import('../commands/accept.ts').then((file) => file.accept),
};

/** Runs `skill <verb> …` and returns its exit code. */
export async function changeVerb(argv: readonly string[]): Promise<number> {
  let code: Promise<number> | undefined;
  const root = new Command('skill');
  root.addCommand(
    (await loaders[argv[2]!]!())((running) => {
      code = running;
    }),
  );
  polish(root);
  try {
    await root.parseAsync(upToUnknown(root, argv));
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
  return (await code) ?? 0;
}

/** Every verb's definition, for completion and tests. */
export const changeCommands = async (): Promise<Command[]> => Promise.all(Object.values(loaders).map(async (load) => (await load())(() => {})));
