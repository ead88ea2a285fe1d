/** The processes below a server of ours: found through /proc, as it is on Linux. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Whether processes can be looked at here. */
export const canLook = existsSync(`/proc/${process.pid}/task/${process.pid}/children`);

export interface Process {
  readonly pid: number;
  readonly command: string;
}

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // It ended while we looked.
    return '';
  }
};

/** Whether a process is there and not merely waiting for its parent to take note of its end. */
export const alive = (pid: number): boolean => !['', 'Z', 'X'].includes(/\) (\S)/.exec(read(`/proc/${pid}/stat`))?.[1] ?? '');

/** Children that any thread of a process has started. */
export function childrenOf(pid: number): Process[] {
  let threads: string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
  return threads
    .flatMap((thread) => read(`/proc/${pid}/task/${thread}/children`).split(' '))
    .filter((one) => one !== '')
    .map((one) => ({ pid: Number(one), command: read(`/proc/${one}/cmdline`).replaceAll('\0', ' ') }));
}

/** A process and everything below it. */
export const treeOf = (pid: number): number[] => [pid, ...childrenOf(pid).flatMap((child) => treeOf(child.pid))];

/** The signer that a server has started. */
export const signerOf = (server: number): Process | undefined => childrenOf(server).find((one) => /signer\.mjs /.test(one.command));

/** Scans that a process has started and that are not over. */
export const scansOf = (pid: number): Process[] => childrenOf(pid).filter((one) => /scan-child\.mjs/.test(one.command));

/** Looks again and again until there is something. */
export async function until<T>(what: string, look: () => T | undefined | Promise<T | undefined>, ms = 60_000, every = 5): Promise<T> {
  for (const end = Date.now() + ms; ; await new Promise((resolve) => setTimeout(resolve, every))) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`waited ${ms} ms for ${what}`);
  }
}
