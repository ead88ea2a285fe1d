/** A server's gate that clears away what is forgotten until it is killed. Started by collect.test.ts: `collect-child.ts <folder> <milliseconds its clock is ahead>`. */
import { writeSync } from 'node:fs';
import { createGate } from '../../../registry/gate/index.ts';
import { scanIsolated } from '../../../registry/scan/index.ts';
import { connectSigner } from '../../../registry/signer/client.ts';
import { defaultSocket } from '../../../registry/signer/paths.ts';
import { openStore } from '../../../registry/store/index.ts';
import { configOf, quiet } from './world.ts';

const [folder, ahead] = process.argv.slice(2) as [string, string];
const store = await openStore(folder);
// The third file that it removes is its last deed.
let left = 3;
const { remove } = store.blobs;
store.blobs.remove = (digest, before) => {
  const size = remove.call(store.blobs, digest, before);
  if (size !== undefined && --left === 0) process.kill(process.pid, 'SIGKILL');
  return size;
};
const gate = createGate({
  store,
  config: configOf(folder),
  signer: connectSigner(defaultSocket(folder)),
  scan: scanIsolated,
  log: quiet,
  now: () => Date.now() + Number(ahead),
});
await gate.collect();
writeSync(1, 'never there\n');
process.exit(0);
