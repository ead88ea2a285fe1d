/**
 * Where skills are: every folder of a tree that holds a SKILL.md, and the places where agents keep installed skills. Links are never followed, `.git` is not
 * entered, and a tree of thousands of skills costs one directory listing each.
 */
import fs from 'node:fs';
import { posix, win32 } from 'node:path';
import { asLoadError } from './folder.ts';
import { inOrder } from './path.ts';

/** SKILL.md in the spellings that agents accept. */
export const isSkillFile = (name: string): boolean => /^skills?\.md$/i.test(name);

/** Folders under `folder` (itself included) that are skills, in code-unit order. A skill inside a skill counts as its own. */
export async function findSkills(folder: string, most = 200_000): Promise<string[]> {
  const found: string[] = [];
  const queue = [folder];
  for (let turn = 0; turn < queue.length && turn < most; turn++) {
    const place = queue[turn]!;
    let names: fs.Dirent[];
    try {
      names = fs.readdirSync(place, { withFileTypes: true });
    } catch (error) {
      if (turn === 0) throw asLoadError(error, folder);
      continue;
    }
    if (names.some((entry) => isSkillFile(entry.name) && !entry.isDirectory())) found.push(place);
    for (const entry of names)
      if (entry.isDirectory() && entry.name !== '.git') queue.push(place.endsWith('/') ? place + entry.name : `${place}/${entry.name}`);
  }
  return found.sort(inOrder);
}

/** Folders below the home folder, by agent. */
const inHome: readonly string[] = [
  '.openclaw/skills',
  '.openclaw/workspace/skills',
  '.clawdbot/skills',
  '.clawdbot/workspace/skills',
  '.moltbot/skills',
  '.moltbot/workspace/skills',
  'clawd/skills',
  '.claude/skills',
  '.claude/plugins',
  '.codex/skills',
  '.agents/skills',
  '.cursor/skills',
  '.gemini/skills',
  '.gemini/antigravity/skills',
  '.config/opencode/skill',
  '.config/opencode/skills',
  '.codeium/windsurf/skills',
  '.config/goose/skills',
  '.copilot/skills',
  '.config/agents/skills',
  '.config/amp/skills',
  '.factory/skills',
  '.kiro/skills',
  '.qwen/skills',
  '.roo/skills',
];

/** Folders below the current project. */
const inProject: readonly string[] = [
  '.claude/skills',
  '.agents/skills',
  '.codex/skills',
  '.cursor/skills',
  '.gemini/skills',
  '.opencode/skill',
  '.opencode/skills',
  '.windsurf/skills',
  '.goose/skills',
  '.github/skills',
  '.factory/skills',
  '.kiro/skills',
  '.roo/skills',
];

/** Variables that move an agent's home, and what lies below them. */
const moved: readonly (readonly [variable: string, below: readonly string[]])[] = [
  ['OPENCLAW_STATE_DIR', ['skills', 'workspace/skills']],
  ['OPENCLAW_HOME', ['.openclaw/skills', '.openclaw/workspace/skills']],
  ['CLAWDBOT_STATE_DIR', ['skills', 'workspace/skills']],
  ['CLAUDE_CONFIG_DIR', ['skills', 'plugins']],
  ['CODEX_HOME', ['skills']],
  ['XDG_CONFIG_HOME', ['opencode/skill', 'opencode/skills', 'goose/skills', 'agents/skills', 'amp/skills']],
];

/** Candidates for `--installed`, most common first, without duplicates. Nobody checked yet that they exist. Project folders are relative to `env.PWD`. */
export function installedFolders(env: Readonly<Record<string, string | undefined>>, home: string): string[] {
  const { join } = home.includes('\\') ? win32 : posix;
  const project = env['PWD'];
  return [
    ...new Set([
      ...moved.flatMap(([variable, below]) => (env[variable] ? below.map((folder) => join(env[variable]!, folder)) : [])),
      ...inHome.map((folder) => join(home, folder)),
      ...inProject.map((folder) => (project ? join(project, folder) : folder)),
      ...['/etc/codex/skills'].filter(() => join === posix.join),
    ]),
  ];
}
