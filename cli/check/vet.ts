/** Packages to what was found in them: from the cache, else scanned, few in this thread and many in several. A package that breaks its thread is an error that names it, never a gap. */
import { availableParallelism } from 'node:os';
import { limits } from '../../scanner/limits.ts';
import type { Examined } from '../../scanner/model.ts';
import type { Policy } from '../../scanner/policy/contract.ts';
import { progress } from '../tty.ts';
import { type Cache, cacheKey } from './cache.ts';
import type { Package } from './model.ts';

export interface VetOptions {
  /** As `loadPolicy` takes it: threads load it by themselves. */
  readonly source: string | { readonly file: string; readonly text: string };
  readonly policy: Policy;
  readonly asOf: string;
  readonly rules: string;
  readonly cache?: Cache;
  readonly jobs?: number;
}

export interface Vetted {
  readonly examined: ReadonlyMap<Package, Examined>;
  /** Packages that no scan came to an end with, and why. */
  readonly failed: ReadonlyMap<Package, string>;
  readonly cached: number;
}

/** From here on threads pay for their start (as for `skill vet`). */
const POOL_FROM = 6;

/** What people and policies call a package. */
export const nameOf = (one: Package): string =>
  one.kind === 'agent-files' ? 'agent files' : one.path.slice(one.path.lastIndexOf('/') + 1) || 'skill';

export async function vetPackages(packages: readonly Package[], options: VetOptions): Promise<Vetted> {
  const examined = new Map<Package, Examined>();
  const failed = new Map<Package, string>();
  const keys = new Map<Package, string>();
  const waiting: Package[] = [];
  for (const one of new Set(packages)) {
    const key = cacheKey(one, { rules: options.rules, policy: options.policy.digest, asOf: options.asOf });
    keys.set(one, key);
    const known = options.cache?.get(key);
    if (known === undefined) waiting.push(one);
    else examined.set(one, known);
  }
  const cached = examined.size;
  const keep = (one: Package, result: Examined): void => {
    examined.set(one, result);
    options.cache?.put(keys.get(one)!, result);
  };
  const bar = progress(waiting.length);
  if (waiting.length < POOL_FROM) {
    const { examineOne, failureOf } = await import('../../scanner/one.ts');
    for (const one of waiting) {
      const entries = await one.entries();
      try {
        keep(one, await examineOne({ name: nameOf(one), entries }, options.asOf, options.policy));
      } catch (error) {
        const failure = failureOf(error);
        if (failure.kind === 'policy' || isOurs(error)) throw error;
        failed.set(one, failure.message);
      }
      bar.step(one.path);
    }
  } else {
    const { scanAll } = await import('../pool.ts');
    // A part at a time, so that no more than that is in memory.
    for (let from = 0; from < waiting.length; from += PART) {
      const part = waiting.slice(from, from + PART);
      const targets = await Promise.all(part.map(async (one) => ({ name: nameOf(one), entries: owned(await one.entries()) })));
      const worker = { policy: options.source, asOf: options.asOf };
      await scanAll(targets, worker, options.jobs ?? availableParallelism(), limits.skillMs + limits.loadMs, (index, outcome) => {
        const one = part[index]!;
        bar.step(one.path);
        if ('report' in outcome) keep(one, outcome.report);
        else failed.set(one, outcome.error.message);
      });
    }
  }
  bar.end();
  return { examined, failed, cached };
}

const PART = 256;
const isOurs = (error: unknown): boolean => (error as Error).name === 'CheckError';

/** Bytes that are a window into a larger buffer would take all of it with them to the thread. */
const owned = (entries: Awaited<ReturnType<Package['entries']>>): typeof entries =>
  entries.map((entry) =>
    entry.kind === 'file' && entry.bytes.byteLength !== entry.bytes.buffer.byteLength ? { ...entry, bytes: new Uint8Array(entry.bytes) } : entry,
  );
