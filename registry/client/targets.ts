/**
 * Into which folders a skill goes, and which lock tells of it.
 *
 *   agent      for this project          for the user
 *   openclaw   <project>/skills          <state>/skills        OPENCLAW_STATE_DIR, OPENCLAW_HOME, else ~/.openclaw
 *   claude     .claude/skills            <config>/skills       CLAUDE_CONFIG_DIR, else ~/.claude
 *   codex      .agents/skills            ~/.agents/skills      `.codex/skills`, CODEX_HOME/skills where that is in use already
 *   --dir      any folder
 *
 * Nothing is guessed in silence: when no agent or several are found, the person chooses. The lock lies at the project's root (or in the settings folder for the user's own skills,
 * or in --dir if that is outside of the project), and a skill already in the lock goes where it is.
 */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { ClientError } from './errors.ts';
import { isPlace, LOCK_NAME, type LockedSkill } from './lock.ts';
import type { Env, Places } from './places.ts';

export const agents = ['openclaw', 'claude', 'codex'] as const;
export type Agent = (typeof agents)[number];

export interface TargetOptions {
  readonly agent?: readonly string[];
  readonly dir?: string;
  readonly project?: boolean;
  readonly global?: boolean;
  /** Another lock file; its folder is the base. */
  readonly lock?: string;
}

/** Where a command works: the lock, and the folder that paths in it start from. */
export interface Site {
  readonly scope: 'project' | 'user' | 'dir';
  readonly lockPath: string;
  /** Real path. */
  readonly base: string;
}

const exists = (path: string): boolean => existsSync(path);
const isFolder = (path: string): boolean => exists(path) && statSync(path).isDirectory();
const real = (path: string): string => {
  // What is not there yet lies where its nearest existing parent really is.
  if (exists(path)) return realpathSync(path);
  const parent = dirname(path);
  return parent === path ? path : join(real(parent), path.slice(parent.length + (parent.endsWith(sep) ? 0 : 1)));
};
const inside = (base: string, path: string): boolean => {
  const way = relative(base, path);
  return way !== '' && !way.startsWith('..') && !isAbsolute(way);
};

/** The nearest folder from here upwards that has a lock of ours or a repository; else here. Stops at the home folder, and at folders of other people. */
export function projectRoot(cwd: string, home: string): string {
  const owner = process.getuid?.();
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (folder !== cwd && owner !== undefined && ![owner, 0].includes(statSync(folder).uid)) return cwd;
    if (exists(join(folder, LOCK_NAME)) || exists(join(folder, '.git'))) return folder;
    if (folder === home || dirname(folder) === folder) return cwd;
  }
}

/** @throws ClientError usage */
export function siteOf(options: TargetOptions, cwd: string, places: Places): Site {
  if (options.project === true && options.global === true) throw new ClientError('usage', '--project and --global exclude each other.');
  if (options.dir !== undefined && ((options.agent?.length ?? 0) > 0 || options.global === true))
    throw new ClientError('usage', '--dir names the folder itself; it goes with neither --agent nor --global.');
  const here = real(cwd);
  if (options.lock !== undefined) {
    const lockPath = resolve(cwd, options.lock);
    return { scope: options.dir === undefined ? 'project' : 'dir', lockPath, base: real(dirname(lockPath)) };
  }
  const home = real(places.home);
  const root = projectRoot(here, home);
  if (options.dir !== undefined) {
    const dir = real(resolve(cwd, options.dir));
    return inside(root, dir)
      ? { scope: 'dir', lockPath: join(root, LOCK_NAME), base: root }
      : { scope: 'dir', lockPath: join(dir, LOCK_NAME), base: dir };
  }
  // In the home folder itself there is no project to speak of.
  if (options.global === true || (options.project !== true && root === home))
    return { scope: 'user', lockPath: join(places.config, LOCK_NAME), base: home };
  return { scope: 'project', lockPath: join(root, LOCK_NAME), base: root };
}

/** Skill folder of an agent. */
export function agentFolder(agent: Agent, site: Site, env: Env): string {
  const set = (variable: string): string | undefined => (env[variable] ? resolve(env[variable]) : undefined);
  const home = site.base;
  if (site.scope === 'user') {
    if (agent === 'openclaw') return join(set('OPENCLAW_STATE_DIR') ?? join(set('OPENCLAW_HOME') ?? home, '.openclaw'), 'skills');
    if (agent === 'claude') return join(set('CLAUDE_CONFIG_DIR') ?? join(home, '.claude'), 'skills');
    const codex = join(set('CODEX_HOME') ?? join(home, '.codex'), 'skills');
    return isFolder(codex) && !isFolder(join(home, '.agents/skills')) ? codex : join(home, '.agents/skills');
  }
  if (agent === 'openclaw') return join(site.base, 'skills');
  if (agent === 'claude') return join(site.base, '.claude/skills');
  return join(
    site.base,
    isFolder(join(site.base, '.codex/skills')) && !isFolder(join(site.base, '.agents/skills')) ? '.codex/skills' : '.agents/skills',
  );
}

/** Every folder in which some agent looks for skills, whether it is in use or not. */
export function agentFolders(site: Site, env: Env): string[] {
  const codex = site.scope === 'user' ? join(env['CODEX_HOME'] ? resolve(env['CODEX_HOME']) : join(site.base, '.codex'), 'skills') : '.codex/skills';
  return [...new Set([...agents.map((agent) => agentFolder(agent, site, env)), resolve(site.base, '.agents/skills'), resolve(site.base, codex)])];
}

/** Signs that an agent is in use here, each a folder or file below the base. */
const signs: Readonly<Record<Site['scope'], Readonly<Record<Agent, readonly string[]>>>> = {
  user: { openclaw: ['.openclaw'], claude: ['.claude'], codex: ['.codex', '.agents'] },
  project: {
    openclaw: ['.clawhub', '.openclaw', 'openclaw.json', 'skills', 'SOUL.md'],
    claude: ['.claude', 'CLAUDE.md'],
    codex: ['.codex', '.agents'],
  },
  dir: { openclaw: [], claude: [], codex: [] },
};
const variables: Readonly<Record<Agent, readonly string[]>> = {
  openclaw: ['OPENCLAW_STATE_DIR', 'OPENCLAW_HOME'],
  claude: ['CLAUDE_CONFIG_DIR'],
  codex: ['CODEX_HOME'],
};

export const detectAgents = (site: Site, env: Env): Agent[] =>
  agents.filter(
    (agent) =>
      signs[site.scope][agent].some((name) => exists(join(site.base, name))) || (site.scope === 'user' && variables[agent].some((name) => env[name])),
  );

/**
 * The folders that hold skills (not the skill's own folder), absolute, without repetition.
 * @throws ClientError usage
 */
export function skillFolders(options: TargetOptions, site: Site, env: Env, cwd: string): string[] {
  if (options.dir !== undefined) return [real(resolve(cwd, options.dir))];
  const named = options.agent ?? [];
  for (const name of named)
    if (!(agents as readonly string[]).includes(name))
      throw new ClientError('usage', `--agent ${name}: expected ${agents.join(', ')}. For any other folder use --dir.`);
  const chosen = named.length > 0 ? (named as readonly Agent[]) : detectAgents(site, env);
  const where = site.scope === 'user' ? 'for this user' : `in ${site.base}`;
  if (chosen.length === 0)
    throw new ClientError(
      'usage',
      `No agent was found ${where}. Say for which: --agent ${agents.join(' | ')}, or name a folder with --dir${site.scope === 'user' ? '' : ', or use --global'}.`,
    );
  if (named.length === 0 && chosen.length > 1)
    throw new ClientError(
      'usage',
      `Several agents were found ${where}: ${chosen.join(', ')}. Say for which, once for each: ${chosen.map((agent) => `--agent ${agent}`).join(' ')}.`,
    );
  return [...new Set(chosen.map((agent) => agentFolder(agent, site, env)))];
}

/** A skill's folder as the lock writes it. @throws ClientError usage, for a folder outside of the lock's base */
export function placeOf(site: Site, folder: string, slug: string): string {
  const way = relative(site.base, join(real(folder), slug))
    .split(sep)
    .join('/');
  if (!isPlace(way, slug))
    throw new ClientError(
      'usage',
      `${folder} is outside of ${site.base}, where ${site.lockPath} belongs, or has an unusual name. Give --lock FILE with a folder above it, or another --dir.`,
    );
  return way;
}

/**
 * The folder of a place in a lock, checked against links on the way: a repository may bring a link where the lock says a folder is.
 * @throws ClientError modified
 */
export function folderOf(site: Site, place: string): string {
  const folder = join(site.base, ...place.split('/'));
  const parent = dirname(folder);
  if (parent !== site.base && !inside(site.base, real(parent)))
    throw new ClientError('modified', `${parent} leads out of ${site.base} by a link. Nothing was written; remove the link, or install with --dir.`);
  return folder;
}

/** Where a skill goes: where it is already, unless the command names targets. */
export function placesFor(options: TargetOptions, site: Site, env: Env, cwd: string, slug: string, locked: LockedSkill | undefined): string[] {
  const named = options.dir !== undefined || (options.agent?.length ?? 0) > 0;
  if (!named && locked !== undefined && locked.installedAs.length > 0) return [...locked.installedAs];
  const asked = skillFolders(options, site, env, cwd).map((folder) => placeOf(site, folder, slug));
  return [...new Set([...(locked?.installedAs ?? []), ...asked])].sort();
}
