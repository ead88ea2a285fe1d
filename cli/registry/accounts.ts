/** `skill user`, `token`, `namespace`: who may do what. They work against a running registry; the first admin token is in DIR/admin-token there. */
import { Command, Option } from 'commander';
import type { Token } from '../../registry/client/accounts.ts';
import { visible } from '../../scanner/report/escape.ts';
import { print } from '../tty.ts';
import {
  type CommonFlags,
  dayText,
  EXITS,
  group,
  guarded,
  many,
  painter,
  printJson,
  type Run,
  session,
  table,
  tell,
  whenOf,
  withOutput,
  withRegistry,
} from './common.ts';

const roles = ['reader', 'publisher', 'approver', 'admin'] as const;
const scopesOf: Readonly<Record<string, string[]>> = {
  reader: ['read'],
  publisher: ['read', 'publish'],
  approver: ['read', 'publish', 'approve'],
  admin: ['read', 'publish', 'approve', 'admin'],
};
const scopeOption = (): Option =>
  new Option('--scope <scope>', 'what it may do; may be repeated').choices(['read', 'publish', 'approve', 'admin']).argParser(many);
const handle = (text: string): string => text.replace(/^@/, '').toLowerCase();
const verb = (name: string, summary: string): Command => withOutput(withRegistry(new Command(name).summary(summary).description(summary)));

interface TokenFlags extends CommonFlags {
  readonly user?: string;
  readonly label?: string;
  readonly scope?: string[];
  readonly namespace?: string[];
  readonly expires?: number;
  readonly path?: boolean;
  readonly all?: boolean;
  readonly reason?: string;
}

/** The token on standard output alone, so that it can be piped; everything about it on standard error. */
async function printToken(made: { token: string; record: Token }, flags: CommonFlags, more: Readonly<Record<string, unknown>> = {}): Promise<number> {
  const { record } = made;
  if (flags.json === true) {
    await printJson({ schema: 'skillward.token.v1', ...more, token: made.token, record });
    return 0;
  }
  tell(
    `Token ${record.id} of ${record.user} for ${record.scopes.join(', ')}${record.namespaces === null ? '' : ` in ${record.namespaces.map((one) => `@${one}`).join(', ')}`}${record.expiresAt === null ? '' : `, until ${dayText(record.expiresAt)}`}. It is shown only now:`,
  );
  const { checkToken } = await import('../../registry/client/config.ts');
  await print(`${checkToken(made.token, 'The answer of the registry')}\n`);
  return 0;
}

// ------------------------------------------------------------------------------------------------------------------------- users

interface UserFlags extends CommonFlags {
  readonly role?: string;
  readonly displayName?: string;
  readonly similar?: boolean;
  readonly token: boolean;
  readonly scope?: string[];
  readonly expires?: number;
  readonly reason?: string;
}

export const user = (run: Run): Command =>
  group(
    new Command('user')
      .summary('people and their roles')
      .description(
        'People of a registry. Readers read, publishers also publish, approvers also decide about what others publish, admins do everything.',
      )
      .addHelpText(
        'after',
        `${EXITS}\n\nExamples:\n  skill user add mira --role approver --token-file data/admin-token\n  skill user list\n  skill user role mira admin\n  skill user disable mira --reason "left the company"`,
      )
      .addCommand(
        verb('add', 'add a person and print a token, once')
          .argument('<name>', 'handle: lower-case letters, digits and . _ -')
          .addOption(new Option('--role <role>', 'what they may do').choices(roles).makeOptionMandatory())
          .option('--display-name <text>', 'name to show')
          .option('--similar', 'take the name although it looks like another one')
          .option('--no-token', 'make no token')
          .addOption(scopeOption())
          .addOption(new Option('--expires <when>', 'end of the token: 90d, 12h or a date').argParser(whenOf))
          .action((name: string, flags: UserFlags) => run(guarded(flags, () => addUser(name, flags)))),
      )
      .addCommand(verb('list', 'list people').action((flags: UserFlags) => run(guarded(flags, () => listUsers(flags)))))
      .addCommand(
        verb('role', 'give a person another role')
          .argument('<name>')
          .addArgument(new Command().createArgument('<role>').choices(roles))
          .action((name: string, role: string, flags: UserFlags) =>
            run(guarded(flags, () => changeUser(flags, (http, { setRole }) => setRole(http, handle(name), role)))),
          ),
      )
      .addCommand(
        verb('disable', 'disable a person and end all their tokens')
          .argument('<name>')
          .option('--reason <text>', 'why')
          .action((name: string, flags: UserFlags) =>
            run(guarded(flags, () => changeUser(flags, (http, { switchUser }) => switchUser(http, handle(name), 'disable', flags.reason)))),
          ),
      )
      .addCommand(
        verb('enable', 'enable a person again')
          .argument('<name>')
          .option('--reason <text>', 'why')
          .action((name: string, flags: UserFlags) =>
            run(guarded(flags, () => changeUser(flags, (http, { switchUser }) => switchUser(http, handle(name), 'enable', flags.reason)))),
          ),
      ),
  );

type Accounts = typeof import('../../registry/client/accounts.ts');

async function addUser(name: string, flags: UserFlags): Promise<number> {
  const { ClientError } = await import('../../registry/client/errors.ts');
  const accounts: Accounts = await import('../../registry/client/accounts.ts');
  const { http } = await session(flags);
  const added = await accounts.addUser(http, {
    handle: handle(name),
    role: flags.role!,
    ...(flags.displayName === undefined ? {} : { displayName: flags.displayName }),
    ...(flags.similar === true ? { similar: true } : {}),
  });
  if (flags.json !== true) tell(`Added ${added.handle} (${added.role}).`);
  if (!flags.token) {
    if (flags.json === true) await printJson({ schema: 'skillward.user.v1', user: added });
    return 0;
  }
  try {
    const made = await accounts.addToken(http, {
      user: added.handle,
      label: 'first token',
      scopes: flags.scope ?? scopesOf[added.role] ?? ['read'],
      ...(flags.expires === undefined ? {} : { expiresAt: flags.expires }),
    });
    return await printToken(made, flags, { user: added });
  } catch (error) {
    // The person is there: running the same command again would only say so.
    if (error instanceof ClientError) tell(`${added.handle} was added, but no token was made. Make one: skill token create --user ${added.handle}`);
    throw error;
  }
}

async function listUsers(flags: UserFlags): Promise<number> {
  const accounts: Accounts = await import('../../registry/client/accounts.ts');
  const users = await accounts.listUsers((await session(flags)).http);
  if (flags.json === true) await printJson({ schema: 'skillward.users.v1', users });
  else
    await print(
      table(
        users.map((one) => [
          one.handle,
          one.role,
          one.displayName,
          dayText(one.createdAt),
          one.disabledAt === null ? '' : `disabled ${dayText(one.disabledAt)}`,
        ]),
        painter(flags),
        ['user', 'role', 'name', 'since', ''],
      ),
    );
  return 0;
}

async function changeUser(
  flags: CommonFlags,
  change: (http: Awaited<ReturnType<typeof session>>['http'], accounts: Accounts) => Promise<import('../../registry/client/accounts.ts').User>,
): Promise<number> {
  const changed = await change((await session(flags)).http, await import('../../registry/client/accounts.ts'));
  if (flags.json === true) await printJson({ schema: 'skillward.user.v1', user: changed });
  else await print(`${visible(`${changed.handle}: ${changed.role}`)}${changed.disabledAt === null ? '' : ', disabled'}\n`);
  return 0;
}

// ------------------------------------------------------------------------------------------------------------------------ tokens

export const token = (run: Run): Command =>
  group(
    new Command('token')
      .summary('tokens')
      .description('Tokens of yours, or as an admin of others. A token is shown once, when it is made, and kept only as a hash.')
      .addHelpText(
        'after',
        `${EXITS}

Examples:
  skill token create --scope read --label "build server" --expires 90d
  skill token create --user mira --scope read --scope publish
  skill token create --path --scope read --namespace acme     for clients that take only an address
  skill token list
  skill token revoke tok_0123456789abcdef --reason "was in a log"`,
      )
      .addCommand(
        verb('create', 'make a token and print it, once')
          .option('--user <name>', 'for somebody else (admins)')
          .addOption(scopeOption())
          .option('--label <text>', 'what it is for')
          .addOption(new Option('--namespace <handle>', 'only in this namespace; may be repeated').argParser(many))
          .addOption(new Option('--expires <when>', '90d, 12h or a date').argParser(whenOf))
          .option('--path', 'to be put into an address (/t/TOKEN/…) by clients that send no header; reads only')
          .action((flags: TokenFlags) => run(guarded(flags, () => createToken(flags)))),
      )
      .addCommand(
        verb('list', 'list tokens')
          .option('--user <name>', 'of somebody else (admins)')
          .option('--all', 'of everybody (admins)')
          .action((flags: TokenFlags) => run(guarded(flags, () => listTokens(flags)))),
      )
      .addCommand(
        verb('revoke', 'end a token')
          .argument('<id>', 'as `skill token list` shows it')
          .option('--reason <text>', 'why')
          .action((id: string, flags: TokenFlags) => run(guarded(flags, () => revokeToken(id, flags)))),
      ),
  );

async function createToken(flags: TokenFlags): Promise<number> {
  const accounts: Accounts = await import('../../registry/client/accounts.ts');
  const { http } = await session(flags);
  return printToken(
    await accounts.addToken(http, {
      ...(flags.user === undefined ? {} : { user: handle(flags.user) }),
      label: flags.label ?? 'made by skill',
      scopes: [...new Set(flags.scope ?? ['read'])],
      ...(flags.namespace === undefined ? {} : { namespaces: flags.namespace.map(handle) }),
      ...(flags.expires === undefined ? {} : { expiresAt: flags.expires }),
      ...(flags.path === true ? { kind: 'path' } : {}),
    }),
    flags,
  );
}

async function listTokens(flags: TokenFlags): Promise<number> {
  const accounts: Accounts = await import('../../registry/client/accounts.ts');
  const tokens = await accounts.listTokens((await session(flags)).http, {
    ...(flags.user === undefined ? {} : { user: handle(flags.user) }),
    ...(flags.all === true ? { all: 'true' } : {}),
  });
  if (flags.json === true) await printJson({ schema: 'skillward.tokens.v1', tokens });
  else
    await print(
      table(
        tokens.map((one) => [
          one.id,
          one.user,
          one.scopes.join(','),
          one.namespaces?.map((name) => `@${name}`).join(',') ?? 'all',
          one.revokedAt !== null ? 'revoked' : one.expiresAt === null ? 'no end' : `until ${dayText(one.expiresAt)}`,
          `used ${dayText(one.lastUsedAt)}`,
          one.label,
        ]),
        painter(flags),
        ['token', 'user', 'scopes', 'namespaces', 'end', 'last', 'label'],
      ),
    );
  return 0;
}

async function revokeToken(id: string, flags: TokenFlags): Promise<number> {
  const accounts: Accounts = await import('../../registry/client/accounts.ts');
  await accounts.endToken((await session(flags)).http, id, flags.reason);
  if (flags.json === true) await printJson({ schema: 'skillward.revoked.v1', id });
  else await print(`${visible(id)}: revoked\n`);
  return 0;
}

// -------------------------------------------------------------------------------------------------------------------- namespaces

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
      .addHelpText(
        'after',
        `${EXITS}

Examples:
  skill namespace create acme --visibility internal
  skill namespace list
  skill namespace members acme
  skill namespace members acme --add mira --role publisher
  skill namespace members acme --remove mira
  skill namespace visibility acme private`,
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
  );

async function changeNamespace(
  flags: CommonFlags,
  change: (http: Awaited<ReturnType<typeof session>>['http'], accounts: Accounts) => Promise<import('../../registry/client/accounts.ts').Namespace>,
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
