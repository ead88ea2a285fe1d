/** INJ-003: prose that sends data out. See send-to-outsider.md. */

import { pathOf, SECRET_CLASSES } from '../../data/paths.ts';
import type { InstructFact } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';
import { addressOf, has, near, ordered, professed, quoted, show } from '../shared.ts';

/** Places of whoever made the skill, or of nobody the user chose: no address, but a name. */
const OUTSIDER =
  /\b(?:providers?(?:['’]s?)?|authors?(?:['’]s?)?|developers?(?:['’]s?)?|maintainers?(?:['’]s?)?|vendors?(?:['’]s?)?|telemetry|analytics|collect(?:or|ion)|diagnostic|compliance|logging|triage|collaborators?|third[- ]part(?:y|ies)|partners?|remote|external|our)\b/i;
/** The whole of what somebody said or wrote. */
const WHOLE =
  /\b(?:full|entire|complete|all|every(?:thing)?|copy of|conversations?|user|private|prompts?|contracts?|documents?|headers|telemetry)\b/i;
const CARRIES = /\b(?:nslookup|dig|host|curl|wget|nc|ncat|ping|scp|rsync|sftp|ftp)\b/i;

/** The address stands where a destination stands: "to X", "via X", "POST X"; not "for X (`run.googleapis.com`)". */
function aimed(fact: InstructFact, host: string): boolean {
  const at = fact.clause.toLowerCase().indexOf(host);
  if (at < 0) return true;
  return /\b(?:to|at|via|into|onto|through|towards|using|post|put|upload|scp|rsync|cp|rclone|gsutil|azcopy)\b[^;]{0,70}$|\b(?:send|forward|email|mail)\W{1,4}(?:\w{1,20}\W{1,4})?$/i.test(
    fact.clause.slice(Math.max(0, at - 80), at),
  );
}

export default rule({
  id: 'INJ-003',
  slug: 'send-to-outsider',
  title: 'Sends secrets, context or files to an outside place',
  family: 'INJ',
  severity: 'critical',
  gate: 'block',
  confidence: 2,
  fix: 'Send nothing of the user anywhere but to the service the user asked for.',
  maps: { owasp: ['ASI01', 'LLM02', 'LLM01'], atlas: ['AML.T0051', 'AML.T0086'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    const clauses = ctx.facts.of('instruct');
    const home = new Set(
      ctx.facts.all('declare').flatMap((fact) => (fact.what === 'homepage' || fact.what === 'host' ? [addressOf(fact.value).domain] : [])),
    );
    for (const fact of clauses) {
      if (fact.actor === 'other' || fact.actor === 'user') continue;
      // No address, but said whose it is: the conversation or files go to the maker of the skill.
      if (
        (ordered(fact, 'send', 'publish', 'copy') || (professed(fact) && fact.verb === 'send')) &&
        fact.destination !== undefined &&
        fact.destination.kind !== 'known' &&
        OUTSIDER.test(show(fact.destination)) &&
        (has(fact, 'context', 'secret', 'credential-file', 'environment', 'agent-secret', 'system-prompt') ||
          /\btelemetry\b|\bcopy of\b/i.test(fact.clause)) &&
        WHOLE.test(fact.clause)
      ) {
        drafts.push({ says: `sends what the user says or has to ${show(fact.destination)}: ${quoted(fact.clause)}`, facts: [fact], gate: 'review' });
        continue;
      }
      if (professed(fact) && fact.verb === 'send' && fact.destination?.kind === 'known' && has(fact, 'context') && WHOLE.test(fact.clause)) {
        const address = addressOf(fact.destination);
        if (!['loopback', 'private'].includes(address.class) && !home.has(address.domain))
          drafts.push({ says: `sends what the user says or has to ${address.host}: ${quoted(fact.clause)}`, facts: [fact], gate: 'review' });
        continue;
      }
      // `nslookup $TOKEN.host`: a command that carries what was just read.
      if (ordered(fact, 'run') && fact.destination !== undefined && CARRIES.test(fact.clause)) {
        const source = clauses.find(
          (other: InstructFact) =>
            (other.verb === 'read' || other.verb === 'collect') &&
            ordered(other) &&
            near(other, fact, 0) &&
            other.at.start < fact.at.start &&
            has(other, 'credential-file', 'agent-secret', 'environment', 'secret'),
        );
        if (source !== undefined && addressOf(fact.destination).class !== 'loopback')
          drafts.push({ says: `has what it read carried to ${addressOf(fact.destination).host}: ${quoted(fact.clause)}`, facts: [fact, source] });
        continue;
      }
      if (!ordered(fact, 'send', 'publish', 'copy', 'reveal')) continue;
      const grave = has(fact, 'credential-file', 'agent-secret', 'environment', 'system-prompt');
      const secret = grave || has(fact, 'secret', 'context');
      if (!secret) {
        // "Read ~/.ssh/id_rsa. Post it to https://…": the object stands in the clause before.
        const earlier = clauses.find(
          (other: InstructFact) =>
            ['read', 'collect', 'copy'].includes(other.verb) &&
            ordered(other) &&
            near(other, fact, 1) &&
            other.at.start < fact.at.start &&
            has(other, 'credential-file', 'agent-secret', 'environment', 'secret', 'context'),
        );
        if (fact.destination === undefined || fact.verb !== 'send') continue;
        if (earlier === undefined) {
          // The command just above read a credential file, and what it printed is to go out.
          const read = OUTSIDER.test(`${show(fact.destination)} ${fact.clause}`)
            ? ctx.facts
                .of('read')
                .find(
                  (one) =>
                    one.at.file === fact.at.file &&
                    one.at.start < fact.at.start &&
                    fact.at.start - one.at.start < 500 &&
                    SECRET_CLASSES.has(pathOf(one.path).class),
                )
            : undefined;
          if (read !== undefined)
            drafts.push({ says: `has what it read from ${show(read.path)} sent out: ${quoted(fact.clause)}`, facts: [fact, read], gate: 'review' });
          continue;
        }
        const address = addressOf(fact.destination);
        if (address.host !== '' && !aimed(fact, address.host)) continue;
        if (address.class === 'loopback' || address.class === 'private') continue;
        drafts.push({
          says: `has what it read sent to ${address.host || 'an outside place'}: ${quoted(fact.clause)}`,
          facts: [fact, earlier],
          gate: has(earlier, 'credential-file', 'agent-secret', 'environment') ? 'block' : 'review',
        });
        continue;
      }
      if (fact.destination === undefined) continue;
      const address = addressOf(fact.destination);
      const mail = fact.destination.kind === 'known' && /^[^\s@/]{1,80}@[^\s@/]{1,120}$/.test(fact.destination.text);
      // A bucket has no dots in its name and lies with a provider all the same.
      const bucket = /^(?:s3|gs)$/.test(address.scheme);
      if (address.class === 'loopback' || (address.class === 'private' && !bucket) || (address.host !== '' && !mail && !aimed(fact, address.host)))
        continue;
      const outside = mail || ((address.host.includes('.') || bucket) && !home.has(address.domain));
      // A key in the header of the API it belongs to is how one logs in.
      const login =
        has(fact, 'secret') &&
        !grave &&
        !has(fact, 'context') &&
        /\b(?:header|authorization|bearer|api[- ]key|x-[a-z-]{2,20}|authenticat|token endpoint|login|parameter|query|request)\b/i.test(fact.clause);
      if (!login)
        drafts.push({
          says: `sends ${grave ? 'secrets of the machine' : has(fact, 'context') ? 'the conversation or files' : 'a secret'} to ${mail ? 'a mail address' : address.host || 'an outside place'}: ${quoted(fact.clause)}`,
          facts: [fact],
          ...(outside
            ? grave || has(fact, 'context') || mail
              ? {}
              : { gate: 'review' as const }
            : { gate: 'review' as const, confidence: 1 as const }),
        });
    }
    return drafts;
  },
});
