/** COV-001: something that the skill uses could not be read to the end. See unread-part.md. */
import { type Draft, rule } from '../contract.ts';

export default rule({
  id: 'COV-001',
  slug: 'unread-part',
  title: 'A part in use was not fully analysed',
  family: 'COV',
  severity: 'medium',
  gate: 'review',
  confidence: 3,
  fix: 'Ship plain, reasonably sized text; split huge files, convert unusual encodings to UTF-8, unpack archives.',
  maps: { owasp: ['AST08'], cwe: ['CWE-693'] },
  check: (ctx) => [
    ...ctx.facts
      .all('opaque')
      .filter((fact) => fact.incomplete && ctx.reach(fact) !== 'mentioned')
      .map(
        (fact): Draft => ({
          says: `${ctx.file(fact).path} was not read to the end: ${fact.detail}`,
          facts: [fact],
          evidence: `${fact.why} ${ctx.file(fact).path}`,
        }),
      ),
    ...ctx
      .problems(
        'file-too-large',
        'too-many-files',
        'too-many-bytes',
        'too-deep',
        'time-limit',
        'undecodable-text',
        'nested-archive-unread',
        'lfs-pointer',
        'unreadable',
      )
      .filter((problem) => problem.incomplete)
      .map((problem): Draft => {
        const file = ctx.skill.files[problem.file ?? 0];
        return { says: problem.says, facts: [ctx.whole(file ?? ctx.skill.files[0]!)], evidence: `${problem.code} ${problem.path}` };
      })
      .filter((draft) => draft.facts[0] !== undefined),
  ],
});
