/** What people decide about versions: approve, reject, yank, restore, deprecate, revoke; what waits for them (queue); what the rules of today would change (rescan). */
import { setTimeout } from 'node:timers/promises';
import { Command, Option } from 'commander';
import type { Decision } from '../../registry/client/api.ts';
import type { Decided, QueueItem, RescanReport } from '../../registry/client/wire.ts';
import { visible } from '../../scanner/report/escape.ts';
import { plural } from '../../scanner/report/glance.ts';
import { print } from '../tty.ts';
import {
  askYes,
  type CommonFlags,
  EXITS,
  guarded,
  type Paint,
  painter,
  printJson,
  type Run,
  session,
  tell,
  timeText,
  withOutput,
  withRegistry,
} from './common.ts';

interface DecideFlags extends CommonFlags {
  readonly reason?: string;
  readonly breakGlass?: boolean;
  readonly severity?: 'block' | 'warn';
  readonly replacement?: string;
  readonly message?: string;
  readonly undo?: boolean;
}

const verb = (name: string, summary: string, description: string): Command =>
  withOutput(withRegistry(new Command(name).summary(summary).description(description))).argument('<versions...>', '@owner/slug@version');

const examples = (command: Command, ...lines: string[]): Command =>
  command.addHelpText('after', `${EXITS}\n\nExamples:\n${lines.map((line) => `  skill ${line}`).join('\n')}`);

export const approve = (run: Run): Command =>
  examples(
    verb(
      'approve',
      'let a version be served',
      'Approves a version that waits for a review. The approval is bound to the bytes and the report that you are shown, and your reason is part of the signed release.',
    )
      .requiredOption('--reason <text>', 'why; kept for ever')
      .option('--break-glass', 'admins only: let through what a rule blocks; logged as an alarm')
      .option('-y, --yes', 'do not ask'),
    'approve @acme/notes@1.2.0 --reason "Read it; the new host is our own API"',
    'approve @acme/notes@1.2.0 --break-glass --reason "False alarm, ticket SEC-42, exception follows" --yes',
  ).action((names: string[], flags: DecideFlags) => run(guarded(flags, () => approving(names, flags))));

export const reject = (run: Run): Command =>
  examples(
    verb(
      'reject',
      'refuse a version for good',
      'Refuses a version that waits for a review. Its publisher is told why. The number stays taken.',
    ).requiredOption('--reason <text>', 'why; its publisher reads it'),
    'reject @acme/notes@1.2.0 --reason "Sends the notes to a host we do not know"',
  ).action((names: string[], flags: DecideFlags) => run(guarded(flags, () => decideAll(names, 'reject', { reason: flags.reason }, flags))));

export const yank = (run: Run): Command =>
  examples(
    verb(
      'yank',
      'withdraw a version',
      'Stops serving a version; it can be restored. Who has it installed sees it with `skill verify`.',
    ).requiredOption('--reason <text>', 'why'),
    'yank @acme/notes@1.2.0 --reason "Deletes drafts; 1.2.1 comes today"',
  ).action((names: string[], flags: DecideFlags) => run(guarded(flags, () => decideAll(names, 'yank', { reason: flags.reason }, flags))));

export const restore = (run: Run): Command =>
  examples(
    verb('restore', 'serve a yanked version again', 'Takes a yank back. A revoked version never comes back.').requiredOption(
      '--reason <text>',
      'why',
    ),
    'restore @acme/notes@1.2.0 --reason "It was the calendar after all"',
  ).action((names: string[], flags: DecideFlags) => run(guarded(flags, () => decideAll(names, 'restore', { reason: flags.reason }, flags))));

export const deprecate = (run: Run): Command =>
  examples(
    verb('deprecate', 'serve a version with a warning', 'Keeps serving a version and shows a warning to whoever installs or has it.')
      .option('--message <text>', 'the warning')
      .option('--replacement <skill>', 'what to use instead, such as @acme/notes@2.0.0')
      .option('--undo', 'take the warning back'),
    'deprecate @acme/notes@1.2.0 --message "Old API, ends in May" --replacement @acme/notes@2.0.0',
    'deprecate @acme/notes@1.2.0 --undo',
  ).action((names: string[], flags: DecideFlags) => run(guarded(flags, () => deprecating(names, flags))));

export const revoke = (run: Run): Command =>
  examples(
    verb(
      'revoke',
      'withdraw a version for cause, for ever',
      'Stops serving a version at once and for ever, with a signed statement that says why, and every other version with the very same files that you may revoke. There is no way back.',
    )
      .requiredOption('--reason <text>', 'why; signed and public to all who may read the skill')
      .addOption(new Option('--severity <severity>', 'what installed copies deserve').choices(['block', 'warn']).default('block'))
      .option('--replacement <skill>', 'what to use instead')
      .option('-y, --yes', 'do not ask'),
    'revoke @acme/notes@1.2.0 --reason "Its maintainer\'s account was taken over" --replacement @acme/notes@1.1.9',
  ).action((names: string[], flags: DecideFlags) => run(guarded(flags, () => revoking(names, flags))));

async function approving(names: readonly string[], flags: DecideFlags): Promise<number> {
  const { ClientError } = await import('../../registry/client/errors.ts');
  const { decide, getVersion } = await import('../../registry/client/api.ts');
  const { parseVersionName, versionText } = await import('../../registry/client/names.ts');
  const now = await session(flags);
  const results: Decided[] = [];
  for (const name of names.map(parseVersionName)) {
    const record = await getVersion(now.http, name);
    if (flags.json !== true)
      tell(
        [
          `${versionText(name)} by ${record.publisher.handle} (${record.publisher.level}), archive sha256:${record.archive.sha256}`,
          `scan: ${record.scan === null ? 'none' : `${record.scan.decision}${record.scan.says === null ? '' : `, ${record.scan.says}`}`}`,
          ...(record.reason === null ? [] : [record.reason]),
          ...growthLines(record.growth),
        ].join('\n'),
      );
    if (flags.yes !== true) {
      const answer = await askYes(`Approve ${versionText(name)}${flags.breakGlass === true ? ' although a rule blocks it' : ''}?`);
      if (answer === undefined) throw new ClientError('unasked', 'Nobody can be asked here: add --yes.');
      if (!answer) return 1;
    }
    const report = record.scan?.report ?? null;
    results.push(
      await decide(now.http, name, 'approve', {
        reason: flags.reason,
        ...(flags.breakGlass === true ? { breakGlass: true } : {}),
        // Bound to the report that was shown: a newer one has to be looked at again.
        ...(report === null ? {} : { report }),
      }),
    );
  }
  return conclude(results, flags, 'approved');
}

async function deprecating(names: readonly string[], flags: DecideFlags): Promise<number> {
  const { ClientError } = await import('../../registry/client/errors.ts');
  if (flags.undo === true) return decideAll(names, 'undeprecate', {}, flags);
  if (flags.message === undefined) throw new ClientError('usage', 'What should be said? Give --message, or --undo to take a warning back.');
  return decideAll(
    names,
    'deprecate',
    { message: flags.message, ...(flags.replacement === undefined ? {} : { replacement: flags.replacement }) },
    flags,
  );
}

async function revoking(names: readonly string[], flags: DecideFlags): Promise<number> {
  const { ClientError } = await import('../../registry/client/errors.ts');
  if (flags.yes !== true) {
    const answer = await askYes(`Revoke ${names.join(', ')} for ever?`);
    if (answer === undefined) throw new ClientError('unasked', 'A revocation is final. Nobody can be asked here: add --yes.');
    if (!answer) return 1;
  }
  return decideAll(
    names,
    'revoke',
    { reason: flags.reason, severity: flags.severity, ...(flags.replacement === undefined ? {} : { replacement: flags.replacement }) },
    flags,
  );
}

async function decideAll(names: readonly string[], decision: Decision, body: unknown, flags: DecideFlags): Promise<number> {
  const { decide } = await import('../../registry/client/api.ts');
  const { parseVersionName } = await import('../../registry/client/names.ts');
  const now = await session(flags);
  const results: Decided[] = [];
  for (const name of names.map(parseVersionName)) results.push(await decide(now.http, name, decision, body));
  return conclude(results, flags, decision);
}

async function conclude(results: readonly Decided[], flags: DecideFlags, decision: string): Promise<number> {
  if (flags.json === true) await printJson({ schema: 'skillward.decided.v1', decision, versions: results });
  else
    for (const one of results) {
      await print(
        `${visible(`@${one.owner}/${one.slug}@${one.version}`)}: ${one.state}${one.state === 'held' ? ' (not enough yet: skill queue says what is missing)' : ''}\n`,
      );
      for (const also of one.also ?? []) await print(`${visible(also)}: revoked with it, for its files are the very same\n`);
    }
  // One of two approvals: done here, and yet a person still has to look.
  return decision === 'approved' && results.some((one) => one.state === 'held') ? 3 : 0;
}

const growthLines = (growth: QueueItem['growth']): string[] =>
  growth === null
    ? []
    : [
        ...(growth.added.length === 0 ? [`it can do nothing that ${growth.against} cannot`] : [`beyond ${growth.against} it can:`]),
        ...growth.added.map((one) => `  + ${one.kind} ${one.key}`),
        ...growth.removed.map((one) => `  - ${one.kind} ${one.key}`),
      ];

export const queue = (run: Run): Command =>
  withOutput(
    withRegistry(
      new Command('queue')
        .summary('list versions that wait for you')
        .description('Lists versions that wait for your decision, and your own that are not served yet.'),
    ),
  )
    .addHelpText('after', `${EXITS}\n\nExamples:\n  skill queue\n  skill queue --json | jq '.forMe | length'`)
    .action((flags: CommonFlags) => run(guarded(flags, () => waiting(flags))));

async function waiting(flags: CommonFlags): Promise<number> {
  const { getQueue } = await import('../../registry/client/api.ts');
  const now = await session(flags);
  const found = await getQueue(now.http);
  if (flags.json === true) {
    await printJson(found);
    return 0;
  }
  const paint = painter(flags);
  const block = (title: string, items: readonly QueueItem[]): string =>
    items.length === 0 ? '' : `${paint('bold', title)}\n${items.map((item) => itemText(item, paint)).join('\n')}`;
  const text = [block('Waits for you', found.forMe), block('Yours', found.mine)].filter((part) => part !== '').join('\n');
  if (text === '') tell('Nothing waits.');
  else await print(text);
  return 0;
}

const itemText = (item: QueueItem, paint: Paint): string =>
  [
    `  ${paint('bold', visible(`@${item.owner}/${item.slug}@${item.version}`))}  ${item.state}  by ${visible(item.publisher)}, ${timeText(item.createdAt)}`,
    ...(item.reason === null ? [] : item.reason.split('\n').map((line) => `    ${visible(line)}`)),
    ...growthLines(item.growth).map((line) => `    ${visible(line)}`),
    ...item.approvals.map((one) => `    ${visible(`${one.decision} by ${one.handle}: ${one.reason}`)}`),
    ...(item.state === 'held'
      ? [paint('dim', `    needs ${item.needed} approval${item.needed === 1 ? '' : 's'}${item.breakGlass ? ', and an admin (break-glass)' : ''}`)]
      : []),
    ...(item.state === 'approved' && item.notBefore > Date.now() ? [paint('dim', `    cooldown until ${timeText(item.notBefore)}`)] : []),
    '',
  ].join('\n');

interface RescanFlags extends CommonFlags {
  readonly apply?: boolean;
  readonly wait?: boolean;
  readonly show?: string;
}

export const rescan = (run: Run): Command =>
  withOutput(
    withRegistry(
      new Command('rescan')
        .summary('say what the rules of today would change, and apply it')
        .description(
          'Has the registry scan everything that it serves with the rules and the policy of today, and waits for the report. Without --apply nothing is changed. It goes on at the registry if you do not wait.',
        ),
    ),
  )
    .argument('[versions...]', 'instead: have these held versions, whose scan failed, scanned again')
    .option('--apply', 'flag or revoke, as the policy says')
    .option('--no-wait', 'begin it and print its id')
    .option('--show <id>', 'show one that was begun before; "latest" for the newest, also one that the registry began itself')
    .addHelpText(
      'after',
      `${EXITS}\n\nExamples:\n  skill rescan\n  skill rescan --apply --json\n  skill rescan --no-wait\n  skill rescan --show latest\n  skill rescan @acme/notes@1.2.0`,
    )
    .action((names: string[], flags: RescanFlags) =>
      run(guarded(flags, () => (names.length > 0 ? decideAll(names, 'retry', {}, flags) : rescanning(flags)))),
    );

/** Milliseconds between two questions about a rescan. */
const poll = { first: 500, last: 5000 } as const;

async function rescanning(flags: RescanFlags): Promise<number> {
  const { getRescan, startRescan } = await import('../../registry/client/api.ts');
  const { http } = await session(flags);
  let report = flags.show === undefined ? await startRescan(http, flags.apply === true) : await getRescan(http, flags.show);
  if (flags.wait === false) {
    if (flags.json === true) await printJson(report);
    else await print(`${visible(report.id)}: ${rescanText(report)}\n`);
    return 0;
  }
  let said = '';
  for (let pause: number = poll.first; report.state === 'running'; pause = Math.min(poll.last, pause * 1.5)) {
    const says = rescanText(report);
    if (flags.json !== true && says !== said) tell(`${says}${said === '' ? `; see it later with: skill rescan --show ${report.id}` : ''}`);
    said = says;
    await setTimeout(pause);
    report = await getRescan(http, report.id);
  }
  if (flags.json === true) await printJson(report);
  else {
    const paint = painter(flags);
    for (const one of report.changes) {
      await print(`${paint('bold', visible(one.ref))}: ${visible(`${one.was ?? 'not scanned'} -> ${one.now}, ${actionText(report, one.action)}`)}\n`);
      for (const finding of one.findings) await print(`  ${visible(finding)}\n`);
    }
    for (const one of report.failures) await print(`${paint('red', visible(one.ref))}: ${visible(one.says)}\n`);
    await print(`${rescanText(report)}\n`);
  }
  return report.state === 'failed' ? 2 : report.failures.length > 0 ? 3 : 0;
}

const actionText = ({ does }: RescanReport, action: string): string =>
  does === 'apply' || action === 'none'
    ? action
    : does === 'flag'
      ? `flagged${action === 'flag' ? '' : `; --apply would ${action}`}`
      : `would ${action}`;

function rescanText(report: RescanReport): string {
  if (report.state === 'running') return report.versions === null ? 'The rescan begins' : `${report.scanned} of ${report.versions} versions scanned`;
  const found = `${report.changes.length} change, ${report.failures.length} could not be scanned; rules ${visible(report.ruleset ?? 'unknown')}`;
  return report.state === 'failed'
    ? `The rescan was given up after ${report.scanned} versions: ${visible(report.says ?? '')}`
    : `${plural(report.versions ?? 0, 'version')}, ${found}`;
}
