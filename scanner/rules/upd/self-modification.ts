/** UPD-005: self-modification. See self-modification.md. */
import { type Draft, rule } from '../contract.ts';
import { isRequest, ordered, quoted, show } from '../shared.ts';

export default rule({
  id: 'UPD-005',
  slug: 'self-modification',
  title: 'Rewrites its own files',
  family: 'UPD',
  severity: 'high',
  gate: 'review',
  confidence: 2,
  fix: 'Keep state outside the skill folder; change instructions by publishing.',
  maps: { owasp: ['ASI10', 'AST07'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    for (const fact of ctx.facts.of('write')) {
      const text = show(fact.path).replaceAll('\\', '/');
      const name = text.slice(text.lastIndexOf('/') + 1);
      const instructions = /^skill\.md$/i.test(name) && !/(?:output|build|dist|new|template|example|target|\$\{…\}\/SKILL)/i.test(text);
      if (!instructions || ctx.flows.into(fact, ['content']).some((flow) => isRequest(flow.from))) continue;
      drafts.push({
        says: `writes ${text}`,
        facts: [fact],
        confidence: /(?:SKILL_DIR|SKILL_ROOT|baseDir|__dirname|__file__|BASH_SOURCE|dirname)/i.test(text) ? 2 : 1,
      });
    }
    for (const fact of ctx.facts.of('instruct')) {
      if (!ordered(fact, 'write', 'update', 'remember', 'override') || fact.actor === 'user' || fact.actor === 'other') continue;
      if (!fact.objects.some((object) => object.class === 'skill-self') || fact.destination !== undefined) continue;
      // "Create one for this skill alone" changes something else.
      if (
        /\b(?:for|by|with|of|in|from|to) (?:this|the) skill\b(?!['’]s|\.md)/i.test(fact.clause) &&
        !/SKILL\.md|\bitself\b|\bown\b|\binstructions?\b/i.test(fact.clause)
      )
        continue;
      drafts.push({
        says: `tells the agent to change this skill: ${quoted(fact.clause)}`,
        facts: [fact],
        // "Update SKILL.md" is what skills about writing skills say of another one.
        confidence:
          /\b(?:this|the current) (?:skill(?:['’]s)?|skill file|file|`?SKILL\.md)\b|\bits(?:elf| own)\b|\byour own\b|\b(?:own|these) (?:instructions|code|files?|skill)\b|(?:baseDir|SKILL_DIR|SKILL_ROOT)\}?\/SKILL\.md/i.test(
            fact.clause,
          )
            ? 2
            : 1,
      });
    }
    return drafts;
  },
});
