/**
 * The case: one Markdown file that holds a whole skill and what the product must say about it. Rule pages, the corpus and bug reports use it.
 * Files are fences of four or more tildes whose info string says `<language> file=<path>`; `base64 file=` holds a binary, `symlink file=` a link target.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { type Report, type ScanOptions, scan } from '../scanner/index.ts';
import { limits } from '../scanner/limits.ts';
import { assemble, type SourceEntry } from '../scanner/load/index.ts';

export interface Case {
  readonly path: string;
  readonly verdict: 'pass' | 'review' | 'block' | 'incomplete';
  readonly family: string;
  readonly rules: readonly string[];
  readonly technique: string;
  readonly probe?: number;
  readonly says: string;
  readonly files: readonly SourceEntry[];
}

export interface Fence {
  readonly language: string;
  readonly info: string;
  readonly path: string | undefined;
  readonly text: string;
  /** Nearest heading above it. */
  readonly heading: string;
}

/** Reads the tilde fences of a Markdown text. Throws with the line if a fence is not closed. */
export function fencesOf(markdown: string): Fence[] {
  const fences: Fence[] = [];
  let heading = '';
  let open: { mark: string; info: string; lines: string[]; line: number } | undefined;
  markdown.split('\n').forEach((line, index) => {
    if (open !== undefined) {
      if (line.trimEnd() === open.mark) {
        const [language = '', ...rest] = open.info.split(/\s+/);
        const path = rest.find((word) => word.startsWith('file='))?.slice(5);
        fences.push({ language, info: open.info, path, text: open.lines.map((content) => `${content}\n`).join(''), heading });
        open = undefined;
      } else open.lines.push(line);
      return;
    }
    const start = /^(~{4,})\s*(.*)$/.exec(line);
    if (start !== null) open = { mark: start[1]!, info: start[2]!.trim(), lines: [], line: index + 1 };
    else if (line.startsWith('#')) heading = line.replace(/^#+\s*/, '');
  });
  if (open !== undefined) throw new Error(`fence opened on line ${open.line} is not closed`);
  return fences;
}

/** A fence as an entry for the in-memory loader. */
export function entryOf(fence: Fence): SourceEntry {
  const path = fence.path ?? 'SKILL.md';
  if (fence.language === 'symlink') return { path, kind: 'link', target: fence.text.trim() };
  if (fence.language === 'base64') return { path, kind: 'file', bytes: Buffer.from(fence.text.replace(/\s+/g, ''), 'base64') };
  return { path, kind: 'file', bytes: Buffer.from(fence.text, 'utf8') };
}

/** Reads one case file. */
export function readCase(path: string): Case {
  const text = readFileSync(path, 'utf8');
  const match = /^---\n([\s\S]*?)\n---\n/.exec(text);
  if (match === null) throw new Error(`${path}:1: expected YAML frontmatter`);
  const meta = parse(match[1]!) as { verdict: Case['verdict']; family?: string; rules?: string[]; technique?: string; probe?: number };
  const body = text.slice(match[0].length);
  return {
    path,
    verdict: meta.verdict,
    family: meta.family ?? '',
    rules: meta.rules ?? [],
    technique: meta.technique ?? '',
    ...(meta.probe === undefined ? {} : { probe: meta.probe }),
    says: body.slice(0, Math.max(0, body.indexOf('\n~~~~'))).trim(),
    files: fencesOf(body).map(entryOf),
  };
}

/** An example on a rule's page: the fences under one `###` heading. */
export interface Example {
  readonly section: 'Fires on' | 'Stays silent on';
  readonly title: string;
  readonly files: readonly SourceEntry[];
}

/** Reads the examples of a rule's page. Throws if a fence stands outside an example. */
export function examplesOf(page: string): Example[] {
  const examples: Example[] = [];
  for (const section of ['Fires on', 'Stays silent on'] as const) {
    const from = page.indexOf(`\n## ${section}\n`);
    if (from < 0) continue;
    const next = sectionEnd(page, from + 1);
    const text = page.slice(from, next);
    const titles: string[] = [];
    const grouped = new Map<string, SourceEntry[]>();
    for (const fence of fencesOf(text)) {
      const list = grouped.get(fence.heading);
      if (list) list.push(entryOf(fence));
      else {
        grouped.set(fence.heading, [entryOf(fence)]);
        titles.push(fence.heading);
      }
    }
    for (const title of titles) examples.push({ section, title, files: grouped.get(title)! });
  }
  return examples;
}

/** End of a `##` section, not counting headings inside fences. */
function sectionEnd(page: string, from: number): number {
  let mark: string | undefined;
  let at = page.indexOf('\n', from) + 1;
  while (at > 0 && at < page.length) {
    const end = page.indexOf('\n', at);
    const line = page.slice(at, end < 0 ? page.length : end);
    const fence = /^(~{4,})/.exec(line);
    if (mark !== undefined) {
      if (line.trimEnd() === mark) mark = undefined;
    } else if (fence !== null) mark = fence[1];
    else if (line.startsWith('## ')) return at;
    if (end < 0) break;
    at = end + 1;
  }
  return page.length;
}

/** Scans files given in memory, as a user's `skill vet` would see them. */
export async function scanEntries(files: readonly SourceEntry[], options: ScanOptions = {}): Promise<Report> {
  return scan(assemble(files, { kind: 'memory', given: 'memory', name: 'memory' }, limits), { asOf: '2026-01-01', ...options });
}
