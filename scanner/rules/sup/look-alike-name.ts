/** SUP-005: look-alike names. See look-alike-name.md. */

import { lookalike } from '../../data/packages.ts';
import type { InstallFact } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';
import { show, textOf } from '../shared.ts';

/** The name in the registry, or the one that a wheel or archive given by its address carries (PEP 427: `name-version-…`). */
function nameOf(fact: InstallFact, written: string): string | undefined {
  const text = textOf(fact.name);
  if (text === undefined || fact.from === 'file') return undefined;
  if (fact.from === 'registry') return text;
  // `reqeusts @ https://…` in a requirement, `name@https://…` from a manifest: the name it goes by is the one that is imported.
  const given =
    /^\s{0,40}["']?([A-Za-z][\w.-]{0,100})(?:\[[^\]\n]{0,200}\])?\s{0,8}@\s{0,8}[a-z+]{3,12}:\/\//.exec(written)?.[1] ??
    /^([A-Za-z][\w.-]{0,100})@[a-z+]{3,12}:\/\//.exec(text)?.[1];
  if (given !== undefined) return given;
  if (fact.from === 'vcs') return undefined;
  return /\/([A-Za-z][\w.]{0,80}(?:-[A-Za-z][\w.]{0,80}){0,6})-\d[^/]{0,200}\.(?:whl|tar\.gz|tgz|zip)(?:[?#]|$)/.exec(text)?.[1];
}

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
      const name = nameOf(fact, ctx.text(fact))?.toLowerCase();
      if (name === undefined || seen.has(`${fact.manager} ${name}`)) return [];
      seen.add(`${fact.manager} ${name}`);
      const meant = lookalike(fact.manager, name);
      return meant === undefined
        ? []
        : [
            {
              says: `installs ${fact.from === 'registry' ? show(fact.name) : name}, one slip away from ${meant}`,
              facts: [fact],
              evidence: `${fact.manager} ${name}`,
            },
          ];
    });
  },
});
