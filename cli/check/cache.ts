/**
 * What a package was found to be, remembered on disk. The name of an entry is everything that can change the result: content, where it stands, engine and build, rules, policy, limits and the date. Nothing is ever
 * taken that does not say so itself, and what a clock cut short is not kept.
 *
 * A cache is as trustworthy as who may write it: whoever can put files there decides what a check finds. So a job that runs on a pull request reads and does not write (`writes: false`); only runs on the target
 * branch fill it.
 */
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { canonical } from '../../scanner/canonical.ts';
import { build, version } from '../../scanner/data/version.ts';
import { limits } from '../../scanner/limits.ts';
import type { Examined } from '../../scanner/model.ts';
import { CheckError, type Package } from './model.ts';

const SCHEMA = 'skillward.cache.v1';
/** A report of the largest skill that the limits allow stays far below. */
const MOST = 64 * 1024 * 1024;

export interface Cache {
  get(key: string): Examined | undefined;
  put(key: string, examined: Examined): void;
}

/** $XDG_CACHE_HOME/skillward/check, or below the home folder. */
export const cacheFolder = (env: Readonly<Record<string, string | undefined>>): string =>
  join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'skillward', 'check');

/** Name of a result. Two results with one name are equal. */
export const cacheKey = (one: Package, by: { readonly rules: string; readonly policy: string; readonly asOf: string }): string =>
  createHash('sha256')
    .update(
      canonical({
        schema: SCHEMA,
        kind: one.kind,
        path: one.path,
        tree: one.tree,
        shared: one.shared,
        engine: version,
        build,
        rules: by.rules,
        policy: by.policy,
        asOf: by.asOf,
        limits: Object.fromEntries(Object.entries(limits).map(([name, number]) => [name, String(number)])),
      }),
    )
    .digest('hex');

/**
 * @param folder made when something is first written
 * @param optional nobody asked for this folder: where it cannot be written to, nothing is remembered
 * @throws CheckError when `writes`, not `optional`, and the folder cannot be written to
 */
export function openCache(folder: string, writes: boolean, optional = false): Cache {
  let failed = false;
  const fileOf = (key: string): string => join(folder, key.slice(0, 2), `${key}.json`);
  return {
    get(key) {
      try {
        const file = fileOf(key);
        if (fs.statSync(file).size > MOST) return undefined;
        const kept = JSON.parse(fs.readFileSync(file, 'utf8')) as { schema?: unknown; key?: unknown; examined?: Examined };
        const report = kept.examined?.report;
        if (kept.schema !== SCHEMA || kept.key !== key || report?.schema !== 'skillward.report.v1') return undefined;
        if (!Array.isArray(kept.examined?.instructions) || !Array.isArray(kept.examined.permissions)) return undefined;
        return kept.examined;
      } catch {
        // Not there, cut short by a full disk, or of another time: it is found out anew.
        return undefined;
      }
    },
    put(key, examined) {
      if (!writes || failed || examined.report.coverage.stopped !== undefined) return;
      const file = fileOf(key);
      const draft = join(folder, `.${randomBytes(8).toString('hex')}`);
      try {
        makeFolder(join(folder, key.slice(0, 2)));
        fs.writeFileSync(draft, JSON.stringify({ schema: SCHEMA, key, examined }), { mode: 0o600 });
        fs.renameSync(draft, file);
      } catch (error) {
        try {
          fs.rmSync(draft, { force: true });
        } catch {
          // Where no file can be, none is left.
        }
        if (optional) {
          failed = true;
          return;
        }
        throw new CheckError(
          `The cache ${folder} cannot be written (${(error as NodeJS.ErrnoException).code ?? 'error'}). Give another with --cache, or --no-cache.`,
          { cause: error },
        );
      }
    },
  };
}

/** As `mkdir -p`. Node's own goes on for ever where the parent is there and still nothing can be made in it (`/proc`). */
function makeFolder(folder: string): void {
  const missing = [folder];
  for (let above = dirname(folder); above !== missing.at(-1) && !fs.existsSync(above); above = dirname(above)) missing.push(above);
  for (const one of missing.reverse())
    try {
      fs.mkdirSync(one, { mode: 0o700 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
}
