/** Bytes without a name: from standard input, or a Buffer given by a caller. What they are shows in their first bytes; anything that is no archive is a SKILL.md. */
import { isTar } from '../decode/archive.ts';
import type { Limits } from '../limits.ts';
import type { SourceEntry } from './contract.ts';
import { LoadError } from './errors.ts';
import { readTar } from './tar.ts';
import { readZip } from './zip.ts';

/** How to read bytes as a package. */
export function packageKind(head: Uint8Array): 'zip' | 'tar' | undefined {
  if (head[0] === 0x50 && head[1] === 0x4b && (head[2] === 3 || head[2] === 5)) return 'zip';
  if ((head[0] === 0x1f && head[1] === 0x8b) || isTar(head)) return 'tar';
  return undefined;
}

/** Reads a package from memory; `as` is the name of a single file. */
export async function readBytes(bytes: Buffer, as: string, limits: Limits): Promise<SourceEntry[]> {
  if (bytes.length === 0) throw new LoadError('empty', 'The input is empty. Pipe a SKILL.md, a zip or a tar into it.');
  const kind = packageKind(bytes);
  if (kind === 'zip') return readZip(bytes, limits);
  if (kind === 'tar') return readTar(bytes, limits);
  return [{ path: as, kind: 'file', bytes }];
}

/** Collects a stream, at most `limits.totalBytes`. */
export async function collect(stream: AsyncIterable<Uint8Array>, limits: Limits): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > limits.totalBytes)
      throw new LoadError('too-large', `The input is larger than ${limits.totalBytes} bytes. Unpack it and give the folder.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
