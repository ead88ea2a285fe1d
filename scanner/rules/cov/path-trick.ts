/** COV-002: entries that are not plain files, or whose names play tricks. See path-trick.md. */
import { meaningOf, SECRET_CLASSES } from '../../data/paths.ts';
import type { Problem } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';

const CODES: readonly Problem['code'][] = [
  'symlink',
  'hardlink',
  'device',
  'path-escape',
  'path-unsafe',
  'case-collision',
  'unicode-collision',
  'duplicate-path',
  'nested-repository',
  'submodule',
];

/** A relative link to another file of the same skill is a convenience; anything else leaves the package. */
function staysInside(path: string, target: string, paths: ReadonlySet<string>): boolean {
  if (target === '' || target.startsWith('/') || target.startsWith('~') || target.includes('\\')) return false;
  const out = path.split('/').slice(0, -1);
  for (const part of target.split('/')) {
    if (part === '..') {
      if (out.pop() === undefined) return false;
    } else if (part !== '.' && part !== '') out.push(part);
  }
  const resolved = out.join('/');
  return paths.has(resolved) || [...paths].some((other) => other.startsWith(`${resolved}/`));
}

export default rule({
  id: 'COV-002',
  slug: 'path-trick',
  title: 'Link, device, escaping or colliding path',
  family: 'COV',
  severity: 'high',
  gate: 'review',
  confidence: 3,
  fix: 'Replace links by real files, keep every path inside the skill and unique when case and Unicode form are ignored, and ship no repository inside.',
  maps: { owasp: ['AST08', 'LLM03'], attack: ['T1036'], cwe: ['CWE-59', 'CWE-22'] },
  check: (ctx) => {
    const paths = new Set(ctx.skill.files.filter((file) => file.kind !== 'link').map((file) => file.path));
    return ctx.problems(...CODES).map((problem): Draft => {
      const file = ctx.skill.files[problem.file ?? -1] ?? ctx.skill.files.find((candidate) => candidate.path === problem.path) ?? ctx.skill.files[0]!;
      const evidence = `${problem.code} ${problem.path} ${file.target ?? ''}`;
      if (problem.code === 'symlink' && staysInside(file.path, file.target ?? '', paths))
        return { says: problem.says, facts: [ctx.whole(file)], evidence, gate: 'capability', severity: 'low' };
      const meaning = file.target === undefined ? undefined : meaningOf(file.target);
      const what = meaning !== undefined && SECRET_CLASSES.has(meaning.class) ? `; it points at ${meaning.label}` : '';
      return { says: `${problem.says}${what}`, facts: [ctx.whole(file)], evidence };
    });
  },
});
