/** One verb of authors as a process of its own: `tsx run.ts init|spec|pack …`. Nothing here is shipped. */
import { Command } from 'commander';
import { polish } from '../../../cli/shape.ts';

const verbs: Readonly<Record<string, () => Promise<(run: (code: Promise<number>) => void) => Command>>> = {
  init: () => import('../../../cli/registry/init.ts').then((file) => file.init),
  spec: () => import('../../../cli/registry/spec.ts').then((file) => file.spec),
  pack: () => import('../../../cli/registry/pack.ts').then((file) => file.pack),
};

let code: Promise<number> | undefined;
const root = new Command('skill');
root.addCommand(
  (await verbs[process.argv[2]!]!())((running) => {
    code = running;
  }),
);
polish(root);
try {
  await root.parseAsync(process.argv);
} catch (error) {
  code = Promise.resolve((error as { exitCode?: number }).exitCode === 0 ? 0 : 2);
}
process.exitCode = await code;
