/** Dockerfile, compose.yaml and the script they share: what they promise to an operator, read off the files themselves. Whether the image works is container.test.ts. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('../..', import.meta.url));
const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const dockerfile = text('Dockerfile')
  .split('\n')
  .filter((line) => !line.startsWith('#'))
  .join('\n')
  .replace(/\\\n\s*/g, '');
const lines = dockerfile.split('\n').filter((line) => line.trim() !== '');
const final = lines.slice(lines.lastIndexOf('FROM scratch') + 1);
/** The words of an instruction in the last stage, in exec form. */
const exec = (name: string): string[] =>
  JSON.parse(
    final
      .find((line) => line.startsWith(name))!
      .slice(name.length)
      .trim(),
  ) as string[];

interface Service {
  readonly user: string;
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly pids_limit: number;
  readonly mem_limit: string;
  readonly tmpfs: readonly string[];
  readonly volumes: readonly string[];
  readonly ports?: readonly string[];
  readonly network_mode?: string;
  readonly privileged?: boolean;
  readonly environment: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
}
const compose = parse(text('compose.yaml'), { merge: true }) as { readonly services: { readonly registry: Service; readonly signer: Service } };
const { registry, signer } = compose.services;
const mounts = (service: Service): Map<string, { readonly volume: string; readonly readonly: boolean }> =>
  new Map(service.volumes.map((line) => line.split(':')).map(([volume, at, mode]) => [at!, { volume: volume!, readonly: mode === 'ro' }]));

describe('the Dockerfile', () => {
  it('has no base image that nobody chose, and refuses one that is not pinned', () => {
    expect(lines.filter((line) => line.startsWith('ARG'))).toEqual(['ARG NODE_IMAGE', 'ARG NODE_IMAGE']);
    expect(lines.filter((line) => line.startsWith('FROM')).map((line) => line.split(' ')[1]!.split(':?')[0])).toEqual(['${NODE_IMAGE', 'scratch']);
    for (const image of ['', 'node:24', 'node@sha256:abc', `node:24@sha256:${'a'.repeat(63)}`]) {
      const { status, stderr } = spawnSync('sh', [join(root, 'scripts/image.sh'), 'base', image], { encoding: 'utf8' });
      expect([status, stderr]).toEqual([1, expect.stringContaining('docker buildx imagetools inspect')]);
    }
  });

  it('makes an image that needs no shell and is nobody’s root', () => {
    expect(final.filter((line) => /^(?:RUN|ADD|SHELL)\b/.test(line))).toEqual([]);
    expect(final).toContain('USER 10001:10001');
    expect(exec('ENTRYPOINT')).toEqual(['/usr/local/bin/node', '/app/dist/skill.js']);
    expect(exec('CMD')).toEqual(['serve']);
    expect(final.find((line) => line.startsWith('HEALTHCHECK'))).toContain('CMD ["/usr/local/bin/node", "/app/healthcheck.mjs"]');
    expect(final).toContain('STOPSIGNAL SIGTERM');
  });

  it('lets no secret and no history into the build', () => {
    const ignore = text('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(ignore[0]).toBe('*');
    const allowed = ignore.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    expect(allowed.filter((path) => /^(?:\.|data|test|node_modules)/.test(path))).toEqual([]);
  });
});

describe('compose.yaml', () => {
  it.each([
    ['registry', registry],
    ['signer', signer],
  ] as const)('gives the %s nothing it does not need', (_, service) => {
    expect(service).toMatchObject({ user: '10001:10001', read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(service.privileged).toBeUndefined();
    expect(service.pids_limit).toBeGreaterThan(0);
    expect(service.mem_limit).toMatch(/^\d+g$/);
    expect(service.tmpfs).toEqual([expect.stringMatching(/^\/tmp:.*noexec,nosuid,nodev/)]);
    // Secrets are files; what stands in the environment is addresses.
    expect(Object.keys(service.environment).filter((name) => /TOKEN|PASSWORD|SECRET|KEY/.test(name))).toEqual([]);
  });

  it('names one user in every place', () => {
    expect(text('scripts/image.sh')).toContain('\nid=10001\n');
  });

  it('publishes on this machine only', () => {
    for (const port of registry.ports!) expect(port).toMatch(/^127\.0\.0\.1:/);
    expect(signer.ports).toBeUndefined();
  });

  it('keeps the key from the process that talks to the network, and the network from the one with the key', () => {
    expect(signer.network_mode).toBe('none');
    expect(mounts(signer).get('/signer')).toEqual({ volume: 'signer', readonly: false });
    expect([...mounts(registry).values()].map((mount) => mount.volume)).not.toContain('signer');
    expect(mounts(registry).get('/data')).toEqual({ volume: 'data', readonly: false });
    expect(mounts(signer).get('/data')).toEqual({ volume: 'data', readonly: true });
    expect(mounts(registry).get('/socket')).toEqual({ volume: 'socket', readonly: true });
    expect(signer.healthcheck!.test.slice(1)).toEqual(['/usr/local/bin/node', '/app/healthcheck.mjs', '/socket/signer.sock']);
  });
});
