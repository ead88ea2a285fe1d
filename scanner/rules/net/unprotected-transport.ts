/** NET-006: unprotected transport. See unprotected-transport.md. */

import { isSecretName } from '../../data/vendors.ts';
import { type Draft, rule } from '../contract.ts';
import { addressOf, hostName, OUTGOING } from '../shared.ts';

export default rule({
  id: 'NET-006',
  slug: 'unprotected-transport',
  title: 'Certificate checks off, or plain http for code or credentials',
  family: 'NET',
  severity: 'medium',
  gate: 'review',
  confidence: 2,
  fix: 'Leave certificate checks on and use https.',
  maps: { owasp: ['LLM03'], attack: ['T1557'], cwe: ['CWE-295', 'CWE-319'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    const outside = (kind: string): boolean => kind !== 'loopback' && kind !== 'private' && kind !== 'dynamic';
    for (const fact of ctx.facts.of('request')) {
      const address = addressOf(fact.url);
      if (fact.insecure && outside(address.class))
        drafts.push({
          says: `does not check the certificate of ${hostName(fact)}`,
          facts: [fact],
          confidence: fact.sends || ctx.flows.outOf(fact).some((flow) => flow.role === 'code') ? 2 : 1,
        });
      if (address.scheme !== 'http' || !outside(address.class)) continue;
      const secret = ctx.flows
        .into(fact, OUTGOING)
        .find((flow) => flow.from.kind === 'env' && flow.from.name.kind === 'known' && isSecretName(flow.from.name.text));
      if (secret !== undefined)
        drafts.push({ says: `sends a secret over plain http to ${hostName(fact)}`, facts: [fact, secret.from], flow: secret });
    }
    for (const fact of ctx.facts.of('config'))
      if (fact.effect === 'disable-tls')
        drafts.push({
          says: `switches certificate checks off (${fact.key})`,
          facts: [fact], // A switch for a whole tool or session counts; one client of one script, aimed at a host that the user configures, is listed.
          confidence: fact.via === 'prose' || !/^(?:shell|powershell|ini|json|yaml|toml|manifest|dockerfile)$/.test(ctx.unit(fact).language) ? 1 : 2,
        });
    return drafts;
  },
});
