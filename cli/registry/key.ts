/** `skill key`: the key a publisher signs with, made and kept here; and the fingerprints of a registry's release keys, for comparing. */
import { Command } from 'commander';
import { visible } from '../../scanner/report/escape.ts';
import { print } from '../tty.ts';
import { type CommonFlags, dayText, group, guarded, painter, printJson, type Run, session, table, tell, withOutput, withRegistry } from './common.ts';

interface KeyFlags extends CommonFlags {
  readonly key?: string;
  readonly label?: string;
  readonly user?: string;
  readonly all?: boolean;
  readonly reason?: string;
  readonly data?: string;
}

const fileOption = ['--key <file>', 'the key file (else SKILL_PUBLISHER_KEY_FILE, else publisher.key in the settings folder)'] as const;

export const key = (run: Run): Command =>
  group(
    new Command('key')
      .summary('publisher keys')
      .description(
        'With a key of your own registered, what you publish is signed by you (level L2), and where policy asks for that, a stolen upload token that is limited to namespaces cannot publish in your name. The private half never leaves this machine. `skill publish` makes and registers the first key by itself, after asking.',
      )
      .addCommand(
        withOutput(
          new Command('create').summary('make a key').description('Makes an Ed25519 key (mode 0600). A key that is there is never replaced.'),
        )
          .option(...fileOption)
          .action((flags: KeyFlags) => run(guarded(flags, () => create(flags)))),
      )
      .addCommand(
        withOutput(
          withRegistry(
            new Command('register')
              .summary('tell the registry your key')
              .description('Registers the public half of the key with the registry, as yours.'),
          ),
        )
          .option(...fileOption)
          .option('--label <text>', 'what to call it')
          .action((flags: KeyFlags) => run(guarded(flags, () => register(flags)))),
      )
      .addCommand(
        withOutput(
          withRegistry(
            new Command('list').summary('list registered keys').description('Lists your registered keys, and which of them is on this machine.'),
          ),
        )
          .option('--user <name>', 'of somebody else')
          .option('--all', 'of everybody (admins)')
          .option(...fileOption)
          .action((flags: KeyFlags) => run(guarded(flags, () => listing(flags)))),
      )
      .addCommand(
        withOutput(
          withRegistry(
            new Command('revoke')
              .summary('end a registered key')
              .description('Ends a key: nothing it signs is accepted any more. What was released before stays.'),
          ),
        )
          .argument('<keyid>', 'as `skill key list` shows it, or its beginning')
          .option('--reason <text>', 'why')
          .action((id: string, flags: KeyFlags) => run(guarded(flags, () => revoke(id, flags)))),
      )
      .addCommand(
        withOutput(
          withRegistry(
            new Command('fingerprint')
              .summary("show a registry's release keys")
              .description(
                'Shows the pinned release keys of a registry and whether it lists the same; with --data, on the server, those it really signs with.',
              ),
          ),
        )
          .option('--data <folder>', "the registry's data folder, on this machine")
          .action((flags: KeyFlags) => run(guarded(flags, () => fingerprint(flags)))),
      ),
    [
      'key create && skill key register --label laptop',
      'key list',
      'key revoke 3b1f… --reason "laptop stolen"',
      'key fingerprint --data data      on the server: what to tell people to compare at login',
    ],
  );

async function local(flags: KeyFlags) {
  const { keyPath, loadKey } = await import('../../registry/client/sign.ts');
  const { placesOf } = await import('../../registry/client/places.ts');
  const path = keyPath(placesOf(), process.env, flags.key);
  return { path, key: await loadKey(path) };
}

async function create(flags: KeyFlags): Promise<number> {
  const { createKey, keyPath } = await import('../../registry/client/sign.ts');
  const { placesOf } = await import('../../registry/client/places.ts');
  const path = keyPath(placesOf(), process.env, flags.key);
  const { keyid, pem } = await createKey(path);
  if (flags.json === true) await printJson({ schema: 'skillward.publisher-key.v1', file: path, keyid, pem });
  else {
    await print(`${keyid}\n`);
    tell(`Made ${path}. Keep a copy somewhere safe. Register it: skill key register${flags.key === undefined ? '' : ` --key ${path}`}`);
  }
  return 0;
}

async function register(flags: KeyFlags): Promise<number> {
  const { ClientError } = await import('../../registry/client/errors.ts');
  const { registerKey } = await import('../../registry/client/accounts.ts');
  const { hostname } = await import('node:os');
  const { path, key: own } = await local(flags);
  if (own === undefined) throw new ClientError('usage', `There is no key at ${path}. Make one: skill key create`);
  const { http, chosen } = await session(flags);
  const registered = await registerKey(http, own.pem, flags.label ?? hostname());
  if (flags.json === true) await printJson({ schema: 'skillward.publisher-key.v1', key: registered });
  else await print(`${own.keyid}: registered with ${chosen.base} for ${visible(registered.user)}\n`);
  return 0;
}

async function listing(flags: KeyFlags): Promise<number> {
  const { listKeys } = await import('../../registry/client/accounts.ts');
  const { key: own } = await local(flags);
  const keys = await listKeys((await session(flags)).http, {
    ...(flags.user === undefined ? {} : { user: flags.user.replace(/^@/, '').toLowerCase() }),
    ...(flags.all === true ? { all: 'true' } : {}),
  });
  if (flags.json === true) await printJson({ schema: 'skillward.publisher-keys.v1', keys, local: own?.keyid ?? null });
  else if (keys.length === 0) tell('No key is registered.');
  else
    await print(
      table(
        keys.map((one) => [
          one.keyid,
          one.user,
          dayText(one.createdAt),
          one.revokedAt === null ? (one.keyid === own?.keyid ? 'on this machine' : '') : `revoked ${dayText(one.revokedAt)}`,
          one.label,
        ]),
        painter(flags),
        ['key', 'user', 'since', '', 'label'],
      ),
    );
  return 0;
}

async function revoke(given: string, flags: KeyFlags): Promise<number> {
  const { ClientError } = await import('../../registry/client/errors.ts');
  const { endKey, listKeys } = await import('../../registry/client/accounts.ts');
  const { http } = await session(flags);
  let keyid = given.toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(keyid)) {
    if (!/^[0-9a-f]{8,63}$/.test(keyid))
      throw new ClientError('usage', `${JSON.stringify(given.slice(0, 80))} is no key id: expected at least the first 8 of its 64 hex digits.`);
    const fit = (await listKeys(http, {})).filter((one) => one.keyid.startsWith(keyid));
    if (fit.length !== 1)
      throw new ClientError(
        'usage',
        fit.length === 0 ? `You have no key that begins with ${keyid}.` : `Several of your keys begin with ${keyid}. Give more of it.`,
      );
    keyid = fit[0]!.keyid;
  }
  await endKey(http, keyid, flags.reason);
  if (flags.json === true) await printJson({ schema: 'skillward.revoked.v1', keyid });
  else await print(`${keyid}: revoked\n`);
  return 0;
}

async function fingerprint(flags: KeyFlags): Promise<number> {
  const { fingerprintText } = await import('../../registry/client/keys.ts');
  let rows: { keyid: string; status: string }[];
  if (flags.data !== undefined) {
    const { openStore } = await import('../../registry/store/index.ts');
    const { releaseKeys } = await import('../../registry/store/versions.ts');
    const store = await openStore(flags.data, { readonly: true });
    try {
      rows = (await releaseKeys(store, store.db)).map((one) => ({ keyid: one.keyid, status: one.revokedAt === null ? 'in use' : 'revoked' }));
    } finally {
      await store.close();
    }
  } else {
    const { getKeys } = await import('../../registry/client/api.ts');
    const now = await session(flags);
    const pinned = new Map((now.chosen.known.keys ?? []).map((one) => [one.keyid, one]));
    const listed = await getKeys(now.http);
    rows = [
      ...listed.map((one) => ({ keyid: one.keyid, status: one.revokedAt !== null ? 'revoked' : pinned.has(one.keyid) ? 'pinned' : 'NOT pinned' })),
      ...[...pinned.keys()]
        .filter((keyid) => !listed.some((one) => one.keyid === keyid))
        .map((keyid) => ({ keyid, status: 'pinned, no longer listed' })),
    ];
  }
  if (flags.json === true) await printJson({ schema: 'skillward.fingerprints.v1', keys: rows });
  else
    for (const row of rows)
      await print(`${fingerprintText(row.keyid)}  ${row.status}
`);
  return 0;
}
