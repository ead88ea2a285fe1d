/** SEC-001: a named secret is read. See env-secret.md. */

import { isSecretName } from '../../data/vendors.ts';
import { type Draft, rule } from '../contract.ts';
import { textOf } from '../shared.ts';

export default rule({
  id: 'SEC-001',
  slug: 'env-secret',
  title: 'Reads a named secret from the environment',
  family: 'SEC',
  severity: 'info',
  gate: 'capability',
  confidence: 3,
  fix: 'Nothing to fix; declare the variable so that operators can grant just that.',
  maps: { owasp: ['ASI03', 'LLM02'], attack: ['T1552'] },
  check: (ctx) => {
    const seen = new Set<string>();
    return ctx.facts.of('env').flatMap((fact): Draft[] => {
      const name = textOf(fact.name);
      if (name === undefined || name === '*' || !isSecretName(name) || seen.has(name)) return [];
      seen.add(name);
      return [{ says: `reads the secret ${name} from the environment`, facts: [fact], evidence: name }];
    });
  },
});
