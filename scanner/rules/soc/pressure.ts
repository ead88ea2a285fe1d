/** SOC-003: pressure. See pressure.md. */

import type { InstructFact } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';
import { artefact, knownPlace, opaquePlace } from '../lure.ts';
import { has, near, ordered, quoted } from '../shared.ts';

const THREAT =
  /\b(?:suspend\w{0,3}|terminat\w{0,3}|revok\w{0,3}|expire[sd]?|lock(?:ed)? out|lose access|within \d{1,3} (?:hours?|minutes?|days?)|immediately|urgent|final notice|deadline)\b/i;

export default rule({
  id: 'SOC-003',
  slug: 'pressure',
  title: 'Urgency or authority attached to a risky step',
  family: 'SOC',
  severity: 'medium',
  gate: 'review',
  confidence: 2,
  fix: 'State the step and its reason plainly.',
  maps: { owasp: ['ASI09', 'AST02'], attack: ['T1204'] },
  check: (ctx) =>
    ctx.facts.of('instruct').flatMap((fact: InstructFact): Draft[] => {
      if (fact.verb !== 'warn' || fact.polarity !== 'do' || fact.actor === 'other') return [];
      // A download that stands in a list right above: the pressure is about that.
      const offered = ctx.facts
        .of('link')
        .some((link) => near(link, fact, 4) && !knownPlace(link.url) && (artefact(link.url) || opaquePlace(link.url)));
      const step = ctx.facts
        .of('instruct')
        .find(
          (other) =>
            other.id !== fact.id &&
            near(other, fact, 2) &&
            ordered(other) &&
            other.actor !== 'other' &&
            ((offered && ['download', 'install', 'open', 'run'].includes(other.verb)) ||
              (['download', 'install', 'open', 'run'].includes(other.verb) &&
                other.destination !== undefined &&
                !knownPlace(other.destination) &&
                (artefact(other.destination) || opaquePlace(other.destination))) ||
              (['download', 'install', 'run', 'unlock'].includes(other.verb) && has(other, 'executable', 'archive')) ||
              (['send', 'write', 'paste'].includes(other.verb) &&
                has(other, 'secret', 'password', 'credential-file') &&
                other.destination !== undefined) ||
              (other.verb === 'pay' && has(other, 'money') && other.destination !== undefined)),
        );
      if (step === undefined) return [];
      const { at } = ctx.unit(fact);
      const block = ctx.skill.files[at.file]!.text.slice(at.start, at.end).slice(0, 600);
      return [
        {
          says: `presses the reader into a risky step: ${quoted(fact.clause)}`,
          facts: [fact, step],
          confidence: THREAT.test(block) || offered || (step.destination !== undefined && !knownPlace(step.destination)) ? 2 : 1,
        },
      ];
    }),
});
