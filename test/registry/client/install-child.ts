/** One change by the installer, in a process that a test kills at a named step. Argument: JSON of Job. Prints the steps it passes. */
import { writeSync } from 'node:fs';
import { commit, exclusively } from '../../../registry/client/install.ts';
import { placesOf } from '../../../registry/client/places.ts';

export interface Job {
  readonly home: string;
  readonly lockPath: string;
  /** Undefined: only settle what was left. */
  readonly change?: {
    readonly placements: readonly { readonly folder: string; readonly files: readonly { readonly path: string; readonly text: string }[] | null }[];
    readonly lockText: string;
  };
  /** Dies at this step, counted from 0. */
  readonly killAt?: number;
}

const job = JSON.parse(process.argv[2]!) as Job;
let step = 0;
const checkpoint = (name: string): void => {
  writeSync(1, `${name}\n`);
  if (step++ === job.killAt) process.kill(process.pid, 'SIGKILL');
};
const deps = { places: placesOf({}, job.home, 'linux'), checkpoint };
await exclusively(deps, job.lockPath, async () => {
  if (job.change === undefined) return;
  await commit(deps, {
    lockPath: job.lockPath,
    lockText: job.change.lockText,
    placements: job.change.placements.map(({ folder, files }) => ({
      folder,
      files: files === null ? undefined : files.map(({ path, text }) => ({ path, bytes: Buffer.from(text) })),
    })),
  });
});
