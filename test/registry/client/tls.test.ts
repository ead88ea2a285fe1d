/** TLS by files: the server speaks nothing else then, and our client sends its token to nobody whose certificate it does not trust. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { defaultKey } from '../../../registry/signer/process.ts';
import { parsePrivateKey } from '../../../registry/trust/keys.ts';
import { cleanUp, freshFolder, type Served, start } from '../e2e/process.ts';
import { skillFolder } from '../e2e/skills.ts';
import { someone } from './kit.ts';

vi.setConfig({ testTimeout: 120_000 });

let served: Served;
let ca: string;

/** A certificate that its own key signed, for the loopback address. */
function certificate(): { readonly cert: string; readonly key: string } {
  const folder = freshFolder();
  const [cert, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-keyout', key, '-out', cert];
  execFileSync('openssl', [...made, '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'], { stdio: 'pipe' });
  return { cert, key };
}

beforeAll(async () => {
  const files = certificate();
  ca = files.cert;
  served = await start({ config: `tls: { cert: ${files.cert}, key: ${files.key} }\n` });
}, 180_000);
afterAll(cleanUp);

describe('with a certificate of our own', () => {
  it('the server is at an https address, and says that browsers must stay there', async () => {
    expect(served.url).toMatch(/^https:/);
    const headers = await new Promise<Record<string, unknown>>((resolve, reject) => {
      get(`${served.url}/healthz`, { ca: readFileSync(ca) }, (answer) => resolve(answer.resume().headers)).once('error', reject);
    });
    expect(headers['strict-transport-security']).toMatch(/^max-age=\d+/);
  });

  it('who names the authority publishes and installs as anywhere', async () => {
    const admin = someone(served.url, served.admin).having({ NODE_EXTRA_CA_CERTS: ca });
    const who = await admin.run('whoami', '--json');
    expect([who.code, who.err]).toEqual([0, expect.anything()]);
    expect(JSON.parse(who.out)).toMatchObject({ user: { handle: 'admin' } });
    // By another way, as an operator would: the key lies in the server's folder.
    const key = parsePrivateKey(readFileSync(defaultKey(served.data), 'utf8')).keyid;
    const published = await admin.run('publish', skillFolder('sealed'), '--version', '1.0.0', '--yes', '--no-sign');
    expect(published.code, published.err).toBe(0);
    const installed = await admin.having({ SKILL_KEY_FINGERPRINT: key }).run('install', '@admin/sealed', '--yes');
    expect(installed.code, installed.err).toBe(0);
    expect(readFileSync(join(admin.project, '.claude/skills/sealed/SKILL.md'), 'utf8')).toContain('name: sealed');
  });

  it('who does not is told why, and what to do', async () => {
    const ran = await someone(served.url, served.admin).run('whoami');
    expect(ran.code).not.toBe(0);
    expect(ran.out).toBe('');
    expect(ran.err).toContain('Its certificate is not trusted here.');
    expect(ran.err).toContain('NODE_EXTRA_CA_CERTS=ca.pem');
  });

  it('nothing is answered without TLS', async () => {
    const plain = served.url.replace('https:', 'http:');
    await expect(fetch(`${plain}/healthz`)).rejects.toThrow();
    const ran = await someone(plain, served.admin).run('whoami');
    expect([ran.code === 0, ran.err]).toEqual([false, expect.stringContaining('cannot be reached')]);
  });
});
