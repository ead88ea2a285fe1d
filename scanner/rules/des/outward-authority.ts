/** DES-005: outward authority. See outward-authority.md. */
import { type Draft, rule } from '../contract.ts';
import { addressOf, ordered, quoted } from '../shared.ts';

export default rule({
  id: 'DES-005',
  slug: 'outward-authority',
  title: "Moves money or publishes in the user's name",
  family: 'DES',
  severity: 'info',
  gate: 'capability',
  confidence: 2,
  fix: 'Say so in the description and ask before each act.',
  maps: { owasp: ['LLM06', 'ASI02'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    for (const fact of ctx.facts.of('instruct')) {
      if (!ordered(fact, 'pay', 'publish') || fact.actor === 'other' || fact.actor === 'user' || fact.objects.length === 0) continue;
      drafts.push({ says: `${fact.verb === 'pay' ? 'moves money' : 'publishes'}: ${quoted(fact.clause)}`, facts: [fact] });
    }
    for (const fact of ctx.facts.of('request')) {
      if (!fact.sends) continue;
      const address = addressOf(fact.url);
      if (/\/(?:orders?|payments?|payouts?|transfers?|withdraw|charges?|trades?)\b/i.test(address.path))
        drafts.push({ says: `can move money through ${address.host}${address.path.slice(0, 40)}`, facts: [fact] });
    }
    return drafts.slice(0, 20);
  },
});
