/** SEC-006: hardcoded credentials. See hardcoded-credential.md. */
import { type Draft, rule } from '../contract.ts';

export default rule({
  id: 'SEC-006',
  slug: 'hardcoded-credential',
  title: 'Live-looking credential in the skill',
  family: 'SEC',
  severity: 'high',
  gate: 'review',
  confidence: 2,
  fix: 'Revoke it and read it from the environment or a file.',
  maps: { owasp: ['LLM02'], attack: ['T1552.001'], cwe: ['CWE-798'] },
  check: (ctx) =>
    ctx.facts.all('secret').map(
      (fact): Draft => ({
        says: `holds what looks like a live ${fact.shape} (${fact.redacted})`,
        facts: [fact],
        evidence: `${fact.shape} ${fact.redacted}`,
      }),
    ),
});
