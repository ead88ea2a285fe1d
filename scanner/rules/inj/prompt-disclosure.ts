/** INJ-009: prompt disclosure. See prompt-disclosure.md. */
import { type Draft, rule } from '../contract.ts';
import { has, ordered, quoted } from '../shared.ts';

export default rule({
  id: 'INJ-009',
  slug: 'prompt-disclosure',
  title: 'Reveals the system prompt or hidden context',
  family: 'INJ',
  severity: 'medium',
  gate: 'review',
  confidence: 2,
  fix: 'Leave the system prompt where it is.',
  maps: { owasp: ['LLM07', 'ASI01'], atlas: ['AML.T0056'] },
  check: (ctx) =>
    ctx.facts.of('instruct').flatMap((fact): Draft[] => {
      if (
        !ordered(fact, 'reveal', 'send', 'copy', 'write', 'publish') ||
        fact.actor === 'other' ||
        fact.actor === 'user' ||
        !has(fact, 'system-prompt')
      )
        return [];
      // Writing a system prompt is the work of many honest skills; giving away one's own is not.
      const own =
        /\b(?:your|the current|this session'?s?|hidden|initial|full) (?:[a-z-]{1,20} ){0,2}(?:system (?:prompt|message|instructions?)|instructions(?! files?\b)|prompt(?! files?\b))|\bverbatim\b/i.test(
          fact.clause,
        );
      if (fact.verb === 'write' && !own) return [];
      return [
        {
          says: `has the system prompt given away: ${quoted(fact.clause)}`,
          facts: [fact],
          confidence: own ? 2 : 1,
        },
      ];
    }),
});
