/** `skill token …` as a process of its own: `tsx token-verb.ts token …`. Nothing here is shipped. */
import { Command } from 'commander';
import { token } from '../../../cli/registry/token.ts';
import { polish } from '../../../cli/shape.ts';

let code: Promise<number> | undefined;
const root = new Command('skill');
root.addCommand(
  token((running) => {
    code = running as Promise<number>;
  }),
);
polish(root);
try {
  await root.parseAsync(process.argv);
} catch (error) {
  code = Promise.resolve((error as { exitCode?: number }).exitCode === 0 ? 0 : 2);
}
process.exitCode = await code;
