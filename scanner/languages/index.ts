/** The languages we read, in order of preference. One line each; what decides: name, shebang, extension, content. */
import type { Language, LanguageEntry } from './contract.ts';

const plain =
  (load: () => Promise<{ default: Language }>): (() => Promise<Language>) =>
  async () =>
    (await load()).default;

export const languages: readonly LanguageEntry[] = [
  {
    id: 'markdown',
    tags: ['md', 'markdown', 'mdx'],
    extensions: ['.md', '.markdown', '.mdx', '.mdc'],
    shebangs: [],
    load: plain(() => import('./markdown/index.ts')),
  },
  { id: 'surface', tags: [], extensions: [], shebangs: [], load: plain(() => import('./surface/index.ts')) },
  { id: 'prose', tags: [], extensions: [], shebangs: [], load: plain(() => import('./prose/index.ts')) },
  {
    id: 'shell',
    tags: ['sh', 'bash', 'zsh', 'shell', 'console', 'shell-session', 'shellscript', 'terminal', 'ksh', 'fish'],
    extensions: ['.sh', '.bash', '.zsh', '.ksh', '.command', '.fish', '.bats', '.envrc'],
    shebangs: ['sh', 'bash', 'zsh', 'dash', 'ksh', 'ash', 'fish'],
    load: plain(() => import('./shell/index.ts')),
  },
  {
    id: 'javascript',
    tags: ['js', 'javascript', 'jsx', 'ts', 'typescript', 'tsx', 'mjs', 'cjs', 'node'],
    extensions: ['.js', '.mjs', '.cjs', '.jsx', '.ts', '.mts', '.cts', '.tsx'],
    shebangs: ['node', 'bun', 'deno', 'tsx', 'ts-node', 'zx'],
    load: plain(() => import('./javascript/index.ts')),
  },
  {
    id: 'python',
    tags: ['py', 'python', 'python3', 'py3', 'ipython', 'pycon'],
    extensions: ['.py', '.pyw', '.pyi'],
    shebangs: ['python', 'uv', 'pypy', 'ipython'],
    load: async () => (await import('./python/index.ts')).load(),
  },
  {
    id: 'html',
    tags: ['html', 'svg', 'xml', 'vue', 'xhtml'],
    extensions: ['.html', '.htm', '.svg', '.xml', '.xhtml', '.vue'],
    shebangs: [],
    load: plain(() => import('./html/index.ts')),
  },
  {
    id: 'text',
    tags: ['text', 'txt', 'plaintext', 'rst'],
    extensions: ['.txt', '.rst', '.adoc', '.text', '.log'],
    shebangs: [],
    load: plain(() => import('./text/index.ts')),
  },
];

/** Loaded readers. A reader is stateless; a grammar that trapped is dropped with its worker. */
const loaded = new Map<string, Promise<Language>>();

/** Finds a reader by id or fence tag. */
export function resolve(name: string): Promise<Language | undefined> {
  const key = name.toLowerCase();
  const entry = languages.find((language) => language.id === key) ?? languages.find((language) => language.tags.includes(key));
  if (entry === undefined) return Promise.resolve(undefined);
  let reader = loaded.get(entry.id);
  if (reader === undefined) {
    reader = entry.load();
    loaded.set(entry.id, reader);
  }
  return reader;
}

const basename = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** `#!/usr/bin/env -S python3.11 -u` gives `python`. Undefined without a shebang. */
export function interpreterOf(text: string): string | undefined {
  const match = /^#![ \t]{0,8}([^\r\n]{1,200})/.exec(text);
  if (match === null) return undefined;
  const words = match[1]!.trim().split(/[ \t]+/);
  let head = basename(words[0] ?? '');
  if (head === 'env') head = basename(words.slice(1).find((word) => !word.startsWith('-') && !word.includes('=')) ?? '');
  return head.replace(/[\d.]+$/, '').toLowerCase();
}

/**
 * The language of a whole file: shebang, then well-known name, then extension, then content. Content first where it is certain, so that a shell script named
 * `notes.txt` is read as shell.
 */
export function languageOf(path: string, text: string): string | undefined {
  const named = languages.find((language) => language.names?.(path));
  if (named !== undefined) return named.id;
  const interpreter = interpreterOf(text);
  if (interpreter !== undefined) {
    const byShebang = languages.find((language) => language.shebangs.includes(interpreter));
    if (byShebang !== undefined) return byShebang.id;
  }
  const name = basename(path).toLowerCase();
  const dot = name.lastIndexOf('.');
  if (dot > 0) {
    const byExtension = languages.find((language) => language.extensions.includes(name.slice(dot)));
    if (byExtension !== undefined) return byExtension.id;
  }
  return languages.find((language) => language.sniff?.(text))?.id;
}
