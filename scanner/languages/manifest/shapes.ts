/**
 * Known content under any name. A fence in SKILL.md that holds Claude settings, a `config.json` with MCP servers, a YAML snippet of a workflow: the agent is told to write such
 * text into place, so its shape is judged wherever it stands. Nothing here is live: how it takes effect depends on who copies it.
 */
import { readCompose } from '../build/compose.ts';
import { readWorkflow } from '../build/workflow.ts';
import { type Doc, judgeSettings } from '../data/doc.ts';
import { entriesOf, find, type Node } from '../data/tree.ts';
import { isHookTable, readAgent, readHooks, readOpenClaw } from './agents.ts';
import { readPackageJson } from './npm.ts';

const CLAUDE_KEYS = new Set([
  'permissions',
  'enableAllProjectMcpServers',
  'enabledMcpjsonServers',
  'apiKeyHelper',
  'awsAuthRefresh',
  'statusLine',
  'disableAllHooks',
  'bypassPermissions',
  'dangerouslySkipPermissions',
  'skipDangerousModePermissionPrompt',
  'defaultMode',
  'enabledPlugins',
  'extraKnownMarketplaces',
  'hooks',
  'mcpServers',
  'allowedCommands',
  'env',
]);
const CODEX_KEYS = new Set([
  'approval_policy',
  'sandbox_mode',
  'mcp_servers',
  'model_providers',
  'sandbox_workspace_write',
  'shell_environment_policy',
  'notify',
]);
const OPENCLAW_KEYS = new Set([
  'gateway',
  'channels',
  'agents',
  'agent',
  'tools',
  'commands',
  'skills',
  'browser',
  'plugins',
  'logging',
  'update',
  'discovery',
  'exec',
  'sandbox',
  'dmPolicy',
  'allowFrom',
  'cron',
  'approvals',
]);
const GEMINI_KEYS = new Set(['autoAccept', 'toolDiscoveryCommand', 'toolCallCommand', 'coreTools', 'folderTrust']);
const OPENCODE_KEYS = new Set(['permission']);

const HOOK_EVENT =
  /^(?:SessionStart|SessionEnd|PreToolUse|PostToolUse|UserPromptSubmit|SubagentStop|PreCompact|BeforeTool|AfterTool|beforeShellExecution|afterFileEdit|beforeSubmitPrompt)$/;

/** Reads every known shape a document has. */
export function readShapes(doc: Doc): void {
  for (const root of doc.tree.root?.kind === 'list' ? doc.tree.root.items.slice(0, 200) : [doc.tree.root])
    readOne(root === doc.tree.root ? doc : { ...doc, tree: { ...doc.tree, root } }, root);
}

function readOne(doc: Doc, root: Node | undefined): void {
  if (root?.kind !== 'map') return;
  const keys = root.entries.map((entry) => entry.key);
  const has = (set: ReadonlySet<string>): boolean => keys.some((key) => set.has(key));
  if (isCompose(root)) {
    readCompose(doc);
    return;
  }
  if (isWorkflow(root)) {
    readWorkflow(doc);
    return;
  }
  if (
    keys.includes('scripts') &&
    (keys.includes('dependencies') ||
      keys.includes('devDependencies') ||
      keys.includes('main') ||
      entriesOf(find(root, 'scripts').at(-1)).some((entry) => /^(?:pre|post)?(?:install|prepare)$/.test(entry.key)))
  )
    readPackageJson(doc);
  if (has(CODEX_KEYS)) readAgent(doc, 'codex');
  else if (has(OPENCODE_KEYS) && find(root, 'permission').some((node) => node.kind !== 'list')) readAgent(doc, 'opencode');
  else if (has(GEMINI_KEYS)) readAgent(doc, 'gemini');
  else if (has(CLAUDE_KEYS) || keys.includes('mcp') || keys.includes('context_servers')) readAgent(doc, 'claude');
  if (keys.some((key) => HOOK_EVENT.test(key)) && isHookTable(root)) readHooks(doc, 'claude', root);
  if (has(OPENCLAW_KEYS)) readOpenClaw(doc);
  if (keys.some((key) => key.includes('.'))) judgeSettings(doc, 'vscode', root);
  // A settings file of an agent we do not know by name.
  if (/(?:^|[/._-])settings(?:\.local)?\.json$/i.test(doc.ctx.file.path) && !has(CLAUDE_KEYS)) judgeSettings(doc, 'claude', root);
}

/** Compose: services that are maps with an image or a build; Kubernetes: apiVersion and kind. */
const isCompose = (root: Node): boolean =>
  find(root, 'services', '*').some((service) => find(service, 'image').length > 0 || find(service, 'build').length > 0) ||
  (find(root, 'apiVersion').length > 0 && find(root, 'kind').length > 0 && find(root, 'spec').length > 0);

/** GitHub, GitLab, CircleCI, Azure and Taskfile: jobs with steps or scripts, tasks with commands. */
const isWorkflow = (root: Node): boolean =>
  find(root, 'jobs', '*').some((job) => find(job, 'steps').length > 0 || find(job, 'uses').length > 0) ||
  (find(root, 'runs', 'using').length > 0 && find(root, 'name').length > 0) ||
  find(root, '*', 'script').some((node) => node.kind === 'list') ||
  find(root, 'tasks', '*', 'cmds').length > 0 ||
  (find(root, 'steps', '*').length > 0 &&
    find(root, 'steps', '*').some((step) => find(step, 'uses').length > 0 || find(step, 'script').length > 0 || find(step, 'run').length > 0));
