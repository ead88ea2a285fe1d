/**
 * Scaffolds a leaf in its one obvious place: `npm run new rule net dns-tunnel NET-009`. With `--index` it rewrites scanner/rules/index.ts from the folder listing.
 * It never overwrites a file.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const rulesFolder = fileURLToPath(new URL('../scanner/rules/', import.meta.url));
const camel = (slug: string): string => slug.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** The generated part of scanner/rules/index.ts: one import and one list entry a rule, in order of ids. */
export function ruleIndex(existing: string): string {
  const rows = readdirSync(rulesFolder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /^[a-z]{3}\/[a-z0-9-]+\.ts$/.test(path))
    .map((path) => ({
      path,
      id: /\bid: '([A-Z]{3}-\d{3})'/.exec(readFileSync(`${rulesFolder}${path}`, 'utf8'))?.[1] ?? 'ZZZ',
      name: camel(path.slice(4, -3)),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  // Sorted by path together with the contract, as the formatter wants imports.
  const imports = [
    ...rows.map((row) => ({ path: row.path, line: `import ${row.name} from './${row.path}';` })),
    { path: 'contract.ts', line: "import type { Rule } from './contract.ts';" },
  ]
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map((row) => row.line)
    .join('\n');
  const order = ['INJ', 'EXE', 'NET', 'SEC', 'UPD', 'PER', 'CFG', 'OBF', 'SUP', 'SOC', 'DES', 'CAP', 'COV'];
  const listed = [...rows].sort((a, b) => order.indexOf(a.id.slice(0, 3)) - order.indexOf(b.id.slice(0, 3)) || (a.id < b.id ? -1 : 1));
  const list = `export const rules: readonly Rule[] = [\n${listed.map((row) => `  ${row.name},`).join('\n')}\n];`;
  return existing
    .replace(/(?:import (?:\w+|type \{ Rule \}) from '\.\/(?:[a-z]{3}\/[a-z0-9-]+|contract)\.ts';\n)+/, `${imports}\n`)
    .replace(/export const rules: readonly Rule\[\] = \[[^\]]*\];/, list);
}

function main(args: readonly string[]): void {
  const indexFile = `${rulesFolder}index.ts`;
  if (args[0] === 'rule' && args.length === 4) {
    const [, family = '', slug = '', id = ''] = args;
    const base = `${rulesFolder}${family.toLowerCase()}/${slug}`;
    if (existsSync(`${base}.ts`)) throw new Error(`${base}.ts exists already`);
    writeFileSync(
      `${base}.ts`,
      `/** ${id}: one sentence on what it sees. See ${slug}.md. */\nimport { rule } from '../contract.ts';\n\nexport default rule({\n  id: '${id}',\n  slug: '${slug}',\n  title: '',\n  family: '${family.toUpperCase()}',\n  severity: 'medium',\n  gate: 'review',\n  confidence: 2,\n  fix: '',\n  maps: { owasp: [] },\n  check: () => [],\n});\n`,
    );
    const sections = ['What it sees', 'Why it matters', 'Fires on', 'Stays silent on', 'How to fix', 'Limits'];
    writeFileSync(`${base}.md`, `# ${id} ${slug}\n\n${sections.map((heading) => `## ${heading}\n`).join('\n')}`);
  } else if (args[0] !== '--index') {
    console.error(
      'usage: npm run new rule <family> <slug> <ID>   (for example: npm run new rule net dns-tunnel NET-009)\n       npm run new -- --index',
    );
    process.exitCode = 2;
    return;
  }
  writeFileSync(indexFile, ruleIndex(readFileSync(indexFile, 'utf8')));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
