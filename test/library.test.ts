/** The library as its users have it: installed as a package, imported by name, typed. The example is the one in the header of scanner/index.ts. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { built, cleanUp, root, skills, temporary, write } from './cli/built.ts';

let project = '';
/** The lines of the header's `@example`. */
function example(): string {
  const header = readFileSync(join(root, 'scanner/index.ts'), 'utf8').split('*/')[0]!;
  return header
    .slice(header.indexOf('@example') + '@example'.length)
    .split('\n')
    .map((line) => line.replace(/^ \* ?/, ''))
    .join('\n')
    .trim();
}

beforeAll(() => {
  project = temporary();
  const installed = join(project, 'node_modules/skillward');
  mkdirSync(join(installed, 'scanner/report'), { recursive: true });
  cpSync(join(root, 'package.json'), join(installed, 'package.json'));
  for (const name of ['schema.json', 'change.schema.json']) cpSync(join(root, 'scanner/report', name), join(installed, 'scanner/report', name));
  cpSync(built(true), join(installed, 'dist'), { recursive: true });
  mkdirSync(join(project, 'node_modules/@types'), { recursive: true });
  symlinkSync(join(root, 'node_modules/@types/node'), join(project, 'node_modules/@types/node'));
  symlinkSync(join(root, 'node_modules/undici-types'), join(project, 'node_modules/undici-types'));
  write(project, { 'package.json': '{ "type": "module", "private": true }' });
  write(join(project, 'my-skill'), skills.block);
}, 120_000);
afterAll(cleanUp);

const node = (...args: string[]) => spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8', env: { PATH: process.env['PATH'] } });

test('the example of the header runs as it stands there', () => {
  expect(example().split('\n')[0]).toBe("import { load, scan } from 'skillward';");
  write(project, { 'example.mjs': example() });
  const ran = node('example.mjs');
  expect(ran.stderr).toBe('');
  expect(ran.stdout).toMatch(/^block \d+\n$/);
});

test('its types are those of a user who is strict', () => {
  const more = `
import { render, rules, LoadError, PolicyError, loadPolicy, ruleIds, type Report, type ReportFinding } from 'skillward';
const first: ReportFinding | undefined = report.findings[0];
const decision: 'pass' | 'review' | 'block' | 'incomplete' = report.verdict.decision;
const text: string = await render('sarif', [report satisfies Report], { rules });
const strict = await scan(await load('./my-skill'), { policy: loadPolicy('strict', ruleIds), asOf: '2026-01-01', against: { name: 'old', capability: report.capability } });
console.log(first?.says, decision, text.length, strict.changes?.added.length, LoadError, PolicyError);
// @ts-expect-error a decision is one of four words
const wrong: 'fine' = report.verdict.decision;
// @ts-expect-error a report cannot be changed
report.findings.push(first);
`;
  write(project, {
    'example.ts': example() + more,
    'tsconfig.json': JSON.stringify({
      compilerOptions: { target: 'es2022', lib: ['es2022'], module: 'nodenext', strict: true, noEmit: true, types: ['node'] },
      files: ['example.ts'],
    }),
  });
  const ran = node(join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.json');
  expect(ran.stdout).toBe('');
  expect(ran.status).toBe(0);
});

test.each(['report', 'change'])('the schema of a %s is reachable by name', (name) => {
  write(project, {
    'schema.mjs': `import schema from 'skillward/schema/${name}.json' with { type: 'json' };\nconsole.log(schema.$schema, typeof schema.$defs);\n`,
  });
  expect(node('schema.mjs').stdout).toBe('https://json-schema.org/draft/2020-12/schema object\n');
});

test('a package without its development dependencies has all it needs', () => {
  write(project, {
    'skills.mjs':
      "import { load, rules, scan } from 'skillward';\nconst report = await scan(await load('./my-skill'));\nconsole.log(rules.length > 50, report.coverage.complete);\n",
  });
  const ran = node('skills.mjs');
  expect(ran.stderr).toBe('');
  expect(ran.stdout).toBe('true true\n');
  const command = node(join(project, 'node_modules/skillward/dist/skill.js'), 'vet', 'my-skill', '-q');
  expect(command.stdout).toMatch(/^BLOCK rail-planner/);
});
