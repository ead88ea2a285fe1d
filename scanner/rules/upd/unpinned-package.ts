/** UPD-004: unpinned packages. See unpinned-package.md. */
import { type Draft, rule } from '../contract.ts';
import { show } from '../shared.ts';

export default rule({
  id: 'UPD-004',
  slug: 'unpinned-package',
  title: 'Unpinned package, server, image or action is run',
  family: 'UPD',
  severity: 'low',
  gate: 'capability',
  confidence: 3,
  fix: 'Pin the version, or better the digest.',
  maps: { owasp: ['AST02', 'LLM03'], attack: ['T1195.002'] },
  check: (ctx) =>
    ctx.facts.of('install').flatMap((fact): Draft[] => {
      if (fact.pinned || fact.from === 'file' || !(fact.runs || fact.manager === 'docker' || fact.manager === 'mcp' || fact.manager === 'action'))
        return [];
      // Text in a file that hosts load by themselves is still text.
      const auto = ctx.reach(fact) === 'automatic' && !ctx.around(fact).some((unit) => unit.role === 'fence' || unit.role === 'inline');
      return [
        {
          says: `runs ${show(fact.name)} from ${fact.manager} without a pinned version`,
          facts: [fact],
          evidence: `${fact.manager} ${show(fact.name)}`,
          ...(auto ? { gate: 'review' as const, severity: 'medium' as const, confidence: 2 as const } : {}),
        },
      ];
    }),
});
