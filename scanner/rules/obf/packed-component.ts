/** OBF-005: data that the skill ships is decoded into a file, or from an asset, and run. See packed-component.md. */
import type { Fact } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';
import { codeFlows, isRequest } from '../shared.ts';

const UNPACKS = new Set(['decode', 'decompress', 'decrypt']);

export default rule({
  id: 'OBF-005',
  slug: 'packed-component',
  title: 'Packed or self-extracting component',
  family: 'OBF',
  severity: 'high',
  gate: 'block',
  confidence: 3,
  fix: 'Ship the unpacked source.',
  maps: { owasp: ['LLM03', 'AST08'], atlas: ['AML.T0068'], attack: ['T1027', 'T1140'], cwe: ['CWE-506'] },
  check: (ctx) => {
    // An archive that is fetched first is not shipped: EXE-002 judges what was fetched and run.
    const fetched = (fact: Fact): boolean => ctx.flows.into(fact).some((flow) => isRequest(flow.from));
    const drafts: Draft[] = codeFlows(ctx, (fact) => fact.kind === 'read')
      .filter((flow) => !fetched(flow.from))
      .filter((flow) => flow.through.some((transform) => UNPACKS.has(transform.op) && transform.codec !== 'percent'))
      .map((flow) => ({ says: 'unpacks a file it ships and runs the result', facts: [flow.to, flow.from], flow }));
    // A literal that is decoded, written to disk and run from there.
    for (const write of ctx.facts.of('write')) {
      const [unpacked] = ctx.flows.into(write, ['content']).filter((flow) => flow.from.kind === 'transform' && UNPACKS.has(flow.from.op));
      if (unpacked === undefined || fetched(unpacked.from)) continue;
      const run = ctx.flows.outOf(write).find((flow) => flow.to.kind === 'exec' && flow.role === 'code');
      if (run !== undefined)
        drafts.push({
          says: 'decodes data into a file and runs the file',
          facts: [run.to, write, unpacked.from],
          flow: { ...run, from: unpacked.from, steps: [...unpacked.steps, ...run.steps.slice(1)] },
        });
    }
    return drafts;
  },
});
