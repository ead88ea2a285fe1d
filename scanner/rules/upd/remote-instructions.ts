/** UPD-003: remote instructions. See remote-instructions.md. */

import type { InstructFact } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';
import { addressOf, has, near, ordered, quoted } from '../shared.ts';

const OBEYS =
  /\b(?:instructions?|directives?|orders?|commands?|steps?|guide|prompts?|rules|tasks?|playbook|runbook|heartbeat|obey|comply|(?:do|follow|execute|act on|perform) (?:it|them|what|whatever|exactly|everything)|what(?:ever)? it (?:says|returns))\b/i;
const FETCHED = /\b(?:fetched|remote|retrieved|downloaded|returned|latest|updated|received|hosted|online|server|page|site|url|link|response)\b/i;

export default rule({
  id: 'UPD-003',
  slug: 'remote-instructions',
  title: 'A remote document steers the agent at run time',
  family: 'UPD',
  severity: 'high',
  gate: 'review',
  confidence: 2,
  fix: 'Put the instructions into the skill, and treat what is fetched as data.',
  maps: { owasp: ['AST07', 'LLM01', 'ASI01'], atlas: ['AML.T0051.001'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    const clauses = ctx.facts.of('instruct').filter((fact) => fact.polarity === 'do' && fact.actor !== 'other' && fact.actor !== 'user');
    const remote = (fact: InstructFact): boolean =>
      fact.destination !== undefined
        ? !['loopback', 'private'].includes(addressOf(fact.destination).class)
        : has(fact, 'remote-content', 'web-page', 'link');
    for (const follow of clauses) {
      if (follow.verb !== 'follow' || !ordered(follow)) continue;
      // An address, or what was fetched, must be what is obeyed: "execute the response plan" and "apply fixes for the comments" obey nobody.
      if (
        remote(follow) &&
        OBEYS.test(follow.clause) &&
        (follow.destination !== undefined || FETCHED.test(follow.clause) || has(follow, 'instructions'))
      ) {
        drafts.push({ says: `has the agent follow a remote document: ${quoted(follow.clause)}`, facts: [follow] });
        continue;
      }
      // "Fetch https://x/heartbeat.md" and, next to it, "and follow it".
      const fetched = clauses.find(
        (fact) =>
          ['download', 'read', 'open', 'update'].includes(fact.verb) &&
          fact.destination !== undefined &&
          remote(fact) &&
          near(fact, follow, 1) &&
          fact.at.start <= follow.at.start,
      );
      if (fetched !== undefined && (has(follow, 'instructions', 'remote-content') || /\b(?:it|them|what it says|its)\b/i.test(follow.clause)))
        drafts.push({ says: `fetches a document and has the agent follow it: ${quoted(follow.clause)}`, facts: [follow, fetched] });
    }
    // The same in commands: curl …/heartbeat.md or SKILL.md, again and again.
    for (const request of ctx.facts.of('request')) {
      const address = addressOf(request.url);
      if (
        request.sends ||
        !/\/(?:skills?|heartbeat|instructions?|rules|prompts?|system|agents?|messaging|directives?)\.(?:md|txt|json|ya?ml)$/i.test(address.path)
      )
        continue;
      if (['loopback', 'private'].includes(address.class)) continue;
      const again = clauses.find(
        (fact) => (fact.verb === 'repeat' || fact.verb === 'persist' || fact.condition !== undefined) && fact.at.file === request.at.file,
      );
      drafts.push({
        says: `fetches instructions from ${address.host}${address.path}`,
        facts: [request],
        ...(again === undefined && address.class === 'raw-code' ? { confidence: 1 as const } : {}),
      });
    }
    return drafts;
  },
});
