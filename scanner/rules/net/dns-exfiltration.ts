/** NET-005: DNS exfiltration. See dns-exfiltration.md. */
import { type Draft, rule } from '../contract.ts';
import { addressOf, secretLabel, show } from '../shared.ts';

export default rule({
  id: 'NET-005',
  slug: 'dns-exfiltration',
  title: 'Data in DNS or ICMP',
  family: 'NET',
  severity: 'high',
  gate: 'block',
  confidence: 3,
  fix: 'Use an ordinary request to a named service, and send only what belongs there.',
  maps: { owasp: ['LLM02', 'ASI02'], attack: ['T1048', 'T1071.004'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    for (const fact of ctx.facts.of('request')) {
      if (!/^(?:DNS|ICMP|PING)$/.test(fact.method)) continue;
      const flows = ctx.flows.into(fact);
      const source =
        flows.find((flow) => secretLabel(flow.from) !== undefined) ??
        flows.find((flow) => flow.from.kind === 'read' || flow.from.kind === 'capture' || (flow.from.kind === 'env' && flow.role !== 'argv'));
      const encoded = flows.find((flow) => flow.through.some((transform) => transform.op === 'encode'));
      if (source !== undefined && (encoded !== undefined || secretLabel(source.from) !== undefined))
        drafts.push({
          says: `puts data into ${fact.method} queries to ${addressOf(fact.url).host || show(fact.url)}`,
          facts: [fact, source.from],
          flow: source,
        });
      else if (encoded !== undefined) drafts.push({ says: `encodes data into ${fact.method} queries`, facts: [fact, encoded.from], flow: encoded });
    }
    return drafts;
  },
});
