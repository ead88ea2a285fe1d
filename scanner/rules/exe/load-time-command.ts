/** EXE-009: load-time commands. See load-time-command.md. */
import { type Draft, rule } from '../contract.ts';
import { show, textOf } from '../shared.ts';

const READS = new Set(['git', 'gh', 'ls', 'pwd', 'date', 'cat', 'node', 'npm', 'uname', 'which', 'tree', 'find', 'rg', 'grep', 'jq']);
const QUIET = new Set([
  'echo',
  'printf',
  'true',
  'head',
  'tail',
  'wc',
  'sort',
  'test',
  '[',
  'cd',
  'sed',
  'awk',
  'cut',
  'tr',
  'uniq',
  'basename',
  'dirname',
  'command',
]);

export default rule({
  id: 'EXE-009',
  slug: 'load-time-command',
  title: 'Command that runs when the skill is loaded',
  family: 'EXE',
  severity: 'high',
  gate: 'block',
  confidence: 2,
  fix: 'Describe the step in the instructions, where the agent (and its approvals) decide.',
  maps: { owasp: ['AST04', 'ASI05'], attack: ['T1059'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    for (const fact of ctx.facts.of('exec')) {
      if (fact.how === 'import') continue;
      const unit = ctx.around(fact).find((candidate) => candidate.role === 'hook' && /load-time|hook in frontmatter/.test(candidate.note ?? ''));
      if (unit === undefined) continue;
      const program = textOf(fact.program) ?? '';
      // Reading state of the project is what this feature is for.
      if (READS.has(program))
        drafts.push({ says: `runs ${program} as soon as the skill is loaded`, facts: [fact], gate: 'capability', severity: 'low' });
      else if (QUIET.has(program) && fact.code === undefined) continue;
      else {
        const grave =
          fact.code !== undefined ||
          ctx.facts
            .within(unit.id)
            .some((other) => other.kind === 'request' || other.kind === 'write' || other.kind === 'delete' || other.kind === 'install');
        drafts.push({
          says: `runs ${program || show(fact.program)} as soon as the skill is loaded`,
          facts: [fact],
          ...(grave ? {} : { gate: 'review' as const, confidence: 1 as const }),
        });
      }
    }
    return drafts;
  },
});
