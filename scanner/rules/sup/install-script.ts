/** SUP-002: install scripts. See install-script.md. */
import { type Draft, rule } from '../contract.ts';
import { isRequest, pathOf, show, staysLocal, textOf } from '../shared.ts';

const BUILDS = new Set([
  'tsc',
  'esbuild',
  'vite',
  'rollup',
  'webpack',
  'husky',
  'patch-package',
  'prisma',
  'tsup',
  'ncc',
  'npm',
  'pnpm',
  'yarn',
  'lerna',
  'playwright',
  'echo',
  'true',
  'setup',
  'exit',
  'cd',
  'simple-git-hooks',
  'lefthook',
  'node-gyp',
  'prebuild-install',
  'node-gyp-build',
]);

/** Hooks of package managers, by the note their readers give them. */
const HOOK = /npm|pip install|composer|build\.rs|gyp|setup\.py/i;

export default rule({
  id: 'SUP-002',
  slug: 'install-script',
  title: 'Code that runs at installation',
  family: 'SUP',
  severity: 'high',
  gate: 'review',
  confidence: 2,
  fix: 'Remove the lifecycle script; let the user run a setup step in plain sight.',
  maps: { owasp: ['LLM03', 'AST02'], attack: ['T1195.002'], cwe: ['CWE-829'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    const units = new Map<number, Draft>();
    for (const fact of [...ctx.facts.of('exec'), ...ctx.facts.of('request')]) {
      const unit = ctx.around(fact).find((candidate) => candidate.role === 'hook' && HOOK.test(candidate.note ?? ''));
      if (unit === undefined || units.has(unit.id)) continue;
      // setup() itself, and building the package, are what these scripts are for.
      const program = fact.kind === 'exec' ? (textOf(fact.program) ?? '') : '';
      const within = ctx.facts.within(unit.id);
      // Another package by name, during an installation: what comes in is in no manifest and in no lock file.
      const more = within.find((one) => one.kind === 'install' && one.from !== 'file');
      if (more?.kind === 'install') {
        units.set(unit.id, { says: `${unit.note ?? 'an install script'} installs ${show(more.name).slice(0, 80)} as well`, facts: [more] });
        continue;
      }
      if (fact.kind === 'exec' && (fact.how === 'import' || BUILDS.has(program))) continue;
      const remote = within.find((one) => isRequest(one) && !staysLocal(one));
      units.set(unit.id, {
        says: `${unit.note ?? 'an install script'} runs ${program || (fact.kind === 'exec' ? show(fact.program) : 'a request')} during installation`,
        facts: [remote ?? fact],
        ...(remote === undefined ? {} : { gate: 'block' as const, severity: 'critical' as const }),
      });
    }
    for (const fact of ctx.facts.of('write')) {
      const path = pathOf(fact.path).path;
      const unit = ctx.around(fact).find((candidate) => candidate.role === 'hook' && HOOK.test(candidate.note ?? ''));
      if (unit === undefined || units.has(unit.id) || !/^(?:~|\/(?!tmp\/|dev\/))/.test(path)) continue;
      units.set(unit.id, { says: `${unit.note ?? 'an install script'} writes ${path.slice(0, 80)} during installation`, facts: [fact] });
    }
    drafts.push(...units.values());
    return drafts;
  },
});
