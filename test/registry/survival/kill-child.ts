/**
 * A whole server in one process that publishes one version over its own routes, has it approved if it is held, and is killed by the system at the given point. Started by
 * killed-steps.test.ts: `kill-child <folder> <point> clean|held`.
 */
import { writeSync } from 'node:fs';
import { server } from '../server.ts';
import { doubtful, multipart, ordinary } from './requests.ts';

const [folder, point, kind] = process.argv.slice(2) as [string, string, 'clean' | 'held'];
const shop = await server({
  folder,
  gate: {
    checkpoint(at) {
      if (at !== point) return;
      writeSync(1, `${at}\n`);
      process.kill(process.pid, 'SIGKILL');
    },
  },
});
const files = kind === 'clean' ? ordinary('notes') : doubtful('notes');
const published = await shop.ask('/api/v1/skills', { method: 'POST', as: 'ann', body: multipart('notes', '1.0.0', files) });
const decided =
  kind === 'held'
    ? await shop.ask('/api/skillward/v1/versions/ann/notes/1.0.0/approve', { method: 'POST', as: 'bob', body: { reason: 'Wanted.' } })
    : undefined;
await shop.settled();
writeSync(1, `was not killed: ${published.text} ${decided?.text ?? ''}\n`);
process.exit(1);
