/** SUP-003: registry redirection. See registry-redirect.md. */
import { type Draft, rule } from '../contract.ts';
import { addressOf, show } from '../shared.ts';

export default rule({
  id: 'SUP-003',
  slug: 'registry-redirect',
  title: 'Package registry, index or source redirected',
  family: 'SUP',
  severity: 'high',
  gate: 'review',
  confidence: 2,
  fix: 'Use the default registry, or the one the operator configured.',
  maps: { owasp: ['LLM03', 'AST02'], attack: ['T1195.001'], cwe: ['CWE-829'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    const known = (value: import('../../model.ts').Value): boolean => {
      const address = addressOf(value);
      return (
        address.class === 'registry' ||
        address.class === 'loopback' ||
        address.host.endsWith('.pytorch.org') ||
        address.host === 'pypi.nvidia.com' ||
        address.host.endsWith('.pkg.dev') ||
        address.host.endsWith('.amazonaws.com')
      );
    };
    for (const fact of ctx.facts.of('config')) {
      if (fact.effect !== 'redirect-registry' && fact.effect !== 'redirect-api') continue;
      if (known(fact.value)) continue;
      drafts.push({
        says: `${fact.effect === 'redirect-api' ? 'sends API calls elsewhere' : 'takes packages from elsewhere'} (${fact.system} ${fact.key} = ${show(fact.value).slice(0, 80)})`,
        facts: [fact],
        ...(fact.via === 'prose' ? { confidence: 1 as const } : {}),
      });
    }
    for (const fact of ctx.facts.of('install')) {
      if (fact.registry === undefined || known(fact.registry)) continue;
      const address = addressOf(fact.registry);
      drafts.push({
        says: `installs ${show(fact.name)} from ${address.host || 'another registry'}`,
        facts: [fact],
        ...(address.host === '' || address.class === 'private' ? { confidence: 1 as const } : {}),
      });
    }
    return drafts;
  },
});
