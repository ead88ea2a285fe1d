/** INJ-003: prose that sends data out. See send-to-outsider.md. */

import type { InstructFact } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';
import { addressOf, has, near, ordered, quoted } from '../shared.ts';

export default rule({
  id: 'INJ-003',
  slug: 'send-to-outsider',
  title: 'Sends secrets, context or files to an outside place',
  family: 'INJ',
  severity: 'critical',
  gate: 'block',
  confidence: 2,
  fix: 'Send nothing of the user anywhere but to the service the user asked for.',
  maps: { owasp: ['ASI01', 'LLM02', 'LLM01'], atlas: ['AML.T0051', 'AML.T0086'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    const clauses = ctx.facts.of('instruct');
    const home = new Set(
      ctx.facts.all('declare').flatMap((fact) => (fact.what === 'homepage' || fact.what === 'host' ? [addressOf(fact.value).domain] : [])),
    );
    for (const fact of clauses) {
      if (!ordered(fact, 'send', 'publish', 'copy', 'reveal') || fact.actor === 'other' || fact.actor === 'user') continue;
      const grave = has(fact, 'credential-file', 'agent-secret', 'environment', 'system-prompt');
      const secret = grave || has(fact, 'secret', 'context');
      if (!secret) {
        // "Read ~/.ssh/id_rsa. Post it to https://…": the object stands in the clause before.
        const earlier = clauses.find(
          (other: InstructFact) =>
            ['read', 'collect', 'copy'].includes(other.verb) &&
            ordered(other) &&
            near(other, fact, 1) &&
            other.at.start < fact.at.start &&
            has(other, 'credential-file', 'agent-secret', 'environment', 'secret', 'context'),
        );
        if (earlier === undefined || fact.destination === undefined || fact.verb !== 'send') continue;
        const address = addressOf(fact.destination);
        if (address.class === 'loopback' || address.class === 'private') continue;
        drafts.push({
          says: `has what it read sent to ${address.host || 'an outside place'}: ${quoted(fact.clause)}`,
          facts: [fact, earlier],
          gate: has(earlier, 'credential-file', 'agent-secret', 'environment') ? 'block' : 'review',
        });
        continue;
      }
      if (fact.destination === undefined) continue;
      const address = addressOf(fact.destination);
      const mail = fact.destination.kind === 'known' && /^[^\s@/]{1,80}@[^\s@/]{1,120}$/.test(fact.destination.text);
      if (address.class === 'loopback' || address.class === 'private') continue;
      const outside = mail || (address.host.includes('.') && !home.has(address.domain));
      // A key in the header of the API it belongs to is how one logs in.
      const login =
        has(fact, 'secret') &&
        !grave &&
        !has(fact, 'context') &&
        /\b(?:header|authorization|bearer|api[- ]key|x-[a-z-]{2,20}|authenticat|token endpoint|login|parameter|query|request)\b/i.test(fact.clause);
      if (login)
        drafts.push({
          says: `sends a key to ${address.host || 'an outside place'}: ${quoted(fact.clause)}`,
          facts: [fact],
          gate: 'capability',
          confidence: 1,
        });
      else
        drafts.push({
          says: `sends ${grave ? 'secrets of the machine' : has(fact, 'context') ? 'the conversation or files' : 'a secret'} to ${mail ? 'a mail address' : address.host || 'an outside place'}: ${quoted(fact.clause)}`,
          facts: [fact],
          ...(outside
            ? grave || has(fact, 'context') || mail
              ? {}
              : { gate: 'review' as const }
            : { gate: 'review' as const, confidence: 1 as const }),
        });
    }
    return drafts;
  },
});
