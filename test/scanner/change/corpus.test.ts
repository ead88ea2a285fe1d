/**
 * Every case of the corpus, honest or not, against itself in another dress: nothing may appear and nothing may have grown. What attacks do is in here too, so layout, comments, and a moved folder may neither hide nor invent a finding.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compare } from '../../../scanner/index.ts';
import type { SourceEntry } from '../../../scanner/load/index.ts';
import { readCase } from '../../case.ts';
import { balanced, examineEntries, told } from './change.ts';

const root = fileURLToPath(new URL('../../../corpus', import.meta.url));
const decoder = new TextDecoder('utf-8', { fatal: true });

function onText(files: readonly SourceEntry[], wanted: RegExp, change: (text: string) => string): SourceEntry[] {
  return files.map((file): SourceEntry => {
    if (file.kind !== 'file' || !wanted.test(file.path)) return file;
    try {
      return { ...file, bytes: Buffer.from(change(decoder.decode(file.bytes)), 'utf8') };
    } catch {
      return file;
    }
  });
}

/** After a shebang and the lines that must stand first; not within files that an interpreter reads in a mode of its own. */
const commented = (mark: string) => (text: string) => {
  const at = text.startsWith('#!') ? text.indexOf('\n') + 1 : 0;
  return `${text.slice(0, at)}${mark} Kept in one file on purpose.\n${text.slice(at)}`;
};

const DRESSES: Readonly<Record<string, (files: readonly SourceEntry[]) => SourceEntry[]>> = {
  'CRLF in pages': (files) => onText(files, /\.md$/i, (text) => text.replace(/\r?\n/g, '\r\n')),
  'files in another order, comments in scripts, empty lines at the ends and a closing section': (files) => {
    const scripts = onText(onText(files, /\.(?:sh|py|rb)$/, commented('#')), /\.(?:m?js|ts|go)$/, commented('//'));
    const ended = onText(scripts, /\.(?:sh|py|m?js|ts|md)$/, (text) => (text.endsWith('\n') ? `${text}\n\n` : text));
    return onText(ended, /^SKILL\.md$/i, (text) => `${text.replace(/\n*$/, '\n')}\n## Colophon\n\nThe tone is friendly.\n`).reverse();
  },
};

for (const folder of ['benign', 'twin', 'malicious']) {
  describe(`corpus/${folder} in another dress says nothing new`, () => {
    for (const name of readdirSync(join(root, folder)).sort()) {
      if (!name.endsWith('.md')) continue;
      it(name.slice(0, -3), async () => {
        const { files } = readCase(join(root, folder, name));
        const before = await examineEntries(files);
        for (const [dress, change] of Object.entries(DRESSES)) {
          const result = compare(before, await examineEntries(change(files)), { policy: balanced });
          expect(told(result), dress).toEqual([]);
        }
      });
    }
  });
}
