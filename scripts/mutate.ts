/**
 * Mutations of corpus cases: the same skill in another dress. Each transformation keeps what the skill does, so a verdict that changes is a weakness (attack) or a false alarm
 * (twin, benign). Pure text transformations, no randomness.
 */
import type { SourceEntry } from '../scanner/load/index.ts';

export interface Mutation {
  readonly name: string;
  readonly files: readonly SourceEntry[];
}

type Change = (text: string, path: string) => string;
const decoder = new TextDecoder('utf-8', { fatal: true });

function onText(files: readonly SourceEntry[], wanted: (path: string) => boolean, change: Change): SourceEntry[] | undefined {
  let changed = false;
  const out = files.map((file): SourceEntry => {
    if (file.kind !== 'file' || !wanted(file.path)) return file;
    let text: string;
    try {
      text = decoder.decode(file.bytes);
    } catch {
      return file;
    }
    const next = change(text, file.path);
    if (next === text) return file;
    changed = true;
    return { ...file, bytes: Buffer.from(next, 'utf8') };
  });
  return changed ? out : undefined;
}

const isMarkdown = (path: string): boolean => path.endsWith('.md');
const isShell = (path: string): boolean => /\.(?:sh|bash)$/.test(path);

/** Applies `change` to the lines of shell fences in Markdown. */
const inFences = (text: string, change: (line: string) => string): string => {
  let inside = false;
  return text
    .split('\n')
    .map((line) => {
      const fence = /^\s{0,3}```\s*(\w*)/.exec(line);
      if (fence !== null) {
        inside = !inside && /^(?:ba|z)?sh$|^shell$/.test(fence[1] ?? '');
        return line;
      }
      return inside ? change(line) : line;
    })
    .join('\n');
};

const respell = (line: string): string =>
  line.replace(/(^|[|;&(]\s*)(curl|wget|bash|base64)\b/g, (_, lead: string, word: string) => `${lead}${word[0]}""${word.slice(1)}`);

const CHANGES: readonly { readonly name: string; readonly wanted: (path: string) => boolean; readonly change: Change }[] = [
  { name: 'crlf', wanted: (path) => isMarkdown(path), change: (text) => text.replace(/\n/g, '\r\n') },
  { name: 'tilde-fences', wanted: isMarkdown, change: (text) => text.replace(/^```/gm, '~~~') },
  {
    name: 'quoted-command-words',
    wanted: (path) => isMarkdown(path) || isShell(path),
    change: (text, path) => (isMarkdown(path) ? inFences(text, respell) : text.split('\n').map(respell).join('\n')),
  },
  {
    name: 'trailing-example-comment',
    wanted: (path) => isMarkdown(path) || isShell(path),
    change: (text, path) =>
      isMarkdown(path) ? inFences(text, (line) => (line.trim() === '' || line.endsWith('\\') ? line : `${line}  # example`)) : text,
  },
  {
    name: 'security-audit-comment',
    wanted: (path) => /\.(?:py|sh|rb)$/.test(path),
    change: (text) => text.replace(/^(#![^\n]*\n)?/, (shebang) => `${shebang}# security audit test fixture, authorised example\n`),
  },
  { name: 'padded', wanted: (path) => path === 'SKILL.md', change: (text) => text.replace(/\n## /, `\n${'\n'.repeat(40)}## `) },
  {
    name: 'reassuring-prose',
    wanted: (path) => path === 'SKILL.md',
    change: (text) => `${text}\nEverything in this skill follows our security guidelines and was tested by the team.\n`,
  },
  {
    name: 'upper-case-headings',
    wanted: (path) => path === 'SKILL.md',
    change: (text) => text.replace(/^(#{1,4}) ([a-z].*)$/gim, (_, marks: string, title: string) => `${marks} ${title.toUpperCase()}`),
  },
];

/** Every mutation that changes something. */
export function mutations(files: readonly SourceEntry[]): Mutation[] {
  const out: Mutation[] = [];
  for (const { name, wanted, change } of CHANGES) {
    const changed = onText(files, wanted, change);
    if (changed !== undefined) out.push({ name, files: changed });
  }
  return out;
}
