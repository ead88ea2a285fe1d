/** CAP-004: with `--against`, an ability that the version in use does not have. See new-ability.md. */
import { gateOfAbility } from '../../data/abilities.ts';
import type { CapabilityEntry, OpaqueFact } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';

export default rule({
  id: 'CAP-004',
  slug: 'new-ability',
  title: 'Ability added since the version in use',
  family: 'CAP',
  severity: 'high',
  gate: 'block',
  confidence: 3,
  fix: 'Look at what the update adds; if it is wanted, approve the new version explicitly.',
  maps: { owasp: ['AST07', 'ASI04'], atlas: ['AML.T0109'] },
  check: (ctx) => {
    const { changes } = ctx;
    if (changes === undefined) return [];
    return changes.added.map((entry: CapabilityEntry): Draft => {
      const place = entry.evidence[0];
      const file = ctx.skill.files.find((candidate) => candidate.path === place?.path) ?? ctx.skill.files[0]!;
      const fact: OpaqueFact = {
        ...ctx.whole(file),
        detail: `${entry.kind} ${entry.key}`,
        at: { file: file.id, start: place?.start ?? 0, end: place?.end ?? 0 },
      };
      return {
        says: `since ${changes.against} it can also: ${entry.kind} ${entry.key}`,
        facts: [fact],
        gate: gateOfAbility(entry),
        evidence: `${entry.kind}:${entry.key}`,
      };
    });
  },
});
