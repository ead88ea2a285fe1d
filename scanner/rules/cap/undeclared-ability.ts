/** CAP-001: the skill declares what it needs, and uses more. See undeclared-ability.md. */
import { isSecretName } from '../../data/vendors.ts';
import type { Fact } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';
import { textOf } from '../shared.ts';

export default rule({
  id: 'CAP-001',
  slug: 'undeclared-ability',
  title: 'Ability used but not declared',
  family: 'CAP',
  severity: 'medium',
  gate: 'review',
  confidence: 1,
  fix: 'Declare the variable or tool in the frontmatter (metadata.openclaw.requires, allowed-tools), or stop using it.',
  maps: { owasp: ['AST03', 'ASI03'] },
  check: (ctx) => {
    const declared = (what: string): Set<string> =>
      new Set(ctx.facts.all('declare').flatMap((fact) => (fact.what === what ? [textOf(fact.value) ?? ''] : [])));
    const drafts: Draft[] = [];
    const env = declared('env');
    if (env.size > 0) {
      for (const fact of ctx.facts.of('env')) {
        const name = textOf(fact.name);
        if (name !== undefined && name !== '*' && isSecretName(name) && !env.has(name))
          drafts.push({ says: `reads the secret ${name}, which it does not declare`, facts: [fact], evidence: name });
      }
    }
    const tools = [...declared('tool')].map((tool) => tool.toLowerCase());
    if (
      tools.length > 0 &&
      !tools.some((tool) => tool.startsWith('bash') || tool.startsWith('shell') || tool === '*' || tool.startsWith('exec') || tool.startsWith('run'))
    ) {
      const exec: Fact | undefined = ctx.facts
        .of('exec')
        .find((fact) => fact.how === 'process' && ctx.reach(fact) === 'instructed' && ctx.unit(fact).role === 'fence');
      if (exec !== undefined)
        drafts.push({ says: 'tells the agent to run commands, but its allowed-tools have no shell', facts: [exec], evidence: 'shell' });
    }
    return drafts;
  },
});
