/** SUP-004: direct dependencies. See direct-dependency.md. */
import { type Draft, rule } from '../contract.ts';
import { addressOf, show } from '../shared.ts';

export default rule({
  id: 'SUP-004',
  slug: 'direct-dependency',
  title: 'Dependency straight from an address or repository',
  family: 'SUP',
  severity: 'medium',
  gate: 'review',
  confidence: 2,
  fix: 'Depend on a published, pinned version.',
  maps: { owasp: ['AST02', 'LLM03'], attack: ['T1195.001'] },
  check: (ctx) =>
    ctx.facts.of('install').flatMap((fact): Draft[] => {
      if (fact.from === 'registry' || fact.from === 'file') {
        return fact.from === 'registry' && !fact.pinned && !fact.runs
          ? [
              {
                says: `installs ${show(fact.name)} without a pinned version`,
                facts: [fact],
                gate: 'capability',
                severity: 'low',
                evidence: `${fact.manager} ${show(fact.name)}`,
              },
            ]
          : [];
      }
      // A server that the agent talks to is no package: CFG-003 and NET-001 say so.
      if (fact.manager === 'mcp' && fact.from === 'url' && !/\.(?:tgz|tar\.gz|zip|whl|js|mjs|ts|py|sh|exe)(?:[?#]|$)/i.test(show(fact.name)))
        return [];
      // A manifest writes `name@address`.
      const direct = /^@?[\w./-]{1,200}@((?:git\+)?[a-z]{3,8}:\/\/.{1,2000})$/.exec(show(fact.name))?.[1];
      const address = addressOf(direct === undefined ? fact.name : { kind: 'known', text: direct.replace(/^git\+/, '') });
      const where = address.host || show(fact.name).slice(0, 60);
      // A repository on a public forge is how many honest tools are installed; an archive from somewhere else is not.
      const forge =
        fact.from === 'vcs' || address.class === 'code-host' || address.class === 'raw-code' || address.class === 'registry' || address.host === '';
      const auto = ctx.reach(fact) === 'automatic';
      return [{ says: `installs straight from ${where}`, facts: [fact], confidence: forge && !auto ? 1 : fact.pinned ? 1 : 2 }];
    }),
});
