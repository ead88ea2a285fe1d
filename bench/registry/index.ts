/**
 * Speed of the registry, as ratios against what is measured in the same run: bare `node:http` sending the same bytes from memory (the ceiling of this runtime), nginx serving the
 * files, and Verdaccio (npm) serving tarballs of the same sizes. Our server checks token, rights, rate, seals, signature and digest of each download.
 *
 *   npm run build && npm run bench:registry                       everything; half an hour
 *   npm run bench:registry -- --versions 100 --connections 32     a part
 *
 * Needs Debian's wrk and nginx, `npm ci --prefix bench/peers`, and the Node of test/clients for Verdaccio. All on one machine: wrk has one thread, each server one process.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sha256Hex } from '../../registry/trust/bytes.ts';
import { bare, type Measured, nginx, once, type Peer, skillward, verdaccio, wrk } from './peers.ts';
import { type Seeded, seed } from './seed.ts';

const { values } = parseArgs({
  options: {
    versions: { type: 'string', default: '100,10000,100000' },
    connections: { type: 'string', default: '1,32,256' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    skip: { type: 'string', default: '' },
    /** Keeps the stores in this folder, for another run. */
    data: { type: 'string' },
    /** Makes the stores and measures nothing. */
    'seed-only': { type: 'boolean', default: false },
  },
});
const numbers = (text: string): number[] => text.split(',').map(Number);
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);
const skip = new Set(values.skip.split(','));
const scratch = mkdtempSync(join(tmpdir(), 'skillward-bench-'));
const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1]!;
const mid = (list: readonly Measured[]): Measured => ({
  rate: median(list.map((one) => one.rate)),
  bytes: median(list.map((one) => one.bytes)),
  p50: median(list.map((one) => one.p50)),
  p99: median(list.map((one) => one.p99)),
});
const show = ({ rate, bytes, p50, p99 }: Measured): string =>
  `${Math.round(rate).toLocaleString('en').padStart(8)}/s ${(bytes / 1e6).toFixed(0).padStart(5)} MB/s   p50 ${p50.toFixed(2).padStart(7)} ms   p99 ${p99.toFixed(2).padStart(7)} ms`;

/** Limits out of the way, one log line for what goes wrong only: nginx and Verdaccio log nothing either. */
const settings = join(scratch, 'registry.yaml');
const many = 1_000_000_000;
writeFileSync(
  settings,
  `log: { level: warn }\nlimits: { rate: { read-ip: ${many}, read-key: ${many}, write-ip: ${many}, write-key: ${many}, download-ip: ${many}, download-key: ${many} } }\n`,
);

/** The same bytes as Verdaccio's tarballs, in its own storage format. */
function npmStorage(folder: string, seeded: Seeded, url: string): void {
  const bySlug =
    Map.groupBy?.(seeded.versions, (one) => one.slug) ??
    seeded.versions.reduce(
      (map, one) => map.set(one.slug, [...(map.get(one.slug) ?? []), one]),
      new Map<string, (typeof seeded.versions)[number][]>(),
    );
  for (const [slug, list] of bySlug) {
    mkdirSync(join(folder, slug), { recursive: true });
    const versions: Record<string, unknown> = {};
    const attachments: Record<string, unknown> = {};
    for (const one of list) {
      const name = `${slug}-${one.version}.tgz`;
      const shasum = sha256Hex(one.file).slice(0, 40);
      versions[one.version] = {
        name: slug,
        version: one.version,
        description: `words about ${slug}`,
        dist: { shasum, tarball: `${url}/${slug}/-/${name}` },
      };
      attachments[name] = { shasum };
      writeFileSync(join(folder, slug, name), readFileSync(one.file));
    }
    writeFileSync(
      join(folder, slug, 'package.json'),
      JSON.stringify({
        name: slug,
        versions,
        'dist-tags': { latest: list.at(-1)!.version },
        _attachments: attachments,
        _distfiles: {},
        _uplinks: {},
        _rev: '1-0',
        time: {},
      }),
    );
  }
  writeFileSync(join(folder, '.verdaccio-db.json'), JSON.stringify({ list: [...bySlug.keys()], secret: 'x'.repeat(32) }));
}

const linesOf = (path: string): string[] => readFileSync(path, 'utf8').trim().split('\n');

const listFile = (name: string, lines: readonly string[]): string => {
  const path = join(scratch, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
};

/** One to three words, some of them beginnings; of 50,000 hardly one is asked twice, so that nobody answers from what was asked before. */
function questionsOf(words: readonly string[]): string[] {
  let state = 1;
  const below = (most: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % most;
  };
  const word = (): string => words[below(words.length)]!;
  const shapes = [word, () => `${word()} ${word()}`, () => `${word()} ${word()} ${word()}`, () => `${word().slice(0, 3 + below(3))} ${word()}`];
  return Array.from({ length: 50_000 }, () => shapes[below(shapes.length)]!());
}

/** Every server in turn, several rounds, so that a drifting machine hits all of them. */
function race(
  title: string,
  runners: readonly { readonly server: Peer; readonly paths: string; readonly token?: string }[],
  connections: number,
): Map<string, Measured> {
  const taken = new Map<string, Measured[]>(runners.map(({ server }) => [server.name, []]));
  for (const { server, paths, token } of runners) wrk(server, paths, connections, 2, token);
  for (let round = 0; round < rounds; round++)
    for (const { server, paths, token } of runners) taken.get(server.name)!.push(wrk(server, paths, connections, seconds, token));
  const result = new Map([...taken].map(([name, list]) => [name, mid(list)]));
  console.log(`\n${title}, ${connections} connection${connections === 1 ? '' : 's'}`);
  const ours = result.get('skillward')!;
  for (const [name, one] of result)
    console.log(`  ${name.padEnd(10)} ${show(one)}${name === 'skillward' ? '' : `   skillward is ${(ours.rate / one.rate).toFixed(2)}x`}`);
  return result;
}

console.log(`node ${process.version}; median of ${rounds} rounds of ${seconds} s`);
try {
  for (const count of numbers(values.versions)) {
    const folder = join(values.data ?? scratch, `v${count}`);
    const kept = join(folder, 'seeded.json');
    const started = performance.now();
    const seeded = existsSync(kept)
      ? (JSON.parse(readFileSync(kept, 'utf8')) as Seeded)
      : await seed(join(folder, 'data'), count, (done) => process.stderr.write(`\r${done} of ${count} versions`));
    writeFileSync(kept, JSON.stringify(seeded));
    process.stderr.write('\r\x1b[K');
    console.log(
      `\n== ${count.toLocaleString('en')} versions (ready in ${((performance.now() - started) / 1000).toFixed(0)} s), ${(seeded.versions.reduce((sum, one) => sum + one.size, 0) / count / 1000).toFixed(1)} kB each on average`,
    );
    if (values['seed-only']) continue;
    const files = join(folder, 'files');
    rmSync(files, { recursive: true, force: true });
    mkdirSync(files);
    seeded.versions.forEach((one, index) => {
      symlinkSync(one.file, join(files, `${index}`));
    });
    const servers: Peer[] = [];
    const up = async (server: Promise<Peer>): Promise<Peer> => {
      const one = await server;
      servers.push(one);
      return one;
    };
    try {
      const ours = await up(skillward(join(folder, 'data'), settings));
      const ceiling = await up(
        bare(
          scratch,
          seeded.versions.slice(0, 20_000).map((one) => one.file),
        ),
      );
      const web = await up(nginx(folder, files));
      const byIndex = listFile(
        `index-${count}`,
        seeded.versions.map((_, index) => `/${index}`),
      );
      const downloads = listFile(
        `downloads-${count}`,
        seeded.versions.map((one) => `/api/v1/download?slug=${one.slug}&version=${one.version}&ownerHandle=admin`),
      );
      const details = listFile(
        `details-${count}`,
        seeded.versions.map((one) => `/api/v1/skills/${one.slug}?ownerHandle=admin`),
      );
      const questions = questionsOf(seeded.words);
      const searches = listFile(
        `searches-${count}`,
        questions.map((text) => `/api/v1/search?q=${encodeURIComponent(text)}&limit=20`),
      );
      let npm:
        | { download: { server: Peer; paths: string }; detail: { server: Peer; paths: string }; search: { server: Peer; paths: string } }
        | undefined;
      if (!skip.has('verdaccio')) {
        const storage = join(folder, 'npm');
        rmSync(storage, { recursive: true, force: true });
        npmStorage(storage, seeded, 'http://127.0.0.1:4873');
        const server = await up(verdaccio(folder, storage));
        npm = {
          download: {
            server,
            paths: listFile(
              `npm-${count}`,
              seeded.versions.map((one) => `/${one.slug}/-/${one.slug}-${one.version}.tgz`),
            ),
          },
          detail: {
            server,
            paths: listFile(
              `npm-detail-${count}`,
              seeded.versions.map((one) => `/${one.slug}`),
            ),
          },
          search: {
            server,
            paths: listFile(
              `npm-search-${count}`,
              questions.map((text) => `/-/v1/search?text=${encodeURIComponent(text)}&size=20`),
            ),
          },
        };
      }
      const downloading: { server: Peer; paths: string; token?: string }[] = [
        { server: ours, paths: downloads, token: seeded.token },
        { server: ceiling, paths: byIndex },
        { server: web, paths: byIndex },
        ...(npm === undefined ? [] : [npm.download]),
      ];
      console.log('\nevery version once, 32 connections');
      for (const { server, paths, token } of downloading)
        console.log(
          `  ${server.name.padEnd(10)} ${Math.round(await once(server, linesOf(paths), token))
            .toLocaleString('en')
            .padStart(8)}/s`,
        );
      for (const connections of numbers(values.connections)) {
        race('download', downloading, connections);
        race('metadata of a skill', [{ server: ours, paths: details, token: seeded.token }, ...(npm === undefined ? [] : [npm.detail])], connections);
        race(
          'search',
          [{ server: ours, paths: searches, token: seeded.token }, ...(npm === undefined || skip.has('npm-search') ? [] : [npm.search])],
          connections,
        );
      }
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
    if (values.data === undefined) rmSync(folder, { recursive: true, force: true });
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
