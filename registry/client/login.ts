/** Signing in: a token that somebody has, or a device login (RFC 8628) that a person approves in a browser. */
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Type } from 'typebox';
import { ask, checked } from './api.ts';
import { ClientError, quote } from './errors.ts';
import type { Http } from './http.ts';
import { PREFIX } from './wire.ts';

export const WhoAmI = Type.Object({
  user: Type.Object({ handle: Type.String(), displayName: Type.String(), role: Type.String() }),
  scopes: Type.Array(Type.String()),
  namespaces: Type.Union([Type.Array(Type.String()), Type.Null()]),
  via: Type.String(),
  token: Type.Union([Type.String(), Type.Null()]),
  memberships: Type.Array(Type.Object({ namespace: Type.String(), role: Type.String() })),
});
export const whoAmI = (http: Http): Promise<Type.Static<typeof WhoAmI>> => ask(http, WhoAmI, 'GET', `${PREFIX}/whoami`, 'you');

const Code = Type.Object({
  device_code: Type.String({ minLength: 1, maxLength: 1000 }),
  user_code: Type.String({ minLength: 1, maxLength: 100 }),
  verification_uri: Type.String({ maxLength: 2000 }),
  expires_in: Type.Number({ exclusiveMinimum: 0, maximum: 86_400 }),
  interval: Type.Number({ exclusiveMinimum: 0, maximum: 600 }),
});
const Token = Type.Object({ access_token: Type.String({ minLength: 1, maxLength: 512 }), token_type: Type.String(), scope: Type.String() });

/**
 * Logs this machine in.
 * @param show is told where the person has to go and which code to enter
 * @throws ClientError
 */
export async function deviceLogin(
  http: Http,
  options: {
    readonly scope: string;
    readonly label?: string;
    readonly show: (uri: string, code: string, minutes: number) => void;
    readonly sleep?: (ms: number) => Promise<unknown>;
  },
): Promise<string> {
  const wait = options.sleep ?? sleep;
  const begun = checked(
    Code,
    await http.json('POST', '/api/cli/device/code', {
      body: { scope: options.scope, site_url: http.base, label: options.label ?? `skill on ${hostname()}` },
    }),
    'the login',
  );
  const page = URL.canParse(begun.verification_uri) ? new URL(begun.verification_uri) : undefined;
  if (page === undefined || (page.protocol !== 'https:' && page.protocol !== 'http:'))
    throw new ClientError('bad-answer', `The registry sends us to ${quote(begun.verification_uri)} to log in, which is not a web address.`);
  options.show(page.href, begun.user_code, Math.round(begun.expires_in / 60));
  const until = Date.now() + begun.expires_in * 1000;
  let interval = begun.interval;
  while (Date.now() < until) {
    await wait(interval * 1000);
    const answer = await http.bytes('POST', '/api/cli/device/token', {
      body: { device_code: begun.device_code, grant_type: 'urn:ietf:params:oauth:grant-type:device_code' },
      accept: [400, 401, 403],
    });
    const value = parse(answer.body);
    if (answer.status < 300) return checked(Token, value, 'the login').access_token;
    const error = (value as { error?: unknown } | undefined)?.error;
    if (error === 'slow_down') interval += 5;
    else if (error === 'access_denied') throw new ClientError('forbidden', 'The login was refused on the page.');
    else if (error === 'expired_token') break;
    else if (error !== 'authorization_pending') throw new ClientError('bad-answer', 'The registry gave an unknown answer to the login.');
  }
  throw new ClientError('timeout', 'Nobody approved the login in time. Run `skill login` again.');
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
