/** EXE-001: a program is started. See spawns-process.md. */
import { type Draft, rule } from '../contract.ts';
import { show, textOf } from '../shared.ts';

export default rule({
  id: 'EXE-001',
  slug: 'spawns-process',
  title: 'Starts programs',
  family: 'EXE',
  severity: 'info',
  gate: 'capability',
  confidence: 3,
  fix: 'Nothing to fix; the capability manifest lists the programs.',
  maps: { owasp: ['ASI05', 'LLM06'], attack: ['T1059'] },
  check: (ctx) => {
    const seen = new Set<string>();
    return ctx.facts.of('exec').flatMap((fact): Draft[] => {
      if (fact.how !== 'process' && fact.how !== 'shell') return [];
      const name = textOf(fact.program) ?? 'a program known only at run time';
      if (seen.has(name)) return [];
      seen.add(name);
      return [{ says: `starts ${name}`, facts: [fact], evidence: show(fact.program) }];
    });
  },
});
