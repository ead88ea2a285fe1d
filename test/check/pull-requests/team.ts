/**
 * A team's repository, and what a pull request is for it: a branch `topic` that starts at `main`. Built once for a file of tests and copied for each case; the real git makes every history, the built command checks it.
 * Nothing of the machine is used: no settings of git, no home folder, no agent for keys.
 */
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { approvalsText, approvalText } from '../../../cli/check/approvals/file.ts';
import type { Approval, CheckReport, Issue } from '../../../cli/check/model.ts';
import { readInstalled } from '../../../registry/client/folder.ts';
import { type Lock, lockText } from '../../../registry/client/lock.ts';
import { built } from '../../cli/built.ts';
import { type Files, gitIn, put, temporary } from '../repository.ts';
import { TEAM } from './team-files.ts';

/** The day of all cases. */
export const TODAY = '2026-06-15';
/** Last day of approvals that count, and one that is over. */
export const LATER = '2026-12-31';
export const OVER = '2026-05-31';

/** Kim and Ola may approve; Mallory may not. */
export type Person = 'kim' | 'ola' | 'mallory';
export const addressOf = (person: Person): string => `${person}@harbour.example`;

/** What a check showed. */
export interface Seen {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
  /** Undefined if the repository could not be judged. */
  readonly report?: CheckReport;
  /** Text for the pull request; empty when there is nothing to say. */
  readonly comment: string;
}

export interface CheckSettings {
  /** `main` by default; `undefined` in both leaves it to the environment. */
  readonly base?: string;
  readonly head?: string;
  /** Instead of `--base` and `--head`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface Team {
  readonly root: string;
  /** Once nobody looks at it any more. */
  remove(): Promise<void>;
  git(...args: string[]): string;
  /** Writes files, stages everything and commits on the branch that is checked out. */
  commit(files: Files, message?: string): string;
  /** One more commit on `main`, then back to the branch. */
  onMain(files: Files): string;
  /** Merges `topic` into `main` as a forge does, and begins a new `topic` there. */
  merge(): void;
  check(settings?: CheckSettings): Promise<Seen>;
  /** What the check would have accepted, accepted by somebody; signed with `key`, or not at all. */
  accept(wanted: CheckReport['wanted'], owner: Person, key?: Person, given?: Partial<Approval>): Approval[];
  /** The approvals file with these added to what is in the work tree. */
  withApprovals(approvals: readonly Approval[]): Files;
  read(path: string): string;
  /** A commit of entries that no file system takes, or too many to write. The work tree is left as it was. */
  rows(entries: readonly Row[]): void;
}
type Row = { readonly mode: string; readonly path: string | Buffer } & ({ readonly oid: string } | { readonly content: string });

/** Where things of one file of tests are: the template, keys, the cache that a push to `main` filled. */
interface Place {
  readonly template: string;
  readonly keys: string;
  readonly cache: string;
}
let place: Promise<Place> | undefined;
function thePlace(): Promise<Place> {
  place ??= build();
  return place;
}

const keyOf = (keys: string, person: Person): string => readFileSync(join(keys, `${person}.pub`), 'utf8').trim();

export const policyOf = (approvers: readonly { readonly owner: string; readonly key: string }[], more = ''): string =>
  `version: 1
extends: balanced
allow:
  hosts: [status.harbour.example]
${more}check:
  approvers:
${approvers.map(({ owner, key }) => `    - { owner: ${owner}, key: "${key}" }`).join('\n')}
`;

/** The policy of `main`, with lines put before `check`. */
export const policy = async (more = '', also: readonly Person[] = []): Promise<string> => {
  const { keys } = await thePlace();
  return policyOf(
    (['kim', 'ola', ...also] as const).map((person) => ({ owner: addressOf(person), key: keyOf(keys, person) })),
    more,
  );
};

async function build(): Promise<Place> {
  const [template, keys, cache] = [temporary(), temporary(), temporary()];
  for (const person of ['kim', 'ola', 'mallory'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', person, '-f', join(keys, person)], { stdio: 'ignore' });
  put(template, TEAM);
  const approvers = (['kim', 'ola'] as const).map((person) => ({ owner: addressOf(person), key: keyOf(keys, person) }));
  put(template, {
    'skills.policy.yaml': policyOf(approvers),
    'skills.lock.json': lockText(await lockOf(template)),
    '.github/CODEOWNERS': '* @harbour/all\n/.github/ @harbour/leads\n',
  });
  gitIn(template, ['init', '--quiet', '--initial-branch=main', '--template=']);
  const commit = (message: string): void => {
    gitIn(template, ['add', '--all']);
    gitIn(template, ['commit', '--quiet', '--message', message]);
  };
  commit('harbour');
  const run = (args: readonly string[]): string =>
    execFileSync(process.execPath, [join(built(), 'skill.js'), 'check', '--as-of', TODAY, '--cache', cache, ...args], {
      cwd: template,
      env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', TZ: 'UTC' },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  run(['--baseline', '--owner', addressOf('kim'), '--reason', 'replaced with the shop in autumn', '--expires', LATER]);
  commit('what was found when the check came');
  // Also fills the cache, as a push to main does.
  run(['--all']);
  // Few files to copy for each case.
  gitIn(template, ['gc', '--quiet']);
  return { template, keys, cache };
}

/** One skill of the team is installed from a registry, and locked. */
async function lockOf(root: string): Promise<Lock> {
  const found = await readInstalled(join(root, 'skills/onboarding'));
  return {
    lockVersion: 1,
    registry: { id: 'registry.harbour.example', url: 'https://registry.harbour.example', tufRoot: null, logKey: null, keys: ['a'.repeat(64)] },
    policyDigest: null,
    skills: {
      '@people/onboarding': {
        version: '1.4.0',
        archive: `sha256-${Buffer.alloc(32, 7).toString('base64')}`,
        tree: found!.tree!,
        fingerprint: 'b'.repeat(64),
        bundle: `sha256:${'c'.repeat(64)}`,
        logIndex: null,
        publisher: { level: 'L2', handle: 'people', keyid: 'd'.repeat(64) },
        approvedBy: [],
        installedAs: ['skills/onboarding'],
      },
    },
  };
}

/** A fresh copy with `topic` checked out. */
export async function team(): Promise<Team> {
  const { template, keys, cache } = await thePlace();
  const folder = temporary();
  const root = join(folder, 'harbour');
  cpSync(template, root, { recursive: true, verbatimSymlinks: true });
  const outputs = temporary();
  const git = (...args: string[]): string => gitIn(root, args);
  const commit = (files: Files, message = 'change'): string => {
    put(root, files);
    git('add', '--all');
    git('commit', '--quiet', '--allow-empty', '--message', message);
    return git('rev-parse', 'HEAD');
  };
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  git('switch', '--quiet', '--create', 'topic');
  let turn = 0;
  return {
    root,
    remove: () => Promise.all([folder, outputs].map((one) => rm(one, { recursive: true, force: true }))).then(() => undefined),
    git,
    commit,
    read,
    onMain: (files) => {
      git('switch', '--quiet', 'main');
      const id = commit(files, 'meanwhile on main');
      git('switch', '--quiet', 'topic');
      return id;
    },
    merge: () => {
      git('switch', '--quiet', 'main');
      git('merge', '--quiet', '--no-ff', '--message', 'merge', 'topic');
      git('switch', '--quiet', '--force-create', 'topic');
    },
    check: (settings = {}) => {
      const [json, comment] = ['json', 'md'].map((kind) => join(outputs, `${++turn}.${kind}`)) as [string, string];
      for (const file of [json, comment]) rmSync(file, { force: true });
      const args = [
        ...['check', '--as-of', TODAY, '--cache', cache, '--read-only-cache', '--jobs', '1'],
        ...(settings.args ?? ['--base', settings.base ?? 'main', '--head', settings.head ?? 'HEAD']),
        ...(settings.args?.includes('--format') ? [] : ['--format', 'terminal']),
        ...['--output', `json=${json}`, '--output', `markdown=${comment}`],
      ];
      return limited(
        () =>
          new Promise<Seen>((done, fail) => {
            execFile(
              process.execPath,
              [join(built(), 'skill.js'), ...args],
              {
                cwd: settings.cwd ?? root,
                env: { PATH: process.env['PATH'], HOME: '/nonexistent', TZ: 'UTC', ...settings.env },
                maxBuffer: 64 * 1024 * 1024,
                timeout: 100_000,
              },
              (error, out, err) => {
                const exit = error === null ? 0 : error.code;
                if (typeof exit !== 'number') return fail(error ?? new Error('no exit code'));
                const report = textIn(json);
                done({ exit, out, err, comment: textIn(comment), ...(report === '' ? {} : { report: JSON.parse(report) as CheckReport }) });
              },
            );
          }),
      );
    },
    accept: (wanted, owner, key, given = {}) =>
      wanted.map((one) => {
        const approval = { ...one, owner: addressOf(owner), reason: 'looked at it', expires: LATER, ...given };
        return key === undefined ? approval : { ...approval, signature: sign(keys, key, approvalText(approval)) };
      }),
    rows: (entries) => {
      const input = entries.map((entry) => {
        const oid = 'oid' in entry ? entry.oid : gitIn(root, ['hash-object', '-w', '--stdin'], Buffer.from(entry.content));
        return Buffer.concat([Buffer.from(`${entry.mode} ${oid}\t`), Buffer.from(entry.path), Buffer.from([0])]);
      });
      gitIn(root, ['-c', 'core.protectHFS=false', '-c', 'core.protectNTFS=false', 'update-index', '-z', '--index-info'], Buffer.concat(input));
      git('commit', '--quiet', '--message', 'rows');
    },
    withApprovals: (approvals) => ({ 'skills.approved.json': approvalsText(approvals) }),
  };
}

function textIn(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

function sign(keys: string, person: Person, text: string): string {
  const folder = temporary();
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'text');
  writeFileSync(file, text);
  execFileSync('ssh-keygen', ['-Y', 'sign', '-q', '-n', 'skillward-approval', '-f', join(keys, person), file], { stdio: 'ignore' });
  return readFileSync(`${file}.sig`, 'utf8');
}

/** Two commands at a time. */
let running = 0;
const waiting: (() => void)[] = [];
async function limited<T>(work: () => Promise<T>): Promise<T> {
  if (running >= 2) await new Promise<void>((go) => waiting.push(go));
  running++;
  try {
    return await work();
  } finally {
    running--;
    waiting.shift()?.();
  }
}

const COUNTS: readonly Issue['state'][] = ['new', 'rule-changed', 'expired'];
/** What is held against the change, as `rule path`. */
export const heldBy = ({ report }: Seen): string[] =>
  report === undefined
    ? []
    : [...report.issues, ...report.skills.flatMap((skill) => skill.issues)]
        .filter((issue) => COUNTS.includes(issue.state))
        .map((issue) => `${issue.rule} ${issue.place.path}`);
