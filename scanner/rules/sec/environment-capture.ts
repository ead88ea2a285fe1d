/** SEC-003: bulk environment. See environment-capture.md. */
import { type Draft, rule } from '../contract.ts';
import { isRequest, staysLocal, textOf } from '../shared.ts';

export default rule({
  id: 'SEC-003',
  slug: 'environment-capture',
  title: 'Captures the whole environment',
  family: 'SEC',
  severity: 'high',
  gate: 'review',
  confidence: 2,
  fix: 'Read the variables you need, by name.',
  maps: { owasp: ['ASI03', 'LLM02'], attack: ['T1552'], cwe: ['CWE-526'] },
  check: (ctx) =>
    ctx.facts.of('env').flatMap((fact): Draft[] => {
      if (textOf(fact.name) !== '*') return [];
      const flows = ctx.flows.outOf(fact);
      const leak = flows.find((flow) => isRequest(flow.to) && !staysLocal(flow.to));
      if (leak !== undefined)
        return [
          {
            says: 'collects the whole environment, and it leaves the machine',
            facts: [fact, leak.to],
            flow: leak,
            gate: 'block',
            severity: 'critical',
            confidence: 3,
          },
        ];
      const kept = flows.find((flow) => flow.to.kind === 'write' || flow.to.kind === 'transform');
      if (kept !== undefined) return [{ says: 'collects the whole environment and keeps it', facts: [fact, kept.to], flow: kept }];
      // Handing the environment to a child process, or showing it, is how programs are started and debugged.
      return [{ says: 'reads the whole environment', facts: [fact], confidence: 1 }];
    }),
});
