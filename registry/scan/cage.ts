/**
 * The walls around a scanning process, and the search for the strongest that this system allows. A *cage* is a command line that wraps ours with tools of util-linux, each of which
 * fails when it cannot do its work:
 *
 *   unshare      own user, network, process, IPC and mount namespaces: no network, no other process to see or to signal; by ptrace rules none of the server's memory
 *   pivot_root   own root: system libraries, Node and our own code, all read-only, nothing else of the machine
 *   setpriv      no capabilities, no new privileges, dies with its parent
 *   prlimit      memory, processor time, open files, processes; not one byte may be written to a file
 *   node         heap limit, no native addons, no code from strings; `--permission` (Node 22.13 and later) as a further belt
 *
 * A cage counts only if a real scan of a skill of our own succeeds in it and the process itself saw its walls. Tools are taken from system folders only, never from a PATH.
 */
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { childEntry, childFolders, childScratch, fromSource } from './entry.ts';
import { type Isolation, SPARE_MB } from './model.ts';
import type { SelfReport } from './self.ts';

export interface Cage {
  /** Walls that must be felt from inside at every scan. */
  readonly promises: readonly ('network' | 'fileSystem' | 'processes')[];
  readonly by: readonly string[];
  /** Command and arguments. @param box an empty folder of this scan alone */
  command(box: string, memoryMb: number, timeoutMs: number): { readonly command: string; readonly args: readonly string[] };
}

const SYSTEM = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'];
const tool = (name: string): string | undefined => SYSTEM.map((folder) => join(folder, name)).find((path) => existsSync(path));

/** Makes the new root; its arguments are the box, a folder for /tmp or nothing, what to show of the machine, `--`, and the command. */
const ROOT = `set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
box=$1
scratch=$2
shift 2
mount -t tmpfs -o size=64k,mode=0755,nosuid,nodev scan "$box"
while [ "$1" != -- ]; do
  mkdir -p "$box\${1%/*}"
  if [ -d "$1" ]; then mkdir "$box$1"; else : >"$box$1"; fi
  mount --bind "$1" "$box$1"
  mount -o remount,bind,ro,nosuid,nodev "$box$1"
  shift
done
shift
mkdir -p "$box/empty" "$box/proc"
if [ -n "$scratch" ]; then
  mkdir -p "$box/tmp"
  mount --bind "$scratch" "$box/tmp"
fi
mount -t proc -o nosuid,nodev,noexec scan "$box/proc" 2>/dev/null || :
{ echo 0 >"$box/proc/sys/user/max_user_namespaces"; } 2>/dev/null || :
mount -o remount,ro,nosuid,nodev scan "$box"
cd "$box"
pivot_root . .
umount -l .
cd /empty
exec env -i "$@"
`;

/** Every cage this system might allow, strongest first; the last has no walls but the process itself. */
export function cages(): Cage[] {
  const unshare = tool('unshare');
  const shell = ['sh', 'mount', 'umount', 'pivot_root', 'mkdir', 'env'].every((name) => tool(name) !== undefined) ? tool('sh') : undefined;
  const setpriv = tool('setpriv');
  const prlimit = tool('prlimit');
  const root = process.getuid?.() === 0;
  const namespaces = unshare === undefined ? [] : [['--user', '--map-root-user'], ...(root ? [[]] : [])];

  const made: Cage[] = [];
  const add = (space: readonly string[] | undefined, ownRoot: boolean, drop: boolean, limit: boolean): void => {
    const privileges =
      drop && setpriv !== undefined ? [setpriv, '--pdeathsig=KILL', ...(space !== undefined || root ? DROP : ['--no-new-privs'])] : [];
    made.push({
      promises: [...(space === undefined ? [] : (['network', 'processes'] as const)), ...(ownRoot || permission() ? (['fileSystem'] as const) : [])],
      by: [
        ...(space === undefined ? [] : ['unshare']),
        ...(ownRoot ? ['pivot_root'] : []),
        ...(privileges.length > 0 ? ['setpriv'] : []),
        ...(limit ? ['prlimit'] : []),
        ...(permission() ? ['node --permission'] : []),
      ],
      command(box, memoryMb, timeoutMs) {
        const words = [
          ...(space === undefined || setpriv === undefined ? [] : [setpriv, '--pdeathsig=KILL']),
          ...(space === undefined ? [] : [unshare!, ...space, '--net', '--pid', '--ipc', '--uts', '--mount', '--fork', '--kill-child']),
          ...(ownRoot ? [shell!, '-c', ROOT, 'scan', box, childScratch() ?? '', ...shown(), '--'] : []),
          ...privileges,
          ...(limit ? [prlimit!, ...limitsOf(memoryMb, timeoutMs)] : []),
          ...node(memoryMb),
        ];
        return { command: words[0]!, args: words.slice(1) };
      },
    });
  };
  const limit = prlimit !== undefined;
  if (shell !== undefined) for (const space of namespaces) add(space, true, true, limit);
  for (const space of namespaces) add(space, false, true, limit);
  if (setpriv !== undefined) add(undefined, false, true, limit);
  if (limit) add(undefined, false, false, true);
  add(undefined, false, false, false);
  return made;
}

const DROP = ['--no-new-privs', '--bounding-set=-all', '--inh-caps=-all', '--ambient-caps=-all'];

function limitsOf(memoryMb: number, timeoutMs: number): string[] {
  return [
    // Private writable memory: heap, buffers, wasm and stacks. The address space itself cannot be limited: V8 reserves gigabytes of it that it never touches.
    `--data=${(memoryMb + SPARE_MB) * 1024 * 1024}`,
    '--core=0',
    // From source, the loader keeps a cache.
    ...(fromSource ? [] : ['--fsize=0']),
    '--nofile=256',
    '--nproc=512',
    // Ends a scan whose parent is gone. Several threads may run.
    `--cpu=${Math.ceil(timeoutMs / 1000) * 4 + 10}`,
  ];
}

/** Node's own permission model: stable since 22.13, and of no use to the loader that runs us from source. */
const permission = (): boolean => !fromSource && process.allowedNodeEnvironmentFlags.has('--permission');

function node(memoryMb: number): string[] {
  const { command, args } = childEntry('scan-child');
  return [
    command,
    `--max-old-space-size=${memoryMb}`,
    '--no-addons',
    '--disallow-code-generation-from-strings',
    ...(permission()
      ? [
          '--permission',
          ...childFolders().map((folder) => `--allow-fs-read=${join(folder, '*')}`),
          // What it may say of itself, and the one file it writes: "kill me first when memory runs out".
          '--allow-fs-read=/proc/self/status',
          '--allow-fs-write=/proc/self/oom_score_adj',
        ]
      : []),
    ...args,
  ];
}

/** What stands in the new root: the system's libraries and tools, Node itself, our own code. None of them below another. */
function shown(): string[] {
  const system = ['/usr', '/bin', '/sbin', '/lib', '/lib64', '/nix/store'].filter((path) => existsSync(path));
  const unique = [...new Set([...system, realpathSync(process.execPath), ...childFolders()])].sort();
  return unique.filter((path) => !unique.some((other) => other !== path && path.startsWith(`${other}/`)));
}

/** What a process in this cage had around it. */
export function isolationOf(cage: Cage, self: SelfReport): Isolation {
  return {
    network: self.interfaces.length === 0 && !self.route,
    fileSystem: !self.witness,
    processes: self.pid === 1 && cage.by.includes('unshare'),
    privileges: self.unprivileged ?? (cage.by.includes('setpriv') && (cage.by.includes('unshare') || process.getuid?.() === 0)),
    limits: cage.by.includes('prlimit'),
    environment: self.environment,
    by: cage.by,
  };
}
