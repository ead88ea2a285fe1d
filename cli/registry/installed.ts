/** `skill list`, `outdated`, `verify`, `uninstall`: what is installed, whether it is still what was released, and away with it. */
import { Command } from 'commander';
import { visible } from '../../scanner/report/escape.ts';
import { print } from '../tty.ts';
import { askYes, EXITS, guarded, painter, printJson, type Run, session, table, tell, withKeys, withOutput, withRegistry } from './common.ts';
import { siteAndLock, type TargetFlags, withSite } from './targets.ts';

export const list = (run: Run): Command =>
  withOutput(
    withSite(
      new Command('list')
        .summary('list installed skills')
        .description('Lists what the lock says is installed, and whether the folders still hold it. Needs no network.'),
    ),
  )
    .addHelpText('after', `${EXITS}\n\nExamples:\n  skill list\n  skill list --global --json`)
    .action((flags: TargetFlags) => run(guarded(flags, () => listing(flags))));

async function listing(flags: TargetFlags): Promise<number> {
  const { folderStates } = await import('../../registry/client/check.ts');
  const { site, lock } = await siteAndLock(flags);
  const rows = [];
  for (const [name, locked] of Object.entries(lock?.skills ?? {})) rows.push({ name, locked, folders: await folderStates(site, locked) });
  if (flags.json === true) {
    await printJson({
      schema: 'skillward.list.v1',
      lock: site.lockPath,
      registry: lock?.registry ?? null,
      skills: rows.map(({ name, locked, folders }) => ({ name, ...locked, folders: folders.map(({ folder, state }) => ({ folder, state })) })),
    });
    return 0;
  }
  if (rows.length === 0) {
    tell(`Nothing is installed by ${site.lockPath}.`);
    return 0;
  }
  await print(
    table(
      rows.flatMap(({ name, locked, folders }) =>
        folders.map(({ place, state }, index) =>
          index === 0 ? [name, locked.version, locked.publisher.level, state, place] : ['', '', '', state, place],
        ),
      ),
      painter(flags),
      ['skill', 'version', 'level', 'files', 'folder'],
    ),
  );
  return 0;
}

export const outdated = (run: Run): Command =>
  withOutput(
    withSite(
      withRegistry(
        new Command('outdated')
          .summary('list installed skills that have a newer version')
          .description('Asks the registry about every locked skill. Exit code 1 if one has a newer version or was withdrawn.'),
      ),
    ),
  )
    .option('--all', 'also those that are up to date')
    .addHelpText('after', `${EXITS}\n\nExamples:\n  skill outdated\n  skill outdated --json`)
    .action((flags: TargetFlags & { all?: boolean }) => run(guarded(flags, () => comparing(flags))));

async function comparing(flags: TargetFlags & { all?: boolean }): Promise<number> {
  const { compareAll } = await import('../../registry/client/check.ts');
  const { site, lock } = await siteAndLock(flags);
  const rows = lock === undefined ? [] : await compareAll((await session(flags, lock.registry.url)).http, lock);
  const behind = rows.filter((row) => row.state === 'outdated' || row.state === 'withdrawn');
  if (flags.json === true)
    await printJson({ schema: 'skillward.outdated.v1', lock: site.lockPath, skills: rows.map((row) => ({ ...row, latest: row.latest ?? null })) });
  else {
    const shown = flags.all === true ? rows : rows.filter((row) => row.state !== 'current' || row.says !== '');
    if (rows.length === 0) tell(`Nothing is installed by ${site.lockPath}.`);
    else if (shown.length === 0) tell('Everything is up to date.');
    else
      await print(
        table(
          shown.map((row) => [row.name, row.installed, row.latest ?? '-', row.state, row.says]),
          painter(flags),
          ['skill', 'installed', 'newest', 'state', ''],
        ),
      );
  }
  return behind.length > 0 ? 1 : 0;
}

export const verify = (run: Run): Command =>
  withOutput(
    withSite(
      withKeys(
        withRegistry(
          new Command('verify')
            .summary('check installed skills against the lock and their signatures')
            .description(
              'Hashes every installed file, checks the signed release of every skill with the pinned keys, compares both with the lock, and asks the registry whether a version was withdrawn. With --offline it uses the cache alone. Exit code 4 if anything does not fit.',
            ),
        ),
      ),
    ),
  )
    .argument('[skills...]', '@owner/slug (default: all)')
    .option('--offline', 'do not ask the network')
    .option('--strict', 'also fail on skill folders beside the installed ones that the lock does not know')
    .option(
      '--frozen',
      'fail on any difference between lock, folders and signatures: also without a lock, and on a skill that any agent would find here',
    )
    .addHelpText(
      'after',
      `${EXITS}\n\nExamples:\n  skill verify\n  skill verify --offline --global\n  skill verify --frozen                 in a build, after skill install --frozen\n  skill verify --strict --json          in a scheduled job`,
    )
    .action((names: string[], flags: VerifyFlags) => run(guarded(flags, () => verifying(names, flags))));

interface VerifyFlags extends TargetFlags {
  readonly offline?: boolean;
  readonly strict?: boolean;
  readonly frozen?: boolean;
}

async function verifying(names: readonly string[], flags: VerifyFlags): Promise<number> {
  const { ClientError } = await import('../../registry/client/errors.ts');
  const { checkAll, unmanaged } = await import('../../registry/client/check.ts');
  const { nameText, parseWanted } = await import('../../registry/client/names.ts');
  const { trustFor } = await import('../../registry/client/session.ts');
  const { site, lock } = await siteAndLock(flags);
  const frozen = flags.frozen === true;
  if (frozen && names.length > 0) throw new ClientError('usage', '--frozen is about the whole lock; leave the names out.');
  if (lock === undefined) throw new ClientError(frozen ? 'mismatch' : 'usage', `There is no lock at ${site.lockPath}: nothing to verify.`);
  const strict = frozen || flags.strict === true;
  const wanted = names.map(parseWanted);
  for (const name of wanted)
    if (!Object.hasOwn(lock.skills, nameText(name))) throw new ClientError('usage', `${nameText(name)} is not in ${site.lockPath}.`);
  const now = await session(flags, lock.registry.url);
  const offline = flags.offline === true;
  // Verifying trusts nobody new: what is not pinned has to be in the lock. Where nothing is locked there is nobody to trust.
  const trust = async () => trustFor(now, { lock, offline, confirm: async () => false });
  const results =
    Object.keys(lock.skills).length === 0
      ? []
      : await checkAll({ places: now.places, site, trust: await trust(), http: offline ? undefined : now.http }, lock, wanted);
  const strangers = await unmanaged(site, lock, frozen ? now.env : undefined);
  const bad = results.filter((result) => !result.ok);
  if (flags.json === true)
    await printJson({
      schema: 'skillward.verify.v1',
      lock: site.lockPath,
      offline,
      frozen,
      ok: bad.length === 0 && (!strict || strangers.length === 0),
      skills: results.map(({ name, version, ok, problems, notes, now: state, revoked, folders, signature }) => ({
        name,
        version,
        ok,
        problems,
        notes,
        state: state ?? null,
        revoked:
          revoked === undefined
            ? null
            : {
                at: revoked.revokedAt,
                by: revoked.revokedBy.handle,
                severity: revoked.severity,
                reason: revoked.reason,
                replacement: revoked.replacement ?? null,
              },
        signature: signature.ok
          ? {
              ok: true,
              keyid: signature.release.keyid,
              solo: signature.release.solo,
              breakGlass: signature.release.breakGlass,
              releasedAt: signature.release.releasedAt,
            }
          : { ok: false, says: signature.says },
        folders: folders.map(({ folder, state: folderState, differences }) => ({ folder, state: folderState, differences })),
      })),
      unmanaged: strangers,
    });
  else {
    const paint = painter(flags);
    for (const { name, version, ok, problems, notes } of results) {
      await print(`${ok ? paint('green', 'ok  ') : paint('red', 'BAD ')} ${visible(`${name}@${version}`)}\n`);
      for (const problem of problems) await print(`       ${visible(problem)}\n`);
      for (const note of notes) await print(`       note: ${visible(note)}\n`);
    }
    if (results.length === 0 && strangers.length === 0) tell(`Nothing is installed by ${site.lockPath}.`);
    for (const folder of strangers) await print(`${strict ? paint('red', 'BAD ') : paint('yellow', '?   ')} ${visible(folder)} is not in the lock\n`);
  }
  return bad.length > 0 || (strict && strangers.length > 0) ? 4 : 0;
}

export const uninstall = (run: Run): Command =>
  withOutput(
    withSite(
      new Command('uninstall')
        .summary('remove installed skills')
        .description('Removes the folders of skills and their entries in the lock, in one step. Needs no network.'),
    ),
  )
    .argument('<skills...>', '@owner/slug')
    .option('-y, --yes', 'do not ask')
    .option('--force', 'also remove folders that were changed')
    .addHelpText('after', `${EXITS}\n\nExamples:\n  skill uninstall @acme/notes\n  skill uninstall @acme/notes --global --yes`)
    .action((names: string[], flags: TargetFlags & { force?: boolean }) => run(guarded(flags, () => removing(names, flags))));

async function removing(texts: readonly string[], flags: TargetFlags & { force?: boolean }): Promise<number> {
  const { ClientError } = await import('../../registry/client/errors.ts');
  const { nameText, parseWanted } = await import('../../registry/client/names.ts');
  const { placesOf } = await import('../../registry/client/places.ts');
  const { uninstall: remove } = await import('../../registry/client/skills.ts');
  const { site, lock } = await siteAndLock(flags);
  const names = texts.map(parseWanted);
  const folders = names.flatMap((name) => lock?.skills[nameText(name)]?.installedAs ?? []);
  if (flags.yes !== true && folders.length > 0) {
    const answer = await askYes(`Remove ${folders.join(', ')}?`);
    if (answer === undefined) throw new ClientError('unasked', `This would remove ${folders.join(', ')}. Nobody can be asked here: add --yes.`);
    if (!answer) return 1;
  }
  const removed = await remove({ places: placesOf() }, site, names, flags);
  if (flags.json === true) await printJson({ schema: 'skillward.uninstall.v1', lock: site.lockPath, skills: names.map(nameText), removed });
  else for (const folder of removed) await print(`${visible(folder)}\n`);
  return 0;
}
