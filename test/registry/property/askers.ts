/** Who asks: every kind of credential, and what each may know of. */
import { newTokenText } from '../../../registry/auth/tokens.ts';
import { tokenOf } from './base.ts';
import { host, identityHeader, minute, start, type World } from './world.ts';

export interface Asker {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** In the place of `:token` in addresses that have one. */
  readonly path: string;
  /** Asks only by addresses with a token: elsewhere there is nothing to say who it is. */
  readonly pathOnly?: boolean;
  /** Namespaces that it may read (the private one, and one of the public ones, stand for all). */
  readonly reads: ReadonlySet<'ann' | 'vault'>;
  /** Refused at the door, or the same as somebody else who asks: asks in a few states only. */
  readonly rare?: boolean;
  /** One of those whom the others are like: asks everything in every state. */
  readonly core: boolean;
  /** The word of its session's forms. */
  readonly csrf?: string;
}

const nothing: Asker['reads'] = new Set();
const open: Asker['reads'] = new Set(['ann']);
const all: Asker['reads'] = new Set(['ann', 'vault']);

/** Everybody who is to learn nothing of what is not served. */
export async function outsiders(world: World): Promise<Asker[]> {
  const stray = newTokenText();
  const rob = await tokenOf(world, 'rob');
  const bearer = (name: string, token: string, reads: Asker['reads'], more: Partial<Asker> = {}): Asker => ({
    name,
    headers: { authorization: `Bearer ${token}` },
    path: token,
    reads,
    core: false,
    ...more,
  });
  const path = (name: string, token: string, reads: Asker['reads']): Asker => ({ name, headers: {}, path: token, pathOnly: true, core: true, reads });
  const core = { core: true };
  return [
    { name: 'nobody', headers: {}, path: stray, reads: open, core: true },
    bearer('a reader', rob, open),
    bearer('a publisher who is no member', await tokenOf(world, 'dan'), open, core),
    bearer('a member who only reads', await tokenOf(world, 'mia'), all, core),
    bearer('the owner with a token for another namespace', await tokenOf(world, 'ann', { namespaces: ['dan'] }), nothing),
    bearer('an approver with a token for another namespace', await tokenOf(world, 'eve', { namespaces: ['dan'] }), nothing),
    bearer('an admin with a token for another namespace', await tokenOf(world, 'kim', { namespaces: ['dan'] }), nothing),
    bearer('an approver with a token that only reads', await tokenOf(world, 'bob', { scopes: ['read'] }), open),
    await visitor(world, 'a publisher in a browser', await tokenOf(world, 'dan')),
    path("a reader's path token", await tokenOf(world, 'rob', { kind: 'path' }), open),
    path("an approver's path token", await tokenOf(world, 'bob', { kind: 'path' }), open),
    path("a member's path token", await tokenOf(world, 'mia', { kind: 'path' }), all),
    path("an approver's path token for another namespace", await tokenOf(world, 'eve', { kind: 'path', namespaces: ['dan'] }), nothing),
    // Refused at the door, whatever they ask for.
    bearer('a made-up token', 'skw_abc', nothing, { rare: true }),
    bearer('a token that we never gave out', stray, nothing, { rare: true }),
    bearer('an expired token of the owner', await tokenOf(world, 'ann', { expiresAt: start + minute }), nothing, { rare: true }),
    bearer('a revoked token of an admin', await tokenOf(world, 'kim', { revoked: true }), nothing, { rare: true }),
    bearer('a token of somebody who was disabled', await tokenOf(world, 'zed'), nothing, { rare: true }),
    bearer('a path token in the header', await tokenOf(world, 'bob', { kind: 'path' }), nothing, { path: stray, rare: true }),
    bearer('a token without the scope read', await tokenOf(world, 'ann', { scopes: ['publish'], namespaces: ['dan'] }), nothing, { rare: true }),
    {
      name: 'an admin by a header that no proxy of ours wrote',
      headers: { [identityHeader]: 'kim' },
      path: stray,
      reads: open,
      core: false,
      rare: true,
    },
    { name: 'another scheme', headers: { authorization: 'Basic a2ltOmtpbQ==' }, path: 'x', reads: nothing, core: false, rare: true },
  ];
}

/** Those who may know: publisher, approver, admin. They learn of it by the routes for that and by no others. */
export async function insiders(world: World): Promise<Asker[]> {
  const found: Asker[] = [];
  for (const [name, who] of [
    ['its publisher', 'ann'],
    ['an approver', 'bob'],
    ['an admin', 'kim'],
  ] as const) {
    const token = await tokenOf(world, who);
    found.push({ name, headers: { authorization: `Bearer ${token}` }, path: token, reads: all, core: true });
  }
  found.push({
    name: 'an approver by path',
    headers: {},
    path: await tokenOf(world, 'bob', { kind: 'path' }),
    pathOnly: true,
    reads: open,
    core: true,
  });
  return found;
}

/** Signs in as a browser does. */
async function visitor(world: World, name: string, token: string): Promise<Asker> {
  const origin = `https://${host}`;
  const form = await world.app.inject({ url: '/login', headers: { host } });
  const csrf = /name="csrf" value="([^"]+)"/.exec(form.payload)?.[1] ?? '';
  const done = await world.app.inject({
    method: 'POST',
    url: '/login',
    headers: { host, origin, 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ csrf, token }).toString(),
  });
  const cookie = String(done.headers['set-cookie']).split(';')[0]!;
  const page = await world.app.inject({ url: '/queue', headers: { host, cookie } });
  const word = /name="csrf" value="([^"]+)"/.exec(page.payload)?.[1];
  if (done.statusCode !== 303 || word === undefined) throw new Error(`${name} could not sign in: ${done.payload}`);
  return { name, headers: { cookie, origin }, path: 'x', reads: open, core: false, csrf: word };
}
