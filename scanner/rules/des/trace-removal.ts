/** DES-002: trace removal. See trace-removal.md. */

import { pathOf } from '../../data/paths.ts';
import { type Draft, rule } from '../contract.ts';
import { has, ordered, quoted, show, textOf } from '../shared.ts';

const SECURITY =
  /auditd|crowdstrike|falcon|sentinel|defender|MsMpEng|clamd|clamav|osquery|wazuh|sysmon|littlesnitch|little ?snitch|lulu|santa|carbonblack|cbagent|rsyslog|fail2ban|apparmor|ufw|firewalld/i;

/** Records of what was done here. The history of a repository, or "clear evidence", is something else. */
const TRACES =
  /\b(?:transcripts?|(?:shell|bash|zsh|command|terminal|chat|session|conversation|browser|search) (?:history|logs?)|history (?:file|of (?:this|the|your) (?:session|conversation|chat|commands?))|(?:any|all|every|its|your|our|the|these|those) (?:\w{1,20} )?traces?|(?:any|all|the) evidence|evidence (?:of|that) (?:this|your|what|having|execution|installation|the (?:run|install|action|command|transfer|upload))|this (?:log|entry|message|conversation))\b/i;

export default rule({
  id: 'DES-002',
  slug: 'trace-removal',
  title: 'Removes traces or disables security tools',
  family: 'DES',
  severity: 'high',
  gate: 'block',
  confidence: 2,
  fix: 'Leave logs, histories and security tools alone.',
  maps: { owasp: ['ASI08', 'ASI10'], attack: ['T1070', 'T1562'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    for (const fact of ctx.facts.of('delete')) {
      const meaning = pathOf(fact.path);
      if (meaning.class === 'shell-history' || meaning.class === 'agent-log' || meaning.class === 'system-log')
        drafts.push({
          says: `deletes ${meaning.label} ${meaning.path}`,
          facts: [fact],
          ...(meaning.class === 'system-log' && !fact.recursive ? { gate: 'review' as const } : {}),
        });
    }
    for (const fact of ctx.facts.of('config')) {
      if (fact.effect === 'disable-logging')
        drafts.push({
          says: `switches logging or history off (${fact.key})`,
          facts: [fact],
          gate: /HIST|history|audit|eventlog|journal/i.test(fact.key) ? 'block' : 'review',
        });
    }
    for (const fact of ctx.facts.of('exec')) {
      const program = textOf(fact.program) ?? '';
      const words = fact.argv.map((value) => show(value)).join(' ');
      if (
        (program === 'pkill' || program === 'killall' || program === 'systemctl' || program === 'taskkill') &&
        SECURITY.test(words) &&
        (program !== 'systemctl' || /^(?:--?[a-z-]{1,20} ){0,4}(?:stop|disable|mask|kill)\b/.test(words))
      )
        drafts.push({ says: `stops a security tool (${program} ${words.slice(0, 60)})`, facts: [fact] });
      if (program === 'wevtutil' && /^cl\b/.test(words)) drafts.push({ says: 'clears the event log', facts: [fact] });
    }
    for (const fact of ctx.facts.of('instruct'))
      if (ordered(fact, 'delete') && fact.actor !== 'other' && fact.actor !== 'user' && has(fact, 'trace', 'log') && TRACES.test(fact.clause))
        drafts.push({ says: `has traces removed: ${quoted(fact.clause)}`, facts: [fact], gate: 'review' });
    return drafts;
  },
});
