/** Settings, names, lock and targets: what is read from files and the command line, and what is refused. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { changeRegistry, chooseRegistry, chooseToken, readSettings, settingsPath } from '../../../registry/client/config.ts';
import { ClientError } from '../../../registry/client/errors.ts';
import { choosePins, parseFingerprint, trustOf, withEnds } from '../../../registry/client/keys.ts';
import { isPlace, type Lock, lockText, parseLock } from '../../../registry/client/lock.ts';
import { parseVersionName, parseWanted } from '../../../registry/client/names.ts';
import { placesOf } from '../../../registry/client/places.ts';
import { createKey, loadKey } from '../../../registry/client/sign.ts';
import { folderOf, placesFor, siteOf, skillFolders } from '../../../registry/client/targets.ts';
import { generateKey, keyEntry } from '../../../registry/trust/keys.ts';

const scratch = mkdtempSync(join(tmpdir(), 'skillward-settings-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let home: string;
const places = () => placesOf({}, home, 'linux');
beforeEach(() => {
  home = mkdtempSync(join(scratch, 'home-'));
});
const code = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof ClientError) return error.code;
    throw error;
  }
  return 'accepted';
};
const later = async (work: Promise<unknown>): Promise<string> => work.then(() => 'accepted').catch((error: ClientError) => error.code);

describe('settings', () => {
  const [ours, other] = ['https://skills.example', 'https://other.example'];

  it('are for the owner alone, and refused if others may read them', async () => {
    await changeRegistry(places(), ours, (entry) => ({ ...entry, token: 'skw_made-up-token' }));
    const path = settingsPath(places());
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(home, '.config/skillward')).mode & 0o777).toBe(0o700);
    chmodSync(path, 0o644);
    expect(await later(readSettings(places()))).toBe('file');
  });

  it('keep what two commands write at the same time', async () => {
    await Promise.all(Array.from({ length: 8 }, (_, index) => changeRegistry(places(), `https://r${index}.example`, () => ({ user: `u${index}` }))));
    expect(Object.keys((await readSettings(places())).registries)).toHaveLength(8);
  });

  it('choose the registry by flag, environment, a lock of a registry one knows, and default, in this order', async () => {
    await changeRegistry(places(), ours, () => ({ token: 'skw_token-of-ours' }), true);
    const settings = await changeRegistry(places(), other, () => ({ token: 'skw_token-of-other' }));
    expect(chooseRegistry(settings, { SKILL_REGISTRY: other }, `${ours}/`)).toMatchObject({ base: ours, by: 'flag' });
    expect(chooseRegistry(settings, { SKILL_REGISTRY: other }, undefined, ours)).toMatchObject({ base: other, by: 'environment' });
    expect(chooseRegistry(settings, {}, undefined, other)).toMatchObject({ base: other, by: 'lock' });
    expect(chooseRegistry(settings, {}, undefined, 'https://never-seen.example')).toMatchObject({ base: ours, by: 'settings' });
    expect(code(() => chooseRegistry({ version: 1, registries: {} }, {}))).toBe('usage');
  });

  it('give each registry its own token, and a registry that only a lock names none from the environment', async () => {
    await changeRegistry(places(), ours, () => ({ token: 'skw_token-of-ours' }), true);
    const settings = await changeRegistry(places(), other, () => ({ token: 'skw_token-of-other' }));
    const env = { SKILL_TOKEN: 'skw_token-from-environment' };
    expect(await chooseToken(chooseRegistry(settings, {}, other), env)).toBe('skw_token-from-environment');
    expect(await chooseToken(chooseRegistry(settings, {}, undefined, other), env)).toBe('skw_token-of-other');
    expect(await chooseToken(chooseRegistry(settings, {}, 'https://third.example'), {})).toBeUndefined();
    // Same host, other path or port: another registry.
    expect(await chooseToken(chooseRegistry(settings, {}, `${ours}:8443`), {})).toBeUndefined();
    expect(await chooseToken(chooseRegistry(settings, {}, `${ours}/team`), {})).toBeUndefined();
  });

  it('read a token from a file without its line end, and never show a bad one', async () => {
    const file = join(home, 'token');
    writeFileSync(file, 'skw_from-a-file\n');
    const chosen = chooseRegistry({ version: 1, registries: {} }, {}, ours);
    expect(await chooseToken(chosen, { SKILL_TOKEN_FILE: file })).toBe('skw_from-a-file');
    writeFileSync(file, 'skw_secret with a space\nand a line\n');
    const error = (await chooseToken(chosen, {}, file).catch((failure: unknown) => failure)) as ClientError;
    expect(error.code).toBe('usage');
    expect(error.message).not.toContain('secret');
  });
});

describe('names', () => {
  it('have one reading', () => {
    expect(parseWanted('@Acme/Notes@1.2.0')).toEqual({ owner: 'acme', slug: 'notes', version: '1.2.0' });
    expect(parseWanted('acme/notes@v1.2.0-rc.1')).toEqual({ owner: 'acme', slug: 'notes', version: '1.2.0-rc.1' });
    expect(parseWanted('@acme/notes@beta')).toEqual({ owner: 'acme', slug: 'notes', tag: 'beta' });
    expect(code(() => parseVersionName('@acme/notes'))).toBe('usage');
    for (const bad of [
      'notes',
      '@acme',
      '@acme/notes@',
      '@acme/../x',
      '@acme/notes/x',
      '@../notes',
      '@acme/no tes',
      '@acme/notes@1.2',
      '@acme/notes@../1',
      '',
      '@a/b@1.0.0@2',
    ])
      expect(
        code(() => parseWanted(bad)),
        bad,
      ).toBe('usage');
  });
});

const lock: Lock = {
  lockVersion: 1,
  registry: { id: 'skills.example', url: 'https://skills.example', tufRoot: null, logKey: null, keys: ['ab'.repeat(32)] },
  policyDigest: `sha256:${'cd'.repeat(32)}`,
  skills: {
    '@acme/notes': {
      version: '1.2.0',
      archive: `sha256-${Buffer.alloc(32, 1).toString('base64')}`,
      tree: `sha256:${'12'.repeat(32)}`,
      fingerprint: '34'.repeat(32),
      bundle: `sha256:${'56'.repeat(32)}`,
      logIndex: null,
      publisher: { level: 'L2', handle: 'mira', keyid: '78'.repeat(32) },
      approvedBy: ['jo', 'sam'],
      installedAs: ['.claude/skills/notes', 'skills/notes'],
    },
  },
};
const changed = (change: (copy: Record<string, never>) => void): string => {
  const copy = structuredClone(lock) as never as Record<string, never>;
  change(copy);
  return lockText(copy as never);
};
const skillOf = (copy: Record<string, never>): Record<string, unknown> =>
  (copy['skills'] as unknown as Record<string, Record<string, unknown>>)['@acme/notes']!;

describe('the lock', () => {
  it('has one text, whatever order it was made in', () => {
    const text = lockText(lock);
    expect(parseLock(text)).toEqual(lock);
    expect(
      lockText({
        ...parseLock(text),
        registry: { keys: lock.registry.keys, logKey: null, tufRoot: null, url: lock.registry.url, id: lock.registry.id },
      }),
    ).toBe(text);
    expect(parseLock(text.replaceAll('\n', '\r\n'))).toEqual(lock);
  });

  it('is refused where a reader of the diff and we could see two things', () => {
    const text = lockText(lock);
    expect(code(() => parseLock(text.replace('"version": "1.2.0"', '"version": "1.1.0",\n      "version": "1.2.0"')))).toBe('file');
    expect(code(() => parseLock(text.replace('"lockVersion": 1,', '"lockVersion": 1, ')))).toBe('file');
    expect(code(() => parseLock(`<<<<<<< HEAD\n${text}`))).toBe('file');
    expect(code(() => parseLock(changed((copy) => Object.assign(copy, { lockVersion: 2 }))))).toBe('file');
    expect(code(() => parseLock(changed((copy) => Object.assign(copy, { more: 1 }))))).toBe('file');
    expect(code(() => parseLock(changed((copy) => Object.assign(skillOf(copy), { unsigned: true }))))).toBe('file');
  });

  it('leads nowhere outside of its folder', () => {
    for (const bad of [
      '../skills/notes',
      '/etc/notes',
      '.git/notes',
      'a/.git/hooks/notes',
      '.GIT/notes',
      'skills/other',
      'skills//notes',
      './notes',
      'skills\\notes',
      'C:/notes',
      'a/.. /notes',
      'con\u0000/notes',
      '',
    ])
      expect(
        code(() => parseLock(changed((copy) => Object.assign(skillOf(copy), { installedAs: [bad] })))),
        bad,
      ).toBe('file');
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('.', '/', '\\', 'a', ' ', ':', '~', '\u202e', 'git') }), (path) => {
        if (!isPlace(path, path.split('/').at(-1)!)) return;
        const inside = join('/base', path);
        expect(inside.startsWith('/base/')).toBe(true);
        expect(path.split('/').map((part) => part.toLowerCase())).not.toContain('.git');
      }),
    );
  });

  it('is refused with a sentence, never a crash, for anything else', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(code(() => parseLock(text))).toBe('file');
      }),
    );
  });
});

describe('targets', () => {
  const project = (): string => {
    const folder = join(home, 'work');
    mkdirSync(join(folder, '.git'), { recursive: true });
    return folder;
  };

  it('are the folders that agents read', () => {
    const root = project();
    const site = siteOf({}, join(root), places());
    const folder = (agent: string): string[] => skillFolders({ agent: [agent] }, site, {}, root);
    expect(folder('claude')).toEqual([join(root, '.claude/skills')]);
    expect(folder('openclaw')).toEqual([join(root, 'skills')]);
    expect(folder('codex')).toEqual([join(root, '.agents/skills')]);
    const user = siteOf({ global: true }, root, places());
    expect(skillFolders({ agent: ['claude', 'openclaw', 'codex'] }, user, {}, root)).toEqual([
      join(home, '.claude/skills'),
      join(home, '.openclaw/skills'),
      join(home, '.agents/skills'),
    ]);
    expect(
      skillFolders({ agent: ['claude', 'openclaw'] }, user, { CLAUDE_CONFIG_DIR: join(home, 'c'), OPENCLAW_STATE_DIR: join(home, 'o') }, root),
    ).toEqual([join(home, 'c/skills'), join(home, 'o/skills')]);
  });

  it('are never guessed between several agents, nor where there is none', () => {
    const root = project();
    expect(code(() => skillFolders({}, siteOf({}, root, places()), {}, root))).toBe('usage');
    mkdirSync(join(root, '.claude'));
    expect(skillFolders({}, siteOf({}, root, places()), {}, root)).toEqual([join(root, '.claude/skills')]);
    mkdirSync(join(root, '.codex'));
    expect(code(() => skillFolders({}, siteOf({}, root, places()), {}, root))).toBe('usage');
    expect(code(() => skillFolders({ agent: ['emacs'] }, siteOf({}, root, places()), {}, root))).toBe('usage');
  });

  it('find the lock of the project from a folder inside it, and the user’s own at home', () => {
    const root = project();
    const deep = join(root, 'a/b');
    mkdirSync(deep, { recursive: true });
    expect(siteOf({}, deep, places())).toMatchObject({ scope: 'project', base: root, lockPath: join(root, 'skills.lock.json') });
    expect(siteOf({}, home, places())).toMatchObject({ scope: 'user', base: home });
    expect(siteOf({ dir: join(home, 'elsewhere/skills') }, deep, places())).toMatchObject({
      lockPath: join(home, 'elsewhere/skills/skills.lock.json'),
    });
    expect(siteOf({ dir: 'vendor' }, root, places())).toMatchObject({ base: root, lockPath: join(root, 'skills.lock.json') });
    expect(code(() => siteOf({ project: true, global: true }, root, places()))).toBe('usage');
  });

  it('do not follow a link that a repository brought', () => {
    const root = project();
    const secret = join(home, '.ssh');
    mkdirSync(secret);
    symlinkSync(secret, join(root, 'skills'));
    const site = siteOf({}, root, places());
    expect(code(() => folderOf(site, 'skills/notes'))).toBe('modified');
    expect(code(() => placesFor({ agent: ['openclaw'] }, site, {}, root, 'notes', undefined))).toBe('usage');
    expect(existsSync(join(secret, 'notes'))).toBe(false);
  });
});

describe('keys', () => {
  const release = () => keyEntry(generateKey().pem, 'release', 1);

  it('are pinned as listed, or exactly those whose fingerprints were given', () => {
    const [one, two] = [release(), release()];
    expect(choosePins([one, two], []).map((key) => key.keyid)).toEqual([one.keyid, two.keyid]);
    expect(choosePins([one, two], [two.keyid]).map((key) => key.keyid)).toEqual([two.keyid]);
    expect(code(() => choosePins([one], [two.keyid]))).toBe('untrusted');
    expect(code(() => choosePins([{ ...one, revokedAt: 5 }], []))).toBe('untrusted');
  });

  it('lose trust by the server’s word and never gain it', () => {
    const [pin] = choosePins([release()], []);
    const stranger = release();
    const ended = withEnds([pin!], [{ ...pin!, purpose: 'release', revokedAt: 9 }, stranger]);
    expect(ended).toEqual([{ ...pin, revokedAt: 9 }]);
    expect(withEnds(ended, [{ ...pin!, purpose: 'release', revokedAt: null }])).toEqual(ended);
  });

  it('of a lock only narrow those that are pinned', () => {
    const [pin] = choosePins([release()], []);
    const known = { id: 'skills.example', keys: [pin!] };
    expect(trustOf(known, 'https://skills.example').keys).toHaveLength(1);
    expect(code(() => trustOf(known, 'https://skills.example', [release().keyid]))).toBe('untrusted');
    expect(code(() => trustOf({}, 'https://skills.example'))).toBe('untrusted');
  });

  it('are compared in any spelling that people copy', () => {
    const { keyid } = release();
    for (const spelling of [keyid, keyid.toUpperCase(), `SHA256:${keyid}`, keyid.match(/../g)!.join(':'), ` ${keyid.match(/.{8}/g)!.join(' ')} `])
      expect(parseFingerprint(spelling)).toBe(keyid);
    expect(code(() => parseFingerprint(keyid.slice(1)))).toBe('usage');
  });

  it('of a publisher are made once, for the owner alone, and never replaced', async () => {
    const path = join(home, 'deep/publisher.key');
    const { keyid } = await createKey(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await loadKey(path))!.keyid).toBe(keyid);
    const text = readFileSync(path, 'utf8');
    expect(await later(createKey(path))).toBe('file');
    expect(readFileSync(path, 'utf8')).toBe(text);
    chmodSync(path, 0o640);
    expect(await later(loadKey(path))).toBe('file');
    expect(await loadKey(join(home, 'none'))).toBeUndefined();
  });
});
