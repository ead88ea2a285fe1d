/** SEC-002: credential files. See credential-file.md. */

import { pathOf } from '../../data/paths.ts';
import type { Fact, RequestFact } from '../../model.ts';
import { type Draft, type RuleContext, rule } from '../contract.ts';
import { addressFromEnv, addressOf, isRequest, OUTGOING, ordered, pageState, quoted, staysLocal } from '../shared.ts';

/** Files that hardly any honest skill has to open by itself. */
const GRAVE = /private key|SSH keys|GnuPG|keychain|password manager|browser|wallet|messenger|system secret/;

/** A line that spells a tool call, "Read: path", orders what a sentence would order. */
const CALL = /^\W{0,4}(?:read|open|cat|view|load|collect|copy)[ \t]?:/i;

export default rule({
  id: 'SEC-002',
  slug: 'credential-file',
  title: 'Reads credential files',
  family: 'SEC',
  severity: 'high',
  gate: 'review',
  confidence: 2,
  fix: 'Use the tool that owns the credential, or ask the operator for a token made for this skill.',
  maps: { owasp: ['ASI03', 'LLM02'], attack: ['T1552.001', 'T1552.004', 'T1555'], cwe: ['CWE-522'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    for (const fact of ctx.facts.of('read')) {
      const meaning = pathOf(fact.path);
      if (meaning.class !== 'credential' && meaning.class !== 'system-secret') continue;
      const leak = ctx.flows
        .outOf(fact)
        .find((flow) => isRequest(flow.to) && !staysLocal(flow.to) && OUTGOING.includes(flow.role) && flow.role !== 'header');
      if (leak !== undefined)
        drafts.push({
          says: `reads ${meaning.label} ${meaning.path}, and it leaves the machine`,
          facts: [fact, leak.to],
          flow: leak,
          gate: 'block',
          severity: 'critical',
          confidence: 3,
        });
      else if (/private key|SSH keys|wallet|password manager/.test(meaning.label) && postedBeside(ctx, fact) !== undefined)
        drafts.push({
          says: `reads ${meaning.label} ${meaning.path} and uploads something in the same function`,
          facts: [fact, postedBeside(ctx, fact)!],
          gate: 'block',
          severity: 'critical',
          confidence: 2,
        });
      else drafts.push({ says: `reads ${meaning.label} ${meaning.path}`, facts: [fact], confidence: GRAVE.test(meaning.label) ? 2 : 1 });
    }
    for (const fact of ctx.facts.of('capture'))
      if (fact.what === 'keychain' || fact.what === 'wallet' || fact.what === 'browser') {
        const leaks = ctx.flows
          .outOf(fact)
          .filter(
            (flow) =>
              isRequest(flow.to) &&
              !staysLocal(flow.to) &&
              !(pageState(fact) && addressOf(flow.to.url).host === '') &&
              !(fact.what === 'keychain' && addressFromEnv(flow.to)),
          );
        const leak = leaks.find((flow) => flow.role !== 'header') ?? leaks[0];
        if (leak !== undefined)
          drafts.push({
            says: `takes data from the ${fact.what}, and it leaves the machine`,
            facts: [fact, leak.to],
            flow: leak,
            // One entry that authenticates a request is how clients keep their token.
            ...(fact.what === 'keychain' && leak.role === 'header'
              ? { gate: 'review' as const, confidence: 2 as const }
              : { gate: 'block' as const, severity: 'critical' as const, confidence: 3 as const }),
          });
        else
          drafts.push({
            says: `takes data from the ${fact.what} with ${fact.tool}`,
            facts: [fact],
            confidence: fact.what === 'keychain' || pageState(fact) ? 1 : 2,
          });
      }
    // A page keeps one or two things in its own stores; all of them together are what a session consists of.
    const stores = ctx.facts.of('capture').filter(pageState);
    for (const fact of stores) {
      const tools = new Set(stores.filter((other) => other.at.file === fact.at.file).map((other) => /^\w{1,40}(?:\.cookie)?/.exec(other.tool)?.[0]));
      if (
        ['document.cookie', 'localStorage', 'sessionStorage'].every((tool) => tools.has(tool)) &&
        ctx.facts.of('request').some((other) => other.sends === true && other.at.file === fact.at.file)
      ) {
        drafts.push({
          says: 'collects cookies and both stores of a page, and sends data',
          facts: [fact],
          evidence: 'cookies, localStorage, sessionStorage',
        });
        break;
      }
    }
    for (const fact of ctx.facts.of('config'))
      if (fact.effect === 'mount-host' && /\.ssh|\.aws|\.gnupg|\.kube|docker\.sock/.test(ctx.text(fact)))
        drafts.push({ says: `mounts host credentials into a container (${fact.key})`, facts: [fact] });
    for (const fact of ctx.facts.of('instruct')) {
      if (!(ordered(fact, 'read', 'collect', 'copy') || (fact.polarity === 'do' && CALL.test(fact.clause))) || ctx.stance(fact) === 'mention')
        continue;
      if (fact.actor === 'other' || fact.actor === 'user') continue;
      const object = fact.objects.find((one) => one.class === 'credential-file');
      if (object === undefined) continue;
      const meaning = pathOf({ kind: 'known', text: object.text.replace(/[`'"]/g, '') });
      if (meaning.class === 'credential' || meaning.class === 'system-secret')
        drafts.push({
          says: `tells the agent to read ${meaning.label}: ${quoted(fact.clause)}`,
          facts: [fact],
          confidence: GRAVE.test(meaning.label) ? 2 : 1,
        });
    }
    return swept(drafts);
  },
});

/** An upload in the very function that reads the key: what transforms the key on the way may be more than flow can follow. */
const postedBeside = (ctx: RuleContext, fact: Fact): RequestFact | undefined =>
  fact.fn === undefined
    ? undefined
    : ctx.facts
        .within(fact.unit)
        .filter(isRequest)
        .find(
          (other) =>
            other.fn === fact.fn &&
            other.unit === fact.unit &&
            other.sends === true &&
            /^(?:POST|PUT)$/.test(other.method) &&
            !staysLocal(other) &&
            addressOf(other.url).host !== '' &&
            other.at.start > fact.at.start,
        );

/** Credentials of this many services opened in one skill are a harvest, however ordinary each of the files is. */
const SWEEP = 4;

/** Raises what only hints alone. Which service a file belongs to is what its label says; two files of one service count once. */
function swept(drafts: readonly Draft[]): Draft[] {
  const services = new Set(
    drafts.map((draft) => /(?:reads|read) ([^~/:]{2,60}?)(?: [~/]|:|,|$)/.exec(draft.says)?.[1]).filter((label) => label !== undefined),
  );
  return services.size < SWEEP ? [...drafts] : drafts.map((draft) => (draft.confidence === 1 ? { ...draft, confidence: 2 } : draft));
}
