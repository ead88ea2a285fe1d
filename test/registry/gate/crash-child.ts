/** A server's gate that publishes and approves one version, and is killed by the system at the given point. Started by crash.test.ts: `crash-child.ts <folder> <point> honest|doubtful <milliseconds its clock is ahead>`. */
import { writeSync } from 'node:fs';
import { createGate } from '../../../registry/gate/index.ts';
import { scanIsolated } from '../../../registry/scan/index.ts';
import { connectSigner } from '../../../registry/signer/client.ts';
import { defaultSocket } from '../../../registry/signer/paths.ts';
import { openStore } from '../../../registry/store/index.ts';
import { actors, configOf, doubtful, honest, quiet } from './world.ts';

const [folder, point, kind, ahead] = process.argv.slice(2) as [string, string, 'honest' | 'doubtful', string];
const store = await openStore(folder);
const as = await actors(store);
const gate = createGate({
  store,
  config: configOf(folder),
  signer: connectSigner(defaultSocket(folder)),
  scan: scanIsolated,
  log: quiet,
  pollMs: 50,
  now: () => Date.now() + Number(ahead),
  checkpoint(at) {
    if (at !== point) return;
    writeSync(1, `${at}\n`);
    process.kill(process.pid, 'SIGKILL');
  },
});
await gate.start();
const { versionId } = await gate.publish(as.ann, {
  slug: 'notes',
  version: '1.0.0',
  changelog: '',
  tags: ['stable'],
  files: kind === 'honest' ? honest() : doubtful(),
});
const row = await gate.settle(versionId, 60_000);
if (row.state === 'held') await gate.approve(as.bob, { owner: 'ann', slug: 'notes', version: '1.0.0' }, { reason: 'Wanted.' });
await gate.settle(versionId, 60_000);
writeSync(1, 'never there\n');
await gate.stop();
await store.close();
process.exit(0);
