/** CAP-002: the skill asks for all tools, or to be in every conversation. See overbroad-grant.md. */
import { type Draft, rule } from '../contract.ts';
import { textOf } from '../shared.ts';

export default rule({
  id: 'CAP-002',
  slug: 'overbroad-grant',
  title: 'Wildcard tools or always-on skill',
  family: 'CAP',
  severity: 'medium',
  gate: 'review',
  confidence: 2,
  fix: 'List the tools the skill needs; let the host load it when its description matches.',
  maps: { owasp: ['AST03', 'LLM06'] },
  check: (ctx) =>
    ctx.facts.all('declare').flatMap((fact): Draft[] => {
      const value = textOf(fact.value)?.trim();
      if (fact.what === 'tool' && (value === '*' || value === 'all')) return [{ says: 'asks for every tool', facts: [fact] }];
      if (fact.what === 'always' && value === 'true') return [{ says: 'asks to be loaded in every conversation', facts: [fact], confidence: 1 }];
      if (fact.what === 'tool' && value !== undefined && /^(?:Bash|Shell)\(\*?(?::\*)?\)$/i.test(value))
        return [{ says: 'asks for every shell command', facts: [fact], confidence: 1 }];
      return [];
    }),
});
