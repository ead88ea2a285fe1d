/** NET-004: drop endpoints. See drop-endpoint.md. */
import { type Draft, rule } from '../contract.ts';
import { addressOf, OUTGOING, secretLabel } from '../shared.ts';

const NAMES: Readonly<Record<string, string>> = {
  paste: 'a paste site',
  'webhook-catcher': 'a request catcher',
  tunnel: 'a tunnel to some machine',
  'file-drop': 'an anonymous file drop',
  'chat-webhook': 'a chat webhook',
};

const DATA = new Set(['json', 'yaml', 'toml', 'ini', 'env', 'dotenv']);

export default rule({
  id: 'NET-004',
  slug: 'drop-endpoint',
  title: 'Paste site, webhook catcher, tunnel or chat webhook',
  family: 'NET',
  severity: 'high',
  gate: 'review',
  confidence: 2,
  fix: 'Use an endpoint that belongs to the service the skill is for, taken from configuration.',
  maps: { owasp: ['LLM02', 'ASI02'], attack: ['T1567', 'T1572'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    for (const fact of ctx.facts.of('request')) {
      const address = addressOf(fact.url);
      const what = NAMES[address.class];
      if (what === undefined) continue;
      // A webhook that stands in the skill is its author's; one from configuration is the user's.
      if (address.class === 'chat-webhook' && !/\/(?:webhooks\/\d|services\/[A-Z0-9]|bot\d{6})/.test(address.path)) continue;
      const secret = ctx.flows.into(fact, OUTGOING).find((flow) => secretLabel(flow.from) !== undefined || flow.from.kind === 'env');
      drafts.push(
        secret === undefined
          ? { says: `talks to ${address.host}, ${what}`, facts: [fact] }
          : { says: `sends data to ${address.host}, ${what}`, facts: [fact, secret.from], flow: secret, gate: 'block', severity: 'critical' },
      );
    }
    for (const fact of ctx.facts.of('link')) {
      const address = addressOf(fact.url);
      if (address.class === 'paste' || address.class === 'webhook-catcher')
        drafts.push({ says: `points at ${address.host}, ${NAMES[address.class]!}`, facts: [fact], confidence: address.path.length > 2 ? 2 : 1 });
    }
    // In a shipped settings file a tunnel is no example: whatever reads it talks to somebody's machine.
    for (const fact of ctx.facts.of('link'))
      if (addressOf(fact.url).class === 'tunnel' && fact.form === 'code' && ctx.unit(fact).role === 'file' && DATA.has(ctx.unit(fact).language))
        drafts.push({ says: `is configured for ${addressOf(fact.url).host}, ${NAMES.tunnel!}`, facts: [fact] });
    for (const fact of ctx.facts.of('listen'))
      if (fact.tunnel !== undefined) drafts.push({ says: `opens a ${fact.tunnel} tunnel from the outside`, facts: [fact], confidence: 1 });
    return drafts;
  },
});
