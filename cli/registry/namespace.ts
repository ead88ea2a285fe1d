/** `skill namespace`: owners of skills, their members and visibility. */
import { Command, Option } from 'commander';
import type { Namespace } from '../../registry/client/accounts.ts';
import { visible } from '../../scanner/report/escape.ts';
import { print } from '../tty.ts';
import { type Accounts, handle, verb } from './accounts.ts';
import { type CommonFlags, dayText, group, guarded, painter, printJson, type Run, session, table, tell } from './common.ts';

const visibilities = ['public', 'internal', 'private'] as const;
interface NamespaceFlags extends CommonFlags {
  readonly visibility?: string;
  readonly displayName?: string;
  readonly similar?: boolean;
  readonly add?: string;
  readonly remove?: string;
  readonly role: string;
}

export const namespace = (run: Run): Command =>
  group(
    new Command('namespace')
      .summary('owners of skills, their members and visibility')
      .description(
        'The part of a name before the slash. public: everybody may read (without a token, if the registry allows that); internal: all its users; private: members and approvers.',
      )
      .addCommand(
        verb('create', 'make a namespace that you own')
          .argument('<handle>')
          .addOption(new Option('--visibility <who>', 'who may read it').choices(visibilities))
          .option('--display-name <text>', 'name to show')
          .option('--similar', 'take the name although it looks like another one')
          .action((name: string, flags: NamespaceFlags) =>
            run(
              guarded(flags, () =>
                changeNamespace(flags, (http, { addNamespace }) =>
                  addNamespace(http, {
                    handle: handle(name),
                    ...(flags.visibility === undefined ? {} : { visibility: flags.visibility }),
                    ...(flags.displayName === undefined ? {} : { displayName: flags.displayName }),
                    ...(flags.similar === true ? { similar: true } : {}),
                  }),
                ),
              ),
            ),
          ),
      )
      .addCommand(
        verb('list', 'list namespaces that you may read').action((flags: NamespaceFlags) => run(guarded(flags, () => listNamespaces(flags)))),
      )
      .addCommand(
        verb('members', 'list members, add or remove one')
          .argument('<handle>')
          .option('--add <name>', 'add a member, or change their role')
          .option('--remove <name>', 'remove a member')
          .addOption(new Option('--role <role>', 'of the member to add').choices(['owner', 'publisher', 'reader']).default('reader'))
          .action((name: string, flags: NamespaceFlags) => run(guarded(flags, () => members(name, flags)))),
      )
      .addCommand(
        verb('visibility', 'say who may read a namespace')
          .argument('<handle>')
          .addArgument(new Command().createArgument('<who>').choices(visibilities))
          .action((name: string, who: string, flags: NamespaceFlags) =>
            run(guarded(flags, () => changeNamespace(flags, (http, { setVisibility }) => setVisibility(http, handle(name), who)))),
          ),
      ),
    [
      'namespace create acme --visibility internal',
      'namespace list',
      'namespace members acme',
      'namespace members acme --add mira --role publisher',
      'namespace members acme --remove mira',
      'namespace visibility acme private',
    ],
  );

async function changeNamespace(
  flags: CommonFlags,
  change: (http: Awaited<ReturnType<typeof session>>['http'], accounts: Accounts) => Promise<Namespace>,
): Promise<number> {
  const changed = await change((await session(flags)).http, await import('../../registry/client/accounts.ts'));
  if (flags.json === true) await printJson({ schema: 'skillward.namespace.v1', namespace: changed });
  else await print(`@${visible(changed.handle)}: ${visible(changed.visibility)}\n`);
  return 0;
}

async function listNamespaces(flags: CommonFlags): Promise<number> {
  const accounts: Accounts = await import('../../registry/client/accounts.ts');
  const namespaces = await accounts.listNamespaces((await session(flags)).http);
  if (flags.json === true) await printJson({ schema: 'skillward.namespaces.v1', namespaces });
  else
    await print(
      table(
        namespaces.map((one) => [`@${one.handle}`, one.visibility, one.role ?? '-', one.displayName]),
        painter(flags),
        ['namespace', 'visibility', 'you are', 'name'],
      ),
    );
  return 0;
}

async function members(name: string, flags: NamespaceFlags): Promise<number> {
  const { ClientError } = await import('../../registry/client/errors.ts');
  const accounts: Accounts = await import('../../registry/client/accounts.ts');
  const { http } = await session(flags);
  if (flags.add !== undefined && flags.remove !== undefined) throw new ClientError('usage', 'Give --add or --remove, one at a time.');
  if (flags.add !== undefined) await accounts.setMember(http, handle(name), handle(flags.add), flags.role);
  if (flags.remove !== undefined) await accounts.removeMember(http, handle(name), handle(flags.remove));
  let found: Awaited<ReturnType<Accounts['getNamespace']>>;
  try {
    found = await accounts.getNamespace(http, handle(name));
  } catch (error) {
    // Who removed themselves may not be able to look any more.
    if (flags.remove === undefined || !(error instanceof ClientError) || error.code !== 'not-found') throw error;
    tell(`Removed ${flags.remove}.`);
    return 0;
  }
  if (flags.json === true) await printJson({ schema: 'skillward.namespace.v1', ...found });
  else
    await print(
      table(
        found.members.map((one) => [one.user, one.role, dayText(one.since)]),
        painter(flags),
        ['member', 'role', 'since'],
      ),
    );
  return 0;
}
