/**
 * The real clients against a freshly started server, unchanged, through what a team does with them. What a client prints is theirs to reword; asserted are exit codes, what lies on
 * disk afterwards, what other clients then see, and our own sentences where a client prints them as they are.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, type ClientName, client, type Ran } from './clients.ts';
import { cleanUp, type Person, person, type Served, start } from './process.ts';
import { contents, skillFolder } from './skills.ts';

let served: Served;
let ann: Person;
let bob: Person;

beforeAll(async () => {
  served = await start({ config: 'limits:\n  publish-wait: 12s\n' });
  ann = await person(served, 'ann', 'publisher');
  bob = await person(served, 'bob', 'approver');
}, 120_000);
afterAll(cleanUp);

/** Fails with what the client said. */
const good = (ran: Ran): Ran => {
  if (ran.code !== 0) throw new Error(`ended with ${ran.code}:\n${ran.out}\n--- server\n${served.log().slice(-3000)}`);
  return ran;
};
const bad = (ran: Ran): Ran => {
  if (ran.code === 0) throw new Error(`was to fail, but said:\n${ran.out}`);
  return ran;
};
const publish = (with_: Client, folder: string, slug: string, version: string): Promise<Ran> =>
  with_.run([
    ...(with_.name === 'clawhub-0.8' ? ['publish'] : ['publish']),
    folder,
    '--slug',
    slug,
    '--name',
    slug,
    '--version',
    version,
    '--changelog',
    `makes ${version}`,
  ]);
const approve = (slug: string, version: string): Promise<unknown> =>
  served.json(`/api/skillward/v1/versions/ann/${slug}/${version}/approve`, { token: bob.token, body: { reason: 'looked at the installer' } });
const signedIn = async (name: ClientName, who: Person): Promise<Client> => {
  const one = client(name, served, who.token);
  if (name.startsWith('clawhub')) good(await one.run(['login', '--token', who.token, '--no-browser']));
  return one;
};

describe.each(['clawhub-0.8', 'clawhub-0.20', 'clawhub'] as const)('%s', (name) => {
  const slug = `tides-${name.replaceAll('.', '').replace('clawhub', 'c')}`;
  /** Newer clients install below the owner's name when it was typed. */
  const installed = (of: Client): string => join(of.work, 'skills', slug);
  let publisher: Client;
  let reader: Client;
  beforeAll(async () => {
    publisher = await signedIn(name, ann);
    reader = await signedIn(name, bob);
  }, 120_000);

  it('signs in and is told who it is', async () => {
    expect(good(await publisher.run(['whoami'])).out).toContain('ann');
    const stranger = client(name, served);
    const refused = bad(await stranger.run(['login', '--token', 'skw_nonsense', '--no-browser']));
    expect(refused.out).not.toContain('Internal');
  }, 60_000);

  it('publishes, and everybody finds it', async () => {
    const folder = skillFolder(slug);
    good(await publish(publisher, folder, slug, '1.0.0'));
    expect(good(await reader.run(['search', slug])).out).toContain(slug);
    expect(good(await reader.run(['explore'])).out).toContain(slug);
    expect(good(await reader.run(['inspect', slug, '--versions', '--files'])).out).toMatch(/1\.0\.0[\s\S]*SKILL\.md|SKILL\.md[\s\S]*1\.0\.0/);
    expect(good(await reader.run(['inspect', slug, '--file', 'references/notes.md'])).out).toContain('Tables are printed once a year.');
    good(await reader.run(['install', slug, '--no-input']));
    expect(contents(installed(reader))).toEqual(contents(folder));
    expect(good(await reader.run(['list'])).out).toContain(slug);
  }, 120_000);

  it('publishes the same again without harm, and never other bytes under a number that is taken', async () => {
    const folder = skillFolder(slug);
    const again = await publish(publisher, folder, slug, '1.0.0');
    const versions = await served.json<{ items: unknown[] }>(`/api/v1/skills/${slug}/versions`);
    expect(versions.items, again.out).toHaveLength(1);
    const other = bad(await publish(publisher, skillFolder(slug, 'clean', 'Something else.'), slug, '1.0.0'));
    expect(other.out).toMatch(/1\.0\.0/);
  }, 120_000);

  it('updates to a new version', async () => {
    const folder = skillFolder(slug, 'clean', 'Spring tides are higher.');
    good(await publish(publisher, folder, slug, '1.1.0'));
    good(await reader.run(['update', slug, '--no-input']));
    expect(contents(installed(reader))).toEqual(contents(folder));
  }, 120_000);

  it('is refused in words when the gate says no, and nobody sees a trace of it', async () => {
    const refused = bad(await publish(publisher, skillFolder(`${slug}-bad`, 'block'), `${slug}-bad`, '1.0.0'));
    expect(refused.out).toMatch(/EXE-\d{3}/);
    expect(refused.out).toContain('SKILL.md:10');
    expect(good(await reader.run(['search', `${slug}-bad`])).out).not.toContain(`${slug}-bad `);
    bad(await reader.run(['install', `${slug}-bad`, '--no-input', '--force']));
    bad(await reader.run(['inspect', `${slug}-bad`]));
    expect(existsSync(join(reader.work, 'skills', `${slug}-bad`))).toBe(false);
  }, 120_000);

  it('waits for a person where policy wants one', async () => {
    const folder = skillFolder(`${slug}-held`, 'review');
    const held = await publish(publisher, folder, `${slug}-held`, '1.0.0');
    bad(await reader.run(['install', `${slug}-held`, '--no-input', '--force']));
    await approve(`${slug}-held`, '1.0.0');
    await expect.poll(() => served.ask(`/api/v1/skills/${slug}-held`).then((answer) => answer.status), { timeout: 20_000 }).toBe(200);
    good(await reader.run(['install', `${slug}-held`, '--no-input']));
    expect(contents(join(reader.work, 'skills', `${slug}-held`)), held.out).toEqual(contents(folder));
  }, 120_000);

  it('deletes and brings back', async () => {
    good(await publisher.run(['delete', slug, '--yes']));
    const late = await signedIn(name, bob);
    bad(await late.run(['install', slug, '--no-input']));
    expect(good(await late.run(['search', slug])).out).not.toMatch(new RegExp(`${slug}\\s+v?1\\.`));
    good(await publisher.run(['undelete', slug, '--yes']));
    good(await late.run(['install', slug, '--no-input']));
    expect(existsSync(join(installed(late), 'SKILL.md'))).toBe(true);
  }, 120_000);
});

describe('the newest clawhub', () => {
  it('withdraws one version, and brings it back', async () => {
    const publisher = await signedIn('clawhub', ann);
    const reader = await signedIn('clawhub', bob);
    for (const version of ['1.0.0', '1.1.0']) good(await publish(publisher, skillFolder('almanac', 'clean', version), 'almanac', version));
    good(await publisher.run(['delete', '@ann/almanac', '--version', '1.0.0', '--yes']));
    bad(await reader.run(['install', '@ann/almanac', '--version', '1.0.0', '--no-input']));
    good(await reader.run(['install', '@ann/almanac', '--no-input']));
    good(await publisher.run(['undelete', '@ann/almanac', '--version', '1.0.0', '--yes']));
    good(await (await signedIn('clawhub', bob)).run(['install', '@ann/almanac', '--version', '1.0.0', '--no-input']));
  }, 120_000);

  it('signs in with a code that a person confirms', async () => {
    const one = client('clawhub', served);
    const login = one.run(['login', '--device', '--no-browser', '--label', 'kitchen laptop']);
    const shown = (): string | undefined => /\b([A-Z0-9]{4}-[A-Z0-9]{4})\b/.exec(one.said())?.[1];
    await expect.poll(shown, { timeout: 20_000 }).toBeTruthy();
    const code = shown()!;
    await served.json('/api/skillward/v1/device/approve', { token: ann.token, body: { user_code: code } });
    good(await login);
    expect(good(await one.run(['whoami'])).out).toContain('ann');
  }, 60_000);
});

describe('openclaw', () => {
  const at = (of: Client, slug: string): string | undefined =>
    [join(of.home, '.openclaw/workspace/skills', slug), join(of.home, '.openclaw/skills', slug), join(of.work, 'skills', slug)].find((path) =>
      existsSync(path),
    );

  it('searches, installs, updates and verifies', async () => {
    const publisher = await signedIn('clawhub', ann);
    const first = skillFolder('moon-phases');
    good(await publish(publisher, first, 'moon-phases', '1.0.0'));
    const reader = await signedIn('openclaw', bob);
    expect(good(await reader.run(['skills', 'search', 'moon', '--json'])).out).toContain('moon-phases');
    good(await reader.run(['skills', 'install', '@ann/moon-phases', '--global']));
    expect(contents(at(reader, 'moon-phases')!)).toEqual(contents(first));
    const verified = good(await reader.run(['skills', 'verify', '@ann/moon-phases', '--global', '--json']));
    expect(verified.out).toContain('clawhub.skill.verify.v1');
    expect(good(await reader.run(['skills', 'verify', '@ann/moon-phases', '--card'])).out).toContain('moon-phases');
    const second = skillFolder('moon-phases', 'clean', 'It takes 29 days.');
    good(await publish(publisher, second, 'moon-phases', '1.1.0'));
    good(await reader.run(['skills', 'update', '@ann/moon-phases', '--global']));
    expect(contents(at(reader, 'moon-phases')!)).toEqual(contents(second));
    const old = await signedIn('openclaw', bob);
    good(await old.run(['skills', 'install', '@ann/moon-phases', '--version', '1.0.0', '--global']));
    expect(contents(at(old, 'moon-phases')!)).toEqual(contents(first));
  }, 180_000);
});

describe('npx skills', () => {
  it('finds and adds over a reading address that carries its own token', async () => {
    const publisher = await signedIn('clawhub', ann);
    const folder = skillFolder('star-chart');
    good(await publish(publisher, folder, 'star-chart', '1.0.0'));
    const { token } = await served.json<{ token: string }>('/api/skillward/v1/tokens', {
      token: bob.token,
      body: { label: 'npx', scopes: ['read'], kind: 'path' },
    });
    const one = client('skills', served);
    good(await one.run(['add', `${served.url}/t/${token}`, '--skill', 'star-chart', '--agent', 'claude-code', '--yes', '--copy']));
    expect(contents(join(one.work, '.claude/skills/star-chart'))).toEqual(contents(folder));
    const blind = client('skills', served);
    await blind.run(['add', served.url, '--skill', 'star-chart', '--agent', 'claude-code', '--yes', '--copy']);
    expect(existsSync(join(blind.work, '.claude/skills/star-chart'))).toBe(false);
  }, 120_000);
});

describe('what is not approved reaches nobody', () => {
  const states = ['held', 'refused', 'yanked', 'revoked', 'deleted'] as const;

  it.each(states)(
    '%s: every client refuses, also when told to force it',
    async (state) => {
      const slug = `gate-${state}`;
      const publisher = await signedIn('clawhub', ann);
      const kind = state === 'held' ? 'review' : state === 'refused' ? 'block' : 'clean';
      await publish(publisher, skillFolder(slug, kind), slug, '1.0.0');
      const decide = (verb: string): Promise<unknown> =>
        served.json(`/api/skillward/v1/versions/ann/${slug}/1.0.0/${verb}`, { body: { reason: 'found to be harmful' } });
      if (state === 'yanked') await decide('yank');
      if (state === 'revoked') await decide('revoke');
      if (state === 'deleted') good(await publisher.run(['delete', slug, '--yes']));
      for (const name of ['clawhub-0.8', 'clawhub-0.20', 'clawhub'] as const) {
        const reader = await signedIn(name, bob);
        const forced = ['install', slug, '--version', '1.0.0', '--force'];
        // The old ones are asked once, for what asks hardest: each start of theirs costs a second.
        for (const args of name === 'clawhub' ? [['install', slug], ['install', slug, '--force'], forced] : [forced])
          bad(await reader.run([...args, '--no-input']));
        expect(existsSync(join(reader.work, 'skills', slug))).toBe(false);
      }
      const reader = await signedIn('openclaw', bob);
      for (const args of [
        ['install', `@ann/${slug}`],
        ['install', `@ann/${slug}`, '--version', '1.0.0', '--force'],
      ])
        bad(await reader.run(['skills', ...args, '--global', '--acknowledge-install-policy-warning']));
      const { token } = await served.json<{ token: string }>('/api/skillward/v1/tokens', {
        token: bob.token,
        body: { label: state, scopes: ['read'], kind: 'path' },
      });
      const skills = client('skills', served);
      await skills.run(['add', `${served.url}/t/${token}`, '--skill', slug, '--agent', 'claude-code', '--yes', '--copy']);
      expect(existsSync(join(skills.work, '.claude/skills', slug))).toBe(false);
    },
    240_000,
  );
});
