/** A first start in a process of its own, for bootstrap.test.ts: `first-start.ts DATA STEP` kills itself at that step. */
import { bootstrap } from '../../../registry/auth/bootstrap.ts';
import { openStore } from '../../../registry/store/index.ts';

const [data = '', killAt] = process.argv.slice(2);
const store = await openStore(data);
const done = await bootstrap(store, { data }, Date.now(), {
  checkpoint: (step) => {
    if (step === killAt) process.kill(process.pid, 'SIGKILL');
  },
});
process.stdout.write(`${JSON.stringify(done)}\n`);
await store.close();
