/** PER-001: something is arranged to run later. See persistence.md. */

import { PERSISTENT_CLASSES, pathOf } from '../../data/paths.ts';
import type { Fact, Value } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';
import { has, inPlainSight, isRequest, ordered, quoted, show } from '../shared.ts';

const FETCHES = /\b(?:curl|wget|iwr|irm|invoke-webrequest|base64 (?:-d|-D|--decode)|\/dev\/tcp|nc -e|python3? -c|git (?:-C \S{1,80} )?pull)\b/i;
/** A library preloaded for one command ends with it; hook managers install what the user's own project configures. */
const ordinary = (fact: Fact): boolean =>
  fact.kind === 'persist' &&
  ((fact.mechanism === 'preload' && !/^\/etc\/|^~\//.test(fact.path === undefined ? '' : show(fact.path))) ||
    (fact.mechanism === 'git-hook' && fact.path === undefined) ||
    // `systemctl enable suricata`: a unit that a package brought; a unit that the skill writes is a write, and seen there.
    ((fact.mechanism === 'systemd' || fact.mechanism === 'service') && !/[\\/$]/.test(fact.path === undefined ? '' : show(fact.path))));

/**
 * True when the text names a fetched file. The bare name of a cloned folder (`git clone …/suricata`) is also a user, a package and
 * half the paths of the installed program, so it counts only inside a path outside the system's own directories.
 */
const starts = (text: string, path: string): boolean =>
  /[/.~$]/.test(path)
    ? text.includes(path)
    : text.split(/[\s"'=:;,]+/).some(
        (token) =>
          !/^\/(?:etc|usr|var|run|lib|s?bin)\//.test(token) &&
          token
            .split('/')
            .slice(token.startsWith('/') ? 1 : 0)
            .includes(path) &&
          token.includes('/'),
      );

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
    const quiet = ctx.facts
      .of('instruct')
      .filter((fact) => fact.verb === 'conceal' && ordered(fact) && fact.actor !== 'other' && fact.actor !== 'user' && has(fact, 'user'));
    /** Silence asked for in the same page, or in SKILL.md for whatever the skill does. */
    const concealed = (fact: Fact): boolean =>
      quiet.some((clause) => clause.at.file === fact.at.file || /(?:^|\/)skills?\.md$/i.test(ctx.file(clause).path));
    /** Files that hold what the network sent: a job that starts one runs fetched code, however long it lay there. */
    const fetched = ctx.flows
      .between(isRequest, (fact) => fact.kind === 'write', ['content'])
      .flatMap((flow) => (flow.to.kind === 'write' && flow.to.path.kind !== 'unknown' ? [show(flow.to.path)] : []))
      .filter((path) => path.length > 6);
    const grave = (fact: Fact, command: Value | undefined): boolean => {
      const text = command === undefined ? '' : show(command);
      return (
        FETCHES.test(text) ||
        fetched.some((path) => starts(text, path)) ||
        ctx.facts.within(fact.unit).some((other) => other.kind === 'request' && other.at.start >= fact.at.start && other.at.end <= fact.at.end) ||
        ctx.flows.into(fact).some((flow) => isRequest(flow.from) || flow.from.kind === 'transform')
      );
    };
    const add = (fact: Fact, what: string, command: Value | undefined): void => {
      if (grave(fact, command) && !(ordinary(fact) && inPlainSight(ctx, fact)))
        drafts.push({
          says: `${what}, and what runs there is fetched or decoded`,
          facts: [fact],
          gate: 'block',
          severity: 'critical',
          confidence: 3,
        });
      else if (concealed(fact))
        drafts.push({ says: `${what}, and the skill tells the agent to keep quiet`, facts: [fact], gate: 'block', confidence: 2 });
      else drafts.push({ says: what, facts: [fact], confidence: ordinary(fact) ? 1 : 2 });
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
