/**
 * The entry of the signer that `skill serve` starts (registry/serve.ts). People start it as `skill signer`.
 *
 * What it judges by comes over standard input, as one line of JSON; a policy file can be larger than a command line. The pipe then stays open: when it ends, so does the signer.
 */
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
    },
  });
  const { data, socket, key } = values;
  if (data === undefined || socket === undefined) throw new RegistryError('bad-config', 'The signer is started with --data and --socket.');
  return signerChild(data, socket, key, readJudging(await firstLine(process.stdin, mostSettings)));
}

/** Bytes: a policy file of the largest size, every character of it escaped, and all else. */
const mostSettings = 1024 * 1024;

/** The first line of a stream, which goes on. @throws RegistryError `bad-config` if it ends before, or the line is too long */
function firstLine(stream: NodeJS.ReadStream, most: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settled = (done: () => void): void => {
      stream.off('data', onData).off('end', onEnd).off('error', onEnd);
      done();
    };
    const bad = (says: string): void =>
      settled(() => reject(new RegistryError('bad-config', `The signer gets its settings over standard input: ${says}.`)));
    const onEnd = (): void => bad('it ended before they were there');
    const onData = (chunk: Buffer): void => {
      const end = chunk.indexOf(0x0a);
      chunks.push(end === -1 ? chunk : chunk.subarray(0, end));
      size += chunks[chunks.length - 1]!.length;
      if (size > most) bad(`expected one line of at most ${most} bytes`);
      else if (end !== -1) settled(() => resolve(Buffer.concat(chunks).toString('utf8')));
    };
    stream.on('data', onData).on('end', onEnd).on('error', onEnd);
  });
}

/** {registryId, policy, limits, scan}, as the server has settled them. @throws RegistryError `bad-config` */
function readJudging(line: string): Judging {
  let value: Partial<Judging> | undefined;
  try {
    value = JSON.parse(line) as Partial<Judging>;
  } catch {
    // Said below.
  }
  if (value?.policy === undefined || value.limits === undefined || value.scan === undefined)
    throw new RegistryError(
      'bad-config',
      'The signer gets its settings over standard input: expected one line of JSON with policy, limits and scan.',
    );
  return value as Judging;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const msg = error instanceof RegistryError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level: 'error', part: 'signer', msg: visible(msg) })}\n`);
    process.exit(error instanceof RegistryError ? 2 : 5);
  },
);
