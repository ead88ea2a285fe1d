/** EXE-007: privileges. See privilege-change.md. */

import { pathOf } from '../../data/paths.ts';
import { type Draft, rule } from '../contract.ts';
import { show, textOf } from '../shared.ts';

/** Programs that run whatever they are given: with the setuid bit, a root shell for everybody. */
const INTERPRETER =
  /\/(?:bash|dash|sh|zsh|ksh|fish|python[\d.]{0,6}|perl[\d.]{0,6}|ruby[\d.]{0,6}|node|php[\d.]{0,6}|lua[\d.]{0,6}|env|find|vim?|awk|gawk|nmap|cp|tee|dd)$/;

export default rule({
  id: 'EXE-007',
  slug: 'privilege-change',
  title: 'Privileges raised or protection switched off',
  family: 'EXE',
  severity: 'high',
  gate: 'review',
  confidence: 2,
  fix: 'Ask the user to do administrative work; never weaken the system.',
  maps: { owasp: ['ASI03', 'LLM06'], attack: ['T1548.003', 'T1562.001'], cwe: ['CWE-250'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    for (const fact of ctx.facts.of('config'))
      if (fact.effect === 'disable-protection' || fact.effect === 'privileged')
        drafts.push({
          says:
            fact.effect === 'privileged'
              ? `runs with the powers of the host (${fact.system} ${fact.key})`
              : `switches off a protection of the system (${fact.key})`,
          facts: [fact],
          ...(fact.effect === 'privileged' ? { confidence: 1 as const } : {}),
        });
    for (const fact of ctx.facts.of('write')) {
      const meaning = pathOf(fact.path);
      if (meaning.class === 'sudoers') drafts.push({ says: `writes ${meaning.path}, which decides who may become root`, facts: [fact] });
      if (fact.mode !== undefined && /^(?:[2-7]?[4-7][0-7]{3}$|u?\+s)/.test(fact.mode) && fact.mode.length > 3 - Number(fact.mode.includes('s')))
        drafts.push({
          says: `sets the setuid bit on ${meaning.path}`,
          facts: [fact],
          ...(INTERPRETER.test(meaning.path) ? { gate: 'block' as const, severity: 'critical' as const } : {}),
        });
    }
    for (const fact of ctx.facts.of('exec')) {
      if (fact.elevated === 'osascript-admin' || fact.elevated === 'runas')
        drafts.push({ says: 'asks the system to run a command as administrator', facts: [fact] });
      else if (fact.elevated !== undefined)
        drafts.push({
          says: `runs ${textOf(fact.program) ?? show(fact.program)} as root (${fact.elevated})`,
          facts: [fact],
          gate: 'capability',
          severity: 'info',
        });
    }
    return drafts;
  },
});
