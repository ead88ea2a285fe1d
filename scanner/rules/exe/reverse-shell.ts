/** EXE-006: a shell wired to a socket. See reverse-shell.md. */
import { type Draft, rule } from '../contract.ts';
import { show } from '../shared.ts';

export default rule({
  id: 'EXE-006',
  slug: 'reverse-shell',
  title: 'Reverse or bind shell',
  family: 'EXE',
  severity: 'critical',
  gate: 'block',
  confidence: 3,
  fix: 'Remove it; no skill needs a shell wired to a socket.',
  maps: { owasp: ['ASI05', 'ASI10'], attack: ['T1059', 'T1571'], cwe: ['CWE-506'] },
  check: (ctx) =>
    ctx.facts
      .of('exec')
      .filter((fact) => fact.socket === true)
      .map((fact): Draft => ({ says: `wires ${show(fact.program) || 'a shell'} to a network socket`, facts: [fact] })),
});
