/**
 * How to start a process of ours: with tsx from source, from the bundle beside us when installed. The processes are started with an empty environment and in an empty folder,
 * so everything is named by absolute path.
 */
import { mkdirSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export type ChildName = 'scan-child' | 'signer';

const sources: Readonly<Record<ChildName, string>> = { 'scan-child': './child.ts', signer: '../signer/main.ts' };

/** True when run from source. */
export const fromSource = import.meta.url.endsWith('.ts');

/** Command and arguments that start a process of ours; arguments for Node itself go before `args`. */
export function childEntry(name: ChildName): { readonly command: string; readonly args: readonly string[] } {
  const command = realpathSync(process.execPath);
  if (!fromSource) return { command, args: [fileURLToPath(new URL(`./${name}.mjs`, import.meta.url))] };
  const loader = createRequire(import.meta.url).resolve('tsx');
  return { command, args: ['--import', pathToFileURL(loader).href, fileURLToPath(new URL(sources[name], import.meta.url))] };
}

/** Folders that such a process reads its own code and data from. */
export function childFolders(): string[] {
  const here = realpathSync(dirname(fileURLToPath(import.meta.url)));
  if (!fromSource) return [here];
  const root = join(here, '..', '..');
  // With hoisted or linked packages the loader lies outside of the sources.
  const loader = realpathSync(createRequire(import.meta.url).resolve('tsx'));
  const packages = loader.slice(0, loader.lastIndexOf(`${sep}node_modules${sep}`) + `${sep}node_modules`.length);
  return [root, packages];
}

/** From source, the loader insists on a folder for its cache: one of its own, not the system's. Undefined when installed, where nothing is ever written. */
export function childScratch(): string | undefined {
  if (!fromSource) return undefined;
  const folder = join(realpathSync(dirname(fileURLToPath(import.meta.url))), '..', '..', 'node_modules', '.cache', 'skillward-scan');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}
