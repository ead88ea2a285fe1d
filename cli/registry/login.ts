/** `skill login`, `logout`, `whoami`: which registry, which token, which release keys are believed. */
import { buffer } from 'node:stream/consumers';
import { Command, Option } from 'commander';
import { print } from '../tty.ts';
import {
  askKeys,
  type CommonFlags,
  dayText,
  EXITS,
  guarded,
  many,
  painter,
  printJson,
  type Run,
  session,
  table,
  tell,
  withKeys,
  withOutput,
  withRegistry,
} from './common.ts';

interface LoginFlags extends CommonFlags {
  readonly token?: string;
  readonly tokenStdin?: boolean;
  readonly scope?: string[];
  readonly label?: string;
  readonly default: boolean;
}

export const login = (run: Run): Command =>
  withKeys(
    new Command('login')
      .summary('sign in to a registry')
      .description(
        'Signs in to a registry and pins its release keys. Without a token it starts a device login: open the page it names, enter the code, approve. The token is stored in the settings (mode 0600) and sent to this registry only.',
      ),
  )
    .option('--registry <url>', 'address of the registry')
    .option('--token-file <file>', 'take the token from a file')
    .option('--token-stdin', 'take the token from standard input')
    .option('--token <token>', 'the token itself; other users of this machine can see it, so prefer the two above')
    .addOption(
      new Option('--scope <scope>', 'what the token may do, for a device login; may be repeated')
        .choices(['read', 'publish', 'approve', 'admin'])
        .argParser(many),
    )
    .option('--label <text>', 'what the registry calls this login')
    .option('--no-default', 'do not make it the registry that is used when nothing else says one')
    .option('-y, --yes', 'believe the release keys of a first contact without asking')
    .option('--json', 'print JSON (schema skillward.login.v1)')
    .option('--no-color', 'no colours')
    .addHelpText(
      'after',
      `${EXITS}

Examples:
  skill login --registry https://skills.acme.example
  skill login --registry https://skills.acme.example --key-fingerprint SHA256:3b1f…    compared, not believed on first contact
  skill login --registry http://127.0.0.1:4873 --token-file ~/.local/share/skillward/registry/admin-token`,
    )
    .action((flags: LoginFlags) => run(guarded(flags, () => signIn(flags))));

async function signIn(flags: LoginFlags): Promise<number> {
  const { ClientError } = await import('../../registry/client/errors.ts');
  const { allowsHttp, changeRegistry, checkToken, tokenFile } = await import('../../registry/client/config.ts');
  const { checkPrivate, createHttp } = await import('../../registry/client/http.ts');
  const { deviceLogin, whoAmI } = await import('../../registry/client/login.ts');
  const { pinKeys } = await import('../../registry/client/session.ts');
  const { fingerprintText } = await import('../../registry/client/keys.ts');
  if ([flags.token, flags.tokenFile, flags.tokenStdin].filter((one) => one !== undefined).length > 1)
    throw new ClientError('usage', 'Give the token once: --token-file, --token-stdin or --token.');
  const { tokenFile: fromFile, ...rest } = flags;
  const now = await session(rest);
  const { base } = now.chosen;
  checkPrivate(base, allowsHttp(now.env));
  const given =
    fromFile !== undefined
      ? await tokenFile(fromFile, '--token-file')
      : flags.tokenStdin === true
        ? checkToken((await buffer(process.stdin)).subarray(0, 4096).toString('utf8'), 'Standard input')
        : flags.token === undefined
          ? undefined
          : checkToken(flags.token, '--token');
  const http = (token?: string) => createHttp({ base, allowHttp: allowsHttp(now.env), ...(token === undefined ? {} : { token }) });
  // Without any token: a first contact must not be given one before its keys were looked at.
  const { known } = await pinKeys({ ...now, http: http() }, askKeys(flags), true);
  const token =
    given ??
    (await deviceLogin(http(), {
      scope: flags.scope === undefined ? 'read write' : flags.scope.join(' '),
      ...(flags.label === undefined ? {} : { label: flags.label }),
      show: (uri, code, minutes) => tell(`Open ${uri}\nand enter the code ${code} (it is good for ${minutes} minutes).`),
    }));
  const me = await whoAmI(http(token));
  await changeRegistry(now.places, base, (entry) => ({ ...entry, token, user: me.user.handle }), flags.default);
  const keys = (known.keys ?? []).filter((key) => key.revokedAt === null).map((key) => key.keyid);
  if (flags.json === true)
    await printJson({
      schema: 'skillward.login.v1',
      registry: base,
      id: known.id,
      user: me.user.handle,
      role: me.user.role,
      scopes: me.scopes,
      keys,
      checked: known.checked === true,
    });
  else
    tell(
      [
        `Logged in to ${base} as ${me.user.handle} (${me.user.role}; token for ${me.scopes.join(', ')}).`,
        ...(keys.length === 0 ? ['It has no release key yet: it will be shown at the first install.'] : []),
        ...keys.map((key) => `Release key: ${fingerprintText(key)}${known.checked === true ? '' : ' (believed on first contact)'}`),
      ].join('\n'),
    );
  return 0;
}

interface LogoutFlags extends CommonFlags {
  readonly revoke?: boolean;
  readonly forget?: boolean;
}

export const logout = (run: Run): Command =>
  new Command('logout')
    .summary('forget the token of a registry')
    .description('Deletes the stored token. The pinned release keys stay, so that installed skills can still be verified.')
    .option('--registry <url>', 'address of the registry')
    .option('--revoke', 'also end the token at the registry')
    .option('--forget', 'also forget the pinned release keys')
    .addHelpText('after', `${EXITS}\n\nExamples:\n  skill logout\n  skill logout --registry https://skills.acme.example --revoke`)
    .action((flags: LogoutFlags) => run(guarded(flags, () => signOut(flags))));

async function signOut(flags: LogoutFlags): Promise<number> {
  const { changeSettings } = await import('../../registry/client/config.ts');
  const { PREFIX } = await import('../../registry/client/wire.ts');
  const now = await session(flags);
  const { base, known } = now.chosen;
  if (known.token === undefined && flags.forget !== true) {
    tell(`skill: there is no stored token for ${base}.`);
    return 0;
  }
  let ended = '';
  if (flags.revoke === true && known.token !== undefined) {
    const { whoAmI } = await import('../../registry/client/login.ts');
    const { createHttp } = await import('../../registry/client/http.ts');
    const { allowsHttp } = await import('../../registry/client/config.ts');
    const http = createHttp({ base, token: known.token, allowHttp: allowsHttp(now.env) });
    const me = await whoAmI(http);
    if (me.token !== null) await http.json('DELETE', `${PREFIX}/tokens/${encodeURIComponent(me.token)}`, { body: { reason: 'logout' } });
    ended = ' and ended it there';
  }
  await changeSettings(now.places, (settings) => {
    const { [base]: entry = {}, ...others } = settings.registries;
    const { token: _, user: __, ...kept } = entry;
    return { ...settings, registries: flags.forget === true ? others : { ...others, [base]: kept } };
  });
  tell(`Forgot the token of ${base}${ended}.`);
  return 0;
}

export const whoami = (run: Run): Command =>
  withOutput(
    withRegistry(
      new Command('whoami').summary('say who the registry takes you for').description('Asks the registry whose token this is and what it may do.'),
    ),
  )
    .addHelpText('after', `${EXITS}\n\nExamples:\n  skill whoami\n  skill whoami --registry https://skills.acme.example --json`)
    .action((flags: CommonFlags) => run(guarded(flags, () => who(flags))));

async function who(flags: CommonFlags): Promise<number> {
  const { whoAmI } = await import('../../registry/client/login.ts');
  const now = await session(flags);
  const me = await whoAmI(now.http);
  if (flags.json === true) {
    await printJson({ ...me, schema: 'skillward.whoami.v1', registry: now.chosen.base });
    return 0;
  }
  const { known, base } = now.chosen;
  const rows = [
    ['user', `${me.user.handle}${me.user.displayName === '' || me.user.displayName === me.user.handle ? '' : ` (${me.user.displayName})`}`],
    ['role', me.user.role],
    ['token may', `${me.scopes.join(', ')}${me.namespaces === null ? '' : `, only in ${me.namespaces.map((name) => `@${name}`).join(', ')}`}`],
    ['member of', me.memberships.map((one) => `@${one.namespace} (${one.role})`).join(', ') || '-'],
    ['registry', `${base}${known.id === undefined ? '' : ` (${known.id})`}`],
    ...(known.keys ?? []).map((key) => ['release key', `${key.keyid}${key.revokedAt === null ? '' : ` (revoked ${dayText(key.revokedAt)})`}`]),
  ];
  await print(table(rows, painter(flags)));
  return 0;
}
