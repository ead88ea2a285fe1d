/** The verbs about changes, one file each, loaded when used. They are part of the command's own bundle: a check of a pull request must start as fast as a scan. */
import type { Command } from 'commander';
import { runVerb, type Verb } from '../shape.ts';

const loaders: Readonly<Record<string, () => Promise<Verb>>> = {
  diff: () => import('../commands/diff.ts').then((file) => file.diff),
  check: () => import('../commands/check.ts').then((file) => file.check),
  accept: () => import('../commands/accept.ts').then((file) => file.accept),
};

/** Runs `skill <verb> …` and returns its exit code. */
export const changeVerb = (argv: readonly string[]): Promise<number> => runVerb(argv, loaders[argv[2]!]!);

/** Every verb's definition, for completion and tests. */
export const changeCommands = async (): Promise<Command[]> => Promise.all(Object.values(loaders).map(async (load) => (await load())(() => {})));
