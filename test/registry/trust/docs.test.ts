/** The recipe of docs/trust.md works as it is printed: it says yes to a real bundle and no to a bent one. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { bundleBytes } from '../../../registry/trust/bundle.ts';
import { predicateTypes } from '../../../registry/trust/statements.ts';
import { makeRelease, newKey, world } from './fixture.ts';

const page = readFileSync(fileURLToPath(new URL('../../../docs/trust.md', import.meta.url)), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'skillward-trust-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('docs/trust.md', () => {
  it('checks a bundle by hand', async () => {
    const w = world();
    const { parts, expected } = await makeRelease(w);
    const file = (name: string, content: string | Buffer): string => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const script = file('check.mjs', /```js\n([\s\S]*?)```/.exec(page)![1]!);
    const key = file('key.pem', w.release.pem);
    const good = bundleBytes(parts.vsa);
    const run = (bundle: string, by: string) => spawnSync(process.execPath, [script, bundle, by], { encoding: 'utf8' });
    const said = run(file('good.json', good), key);
    expect([said.status, said.stderr]).toEqual([0, '']);
    expect(said.stdout).toContain(expected.archiveSha256);
    const other = good.toString().replace(/"payload":"(.)/, (_, first: string) => `"payload":"${first === 'e' ? 'f' : 'e'}`);
    expect(run(file('bent.json', other), key).status).toBe(1);
    expect(run(join(folder, 'good.json'), file('other.pem', newKey().pem)).status).toBe(1);
  });

  it('names every kind of statement', () => {
    for (const type of Object.values(predicateTypes)) expect(page).toContain(type);
  });
});
