/**
 * Runs the git command, the only program the scanner ever starts, with an environment built here from nothing: no system, global or user settings, no prompts, no
 * hooks, no helpers, no redirects, a closed list of protocols. Output and time are bounded; what overruns is killed with its whole process group.
 */
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { LoadError, quote, systemCode } from './errors.ts';

export interface GitRun {
  /** Folder with the repository, and home of the process. */
  readonly home: string;
  /** `none` when nothing may be fetched. */
  readonly protocols: 'none' | 'https' | 'ssh' | 'file';
  readonly input?: Buffer;
  /** Bytes of standard output after which it is killed. */
  readonly most: number;
  readonly milliseconds: number;
  /** Called now and then while it runs; true ends it. */
  readonly watch?: () => boolean;
}

export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly ended: 'exit' | 'time' | 'output' | 'watch';
}

/** What of the person's own environment reaches git: where programs and certificates are, how to get out, and the ssh agent. */
const passed: readonly string[] = [
  ...['PATH', 'SystemRoot', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
  ...['https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY', 'all_proxy', 'ALL_PROXY'],
];

function environment(run: GitRun): Record<string, string> {
  const env: Record<string, string> = {};
  const names = run.protocols === 'ssh' ? [...passed, 'SSH_AUTH_SOCK'] : passed;
  for (const name of names) if (process.env[name] !== undefined) env[name] = process.env[name]!;
  return {
    ...env,
    HOME: run.home,
    XDG_CONFIG_HOME: run.home,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: 'true',
    SSH_ASKPASS: 'true',
    GIT_PAGER: 'cat',
    GIT_EDITOR: 'true',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_ALLOW_PROTOCOL: run.protocols,
    GIT_PROTOCOL_FROM_USER: '0',
    GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o ClearAllForwardings=yes -o PermitLocalCommand=no -o ConnectTimeout=20',
    GIT_SSH_VARIANT: 'ssh',
  };
}

/** Settings on the command line win over the repository's own. */
function settings(run: GitRun): string[] {
  const pairs = [
    'core.hooksPath=/dev/null',
    'core.fsmonitor=false',
    'core.attributesFile=/dev/null',
    'core.excludesFile=/dev/null',
    'credential.helper=',
    'http.followRedirects=false',
    'http.lowSpeedLimit=1000',
    'http.lowSpeedTime=20',
    'submodule.recurse=false',
    'fetch.recurseSubmodules=false',
    'fetch.writeCommitGraph=false',
    'fetch.unpackLimit=1',
    'gc.auto=0',
    'maintenance.auto=false',
    'safe.directory=*',
    'safe.bareRepository=all',
    'protocol.allow=never',
    ...(run.protocols === 'none' ? [] : [`protocol.${run.protocols}.allow=always`]),
  ];
  return pairs.flatMap((pair) => ['-c', pair]);
}

/** Runs git once. Rejects only when it cannot be started. */
export async function git(args: readonly string[], run: GitRun): Promise<GitResult> {
  const { spawn } = await import('node:child_process');
  const options: SpawnOptions = {
    cwd: run.home,
    env: environment(run),
    stdio: [run.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
    shell: false,
  };
  return new Promise((resolve, reject) => {
    const child = spawn('git', [...settings(run), ...args], options);
    const chunks: Buffer[] = [];
    let length = 0;
    let stderr = '';
    let ended: GitResult['ended'] = 'exit';
    const stop = (why: GitResult['ended']): void => {
      if (ended === 'exit') ended = why;
      killGroup(child);
    };
    const timer = setTimeout(() => stop('time'), run.milliseconds);
    const watcher = run.watch === undefined ? undefined : setInterval(() => run.watch!() && stop('watch'), 100);
    const onExit = (): void => killGroup(child);
    process.once('exit', onExit);
    const settle = (): void => {
      clearTimeout(timer);
      clearInterval(watcher);
      process.off('exit', onExit);
    };
    child.on('error', (error) => {
      settle();
      const missing = systemCode(error) === 'ENOENT';
      reject(
        new LoadError(
          'git',
          missing
            ? 'The git command is not installed or not on the PATH. Install git, or give a folder or archive.'
            : `git could not be started (${quote(error.message)}).`,
        ),
      );
    });
    child.stdout!.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > run.most) stop('output');
      else chunks.push(chunk);
    });
    child.stderr!.on('data', (chunk: Buffer) => {
      if (stderr.length < 4_000) stderr += chunk.toString('utf8');
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(run.input);
    child.on('close', (code) => {
      settle();
      // What the group left behind (ssh, upload-pack) goes with it.
      killGroup(child);
      resolve({ code: code ?? -1, stdout: Buffer.concat(chunks), stderr, ended });
    });
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}
