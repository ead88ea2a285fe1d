/** SUP-003: registry redirection. See registry-redirect.md. */
import type { Value } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';
import { addressOf, pathOf, show } from '../shared.ts';

/**
 * Managers whose sources are added beside the default ones and by name (a Helm repository, a Homebrew tap, an apt source, an image with its registry in front): the way
 * vendors ship, not a redirection of names that mean something else already. Recorded; suspicious addresses still count.
 */
const ADDITIVE = new Set(['helm', 'brew', 'apt', 'dnf', 'yum', 'docker', 'podman', 'devcontainer', 'mcp', 'oci', 'cask', 'flatpak', 'zypper', 'apk']);
/** Files that package managers take their sources from. */
const SOURCES =
  /(?:^|\/)(?:\.npmrc|\.yarnrc(?:\.yml)?|pip\.(?:conf|ini)|\.config\/pip\/?|uv\.toml|\.condarc|\.gemrc|bunfig\.toml|\.cargo\/config(?:\.toml)?)$/;
const ODD = new Set(['raw-ip', 'paste', 'webhook-catcher', 'tunnel', 'shortener', 'file-drop', 'metadata']);
const odd = (value: Value): boolean => {
  const address = addressOf(value);
  return ODD.has(address.class) || address.scheme === 'http';
};

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
    const known = (value: Value): boolean => {
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
        ...(ADDITIVE.has(fact.system) && !odd(fact.value) ? { gate: 'capability' as const, severity: 'low' as const, confidence: 1 as const } : {}),
      });
    }
    for (const fact of ctx.facts.of('write')) {
      const meaning = pathOf(fact.path);
      if (!SOURCES.test(meaning.path)) continue;
      const content = fact.content === undefined ? '' : show(fact.content);
      const address = /(?:index-url|registry|find-links|proxy|source|replace-with|channels?|url)\b[^\n]{0,40}?(https?:\/\/[^\s"']{3,300})/i.exec(
        content,
      )?.[1];
      if (address !== undefined && known({ kind: 'known', text: address })) continue;
      // Without its content the file may still say anything; what runs unasked says it unseen.
      const unseen = ctx.reach(fact) === 'automatic';
      if (address !== undefined || unseen)
        drafts.push({
          says: `writes ${meaning.path}, which decides where packages come from${address === undefined ? '' : ` (${address.slice(0, 80)})`}`,
          facts: [fact],
        });
    }
    for (const fact of ctx.facts.of('install')) {
      if (fact.registry === undefined || known(fact.registry)) continue;
      const address = addressOf(fact.registry);
      drafts.push({
        says: `installs ${show(fact.name)} from ${address.host || 'another registry'}`,
        facts: [fact],
        ...(address.host === '' || address.class === 'private' ? { confidence: 1 as const } : {}),
        ...(ADDITIVE.has(fact.manager) && !odd(fact.registry)
          ? { gate: 'capability' as const, severity: 'low' as const, confidence: 1 as const }
          : {}),
      });
    }
    return drafts;
  },
});
