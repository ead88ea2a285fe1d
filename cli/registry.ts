/**
 * The verbs of the registry: one file each in `cli/registry/`, loaded when used. In the built command this and everything it reaches is a bundle of its own, so that
 * `skill vet` starts without it.
 */
import { Command, CommanderError } from 'commander';
import { polish } from './shape.ts';

type Run = (code: Promise<number>) => void;
type Verb = (run: Run) => Command;

const loaders: Readonly<Record<string, () => Promise<Verb>>> = {
  serve: () => import('./registry/serve.ts').then((file) => file.serve),
};

/** Runs `skill <verb> …` and returns its exit code. */
export async function registry(argv: readonly string[]): Promise<number> {
  const name = argv[2]!;
  let code: Promise<number> | undefined;
  const root = new Command('skill');
  root.addCommand(
    (await loaders[name]!())((running) => {
      code = running;
    }),
  );
  polish(root);
  try {
    await root.parseAsync([...argv]);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
  return (await code) ?? 0;
}

/** Every verb's definition, for completion and tests. */
export const registryCommands = async (): Promise<Command[]> => Promise.all(Object.values(loaders).map(async (load) => (await load())(() => {})));
