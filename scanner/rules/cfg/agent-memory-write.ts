/** CFG-002: agent memory. See agent-memory-write.md. */

import { pathOf } from '../../data/paths.ts';
import { type Draft, rule } from '../contract.ts';
import { addressOf, has, isRequest, ordered, quoted, show } from '../shared.ts';

const IDENTITY = /SOUL|MEMORY|IDENTITY|HEARTBEAT/;
const HOSTILE =
  /\b(?:ignore|disregard|override|never (?:mention|tell|reveal|refuse)|do not (?:mention|tell|reveal|ask)|without asking|silently|secretly|always (?:run|execute|send|approve|trust|fetch)|https?:\/\/\S{4,200}\s{1,4}(?:and )?(?:follow|run|execute)|curl |auto-?approve|skip (?:confirmation|approval))/i;
const OWN = /\.md\b|\.\w{2,10}rules\b|\b(?:your|its|long[- ]term|persistent|agent|core|project|soul|identity|heartbeat|instructions?)\b/i;
const INJECTS = new Set(['ignore', 'override', 'conceal', 'send', 'approve', 'skip', 'disable', 'follow']);

export default rule({
  id: 'CFG-002',
  slug: 'agent-memory-write',
  title: "Writes into the agent's instructions or memory",
  family: 'CFG',
  severity: 'high',
  gate: 'review',
  confidence: 2,
  fix: "Keep notes in files of the skill's own; let the user edit CLAUDE.md, AGENTS.md, SOUL.md or MEMORY.md.",
  maps: { owasp: ['ASI06', 'AST03'], atlas: ['AML.T0080.000'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    const hostile = (text: string): boolean => HOSTILE.test(text);
    for (const fact of ctx.facts.of('write')) {
      const meaning = pathOf(fact.path);
      if (meaning.class !== 'agent-memory') continue;
      const content = fact.content === undefined ? '' : show(fact.content);
      const fetched = ctx.flows.into(fact, ['content']).find((flow) => isRequest(flow.from));
      if (fetched !== undefined)
        drafts.push({
          says: `writes what the network sends into ${meaning.path}`,
          facts: [fact, fetched.from],
          flow: fetched,
          // From wherever the user says: a copy between machines, for a person to look at.
          gate: isRequest(fetched.from) && addressOf(fetched.from.url).host === '' ? 'review' : 'block',
          severity: 'critical',
        });
      else if (hostile(content))
        drafts.push({ says: `writes an instruction into ${meaning.path}: ${quoted(content)}`, facts: [fact], gate: 'block' });
      else
        drafts.push({
          says: `writes ${meaning.path}, which the agent reads as instructions`,
          facts: [fact],
          confidence: IDENTITY.test(meaning.path) || fact.append ? 2 : 1,
        });
    }
    for (const fact of ctx.facts.of('instruct')) {
      if (!ordered(fact, 'write', 'remember', 'update', 'override', 'copy') || fact.actor === 'other' || !has(fact, 'agent-memory')) continue;
      // "Store a memory" is what databases do; a file or the agent's own memory is meant.
      if (!fact.objects.some((object) => object.class === 'agent-memory' && OWN.test(object.text))) continue;
      const { at } = ctx.unit(fact);
      const introduces = /[:：][*_`)\s]{0,4}$/.test(ctx.skill.files[at.file]!.text.slice(at.start, at.end).trimEnd());
      // The words to be written stand in the clause or in the next blocks of the file.
      const injected = ctx.facts
        .all('instruct')
        .find(
          (other) =>
            other.id !== fact.id &&
            other.at.file === fact.at.file &&
            (other.block === fact.block || (introduces && (other.block === fact.block + 1 || other.block === fact.block + 2))) &&
            INJECTS.has(other.verb) &&
            other.polarity === 'do' &&
            other.modality !== 'describes' &&
            (other.verb !== 'conceal' || has(other, 'action', 'user', 'instructions')) &&
            other.at.start > fact.at.start,
        );
      if (hostile(fact.clause) || injected !== undefined)
        drafts.push({
          says: `has an instruction planted in the agent's memory: ${quoted(fact.clause)}`,
          facts: injected === undefined ? [fact] : [fact, injected],
          gate: 'block',
          confidence: 2,
        });
      else
        drafts.push({
          says: `tells the agent to write into its memory: ${quoted(fact.clause)}`,
          facts: [fact],
          confidence: IDENTITY.test(fact.clause) && fact.actor !== 'user' ? 2 : 1,
        });
    }
    return drafts;
  },
});
