/**
 * Reader of known files: what hosts run, load or trust because of a file's name. `autoload.ts` says which file is what; here each kind gets its parser and its reader. What a
 * reader leaves over is read like any data, so that a sentence in an unused field is still a sentence.
 */
import { known } from '../../value.ts';
import { type Language, type ReadContext, shifted } from '../contract.ts';
import { command, type Doc, docOf, hook, state } from '../data/doc.ts';
import { readAsCode, readStrings } from '../data/generic.ts';
import { readIni } from '../data/ini-tree.ts';
import { scanJson } from '../data/json-scan.ts';
import { readToml } from '../data/toml-tree.ts';
import { entriesOf, find, type Tree, textsOf } from '../data/tree.ts';
import { readYaml } from '../data/yaml-tree.ts';
import { readAgent, readHooks, readOpenClaw } from './agents.ts';
import { type AutoloadRow, autoloadOf, type ManifestKind } from './autoload.ts';
import { readDevcontainer, readIdea, readLaunch, readTasks, readVscodeSettings } from './editor.ts';
import { environment } from './environment.ts';
import { readAttributes, readGitConfig, readGitHook, readLefthook, readPreCommit } from './git.ts';
import { readMcp } from './mcp.ts';
import { readGyp, readLock, readNpmConfig, readPackageJson } from './npm.ts';
import { readCargo, readCargoConfig, readComposer, readDeno, readLines } from './others.ts';
import { readConda, readPipConfig, readPipfile, readPyproject, readRequirements, readSetupCfg } from './python.ts';
import { readShapes } from './shapes.ts';
import { readMarketplace, readMetadata, readPlugin } from './skillmeta.ts';
import { readCommandLines, readCrontab, readDesktop, readPlist, readReg, readUnit } from './system.ts';

type Format = (source: string, step: () => void) => Tree;
/** Either a tree format and a reader of documents, or a reader of text. */
type Reader =
  | { readonly format: Format; readonly read: (doc: Doc, row: AutoloadRow) => void }
  | { readonly text: (source: string, ctx: ReadContext, row: AutoloadRow) => void };

const json = (read: (doc: Doc, row: AutoloadRow) => void): Reader => ({ format: scanJson, read });
const yaml = (read: (doc: Doc, row: AutoloadRow) => void): Reader => ({ format: readYaml, read });
const toml = (read: (doc: Doc, row: AutoloadRow) => void): Reader => ({ format: readToml, read });
const ini = (read: (doc: Doc, row: AutoloadRow) => void): Reader => ({ format: (source, step) => readIni(source, step), read });

/** A whole file that something runs by itself. */
function runs(
  language: string,
  source: string,
  ctx: ReadContext,
  row: AutoloadRow,
  key: string,
  note: string,
  effect: 'preload-code' | 'other' = 'preload-code',
): void {
  ctx.fact(0, source.length, { kind: 'config', system: row.host, key, value: known(ctx.file.path), effect, via: 'file' });
  ctx.embed(language, source, shifted(0, source.length), { role: 'hook', reach: 'automatic', note });
}

const PYTHON_RUNS: Readonly<Record<string, readonly [system: string, note: string, effect: 'preload-code' | 'other' | undefined]>> = {
  setup: ['pip', 'pip install runs setup.py', undefined],
  hatch_build: ['pip', 'pip install runs hatch_build.py', undefined],
  pdm_build: ['pip', 'pip install runs pdm_build.py', undefined],
  _custom_build: ['pip', 'pip install runs the build backend', undefined],
  conftest: ['pytest', 'pytest runs conftest.py', 'preload-code'],
  sitecustomize: ['python', 'every Python start runs sitecustomize.py', 'preload-code'],
  usercustomize: ['python', 'every Python start runs usercustomize.py', 'preload-code'],
};

function pythonFile(source: string, ctx: ReadContext, row: AutoloadRow): void {
  const name = ctx.file.path.slice(ctx.file.path.lastIndexOf('/') + 1).replace(/\.py$/, '');
  const known_ = PYTHON_RUNS[name];
  if (known_ === undefined) {
    ctx.embed('python', source, shifted(0, source.length), { role: 'embedded' });
    return;
  }
  const [system, note, effect] = known_;
  if (effect !== undefined) runs('python', source, ctx, { ...row, host: system }, name, note, effect);
  else ctx.embed('python', source, shifted(0, source.length), { role: 'hook', reach: 'automatic', note });
}

/** Lines of a `.pth` file that begin with `import` are run by every Python that sees it; the others are folders. */
function pth(source: string, ctx: ReadContext): void {
  for (const match of source.matchAll(/^import[ \t][^\n]{0,100000}/gm)) {
    ctx.step();
    const end = match.index + match[0].length;
    ctx.fact(match.index, end, {
      kind: 'config',
      system: 'python',
      key: '.pth',
      value: known(match[0].slice(0, 400)),
      effect: 'preload-code',
      via: 'file',
    });
    ctx.embed('python', match[0], shifted(match.index, end), { role: 'hook', reach: 'automatic', note: 'every Python start runs .pth imports' });
  }
}

/** The interpreter of a hook: its shebang, shell if it has none. */
function hookLanguage(source: string): string {
  const head = /^#![^\n]{0,200}/.exec(source)?.[0] ?? '';
  return /python/.test(head)
    ? 'python'
    : /\b(?:node|deno|bun)\b/.test(head)
      ? 'javascript'
      : /\bperl\b/.test(head)
        ? 'perl'
        : /\bpwsh|powershell\b/.test(head)
          ? 'powershell'
          : /\bruby\b/.test(head)
            ? 'ruby'
            : 'shell';
}

const READERS: Readonly<Record<ManifestKind, Reader>> = {
  package: json(readPackageJson),
  lock: {
    text: (source, ctx) =>
      readLock(
        source,
        (start, end, url, from) =>
          ctx.fact(start, end, {
            kind: 'install',
            manager: /go\.sum$/.test(ctx.file.path) ? 'go' : 'lock',
            name: known(url.slice(0, 400)),
            pinned: true,
            from,
          }),
        () => ctx.step(),
      ),
  },
  'npm-ini': { format: (source, step) => readIni(source, step, '='), read: readNpmConfig },
  'npm-yaml': yaml(readNpmConfig),
  'npm-toml': toml((doc) => {
    readNpmConfig(doc);
    for (const node of [...find(doc.tree.root, 'preload'), ...find(doc.tree.root, 'test', 'preload'), ...find(doc.tree.root, 'run', 'shell')])
      for (const text of textsOf(node)) state(doc, text, 'npm', 'preload', text.text, 'preload-code');
  }),
  gyp: json(readGyp),
  pyproject: toml(readPyproject),
  'python-run': { text: pythonFile },
  pth: { text: pth },
  'setup-cfg': ini(readSetupCfg),
  requirements: { text: readRequirements },
  pipfile: toml(readPipfile),
  'pip-ini': ini(readPipConfig),
  'pip-toml': toml(readPipConfig),
  conda: yaml(readConda),
  gemfile: { text: (source, ctx) => readLines(source, ctx, 'gemfile') },
  'go-mod': { text: (source, ctx) => readLines(source, ctx, 'go') },
  brewfile: { text: (source, ctx) => readLines(source, ctx, 'brewfile') },
  cargo: toml((doc) => {
    const folder = doc.ctx.file.path.slice(0, doc.ctx.file.path.lastIndexOf('/') + 1);
    readCargo(doc, doc.ctx.paths.has(`${folder}build.rs`));
  }),
  'cargo-config': toml(readCargoConfig),
  'build-rs': {
    text: (source, ctx) =>
      void ctx.embed('rust', source, shifted(0, source.length), { role: 'hook', reach: 'automatic', note: 'cargo build runs build.rs' }),
  },
  composer: json(readComposer),
  deno: json(readDeno),
  devbox: json((doc) => {
    for (const node of find(doc.tree.root, 'shell', 'init_hook')) for (const text of textsOf(node)) hook(doc, text, 'devbox init hook');
    for (const node of find(doc.tree.root, 'shell', 'scripts', '*'))
      for (const text of textsOf(node)) command(doc, text, 'devbox script', 'callable');
    for (const node of find(doc.tree.root, 'env')) environment(doc, node);
  }),
  mise: toml((doc) => {
    for (const { key, value } of entriesOf(find(doc.tree.root, 'hooks').at(-1)))
      for (const text of [...textsOf(value), ...textsOf(find(value, 'script').at(-1))]) hook(doc, text, `mise ${key} hook`);
    for (const node of [...find(doc.tree.root, 'tasks', '*'), ...find(doc.tree.root, 'tasks', '*', 'run')])
      for (const text of textsOf(node)) command(doc, text, 'mise task', 'callable');
    for (const node of find(doc.tree.root, 'env', '_', 'source'))
      for (const text of textsOf(node)) state(doc, text, 'mise', 'env._.source', text.text, 'preload-code');
    for (const node of find(doc.tree.root, 'env')) environment(doc, node);
  }),
  envrc: { text: (source, ctx, row) => runs('shell', source, ctx, row, '.envrc', 'direnv runs .envrc') },
  'git-hook': { text: (source, ctx) => readGitHook(source, ctx, ctx.file.path.slice(ctx.file.path.lastIndexOf('/') + 1), hookLanguage(source)) },
  'git-config': { format: (source, step) => readIni(source, step, '='), read: readGitConfig },
  'git-attributes': { text: readAttributes },
  'pre-commit': yaml(readPreCommit),
  lefthook: yaml(readLefthook),
  claude: json((doc) => readAgent(doc, 'claude')),
  hooks: json((doc) => {
    const inner = find(doc.tree.root, 'hooks');
    for (const table of inner.length > 0 ? inner : doc.tree.root === undefined ? [] : [doc.tree.root]) readHooks(doc, 'claude', table);
  }),
  'cursor-hooks': json((doc) => {
    for (const table of find(doc.tree.root, 'hooks')) readHooks(doc, 'cursor', table);
  }),
  'kiro-hook': json((doc) => {
    for (const node of find(doc.tree.root, 'then', 'command')) if (node.kind === 'text') hook(doc, node, 'Kiro hook');
    for (const node of find(doc.tree.root, 'then'))
      if (node.kind === 'map')
        state(
          doc,
          node,
          'kiro',
          'hooks.then',
          textsOf(find(node, 'prompt').at(-1))[0]?.text ?? textsOf(find(node, 'command').at(-1))[0]?.text ?? '',
          'add-hook',
        );
  }),
  mcp: json((doc) => void readMcp(doc, 'mcp', true)),
  codex: toml((doc) => readAgent(doc, 'codex')),
  gemini: json((doc) => readAgent(doc, 'gemini')),
  cursor: json((doc) => readAgent(doc, 'cursor')),
  'cursor-environment': json((doc) => {
    for (const key of ['install', 'start', 'update'])
      for (const node of find(doc.tree.root, key)) if (node.kind === 'text') hook(doc, node, `background agent ${key}`);
    for (const node of find(doc.tree.root, 'terminals', '*', 'command')) if (node.kind === 'text') hook(doc, node, 'background agent terminal');
  }),
  opencode: json((doc) => readAgent(doc, 'opencode')),
  openclaw: { format: scanJson, read: readOpenClaw },
  zed: json((doc) => readAgent(doc, 'zed')),
  amp: json((doc) => readAgent(doc, 'amp')),
  aider: yaml((doc) => readAgent(doc, 'aider')),
  plugin: json(readPlugin),
  marketplace: json(readMarketplace),
  metadata: json((doc) => {
    readMetadata(doc);
    readShapes(doc);
  }),
  'vscode-tasks': json(readTasks),
  'vscode-launch': json(readLaunch),
  'vscode-settings': json(readVscodeSettings),
  'code-workspace': json((doc) => {
    readTasks(doc);
    readLaunch(doc);
    for (const node of find(doc.tree.root, 'settings')) readVscodeSettings({ ...doc, tree: { ...doc.tree, root: node } });
  }),
  devcontainer: json(readDevcontainer),
  idea: { text: (source, ctx) => readIdea(source, { ctx }) },
  plist: { text: readPlist },
  systemd: { format: (source, step) => readIni(source, step, '='), read: readUnit },
  desktop: { format: (source, step) => readIni(source, step, '='), read: readDesktop },
  crontab: {
    text: (source, ctx) =>
      readCrontab(source, ctx, /cron\.d\//.test(ctx.file.path) || /^[ \t]{0,20}(?:[\d*,/-]{1,40}[ \t]{1,20}){5}root[ \t]/m.test(source)),
  },
  reg: { text: readReg },
  'command-lines': { text: readCommandLines },
};

/** Text kinds whose lines may also hold sentences that no other reader sees. */
const COMMENTED: ReadonlySet<ManifestKind> = new Set([
  'requirements',
  'go-mod',
  'crontab',
  'git-attributes',
  'reg',
  'command-lines',
  'idea',
  'plist',
  'pth',
]);

/** Text that is what its name says: a crontab's lines look like shell, a path file's like Python. */
const isOwn = (kind: ManifestKind, source: string): boolean =>
  !source.startsWith('#!') &&
  (kind === 'pth' ? /^import[ \t]/m.test(source) : kind === 'crontab' && /^[ \t]{0,20}(?:@[a-z]{3,12}|[\d*][\d*,/-]{0,40}[ \t])/m.test(source));

const manifest: Language = {
  id: 'manifest',
  read(source, ctx) {
    const row = autoloadOf(ctx.file.path);
    if (row === undefined) return;
    const reader = READERS[row.kind];
    if ('text' in reader) {
      reader.text(source, ctx, row);
      if (COMMENTED.has(row.kind) && (isOwn(row.kind, source) || !readAsCode(ctx, source)))
        ctx.embed('prose', source, shifted(0, source.length), { role: 'comment' });
      return;
    }
    const doc = docOf(
      ctx,
      source,
      reader.format(source, () => ctx.step()),
      row.live && ctx.unit.role === 'file',
    );
    reader.read(doc, row);
    readStrings(doc);
  },
};
export default manifest;
