/**
 * Runs `ssh-keygen -Y`, which makes and checks SSH signatures (PROTOCOL.sshsig of OpenSSH). We do no signature arithmetic of our own: what a team's other tools call a good signature is
 * what counts here.
 *
 * The environment is built from nothing, output and time are bounded, and all that it reads stands in a private temporary folder (0700, files 0600) that is removed afterwards. No text
 * of a repository is ever an argument: only file names that we made, an owner that the policy's reader has checked, and our namespace.
 */
import type { SpawnOptions } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Ran {
  /** Undefined if it was killed. */
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
  readonly ended: 'exit' | 'time' | 'output' | 'missing';
}

const MOST = 64 * 1024;

/** Runs `work` with a private folder, which is gone afterwards, also when the process is told to end. */
export async function withPrivateFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'skillward-ssh-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    return await work(folder);
  } finally {
    process.off('exit', remove);
    remove();
  }
}

/** Writes a new file that only we can read. */
export async function writePrivate(path: string, text: string): Promise<string> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
  return path;
}

export interface Run {
  /** Home and working folder of the process. */
  readonly folder: string;
  readonly input?: string;
  readonly milliseconds: number;
  /** Signing: the agent, security keys and the terminal (for a passphrase or a touch) are within its reach. */
  readonly personal?: boolean;
}

function environment({ folder, personal }: Run): Record<string, string> {
  const names = personal === true ? ['PATH', 'SystemRoot', 'SSH_AUTH_SOCK', 'SSH_SK_PROVIDER', 'SSH_SK_HELPER', 'TERM'] : ['PATH', 'SystemRoot'];
  const env: Record<string, string> = { HOME: personal === true ? homedir() : folder, LC_ALL: 'C' };
  for (const name of names) if (process.env[name] !== undefined) env[name] = process.env[name]!;
  return env;
}

export const sshKeygen = (args: readonly string[], how: Run): Promise<Ran> => run('ssh-keygen', args, how);

/** Runs a program of OpenSSH once. Never rejects for what it does: a missing program is a result. */
export async function run(program: 'ssh-keygen' | 'ssh-add', args: readonly string[], how: Run): Promise<Ran> {
  const { spawn } = await import('node:child_process');
  const interactive = how.personal === true && process.stdin.isTTY === true;
  const options: SpawnOptions = {
    cwd: how.folder,
    env: environment(how),
    // On a terminal it may ask for a passphrase; a process group of its own would have no terminal to ask on.
    stdio: [how.input === undefined ? (interactive ? 'inherit' : 'ignore') : 'pipe', 'pipe', 'pipe'],
    detached: !interactive && process.platform !== 'win32',
    windowsHide: true,
    shell: false,
  };
  return new Promise((resolve) => {
    const child = spawn(program, [...args], options);
    let [out, err] = ['', ''];
    let ended: Ran['ended'] = 'exit';
    const kill = (): void => {
      try {
        if (options.detached === true && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
        else child.kill('SIGKILL');
      } catch {
        // It is gone already.
      }
    };
    const stop = (why: Ran['ended']): void => {
      if (ended === 'exit') ended = why;
      kill();
    };
    const timer = setTimeout(() => stop('time'), how.milliseconds);
    process.once('exit', kill);
    const settle = (code: number | null, missing: boolean): void => {
      clearTimeout(timer);
      process.off('exit', kill);
      resolve({ code: code ?? undefined, out, err, ended: missing ? 'missing' : ended });
    };
    child.on('error', () => settle(null, true));
    child.stdout!.on('data', (chunk: Buffer) => {
      out += chunk.toString('utf8');
      if (out.length > MOST) stop('output');
    });
    child.stderr!.on('data', (chunk: Buffer) => {
      err += chunk.toString('utf8');
      if (err.length > MOST) stop('output');
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(how.input);
    child.on('close', (code) => settle(code, false));
  });
}
