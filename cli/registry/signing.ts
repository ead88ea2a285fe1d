/**
 * How a release gets its publisher's signature (level L2). It is the rule, so a first publish makes a key and registers it, after asking; leaving it out has to be said (`--no-sign`).
 *
 * A second key is never made in silence: a job that starts on an empty machine every time would sign each release with another key, and everybody who has the skill would be asked why.
 */
import { hostname } from 'node:os';
import type { Prepared } from '../../registry/client/publish.ts';
import type { Session } from '../../registry/client/session.ts';
import type { PrivateKey } from '../../registry/trust/keys.ts';
import type { StatedSource } from '../../registry/trust/statements.ts';
import { plural } from '../../scanner/report/glance.ts';
import { askKeys, askYes, type CommonFlags, tell } from './common.ts';

export interface SigningFlags extends CommonFlags {
  readonly key?: string;
  readonly sign: boolean;
}

/** What is to be done so that the release is signed; undefined where it is not signed here: `--no-sign`, or the folder brings its own signature. */
export interface Signing {
  readonly path: string;
  /** Undefined: to be made. */
  readonly key: PrivateKey | undefined;
  /** Whether the registry knows it as one's own already. */
  readonly registered: boolean;
  /** Usable keys that one has registered from elsewhere. */
  readonly others: number;
}

const without = 'To publish without your signature (level L1), add --no-sign.';

/** Looks which key there is, here and at the registry; makes nothing. @throws ClientError file, usage, refused */
export async function planSigning(now: Session, prepared: Prepared, flags: SigningFlags): Promise<Signing | undefined> {
  const { ClientError } = await import('../../registry/client/errors.ts');
  const { listKeys } = await import('../../registry/client/accounts.ts');
  const { keyPath, loadKey } = await import('../../registry/client/sign.ts');
  if (!flags.sign || prepared.ownBundle) return undefined;
  const path = keyPath(now.places, now.env, flags.key);
  const key = await loadKey(path);
  if (key === undefined && (flags.key !== undefined || now.env['SKILL_PUBLISHER_KEY_FILE']))
    throw new ClientError(
      'file',
      `There is no publisher key at ${path}. Make it with \`skill key create --key ${path}\` and register it with \`skill key register --key ${path}\`. ${without}`,
    );
  const mine = await listKeys(now.http, {}).catch((error: unknown) => {
    // A token that may publish and nothing else cannot look; the registry says the rest.
    if (error instanceof ClientError && error.code === 'forbidden') return undefined;
    throw error;
  });
  const known = mine?.find((one) => one.keyid === key?.keyid);
  if (known !== undefined && known.revokedAt !== null)
    throw new ClientError(
      'refused',
      `The publisher key at ${path} was revoked, and nothing that it signs is accepted. Move it away; the next \`skill publish\` makes a new one. ${without}`,
    );
  const others = (mine ?? []).filter((one) => one.revokedAt === null && one.keyid !== key?.keyid).length;
  return { path, key, registered: key !== undefined && (mine === undefined || known !== undefined), others };
}

/**
 * Asks whether a key may be made and registered, if one has to be. False: the person said no.
 * @throws ClientError usage, where nobody can be asked and --yes does not cover it
 */
export async function mayPrepare(signing: Signing, now: Session, flags: SigningFlags): Promise<boolean> {
  const { ClientError } = await import('../../registry/client/errors.ts');
  const { path, key, registered, others } = signing;
  if (registered) return true;
  const { base } = now.chosen;
  const elsewhere =
    others === 0
      ? ''
      : ` You have ${plural(others, 'key')} registered from elsewhere; whoever installed what they signed is asked about another one.`;
  const missing =
    key === undefined ? `There is no publisher key on this machine (${path})` : `The publisher key at ${path} is not registered with ${base}`;
  const byHand = `${key === undefined ? '`skill key create` and ' : ''}\`skill key register\``;
  if (flags.yes === true) {
    if (key !== undefined || others === 0) return true;
    throw new ClientError(
      'usage',
      `${missing}, and --yes makes no second one.${elsewhere} Bring yours (--key, SKILL_PUBLISHER_KEY_FILE), or make a new one with ${byHand}. ${without}`,
    );
  }
  const answer = await askYes(
    `${missing}.${elsewhere} ${key === undefined ? 'Make one and register' : 'Register'} it with ${base}, so that your releases are signed by you?`,
  );
  if (answer === undefined)
    throw new ClientError(
      'usage',
      `${missing}, so this release cannot be signed by you, and nobody can be asked here. Run ${byHand} first, or add --yes to have ${key === undefined ? 'one made and registered' : 'it registered'} now. ${without}`,
    );
  if (!answer) tell(`Nothing was sent. ${without}`);
  return answer;
}

/**
 * The publisher's bundle over a prepared tree, after making and registering what the plan says is missing.
 * @param registryId what the registry calls itself now
 * @throws ClientError file, untrusted, forbidden
 */
export async function signRelease(
  signing: Signing,
  now: Session,
  prepared: Prepared,
  registryId: string,
  source: StatedSource | undefined,
): Promise<{ readonly bundle: unknown; readonly keyid: string }> {
  const { ClientError } = await import('../../registry/client/errors.ts');
  const { registerKey } = await import('../../registry/client/accounts.ts');
  const { createKey, loadKey, signTree } = await import('../../registry/client/sign.ts');
  const { pinKeys } = await import('../../registry/client/session.ts');
  // The registry's name is part of what is signed: it has to be the one that was pinned.
  const { known } = await pinKeys(now, askKeys({}), true);
  if (known.id !== registryId) throw new ClientError('untrusted', `The registry called itself ${known.id} and now ${registryId}. Nothing was sent.`);
  if (signing.key === undefined) {
    await createKey(signing.path);
    tell(`Made the publisher key ${signing.path}. Keep a copy somewhere safe.`);
  }
  const key = signing.key ?? (await loadKey(signing.path))!;
  if (!signing.registered)
    try {
      await registerKey(now.http, key.pem, hostname());
      tell(`Registered the publisher key ${key.keyid} with ${now.chosen.base}.`);
    } catch (error) {
      if (!(error instanceof ClientError) || error.code !== 'forbidden') throw error;
      throw new ClientError(
        'forbidden',
        `This token cannot register your publisher key: ${error.message} Register it once with another token (\`skill key register\`); this one can publish with it then. ${without}`,
        { cause: error },
      );
    }
  const bundle = await signTree({ registryId, ...prepared.name }, prepared.unsigned, key, {
    signedAt: Date.now(),
    ...(source === undefined ? {} : { source }),
  });
  return { bundle, keyid: key.keyid };
}
