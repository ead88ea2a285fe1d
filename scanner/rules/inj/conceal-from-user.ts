/** INJ-002: concealment. See conceal-from-user.md. */

import type { InstructFact } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';
import { has, near, ordered, professed, quoted } from '../shared.ts';

const ACTS = new Set([
  'send',
  'run',
  'download',
  'install',
  'write',
  'delete',
  'collect',
  'read',
  'persist',
  'update',
  'remember',
  'follow',
  'pay',
  'publish',
  'copy',
  'repeat',
]);

export default rule({
  id: 'INJ-002',
  slug: 'conceal-from-user',
  title: 'Hides an action from the user',
  family: 'INJ',
  severity: 'high',
  gate: 'block',
  confidence: 2,
  fix: 'Tell the user what is done.',
  maps: { owasp: ['ASI09', 'ASI01', 'LLM01'], atlas: ['AML.T0051'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    const clauses = ctx.facts.of('instruct');
    for (const fact of clauses) {
      if (fact.verb !== 'conceal' || fact.actor === 'other' || fact.actor === 'user' || !has(fact, 'action', 'instructions', 'trace')) continue;
      if (professed(fact)) {
        // The skill says of itself that somebody is kept in the dark.
        if (
          (has(fact, 'action') && /\b(?:users?|humans?|customers?|output|summary|repl(?:y|ies)|rationale)\b/i.test(fact.clause)) ||
          (has(fact, 'trace') && /\baudit/i.test(fact.clause))
        )
          drafts.push({ says: `keeps quiet about what it does: ${quoted(fact.clause)}`, facts: [fact], gate: 'review' });
        continue;
      }
      if (!ordered(fact)) continue;
      // What is concealed must be something that happens: a command, a request, a change.
      const done = clauses.find(
        (other: InstructFact) =>
          other.id !== fact.id &&
          near(other, fact, 2) &&
          ACTS.has(other.verb) &&
          ordered(other) &&
          other.actor !== 'other' &&
          (other.destination !== undefined ||
            has(
              other,
              'secret',
              'credential-file',
              'command',
              'script',
              'context',
              'remote-content',
              'instructions',
              'environment',
              'agent-memory',
              'agent-secret',
              'executable',
            )),
      );
      const code = ctx.facts
        .of('exec')
        .find(
          (exec) =>
            exec.at.file === fact.at.file &&
            exec.how !== 'import' &&
            Math.abs(exec.at.start - fact.at.start) < 600 &&
            ctx.around(exec).some((unit) => unit.role === 'fence' || unit.role === 'inline'),
        );
      const plain =
        /\busers?\b|\bhuman\b|\bowner\b|\boperator\b|\baudit (?:trail|log)|\b(?:completed?|performed|executed|done|carried out) silently\b|between us|\bsecret(?:ly)?\b|cover (?:your|the) tracks|leave no trace/i.test(
          fact.clause,
        );
      const says = `tells the agent to keep quiet about what it does: ${quoted(fact.clause)}`;
      if (
        done !== undefined &&
        (done.destination !== undefined ||
          has(done, 'secret', 'credential-file', 'context', 'environment', 'agent-secret', 'agent-memory', 'instructions'))
      )
        drafts.push({ says, facts: [fact, done], confidence: 3 });
      else if (plain && (done !== undefined || code !== undefined)) {
        // Kept quiet and wiped, or kept quiet twice over: nothing honest hides a step and its trace.
        const again = clauses.some(
          (other: InstructFact) =>
            other.id !== fact.id &&
            other.block === fact.block &&
            other.at.file === fact.at.file &&
            ordered(other) &&
            (other.verb === 'delete' || other.verb === 'disable') &&
            has(other, 'log', 'trace'),
        );
        drafts.push({ says, facts: done === undefined ? [fact] : [fact, done], ...(again ? {} : { gate: 'review' as const }) });
      } else drafts.push({ says, facts: [fact], gate: 'review', confidence: plain ? 2 : 1 });
    }
    return drafts;
  },
});
