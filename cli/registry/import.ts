/** `skill import`: a skill from a folder, a git commit or another registry into quarantine; one, several, or all that a team has now. */
import { Command } from 'commander';
import { visible } from '../../scanner/report/escape.ts';
import { print, say } from '../tty.ts';
import { printJson, withOutput, withRegistry } from './common.ts';

interface ImportFlags {
  readonly from?: string;
  readonly as?: string;
  readonly version?: string;
  readonly changelog?: string;
  readonly fromLock?: string;
  readonly watch?: boolean;
  readonly watched?: boolean;
  readonly unwatch?: string;
  readonly registry?: string;
  readonly tokenFile?: string;
  readonly json?: boolean;
}

export const importVerb = (run: (code: Promise<number>) => void): Command =>
  withOutput(withRegistry(new Command('import')))
    .summary('bring a skill from elsewhere into quarantine')
    .description(
      'Brings skills from elsewhere into the quarantine of a registry, where they are scanned and approved like everything else. Folders and git addresses are read on this machine and uploaded; @owner/slug is fetched by the registry from an upstream that its settings allow. Numbers stay those of the upstream, whoever imports counts as the publisher, and where it came from is recorded for good.',
    )
    .argument(
      '[sources...]',
      'folder, archive, git address (https://github.com/acme/skills/tree/main/notes, git@host.example:acme/skills.git#v1.2.0:notes, ./repository#main:notes), or @owner/slug[@version] of an upstream',
    )
    .option('--from <url>', 'upstream registry of @owner/slug (default: https://clawhub.ai, or what the lock says)')
    .option('--as <@namespace/name>', 'where it goes (default: your own namespace, the name it has there); with several, a @namespace')
    .option('--version <version>', 'number of a folder or git commit whose SKILL.md states none')
    .option('--changelog <text>', 'what is new, for a folder or git commit')
    .option('--from-lock <file>', "everything in a client's lock, such as .clawhub/lock.json, at the versions that stand there")
    .option('--watch', 'also look for new versions from now on; they go into quarantine by themselves')
    .option('--watched', 'list what is watched')
    .option('--unwatch <@namespace/name>', 'end a watch')
    .addHelpText(
      'after',
      `
Exit codes:
  0  everything is in, and approved or still being worked on
  1  something was refused or could not be imported
  2  usage, network, or nothing could be done
  3  something waits for a person: skill queue
  5  internal error: a fault of skillward

Examples:
  skill import ./my-skill --as @acme/my-skill --version 1.0.0
  skill import https://github.com/acme/skills/tree/main/notes --as @acme/notes
  skill import git@host.example:acme/skills.git#v1.2.0:notes --as @acme/notes
  skill import @someone/notes@1.2.0 --as @acme/notes           from ClawHub, if the registry allows it
  skill import @someone/notes --from https://skills.partner.example --watch
  skill import --from-lock .clawhub/lock.json --as @acme       all that a team has now
  skill import --watched`,
    )
    .action((sources: string[], flags: ImportFlags) => run(start(sources, flags)));

/** A mistake of the caller: exit code 2, message only. */
class UsageError extends Error {}

/** One thing to import. */
interface Item {
  /** As it was given. */
  readonly given: string;
  run(): Promise<Done>;
}
/** What became of it, as the registry says. */
interface Done {
  readonly owner: string;
  readonly slug: string;
  readonly version: string;
  readonly state: string;
  readonly decision: string | null;
  readonly reason: string | null;
  readonly repeated: boolean;
  readonly upstream: string;
  readonly growth: { readonly against: string; readonly added: readonly { readonly kind: string; readonly key: string }[] } | null;
  readonly warnings: readonly string[];
}

async function start(sources: readonly string[], flags: ImportFlags): Promise<number> {
  const [{ ClientError }, { LoadError }, { ArchiveError }] = await Promise.all([
    import('../../registry/client/errors.ts'),
    import('../../scanner/load/errors.ts'),
    import('../../registry/archive/index.ts'),
  ]);
  const expected = (error: unknown): error is Error =>
    error instanceof ClientError || error instanceof LoadError || error instanceof ArchiveError || error instanceof UsageError;
  try {
    return await work(sources, flags, expected);
  } catch (error) {
    if (!expected(error)) throw error;
    if (flags.json === true) await printJson({ schema: 'skillward.error.v1', code: codeOf(error), message: error.message });
    else say(error.message);
    return error instanceof ClientError ? error.exit : 2;
  }
}

const codeOf = (error: Error): string => (error instanceof UsageError ? 'usage' : String((error as { code?: unknown }).code ?? 'usage'));

async function work(sources: readonly string[], flags: ImportFlags, expected: (error: unknown) => error is Error): Promise<number> {
  const [{ openSession }, { ask }, { importPath, Imported, Watches }, { Type }] = await Promise.all([
    import('../../registry/client/session.ts'),
    import('../../registry/client/api.ts'),
    import('../../registry/uplink/wire.ts'),
    import('typebox'),
  ]);
  const as = flags.as === undefined ? undefined : placeOf(flags.as);
  const lock = flags.fromLock === undefined ? [] : await readLock(flags.fromLock, flags.from);
  const other = [flags.watched === true, flags.unwatch !== undefined].filter(Boolean).length;
  if (other > 1 || (other === 1 && sources.length + lock.length > 0))
    throw new UsageError('--watched and --unwatch stand alone. Give them without sources.');
  if (other === 0 && sources.length === 0 && flags.fromLock === undefined)
    throw new UsageError('Nothing to import was given. Give a folder, a git address, @owner/slug, or --from-lock FILE.');
  if (as?.slug !== undefined && sources.length + lock.length > 1)
    throw new UsageError(`--as ${flags.as} names one skill, and there are several. Give a namespace only: --as @${as.owner}.`);

  const { http } = await openSession({
    ...(flags.registry === undefined ? {} : { registry: flags.registry }),
    ...(flags.tokenFile === undefined ? {} : { tokenFile: flags.tokenFile }),
  });
  if (flags.unwatch !== undefined) {
    const name = placeOf(flags.unwatch);
    if (name.slug === undefined)
      throw new UsageError(`--unwatch ${flags.unwatch}: expected @namespace/name, as \`skill import --watched\` lists it.`);
    await ask(http, Type.Object({ ok: Type.Literal(true) }), 'DELETE', `${importPath}/${name.owner}/${name.slug}`, 'the watch');
    if (flags.json === true) await printJson({ schema: 'skillward.unwatched.v1', owner: name.owner, slug: name.slug });
    else await print(`@${name.owner}/${name.slug} is no longer watched.\n`);
    return 0;
  }
  if (flags.watched === true) {
    const list = await ask(http, Watches, 'GET', importPath, 'what is watched');
    if (flags.json === true) await printJson(list);
    else if (list.items.length === 0) await print('Nothing is watched.\n');
    else
      await print(
        `${list.items.map((one) => visible(`@${one.owner}/${one.slug}  ${one.lastVersion ?? '-'}  ${one.upstream}  ${one.checkedAt === null ? 'not looked at yet' : new Date(one.checkedAt).toISOString()}`)).join('\n')}\n`,
      );
    return 0;
  }

  const upstream = (name: UpstreamName): Item => ({
    given: `@${name.owner === undefined ? '' : `${name.owner}/`}${name.slug}${name.version === undefined ? '' : `@${name.version}`}`,
    run: () =>
      ask(http, Imported, 'POST', importPath, 'the import', {
        body: { ...name, ...(as === undefined ? {} : { as }), ...(flags.watch === true ? { watch: true } : {}) },
        repeatable: true,
        timeoutMs: 180_000,
      }),
  });
  const { readLocal, targetOf } = await import('../../registry/uplink/local.ts');
  const { defaultRegistry } = await import('../../scanner/load/registry.ts');
  const items: Item[] = [
    ...sources.map((given): Item => {
      const target = targetOf(given);
      if (target.kind === 'stdin') throw new UsageError('An import needs a name, so it cannot come from standard input. Give the file.');
      if (target.kind === 'registry') {
        const { owner, slug, version } = target;
        return {
          ...upstream({
            from: target.base ?? flags.from ?? defaultRegistry,
            slug,
            ...(owner === undefined ? {} : { owner }),
            ...(version === undefined ? {} : { version }),
          }),
          given,
        };
      }
      if (flags.watch === true) throw new UsageError(`${given} cannot be watched: only names at an upstream registry can. Leave --watch out.`);
      return {
        given,
        async run() {
          const local = await readLocal(target);
          const slug = as?.slug ?? local.name;
          const version = flags.version ?? local.version;
          if (slug === undefined) throw new UsageError(`${given}: its SKILL.md has no name. Say where it goes: --as @namespace/name.`);
          if (version === undefined) throw new UsageError(`${given}: its SKILL.md states no version. Give one: --version 1.0.0.`);
          const { describe } = await import('../../registry/archive/index.ts');
          const payload = {
            kind: local.kind,
            from: local.from,
            version,
            as: { slug: slug.toLowerCase(), ...(as === undefined ? {} : { owner: as.owner }) },
            ...(local.commit === undefined ? {} : { commit: local.commit }),
            ...(local.path === undefined ? {} : { path: local.path }),
            ...(flags.changelog === undefined ? {} : { changelog: flags.changelog }),
          };
          const form = new FormData();
          form.append('payload', JSON.stringify(payload));
          form.append('archive', new Blob([new Uint8Array((await describe(local.files)).archive)]), 'skill.zip');
          return ask(http, Imported, 'POST', `${importPath}/files`, 'the import', { form, repeatable: true, timeoutMs: 180_000 });
        },
      };
    }),
    ...lock.map((entry): Item => {
      if ('problem' in entry) return { given: entry.key, run: () => Promise.reject(new UsageError(entry.problem)) };
      const { key, ...name } = entry;
      return { ...upstream(name), given: key };
    }),
  ];

  const results: { readonly given: string; readonly done?: Done; readonly failed?: Error }[] = [];
  for (const item of items) {
    try {
      const done = await item.run();
      results.push({ given: item.given, done });
      if (flags.json !== true) await print(`${lineOf(item.given, done)}\n`);
    } catch (error) {
      // One that fails does not stop the others; a registry that is not there does.
      if (!expected(error) || (results.length === 0 && items.length === 1) || unreachable(error)) throw error;
      results.push({ given: item.given, failed: error });
      if (flags.json !== true) say(`${item.given}: ${error.message}`);
    }
  }
  const failed = results.filter(({ failed: error, done }) => error !== undefined || done?.state === 'refused').length;
  const held = results.filter(({ done }) => done?.state === 'held').length;
  if (flags.json === true)
    await printJson({
      schema: 'skillward.imported.v1',
      items: results.map(({ given, done, failed: error }) =>
        done === undefined ? { given, ok: false, says: error!.message } : { given, ok: done.state !== 'refused', ...done },
      ),
    });
  else if (results.length > 1)
    await print(
      `${results.length - failed} of ${results.length} imported, ${held} of them ${held === 1 ? 'waits' : 'wait'} for a person, ${failed} failed.\n`,
    );
  return failed > 0 ? 1 : held > 0 ? 3 : 0;
}

const unreachable = (error: Error): boolean => ['network', 'timeout', 'unauthorized', 'file'].includes((error as { code?: string }).code ?? '');

const states: Readonly<Record<string, string>> = {
  quarantined: 'is being scanned',
  held: 'waits for a person',
  refused: 'was refused',
  approved: 'is approved and served soon',
  served: 'is served',
};

function lineOf(given: string, done: Done): string {
  const lines = [
    `${given}  ->  @${done.owner}/${done.slug}@${done.version} ${states[done.state] ?? `is ${done.state}`}${done.repeated ? ' (it was here already)' : ''}`,
  ];
  if (done.reason !== null && done.state !== 'served') lines.push(...done.reason.split('\n').map((line) => `  ${line}`));
  const added = done.growth?.added ?? [];
  if (added.length > 0)
    lines.push(
      `  It can do more than ${done.growth!.against}: ${added
        .slice(0, 8)
        .map((one) => `${one.kind} ${one.key}`)
        .join(', ')}${added.length > 8 ? ` and ${added.length - 8} more` : ''}`,
    );
  return lines.map(visible).join('\n');
}

/** `@namespace` or `@namespace/name`. */
function placeOf(text: string): { readonly owner: string; readonly slug?: string } {
  const match = /^@?([A-Za-z0-9](?:[A-Za-z0-9._-]{0,38}[A-Za-z0-9])?)(?:\/([A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?))?$/.exec(text);
  if (match === null) throw new UsageError(`${text} is neither @namespace nor @namespace/name.`);
  return { owner: match[1]!.toLowerCase(), ...(match[2] === undefined ? {} : { slug: match[2].toLowerCase() }) };
}

interface UpstreamName {
  readonly from: string;
  readonly owner?: string;
  readonly slug: string;
  readonly version?: string;
}
type LockEntry = (UpstreamName & { readonly key: string }) | { readonly key: string; readonly problem: string };

/** What the `clawhub` and `openclaw` commands wrote down as installed. What cannot be imported is named, never left out. */
async function readLock(path: string, from: string | undefined): Promise<LockEntry[]> {
  const { readSmall } = await import('../../registry/client/files.ts');
  const { defaultRegistry } = await import('../../scanner/load/registry.ts');
  const file = await readSmall(path, 16 * 1024 * 1024);
  if (file === undefined)
    throw new UsageError(`There is no lock at ${path}. The clawhub command keeps it in .clawhub/lock.json of the folder it works in.`);
  let value: unknown;
  try {
    value = JSON.parse(file.text);
  } catch {
    throw new UsageError(`${path} is not JSON.`);
  }
  const record = (one: unknown): Readonly<Record<string, unknown>> =>
    typeof one === 'object' && one !== null ? (one as Record<string, unknown>) : {};
  const { skills } = record(value);
  if (typeof skills !== 'object' || skills === null) throw new UsageError(`${path} has no "skills". Is it the lock of clawhub or openclaw?`);
  return Object.entries(skills).map(([key, entry]): LockEntry => {
    const { version, ownerHandle, registry } = record(entry);
    const match = /^(?:@?([A-Za-z0-9._-]{1,40})\/)?([A-Za-z0-9-]{1,128})$/.exec(key);
    if (match === null) return { key, problem: 'is not the name of a skill in a registry. Import it from where it is: a folder or a git address.' };
    if (typeof version !== 'string' || version === '')
      return { key, problem: 'has no version in the lock. Import it by name: skill import @owner/name@version.' };
    const owner = match[1] ?? (typeof ownerHandle === 'string' && ownerHandle !== '' ? ownerHandle.replace(/^@/, '') : undefined);
    // The registry that was asked for on the command line, or the one that it was installed from.
    const source = from ?? (typeof registry === 'string' && registry !== '' ? registry : defaultRegistry);
    return { key, from: source, slug: match[2]!, version, ...(owner === undefined ? {} : { owner }) };
  });
}
