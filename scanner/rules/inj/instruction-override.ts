/** INJ-001: an order to disregard instructions. See instruction-override.md. */

import type { InstructFact } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';
import { has, ordered, professed, quoted } from '../shared.ts';

/** Instructions that stand above the skill: what came before, what the system, the developer or the user said. */
const STANDING =
  /\b(?:previous|prior|above|earlier|preceding|former|existing|original|initial|system|developer|safety|security|built-in|all|any other|other|your|default|everything)\b/i;
/** What stands before: never a name for what a page says. */
const OLDER = /\b(?:previous|prior|above|earlier|preceding|former|original|initial|system|developer)\b/i;
const PLAIN = /\b(?:ignore|disregard|forget|override|bypass|discard|supersede|overrule|violate|disobey)\b/i;

/** Protections of the machine are no instructions of the agent. */
const MACHINE =
  /\b(?:firewalls?|antivirus|anti-virus|defender|smartscreen|selinux|sip|system integrity|edr|xprotect|virus|rate limits?|access controls?|gatekeeper|security (?:software|monitoring|features|protections?)|endpoint|real-time|tamper|built-in protections|loop)\b/i;
/** Replacing a text is the work of many skills; replacing what governs the agent is not. */
const REPLACES = /^(?:\W{0,4}\w{1,12}ly )?\W{0,4}(?:update|replace|rewrite|refresh|upgrade|revise|change|edit|regenerate)/i;

export default rule({
  id: 'INJ-001',
  slug: 'instruction-override',
  title: 'Command to disregard instructions',
  family: 'INJ',
  severity: 'high',
  gate: 'block',
  confidence: 3,
  fix: 'Remove it; a skill adds instructions, it does not cancel the ones the agent has.',
  maps: { owasp: ['ASI01', 'LLM01', 'AST01'], atlas: ['AML.T0051'] },
  check: (ctx) =>
    ctx.facts.of('instruct').flatMap((fact: InstructFact): Draft[] => {
      const demoted = professed(fact) && fact.verb === 'override' && /\btreated as\b/i.test(fact.clause);
      if (!(ordered(fact, 'ignore', 'override') || demoted) || fact.actor === 'other' || fact.actor === 'user') return [];
      // Telling the agent to ignore what foreign text demands is the opposite.
      if (
        has(fact, 'remote-content', 'message', 'link', 'web-page') &&
        !has(fact, 'system-prompt', 'safety') &&
        !fact.objects.some((one) => one.class === 'instructions' && OLDER.test(one.text))
      )
        return [];
      const object = fact.objects.find((one) => one.class === 'system-prompt' || one.class === 'safety' || one.class === 'instructions');
      if (object === undefined || (object.class === 'safety' && (MACHINE.test(object.text) || /^security\b/i.test(object.text)))) return [];
      if (REPLACES.test(fact.clause) && !/\byour\b/i.test(object.text)) return [];
      const whose = object.class !== 'instructions' || STANDING.test(object.text) || STANDING.test(fact.clause);
      const says = `tells the agent to ${fact.verb === 'ignore' ? 'disregard' : 'override'} its instructions: ${quoted(fact.clause)}`;
      if (fact.tongue !== 'en' || demoted) return [{ says, facts: [fact], gate: 'review', confidence: 2 }];
      if (!whose) return [{ says, facts: [fact], gate: 'review', confidence: 1 }];
      return [{ says, facts: [fact], ...(PLAIN.test(fact.clause) ? {} : { gate: 'review' as const, confidence: 2 as const }) }];
    }),
});
