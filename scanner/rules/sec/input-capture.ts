/** SEC-007: input capture. See input-capture.md. */

import { pathOf } from '../../data/paths.ts';
import type { ExecFact } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';
import { isRequest, show, staysLocal } from '../shared.ts';

/** `dscl . -authonly user password` asks the system whether a password is right; it has no other use. */
function triesPassword(fact: ExecFact): boolean {
  const argv = fact.argv.map(show);
  return /^dscl$/.test(show(fact.program)) && argv.some((word) => /^-?authonly$/i.test(word));
}

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
    // A password that is tried against the system is one that somebody was made to type: no installer needs to know whether it is right.
    for (const fact of ctx.facts.of('exec'))
      if (triesPassword(fact)) drafts.push({ says: `tries a password against the system (${show(fact.program)})`, facts: [fact] });
    for (const fact of ctx.facts.of('read'))
      if (pathOf(fact.path).class === 'shell-history') add(fact, `shell history (${pathOf(fact.path).path})`, 2);
    return drafts;
  },
});
