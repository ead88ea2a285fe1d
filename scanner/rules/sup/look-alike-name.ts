/** SUP-005: look-alike names. See look-alike-name.md. */

import { lookalike } from '../../data/packages.ts';
import { type Draft, rule } from '../contract.ts';
import { show, textOf } from '../shared.ts';

export default rule({
  id: 'SUP-005',
  slug: 'look-alike-name',
  title: 'Name close to a well-known package or brand',
  family: 'SUP',
  severity: 'medium',
  gate: 'review',
  confidence: 2,
  fix: 'Check the spelling; name the package you mean.',
  maps: { owasp: ['LLM03', 'ASI04'], atlas: ['AML.T0074'], attack: ['T1195.001'] },
  check: (ctx) => {
    const seen = new Set<string>();
    return ctx.facts.of('install').flatMap((fact): Draft[] => {
      const name = textOf(fact.name)?.toLowerCase();
      if (name === undefined || fact.from !== 'registry' || seen.has(`${fact.manager} ${name}`)) return [];
      seen.add(`${fact.manager} ${name}`);
      const meant = lookalike(fact.manager, name);
      return meant === undefined
        ? []
        : [{ says: `installs ${show(fact.name)}, one slip away from ${meant}`, facts: [fact], evidence: `${fact.manager} ${name}` }];
    });
  },
});
