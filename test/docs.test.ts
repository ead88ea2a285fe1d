/** Generated pages are what the rules say, mappings name techniques that exist, and the README's figures have a command beside them. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { techniques } from '../scanner/data/techniques.ts';
import { rules } from '../scanner/rules/index.ts';
import { ruleDocs } from '../scripts/docs.ts';
import { ruleIndex } from '../scripts/new.ts';

const path = (relative: string): string => fileURLToPath(new URL(`../${relative}`, import.meta.url));

describe('docs', () => {
  it('docs/rules is generated from the rules (npm run docs)', () => {
    const wanted = ruleDocs();
    expect(readdirSync(path('docs/rules')).sort()).toEqual([...wanted.keys()].sort());
    for (const [name, text] of wanted) expect(readFileSync(path(`docs/rules/${name}`), 'utf8') === text, name).toBe(true);
  });

  it('the list of rules is generated from the folder (npm run new -- --index)', () => {
    const text = readFileSync(path('scanner/rules/index.ts'), 'utf8');
    expect(ruleIndex(text)).toBe(text);
  });

  it('maps rules to published techniques only', () => {
    const OWASP = /^(?:LLM(?:0[1-9]|10)|ASI(?:0[1-9]|10)|AST(?:0[1-9]|10))$/;
    for (const rule of rules) {
      for (const id of [...(rule.maps.attack ?? []), ...(rule.maps.atlas ?? [])])
        expect(Object.hasOwn(techniques, id), `${rule.id} maps to ${id}`).toBe(true);
      for (const id of rule.maps.owasp) expect(id).toMatch(OWASP);
      for (const id of rule.maps.cwe ?? []) expect(id).toMatch(/^CWE-\d{1,4}$/);
    }
  });
});
