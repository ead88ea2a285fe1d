/** EXE-004: execution of untrusted input. See untrusted-command.md. */
import { type Draft, rule } from '../contract.ts';
import { codeFlows, isRequest, staysLocal } from '../shared.ts';

export default rule({
  id: 'EXE-004',
  slug: 'untrusted-command',
  title: 'Command built from untrusted input',
  family: 'EXE',
  severity: 'high',
  gate: 'review',
  confidence: 2,
  fix: 'Pass arguments as a list, never through a shell or eval.',
  maps: { owasp: ['ASI05', 'LLM05'], attack: ['T1059'], cwe: ['CWE-78', 'CWE-95'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    // eval and friends on what the user, a file or standard input gives.
    for (const fact of ctx.facts.of('exec')) {
      if (fact.how !== 'eval' || fact.code === undefined || fact.code === 'file') continue;
      const inputs = ctx.flows.into(fact, ['code']);
      const [input] = inputs.filter((flow) => flow.from.kind === 'read' || flow.from.kind === 'env');
      const cells = (fact.ins ?? []).flatMap((port) => (port.role === 'code' ? [port.cell] : []));
      if (input !== undefined)
        drafts.push({
          says: 'evaluates text that comes from outside the code',
          facts: [fact, input.from],
          flow: input,
          // A variable of the operator's, spliced into a one-liner: careless, not an open door.
          ...(input.from.kind === 'env' ? { confidence: 1 as const } : {}),
        });
      else if (cells.some((cell) => /^(?:arg|stdin):/.test(cell))) drafts.push({ says: 'evaluates its own arguments or input', facts: [fact] });
      // A helper that evaluates what it is given; who gives it is not in sight.
      else if (cells.some((cell) => cell.startsWith('fn:')))
        drafts.push({ says: 'evaluates whatever it is given', facts: [fact], ...(ctx.reach(fact) === 'callable' ? { confidence: 1 as const } : {}) });
    }
    for (const flow of ctx.flows.between(isRequest, (fact) => fact.kind === 'exec' && fact.how === 'shell', ['argv'])) {
      if (flow.from.kind === 'request' && !staysLocal(flow.from))
        drafts.push({ says: 'puts an answer from the network into a shell command', facts: [flow.to, flow.from], flow });
    }
    return drafts.filter((draft) => !codeFlows(ctx, isRequest).some((flow) => flow.to === draft.facts[0]));
  },
});
