/** OBF-006: a file that is something else than its name says, carries an appended archive, or an image with active content. See disguised-file.md. */
import { type Draft, rule } from '../contract.ts';

export default rule({
  id: 'OBF-006',
  slug: 'disguised-file',
  title: 'Disguised file, polyglot or active content in an image',
  family: 'OBF',
  severity: 'high',
  gate: 'review',
  confidence: 3,
  fix: 'Name the file for what it is, cut what is appended, and ship images without scripts.',
  maps: { owasp: ['AST08', 'LLM03'], attack: ['T1036.008'], cwe: ['CWE-646'] },
  check: (ctx) => [
    ...ctx.problems('type-mismatch', 'appended-archive').map(
      (problem): Draft => ({
        says: problem.says,
        facts: [ctx.whole(ctx.skill.files[problem.file ?? 0] ?? ctx.skill.files[0]!)],
        evidence: `${problem.code} ${problem.path}`,
      }),
    ),
    ...ctx.facts
      .all('hide')
      .filter((fact) => fact.how === 'active-content')
      .map((fact): Draft => ({ says: `${ctx.file(fact).path} is an image that carries a script`, facts: [fact] })),
  ],
});
