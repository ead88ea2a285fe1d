/** PER-001: something is arranged to run later. See persistence.md. */

import { PERSISTENT_CLASSES, pathOf } from '../../data/paths.ts';
import type { Fact, Value } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';
import { has, isRequest, ordered, quoted, show, textOf } from '../shared.ts';

const FETCHES = /\b(?:curl|wget|iwr|irm|invoke-webrequest|base64 (?:-d|-D|--decode)|\/dev\/tcp|nc -e|python3? -c|git (?:-C \S{1,80} )?pull)\b/i;
/** Words of a purpose that explain a schedule. */
const EXPLAINED =
  /schedul|cron|remind|backup|back up|monitor|watch|daily|nightly|weekly|hourly|periodic|recurring|routine|automat|daemon|service|alert|digest|heartbeat|launchd|systemd|hook|sync|startup|boot|background/i;

export default rule({
  id: 'PER-001',
  slug: 'persistence',
  title: 'Arranges to run later',
  family: 'PER',
  severity: 'high',
  gate: 'review',
  confidence: 2,
  fix: 'Let the user or the host schedule it, in plain sight, and say so in the description.',
  maps: { owasp: ['ASI10', 'AST03'], attack: ['T1053', 'T1543', 'T1546'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    const purpose = ctx.facts
      .all('declare')
      .flatMap((fact) => (fact.what === 'name' || fact.what === 'description' ? [textOf(fact.value) ?? ''] : []))
      .join(' ');
    const said = EXPLAINED.test(purpose);
    const quiet = ctx.facts
      .of('instruct')
      .filter(
        (fact) => fact.verb === 'conceal' && ordered(fact) && fact.actor !== 'other' && fact.actor !== 'user' && has(fact, 'action', 'trace', 'user'),
      );
    /** Silence asked for in the same page, or in SKILL.md for whatever the skill does. */
    const concealed = (fact: Fact): boolean =>
      quiet.some((clause) => clause.at.file === fact.at.file || /(?:^|\/)skills?\.md$/i.test(ctx.file(clause).path));
    const grave = (fact: Fact, command: Value | undefined): boolean => {
      const text = command === undefined ? '' : show(command);
      return (
        FETCHES.test(text) ||
        ctx.facts.within(fact.unit).some((other) => other.kind === 'request' && other.at.start >= fact.at.start && other.at.end <= fact.at.end) ||
        ctx.flows.into(fact).some((flow) => isRequest(flow.from) || flow.from.kind === 'transform')
      );
    };
    const add = (fact: Fact, what: string, command: Value | undefined): void => {
      if (grave(fact, command))
        drafts.push({
          says: `${what}, and what runs there is fetched or decoded`,
          facts: [fact],
          gate: 'block',
          severity: 'critical',
          confidence: 3,
        });
      else if (concealed(fact))
        drafts.push({ says: `${what}, and the skill tells the agent to keep quiet`, facts: [fact], gate: 'block', confidence: 2 });
      else drafts.push({ says: what, facts: [fact], confidence: said ? 1 : 2 });
    };
    for (const fact of ctx.facts.of('persist')) {
      if (fact.mechanism === 'agent-cron') add(fact, "adds a job to the agent's own schedule", fact.command);
      else if (fact.mechanism !== 'agent-hook') add(fact, `installs a job (${fact.mechanism})`, fact.command);
    }
    for (const fact of ctx.facts.of('write')) {
      const meaning = pathOf(fact.path);
      if (!PERSISTENT_CLASSES.has(meaning.class)) continue;
      // A line for PATH or completion in a start-up file is what installers ask for.
      const content = fact.content === undefined ? '' : show(fact.content);
      const harmless =
        meaning.class === 'shell-rc' &&
        /^\s*(?:export [A-Z_]{1,40}=|alias |eval "?\$\(|source |\. |# |PATH=|set -gx )/.test(content) &&
        !FETCHES.test(content);
      if (harmless) drafts.push({ says: `adds a line to ${meaning.path}`, facts: [fact], gate: 'capability', severity: 'low' });
      else add(fact, `writes ${meaning.label} ${meaning.path}`, fact.content);
    }
    for (const fact of ctx.facts.of('instruct')) {
      if (fact.verb !== 'persist' || !ordered(fact) || fact.actor === 'user' || fact.actor === 'other') continue;
      if (fact.destination !== undefined)
        drafts.push({ says: `has something arranged to run again and again: ${quoted(fact.clause)}`, facts: [fact], confidence: 1 });
    }
    return drafts;
  },
});
