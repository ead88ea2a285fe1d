/** INJ-010: injection in metadata. See always-loaded-injection.md. */

import type { InstructFact } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';
import { has, ordered, quoted } from '../shared.ts';

export default rule({
  id: 'INJ-010',
  slug: 'always-loaded-injection',
  title: 'Injection in metadata that is always loaded',
  family: 'INJ',
  severity: 'high',
  gate: 'review',
  confidence: 2,
  fix: 'A description says what the skill does and when to use it, nothing else.',
  maps: { owasp: ['AST04', 'ASI01'], atlas: ['AML.T0110'] },
  check: (ctx) => {
    const metadata = ctx.facts.of('instruct').filter((fact) => ctx.around(fact).some((unit) => unit.role === 'frontmatter'));
    return metadata.flatMap((fact: InstructFact): Draft[] => {
      if (!ordered(fact) || fact.actor === 'other' || fact.actor === 'user') return [];
      const override = (fact.verb === 'ignore' || fact.verb === 'override') && has(fact, 'instructions', 'safety', 'system-prompt');
      const conceal =
        fact.verb === 'conceal' &&
        has(fact, 'action', 'instructions', 'trace') &&
        /\b(?:users?|human|owner|operator|anyone|nobody|silently)\b/i.test(fact.clause);
      const send =
        fact.verb === 'send' &&
        fact.destination !== undefined &&
        has(fact, 'secret', 'context', 'credential-file', 'environment', 'system-prompt', 'agent-secret');
      const approve =
        (fact.verb === 'approve' || fact.verb === 'skip') && has(fact, 'confirmation') && /\b(?:all|always|every|any)\b/i.test(fact.clause);
      const lure =
        (fact.verb === 'unlock' && has(fact, 'password', 'archive', 'executable')) ||
        (fact.verb === 'paste' && has(fact, 'terminal')) ||
        (fact.verb === 'download' && has(fact, 'archive', 'executable') && fact.modality === 'must' && fact.destination !== undefined);
      if (override || conceal || send)
        return [{ says: `its always-loaded metadata gives orders: ${quoted(fact.clause)}`, facts: [fact], confidence: 3 }];
      return approve || lure ? [{ says: `its always-loaded metadata gives orders: ${quoted(fact.clause)}`, facts: [fact] }] : [];
    });
  },
});
