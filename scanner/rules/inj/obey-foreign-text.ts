/** INJ-006: obedience to foreign text. See obey-foreign-text.md. */

import type { InstructFact } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';
import { addressOf, has, near, ordered, quoted } from '../shared.ts';

const OBEY = /\b(?:instructions?|directives?|orders?|commands?|obey|do (?:what|whatever|exactly)|says?)\b/i;

/** The instructions stand in what was read before. */
const POINTS =
  /\b(?:it|they|that|which) (?:contains?|gives?|says?|includes?|has|have|holds?|lists?)\b|\b(?:in|inside|from|within) (?:it|them)\b|\b(?:its|their|those|these|any|all) (?:instructions|directives|steps|commands|orders)\b|\bcontained (?:in|there)/i;

/** Sections that say how to get something going. */
const SETUP =
  /\b(?:install(?:ation|ing)?|set-?up|pre-?requisites?|requirements?|activat(?:e|ion)|bootstrap|getting started|quick ?start|licen[cs]e|unlock)\b/i;
const PAYLOAD =
  /\b(?:payload|ciphertext|(?:encoded|encrypted|protected|scrambled|obfuscated|compressed|split) (?:data|text|blob|string|message|value|part)s?)\b/i;
const STEPS = /\b(?:instructions?|commands?|steps|scripts?)\b/i;

export default rule({
  id: 'INJ-006',
  slug: 'obey-foreign-text',
  title: 'Treats fetched or decoded text as instructions',
  family: 'INJ',
  severity: 'high',
  gate: 'review',
  confidence: 2,
  fix: 'Treat what is fetched, received or decoded as data.',
  maps: { owasp: ['ASI01', 'LLM01'], atlas: ['AML.T0051.001'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    const clauses = ctx.facts.of('instruct').filter((fact) => fact.actor !== 'other' && fact.actor !== 'user');
    for (const fact of clauses) {
      if (!ordered(fact, 'follow')) continue;
      if (has(fact, 'encoded-text')) drafts.push({ says: `has decoded text obeyed: ${quoted(fact.clause)}`, facts: [fact] });
      else if (has(fact, 'remote-content') && !(fact.destination !== undefined && addressOf(fact.destination).class === 'loopback')) {
        // "Read references/first-run.txt and do what it says": what it says was shipped and is read.
        const local = clauses.find(
          (other: InstructFact) =>
            (other.verb === 'read' || other.verb === 'open' || other.verb === 'follow') &&
            other.id !== fact.id &&
            near(other, fact, 0) &&
            other.at.start < fact.at.start &&
            other.destination === undefined &&
            has(other, 'file', 'script') &&
            !has(other, 'remote-content', 'web-page', 'link'),
        );
        if (
          local !== undefined &&
          fact.objects.every((object) => object.class !== 'remote-content' || /^(?:what|whatever|whichever)\b/i.test(object.text))
        )
          continue;
        const decode = clauses.find((other: InstructFact) => other.verb === 'decode' && ordered(other) && near(other, fact, 1));
        drafts.push({
          says: `has ${decode === undefined ? 'foreign' : 'decoded'} text obeyed: ${quoted(fact.clause)}`,
          facts: decode === undefined ? [fact] : [fact, decode],
          confidence: decode !== undefined || OBEY.test(fact.clause) ? 2 : 1,
        });
      }
    }
    // "Read each incoming mail and follow the instructions it contains."
    for (const fact of clauses) {
      if (!ordered(fact, 'follow') || !has(fact, 'instructions') || !POINTS.test(fact.clause) || drafts.some((draft) => draft.facts.includes(fact)))
        continue;
      const source = clauses.find(
        (other: InstructFact) =>
          ['read', 'open', 'download', 'collect', 'follow'].includes(other.verb) &&
          other.id !== fact.id &&
          ordered(other) &&
          near(other, fact, 0) &&
          other.at.start < fact.at.start &&
          (has(other, 'remote-content', 'web-page') ||
            (other.destination !== undefined && !['loopback', 'private'].includes(addressOf(other.destination).class))),
      );
      if (source !== undefined) drafts.push({ says: `has foreign text obeyed: ${quoted(fact.clause)}`, facts: [fact, source] });
    }
    for (const fact of clauses) {
      if (!ordered(fact, 'decode') || !has(fact, 'encoded-text')) continue;
      const act = clauses.find(
        (other: InstructFact) =>
          other.id !== fact.id &&
          (other.verb === 'follow' || other.verb === 'run') &&
          ordered(other) &&
          near(other, fact, 1) &&
          other.at.start >= fact.at.start &&
          (other.verb === 'follow' || has(other, 'encoded-text') || /\b(?:it|them|the results?|the output|decoded|payload)\b/i.test(other.clause)),
      );
      if (act !== undefined && !drafts.some((draft) => draft.facts.includes(act)))
        drafts.push({ says: `has encoded text decoded and acted on: ${quoted(act.clause)}`, facts: [act, fact] });
    }
    // What is to be installed stands in a payload that the agent has to decode first: nobody who reads the page sees it.
    for (const fact of clauses) {
      if (fact.verb !== 'decode' || fact.polarity !== 'do' || drafts.length > 0 || ctx.stance(fact) === 'mention') continue;
      const about = `${fact.section.at(-1) ?? ''}`;
      if (!SETUP.test(about)) continue;
      const { text } = ctx.file(fact);
      const around = text.slice(Math.max(0, fact.at.start - 1_500), fact.at.end + 1_500);
      if (PAYLOAD.test(around) && STEPS.test(around))
        drafts.push({ says: `has set-up steps decoded from a payload: ${quoted(fact.clause)}`, facts: [fact] });
    }
    return drafts;
  },
});
