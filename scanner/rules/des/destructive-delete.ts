/** DES-001: destructive deletion. See destructive-delete.md. */

import { pathOf } from '../../data/paths.ts';
import type { ExecFact } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';
import { show, textOf } from '../shared.ts';

/** `kill -9 -1`, `killall -9 -u me`, `pkill -KILL -u $(whoami)`. */
function killsAll(fact: ExecFact): boolean {
  const program = textOf(fact.program) ?? '';
  const words = fact.argv.map((value) => show(value));
  if (program === 'kill') return words.length > 1 && words.at(-1) === '-1';
  const user = words.findIndex((word) => word === '-u' || word === '--euid' || word === '-U');
  return (
    (program === 'pkill' || program === 'killall') &&
    user >= 0 &&
    user === words.length - 2 &&
    words.slice(0, user).every((word) => word.startsWith('-'))
  );
}

export default rule({
  id: 'DES-001',
  slug: 'destructive-delete',
  title: 'Destroys files outside the workspace',
  family: 'DES',
  severity: 'high',
  gate: 'review',
  confidence: 2,
  fix: 'Delete only what the skill made, and ask first.',
  maps: { owasp: ['ASI08', 'LLM06'], attack: ['T1485'], cwe: ['CWE-732'] },
  check: (ctx) => [
    ...ctx.facts.of('exec').flatMap((fact): Draft[] => (killsAll(fact) ? [{ says: 'kills every process of the user', facts: [fact] }] : [])),
    ...ctx.facts.of('delete').flatMap((fact): Draft[] => {
      const meaning = pathOf(fact.path);
      if (fact.how === 'vcs' || fact.how === 'database')
        return [
          { says: `discards ${fact.how === 'vcs' ? 'repository state' : 'data'} (${show(fact.path).slice(0, 60)})`, facts: [fact], confidence: 1 },
        ];
      // The folders where people keep what they made are the home folder by another name.
      const keepsakes =
        /^~\/(?:Documents|Desktop|Pictures|Photos|Music|Movies|Videos|Downloads|OneDrive|Dropbox|iCloud[^/]{0,20})(?:\/\*{0,2}(?:\.\*)?)?$/i.test(
          meaning.path,
        );
      const whole = (meaning.class === 'home' || meaning.class === 'root' || keepsakes) && (fact.recursive === true || fact.how === 'overwrite');
      const device = meaning.class === 'device' && fact.how === 'overwrite';
      // A second disk is what imaging and backup guides prepare; the first one holds the system.
      if (device && !/^\/dev\/(?:[svh]d(?:a|\*|\$)|xvda|nvme0|mmcblk0|disk[01](?:s|$)|rdisk[01](?:s|$)|mem|kmem)/.test(meaning.path))
        return [{ says: `overwrites ${meaning.path}`, facts: [fact] }];
      const raw = show(fact.path);
      if (fact.recursive === true && /^\/\/[^/*]{1,80}$/.test(raw))
        return [{ says: `deletes ${raw.slice(2)} wherever it lies on the disk`, facts: [fact] }];
      if (fact.recursive === true && /^\/(?:home|Users)\/\*/.test(raw))
        return [{ says: `deletes in every user's home (${raw.slice(0, 60)})`, facts: [fact] }];
      if (whole || device)
        return [
          {
            says: `destroys ${meaning.class === 'home' ? 'the home folder' : keepsakes ? `everything in ${meaning.path}` : meaning.path}`,
            facts: [fact],
            gate: 'block',
            severity: 'critical',
            confidence: 3,
          },
        ];
      const outside =
        fact.recursive === true && /^(?:~\/[^.]|\/(?!tmp|var\/tmp|private\/tmp|\*?$))/.test(meaning.path) && meaning.path.split('/').length <= 3;
      if (outside && meaning.class !== 'temp') return [{ says: `deletes ${meaning.path} with everything below it`, facts: [fact], confidence: 1 }];
      if (['credential', 'agent-config', 'agent-memory', 'agent-secret'].includes(meaning.class))
        return [{ says: `deletes ${meaning.label} ${meaning.path}`, facts: [fact], confidence: 1 }];
      return [];
    }),
  ],
});
