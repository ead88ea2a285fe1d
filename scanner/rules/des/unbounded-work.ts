/** DES-004: unbounded work. See unbounded-work.md. */
import { type Draft, rule } from '../contract.ts';
import { has, ordered, quoted } from '../shared.ts';

export default rule({
  id: 'DES-004',
  slug: 'unbounded-work',
  title: 'Unbounded loop or fan-out',
  family: 'DES',
  severity: 'low',
  gate: 'capability',
  confidence: 2,
  fix: 'Bound retries, polling and the number of sub-agents.',
  maps: { owasp: ['LLM10', 'ASI08'], atlas: ['AML.T0034'] },
  check: (ctx) => [
    ...ctx.facts
      .of('control')
      .flatMap((fact): Draft[] =>
        fact.what === 'unbounded-loop' || fact.what === 'fan-out'
          ? [{ says: `${fact.what === 'fan-out' ? 'starts work without limit' : 'loops without end'}: ${fact.detail.slice(0, 80)}`, facts: [fact] }]
          : [],
      ),
    ...ctx.facts
      .of('instruct')
      .flatMap((fact): Draft[] =>
        ordered(fact, 'repeat') &&
        fact.actor !== 'user' &&
        fact.actor !== 'other' &&
        /\b(?:forever|indefinitely|never stop|until (?:it|they) (?:works?|succeeds?)|keep (?:trying|retrying))\b/i.test(fact.clause) &&
        !has(fact, 'user')
          ? [{ says: `asks to repeat without end: ${quoted(fact.clause)}`, facts: [fact] }]
          : [],
      ),
  ],
});
