/**
 * What `skill import` reads on the client's own machine: a folder, an archive or a git commit, as the files that would be published from it. Reading is the scanner's and the archive's
 * (no checkout, no hooks, no links followed); here is only what an import has to know about it: where it was, and under which name and number it goes on.
 */
import { basename, resolve } from 'node:path';
import { limits as scannerLimits } from '../../scanner/limits.ts';
import { parseTarget, type Target } from '../../scanner/load/address.ts';
import { refusal } from '../archive/errors.ts';
import { ArchiveError, archiveLimits, byBytes, type PackFile, packFolder, published, readArchive, skillRecord } from '../archive/index.ts';
import { forReaders } from '../archive/limits.ts';
import { entryProblem } from '../archive/read.ts';

export interface LocalSource {
  readonly kind: 'folder' | 'git';
  /** Address of the repository, or the name of the folder: it is recorded for everybody, so no more of this machine is told. */
  readonly from: string;
  readonly commit?: string;
  readonly path?: string;
  readonly files: readonly PackFile[];
  /** Name and number that SKILL.md gives itself. */
  readonly name: string | undefined;
  readonly version: string | undefined;
}

/** What somebody wants to import: something that this machine reads, or a name at an upstream. Throws LoadError for what is no address at all. */
export function targetOf(text: string): Target {
  return parseTarget(text);
}

/**
 * Reads a folder, archive or repository.
 * @throws LoadError when it cannot be reached, ArchiveError with everything that stands in the way of publishing it
 */
export async function readLocal(target: Exclude<Target, { kind: 'registry' | 'stdin' }>): Promise<LocalSource> {
  switch (target.kind) {
    case 'path': {
      const { statSync } = await import('node:fs');
      const at = resolve(target.path);
      const from = basename(at);
      if (statSync(at, { throwIfNoEntry: false })?.isFile() !== true) return about({ kind: 'folder', from, files: packFolder(at) });
      const { readFile } = await import('node:fs/promises');
      return about({ kind: 'folder', from, files: published(await readArchive(await readFile(at))) });
    }
    case 'git': {
      const { readRemote } = await import('../../scanner/load/commit.ts');
      const { entries, commit } = await readRemote(target, { ...scannerLimits, ...forReaders(archiveLimits) });
      // Of a repository on this machine the name, as of a folder.
      const url = URL.canParse(target.url) ? new URL(target.url) : undefined;
      const from = url?.protocol === 'file:' ? basename(url.pathname) : target.url;
      return about({ kind: 'git', from, commit, ...(target.path === undefined ? {} : { path: target.path }), files: filesOf(entries) });
    }
    case 'repository': {
      const { readLocal: readCommit } = await import('../../scanner/load/commit.ts');
      const { entries, commit } = await readCommit(target.folder, target.ref, target.path, { ...scannerLimits, ...forReaders(archiveLimits) });
      return about({
        kind: 'git',
        from: basename(resolve(target.folder)),
        commit,
        ...(target.path === undefined ? {} : { path: target.path }),
        files: filesOf(entries),
      });
    }
  }
}

/** The files of a commit that would be published; whatever else is in it and cannot be, is a problem. */
function filesOf(entries: readonly Parameters<typeof entryProblem>[0][]): PackFile[] {
  const problems = entries.flatMap((entry) => entryProblem(entry) ?? []);
  if (problems.length > 0) throw refusal(problems);
  const files = entries.flatMap((entry): PackFile[] => (entry.kind === 'file' ? [{ path: entry.path, bytes: Buffer.from(entry.bytes) }] : []));
  return published(files).sort((a, b) => byBytes(a.path, b.path));
}

function about(source: Omit<LocalSource, 'name' | 'version'>): LocalSource {
  const record = skillRecord(source.files);
  if (record === undefined) throw new ArchiveError('bad-files', 'There is no SKILL.md at its root. Give the folder of one skill.');
  return { ...source, name: record.name, version: record.version };
}
