/** `skill user`: people and their roles. */
import { Command, Option } from 'commander';
import type { User } from '../../registry/client/accounts.ts';
import { visible } from '../../scanner/report/escape.ts';
import { print } from '../tty.ts';
import { type Accounts, handle, printToken, scopeOption, verb } from './accounts.ts';
import { type CommonFlags, dayText, group, guarded, painter, printJson, type Run, session, table, tell, whenOf } from './common.ts';

const roles = ['reader', 'publisher', 'approver', 'admin'] as const;
const scopesOf: Readonly<Record<string, string[]>> = {
  reader: ['read'],
  publisher: ['read', 'publish'],
  approver: ['read', 'publish', 'approve'],
  admin: ['read', 'publish', 'approve', 'admin'],
};

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
    [
      'user add mira --role approver --token-file data/admin-token',
      'user add ci --role publisher --expires 90d',
      'user list',
      'user role mira admin',
      'user disable mira --reason "left the company"',
      'user enable mira',
    ],
  );

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
  change: (http: Awaited<ReturnType<typeof session>>['http'], accounts: Accounts) => Promise<User>,
): Promise<number> {
  const changed = await change((await session(flags)).http, await import('../../registry/client/accounts.ts'));
  if (flags.json === true) await printJson({ schema: 'skillward.user.v1', user: changed });
  else await print(`${visible(`${changed.handle}: ${changed.role}`)}${changed.disabledAt === null ? '' : ', disabled'}\n`);
  return 0;
}
