/** Builders for hostile input: tars from hand-made headers, zips from yazl or byte by byte, temporary folders that clean up. Nothing here is shipped. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { Header } from 'tar';
import { afterAll } from 'vitest';
import { type Limits, limits } from '../../../scanner/limits.ts';
import { assemble, type SourceEntry } from '../../../scanner/load/index.ts';
import type { Skill } from '../../../scanner/model.ts';

export const file = (path: string, text: string | Uint8Array): SourceEntry => ({
  path,
  kind: 'file',
  bytes: typeof text === 'string' ? Buffer.from(text) : text,
});

export const together = (entries: readonly SourceEntry[], some: Partial<Limits> = {}): Skill =>
  assemble(entries, { kind: 'memory', given: 'test', name: 'test' }, { ...limits, ...some });

export const codes = (skill: Skill): string[] => [...new Set(skill.problems.map((problem) => problem.code))].sort();
export const paths = (skill: Skill): string[] => skill.files.map((one) => one.path);
export const incomplete = (skill: Skill): boolean => skill.problems.some((problem) => problem.incomplete);

const made: string[] = [];
afterAll(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A temporary folder with files in it, removed after the test file. */
export function folder(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'load-test-'));
  made.push(root);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

export const mkfifo = (path: string): void => void execFileSync('mkfifo', [path]);

// ---------------------------------------------------------------------------------------------------------------------------- tar

export interface TarMember {
  readonly path: string;
  readonly type?: 'File' | 'SymbolicLink' | 'Link' | 'FIFO' | 'CharacterDevice' | 'Directory' | 'ExtendedHeader' | 'NextFileHasLongPath';
  readonly body?: string | Uint8Array;
  readonly link?: string;
  readonly mode?: number;
  /** Size in the header, if not that of the body. */
  readonly size?: number;
}

/** One member: header block, body, padding. */
export function tarMember(member: TarMember): Buffer {
  const body = Buffer.from(member.body ?? '');
  const header = new Header({
    path: member.path,
    type: member.type ?? 'File',
    size: member.size ?? body.length,
    mode: member.mode ?? 0o644,
    uid: 0,
    gid: 0,
    mtime: new Date(0),
    ...(member.link === undefined ? {} : { linkpath: member.link }),
  });
  const block = Buffer.alloc(512);
  header.encode(block, 0);
  return Buffer.concat([block, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}
export const tarEnd = Buffer.alloc(1024);
export const tar = (...members: readonly TarMember[]): Buffer => Buffer.concat([...members.map(tarMember), tarEnd]);

/** A pax record with its own length in front. */
export function pax(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length++;
  return `${length}${rest}`;
}

// ---------------------------------------------------------------------------------------------------------------------------- zip

export interface ZipMember {
  readonly path: string;
  readonly body?: string | Uint8Array;
  readonly mode?: number;
  readonly store?: boolean;
  readonly flags?: number;
  /** Name, size or method in the local header, if not those of the directory. */
  readonly localPath?: string;
  readonly size?: number;
  readonly method?: number;
  /** Left out of the directory. */
  readonly hidden?: boolean;
}

/** A zip, byte by byte, so that every field can lie. */
export function zip(members: readonly ZipMember[], comment = ''): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let at = 0;
  let count = 0;
  for (const member of members) {
    const body = Buffer.from(member.body ?? '');
    const data = member.store === true ? body : deflateRawSync(body);
    const method = member.method ?? (member.store === true ? 0 : 8);
    const name = Buffer.from(member.path);
    const localName = Buffer.from(member.localPath ?? member.path);
    const size = member.size ?? body.length;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(20, 4);
    local.writeUInt16LE(member.flags ?? 0, 6);
    local.writeUInt16LE(method, 8);
    local.writeUInt32LE(crc32(body) >>> 0, 14);
    local.writeUInt32LE(data.length, 18);
    local.writeUInt32LE(size, 22);
    local.writeUInt16LE(localName.length, 26);
    locals.push(local, localName, data);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(0x0314, 4);
    entry.writeUInt16LE(20, 6);
    entry.writeUInt16LE(member.flags ?? 0, 8);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(crc32(body) >>> 0, 16);
    entry.writeUInt32LE(data.length, 20);
    entry.writeUInt32LE(size, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(((member.mode ?? 0o100644) << 16) >>> 0, 38);
    entry.writeUInt32LE(at, 42);
    if (member.hidden !== true) {
      central.push(entry, name);
      count++;
    }
    at += 30 + localName.length + data.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...locals, directory, end, Buffer.from(comment, 'latin1')]);
}
