/** `skill token`: made, listed and ended. */
import { Command, Option } from 'commander';
import { visible } from '../../scanner/report/escape.ts';
import { print } from '../tty.ts';
import { type Accounts, handle, printToken, scopeOption, verb } from './accounts.ts';
import { type CommonFlags, dayText, group, guarded, many, painter, printJson, type Run, session, table, tell, whenOf } from './common.ts';

interface TokenFlags extends CommonFlags {
  readonly user?: string;
  readonly label?: string;
  readonly scope?: string[];
  readonly namespace?: string[];
  readonly expires?: number;
  readonly path?: boolean;
  readonly all?: boolean;
  readonly reason?: string;
  readonly keepMade?: boolean;
}

export const token = (run: Run): Command =>
  group(
    new Command('token')
      .summary('tokens')
      .description('Tokens of yours, or as an admin of others. A token is shown once, when it is made, and kept only as a hash.')
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
        verb('revoke', 'end a token and those that were made with it, or all tokens of a person')
          .argument('[id]', 'as `skill token list` shows it')
          .option('--user <name>', 'every token of this person: yourself, or anybody (admins)')
          .option('--reason <text>', 'why')
          .option('--keep-made', 'leave good what was made with the token, for changing it for a new one')
          .action((id: string | undefined, flags: TokenFlags) => run(guarded(flags, () => revokeToken(id, flags)))),
      ),
    [
      'token create --scope read --label "build server" --expires 90d',
      'token create --user mira --scope read --scope publish',
      'token create --path --scope read --namespace acme     for clients that take only an address',
      'token list',
      'token revoke tok_0123456789abcdef --reason "was in a log"',
      'token revoke --user mira --reason "laptop stolen"     every token of hers',
    ],
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
          `${one.scopes.join(',')}${one.kind === 'path' ? ' (path)' : ''}`,
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

async function revokeToken(id: string | undefined, flags: TokenFlags): Promise<number> {
  const accounts: Accounts = await import('../../registry/client/accounts.ts');
  if ((id === undefined) === (flags.user === undefined) || (flags.user !== undefined && flags.keepMade === true)) {
    const { ClientError } = await import('../../registry/client/errors.ts');
    throw new ClientError(
      'usage',
      'Say which token to end (`skill token revoke tok_… [--keep-made]`), or whose (`skill token revoke --user NAME`), and not both.',
    );
  }
  const { http } = await session(flags);
  if (id === undefined) {
    const user = handle(flags.user!);
    const revoked = await accounts.endTokensOf(http, user, flags.reason);
    if (flags.json === true) await printJson({ schema: 'skillward.revoked.v1', user, revoked });
    else await print(`${visible(user)}: ${someTokens(revoked)} revoked\n`);
    return 0;
  }
  const { also, forOthers } = await accounts.endToken(http, id, {
    ...(flags.reason === undefined ? {} : { reason: flags.reason }),
    ...(flags.keepMade === true ? { keepMade: true } : {}),
  });
  if (flags.json === true) await printJson({ schema: 'skillward.revoked.v1', id, also, forOthers });
  else {
    await print(`${visible(id)}: revoked${also.length === 0 ? '' : `, and ${someTokens(also.length)} made with it: ${visible(also.join(', '))}`}\n`);
    if (forOthers.length > 0)
      tell(
        `It also made ${someTokens(forOthers.length)} for other people, which are as good as before (skill token list --all): ${forOthers.join(', ')}`,
      );
  }
  return 0;
}

const someTokens = (count: number): string => `${count} token${count === 1 ? '' : 's'}`;
