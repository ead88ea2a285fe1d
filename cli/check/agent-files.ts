/**
 * Files of a repository that agents, editors and git load or run without being asked, wherever they lie: the scanner's own tables of such files, and everything below the folders that agents keep for
 * themselves. Outside of skills they are vetted together as one package.
 */
import { isAutoloaded } from '../../scanner/flow/reach.ts';
import { autoloadOf } from '../../scanner/languages/manifest/autoload.ts';
import { nameOf } from './listing.ts';

/** Folders whose whole content belongs to an agent, an editor's container or git hooks. */
const FOLDERS =
  /(?:^|\/)\.(?:claude|cursor|windsurf|codeium|clinerules|roo|kiro|gemini|qwen|codex|agents|agent|continue|opencode|amazonq|junie|trae|augment|factory|goose|openclaw|clawdbot|moltbot|qoder|codebuddy|amp|devcontainer|husky|githooks|git-hooks|claude-plugin|cursor-plugin|codex-plugin|factory-plugin|agents-plugin)(?:\/|$)/i;
const GITHUB = /(?:^|\/)\.github\/(?:instructions|prompts|chatmodes|agents|hooks|skills|copilot[\w.-]{0,40})(?:\/|\.|$)/i;
const PAGES =
  /^(?:(?:claude|agents?|gemini|qwen|crush|warp|copilot-instructions)(?:\.local|\.override)?\.md|\.(?:cursor|windsurf|cline|roo|goose|kilocode)(?:rules|hints|ignore)|\.augment-guidelines|\.rules)$/i;
const EDITOR = /(?:^|\/)\.vscode\/(?:tasks|settings|launch|mcp)\.json$/i;
/** Of the table of files that run unasked, those that an agent, an editor or a shell picks up from a checkout; package managers wait for an install. */
const HOSTS: ReadonlySet<string> = new Set([
  ...['claude', 'mcp', 'cursor', 'vscode', 'git', 'gemini', 'codex', 'kiro', 'opencode', 'zed', 'amp', 'aider', 'direnv', 'mise', 'devbox'],
]);

/** Is this path one of theirs? */
export function isAgentFile(path: string): boolean {
  const name = nameOf(path);
  // Spares nearly all files of a repository the tables.
  if (!name.startsWith('.') && !path.startsWith('.') && !path.includes('/.') && !/\.(?:md|json|jsonc|ya?ml|toml|code-workspace)$/i.test(name))
    return false;
  if (path.length > 1_000) return FOLDERS.test(path.slice(0, 1_000));
  return FOLDERS.test(path) || GITHUB.test(path) || isHostFile(path);
}

/** Is it one that a host takes by this very path, not just something in a folder of its own? */
function isHostFile(path: string): boolean {
  if (PAGES.test(nameOf(path)) || isAutoloaded(path) || EDITOR.test(path)) return true;
  const row = autoloadOf(path);
  return row?.live === true && HOSTS.has(row.host);
}

/**
 * Is it vetted with the agents' files? Those in a skill are vetted with the skill, as long as they are still what they are when seen from its folder: a SKILL.md that is put into `.claude` or `.vscode` does not take
 * the settings there out of sight.
 * @param skill folder of the skill that the path lies in
 */
export const isAgentsOwn = (path: string, skill: string | undefined): boolean =>
  isAgentFile(path) &&
  (skill === undefined || (skill !== '' && path.length <= 1_000 && isHostFile(path) && !isHostFile(path.slice(skill.length + 1))));

/** Would files below this path, or the path itself, be theirs? For links, which may stand for a file or a folder. */
export const isAgentPlace = (path: string): boolean =>
  isAgentFile(path) ||
  FOLDERS.test(path) ||
  GITHUB.test(path) ||
  /(?:^|\/)\.(?:github|vscode)$/i.test(path) ||
  /(?:^|\/)skills\/[^/]{1,200}$/i.test(path);

const PLUGIN = /^(.{0,500}?)(?:\.(?:claude|cursor|codex|factory|agents)-plugin\/(plugin|marketplace)\.json|gemini-extension\.json)$/i;
const PART = /(?:^|\/)(?:commands|agents|hooks|output-styles|rules|prompts)\//i;

/** May it be a part of a plugin, which hosts find by the folder that it is in? Only {@link pluginParts} knows. */
export const isPluginPart = (path: string): boolean => path.length <= 1_000 && PART.test(path);

/** What hosts take as commands, agents and hooks of the plugins that a repository is, or has: those folders beside a plugin's manifest, and below `plugins/` beside that of a marketplace. */
export function pluginParts(paths: Iterable<string>): string[] {
  const all = [...paths];
  const plugins: string[] = [];
  const shops: string[] = [];
  for (const path of all) {
    const match = path.length <= 1_000 && path.endsWith('.json') ? PLUGIN.exec(path) : null;
    if (match === null || (match[1] !== '' && !match[1]!.endsWith('/'))) continue;
    plugins.push(match[1]!);
    if (match[2]?.toLowerCase() === 'marketplace') shops.push(`${match[1]}plugins/`);
  }
  if (plugins.length === 0) return [];
  const isPart = (path: string): boolean =>
    plugins.some((root) => path.startsWith(root) && PART.exec(path.slice(root.length))?.index === 0) ||
    shops.some((root) => path.startsWith(root) && PART.test(path.slice(root.length)));
  return all.filter((path) => isPluginPart(path) && isPart(path));
}
