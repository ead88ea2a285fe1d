/**
 * Entries to Skill: the one place that believes nothing a source says. Judges paths (path.ts, names.ts), names what bytes are (classify.ts), opens archives inside
 * archives, applies the limits for files and bytes, and makes the digest.
 *
 * It promises the same Skill for the same entries in any order, a problem for everything it could not take as it was, and no throw. Files are in code-unit order of
 * their paths and their ids are that order. Where not everything fits, small files are read before large ones, so that none is crowded out by padding.
 */
import { createHash } from 'node:crypto';
import { openArchive, type Room } from '../decode/archive.ts';
import type { Limits } from '../limits.ts';
import type { File, Origin, Problem, Skill } from '../model.ts';
import { roomOf, sha256 } from './budget.ts';
import { type Described, describe, describeHead } from './classify.ts';
import { type SourceEntry, whyUnread } from './contract.ts';
import { quote } from './errors.ts';
import { belowNonFolders, type Names, names } from './names.ts';
import { baseName, inOrder, isGitObject, judgePath } from './path.ts';
import { repositoriesIn } from './repository.ts';

type Draft = Omit<File, 'id'>;
type Content = Exclude<SourceEntry, { kind: 'problem' }>;
interface Judged {
  readonly entry: Content;
  readonly path: string;
  readonly problems: readonly { readonly code: Problem['code']; readonly says: string }[];
}

interface Work {
  readonly limits: Limits;
  readonly names: Names;
  readonly files: Draft[];
  readonly problems: Omit<Problem, 'file'>[];
  readonly room: Room;
  /** Room for objects of a git store, which are listed beside the limit for files. */
  objects: number;
}

/** Stands where the bytes were never seen. */
const unseen = '0'.repeat(64);

/** Makes a Skill of what a reader yielded. */
export function assemble(entries: readonly SourceEntry[], origin: Origin, limits: Limits): Skill {
  const work: Work = {
    limits,
    names: names(),
    files: [],
    problems: [],
    room: roomOf(limits),
    objects: limits.files * 4,
  };
  place(entries, '', 0, work);

  for (const clash of belowNonFolders(work.files.map((file) => ({ path: file.path, link: file.kind === 'link' }))))
    work.problems.push({ ...clash, incomplete: false });
  for (const git of repositoriesIn(work.files.map((file) => file.path))) {
    const says = `${quote(git)} is a git repository: its hooks, settings and history come with the package`;
    work.problems.push({ code: 'nested-repository', path: git, says, incomplete: false });
  }

  // A package of which nothing could be kept still has one row that its problems can stand on.
  if (work.files.length === 0 && work.problems.length > 0) addNothing(judgePath(baseName(origin.name), limits).path, work);

  const files = work.files.sort((a, b) => inOrder(a.path, b.path)).map((file, id): File => ({ id, ...file }));
  const ids = new Map(files.map((file) => [file.path, file.id]));
  const problems = work.problems
    .sort((a, b) => inOrder(a.path, b.path) || inOrder(a.code, b.code) || inOrder(a.says, b.says))
    .map((problem): Problem => {
      const file = ids.get(problem.path);
      return file === undefined ? problem : { ...problem, file };
    });
  return { origin, files, problems, digest: digestOf(files) };
}

/** `sha256:<hex>` over sorted (path, kind, sha256). NUL and newline cannot occur in judged paths. */
export function digestOf(files: readonly Pick<File, 'path' | 'kind' | 'sha256'>[]): string {
  const hash = createHash('sha256');
  for (const { path, kind, sha256: content } of [...files].sort((a, b) => inOrder(a.path, b.path))) hash.update(`${path}\0${kind}\0${content}\n`);
  return `sha256:${hash.digest('hex')}`;
}

/** An order that depends on nothing but the entries themselves. */
function judgedInOrder(entries: readonly SourceEntry[], limits: Limits): Judged[] {
  const judged: (Judged & { key?: string })[] = [];
  for (const entry of entries) if (entry.kind !== 'problem') judged.push({ entry, ...judgePath(entry.path, limits) });
  const content = (item: Judged & { key?: string }): string => {
    const { entry } = item;
    item.key ??= entry.kind === 'file' ? sha256(entry.bytes) : entry.kind === 'unread' ? `${entry.why}${entry.size}` : entry.target;
    return item.key;
  };
  return judged.sort(
    (a, b) =>
      inOrder(a.path, b.path) || inOrder(a.entry.path, b.entry.path) || inOrder(a.entry.kind, b.entry.kind) || inOrder(content(a), content(b)),
  );
}

/** Places the entries of one source or archive; `prefix` is `outer.zip!/` for members. */
function place(entries: readonly SourceEntry[], prefix: string, depth: number, work: Work): void {
  const { limits } = work;
  const all = judgedInOrder(entries, limits);
  for (const entry of entries) {
    if (entry.kind !== 'problem') continue;
    const path = prefix === '' ? (entry.path === '' ? '.' : judgePath(entry.path, limits).path) : prefix.slice(0, -2);
    work.problems.push({ code: entry.code, path, says: `${quote(path)}: ${entry.says}`, incomplete: entry.incomplete });
  }

  // The package itself is cut here; members of archives were counted by the room they were opened in.
  const kept = depth > 0 ? all : withinCount(all, work);
  const tooMany = depth > 0 ? new Set<Judged>() : beyondBytes(kept, work);

  const archives: { path: string; bytes: Uint8Array; opens: 'zip' | 'tar' | 'gzip' }[] = [];
  for (const item of kept) {
    const { entry } = item;
    const taken = work.names.take(prefix + item.path, prefix + entry.path);
    const { path } = taken;
    for (const { code, says } of [...item.problems, ...taken.problems]) work.problems.push({ code, path, says, incomplete: false });
    if (entry.kind === 'file') {
      const why = entry.bytes.length > limits.fileBytes ? 'file-too-large' : tooMany.has(item) ? 'too-many-bytes' : undefined;
      if (why !== undefined)
        addUnread(
          path,
          { ...entry, kind: 'unread', size: entry.bytes.length, why, head: entry.bytes.subarray(0, 65_536), sha256: sha256(entry.bytes) },
          work,
        );
      else {
        const opens = addFile(path, entry.bytes, entry.executable ?? false, work);
        if (opens !== undefined) archives.push({ path, bytes: entry.bytes, opens });
      }
    } else if (entry.kind === 'unread') addUnread(path, entry, work);
    else addLink(path, entry, work);
  }
  for (const archive of archives) openNested(archive.path, archive.bytes, archive.opens, depth, work);
}

/** Keeps as many entries as the limit allows, shallow ones first, and says how many were left out. */
function withinCount(all: readonly Judged[], work: Work): readonly Judged[] {
  if (all.length <= work.room.files) {
    work.room.files -= all.length;
    return all;
  }
  const depthOf = (item: Judged): number => item.path.split('/').length;
  const ranked = [...all].sort((a, b) => depthOf(a) - depthOf(b) || inOrder(a.path, b.path));
  const kept = new Set<Judged>();
  let left = 0;
  for (const item of ranked) {
    if (isGitObject(item.path)) {
      if (work.objects-- > 0) kept.add(item);
    } else if (work.room.files > 0) {
      work.room.files--;
      kept.add(item);
    } else left++;
  }
  if (left > 0) {
    const says = `the package has more than ${work.limits.files} files; ${left} of them were left out`;
    work.problems.push({ code: 'too-many-files', path: '.', says, incomplete: true });
  }
  return all.filter((item) => kept.has(item));
}

/** Files that do not fit into the bytes of the package when the small ones go first. */
function beyondBytes(kept: readonly Judged[], work: Work): Set<Judged> {
  const sized = kept.flatMap((item) =>
    item.entry.kind === 'file' && item.entry.bytes.length <= work.limits.fileBytes ? [{ item, size: item.entry.bytes.length }] : [],
  );
  const beyond = new Set<Judged>();
  for (const { item, size } of sized.sort((a, b) => a.size - b.size)) {
    if (size <= work.room.bytes) work.room.bytes -= size;
    else beyond.add(item);
  }
  return beyond;
}

function addFile(path: string, bytes: Uint8Array, executable: boolean, work: Work): 'zip' | 'tar' | 'gzip' | undefined {
  const { kind, text, encoding, signature, remarks, opens } = describeSafely(path, bytes, work.limits);
  for (const { code, says, incomplete } of remarks) work.problems.push({ code, path, says: `${quote(path)}: ${says}`, incomplete });
  work.files.push({
    path,
    kind,
    size: bytes.length,
    sha256: sha256(bytes),
    text,
    executable,
    ...(kind !== 'text' && bytes.length <= work.limits.keepBytes ? { bytes } : {}),
    ...(encoding === undefined ? {} : { encoding }),
    ...(signature === undefined ? {} : { signature }),
  });
  return opens;
}

/** A fault of ours in one file must not end the others, and must not be silence either. */
function describeSafely(path: string, bytes: Uint8Array, limits: Limits): Described {
  try {
    return describe(path, bytes, limits);
  } catch (error) {
    const says = `looking at it failed (${error instanceof Error ? error.message.slice(0, 100) : 'unknown error'})`;
    return { kind: 'unknown', text: '', remarks: [{ code: 'unreadable', says, incomplete: true }] };
  }
}

function addUnread(path: string, entry: Extract<SourceEntry, { kind: 'unread' }>, work: Work): void {
  const { kind, signature, harmless } = describeHead(path, entry.head);
  const sized = entry.why === 'file-too-large' || entry.why === 'too-many-bytes';
  const inStore = isGitObject(path);
  work.files.push({
    path,
    kind: inStore && kind === 'unknown' ? 'inert' : kind,
    size: Math.max(0, entry.size),
    sha256: entry.sha256 ?? unseen,
    text: '',
    executable: false,
    ...(signature === undefined ? {} : { signature }),
  });
  work.problems.push({ code: entry.why, path, says: `${quote(path)} ${whyUnread[entry.why]}`, incomplete: !(sized && (harmless || inStore)) });
}

function addNothing(path: string, work: Work): void {
  work.files.push({ path, kind: 'unknown', size: 0, sha256: unseen, text: '', executable: false });
}

const linkWords = {
  link: { code: 'symlink', says: 'is a symbolic link to' },
  hardlink: { code: 'hardlink', says: 'is a hard link to' },
  device: { code: 'device', says: 'is no file but a' },
  submodule: { code: 'submodule', says: 'is a git submodule, whose files are not in the package:' },
} as const satisfies Record<string, { code: Problem['code']; says: string }>;

function addLink(path: string, entry: Extract<SourceEntry, { target: string }>, work: Work): void {
  const { code, says } = linkWords[entry.kind];
  const where = entry.kind === 'link' || entry.kind === 'hardlink' ? whereTo(path, entry) : '';
  work.files.push({
    path,
    kind: 'link',
    size: Buffer.byteLength(entry.target),
    sha256: sha256(entry.target),
    text: '',
    executable: false,
    target: entry.target,
  });
  work.problems.push({ code, path, says: `${quote(path)} ${says} ${quote(entry.target)}${where}`, incomplete: entry.kind === 'submodule' });
}

/** Whether a link stays inside. Links are never followed, so this only informs. */
function whereTo(path: string, entry: { readonly kind: string; readonly target: string }): string {
  const { target } = entry;
  if (target.startsWith('/') || target.startsWith('\\') || /^[A-Za-z]:/.test(target)) return ', outside the package';
  const folder = path.split('/').slice(0, -1);
  const way = entry.kind === 'hardlink' ? [] : folder;
  for (const segment of target.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') way.push(segment);
    else if (way.pop() === undefined) return ', outside the package';
  }
  return ', inside the package';
}

function openNested(path: string, bytes: Uint8Array, opens: 'zip' | 'tar' | 'gzip', depth: number, work: Work): void {
  const { limits } = work;
  const deep = depth >= limits.archiveDepth;
  if (deep || work.room.files <= 0) {
    const says = deep
      ? `is an archive inside ${depth} others and was not opened`
      : 'was not opened: the package has as many files as the limit allows';
    work.problems.push({ code: deep ? 'too-deep' : 'too-many-files', path, says: `${quote(path)} ${says}`, incomplete: true });
    return;
  }
  const inner = baseName(path).replace(/\.gz$/i, '');
  place(openArchive(opens, bytes, work.room, inner === '' ? 'data' : inner), `${path}!/`, depth + 1, work);
}
