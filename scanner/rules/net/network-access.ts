/** NET-001: network access. See network-access.md. */
import { type Draft, rule } from '../contract.ts';
import { hostName } from '../shared.ts';

export default rule({
  id: 'NET-001',
  slug: 'network-access',
  title: 'Talks to the network',
  family: 'NET',
  severity: 'info',
  gate: 'capability',
  confidence: 3,
  fix: 'Nothing to fix; the capability manifest lists the hosts.',
  maps: { owasp: ['ASI02'], attack: ['T1071'] },
  check: (ctx) => {
    const seen = new Set<string>();
    return ctx.facts.of('request').flatMap((fact): Draft[] => {
      const host = hostName(fact);
      if (seen.has(host)) return [];
      seen.add(host);
      return [{ says: `talks to ${host} (${fact.method})`, facts: [fact], evidence: host }];
    });
  },
});
