/** INJ-005: forged turns. See forged-turn.md. */
import { type Draft, rule } from '../contract.ts';
import { ordered, quoted } from '../shared.ts';

export default rule({
  id: 'INJ-005',
  slug: 'forged-turn',
  title: 'Forged role or turn markers',
  family: 'INJ',
  severity: 'medium',
  gate: 'review',
  confidence: 2,
  fix: 'Write plain sentences; never imitate system messages or chat templates.',
  maps: { owasp: ['ASI01', 'LLM01'], atlas: ['AML.T0051'] },
  check: (ctx) =>
    ctx.facts
      .of('hide')
      .filter((fact) => fact.how === 'role-marker')
      .flatMap((fact): Draft[] => {
        const text = ctx.text(fact);
        // Tokens of a chat template have no other use; a word with a colon has many.
        const token = /<\|[a-z_]{2,30}\|>|\[\/?INST\]|<<\/?SYS>>|<\/?(?:system|assistant)>|\[SYSTEM/i.test(text);
        // "System: macOS or Linux" is a requirement; a turn gives an order.
        if (
          !token &&
          !ctx.facts
            .of('instruct')
            .some((one) => one.at.file === fact.at.file && ordered(one) && one.at.end > fact.at.start && one.at.start - fact.at.start < 300)
        )
          return [];
        return [
          {
            says: `imitates a message of the system: ${quoted(fact.text ?? text)}`,
            facts: [fact],
            confidence: token && ctx.stance(fact) === 'use' ? 2 : 1,
          },
        ];
      }),
});
