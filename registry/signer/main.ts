/** The entry of the signer that `skill serve` starts (registry/serve.ts). People start it as `skill signer`. */
import { parseArgs } from 'node:util';
import { visible } from '../../scanner/report/escape.ts';
import { RegistryError } from '../errors.ts';
import { type Judging, signerChild } from './process.ts';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      socket: { type: 'string' },
      key: { type: 'string' },
      /** JSON of what it judges by: {registryId, policy, limits, scan}, as the server has settled it. */
      policy: { type: 'string' },
    },
  });
  const { data, socket, key, policy } = values;
  if (data === undefined || socket === undefined || policy === undefined)
    throw new RegistryError('bad-config', 'The signer is started with --data, --socket and --policy.');
  return signerChild(data, socket, key, JSON.parse(policy) as Judging);
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const msg = error instanceof RegistryError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level: 'error', part: 'signer', msg: visible(msg) })}\n`);
    process.exit(error instanceof RegistryError ? 2 : 5);
  },
);
