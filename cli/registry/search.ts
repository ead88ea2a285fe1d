/** `skill search` and `skill info`: what a registry has, and everything it says of one skill. */
import { Command } from 'commander';
import { Type } from 'typebox';
import { flagText } from '../../registry/client/flagged.ts';
import type { SkillDetail, VersionRecord } from '../../registry/client/wire.ts';
import type { Capability } from '../../scanner/model.ts';
import { cut, visible, visibleLines, wrap } from '../../scanner/report/escape.ts';
import { glance, plural } from '../../scanner/report/glance.ts';
import { columns, print } from '../tty.ts';
import {
  type CommonFlags,
  dayText,
  EXITS,
  guarded,
  type Paint,
  painter,
  printJson,
  type Run,
  session,
  table,
  tell,
  timeText,
  withOutput,
  withRegistry,
} from './common.ts';

const Results = Type.Object({
  results: Type.Array(
    Type.Object({
      slug: Type.String(),
      displayName: Type.String(),
      summary: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      version: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      ownerHandle: Type.String(),
    }),
  ),
});

export const search = (run: Run): Command =>
  withOutput(
    withRegistry(
      new Command('search').summary('find skills').description('Searches names and summaries. Lists only what you may read and what was approved.'),
    ),
  )
    .argument('<words...>', 'what to look for')
    .option('-n, --limit <n>', 'how many', '20')
    .addHelpText('after', `${EXITS}\n\nExamples:\n  skill search release notes\n  skill search calendar --json | jq -r '.results[].name'`)
    .action((words: string[], flags: CommonFlags & { limit: string }) => run(guarded(flags, () => find(words.join(' '), flags))));

async function find(text: string, flags: CommonFlags & { limit: string }): Promise<number> {
  const { ClientError } = await import('../../registry/client/errors.ts');
  const { ask } = await import('../../registry/client/api.ts');
  const limit = Number(flags.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > 200)
    throw new ClientError('usage', `--limit ${flags.limit}: expected a whole number from 1 to 200.`);
  const now = await session(flags);
  const { results } = await ask(now.http, Results, 'GET', '/api/v1/search', 'the search', { query: { q: text, limit } });
  const rows = results.map((one) => ({
    name: `@${one.ownerHandle}/${one.slug}`,
    version: one.version ?? null,
    displayName: one.displayName,
    summary: one.summary ?? '',
  }));
  if (flags.json === true) await printJson({ schema: 'skillward.search.v1', registry: now.chosen.base, query: text, results: rows });
  else if (rows.length === 0) tell(`Nothing found for ${text}.`);
  else
    await print(
      table(
        rows.map((row) => [row.name, row.version ?? '-', row.summary]),
        painter(flags),
        ['skill', 'version', 'what it does'],
      ),
    );
  return 0;
}

export const info = (run: Run): Command =>
  withOutput(
    withRegistry(
      new Command('info')
        .summary('show a skill: verdict, abilities, versions, signature')
        .description(
          'Shows a skill with its versions, or one version with its verdict, what it can do, its digests and who published and approved it.',
        ),
    ),
  )
    .argument('<skill>', '@owner/slug or @owner/slug@version')
    .option('--files', 'list the files of the version')
    .addHelpText('after', `${EXITS}\n\nExamples:\n  skill info @acme/notes\n  skill info @acme/notes@1.2.0 --files\n  skill info @acme/notes --json`)
    .action((name: string, flags: CommonFlags & { files?: boolean }) => run(guarded(flags, () => show(name, flags))));

async function show(text: string, flags: CommonFlags & { files?: boolean }): Promise<number> {
  const { parseWanted } = await import('../../registry/client/names.ts');
  const { getSkill, getVersion, resolveVersion } = await import('../../registry/client/api.ts');
  const wanted = parseWanted(text);
  const now = await session(flags);
  if (wanted.version !== undefined || wanted.tag !== undefined) {
    const { owner, slug, version } = await resolveVersion(now.http, wanted);
    const record = await getVersion(now.http, { owner, slug, version });
    if (flags.json === true) await printJson(record);
    else await print(versionText(record, painter(flags), flags.files === true));
    return 0;
  }
  const detail = await getSkill(now.http, wanted);
  const shown = detail.latest ?? detail.versions[0]?.version;
  const record = shown === undefined ? undefined : await getVersion(now.http, { ...wanted, version: shown });
  if (flags.json === true) {
    await printJson({ ...detail, current: record ?? null });
    return 0;
  }
  const paint = painter(flags);
  await print(`${skillText(detail, paint)}\n${record === undefined ? '' : versionText(record, paint, flags.files === true)}`);
  return 0;
}

function skillText(detail: SkillDetail, paint: Paint): string {
  const tags = Object.entries(detail.tags)
    .map(([tag, version]) => `${tag}=${version}`)
    .join(' ');
  return [
    `${paint('bold', visible(`@${detail.owner}/${detail.slug}`))}  ${visible(detail.displayName)}${detail.visibility === undefined ? '' : paint('dim', `  ${visible(detail.visibility)}`)}`,
    ...wrap(detail.summary, columns()),
    ...(tags === '' ? [] : [paint('dim', visible(tags))]),
    '',
    table(
      detail.versions.map((one) => [
        one.version,
        one.state,
        one.decision ?? '-',
        `${one.publisher} (${one.level})`,
        dayText(one.servedAt ?? one.createdAt),
        one.state === 'served' ? '' : (one.reason?.split('\n', 1)[0] ?? ''),
      ]),
      paint,
      ['version', 'state', 'scan', 'publisher', 'date', 'why'],
    ),
  ].join('\n');
}

/** What a version can do, in the words of the reports. */
export function abilities(capability: Pick<Capability, 'entries'>, paint: Paint, indent = '  '): string[] {
  const rows = glance(capability as Capability);
  if (rows.length === 0) return [`${indent}nothing beyond instructions`];
  return rows.flatMap(({ title, items }) =>
    wrap(items.map((item) => item.text).join(', '), Math.max(30, columns() - indent.length - 15)).map(
      (line, index) => `${indent}${paint('cyan', (index === 0 ? title : '').padEnd(13))}  ${line}`,
    ),
  );
}

function versionText(record: VersionRecord, paint: Paint, files: boolean): string {
  const flag = flagText(record.flagged);
  const capability = record.capability as Pick<Capability, 'entries'> | null;
  const rows: [string, string][] = [
    ['state', record.state],
    ...(record.scan === null
      ? []
      : ([['scan', `${record.scan.decision}${record.scan.says === null ? '' : `: ${record.scan.says}`}`]] as [string, string][])),
    ['published', `${timeText(record.createdAt)} by ${record.publisher.handle} (${record.publisher.level})`],
    ...record.approvedBy.map((one): [string, string] => [
      'approved',
      `${timeText(one.at)} by ${one.handle}${one.solo ? ' (solo: the publisher)' : ''}${one.breakGlass ? ' (break-glass)' : ''}: ${one.reason}`,
    ]),
    ...(record.servedAt === null ? [] : ([['served', timeText(record.servedAt)]] as [string, string][])),
    ...(record.state === 'approved' && record.notBefore > Date.now()
      ? ([['cooldown', `until ${timeText(record.notBefore)}`]] as [string, string][])
      : []),
    ...(flag === undefined ? [] : ([['flagged', flag.replace(/^flagged: /, '')]] as [string, string][])),
    ['archive', `sha256:${record.archive.sha256}  ${record.archive.size} bytes, ${plural(record.files.length, 'file')}`],
    ['tree', record.tree],
    ...(record.attestations === null ? [] : ([['signed', `sha256:${record.attestations}`]] as [string, string][])),
  ];
  return [
    `${paint('bold', visible(`@${record.owner}/${record.slug}@${record.version}`))}`,
    ...rows.map(([label, value]) => `  ${paint('dim', label.padEnd(10))} ${cut(value, 2000)}`),
    ...(record.reason === null || record.state === 'served'
      ? []
      : [
          '',
          ...visibleLines(record.reason)
            .split('\n')
            .map((line) => `  ${line}`),
        ]),
    ...(capability === null || !Array.isArray(capability.entries) ? [] : ['', 'It can:', ...abilities(capability, paint)]),
    ...(files
      ? ['', 'Files:', ...record.files.map((file) => `  ${file.sha256.slice(0, 16)}  ${String(file.size).padStart(9)}  ${visible(file.path)}`)]
      : []),
    '',
  ].join('\n');
}
