/**
 * Any archive to files, strictly. The scanner's readers look at it (two for each format, bounded, in memory, nothing is written); where they had to repair, skip, guess or
 * disagree, the archive is refused instead, with every reason. One wrapper folder around the skill and a leading `./` are taken off.
 *
 * It promises files whose names passed the law of paths (check.ts), in byte order, or an ArchiveError; nothing else is ever thrown. Hidden names are let through: who publishes
 * leaves them out ({@link published}) or is refused by {@link checkFiles}. Stops zip-slip, links, bombs, hidden and overlapping members, encrypted parts.
 */
import { type SourceEntry, whyUnread } from '../../scanner/load/contract.ts';
import { quote } from '../../scanner/load/errors.ts';
import { packageKind } from '../../scanner/load/stdin.ts';
import { byBytes, judgeNames, judgeSizes, type PackFile } from './check.ts';
import { ArchiveError, type FileProblem, type FileProblemCode, refusal } from './errors.ts';
import { type ArchiveLimits, archiveLimits, forReaders } from './limits.ts';

/** Codes of the scanner's readers; what is not listed is damage. */
const codes: Readonly<Record<string, FileProblemCode>> = {
  'file-too-large': 'file-too-large',
  'too-many-bytes': 'total-too-large',
  'too-many-files': 'too-many-files',
  'ratio-bomb': 'bomb',
  'encrypted-archive': 'encrypted',
  'ambiguous-archive': 'ambiguous',
  'path-escape': 'path-escape',
  'time-limit': 'time-limit',
  'too-deep': 'path-too-long',
  unreadable: 'unreadable',
};

/** What an entry that is no plain file means; undefined for a plain file. */
export function entryProblem(entry: SourceEntry): FileProblem | undefined {
  const { path } = entry;
  switch (entry.kind) {
    case 'file':
      return undefined;
    case 'link':
    case 'hardlink':
      return {
        code: 'link',
        path,
        says: `${quote(path)} is a ${entry.kind === 'link' ? 'symbolic' : 'hard'} link to ${quote(entry.target)}. Links are not kept: put the file itself in its place, or leave it out.`,
      };
    case 'device':
    case 'submodule':
      return {
        code: 'special-file',
        path,
        says: `${quote(path)} is no file but a ${entry.kind === 'device' ? quote(entry.target) : 'git submodule'}. Leave it out.`,
      };
    case 'unread':
      return { code: codes[entry.why] ?? 'damaged', path, says: `${quote(path)} ${whyUnread[entry.why]}.` };
    case 'problem':
      return { code: codes[entry.code] ?? 'damaged', path, says: `${path === '' ? 'The package' : quote(path)}: ${entry.says}.` };
  }
}

const withoutDot = (path: string): string => (path.startsWith('./') ? path.slice(2) : path);

/**
 * Reads a zip, tar or gzipped tar.
 * @throws ArchiveError `not-an-archive`, `bad-files` or `too-large`
 */
export async function readArchive(bytes: Buffer, limits: ArchiveLimits = archiveLimits): Promise<PackFile[]> {
  if (bytes.length > limits.archiveBytes)
    throw new ArchiveError('too-large', `The archive has ${bytes.length} bytes; the limit is ${limits.archiveBytes}. Leave some files out.`);
  const kind = packageKind(bytes);
  if (kind === undefined)
    throw new ArchiveError('not-an-archive', 'These bytes are neither a zip nor a tar. Give a .zip, .tar or .tar.gz with a SKILL.md in it.');
  const entries = await entriesOf(kind, bytes, limits);
  const problems = entries.flatMap((entry) => entryProblem(entry) ?? []);
  const files = entries.flatMap((entry): PackFile[] =>
    entry.kind === 'file' ? [{ path: withoutDot(entry.path), bytes: Buffer.from(entry.bytes) }] : [],
  );
  problems.push(
    ...judgeNames(
      files.map((file) => file.path),
      limits,
    ),
    ...judgeSizes(
      files.map((file) => ({ path: file.path, size: file.bytes.length })),
      limits,
    ),
  );
  if (problems.length > 0) throw refusal(problems);
  if (files.length === 0) throw refusal([{ code: 'no-files', path: '', says: 'The archive holds no files. Put the skill at its root.' }]);
  return files.sort((a, b) => byBytes(a.path, b.path));
}

async function entriesOf(kind: 'zip' | 'tar', bytes: Buffer, limits: ArchiveLimits): Promise<SourceEntry[]> {
  try {
    if (kind === 'zip') return await (await import('../../scanner/load/zip.ts')).readZip(bytes, forReaders(limits));
    return await (await import('../../scanner/load/tar.ts')).readTar(bytes, forReaders(limits));
  } catch (error) {
    // The readers promise not to throw; if one does, the archive is what it stumbled over.
    throw new ArchiveError('bad-files', 'The archive is damaged and could not be read. Pack it again.', [], error);
  }
}
