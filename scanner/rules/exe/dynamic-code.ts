/** EXE-005: dynamic code. See dynamic-code.md. */
import { type Draft, rule } from '../contract.ts';
import { show } from '../shared.ts';

export default rule({
  id: 'EXE-005',
  slug: 'dynamic-code',
  title: 'Dynamic code whose target cannot be known',
  family: 'EXE',
  severity: 'high',
  gate: 'review',
  confidence: 2,
  fix: 'Call what you mean by its name.',
  maps: { owasp: ['ASI05', 'AST08'], attack: ['T1027.010'], cwe: ['CWE-470'] },
  check: (ctx) =>
    ctx.facts
      .of('exec')
      .filter((fact) => fact.how === 'reflect')
      .map((fact): Draft => ({ says: `calls something whose name is put together at run time (${show(fact.program).slice(0, 60)})`, facts: [fact] })),
});
