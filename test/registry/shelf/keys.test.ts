/** Two servers on one store: what one of them learns of the signer's keys, the other goes by at once. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createKeyring, type Keyring } from '../../../registry/keyring.ts';
import type { Actor } from '../../../registry/model.ts';
import { createShelf, type Shelf } from '../../../registry/shelf/index.ts';
import { openStore, type Store } from '../../../registry/store/index.ts';
import type { NamespaceRow, UserRow } from '../../../registry/store/schema.ts';
import { generateKey, parsePrivateKey } from '../../../registry/trust/keys.ts';
import { actorFor, addNamespace, addUser, addVersion, type Library, library, refusal, registryId } from './fixture.ts';

let here: Library;
let there: Store;
let reader: Actor;
let owner: UserRow;
let space: NamespaceRow;
let keyring: Keyring;
let shelf: Shelf;

beforeEach(async () => {
  here = await library();
  owner = await addUser(here, 'ann');
  reader = actorFor(await addUser(here, 'rita', 'reader'));
  space = await addNamespace(here, 'acme', owner);
  await (await createKeyring(here.store)).meet({ keyid: here.release.keyid, pem: here.release.pem });
  await addVersion(here, { namespace: space, slug: 'old', publisher: owner });
  there = await openStore(here.folder);
  keyring = await createKeyring(there);
  shelf = createShelf({ store: there, config: { registryId, anonymousRead: false }, keys: keyring.keys, keyring });
  await shelf.download(reader, { slug: 'old', version: '1.0.0' });
});
afterEach(async () => {
  await there.close();
  await here.close();
});
const code = async (slug: string): Promise<string> => (await refusal(shelf.download(reader, { slug, version: '1.0.0' }))).code;

it('gives out what was signed with a key that the other server was told to trust', async () => {
  const next = parsePrivateKey(generateKey().privatePem);
  await (await createKeyring(here.store, next.keyid)).meet({ keyid: next.keyid, pem: next.pem });
  await addVersion({ ...here, release: next }, { namespace: space, slug: 'new', publisher: owner });
  expect([await code('new'), await code('old')]).toEqual(['answered', 'answered']);
});

it('gives out no more what was signed with a key that is revoked, however warm it is', async () => {
  expect([await code('old'), await code('old')]).toEqual(['answered', 'answered']);
  const { id } = await here.store.db.selectFrom('release_keys').select('id').executeTakeFirstOrThrow();
  await here.store.write((tx) => here.store.patch(tx, 'release_keys', id, { revoked_at: here.clock }));
  expect(await code('old')).toBe('tampered');
});
