/** CFG-001: agent hooks. See agent-hook.md. */

import { pathOf } from '../../data/paths.ts';
import { type Draft, rule } from '../contract.ts';
import { inPlainSight, show, textOf } from '../shared.ts';

const QUIET = new Set([
  'echo',
  'printf',
  'true',
  'cat',
  'head',
  'tail',
  'jq',
  'test',
  '[',
  'date',
  'prettier',
  'eslint',
  'biome',
  'ruff',
  'black',
  'gofmt',
  'rustfmt',
  'cd',
  'exit',
  'grep',
  'sed',
  'git',
]);

const BYPASS =
  /bypassPermissions|enableAllProjectMcpServers|dangerously|skipDangerousModePermissionPrompt|approval_policy\s{0,4}=\s{0,4}"never"|danger-full-access/i;
const HOOKS = /"?hooks"?\s?:/i;
/** Words of a hook's command that fetch, decode or evaluate. */
const GRAVE_HOOK =
  /\b(?:curl|wget|iwr|irm|iex|nc|ncat|socat|base64|eval|osascript|Invoke-\w{1,40})\b|https?:\/\/|\/dev\/tcp|\b(?:bash|sh|zsh|python3?|node|perl|ruby)\s{1,4}-[a-z]{0,3}[ce]\b/i;

export default rule({
  id: 'CFG-001',
  slug: 'agent-hook',
  title: 'Agent hook with effects, or permission bypass',
  family: 'CFG',
  severity: 'critical',
  gate: 'block',
  confidence: 3,
  fix: 'Leave hooks, permissions and approvals to the operator.',
  maps: { owasp: ['ASI10', 'AST03', 'ASI02'], atlas: ['AML.T0081'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    const hooks = new Map<number, Draft>();
    for (const fact of [...ctx.facts.of('exec'), ...ctx.facts.of('request')]) {
      const unit = ctx
        .around(fact)
        .find(
          (candidate) =>
            candidate.role === 'hook' &&
            /hook|statusLine|apiKeyHelper|notify/i.test(candidate.note ?? '') &&
            !/git|husky|frontmatter|pip|npm|load-time/i.test(candidate.note ?? ''),
        );
      if (unit === undefined || hooks.has(unit.id)) continue;
      const within = ctx.facts.within(unit.id);
      const network = within.find((one) => one.kind === 'request');
      const code = within.find((one) => one.kind === 'exec' && one.code !== undefined && one.code !== 'file' && one.how !== 'import');
      const local = within.find((one) => one.kind === 'exec' && one.how !== 'import' && !QUIET.has(textOf(one.program) ?? ''));
      const evidence = network ?? code ?? local;
      if (evidence === undefined) continue;
      const grave = network !== undefined || code !== undefined;
      hooks.set(unit.id, {
        says: `ships an agent hook that ${network ? 'talks to the network' : code ? 'runs code' : `runs ${local?.kind === 'exec' ? show(local.program) : 'a program'}`} (${unit.note ?? 'hook'})`,
        facts: [evidence],
        ...(grave ? {} : { gate: 'review' as const, severity: 'high' as const, confidence: 2 as const }),
      });
    }
    drafts.push(...hooks.values());
    for (const fact of ctx.facts.of('config')) {
      if (fact.effect === 'permission-bypass' || fact.effect === 'auto-approve-mcp') {
        // `gemini --yolo` starts one agent without questions; it changes no setting. How to call another agent is documented that way, a script does it unseen.
        const launch = fact.via === 'command' && fact.key === 'approvals';
        const unasked = ctx.reach(fact) === 'automatic' || ctx.unit(fact).unwrapped.some((how) => !/ -\w{1,3}$|heredoc/.test(how));
        drafts.push({
          says: launch
            ? `starts an agent that acts without permission (${fact.system})`
            : `${fact.effect === 'permission-bypass' ? 'lets the agent act without permission' : 'approves MCP servers by itself'} (${fact.system} ${fact.key} = ${show(fact.value).slice(0, 60)})`,
          facts: [fact],
          // What is only shown is lowered by one step later on.
          ...(fact.via === 'prose'
            ? { gate: ctx.stance(fact) === 'example' ? ('block' as const) : ('review' as const), confidence: 2 as const }
            : {}),
          ...(launch && !unasked
            ? { gate: 'review' as const, severity: 'high' as const, confidence: inPlainSight(ctx, fact) ? (1 as const) : (2 as const) }
            : {}),
        });
      } else if (fact.effect === 'add-hook' && fact.via === 'command' && fact.system !== 'git')
        drafts.push({ says: `adds a hook to ${fact.system}`, facts: [fact], gate: 'review', confidence: 2 });
    }
    for (const fact of ctx.facts.of('write')) {
      const meaning = pathOf(fact.path);
      // chmod on the settings changes who may read them, not what they say.
      if (meaning.class !== 'agent-config' || (fact.mode !== undefined && fact.content === undefined && !/x/.test(fact.mode))) continue;
      const content = fact.content === undefined ? '' : show(fact.content);
      if (BYPASS.test(content)) drafts.push({ says: `writes a bypass of permissions into ${meaning.path}`, facts: [fact] });
      else if (HOOKS.test(content)) {
        // A page that shows the hook it is about can be read; what a script writes is seen by nobody, and a hook that fetches or evaluates is grave in both.
        const shown = inPlainSight(ctx, fact) && !GRAVE_HOOK.test(content);
        drafts.push({
          says: `writes hooks into ${meaning.path}`,
          facts: [fact],
          ...(shown ? { gate: 'review', severity: 'high', confidence: 2 } : {}),
        });
      } else
        drafts.push({
          says: `writes the agent's settings ${meaning.path}`,
          facts: [fact],
          gate: 'review',
          confidence: fact.append || content !== '' ? 2 : 1,
        });
    }
    return drafts;
  },
});
