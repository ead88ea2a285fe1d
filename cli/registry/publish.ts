/** `skill publish`: scan here, show it, sign it, send it, say what became of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import type { Prepared } from '../../registry/client/publish.ts';
import type { Session } from '../../registry/client/session.ts';
import type { VersionRecord } from '../../registry/client/wire.ts';
import type { Report } from '../../scanner/model.ts';
import { visible } from '../../scanner/report/escape.ts';
import { plural, size } from '../../scanner/report/glance.ts';
import { columns, print, wantsColor } from '../tty.ts';
import { askYes, EXITS, guarded, many, printJson, type Run, session, tell, withKeys, withOutput, withRegistry } from './common.ts';
import { mayPrepare, planSigning, type SigningFlags, signRelease } from './signing.ts';

interface PublishFlags extends SigningFlags {
  readonly owner?: string;
  readonly slug?: string;
  readonly version?: string;
  readonly name?: string;
  readonly changelog?: string;
  readonly tag?: string[];
  readonly topic?: string[];
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly verbose?: boolean;
  readonly wait: boolean;
}

export const publish = (run: Run): Command =>
  withOutput(
    withKeys(
      withRegistry(
        new Command('publish')
          .summary('scan, sign and upload a skill')
          .description(
            "Packs a folder, scans exactly what would be sent and shows the result, signs it with your publisher key (level L2), uploads it and waits for the registry's decision. The first time it makes that key and registers it, after asking. What a rule blocks is not sent.",
          ),
      ),
    ),
  )
    .argument('[folder]', 'the skill', '.')
    .option('--owner <handle>', 'namespace to publish in (default: your own)')
    .option('--slug <slug>', 'name in the registry (default: the name in SKILL.md)')
    .option('--version <version>', 'version (default: the one in SKILL.md)')
    .option('--name <text>', 'name to display')
    .option('-m, --changelog <text>', 'what is new')
    .addOption(new Option('--tag <tag>', 'tag for this version; may be repeated').argParser(many))
    .addOption(new Option('--topic <topic>', 'topic of the skill; may be repeated').argParser(many))
    .option('--key <file>', 'publisher key (else SKILL_PUBLISHER_KEY_FILE, else the one of `skill key create`)')
    .option('--no-sign', 'publish without your signature: level L1, on the word of the registry that it was you')
    .option('-v, --verbose', 'the whole scan, also what is only listed')
    .option('--force', 'send even what a rule blocks; the registry decides')
    .option('--no-wait', "do not wait for the registry's decision")
    .option('-y, --yes', 'do not ask; makes and registers a publisher key if you have none at all')
    .option('-n, --dry-run', 'scan and show, send nothing')
    .addHelpText(
      'after',
      `${EXITS}
  With --dry-run: 1 block, 3 review or incomplete.

Examples:
  skill publish ./my-skill
  skill publish --version 1.2.0 -m "Reads calendars of several accounts" --yes
  skill publish --dry-run --json
  skill publish ./my-skill --owner acme --tag beta`,
    )
    .action((folder: string, flags: PublishFlags) => run(guarded(flags, () => publishing(folder, flags))));

async function publishing(folder: string, flags: PublishFlags): Promise<number> {
  const { ClientError } = await import('../../registry/client/errors.ts');
  const { getRegistry, publish: send } = await import('../../registry/client/api.ts');
  const { whoAmI } = await import('../../registry/client/login.ts');
  const { prepare, scanLocally, servedCapability, sourceOf } = await import('../../registry/client/publish.ts');
  const now = await session(flags);
  if (!now.http.hasToken)
    throw new ClientError('unauthorized', `Publishing needs a token. Log in with \`skill login --registry ${now.chosen.base}\`, or set SKILL_TOKEN.`);
  const owner = (flags.owner?.replace(/^@/, '') ?? (await whoAmI(now.http)).user.handle).toLowerCase();
  const prepared = await prepare(folder, {
    owner,
    ...(flags.slug === undefined ? {} : { slug: flags.slug }),
    ...(flags.version === undefined ? {} : { version: flags.version }),
  });
  const registry = await getRegistry(now.http);
  const { report, policy, same } = await scanLocally(prepared, registry, await servedCapability(now.http, prepared.name));
  const { decision } = report.verdict;
  if (flags.json !== true)
    await showScan(
      prepared,
      report,
      flags,
      same ? undefined : `The registry's own policy (${registry.policy.scan}) is not known here; this is by ${policy}.`,
    );

  if (flags.dryRun === true) {
    if (flags.json === true) await printJson({ schema: 'skillward.publish.v1', dryRun: true, ...summary(prepared), report });
    else tell('Nothing was sent (--dry-run).');
    return decision === 'pass' ? 0 : decision === 'block' ? 1 : 3;
  }
  if (decision === 'block' && flags.force !== true)
    throw new ClientError(
      'refused',
      `A rule blocks ${prepared.name.slug}; nothing was sent. Mend what it names, or add --force to let the registry decide.`,
    );
  const signing = await planSigning(now, prepared, flags);
  if (signing !== undefined && !(await mayPrepare(signing, now, flags))) return 1;
  if (signing === undefined && !prepared.ownBundle && flags.json !== true) tell('note: not signed by you (--no-sign): level L1.');
  if (flags.yes !== true) {
    const words = decision === 'pass' ? '' : ` (it will ${decision === 'block' ? 'probably be refused' : 'wait for a review'})`;
    const answer = await askYes(`Send @${owner}/${prepared.name.slug}@${prepared.name.version} to ${now.chosen.base}${words}?`);
    if (answer === undefined) throw new ClientError('unasked', 'Nobody can be asked here whether to send it: add --yes.');
    if (!answer) return 1;
  }
  const source = await sourceOf(folder);
  const signed = signing === undefined ? undefined : await signRelease(signing, now, prepared, registry.id, source);
  const result = await send(
    now.http,
    {
      slug: prepared.name.slug,
      version: prepared.name.version,
      ownerHandle: owner,
      ...(flags.name === undefined ? {} : { displayName: flags.name }),
      ...(flags.changelog === undefined ? {} : { changelog: flags.changelog }),
      ...(flags.tag === undefined ? {} : { tags: flags.tag }),
      ...(flags.topic === undefined ? {} : { topics: flags.topic }),
      ...(source === undefined ? {} : { source }),
    },
    prepared.files,
    signed?.bundle,
  );
  const told = new Set(prepared.spec.map((problem) => `${problem.path}:${problem.line}: ${problem.says}`));
  for (const warning of result.warnings) if (flags.json !== true && !told.has(warning)) tell(`note: ${warning}`);
  const settled = flags.wait && (result.state === 'quarantined' || result.state === 'approved') ? await settle(now, result.versionId) : undefined;
  const state = settled?.state ?? result.state;
  const reason = settled?.reason ?? result.reason;
  if (flags.json === true)
    await printJson({
      schema: 'skillward.publish.v1',
      dryRun: false,
      ...summary(prepared),
      attempt: result.versionId,
      state,
      reason,
      repeated: result.repeated,
      signed: signed !== undefined || prepared.ownBundle,
      keyid: signed?.keyid ?? null,
      warnings: result.warnings,
    });
  else
    await print(
      `${visible(`@${owner}/${prepared.name.slug}@${prepared.name.version}`)}: ${words(state)}${result.repeated ? ' (it had been published before; nothing changed)' : ''}\n`,
    );
  if (flags.json !== true && reason !== null && state !== 'served') tell(reason);
  if (state === 'refused' || state === 'revoked' || state === 'yanked') return 1;
  return state === 'held' || state === 'quarantined' ? 3 : 0;
}

const words = (state: string): string =>
  ({
    quarantined: 'taken into quarantine, not decided yet',
    held: 'waits for a review',
    refused: 'refused',
    approved: 'approved; it is served when its cooldown is over and it is signed',
    served: 'served',
    deprecated: 'served, deprecated',
  })[state] ?? state;

const summary = (prepared: Prepared) => ({
  name: `@${prepared.name.owner}/${prepared.name.slug}`,
  version: prepared.name.version,
  archive: prepared.described.sha256,
  tree: prepared.described.tree,
  fingerprint: prepared.described.fingerprint,
  files: prepared.files.length,
});

async function showScan(prepared: Prepared, report: Report, flags: PublishFlags, note: string | undefined): Promise<void> {
  const { render } = await import('../../scanner/report/index.ts');
  const { rules } = await import('../../scanner/rules/index.ts');
  const text = await render('terminal', [{ ...report, skill: { ...report.skill, origin: report.skill.name } }], {
    columns: columns(),
    color: wantsColor(flags.color, process.stderr),
    rules,
    verbose: flags.verbose === true,
  });
  process.stderr.write(text);
  for (const problem of prepared.spec) tell(`${problem.severity}: ${problem.path}:${problem.line} ${problem.says}`);
  if (note !== undefined) tell(`note: ${note}`);
  tell(`${plural(prepared.files.length, 'file')}, ${size(prepared.described.size)}, sha256:${prepared.described.sha256}`);
}

/** Waits for the gate's decision, and for the signature if nothing but that is missing; at most two minutes. */
async function settle(now: Session, attempt: string): Promise<VersionRecord> {
  const { getAttempt } = await import('../../registry/client/api.ts');
  const until = Date.now() + 120_000;
  for (let pause = 200; ; pause = Math.min(5000, pause * 1.5)) {
    const record = await getAttempt(now.http, attempt);
    const working = record.state === 'quarantined' || (record.state === 'approved' && record.notBefore <= Date.now());
    if (!working || Date.now() > until) return record;
    await sleep(pause);
  }
}
