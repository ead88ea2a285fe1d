/**
 * Builds `dist/`: one chunk a verb and a parser, loaded when needed; our own data files and the grammars we use beside them; types for the library.
 * `--out FOLDER` builds elsewhere (tests do, so that they never pull the files from under a running command), `--no-types` leaves the types out.
 */

import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { build as buildTries } from '../scanner/languages/prose/compile.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = process.argv.indexOf('--out');
const dist = out > 0 && process.argv[out + 1] !== undefined ? resolve(process.argv[out + 1]!) : join(root, 'dist');
rmSync(dist, { recursive: true, force: true });

await build({
  entryPoints: { skill: join(root, 'cli/skill.ts'), scanner: join(root, 'scanner/index.ts'), worker: join(root, 'scanner/worker.ts') },
  outdir: dist,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
  // CommonJS packages inside (yauzl, the grammar runtime) ask for built-ins by require.
  banner: { js: "import{createRequire as __sw_require}from'node:module';const require=__sw_require(import.meta.url);" },
});
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
