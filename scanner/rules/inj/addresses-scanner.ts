/** INJ-007: text for a scanner. See addresses-scanner.md. */
import { type Draft, rule } from '../contract.ts';
import { has, quoted } from '../shared.ts';

export default rule({
  id: 'INJ-007',
  slug: 'addresses-scanner',
  title: 'Text addressed to a scanner or reviewer',
  family: 'INJ',
  severity: 'high',
  gate: 'review',
  confidence: 2,
  fix: 'Remove it; a verdict follows from what the skill does.',
  maps: { owasp: ['AST08', 'ASI01'], atlas: ['AML.T0051'] },
  check: (ctx) =>
    ctx.facts.of('instruct').flatMap((fact): Draft[] => {
      if (fact.polarity !== 'do' || fact.verb !== 'rate' || fact.actor === 'other') return [];
      if (!has(fact, 'scanner', 'verdict')) return [];
      const addressed = has(fact, 'scanner') && has(fact, 'verdict');
      return [
        {
          says: `speaks to whoever judges it: ${quoted(fact.clause)}`,
          facts: [fact],
          confidence:
            addressed ||
            /\bthis (?:skill|file|package|code|document) (?:is|has been|was)\b|\b(?:mark|classify|rate|label|report|treat|consider) (?:it|this|(?:this|the) (?:skill|file|package|plugin|code|document|submission|repository)) (?:as )?/i.test(
              fact.clause,
            )
              ? 2
              : 1,
        },
      ];
    }),
});
