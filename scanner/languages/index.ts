/** The languages we read, in order of preference. One line each; what decides: name, shebang, extension, content. */
import type { Language, LanguageEntry } from './contract.ts';
import { isManifest } from './manifest/autoload.ts';
import { withNotes } from './notes.ts';

const plain =
  (load: () => Promise<{ default: Language }>): (() => Promise<Language>) =>
  async () =>
    (await load()).default;

export const languages: readonly LanguageEntry[] = [
  { id: 'manifest', tags: [], extensions: [], shebangs: [], names: isManifest, load: plain(() => import('./manifest/index.ts')) },
  {
    id: 'workflow',
    tags: ['github-actions', 'gha'],
    extensions: [],
    shebangs: [],
    names: (path) =>
      /(?:^|\/)(?:\.github\/(?:workflows|actions)\/.{1,200}|\.gitlab-ci|\.gitlab\/.{1,200}|\.circleci\/config|azure-pipelines|bitbucket-pipelines|action|\.drone|\.woodpecker|\.travis|Taskfile(?:\.dist)?|taskfile)\.ya?ml$/.test(
        path,
      ),
    load: async () => (await import('./build/index.ts')).workflow,
  },
  {
    id: 'compose',
    tags: ['docker-compose', 'compose', 'k8s', 'kubernetes'],
    extensions: [],
    shebangs: [],
    names: (path) => /(?:^|\/)(?:docker-)?compose[\w.-]{0,40}\.ya?ml$/i.test(path),
    load: async () => (await import('./build/index.ts')).compose,
  },
  {
    id: 'dockerfile',
    tags: ['docker', 'dockerfile', 'containerfile'],
    extensions: ['.dockerfile', '.containerfile'],
    shebangs: [],
    names: (path) => /(?:^|\/)(?:Dockerfile|Containerfile)(?:\.[\w.-]{1,40})?$/i.test(path),
    load: async () => (await import('./build/index.ts')).dockerfile,
  },
  {
    id: 'makefile',
    tags: ['make', 'makefile', 'mk', 'just', 'justfile'],
    extensions: ['.mk', '.mak', '.make', '.just'],
    shebangs: ['make', 'just'],
    names: (path) => /(?:^|\/)(?:GNUmakefile|[Mm]akefile(?:\.[\w-]{1,20})?|\.?[Jj]ustfile)$/.test(path),
    load: async () => (await import('./build/index.ts')).makefile,
  },
  { id: 'notebook', tags: ['ipynb', 'jupyter'], extensions: ['.ipynb'], shebangs: [], load: plain(() => import('./notebook/index.ts')) },
  {
    id: 'json',
    tags: ['json', 'jsonc', 'json5', 'jsonl', 'ndjson', 'geojson', 'hjson'],
    extensions: ['.json', '.jsonc', '.json5', '.jsonl', '.ndjson', '.geojson', '.webmanifest', '.sarif', '.har', '.map'],
    shebangs: [],
    sniff: (text) => /^\s{0,200}[[{]\s{0,200}["[{]/.test(text.slice(0, 500)),
    load: async () => (await import('./data/index.ts')).json,
  },
  { id: 'yaml', tags: ['yaml', 'yml'], extensions: ['.yaml', '.yml'], shebangs: [], load: async () => (await import('./data/index.ts')).yaml },
  { id: 'toml', tags: ['toml'], extensions: ['.toml'], shebangs: [], load: async () => (await import('./data/index.ts')).toml },
  {
    id: 'ini',
    tags: ['ini', 'cfg', 'conf', 'properties', 'dotenv', 'env', 'systemd'],
    extensions: ['.ini', '.cfg', '.conf', '.properties', '.env', '.editorconfig'],
    shebangs: [],
    names: (path) => /(?:^|\/)\.env(?:\.[\w.-]{1,40})?$/.test(path) && !/\.(?:js|ts|py|sh)$/.test(path),
    load: async () => (await import('./data/index.ts')).ini,
  },
  { id: 'csv', tags: ['csv', 'tsv'], extensions: ['.csv', '.tsv'], shebangs: [], load: async () => (await import('./data/index.ts')).csv },
  {
    id: 'perl',
    tags: ['perl', 'pl', 'pm'],
    extensions: ['.pl', '.pm', '.perl', '.cgi', '.t'],
    shebangs: ['perl'],
    load: plain(() => import('./tokens/perl.ts')),
  },
  {
    id: 'applescript',
    tags: ['applescript', 'osascript', 'scpt'],
    extensions: ['.applescript', '.scpt', '.scptd'],
    shebangs: ['osascript'],
    load: plain(() => import('./tokens/applescript.ts')),
  },
  {
    id: 'batch',
    tags: ['bat', 'batch', 'cmd', 'batchfile', 'dos', 'winbatch'],
    extensions: ['.bat', '.cmd', '.btm'],
    shebangs: [],
    load: plain(() => import('./tokens/batch.ts')),
  },
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
  {
    id: 'powershell',
    tags: ['powershell', 'ps1', 'pwsh', 'ps'],
    extensions: ['.ps1', '.psm1', '.psd1'],
    shebangs: ['pwsh', 'powershell'],
    load: async () => (await import('./powershell/index.ts')).load(),
  },
  {
    id: 'ruby',
    tags: ['ruby', 'rb'],
    extensions: ['.rb', '.rake', '.gemspec', '.ru'],
    shebangs: ['ruby'],
    load: async () => (await import('./ruby/index.ts')).load(),
  },
  { id: 'php', tags: ['php'], extensions: ['.php', '.phtml', '.phar'], shebangs: ['php'], load: async () => (await import('./php/index.ts')).load() },
  { id: 'go', tags: ['go', 'golang'], extensions: ['.go'], shebangs: [], load: async () => (await import('./go/index.ts')).load() },
  {
    id: 'tokens',
    tags: [
      'c',
      'h',
      'cc',
      'cpp',
      'cxx',
      'hpp',
      'c++',
      'objc',
      'objective-c',
      'zig',
      'java',
      'groovy',
      'gradle',
      'kotlin',
      'kt',
      'kts',
      'scala',
      'csharp',
      'cs',
      'c#',
      'fsharp',
      'fs',
      'rust',
      'rs',
      'swift',
      'dart',
      'go',
      'golang',
      'lua',
      'luau',
      'r',
      'rscript',
      'julia',
      'jl',
      'vb',
      'vbs',
      'vba',
      'vbscript',
      'vbnet',
      'wsf',
      'hta',
      'ruby',
      'rb',
      'php',
      'awk',
      'gawk',
      'tcl',
      'expect',
      'haskell',
      'hs',
      'elixir',
      'ex',
      'exs',
      'nim',
    ],
    extensions: [
      '.c',
      '.h',
      '.cc',
      '.cpp',
      '.cxx',
      '.hpp',
      '.m',
      '.mm',
      '.zig',
      '.ino',
      '.java',
      '.groovy',
      '.gradle',
      '.kt',
      '.kts',
      '.scala',
      '.sc',
      '.sbt',
      '.cs',
      '.csx',
      '.fs',
      '.fsx',
      '.rs',
      '.swift',
      '.dart',
      '.go',
      '.lua',
      '.r',
      '.jl',
      '.vb',
      '.vbs',
      '.vba',
      '.bas',
      '.wsf',
      '.wsh',
      '.hta',
      '.rb',
      '.rake',
      '.gemspec',
      '.php',
      '.phtml',
      '.awk',
      '.tcl',
      '.exp',
      '.hs',
      '.ex',
      '.exs',
      '.nim',
    ],
    shebangs: [
      'lua',
      'luajit',
      'Rscript',
      'rscript',
      'julia',
      'ruby',
      'php',
      'awk',
      'gawk',
      'mawk',
      'tclsh',
      'wish',
      'expect',
      'swift',
      'runhaskell',
      'elixir',
      'kotlin',
      'scala',
      'java',
      'dart',
      'rust-script',
      'groovy',
    ],
    load: plain(() => import('./tokens/index.ts')),
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
    reader = entry.load().then(withNotes);
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
  return head.replace(/[\d.]{1,20}$/, '').toLowerCase();
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
