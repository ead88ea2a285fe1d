/** INJ-008: jailbreak frames. See persona-without-limits.md. */
import { type Draft, rule } from '../contract.ts';
import { has, ordered, quoted } from '../shared.ts';

export default rule({
  id: 'INJ-008',
  slug: 'persona-without-limits',
  title: 'Persona without limits, or suppressed refusals',
  family: 'INJ',
  severity: 'medium',
  gate: 'review',
  confidence: 2,
  fix: 'Describe a role without switching safety off.',
  maps: { owasp: ['ASI01', 'LLM01'], atlas: ['AML.T0054'] },
  check: (ctx) =>
    ctx.facts.of('instruct').flatMap((fact): Draft[] => {
      if (!ordered(fact) || fact.actor === 'other' || fact.actor === 'user') return [];
      if (fact.verb === 'impersonate' && has(fact, 'persona'))
        return [{ says: `sets up a persona without limits: ${quoted(fact.clause)}`, facts: [fact] }];
      if (
        (fact.verb === 'skip' || fact.verb === 'ignore' || fact.verb === 'disable') &&
        has(fact, 'safety') &&
        /\b(?:refus|disclaim|warning|caveat|moral|ethic)/i.test(fact.clause)
      )
        return [{ says: `suppresses refusals or warnings: ${quoted(fact.clause)}`, facts: [fact] }];
      return [];
    }),
});
