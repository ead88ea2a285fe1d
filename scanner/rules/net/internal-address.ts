/** NET-007: internal addresses. See internal-address.md. */
import { type Draft, rule } from '../contract.ts';
import { addressOf } from '../shared.ts';

export default rule({
  id: 'NET-007',
  slug: 'internal-address',
  title: 'Cloud metadata service or private range',
  family: 'NET',
  severity: 'high',
  gate: 'review',
  confidence: 2,
  fix: 'Take credentials from the environment the operator provides, never from the metadata service.',
  maps: { owasp: ['ASI03', 'LLM02'], attack: ['T1552.005'], cwe: ['CWE-918'] },
  check: (ctx) =>
    ctx.facts.of('request').flatMap((fact): Draft[] => {
      const address = addressOf(fact.url);
      if (address.class === 'metadata') return [{ says: `asks the cloud metadata service (${address.host})`, facts: [fact] }];
      if (address.class === 'private' && fact.sends && /^\d/.test(address.host))
        return [{ says: `talks to the private address ${address.host}`, facts: [fact], confidence: 1, severity: 'low' }];
      return [];
    }),
});
