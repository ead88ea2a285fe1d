/** `skill install` and `skill update`: verify whole, show what it can do, ask when that grows, then write everything in one step. */
import { Command } from 'commander';
import { flagText } from '../../registry/client/flagged.ts';
import type { Lock } from '../../registry/client/lock.ts';
import type { Session } from '../../registry/client/session.ts';
import type { Context, Plan, PlanOptions } from '../../registry/client/skills.ts';
import type { Site } from '../../registry/client/targets.ts';
import { visible } from '../../scanner/report/escape.ts';
import { print } from '../tty.ts';
import {
  askKeys,
  askYes,
  canAsk,
  EXITS,
  guarded,
  type Paint,
  painter,
  printJson,
  type Run,
  session,
  show,
  tell,
  withKeys,
  withOutput,
  withRegistry,
} from './common.ts';
import { abilities } from './search.ts';
import { siteAndLock, type TargetFlags, withAgents, withSite } from './targets.ts';

interface InstallFlags extends TargetFlags {
  readonly frozen?: boolean;
  readonly acceptGrowth?: boolean;
  readonly allowSignerChange?: boolean;
  readonly allowDowngrade?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly requireLevel?: string;
  readonly solo: boolean;
  readonly breakGlass: boolean;
}

const withConsent = (command: Command): Command =>
  command
    .option('-y, --yes', 'do not ask; refuses where a skill can do more than the installed version')
    .option('--accept-growth', 'accept that a skill can do more than the installed version')
    .option('--allow-signer-change', 'accept another publisher or publisher key than before')
    .option('--force', 'replace folders that were changed or that skill did not install')
    .option('--require-level <level>', 'lowest publisher level: L1, or L2 (signed by its publisher)')
    .option('--no-solo', 'refuse what its own publisher approved')
    .option('--no-break-glass', 'refuse what a rule blocks and an admin let through')
    .option('-n, --dry-run', 'show what would be done');

export const install = (run: Run): Command =>
  withOutput(
    withConsent(
      withSite(
        withAgents(
          withKeys(
            withRegistry(
              new Command('install')
                .summary('install skills whose every byte is verified')
                .description(
                  'Downloads skills, checks every digest and signature against the pinned keys of the registry, shows what they can do, and installs them atomically: an interrupted install leaves the old version. Writes skills.lock.json. Without names it installs exactly what the lock says.',
                ),
            ),
          ),
        ),
      ),
    ),
  )
    .argument('[skills...]', '@owner/slug, @owner/slug@1.2.0 or @owner/slug@tag')
    .option('--frozen', 'install exactly what the lock says, or fail')
    .option('--allow-downgrade', 'accept that the newest version is older than the installed one')
    .addHelpText(
      'after',
      `${EXITS}

Examples:
  skill install @acme/notes --agent claude
  skill install @acme/notes@1.2.0 @acme/calendar --agent openclaw --agent codex
  skill install --global --agent claude @acme/notes
  skill install --frozen                       in a build: the lock, nothing else
  skill install @acme/notes --dir vendor/skills --yes`,
    )
    .action((names: string[], flags: InstallFlags) => run(guarded(flags, () => installing(names, flags))));

export const update = (run: Run): Command =>
  withOutput(
    withConsent(
      withSite(
        withKeys(
          withRegistry(
            new Command('update')
              .summary('bring installed skills up to date')
              .description(
                'Installs the newest version of every locked skill, or of those named, where they are. What an update can do beyond the installed version is shown and asked about.',
              ),
          ),
        ),
      ),
    ),
  )
    .argument('[skills...]', '@owner/slug')
    .option('--allow-downgrade', 'accept that the newest version is older than the installed one')
    .addHelpText('after', `${EXITS}\n\nExamples:\n  skill update\n  skill update @acme/notes --yes\n  skill update --dry-run --json`)
    .action((names: string[], flags: InstallFlags) => run(guarded(flags, () => updating(names, flags))));

async function installing(names: readonly string[], flags: InstallFlags): Promise<number> {
  const { ClientError } = await import('../../registry/client/errors.ts');
  const { parseWanted } = await import('../../registry/client/names.ts');
  const { lockedNames } = await import('../../registry/client/skills.ts');
  const { site, lock } = await siteAndLock(flags);
  const frozen = flags.frozen === true || names.length === 0;
  if (frozen && lock === undefined)
    throw new ClientError(
      flags.frozen === true ? 'mismatch' : 'usage',
      `There is no lock at ${site.lockPath}. ${flags.frozen === true ? '--frozen installs nothing without one.' : 'Name a skill: skill install @owner/slug.'}`,
    );
  if (frozen && flags.agent !== undefined)
    throw new ClientError('usage', 'The lock says where skills go; --agent goes with a name: skill install @owner/slug --agent claude.');
  const wanted = names.length > 0 ? names.map(parseWanted) : lockedNames(lock!);
  return installAll(site, lock, wanted, { ...flags, frozen });
}

async function updating(names: readonly string[], flags: InstallFlags): Promise<number> {
  const { ClientError } = await import('../../registry/client/errors.ts');
  const { nameText, parseWanted } = await import('../../registry/client/names.ts');
  const { lockedNames } = await import('../../registry/client/skills.ts');
  const { site, lock } = await siteAndLock(flags);
  if (lock === undefined)
    throw new ClientError('usage', `There is no lock at ${site.lockPath}: nothing is installed there. Try --global or another folder.`);
  const wanted = names.length > 0 ? names.map(parseWanted) : lockedNames(lock);
  for (const name of wanted)
    if (!Object.hasOwn(lock.skills, nameText(name)))
      throw new ClientError('usage', `${nameText(name)} is not installed here. Install it: skill install ${nameText(name)}.`);
  return installAll(site, lock, wanted, { ...flags, frozen: false });
}

async function installAll(
  site: Site,
  lock: Lock | undefined,
  wanted: readonly import('../../registry/client/names.ts').WantedName[],
  flags: InstallFlags,
): Promise<number> {
  const { ClientError } = await import('../../registry/client/errors.ts');
  const { trustFor } = await import('../../registry/client/session.ts');
  const { applyPlans, planInstall } = await import('../../registry/client/skills.ts');
  const { nameText } = await import('../../registry/client/names.ts');
  if (flags.requireLevel !== undefined && flags.requireLevel !== 'L1' && flags.requireLevel !== 'L2')
    throw new ClientError('usage', `--require-level ${flags.requireLevel}: expected L1 or L2.`);
  const now = await session(flags, lock?.registry.url);
  // --yes is about what skills can do; whose signatures are believed is another question.
  const trust = await trustFor(now, { lock, adopt: flags.frozen !== true, confirm: askKeys({}) });
  const context = { session: now, trust, site, cwd: process.cwd() };
  const options: PlanOptions = {
    ...flags,
    accept: {
      allowSolo: flags.solo,
      allowBreakGlass: flags.breakGlass,
      ...(flags.requireLevel === undefined ? {} : { minLevel: flags.requireLevel as 'L1' | 'L2' }),
    },
  };
  const plans: Plan[] = [];
  const seen = new Set<string>();
  for (const name of wanted) {
    if (seen.has(nameText(name))) throw new ClientError('usage', `${nameText(name)} was named twice.`);
    seen.add(nameText(name));
    plans.push(await planInstall(context, lock, name, options));
  }
  const looked = await lookAgain(context, plans, flags);
  const paint = painter(flags, process.stderr);
  const todo = plans.filter(isChange);
  for (const plan of todo) show(planText(plan, paint));
  if (flags.dryRun === true) {
    await report(flags, site, plans, [], looked);
    return 0;
  }
  await consent(todo, flags);
  const written = await applyPlans(context, plans, options);
  if (written.length > 0) await tellInstalled(now, todo);
  await report(flags, site, plans, written, looked);
  return 0;
}

interface Looked {
  /** Warnings by skill. */
  readonly notes: ReadonlyMap<Plan, readonly string[]>;
  readonly asked: boolean;
}

/** Of a frozen install, what the registry says now of what is in place already. */
async function lookAgain(context: Context, plans: readonly Plan[], flags: InstallFlags): Promise<Looked> {
  const inPlace = plans.filter((plan) => plan.fetched === undefined);
  if (flags.frozen !== true || inPlace.length === 0) return { notes: new Map(), asked: true };
  const { standings } = await import('../../registry/client/standing.ts');
  const { hexOf } = await import('../../registry/client/lock.ts');
  const { session: now, trust } = context;
  const { notes, unasked } = await standings(
    { http: now.http, places: now.places, trust },
    inPlace.map(({ name, after }) => ({ name: { owner: name.owner, slug: name.slug, version: after.version }, archiveSha256: hexOf(after.archive) })),
  );
  for (const note of notes.flat()) tell(`warning: ${note}`);
  if (unasked !== undefined) tell(`warning: whether what is in place was revoked since could not be asked: ${unasked}`);
  return { notes: new Map(inPlace.map((plan, index) => [plan, notes[index] ?? []])), asked: unasked === undefined };
}

/** Throws unless a person here, or a flag, said yes to what the plans would do. */
async function consent(plans: readonly Plan[], flags: InstallFlags): Promise<void> {
  const { ClientError } = await import('../../registry/client/errors.ts');
  const { nameText } = await import('../../registry/client/names.ts');
  if (flags.frozen === true || plans.length === 0) return;
  const grown = plans.filter((plan) => plan.before !== undefined && (plan.grown?.added.length ?? 0) > 0);
  const names = grown.map((plan) => nameText(plan.name)).join(', ');
  if (grown.length > 0 && flags.acceptGrowth !== true) {
    if (flags.yes === true || !canAsk())
      throw new ClientError('growth', `${names} can do more than the installed version (marked + above). If that is meant, add --accept-growth.`);
    if ((await askYes(`${names} can do more than before. Accept?`)) !== true) throw new ClientError('growth', 'Nothing was installed.');
    return;
  }
  if (flags.yes === true || (flags.acceptGrowth === true && grown.length === plans.length)) return;
  const answer = await askYes(`Install ${plans.length === 1 ? 'it' : `these ${plans.length}`}?`);
  if (answer === undefined)
    throw new ClientError('unasked', 'Nobody can be asked here whether the abilities above are acceptable. Add --yes if they are.');
  if (!answer) throw new ClientError('growth', 'Nothing was installed.');
}

function planText(plan: Plan, paint: Paint): string {
  const { after, before, fetched, grown } = plan;
  const lines = [
    `${paint('bold', `@${plan.name.owner}/${plan.name.slug}`)} ${before === undefined || before.version === after.version ? after.version : `${before.version} -> ${after.version}`}`,
  ];
  if (fetched !== undefined) {
    const { release, record } = fetched;
    const people = after.approvedBy.length === 0 ? 'no approval needed' : `approved by ${after.approvedBy.join(', ')}`;
    lines.push(
      `  published by ${visible(after.publisher.handle)} (${after.publisher.level}), scan ${release.scan.verdict.decision}, ${visible(people)}${release.solo ? ', solo' : ''}${release.breakGlass ? ', BREAK-GLASS' : ''}`,
    );
    if (record.state === 'deprecated') lines.push(`  DEPRECATED${record.reason === null ? '' : `: ${visible(record.reason)}`}`);
    const flag = flagText(record.flagged);
    if (flag !== undefined) lines.push(`  ${paint('yellow', visible(flag).replace(/^flagged/, 'FLAGGED'))}`);
    if (before === undefined) lines.push('  It can:', ...abilities(fetched.capability, paint, '    '));
    else if (grown !== undefined && grown.added.length > 0)
      lines.push('  Beyond the installed version it can:', ...abilities({ entries: grown.added }, paint, '  + '));
    else lines.push('  It can do nothing that the installed version cannot.');
    if (before !== undefined && grown !== undefined && grown.removed.length > 0)
      lines.push('  No longer:', ...abilities({ entries: grown.removed }, paint, '  - '));
  }
  for (const place of plan.places) lines.push(`  -> ${visible(place)}`);
  return lines.join('\n');
}

/**
 * Tells the registry what was installed, so that it knows whom a revocation reaches. Only the registry it came from, only with a token, and never a reason to fail.
 * CLAWHUB_DISABLE_TELEMETRY=1 leaves it out, as it does for ClawHub's own clients.
 */
async function tellInstalled(now: Session, plans: readonly Plan[]): Promise<void> {
  if (!now.http.hasToken || now.env['CLAWHUB_DISABLE_TELEMETRY'] === '1') return;
  const { ClientError } = await import('../../registry/client/errors.ts');
  for (const { name, after } of plans)
    try {
      await now.http.json('POST', '/api/cli/telemetry/install', {
        body: { event: 'install', slug: name.slug, ownerHandle: name.owner, version: after.version },
        timeoutMs: 3000,
      });
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      return;
    }
}

async function report(flags: InstallFlags, site: Site, plans: readonly Plan[], written: readonly string[], looked: Looked): Promise<void> {
  const { nameText } = await import('../../registry/client/names.ts');
  if (flags.json === true) {
    await printJson({
      schema: 'skillward.install.v1',
      lock: site.lockPath,
      dryRun: flags.dryRun === true,
      asked: looked.asked,
      skills: plans.map((plan) => ({
        name: nameText(plan.name),
        version: plan.after.version,
        before: plan.before?.version ?? null,
        changed: isChange(plan),
        archive: plan.after.archive,
        bundle: plan.after.bundle,
        publisher: plan.after.publisher,
        approvedBy: plan.after.approvedBy,
        flagged: plan.fetched?.record.flagged ?? null,
        notes: looked.notes.get(plan) ?? [],
        installedAs: plan.after.installedAs,
        added: plan.before === undefined ? [] : (plan.grown?.added ?? []).map(({ kind, key }) => `${kind}:${key}`),
        removed: (plan.grown?.removed ?? []).map(({ kind, key }) => `${kind}:${key}`),
      })),
      written,
    });
    return;
  }
  // A version can move without a file: the newer one may hold the same bytes, and then only the lock changes.
  const moved = plans.filter((plan) => plan.places.length === 0 && isChange(plan)).map(movedText);
  if (flags.dryRun === true) tell('Nothing was written (--dry-run).');
  else if (written.length === 0 && moved.length === 0) await print('Everything is up to date.\n');
  else await print([...moved, ...written].map((line) => `${visible(line)}\n`).join(''));
}

const isChange = (plan: Plan): boolean => plan.places.length > 0 || JSON.stringify(plan.before) !== JSON.stringify(plan.after);

/** What became of a skill whose folders stay as they are. */
function movedText({ name, before, after }: Plan): string {
  const from = before === undefined || before.version === after.version ? '' : `${before.version} -> `;
  return `@${name.owner}/${name.slug} ${from}${after.version}: the same files; what the lock says of it changed`;
}
