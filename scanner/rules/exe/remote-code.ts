/** EXE-002: what comes from the network is executed, in any spelling that the readers and the flow connect. See remote-code.md. */
import type { ExecFact, RequestFact } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';
import { codeFlows, hostName, installer, isRequest, staysLocal } from '../shared.ts';

export default rule({
  id: 'EXE-002',
  slug: 'remote-code',
  title: 'Remote content is executed',
  family: 'EXE',
  severity: 'critical',
  gate: 'block',
  confidence: 3,
  fix: 'Ship the code in the skill, or download it, compare it with a digest that stands in the skill, and only then run it.',
  maps: { owasp: ['LLM03', 'LLM05', 'ASI04', 'ASI05'], attack: ['T1105', 'T1059'], cwe: ['CWE-494'] },
  check: (ctx) =>
    codeFlows(ctx, isRequest).flatMap((flow): Draft[] => {
      const request = flow.from as RequestFact;
      const exec = flow.to as ExecFact;
      if (staysLocal(request) || ctx.stance(request) === 'mention' || ctx.stance(exec) === 'mention') return [];
      const vendor = installer(request);
      const says = `runs code fetched from ${hostName(request)}`;
      // A vendor's own documented installer, by exact host and path: remote code all the same, but an ordinary way to install a tool.
      if (vendor !== undefined)
        return [{ says: `${says} (the documented installer of ${vendor})`, facts: [exec, request], flow, gate: 'capability', severity: 'low' }];
      if (request.verified) return [{ says: `${says} after comparing a digest`, facts: [exec, request], flow, gate: 'capability', severity: 'low' }];
      return [{ says, facts: [exec, request], flow }];
    }),
});
