/** EXE-008: unsafe deserialisation. See unsafe-deserialization.md. */
import { type Draft, rule } from '../contract.ts';
import { isRequest, show } from '../shared.ts';

export default rule({
  id: 'EXE-008',
  slug: 'unsafe-deserialization',
  title: 'Unsafe deserialisation',
  family: 'EXE',
  severity: 'high',
  gate: 'review',
  confidence: 2,
  fix: 'Use a data format (JSON) or the safe loader.',
  maps: { owasp: ['AST05', 'ASI05'], cwe: ['CWE-502'] },
  check: (ctx) =>
    ctx.facts
      .of('exec')
      .filter((fact) => fact.how === 'deserialize')
      .map((fact): Draft => {
        const [remote] = ctx.flows.into(fact).filter((flow) => isRequest(flow.from));
        const [shipped] = ctx.flows.into(fact).filter((flow) => flow.from.kind === 'read');
        if (remote !== undefined)
          return { says: `${show(fact.program)} builds objects from bytes that come from the network`, facts: [fact, remote.from], flow: remote };
        if (shipped !== undefined)
          return { says: `${show(fact.program)} builds objects from a file`, facts: [fact, shipped.from], flow: shipped, confidence: 1 };
        return { says: `${show(fact.program)} builds objects from bytes that can run code`, facts: [fact], confidence: 1 };
      }),
});
