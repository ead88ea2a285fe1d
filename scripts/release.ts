/**
 * `npm run release:tree -- --out FOLDER`: the tree that a release tag holds. Branches carry no `dist/`; GitHub, pre-commit and GitLab take what stands at the tag, and none of them builds or installs anything: so the
 * tree has the bundles, the grammars, `action.yml`, the integrations, and a package.json without dependencies and scripts.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What is not in a release: the code cache belongs to the Node that built it, and the registry is installed from npm (it needs a native addon). */
const LEFT_OUT = /^(?:\.built-from|cache|types|registry\.(?:mjs|cjs)|scan-child\.mjs|signer\.mjs)$/;
const COPIED = [
  'action.yml',
  '.pre-commit-hooks.yaml',
  'integrations',
  'LICENSE',
  'README.md',
  'CHANGELOG.md',
  'SECURITY.md',
  'cli/check/schema.json',
];

/** Writes the tree. @throws Error if the folder holds something, or the build fails @param dist a build that is there already */
export function releaseTree(out: string, dist?: string): void {
  if (existsSync(out) && readdirSync(out).length > 0) throw new Error(`${out} is not empty; give a folder that does not exist yet`);
  mkdirSync(out, { recursive: true });
  const to = join(out, 'dist');
  if (dist !== undefined) cpSync(dist, to, { recursive: true });
  else {
    const { status } = spawnSync(process.execPath, ['--import', 'tsx', join(root, 'scripts/build.ts'), '--out', to, '--no-types'], {
      cwd: root,
      stdio: 'inherit',
    });
    if (status !== 0) throw new Error('the build failed');
  }
  for (const name of readdirSync(to)) if (LEFT_OUT.test(name)) rmSync(join(to, name), { recursive: true });
  drop(to);
  // Its verbs are listed by the command all the same: whoever asks for one is told where it is.
  writeFileSync(
    join(to, 'registry.cjs'),
    `exports.registry = async (argv) => (process.stderr.write('skill: ' + argv[2] + ' is not part of releases for CI; install skillward with npm\\n'), 2);\nexports.registryCommands = async () => [];\nexports.tokenFor = async () => undefined;\n`,
  );
  for (const path of COPIED) {
    mkdirSync(dirname(join(out, path)), { recursive: true });
    cpSync(join(root, path), join(out, path), { recursive: true });
  }
  const { name, version, description, license, type, engines, bin, author } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  writeFileSync(join(out, 'package.json'), `${JSON.stringify({ name, version, description, license, author, type, engines, bin }, null, 2)}\n`);
}

/** Chunks that only the registry's verbs load: those that nothing else names. */
function drop(dist: string): void {
  const chunks = new Set(readdirSync(dist).filter((name) => name.endsWith('.mjs')));
  const reached = new Set<string>();
  const queue: string[] = [...chunks].filter((name) => /^(?:worker|scanner)\.mjs$/.test(name));
  for (const name of queue) {
    if (reached.has(name)) continue;
    reached.add(name);
    for (const [, other] of readFileSync(join(dist, name), 'latin1').matchAll(/["']\.\/([\w.-]+\.mjs)["']/g))
      if (chunks.has(other!)) queue.push(other!);
  }
  for (const name of chunks) if (!reached.has(name)) rmSync(join(dist, name));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf('--out');
  const given = at > 0 ? process.argv[at + 1] : undefined;
  if (given === undefined) {
    console.error('usage: npm run release:tree -- --out FOLDER');
    process.exitCode = 2;
  } else releaseTree(resolve(given));
}
