/** CFG-003: agent tools. See adds-agent-tool.md. */

import { pathOf } from '../../data/paths.ts';
import { type Draft, rule } from '../contract.ts';
import { inPlainSight, isRequest, show, skillName } from '../shared.ts';

export default rule({
  id: 'CFG-003',
  slug: 'adds-agent-tool',
  title: 'Adds or alters another skill, MCP server or plugin',
  family: 'CFG',
  severity: 'high',
  gate: 'review',
  confidence: 2,
  fix: 'Name the server or skill in the description and let the operator add it.',
  maps: { owasp: ['ASI04', 'AST02'], atlas: ['AML.T0011.002'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    const own = [ctx.skill.origin.name, skillName(ctx)].filter((name) => name.length > 2).map((name) => `/${name.toLowerCase()}`);
    for (const fact of ctx.facts.of('config')) {
      if (fact.effect === 'add-mcp') {
        const shipped = fact.via === 'file';
        drafts.push({ says: `${shipped ? 'ships' : 'adds'} an MCP server (${fact.key.slice(0, 60)})`, facts: [fact], confidence: shipped ? 2 : 1 });
      } else if (fact.effect === 'add-plugin')
        drafts.push({ says: `adds a plugin (${show(fact.value).slice(0, 60)})`, facts: [fact], confidence: 1 });
    }
    for (const fact of ctx.facts.of('write')) {
      const meaning = pathOf(fact.path);
      if (meaning.class !== 'agent-skills') continue;
      // Its own install line on its own page says nothing new. The name is the author's choice, so the same line in a script still counts.
      const itself = own.some((name) => meaning.path.toLowerCase().endsWith(name) || meaning.path.toLowerCase().includes(`${name}/`));
      const fetched = ctx.flows.into(fact, ['content']).find((flow) => isRequest(flow.from));
      drafts.push(
        fetched === undefined
          ? { says: `writes into the skills folder (${meaning.path})`, facts: [fact], confidence: 1 }
          : {
              says: `puts downloaded content into the skills folder (${meaning.path})`,
              facts: [fact, fetched.from],
              flow: fetched,
              confidence: itself && inPlainSight(ctx, fact) ? 1 : 2,
            },
      );
    }
    return drafts;
  },
});
