/** NET-003: suspicious addresses. See suspicious-address.md. */
import { type Draft, rule } from '../contract.ts';
import { addressOf, ordered, quoted } from '../shared.ts';

const RESOLVERS = new Set([
  '8.8.8.8',
  '8.8.4.4',
  '1.1.1.1',
  '1.0.0.1',
  '9.9.9.9',
  '208.67.222.222',
  '208.67.220.220',
  '149.112.112.112',
  '4.2.2.2',
  '223.5.5.5',
  '114.114.114.114',
]);
const COMMON = new Set([
  '80',
  '443',
  '8080',
  '8443',
  '3000',
  '5000',
  '8000',
  '22',
  '5432',
  '3306',
  '6379',
  '27017',
  '9200',
  '11434',
  '8888',
  '1883',
  '465',
  '587',
  '993',
  '25',
  '21',
  '53',
]);

/** An address that is written so that no filter sees one: `hxxps://`, `evil[.]example`, `evil(dot)example`. Reports do that too; they do not tell anybody to go there. */
const DEFANGED = /\bh(?:xx|\*\*|tt\[)ps?\]?(?::|\[:\])\/\/|\w(?:\[\.\]|\[dot\]|\(dot\)|\{\.\})\w/i;

export default rule({
  id: 'NET-003',
  slug: 'suspicious-address',
  title: 'Raw address, odd port, look-alike host or shortener',
  family: 'NET',
  severity: 'high',
  gate: 'review',
  confidence: 2,
  fix: 'Use the service by its name, over https on its ordinary port.',
  maps: { owasp: ['LLM03', 'ASI02'], attack: ['T1071', 'T1571'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    for (const fact of ctx.facts.of('request')) {
      const address = addressOf(fact.url);
      if (/^[.\u2026]{1,20}$/.test(address.host)) continue;
      if (address.class === 'raw-ip' && !['PING', 'ICMP', 'DNS'].includes(fact.method) && !RESOLVERS.has(address.host))
        drafts.push({
          says: `talks to the bare address ${address.host}${address.port ? `:${address.port}` : ''}`,
          facts: [fact],
          ...(fact.sends || address.path.length > 1 ? {} : { confidence: 1 as const }),
        });
      else if (address.international) drafts.push({ says: `talks to an internationalised host name (${address.host})`, facts: [fact] });
      else if (address.class === 'shortener') drafts.push({ says: `fetches through the link shortener ${address.host}`, facts: [fact] });
      else if (
        address.host !== '' &&
        address.userinfo &&
        /^https?$/.test(address.scheme) &&
        /[./]/.test(address.userinfo ? (/\/\/([^@/]{0,100})@/.exec(ctx.text(fact))?.[1] ?? '') : '')
      )
        drafts.push({ says: `hides the host ${address.host} behind a name before the @`, facts: [fact] });
      else if (address.class === 'other' && address.port !== '' && !COMMON.has(address.port) && /^\d+$/.test(address.port))
        drafts.push({ says: `talks to ${address.host} on port ${address.port}`, facts: [fact], confidence: 1, severity: 'low' });
    }
    for (const fact of ctx.facts.of('instruct')) {
      if (!ordered(fact, 'download', 'run', 'open', 'install', 'send', 'read', 'follow') || fact.actor === 'other') continue;
      const spelled = fact.destination?.kind === 'known' ? fact.destination.text : fact.objects.map((object) => object.text).join(' ');
      if (DEFANGED.test(spelled))
        drafts.push({ says: `sends the reader to an address that is written past filters: ${quoted(fact.clause)}`, facts: [fact] });
    }
    for (const fact of ctx.facts.of('link')) {
      const address = addressOf(fact.url);
      const lures = /\.(?:sh|exe|zip|dmg|pkg|msi|ps1|bat|apk|scpt|deb|rpm|7z|rar)$/i.test(address.path);
      if (address.class === 'raw-ip' && !RESOLVERS.has(address.host))
        drafts.push({ says: `points at the bare address ${address.host}`, facts: [fact], confidence: lures ? 2 : 1 });
      if (address.class === 'shortener' && fact.form !== 'code')
        drafts.push({ says: `points through the link shortener ${address.host}`, facts: [fact], confidence: 1 });
      if (address.international && /^https?$/.test(address.scheme))
        drafts.push({ says: `points at an internationalised host name (${address.host})`, facts: [fact], confidence: 1 });
    }
    return drafts;
  },
});
