/** SEC-005: secrets in the open. See secret-in-the-open.md. */

import { pathOf } from '../../data/paths.ts';
import { isSecretName } from '../../data/vendors.ts';
import { type Draft, rule } from '../contract.ts';
import { has, isRequest, ordered, quoted, textOf } from '../shared.ts';

export default rule({
  id: 'SEC-005',
  slug: 'secret-in-the-open',
  title: 'Secret put into arguments, addresses, logs or memory',
  family: 'SEC',
  severity: 'medium',
  gate: 'review',
  confidence: 2,
  fix: 'Pass secrets in headers or files, and never write them down.',
  maps: { owasp: ['LLM02'], attack: ['T1552'], cwe: ['CWE-214', 'CWE-532', 'CWE-598'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    for (const fact of ctx.facts.of('env')) {
      const name = textOf(fact.name);
      if (name === undefined || name === '*' || !isSecretName(name)) continue;
      for (const flow of ctx.flows.outOf(fact)) {
        if (flow.to.kind === 'write') {
          const meaning = pathOf(flow.to.path);
          if (meaning.class === 'agent-memory' || meaning.class === 'shell-rc' || meaning.class === 'system-log')
            drafts.push({ says: `writes the secret ${name} into ${meaning.path}`, facts: [flow.to, fact], flow });
        } else if (isRequest(flow.to) && (flow.role === 'query' || flow.role === 'url'))
          drafts.push({ says: `puts the secret ${name} into an address`, facts: [flow.to, fact], flow, confidence: 1 });
      }
    }
    for (const fact of ctx.facts.of('instruct')) {
      if (!ordered(fact, 'remember', 'write', 'publish') || fact.actor === 'user' || fact.actor === 'other' || !has(fact, 'secret')) continue;
      if (has(fact, 'agent-memory') || fact.verb === 'remember')
        drafts.push({ says: `has a secret kept in memory: ${quoted(fact.clause)}`, facts: [fact] });
      else if (has(fact, 'log', 'message')) drafts.push({ says: `has a secret written down: ${quoted(fact.clause)}`, facts: [fact], confidence: 1 });
    }
    return drafts;
  },
});
