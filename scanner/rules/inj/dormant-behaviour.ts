/** INJ-011: dormant behaviour. See dormant-behaviour.md. */

import { pathOf, SECRET_CLASSES } from '../../data/paths.ts';
import type { Fact } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';
import { addressOf, has, isRequest, OUTGOING, ordered, quoted, staysLocal } from '../shared.ts';

export default rule({
  id: 'INJ-011',
  slug: 'dormant-behaviour',
  title: 'Risky step that waits for a date, host, user or count',
  family: 'INJ',
  severity: 'medium',
  gate: 'review',
  confidence: 2,
  fix: 'Do the same everywhere, always.',
  maps: { owasp: ['ASI10', 'LLM03'], atlas: ['AML.T0094'], attack: ['T1497', 'T1480'], cwe: ['CWE-511'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    const grave = (fact: Fact): boolean =>
      (fact.kind === 'exec' &&
        fact.how !== 'import' &&
        (fact.code !== undefined || fact.how === 'shell' || fact.how === 'process' || fact.how === 'eval')) ||
      (fact.kind === 'request' && fact.sends === true) ||
      fact.kind === 'delete' ||
      fact.kind === 'persist';
    for (const control of ctx.facts.of('control')) {
      if (!['date-gate', 'host-gate', 'user-gate', 'count-gate', 'debugger-gate', 'ci-gate'].includes(control.what)) continue;
      const guarded = ctx.facts
        .within(control.unit)
        .filter(
          (fact) =>
            grave(fact) &&
            fact.guard !== undefined &&
            (fact.guard === control.detail || control.detail.includes(fact.guard) || fact.guard.includes(control.detail)),
        );
      const [first] = guarded;
      if (first === undefined) continue;
      // Choosing by operating system or skipping in CI is ordinary; a hidden date or a debugger is not.
      const odd =
        control.what === 'date-gate' ||
        control.what === 'debugger-gate' ||
        guarded.some((fact) => fact.kind === 'exec' && (fact.how === 'eval' || fact.code === 'stdin'));
      drafts.push({
        says: `acts only under a condition (${control.what}: ${control.detail.slice(0, 60)})`,
        facts: [first, control],
        confidence: odd ? 2 : 1,
      });
    }
    // Code that looks who is watching, and in the same piece files or captured input leave: the look is there to get past a sandbox.
    const watch = ctx.facts.of('control').find((control) => control.what === 'user-gate' || control.what === 'debugger-gate');
    if (watch !== undefined)
      for (const flow of ctx.flows.between(
        (fact) => fact.kind === 'capture' || (fact.kind === 'read' && (fact.many === true || SECRET_CLASSES.has(pathOf(fact.path).class))),
        isRequest,
        OUTGOING,
      )) {
        if (!isRequest(flow.to) || flow.to.unit !== watch.unit || flow.role === 'header' || staysLocal(flow.to) || addressOf(flow.to.url).host === '')
          continue;
        // First, since a weaker finding about the same request would stand for both.
        drafts.unshift({
          says: `looks who is watching (${watch.detail.slice(0, 60)}) and sends away what it reads`,
          facts: [flow.to, watch],
          flow,
          gate: 'block',
          severity: 'critical',
          confidence: 2,
        });
        break;
      }
    for (const fact of ctx.facts.of('instruct')) {
      if (fact.condition === undefined || fact.actor === 'other' || fact.actor === 'user' || !ordered(fact)) continue;
      const waits =
        /\b(?:after|once|from) (?:the )?(?:\d{1,4}(?:st|nd|rd|th)?|first|second|third|fourth|fifth|tenth|two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|fifty|(?:a|one) hundred|several|(?:a )?few|many|nth)(?: \w{3,12})? (?:runs?|uses?|times?|sessions?|messages?|days?|weeks?|invocations?|conversations?|turns?|tasks?)\b|\bon or after\b|\b(?:19|20)\d\d-\d\d\b|\bwhen (?:nobody|no one|the user is (?:away|idle|not))/i.test(
          fact.condition,
        );
      const acts =
        (['send', 'run', 'download', 'delete', 'disable', 'pay'].includes(fact.verb) &&
          (fact.destination !== undefined || has(fact, 'script', 'command', 'secret', 'credential-file'))) ||
        (fact.verb === 'conceal' && has(fact, 'action'));
      if (waits && acts) drafts.push({ says: `waits with what it does: ${quoted(fact.clause)}`, facts: [fact] });
    }
    return drafts;
  },
});
