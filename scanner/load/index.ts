/**
 * Loading: whatever a person names becomes a Skill in memory. This is the whole public surface of the folder.
 *
 * A path may be a folder, a zip, a tar or a single file; `-` is standard input; addresses are understood by address.ts. Only what the target needs is imported, so
 * that vetting a folder starts neither archive libraries nor processes. Expected bad input is a LoadError; hostile content is a problem of the Skill.
 */
import fs from 'node:fs';
import { limits as defaults, type Limits } from '../limits.ts';
import type { Origin, Skill } from '../model.ts';
import { isSlug, parseTarget, safeRef, type Target } from './address.ts';
import { assemble } from './assemble.ts';
import type { SourceEntry } from './contract.ts';
import { LoadError, quote } from './errors.ts';
import { asLoadError, readFolder, readOne } from './folder.ts';
import { baseName } from './path.ts';

export { parseTarget, type Target } from './address.ts';
export { assemble, digestOf } from './assemble.ts';
export type { SourceEntry } from './contract.ts';
export { type LoadCode, LoadError } from './errors.ts';
export { findSkills, installedFolders } from './find.ts';

export interface LoadOptions {
  /** Base address of the registry for `@owner/slug` and bare slugs. */
  readonly registry?: string;
  /** Sent to `registry` and to nobody else. */
  readonly token?: string;
  readonly limits?: Partial<Limits>;
  /** Branch, tag or commit: makes a repository address or a local repository be read at it. */
  readonly ref?: string;
}

/** Loads one package. Throws a LoadError when there is nothing to look at. */
export async function load(target: string | Buffer, options: LoadOptions = {}): Promise<Skill> {
  const limits: Limits = { ...defaults, ...options.limits };
  if (typeof target !== 'string') {
    const { readBytes } = await import('./stdin.ts');
    return assemble(await readBytes(target, 'SKILL.md', limits), { kind: 'stdin', given: '-', name: 'stdin' }, limits);
  }
  const parsed = parseTarget(target);
  const { entries, ...origin } = await read(parsed, target.trim(), options, limits);
  if (entries.length === 0) throw new LoadError('empty', `${quote(target.trim())} holds no files. Give a skill folder, an archive or a SKILL.md.`);
  return assemble(entries, { given: target.trim(), ...origin }, limits);
}

type Loaded = Omit<Origin, 'given'> & { readonly entries: SourceEntry[] };

async function read(target: Target, given: string, options: LoadOptions, limits: Limits): Promise<Loaded> {
  const asked = options.ref === undefined ? undefined : safeRef(options.ref, options.ref);
  switch (target.kind) {
    case 'stdin': {
      const { collect, readBytes } = await import('./stdin.ts');
      return { kind: 'stdin', name: 'stdin', entries: await readBytes(await collect(process.stdin, limits), 'SKILL.md', limits) };
    }
    case 'registry': {
      const { defaultRegistry, readRegistry } = await import('./registry.ts');
      const base = target.base ?? options.registry ?? defaultRegistry;
      const token = options.registry !== undefined && sameOrigin(base, options.registry) ? options.token : undefined;
      const { entries, name } = await readRegistry(base, target, token, limits);
      return { kind: 'registry', name, entries };
    }
    case 'git': {
      const { readRemote } = await import('./commit.ts');
      const { entries, commit } = await readRemote({ ...target, ...(asked === undefined ? {} : { ref: asked, loose: false }) }, limits);
      return { kind: 'git', name: nameOf(target.path ?? target.url), commit, entries };
    }
    case 'repository': {
      // A folder may have # in its name; then it is just that.
      if (fs.existsSync(given)) return readPath(given, limits);
      return readRepository(target.folder, asked ?? target.ref, target.path, limits);
    }
    case 'path': {
      if (asked !== undefined) return readRepository(target.path, asked, undefined, limits);
      if (options.registry !== undefined && isSlug(target.path) && !fs.existsSync(target.path)) {
        return read({ kind: 'registry', slug: target.path.toLowerCase() }, given, options, limits);
      }
      return readPath(target.path, limits);
    }
  }
}

async function readRepository(folder: string, ref: string | undefined, path: string | undefined, limits: Limits): Promise<Loaded> {
  if (!fs.existsSync(folder)) throw asLoadError({ code: 'ENOENT' }, folder);
  const { readLocal } = await import('./commit.ts');
  const { entries, commit } = await readLocal(folder, ref, path, limits);
  return { kind: 'git', name: nameOf(path ?? folder), commit, entries };
}

const sameOrigin = (a: string, b: string): boolean => URL.canParse(a) && URL.canParse(b) && new URL(a).origin === new URL(b).origin;

/** Last segment, without what only says how it is packed. */
function nameOf(given: string): string {
  const last = baseName(given.replaceAll('\\', '/').replace(/\/{1,16}$/, '')).replace(/\.(?:git|zip|skill|tar|tgz|tar\.gz)$/i, '');
  return last === '' || last === '.' || last === '..' ? baseName(fs.realpathSync(given === '' ? '.' : given)) || 'skill' : last;
}

async function readPath(path: string, limits: Limits): Promise<Loaded> {
  let stat: fs.Stats;
  try {
    stat = fs.statSync(path);
  } catch (error) {
    if (/^[\w.-]{1,100}\/[\w.-]{1,100}$/.test(path))
      throw new LoadError(
        'not-found',
        `${quote(path)} is not a path here. For a repository write https://github.com/${path}, for a registry @${path}.`,
      );
    throw asLoadError(error, path);
  }
  const name = nameOf(path);
  if (stat.isDirectory()) return { kind: 'folder', name, entries: readFolder(fs.realpathSync(path), limits) };
  if (!stat.isFile())
    throw new LoadError('bad-address', `${quote(path)} is neither a file nor a folder. To read a pipe, give - and pipe into standard input.`);
  const { packageKind } = await import('./stdin.ts');
  const kind = packageKind(headOf(path));
  if (kind === 'tar') {
    const { readTar } = await import('./tar.ts');
    // Small ones from memory: then gzip around a single file is seen for what it is.
    return { kind, name, entries: await readTar(stat.size <= limits.totalBytes ? readWhole(path) : fs.createReadStream(path), limits) };
  }
  if (kind === 'zip') {
    if (stat.size > limits.totalBytes)
      throw new LoadError('too-large', `${quote(path)} is larger than ${limits.totalBytes} bytes. Unpack it and give the folder.`);
    const { readZip } = await import('./zip.ts');
    return { kind, name, entries: await readZip(readWhole(path), limits) };
  }
  return { kind: 'file', name, entries: readOne(path, baseName(path.replaceAll('\\', '/')), limits) };
}

function readWhole(path: string): Buffer {
  try {
    return fs.readFileSync(path);
  } catch (error) {
    throw asLoadError(error, path);
  }
}

function headOf(path: string): Uint8Array {
  let handle: number | undefined;
  try {
    handle = fs.openSync(path, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
    const head = Buffer.alloc(512);
    return head.subarray(0, fs.readSync(handle, head, 0, 512, 0));
  } catch (error) {
    throw asLoadError(error, path);
  } finally {
    if (handle !== undefined) fs.closeSync(handle);
  }
}
