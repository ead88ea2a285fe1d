/** INJ-008: jailbreak frames. See persona-without-limits.md. */
import type { InstructFact } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';
import { has, ordered, professed, quoted } from '../shared.ts';

const LIFTED =
  /\b(?:no|without|free (?:of|from)|not bound by|freed from) (?:any )?(?:content |safety |ethical )?(?:restrictions?|limits?|limitations?|rules|filters?|guidelines|constraints)\b/i;
/** Modes that programs and devices have. */
const ORDINARY =
  /^(?:\w{1,20} ){0,3}(?:developer|dev|debug|maintenance|diagnostic|testing|safety testing|admin|override|auto|cooperative|unlocked) mode(?: (?:enabled|activated))?$/i;
const LIMITS =
  /\b(?:content (?:filter|polic|restrict|moderat)\w{0,8}|guardrails?|safety (?:filter|check|guideline|rule|constraint|training|polic|restriction|protocol|measure)\w{0,4}|ethic\w{0,6}|moderation|(?:the|its|your|these|normal|usual|content|safety|all) restrictions?)/i;

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
  check: (ctx) => {
    // A frame of several sentences, or one that lifts the limits in so many words, deserves a look even where it is only shown: the gate of a sample is lowered by one.
    const whole = (fact: InstructFact): { gate?: 'block' } =>
      ctx.stance(fact) === 'example' &&
      (LIFTED.test(fact.clause) ||
        ctx.facts
          .of('instruct')
          .filter((other) => other.at.file === fact.at.file && Math.abs(other.block - fact.block) < 3 && other.verb === 'impersonate').length > 1)
        ? { gate: 'block' }
        : {};
    return ctx.facts.of('instruct').flatMap((fact): Draft[] => {
      if (!(ordered(fact) || professed(fact)) || fact.actor === 'other' || fact.actor === 'user') return [];
      // "Enable the jailbreak filter" and "allow unrestricted access" are no personas.
      const switched =
        /^\W{0,4}(?:\w{1,12}ly )?(?:enable|activate|turn|switch|allow|permit|grant|authori[sz]e|approve|accept|trust|enter|white|opt)/i.test(
          fact.clause,
        );
      // Android and browsers have a developer mode as well; alone it says nothing.
      const personas = fact.objects.filter((object) => object.class === 'persona');
      if (
        personas.length > 0 &&
        personas.every((object) => ORDINARY.test(object.text)) &&
        !/\b(?:no|without|unrestricted|restrictions|unfiltered|uncensored|refus\w{1,4}|anything|guidelines|limits)\b/i.test(fact.clause)
      )
        return [];
      // "You are on a machine where you have root access" sets up nobody.
      if (
        /^you are\b(?! now| no longer| free| not bound| dan\b)/i.test(fact.clause) &&
        !LIFTED.test(fact.clause) &&
        !/never refuses|unrestricted|uncensored|unfiltered|jailbroken|\bdan\b/i.test(fact.clause)
      )
        return [];
      const mode = fact.objects.some((object) => object.class === 'persona' && /\bmode\b/i.test(object.text));
      if (fact.verb === 'impersonate' && has(fact, 'persona') && (!switched || mode) && (ordered(fact) || fact.actor === 'agent'))
        return [{ says: `sets up a persona without limits: ${quoted(fact.clause)}`, facts: [fact], ...whole(fact) }];
      if (
        (fact.verb === 'skip' || fact.verb === 'ignore' || fact.verb === 'disable') &&
        has(fact, 'safety') &&
        /\b(?:refus|disclaim|warning|caveat|moral|ethic)/i.test(fact.clause)
      )
        return [{ says: `suppresses refusals or warnings: ${quoted(fact.clause)}`, facts: [fact] }];
      // Filters and limits of the agent itself that are switched off, now or when a word is said.
      const limit = fact.objects.find(
        (object) =>
          object.class === 'safety' && (LIMITS.test(object.text) || /\brestrictions? (?:is|are) (?:lifted|removed|suspended)\b/i.test(fact.clause)),
      );
      if (fact.verb === 'disable' && limit !== undefined) return [{ says: `switches its limits off: ${quoted(fact.clause)}`, facts: [fact] }];
      return [];
    });
  },
});
