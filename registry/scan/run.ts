/**
 * Runs one program inside bounds: empty environment, pipes only, its own process group, a clock that kills the whole group, and an end to what is read from it. It promises to
 * settle whatever the program does: hangs, floods, closes its input, leaves children behind, or was never there.
 */
import { spawn } from 'node:child_process';

export interface Bounds {
  readonly cwd: string;
  readonly timeoutMs: number;
  /** Bytes of standard output. */
  readonly outputBytes: number;
  readonly signal?: AbortSignal;
}

export type Ran =
  | { readonly end: 'exit'; readonly code: number | null; readonly killedBy: NodeJS.Signals | null; readonly output: Buffer; readonly errors: string }
  | { readonly end: 'timeout' | 'flood' | 'stopped' }
  | { readonly end: 'unstarted'; readonly says: string };

/** Kept of standard error: enough to tell one death from another. */
const ERROR_BYTES = 16 * 1024;

/** Starts `command`, writes `input`, waits. Never rejects. */
export function run(command: string, args: readonly string[], input: readonly Buffer[], bounds: Bounds): Promise<Ran> {
  return new Promise((resolve) => {
    if (bounds.signal?.aborted === true) {
      resolve({ end: 'stopped' });
      return;
    }
    const grouped = process.platform !== 'win32';
    const child = spawn(command, args, {
      cwd: bounds.cwd,
      env: {},
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: grouped,
      windowsHide: true,
      shell: false,
    });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    let outputBytes = 0;
    let errorBytes = 0;
    let ended: Exclude<Ran, { end: 'exit' }> | undefined;

    const kill = (why: Exclude<Ran, { end: 'exit' }>): void => {
      if (ended !== undefined) return;
      ended = why;
      try {
        if (grouped && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
        else child.kill('SIGKILL');
      } catch {
        child.kill('SIGKILL');
      }
      // Something it left behind may hold the pipes open; nothing more is read from them.
      child.stdout.destroy();
      child.stderr.destroy();
      child.stdin.destroy();
    };
    const settle = (ran: Ran): void => {
      clearTimeout(timer);
      bounds.signal?.removeEventListener('abort', abort);
      resolve(ran);
    };
    const abort = (): void => kill({ end: 'stopped' });
    const timer = setTimeout(() => kill({ end: 'timeout' }), bounds.timeoutMs);
    bounds.signal?.addEventListener('abort', abort, { once: true });

    child.stdout.on('data', (chunk: Buffer) => {
      outputBytes += chunk.length;
      if (outputBytes > bounds.outputBytes) kill({ end: 'flood' });
      else output.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (errorBytes < ERROR_BYTES) errors.push(chunk.subarray(0, ERROR_BYTES - errorBytes));
      errorBytes += chunk.length;
    });
    // It may end without reading its input; how it ended says more than a broken pipe.
    child.stdin.on('error', () => {});
    child.on('error', (error) => {
      if (child.pid === undefined) settle({ end: 'unstarted', says: error.message });
    });
    child.on('close', (code, killedBy) => {
      settle(ended ?? { end: 'exit', code, killedBy, output: Buffer.concat(output), errors: Buffer.concat(errors).toString('utf8') });
    });
    child.on('exit', () => {
      if (ended !== undefined) settle(ended);
    });

    if (child.pid !== undefined) {
      for (const part of input) child.stdin.write(part);
      child.stdin.end();
    }
  });
}
