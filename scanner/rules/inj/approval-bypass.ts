/** INJ-004: approvals skipped. See approval-bypass.md. */

import type { InstructFact } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';
import { has, near, ordered, professed, quoted, textOf } from '../shared.ts';

const FLAGS = new Set([
  '--dangerously-skip-permissions',
  '--yolo',
  '--dangerously-bypass-approvals-and-sandbox',
  '--full-auto',
  '--allow-dangerously-skip-permissions',
  '--trust-all-tools',
  '--no-confirm',
]);
const AGENTS = new Set(['claude', 'codex', 'gemini', 'openclaw', 'cursor-agent', 'amp', 'opencode', 'q', 'aider', 'goose', 'copilot']);

/** What nobody should do for the user unasked: money, messages in the user's name, deletions, production, accounts. */
const GRAVE =
  /\b(?:purchas\w{0,4}|buy|buys|pay(?:s|ments?)?|charg(?:e|es)|transfers?|funds|orders? (?:is|are) placed|renews?|subscription|trades?|emails?|messages?|deploys?|production|terminat\w{0,4}|delet(?:e|es|ion)|destroys?|passwords?|credentials|api keys?|revok\w{0,3}|(?:user|account|file) permissions|accounts?|publish(?:es)?|force[- ]push\w{0,3}|remote repository|merges?|databases?)\b/i;
/** Protections of the machine. */
const PROTECTION =
  /\b(?:antivirus|anti-virus|(?:windows )?defender|real-time protection|tamper protection|smartscreen|gatekeeper|selinux|system integrity protection|edr|xprotect|virus scanner|security software|endpoint protection|built-in protections)\b/i;

export default rule({
  id: 'INJ-004',
  slug: 'approval-bypass',
  title: 'Skips confirmation, approvals or the sandbox',
  family: 'INJ',
  severity: 'high',
  gate: 'review',
  confidence: 2,
  fix: 'Let the host ask; name read-only steps that need no question.',
  maps: { owasp: ['ASI02', 'LLM06', 'ASI09'], atlas: ['AML.T0051'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    const clauses = ctx.facts.of('instruct');
    for (const fact of clauses) {
      const said = professed(fact) && (fact.verb === 'skip' || fact.verb === 'approve') && has(fact, 'confirmation');
      if (!(said || ordered(fact, 'approve', 'skip', 'disable')) || fact.actor === 'other' || fact.actor === 'user') continue;
      const approval = has(fact, 'confirmation', 'safety', 'sandbox') || (fact.verb === 'approve' && has(fact, 'action', 'command', 'tool'));
      if (!approval || fact.clause.length < 12) continue;
      const switches =
        /^\W{0,4}(?:(?:then|must|please|always|also|first|now|\w{1,12}ly) ){0,2}(?:disabl|turn|switch|deactivat|shut|bypass|skip|unload|kill|stop|set|configur|mute|circumvent)/i.test(
          fact.clause,
        );
      const protection =
        fact.verb === 'disable' &&
        fact.objects.some(
          (object) =>
            object.class === 'safety' &&
            (PROTECTION.test(object.text) || (fact.condition !== undefined && /^(?:\w{1,20} ){0,3}security\b/i.test(object.text))),
        );
      const risky = (other: InstructFact): boolean =>
        (['send', 'pay', 'delete', 'publish', 'install'].includes(other.verb) && ordered(other)) ||
        (other.verb === 'run' && ordered(other) && has(other, 'command', 'script', 'executable')) ||
        (other.verb === 'write' && has(other, 'agent-config', 'credential-file', 'agent-memory'));
      const tied = has(fact, 'money', 'command', 'script', 'secret', 'password', 'package')
        ? fact
        : clauses.find((other: InstructFact) => other.id !== fact.id && near(other, fact, 1) && risky(other) && other.actor !== 'other');
      if (fact.verb === 'skip' && !has(fact, 'confirmation', 'sandbox')) continue;
      const blanket = has(fact, 'sandbox', 'safety') || /\b(?:all|every|any|always|never ask)\b/i.test(fact.clause);
      const money =
        has(fact, 'money', 'password') || (tied !== undefined && tied !== fact && (tied.verb === 'pay' || has(tied, 'money', 'password')));
      // "Proceed directly to purchase without asking", "regardless of the `dry_run` setting".
      const passed = fact.objects.some(
        (object) => object.class === 'confirmation' && /^(?:regardless of|as |`?-{0,2}\w+`? (?:\w+ )?is )/i.test(object.text),
      );
      const listed =
        fact.verb === 'skip' &&
        /\bfollowing\b|:$/.test(fact.clause) &&
        !/\bbeing asked\b/i.test(fact.clause) &&
        clauses.some((other: InstructFact) => near(other, fact, 5) && other.at.start > fact.at.start && GRAVE.test(other.clause));
      const unasked =
        passed ||
        listed ||
        (fact.verb === 'skip' &&
          has(fact, 'confirmation') &&
          GRAVE.test(fact.clause) &&
          /\b(?:without|regardless|bypass\w{0,3}|skips?|no)\b/i.test(fact.clause));
      drafts.push({
        says: `has approvals skipped: ${quoted(fact.clause)}`,
        facts: tied === undefined || tied === fact ? [fact] : [fact, tied],
        confidence:
          money ||
          protection ||
          (!said &&
            switches &&
            ((blanket && tied !== undefined) ||
              fact.objects.some((object) => object.class === 'sandbox' && !/^sandboxing$|script sandboxing/i.test(object.text)))) ||
          (!said && fact.verb !== 'disable' && blanket && tied !== undefined) ||
          unasked
            ? 2
            : 1,
      });
    }
    for (const fact of clauses) {
      // A passphrase or approval that the agent fills in by itself.
      if (
        !ordered(fact, 'approve', 'write', 'read', 'run') ||
        fact.actor === 'other' ||
        fact.actor === 'user' ||
        !has(fact, 'password', 'confirmation')
      )
        continue;
      if (
        /\b(?:from|in|out of) (?:your |the )?(?:memory|MEMORY\.md|notes?|env|file|default)|\bstored (?:pass|pin|code)|\bremembered\b/i.test(
          fact.clause,
        ) &&
        /pass(?:word|phrase|code)|\bpin\b|approval|confirm/i.test(fact.clause)
      )
        drafts.push({ says: `has a passphrase or approval filled in without the user: ${quoted(fact.clause)}`, facts: [fact] });
    }
    for (const exec of ctx.facts.of('exec')) {
      const flag = exec.argv.map((value) => textOf(value) ?? '').find((word) => FLAGS.has(word));
      if (flag !== undefined && AGENTS.has(textOf(exec.program) ?? ''))
        drafts.push({ says: `starts an agent without approvals (${flag})`, facts: [exec] });
    }
    return drafts;
  },
});
