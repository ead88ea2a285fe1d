/**
 * Rate limits: three buckets (read, write, download), each counted per token or user when somebody is signed in and per address when not. The two never share a count, so
 * strangers behind the same address cannot use up what a team needs to install. Requests that are turned away at the door (a token that is not or no longer good, a name that is not
 * ours) are nobody's: they are counted per address in a fourth bucket, which no good token shares. Header names and meanings: clawhub-contract 1.2.
 */
import type { Config } from '../config.ts';
import { RegistryError } from '../errors.ts';
import type { Actor } from '../model.ts';
import { addressKey } from './addresses.ts';
import { Windows } from './windows.ts';

export type Bucket = 'read' | 'write' | 'download';

/** The state of a count after a request was counted. */
export interface Taken {
  /** False: the request is one too many. */
  readonly ok: boolean;
  /** Requests per minute. */
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until the count starts again, at least 1. */
  readonly reset: number;
  /** The same moment in seconds since 1970. */
  readonly resetEpoch: number;
}

export interface Limits {
  /** Counts one request of the actor. Less than a microsecond. */
  take(bucket: Bucket, actor: Actor): Taken;
  /** Counts one request from an address that was turned away at the door. As many are answered as an address may write. */
  refuse(ip: string): Taken;
}

const minute = 60_000;

export function createLimits(config: Pick<Config, 'limits'>, now: () => number = Date.now): Limits {
  const { rate } = config.limits;
  const pair = (address: number, key: number) => ({
    address: { limit: address, windows: new Windows(minute) },
    key: { limit: key, windows: new Windows(minute) },
  });
  const buckets = {
    read: pair(rate.readIp, rate.readKey),
    write: pair(rate.writeIp, rate.writeKey),
    download: pair(rate.downloadIp, rate.downloadKey),
  };
  const refused = { limit: rate.writeIp, windows: new Windows(minute) };
  const count = ({ limit, windows }: typeof refused, key: string): Taken => {
    const at = now();
    const { count, resetAt } = windows.count(key, at);
    return {
      ok: count <= limit,
      limit,
      remaining: Math.max(0, limit - count),
      reset: Math.max(1, Math.ceil((resetAt - at) / 1000)),
      resetEpoch: Math.ceil(resetAt / 1000),
    };
  };
  return {
    take: (bucket, actor) =>
      actor.user === undefined ? count(buckets[bucket].address, addressKey(actor.ip)) : count(buckets[bucket].key, actor.tokenId ?? actor.user.id),
    refuse: (ip) => count(refused, addressKey(ip)),
  };
}

/** Hands the headers of a count to `set`. */
export function rateHeaders(taken: Taken, set: (name: string, value: string) => void): void {
  const limit = String(taken.limit);
  const remaining = String(taken.remaining);
  set('ratelimit-limit', limit);
  set('ratelimit-remaining', remaining);
  set('ratelimit-reset', String(taken.reset));
  set('x-ratelimit-limit', limit);
  set('x-ratelimit-remaining', remaining);
  set('x-ratelimit-reset', String(taken.resetEpoch));
  if (!taken.ok) set('retry-after', String(taken.reset));
}

/** The refusal of a request too many. */
export const tooMany = (seconds: number, says = 'Too many requests'): RegistryError =>
  new RegistryError('too-many-requests', `${says}. Try again in ${seconds} s.`, { detail: { retryAfter: seconds } });
