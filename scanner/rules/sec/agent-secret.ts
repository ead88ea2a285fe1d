/** SEC-004: agent secrets. See agent-secret.md. */

import { pathOf } from '../../data/paths.ts';
import { sharesName } from '../../data/vendors.ts';
import type { Fact } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';
import { addressFromSame, addressOf, isRequest, ordered, ownStore, quoted, staysLocal } from '../shared.ts';

export default rule({
  id: 'SEC-004',
  slug: 'agent-secret',
  title: 'Reads the secrets of the agent itself',
  family: 'SEC',
  severity: 'high',
  gate: 'review',
  confidence: 2,
  fix: "Leave the agent's own credentials, sessions and device keys alone.",
  maps: { owasp: ['ASI03', 'LLM02'], atlas: ['AML.T0083'], attack: ['T1552.001'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    for (const fact of ctx.facts.of('read')) {
      const meaning = pathOf(fact.path);
      if (meaning.class !== 'agent-secret' && meaning.class !== 'agent-log') continue;
      const store = ownStore(ctx, meaning.path);
      const belongs = (to: Fact): boolean =>
        isRequest(to) && (addressFromSame(ctx, fact, to) || (store !== undefined && sharesName(store, addressOf(to.url).domain)));
      const leaks = ctx.flows.outOf(fact).filter((flow) => isRequest(flow.to) && !staysLocal(flow.to));
      const leak = leaks.find((flow) => !belongs(flow.to)) ?? leaks[0];
      // The skill's own corner of the store, used with the service it is for.
      if (store !== undefined && leaks.every((flow) => belongs(flow.to)))
        drafts.push({ says: `reads its own credentials ${meaning.path}`, facts: [fact], gate: 'capability', severity: 'low' });
      else if (leak !== undefined)
        drafts.push({
          says: `reads ${meaning.label} ${meaning.path}, and they leave the machine`,
          facts: [fact, leak.to],
          flow: leak,
          gate: leak.role === 'header' || belongs(leak.to) ? 'review' : 'block',
          severity: 'critical',
          confidence: 3,
        });
      else drafts.push({ says: `reads ${meaning.label} ${meaning.path}`, facts: [fact], confidence: meaning.class === 'agent-log' ? 1 : 2 });
    }
    for (const fact of ctx.facts.of('config'))
      if (fact.effect === 'print-token') drafts.push({ says: `prints the token of the gateway (${fact.key})`, facts: [fact] });
    for (const fact of ctx.facts.of('instruct')) {
      if (fact.polarity !== 'do' || !ordered(fact, 'read', 'collect', 'send', 'copy', 'reveal') || fact.actor === 'other' || fact.actor === 'user')
        continue;
      const secret = fact.objects.find((one) => one.class === 'agent-secret');
      if (secret !== undefined)
        drafts.push({
          says: `tells the agent to use its own secrets: ${quoted(fact.clause)}`,
          facts: [fact],
          confidence: fact.destination === undefined ? 1 : 2,
        });
    }
    return drafts;
  },
});
