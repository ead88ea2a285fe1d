/** Settings: what wins over what, and that a mistake is named with its place. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../registry/config.ts';
import { serve } from '../../registry/serve.ts';

const folder = mkdtempSync(join(tmpdir(), 'skillward-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (text: string): string => {
  const path = join(folder, 'registry.yaml');
  writeFileSync(path, text);
  return path;
};
const refusal = (text: string, flags = {}, env = {}): string => {
  try {
    loadConfig({ config: file(text), ...flags }, env);
  } catch (error) {
    expect(error).toMatchObject({ code: 'bad-config' });
    return (error as Error).message;
  }
  throw new Error('it was taken');
};

describe('settings', () => {
  it('need none: local, tokens only, a person for what is not clean', () => {
    const { config } = loadConfig({}, { XDG_DATA_HOME: '/data' });
    expect(config).toMatchObject({ host: '127.0.0.1', data: '/data/skillward/registry', anonymousRead: false, tls: undefined });
    expect(config.publicUrl).toBe(`http://127.0.0.1:${config.port}`);
    expect(config.policy).toMatchObject({
      scan: 'balanced',
      level: 'L1',
      cooldown: 0,
      approval: { pass: 'auto', import: 'review', review: 'review', block: 'refuse', growth: 'review', approvers: 1, solo: false },
    });
    expect(Object.isFrozen(config) && Object.isFrozen(config.policy.approval)).toBe(true);
  });

  it('are won by the flag, then the environment, then the file', () => {
    const config = file('port: 1001\nhost: 127.0.0.2\ndata: ./here\n');
    expect(loadConfig({ config }, {}).config).toMatchObject({ port: 1001, host: '127.0.0.2', data: join(folder, 'here') });
    expect(loadConfig({ config }, { SKILLWARD_PORT: '1002' }).config.port).toBe(1002);
    expect(loadConfig({ config, port: '1003' }, { SKILLWARD_PORT: '1002' }).config.port).toBe(1003);
  });

  it('refuse what they do not know, and say where it stands', () => {
    expect(refusal('host: 127.0.0.1\nprot: 80\n')).toMatch(/registry\.yaml:2: prot is not a setting/);
    expect(refusal('policy:\n  approval:\n    aprovers: 2\n')).toMatch(/:3: policy\.approval\.aprovers is not a setting/);
    expect(refusal('policy:\n  rescan: ignore\n')).toMatch(/:2: policy\.rescan must be flag or revoke/);
    expect(refusal('policy:\n  cooldown: soon\n')).toMatch(/:2: policy\.cooldown/);
    expect(refusal('limits: [}\n')).toMatch(/registry\.yaml/);
    expect(refusal('limits:\n  files: 0\n')).toMatch(/:2: limits\.files must be >= 1/);
    expect(refusal('trusted-proxies: [proxy.example]\n')).toMatch(/proxy\.example is neither an address nor a network/);
    expect(refusal('policy:\n  scan: ./none.yaml\n')).toMatch(/none\.yaml: cannot be read \(ENOENT\)/);
    expect(refusal('', { port: '70000' })).toMatch(/port 70000/);
  });

  it('name an upstream that is none when the server starts, before anything is made', async () => {
    const data = join(folder, 'never-made');
    const config = file('upstream:\n  allow: [clawhub.example, "https://skills.example/api"]\n');
    await expect(serve({ flags: { config, data, port: '0' }, env: {} })).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringMatching(/^upstream\.allow: https:\/\/skills\.example\/api is neither a host nor an origin/),
    });
    expect(existsSync(data)).toBe(false);
  });

  it('name a scan policy that cannot be read, and a token of no upstream, when the server starts', async () => {
    const refused = async (text: string): Promise<string> => {
      const data = join(folder, 'never-made');
      const error: unknown = await serve({ flags: { config: file(text), data, port: '0' }, env: {} }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'bad-config' });
      expect(existsSync(data)).toBe(false);
      return (error as Error).message;
    };
    expect(await refused('policy:\n  scan: blanced\n')).toMatch(/^policy\.scan: .*no preset "blanced"/);
    const own = join(folder, 'own-policy.yaml');
    writeFileSync(own, 'version: 1\nname: team\nextends: balanced\nruels: {}\n');
    expect(await refused(`policy:\n  scan: ${own}\n`)).toMatch(/^policy\.scan: .*own-policy\.yaml:4: /);
    expect(await refused('upstream:\n  allow: ["http://127.0.0.1:4873"]\n  tokens: { "127.0.0.1:4873": file:/run/secrets/token }\n')).toMatch(
      /^upstream\.tokens: 127\.0\.0\.1:4873 is none of upstream\.allow\..*http:\/\/127\.0\.0\.1:4873/,
    );
  });

  it('never listen beyond this machine without knowing the address that clients use', () => {
    expect(refusal('host: 0.0.0.0\n')).toMatch(/--public-url/);
    expect(refusal('public-url: https://skills.example/registry\n')).toMatch(/scheme and host only/);
    expect(loadConfig({ host: '0.0.0.0', publicUrl: 'https://skills.example' }, {}).config).toMatchObject({
      publicUrl: 'https://skills.example',
      registryId: 'skills.example',
    });
  });

  it('understand times with units', () => {
    const { config } = loadConfig({ config: file('policy:\n  cooldown: 3d\nlimits:\n  scan-time: 90\n  publish-wait: 250ms\n') }, {});
    expect([config.policy.cooldown, config.limits.scanMs, config.limits.publishWaitMs]).toEqual([259_200_000, 90_000, 250]);
  });
});
