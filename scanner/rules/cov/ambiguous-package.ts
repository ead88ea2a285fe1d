/** COV-003: archives or frontmatter that two readers would read differently, or that are made to exhaust a reader. See ambiguous-package.md. */
import type { Problem } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';

const CODES: readonly Problem['code'][] = ['malformed-archive', 'ambiguous-archive', 'ratio-bomb'];
/** Spec errors of the YAML reader that mean "differing parses", as opposed to mere style. */
const AMBIGUOUS = /duplicate key|stands twice|alias|anchor|where a key belongs/i;

export default rule({
  id: 'COV-003',
  slug: 'ambiguous-package',
  title: 'Malformed, ambiguous or bomb-like package',
  family: 'COV',
  severity: 'high',
  gate: 'review',
  confidence: 3,
  fix: 'Pack the archive again with an ordinary tool, and write each frontmatter key once, without anchors and aliases.',
  maps: { owasp: ['AST08', 'LLM03'], cwe: ['CWE-436', 'CWE-409'] },
  check: (ctx) => [
    ...ctx.problems(...CODES).map(
      (problem): Draft => ({
        says: problem.says,
        facts: [ctx.whole(ctx.skill.files[problem.file ?? 0] ?? ctx.skill.files[0]!)],
        evidence: `${problem.code} ${problem.path}`,
      }),
    ),
    ...ctx.facts
      .of('declare')
      .filter((fact) => fact.what === 'spec-error' && AMBIGUOUS.test(fact.detail ?? '') && ['markdown', 'manifest'].includes(ctx.unit(fact).language))
      .map((fact): Draft => ({ says: `clients may read this frontmatter differently: ${fact.detail ?? ''}`, facts: [fact] })),
  ],
});
