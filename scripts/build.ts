/**
 * Builds `dist/`: one chunk a verb and a parser, loaded when needed; our own data files and the grammars we use beside them; types for the library.
 * `--out FOLDER` builds elsewhere (tests do, so that they never pull the files from under a running command), `--no-types` leaves the types out.
 */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { build as buildTries } from '../scanner/languages/prose/compile.ts';
import { STAMP, stateOf } from './state.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = process.argv.indexOf('--out');
const dist = out > 0 && process.argv[out + 1] !== undefined ? resolve(process.argv[out + 1]!) : join(root, 'dist');
rmSync(dist, { recursive: true, force: true });

/**
 * Starts the bundle with V8's code cache. The cache names the V8 it was made for; V8 itself checks it against the source and its own flags, and compiles as usual if it does not fit.
 * @param after what to do with `script` when the command ends
 */
function LAUNCH(after: string): string {
  return `#!/usr/bin/env node
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');
const file = path.join(__dirname, 'main.cjs');
let cachedData;
try {
  cachedData = fs.readFileSync(path.join(__dirname, 'cache', process.versions.v8 + '-' + process.arch + '.bin'));
} catch {}
const script = new vm.Script(require('node:module').wrap(fs.readFileSync(file, 'latin1')), { filename: file, cachedData, importModuleDynamically: vm.constants && vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER });
const main = { exports: {} };
script.runInThisContext().call(main.exports, main.exports, require, main, file, __dirname);
${after}`;
}

/** A repository in which one of the samples changes; null without git. */
function practiceRepository(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'skillward-build-'));
  const git = (...args: string[]): boolean =>
    spawnSync('git', ['-C', folder, '-c', 'user.name=build', '-c', 'user.email=build@skillward.invalid', '-c', 'commit.gpgSign=false', ...args], {
      stdio: 'ignore',
    }).status === 0;
  if (!git('init', '--quiet')) {
    rmSync(folder, { recursive: true, force: true });
    return null;
  }
  const [sample] = readdirSync(join(root, 'corpus/samples'));
  cpSync(join(root, 'corpus/samples', sample!), join(folder, 'skills', sample!), { recursive: true });
  const commit = (): boolean => git('add', '--all') && git('commit', '--quiet', '--message', 'practice');
  if (commit()) {
    writeFileSync(join(folder, 'skills', sample!, 'more.sh'), '#!/bin/sh\ncurl -s https://api.practice.example/v1\n');
    if (commit()) return folder;
  }
  rmSync(folder, { recursive: true, force: true });
  return null;
}

/** Everything that can change what a scan says: the scanner's own files and the versions of its parsers. */
const sources = createHash('sha256');
for (const path of [
  'package-lock.json',
  ...readdirSync(join(root, 'scanner'), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(?:ts|yaml|json)$/.test(path))
    .sort()
    .map((path) => `scanner/${path}`),
])
  sources
    .update(`${path}\0`)
    .update(readFileSync(join(root, path)))
    .update('\0');
const identity = { __sw_build: JSON.stringify(sources.digest('hex').slice(0, 32)) };

const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
  charset: 'ascii',
  define: identity,
} as const;

// The library, the threads, and everything about the registry: modules, one chunk a parser or verb, loaded when needed.
await build({
  ...shared,
  entryPoints: {
    scanner: join(root, 'scanner/index.ts'),
    worker: join(root, 'scanner/worker.ts'),
    registry: join(root, 'cli/registry.ts'),
    'scan-child': join(root, 'registry/scan/child.ts'),
    signer: join(root, 'registry/signer/main.ts'),
  },
  // The one native addon, loaded by the server only; and what @fastify/cookie imports lazily and by name, which a bundled CommonJS package does not offer.
  external: ['better-sqlite3', 'cookie'],
  outdir: dist,
  outExtension: { '.js': '.mjs' },
  splitting: true,
  format: 'esm',
  // CommonJS packages inside (yauzl, the grammar runtime) ask for built-ins by require.
  banner: {
    js: "import{createRequire as __sw_require}from'node:module';import{fileURLToPath as __sw_path}from'node:url';import{dirname as __sw_folder}from'node:path';const require=__sw_require(import.meta.url),__filename=__sw_path(import.meta.url),__dirname=__sw_folder(__filename);",
  },
});
// The command's own file is a script with a code cache, which cannot import; this can.
writeFileSync(
  join(dist, 'registry.cjs'),
  "exports.registry = async (...given) => (await import('./registry.mjs')).registry(...given);\nexports.registryCommands = async () => (await import('./registry.mjs')).registryCommands();\nexports.tokenFor = async (...given) => (await import('./registry.mjs')).tokenFor(...given);\n",
);

// The GitHub action and the poster of its comment: one file each; the action starts the command beside it.
await build({
  ...shared,
  entryPoints: { action: join(root, 'cli/action/main.ts'), comment: join(root, 'cli/action/comment-main.ts') },
  outdir: dist,
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  define: { ...identity, 'import.meta.url': '__sw_url' },
  banner: { js: "const __sw_url=require('node:url').pathToFileURL(__filename).href;" },
});

// The command: one file, whose parts are evaluated when a verb or a file needs them. One file can carry one code cache, which is what makes it start fast on Node 20.
await build({
  ...shared,
  entryPoints: { main: join(root, 'cli/skill.ts') },
  outdir: dist,
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  // A script with a code cache has no loader of its own; what is left to import are built-ins.
  supported: { 'dynamic-import': false },
  define: { ...identity, 'import.meta.url': '__sw_url' },
  plugins: [
    {
      // The argument parser can start programs as subcommands; we have none, and what it would need for that costs as much as parsing does. The registry's verbs are a bundle of their own.
      name: 'apart',
      setup: (own) => {
        own.onResolve({ filter: /^(?:node:)?child_process$/ }, ({ importer }) =>
          importer.includes('commander') ? { path: 'none', namespace: 'none' } : undefined,
        );
        own.onResolve({ filter: /^\.{1,2}\/registry\.ts$/ }, ({ importer }) =>
          importer.startsWith(join(root, 'cli')) ? { path: './registry.cjs', external: true } : undefined,
        );
        own.onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'module.exports = {};' }));
      },
    },
  ],
  banner: { js: "const __sw_url=require('node:url').pathToFileURL(__filename).href;" },
});
writeFileSync(join(dist, 'package.json'), '{ "type": "commonjs" }\n');
writeFileSync(join(dist, 'skill.js'), LAUNCH(''));
chmodSync(join(dist, 'skill.js'), 0o755);

const assets = join(dist, 'assets');
const copy = (from: string, to: string): void => {
  mkdirSync(dirname(join(assets, to)), { recursive: true });
  cpSync(join(root, from), join(assets, to));
};
for (const name of readdirSync(join(root, 'scanner/policy'))) if (name.endsWith('.yaml')) copy(`scanner/policy/${name}`, `policy/${name}`);
for (const path of readdirSync(join(root, 'scanner/rules'), { recursive: true, encoding: 'utf8' }))
  if (path.endsWith('.md')) copy(`scanner/rules/${path}`, `rules/${path}`);
copy('scanner/report/schema.json', 'report/schema.json');
copy('scanner/report/change.schema.json', 'report/change.schema.json');

const wasm = join(root, 'node_modules/@vscode/tree-sitter-wasm/wasm');
mkdirSync(join(dist, 'grammars'), { recursive: true });
for (const name of [
  'tree-sitter.wasm',
  'tree-sitter-python.wasm',
  'tree-sitter-powershell.wasm',
  'tree-sitter-ruby.wasm',
  'tree-sitter-php.wasm',
  'tree-sitter-go.wasm',
]) {
  if (existsSync(join(wasm, name))) cpSync(join(wasm, name), join(dist, 'grammars', name));
}

// Made once here instead of at each start.
writeFileSync(join(assets, 'prose.json'), JSON.stringify(buildTries()));

// The runtime is CommonJS; this package is not.
cpSync(join(wasm, 'tree-sitter.js'), join(dist, 'grammars/tree-sitter.cjs'));

// The code cache of this Node: made from runs over the samples, so that it holds what such runs compile: a scan, and a check of a change in a repository (where there is a git to make one).
const warm = join(dist, 'warm.js');
mkdirSync(join(dist, 'cache'), { recursive: true });
const practice = practiceRepository();
writeFileSync(
  warm,
  LAUNCH(
    `let code;
process.once('beforeExit', () => {
  code = process.exitCode;
  const [repository] = ${JSON.stringify([practice])};
  if (repository === null) return;
  process.chdir(repository);
  process.argv = [...process.argv.slice(0, 2), 'check', '--base', 'HEAD~1', '--no-cache'];
  const again = { exports: {} };
  script.runInThisContext().call(again.exports, again.exports, require, again, file, __dirname);
});
process.on('exit', () => {
  process.exitCode = code;
  fs.writeFileSync(path.join(__dirname, 'cache', process.versions.v8 + '-' + process.arch + '.bin'), script.createCachedData());
});
`,
  ),
);
const warmed = spawnSync(
  process.execPath,
  [warm, 'vet', ...readdirSync(join(root, 'corpus/samples')).map((name) => join(root, 'corpus/samples', name))],
  {
    stdio: 'ignore',
    env: { ...process.env, CI: '', GITHUB_ACTIONS: '', GITLAB_CI: '' },
  },
);
rmSync(warm);
if (practice !== null) rmSync(practice, { recursive: true, force: true });
// One sample is a lure: 1 is the verdict that this run must end with.
if (warmed.status !== 1) throw new Error(`the built command does not work: it ended with ${warmed.status} on the samples`);

if (!process.argv.includes('--no-types')) {
  const types = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.types.json'), '--outDir', join(dist, 'types')],
    {
      stdio: 'inherit',
    },
  );
  if (types.status !== 0) process.exitCode = 1;
}

// Last: a build that was broken off has none.
if (process.exitCode === undefined) writeFileSync(join(dist, STAMP), stateOf(root));
