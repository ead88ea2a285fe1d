/** SUP-001: known indicators. See known-bad.md. */

import { indicators } from '../../data/indicators.ts';
import { type Draft, rule } from '../contract.ts';
import { addressOf, textOf } from '../shared.ts';

export default rule({
  id: 'SUP-001',
  slug: 'known-bad',
  title: 'Known-malicious indicator',
  family: 'SUP',
  severity: 'critical',
  gate: 'block',
  confidence: 3,
  fix: 'Do not install; report the skill.',
  maps: { owasp: ['LLM03', 'ASI04', 'AST02'], attack: ['T1195'] },
  check: (ctx) => {
    const list = indicators();
    if (list.size === 0) return [];
    const drafts: Draft[] = [];
    for (const file of ctx.skill.files)
      if (list.has(`sha256:${file.sha256}`))
        drafts.push({ says: `${file.path} is a known malicious file`, facts: [ctx.whole(file)], evidence: file.sha256 });
    for (const fact of [...ctx.facts.of('request'), ...ctx.facts.of('link')]) {
      const address = addressOf(fact.url);
      if (address.host !== '' && (list.has(`host:${address.host}`) || list.has(`host:${address.domain}`)))
        drafts.push({ says: `names the known malicious host ${address.host}`, facts: [fact], evidence: address.host });
    }
    for (const fact of ctx.facts.of('install')) {
      const name = textOf(fact.name);
      if (name !== undefined && list.has(`package:${fact.manager}:${name}`))
        drafts.push({ says: `installs the known malicious package ${name}`, facts: [fact], evidence: name });
    }
    return drafts;
  },
});
