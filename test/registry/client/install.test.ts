/** An install that is killed at any step leaves the old version or the new one, together with the lock that tells of it, and the next command cleans up. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ClientError } from '../../../registry/client/errors.ts';
import { readInstalled } from '../../../registry/client/folder.ts';
import { commit, exclusively } from '../../../registry/client/install.ts';
import { placesOf } from '../../../registry/client/places.ts';
import type { Job } from './install-child.ts';

const scratch = mkdtempSync(join(tmpdir(), 'skillward-install-'));
const child = join(scratch, 'child.mjs');
beforeAll(async () => {
  await build({
    entryPoints: [join(import.meta.dirname, 'install-child.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile: child,
    banner: { js: "import{createRequire as __r}from'node:module';const require=__r(import.meta.url);" },
  });
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

type Tree = Readonly<Record<string, string>>;
const before: Tree = { 'SKILL.md': 'old', 'a/one.txt': 'old one', 'a/b/two.txt': 'old two' };
const after: Tree = { 'SKILL.md': 'new', 'a/one.txt': 'new one', 'c/three.txt': 'new three' };
const listed = (tree: Tree) => Object.entries(tree).map(([path, text]) => ({ path, text }));

let home: string;
let project: string;
let lockPath: string;
beforeEach(() => {
  home = mkdtempSync(join(scratch, 'home-'));
  project = join(home, 'project');
  mkdirSync(project);
  lockPath = join(project, 'skills.lock.json');
});

const place = (folder: string, tree: Tree): void => {
  for (const [path, text] of Object.entries(tree)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
};
async function treeAt(folder: string): Promise<Tree | undefined> {
  const found = await readInstalled(folder);
  return found === undefined ? undefined : Object.fromEntries(found.files.map(({ path }) => [path, readFileSync(join(folder, path), 'utf8')]));
}
const run = (job: Omit<Job, 'home' | 'lockPath'>): { steps: string[]; killed: boolean } => {
  const result = spawnSync(process.execPath, [child, JSON.stringify({ home, lockPath, ...job })], { encoding: 'utf8' });
  if (result.signal === null && result.status !== 0) throw new Error(result.stderr);
  return { steps: result.stdout.split('\n').filter((line) => line !== ''), killed: result.signal === 'SIGKILL' };
};
/** What the next command does first, whatever it is. */
const settle = (): Promise<void> => exclusively({ places: placesOf({}, home, 'linux') }, lockPath, async () => {});
/** Everything under the project and the state folder that is neither skill nor lock. */
const leftovers = (): string[] => [
  ...readdirSync(project, { recursive: true, encoding: 'utf8' }).filter((path) => /\.skill-/.test(path)),
  ...(existsSync(join(home, '.local/state'))
    ? readdirSync(join(home, '.local/state'), { recursive: true, encoding: 'utf8' }).filter((path) => /\.(?:json|busy)$/.test(path))
    : []),
];
const lockNow = (): string | undefined => (existsSync(lockPath) ? readFileSync(lockPath, 'utf8') : undefined);

interface Scene {
  readonly name: string;
  readonly folders: readonly string[];
  readonly old: Tree | undefined;
  readonly fresh: Tree | undefined;
}
const scenes: readonly Scene[] = [
  { name: 'a first install', folders: ['.claude/skills/notes'], old: undefined, fresh: after },
  { name: 'an update', folders: ['.claude/skills/notes'], old: before, fresh: after },
  { name: 'an update in two places', folders: ['.claude/skills/notes', 'skills/notes'], old: before, fresh: after },
  { name: 'an uninstall from two places', folders: ['.claude/skills/notes', 'skills/notes'], old: before, fresh: undefined },
];
const setUp = (scene: Scene): Omit<Job, 'home' | 'lockPath'> => {
  rmSync(project, { recursive: true, force: true });
  rmSync(join(home, '.local'), { recursive: true, force: true });
  mkdirSync(project);
  if (scene.old !== undefined) {
    for (const folder of scene.folders) place(join(project, folder), scene.old);
    writeFileSync(lockPath, 'the old lock\n');
  }
  return {
    change: {
      lockText: 'the new lock\n',
      placements: scene.folders.map((folder) => ({ folder: join(project, folder), files: scene.fresh === undefined ? null : listed(scene.fresh) })),
    },
  };
};

async function expectWhole(scene: Scene, what: string): Promise<'old' | 'new'> {
  const trees = [];
  for (const folder of scene.folders) trees.push(await treeAt(join(project, folder)));
  const isNew = lockNow() === 'the new lock\n';
  const wanted = isNew ? scene.fresh : scene.old;
  expect(trees, what).toEqual(scene.folders.map(() => wanted));
  expect(lockNow(), what).toBe(isNew ? 'the new lock\n' : scene.old === undefined ? undefined : 'the old lock\n');
  expect(leftovers(), what).toEqual([]);
  return isNew ? 'new' : 'old';
}

describe('an install that is killed', () => {
  for (const scene of scenes)
    it(`at every step of ${scene.name} ends old or new, never in between`, async () => {
      const { steps } = run(setUp(scene));
      expect(await expectWhole(scene, 'undisturbed')).toBe('new');
      const ends = new Set<string>();
      for (const [killAt, step] of steps.entries()) {
        expect(run({ ...setUp(scene), killAt }).killed, step).toBe(true);
        // Even before anything is settled, a folder is whole or not there.
        for (const folder of scene.folders) expect([undefined, scene.old, scene.fresh], step).toContainEqual(await treeAt(join(project, folder)));
        await settle();
        ends.add(await expectWhole(scene, `killed at ${step}`));
      }
      expect([...ends].sort()).toEqual(['new', 'old']);
    });

  it('survives being killed again while the next command cleans up', { timeout: 240_000 }, async () => {
    const scene = scenes[2]!;
    const { steps } = run(setUp(scene));
    const broken = join(scratch, 'broken');
    // While files are staged nothing else has changed: one such step stands for all.
    const points = [...steps.keys()].filter((at) => !/^(?:file|stage):/.test(steps[at]!) || steps[at] === 'file:c/three.txt');
    for (const killAt of points) {
      run({ ...setUp(scene), killAt });
      rmSync(broken, { recursive: true, force: true });
      cpSync(home, broken, { recursive: true });
      for (let again = 0; ; again++) {
        rmSync(home, { recursive: true });
        cpSync(broken, home, { recursive: true });
        const { killed } = run({ killAt: again });
        await settle();
        await expectWhole(scene, `killed at ${steps[killAt]}, then at step ${again} of the clean-up`);
        if (!killed) break;
      }
    }
  });

  it('does not write over a lock that was changed meanwhile, and takes the folders back', async () => {
    const scene = scenes[1]!;
    const { steps } = run(setUp(scene));
    run({ ...setUp(scene), killAt: steps.indexOf('lock') });
    writeFileSync(lockPath, 'a lock from version control\n');
    await settle();
    expect(lockNow()).toBe('a lock from version control\n');
    expect(await treeAt(join(project, scene.folders[0]!))).toEqual(scene.old);
  });

  it('lets the next command in although the mutex of a dead process is left', () => {
    const scene = scenes[1]!;
    const { steps } = run(setUp(scene));
    run({ ...setUp(scene), killAt: steps.indexOf('journal') });
    expect(leftovers().some((path) => path.endsWith('.busy'))).toBe(true);
    expect(run(setUp({ ...scene, old: undefined })).killed).toBe(false);
  });
});

describe('an install', () => {
  const deps = () => ({ places: placesOf({}, home, 'linux') });

  it('writes plain files that nobody may execute', async () => {
    const folder = join(project, 'skills/notes');
    await exclusively(deps(), lockPath, () =>
      commit(deps(), { lockPath, lockText: 'lock\n', placements: [{ folder, files: [{ path: 'run.sh', bytes: Buffer.from('#!/bin/sh\n') }] }] }),
    );
    expect(statSync(join(folder, 'run.sh')).mode & 0o111).toBe(0);
  });

  it('leaves everything as it was if a folder cannot be swapped', async () => {
    const [one, two] = [join(project, 'skills/one'), join(project, 'skills/two')];
    place(one, before);
    place(two, before);
    let calls = 0;
    const failing = {
      ...deps(),
      checkpoint: (step: string) => {
        if (step === 'swap:two' && calls++ === 0) throw new Error('disk gone');
      },
    };
    const files = listed(after).map(({ path, text }) => ({ path, bytes: Buffer.from(text) }));
    const work = exclusively(failing, lockPath, () =>
      commit(failing, {
        lockPath,
        lockText: 'lock\n',
        placements: [
          { folder: one, files },
          { folder: two, files },
        ],
      }),
    );
    await expect(work).rejects.toThrow(ClientError);
    expect(await treeAt(one)).toEqual(before);
    expect(await treeAt(two)).toEqual(before);
    expect(lockNow()).toBeUndefined();
    expect(leftovers()).toEqual([]);
  });

  it('replaces a link with the skill and leaves what it led to alone', async () => {
    const elsewhere = join(home, 'elsewhere');
    place(elsewhere, before);
    mkdirSync(join(project, 'skills'));
    symlinkSync(elsewhere, join(project, 'skills/notes'));
    const folder = join(project, 'skills/notes');
    await exclusively(deps(), lockPath, () =>
      commit(deps(), { lockPath, lockText: 'lock\n', placements: [{ folder, files: [{ path: 'SKILL.md', bytes: Buffer.from('new') }] }] }),
    );
    expect(await treeAt(folder)).toEqual({ 'SKILL.md': 'new' });
    expect(await treeAt(elsewhere)).toEqual(before);
  });

  it('waits for another command on the same lock, and says who it is if that takes too long', async () => {
    const order: string[] = [];
    const first = exclusively(deps(), lockPath, async () => {
      order.push('first begins');
      await new Promise((resolve) => setTimeout(resolve, 120));
      order.push('first ends');
    });
    while (order.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await exclusively(deps(), lockPath, async () => void order.push('second'));
    await first;
    expect(order).toEqual(['first begins', 'first ends', 'second']);
  });
});
