/** SEC-007: input capture. See input-capture.md. */

import { pathOf } from '../../data/paths.ts';
import { type Draft, rule } from '../contract.ts';
import { isRequest, staysLocal } from '../shared.ts';

export default rule({
  id: 'SEC-007',
  slug: 'input-capture',
  title: 'Captures clipboard, keystrokes, screen, camera or shell history',
  family: 'SEC',
  severity: 'high',
  gate: 'review',
  confidence: 2,
  fix: 'Ask the user for what you need.',
  maps: { owasp: ['LLM02', 'ASI03'], attack: ['T1115', 'T1056', 'T1113', 'T1552.003'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    const add = (fact: import('../../model.ts').Fact, what: string, confidence: 1 | 2): void => {
      const leak = ctx.flows.outOf(fact).find((flow) => isRequest(flow.to) && !staysLocal(flow.to));
      if (leak !== undefined) drafts.push({ says: `captures ${what}, and it leaves the machine`, facts: [fact, leak.to], flow: leak, confidence: 3 });
      else drafts.push({ says: `captures ${what}`, facts: [fact], confidence });
    };
    for (const fact of ctx.facts.of('capture'))
      if (fact.what !== 'process-list' && fact.what !== 'keychain' && fact.what !== 'browser' && fact.what !== 'wallet')
        add(fact, fact.what, fact.what === 'keystrokes' || fact.what === 'history' ? 2 : 1);
    for (const fact of ctx.facts.of('read'))
      if (pathOf(fact.path).class === 'shell-history') add(fact, `shell history (${pathOf(fact.path).path})`, 2);
    return drafts;
  },
});
