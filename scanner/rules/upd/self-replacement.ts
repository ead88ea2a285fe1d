/** UPD-001: self-replacement. See self-replacement.md. */

import { pathOf } from '../../data/paths.ts';
import type { Value } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';
import { addressOf, has, hostName, isRequest, ordered, professed, quoted, show, staysLocal } from '../shared.ts';

export default rule({
  id: 'UPD-001',
  slug: 'self-replacement',
  title: 'Replaces its own instructions or scripts from a URL',
  family: 'UPD',
  severity: 'critical',
  gate: 'block',
  confidence: 3,
  fix: 'Publish a new version instead; a skill must be what was reviewed.',
  maps: { owasp: ['AST07', 'ASI04'], atlas: ['AML.T0109', 'AML.T0081'], attack: ['T1105'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    const own = new Set(ctx.skill.files.map((file) => file.path.slice(file.path.lastIndexOf('/') + 1)));
    const isSelf = (path: Value): boolean => {
      const text = show(path).replaceAll('\\', '/');
      const name = text.slice(text.lastIndexOf('/') + 1);
      if (/^skills?\.md$/i.test(name)) return true;
      const meaning = pathOf(path);
      if (meaning.class === 'agent-skills') return true;
      return own.has(name) && name.includes('.') && /(?:SKILL_DIR|SKILL_ROOT|skillDir|baseDir|__dirname|__file__|BASH_SOURCE|dirname)/i.test(text);
    };
    const around = (file: number, at: number): string => {
      const { text } = ctx.skill.files[file]!;
      const start = text.lastIndexOf('\n\n', at);
      const end = text.indexOf('\n\n', at);
      return text.slice(Math.max(0, start, at - 400), end < 0 ? at + 400 : Math.min(end, at + 400));
    };
    for (const flow of ctx.flows.between(isRequest, (fact) => fact.kind === 'write', ['content'])) {
      if (flow.to.kind !== 'write' || !isRequest(flow.from) || staysLocal(flow.from) || !isSelf(flow.to.path)) continue;
      // "git clone … ~/.claude/skills/name" on a page is how skills are installed; in a script, or over what is there, it is replacement.
      const page = ctx.around(flow.to).some((unit) => unit.role === 'fence' || unit.role === 'inline');
      if (page && flow.from.method === 'GIT' && !/\b(?:pull|fetch|reset|--force|-f)\b|\brm\b/.test(around(flow.to.at.file, flow.to.at.start)))
        continue;
      drafts.push({ says: `overwrites ${show(flow.to.path)} with what ${hostName(flow.from)} sends`, facts: [flow.to, flow.from], flow });
    }
    for (const fact of ctx.facts.of('instruct')) {
      if (fact.polarity !== 'do' || fact.actor === 'other' || fact.actor === 'user') continue;
      const self = has(fact, 'skill-self') || fact.objects.some((object) => /\bSKILL\.md\b/i.test(object.text));
      if (!self || !['update', 'write', 'download', 'override'].includes(fact.verb)) continue;
      if (!ordered(fact) && !(professed(fact) && fact.actor === 'agent' && fact.verb !== 'write')) continue;
      const link =
        fact.destination ??
        ctx.facts.of('link').find((one) => one.at.file === fact.at.file && one.at.start >= fact.at.start - 4 && one.at.end <= fact.at.end + 4)?.url;
      const remote = link !== undefined || has(fact, 'remote-content', 'link', 'web-page');
      if (!remote || (link !== undefined && addressOf(link).class === 'loopback')) continue;
      drafts.push({
        says: `tells the agent to replace the skill from a remote place: ${quoted(fact.clause)}`,
        facts: [fact],
        ...(ordered(fact) ? {} : { gate: 'review' as const, confidence: 2 as const }),
      });
    }
    return drafts;
  },
});
