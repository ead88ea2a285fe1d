/**
 * Where the signer listens. A Unix socket's path has room for about a hundred bytes (108 on Linux, 104 elsewhere, with the final zero), and a data folder may lie deep: then the
 * socket goes into a private folder of this user below the system's temporary one, named by the data folder, so that server and signer find the same place by themselves.
 */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { lstat, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { RegistryError } from '../errors.ts';

/** Bytes that every system takes. */
const ROOM = 103;

/** Where a signer of this data folder listens unless told otherwise. Makes nothing. @param suffix apart from other signers of the same folder */
export function defaultSocket(data: string, suffix = ''): string {
  const near = join(resolve(data), 'run', `signer${suffix}.sock`);
  if (Buffer.byteLength(near) <= ROOM) return near;
  const name = createHash('sha256').update(resolve(data)).digest('hex').slice(0, 20);
  return join(tmpdir(), `skillward-${process.getuid?.() ?? 'user'}`, `${name}${suffix}.sock`);
}

/**
 * Makes the socket's folder if it is missing and sees that only this user can get at it.
 * @throws RegistryError bad-config
 */
export function prepareSocketFolder(socket: string): void {
  checkLength(socket);
  const folder = dirname(socket);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    checkFolder(folder);
  } catch (error) {
    if (error instanceof RegistryError) throw error;
    throw new RegistryError(
      'bad-config',
      `The folder ${folder} for the signer's socket cannot be used (${(error as NodeJS.ErrnoException).code ?? 'error'}).`,
      {
        cause: error,
      },
    );
  }
}

/** Milliseconds that a socket has to be old: between its making and its first answer nobody listens on it either. */
const settled = 60_000;

/**
 * Removes what signers of this data folder that were killed have left: sockets with a suffix on which nobody listens. What cannot be looked at stays; it does no harm.
 * @returns those that are gone
 */
export async function removeDeadSockets(data: string, now: number): Promise<string[]> {
  const [folder, stem] = [dirname(defaultSocket(data, suffixOf(0))), basename(defaultSocket(data, suffixOf(0)), `${suffixOf(0)}.sock`)];
  const gone: string[] = [];
  for (const name of (await readdir(folder)).sort()) {
    if (!name.startsWith(`${stem}-`) || !/^-[0-9a-f]{8}\.sock$/.test(name.slice(stem.length))) continue;
    const path = join(folder, name);
    const at = await lstat(path).catch(() => undefined);
    if (at?.isSocket() !== true || now - at.mtimeMs < settled || (await listens(path))) continue;
    await rm(path, { force: true });
    gone.push(path);
  }
  return gone;
}

/** Apart from other signers of the same folder: for `defaultSocket`. */
export const suffixOf = (number: number): string => `-${number.toString(16).padStart(8, '0')}`;

/** Whether somebody does; also if that cannot be said. */
const listens = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const call = connect(path);
    const done = (answer: boolean): void => {
      call.destroy();
      resolve(answer);
    };
    call.once('connect', () => done(true));
    call.once('error', (error: NodeJS.ErrnoException) => done(error.code !== 'ECONNREFUSED'));
    call.setTimeout(1000, () => done(true));
  });

/** Throws RegistryError bad-config unless a path fits. */
export function checkLength(socket: string): void {
  const bytes = Buffer.byteLength(socket);
  if (bytes > ROOM)
    throw new RegistryError(
      'bad-config',
      `The socket path ${socket} has ${bytes} bytes; systems take ${ROOM}. Name a shorter one with --socket (signer.socket).`,
    );
}

/** In a folder where others may write, others could put their own socket in place of ours. */
function checkFolder(folder: string): void {
  const at = lstatSync(realpathSync(folder));
  const mine = process.getuid === undefined || at.uid === process.getuid() || at.uid === 0;
  if (!mine || (at.mode & 0o022) !== 0)
    throw new RegistryError(
      'bad-config',
      `Others may write into ${folder}, where the signer's socket is to lie. Run: chmod 700 ${folder}, or name another place with --socket.`,
    );
}
