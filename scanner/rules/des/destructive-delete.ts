/** DES-001: destructive deletion. See destructive-delete.md. */

import { pathOf } from '../../data/paths.ts';
import { type Draft, rule } from '../contract.ts';
import { show } from '../shared.ts';

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
  check: (ctx) =>
    ctx.facts.of('delete').flatMap((fact): Draft[] => {
      const meaning = pathOf(fact.path);
      if (fact.how === 'vcs' || fact.how === 'database')
        return [
          { says: `discards ${fact.how === 'vcs' ? 'repository state' : 'data'} (${show(fact.path).slice(0, 60)})`, facts: [fact], confidence: 1 },
        ];
      const whole = (meaning.class === 'home' || meaning.class === 'root') && (fact.recursive === true || fact.how === 'overwrite');
      const device = meaning.class === 'device' && fact.how === 'overwrite';
      // A second disk is what imaging and backup guides prepare; the first one holds the system.
      if (device && !/^\/dev\/(?:[svh]d(?:a|\*|\$)|xvda|nvme0|mmcblk0|disk[01](?:s|$)|rdisk[01](?:s|$)|mem|kmem)/.test(meaning.path))
        return [{ says: `overwrites ${meaning.path}`, facts: [fact] }];
      if (whole || device)
        return [
          {
            says: `destroys ${meaning.class === 'home' ? 'the home folder' : meaning.path}`,
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
});
