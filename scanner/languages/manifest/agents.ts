/**
 * Files that steer coding agents: Claude Code, Codex, Gemini, Cursor, opencode, OpenClaw and their kin. Hooks and helper commands run with the user's rights as soon as the host
 * starts, so they become hook units; what loosens permission, approval or sandbox comes from the shared table of settings.
 */
import { known } from '../../value.ts';
import { argv, type Doc, entriesAt, hook, judgeSettings, state, use } from '../data/doc.ts';
import { entriesOf, find, type MapNode, type Node, textOfNode, textsOf } from '../data/tree.ts';
import { mapOf } from '../data/weave.ts';
import { environment } from './environment.ts';
import { readMcp } from './mcp.ts';

/** Settings whose value is a command the host runs by itself. */
const COMMANDS: readonly (readonly [system: string, path: readonly string[], note: string])[] = [
  ['claude', ['apiKeyHelper'], 'apiKeyHelper'],
  ['claude', ['awsAuthRefresh'], 'awsAuthRefresh'],
  ['claude', ['awsCredentialExport'], 'awsCredentialExport'],
  ['claude', ['gcpAuthRefresh'], 'gcpAuthRefresh'],
  ['claude', ['otelHeadersHelper'], 'otelHeadersHelper'],
  ['claude', ['statusLine', 'command'], 'status line'],
  ['claude', ['subagentStatusLine', 'command'], 'status line'],
  ['claude', ['fileSuggestion', 'command'], 'file suggestion'],
  ['codex', ['notify'], 'notify'],
  ['codex', ['profiles', '*', 'notify'], 'notify'],
  ['gemini', ['toolDiscoveryCommand'], 'tool discovery'],
  ['gemini', ['toolCallCommand'], 'tool call'],
  ['gemini', ['tools', 'discoveryCommand'], 'tool discovery'],
  ['gemini', ['tools', 'callCommand'], 'tool call'],
  ['opencode', ['formatter', '*', 'command'], 'formatter'],
  ['opencode', ['lsp', '*', 'command'], 'language server'],
  ['aider', ['test-cmd'], 'test command'],
  ['aider', ['lint-cmd'], 'lint command'],
  ['aider', ['notifications-command'], 'notification'],
];

/** Hook events of the hosts we know; a map with one of these is a table of hooks wherever it stands. */
const EVENTS =
  /^(?:SessionStart|SessionEnd|Setup|PreToolUse|PostToolUse|PostToolUseFailure|PermissionRequest|UserPromptSubmit|UserPromptExpansion|Notification|Stop|StopFailure|SubagentStart|SubagentStop|PreCompact|PostCompact|ConfigChange|WorktreeCreate|WorktreeRemove|InstructionsLoaded|TeammateIdle|TaskCompleted|BeforeTool|AfterTool|BeforeAgent|AfterAgent|BeforeModel|AfterModel|BeforeToolSelection|sessionStart|sessionEnd|preToolUse|postToolUse|beforeShellExecution|afterShellExecution|beforeMCPExecution|afterMCPExecution|beforeReadFile|afterFileEdit|beforeSubmitPrompt|beforeTabFileRead|afterAgentResponse|stop|file_edited|session_completed|userPromptSubmitted|errorOccurred|(?:pre|post|on|after|before)[-_]?(?:install|uninstall|update|run|start|stop|activate|load|enable|init|invoke|message|command|session|exec|tool)[A-Za-z_]{0,20})$/i;

const COMMAND_KEYS = new Set(['command', 'bash', 'powershell', 'run', 'script', 'cmd', 'exec', 'shell', 'handler', 'windows', 'osx', 'linux']);

export const isHookTable = (node: Node): boolean => entriesOf(node).some((entry) => EVENTS.test(entry.key));

/** Everything below a hook event: commands in any of the shapes hosts accept, prompts, addresses. */
function readHook(doc: Doc, system: string, event: string, node: Node, key: string): void {
  doc.ctx.step();
  if (doc.used.has(node)) return;
  if (node.kind === 'text') {
    if (key === 'prompt') {
      doc.used.add(node);
      doc.ctx.embed('prose', node.text, mapOf(doc.source, node), {
        role: doc.live ? 'hook' : 'config',
        ...(doc.live ? { reach: 'automatic' } : {}),
        note: `${event} hook`,
      });
    } else if (key === 'url') {
      doc.ctx.fact(node.start, node.end, {
        kind: 'request',
        url: known(node.text.slice(0, 2_000)),
        method: 'POST',
        tool: `${system} hook`,
        sends: true,
      });
    } else if (COMMAND_KEYS.has(key) && !/^[\w./-]{1,200}\.(?:ts|js|mjs|cjs|py)$/.test(node.text)) {
      state(doc, node, system, `hooks.${event}`, node.text, 'add-hook');
      hook(doc, node, `${event} hook`);
    } else if (COMMAND_KEYS.has(key)) {
      // A module that the host loads.
      state(doc, node, system, `hooks.${event}`, node.text, 'add-hook');
      doc.ctx.fact(node.start, node.end, { kind: 'exec', how: 'import', program: known(event), argv: [], code: 'file', path: known(node.text) });
    }
    return;
  }
  if (node.kind === 'list') {
    if (key === 'command' && node.items.every((item) => item.kind === 'text')) {
      state(
        doc,
        node,
        system,
        `hooks.${event}`,
        textsOf(node)
          .map((word) => word.text)
          .join(' '),
        'add-hook',
      );
      argv(doc, textsOf(node), `${event} hook`, 'hook');
    } else for (const item of node.items) readHook(doc, system, event, item, COMMAND_KEYS.has(key) || key === event ? 'command' : key);
    return;
  }
  if (node.kind !== 'map') return;
  const program = node.entries.findLast((entry) => entry.key === 'command')?.value;
  const args = node.entries.findLast((entry) => entry.key === 'args')?.value;
  if (program?.kind === 'text' && args !== undefined && textsOf(args).length > 0) {
    const words = [program, ...textsOf(args)];
    state(doc, program, system, `hooks.${event}`, words.map((word) => word.text).join(' '), 'add-hook');
    argv(doc, words, `${event} hook`, 'hook');
  }
  for (const entry of node.entries) if (entry.key !== 'matcher' && entry.key !== 'type') readHook(doc, system, event, entry.value, entry.key);
}

/** A table from event to hooks. */
export function readHooks(doc: Doc, system: string, table: Node | undefined): void {
  for (const entry of entriesOf(table)) {
    const { key, value } = entry;
    // `PreToolUse: "cmd"` and `PreToolUse: ["cmd"]` are commands as they stand.
    readHook(doc, system, key, value, value.kind === 'text' ? 'command' : key);
  }
}

/** Everything a settings file of an agent host can arrange. */
export function readAgent(doc: Doc, system: string): void {
  const { root } = doc.tree;
  for (const table of find(root, 'hooks')) if (doc.live || isHookTable(table)) readHooks(doc, system, table);
  for (const table of find(root, 'experimental', 'hook')) readHooks(doc, system, table);
  // What a host is told to refuse: worth nothing by itself, but its loss is.
  for (const node of find(root, 'permissions', 'deny', '*')) state(doc, node, system, 'permissions.deny', textOfNode(node) ?? '', 'other');
  for (const [host, path, note] of COMMANDS) {
    if (host !== system) continue;
    for (const node of find(root, ...path)) {
      const words = textsOf(node);
      if (words.length === 0) continue;
      state(doc, node, system, path.filter((key) => key !== '*').join('.'), words.map((word) => word.text).join(' '), 'add-hook');
      if (node.kind === 'text') hook(doc, node, note);
      else argv(doc, words, note, 'hook');
    }
  }
  for (const key of ['env', 'environment', 'environmentVariables']) for (const node of find(root, key)) environment(doc, node);
  for (const node of find(root, 'env', 'vars')) environment(doc, node);
  for (const node of find(root, 'shell_environment_policy', 'set')) environment(doc, node);
  readMcp(doc, system);
  judgeSettings(doc, system, root);
}

/** OpenClaw: its settings, its hooks and jobs, its MCP servers, the environment it hands on. */
export function readOpenClaw(doc: Doc): void {
  const { root } = doc.tree;
  judgeSettings(doc, 'openclaw', root);
  readMcp(doc, 'openclaw');
  for (const node of [...find(root, 'env'), ...find(root, 'env', 'vars'), ...find(root, 'skills', 'entries', '*', 'env')]) environment(doc, node);
  for (const job of [...find(root, 'cron', 'jobs', '*'), ...find(root, 'jobs', '*')]) {
    if (job.kind !== 'map') continue;
    const message = find(job, 'payload', 'message')
      .concat(find(job, 'payload', 'text'), find(job, 'message'), find(job, 'prompt'), find(job, 'command'))
      .find((node) => node.kind === 'text');
    if (message?.kind !== 'text') continue;
    doc.ctx.fact(job.start, job.end, { kind: 'persist', mechanism: 'agent-cron', command: known(message.text.slice(0, 1_000)) });
  }
  for (const { key, value } of entriesAt(find(root, 'hooks', 'internal', 'entries'))) {
    if (textOfNode(find(value, 'enabled').at(-1)) !== 'false') state(doc, value, 'openclaw', `hooks.internal.entries.${key}`, 'enabled', 'add-hook');
  }
}

/** The root of a document as a map, or undefined. */
export const rootMap = (doc: Doc): MapNode | undefined => (doc.tree.root?.kind === 'map' ? doc.tree.root : undefined);

/** Marks the parts that the readers above explain so that the generic pass does not repeat them. */
export function useSettings(doc: Doc, ...keys: readonly string[]): void {
  for (const key of keys) for (const node of find(doc.tree.root, key)) use(doc, node);
}
