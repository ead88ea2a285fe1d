/**
 * A publisher's own signature (assurance level L2): the person who publishes signs the tree with a key of their own before it leaves their machine.
 *
 * The bundle travels either beside the upload or inside the folder as `skill.sigstore.json`, where clients that know nothing of it carry it like any file. A file cannot hold a
 * signature over itself, so the statement is about the tree *without* that file: subject digest `sha256` is the canonical archive of the rest, `dirHash` (in-toto's name for
 * Go's Hash1) is over the list of the rest and can be checked without any archive. The name carries registry, owner, slug and version, so a bundle is good for one release.
 *
 * Stops a registry, or whoever took it over, from publishing other bytes in a publisher's name, and a stolen upload token from publishing at level L2.
 */

import type { SerializedBundle } from './bundle.ts';
import { signStatement } from './bundle.ts';
import { dirHash } from './bytes.ts';
import { quote, TrustError } from './errors.ts';
import type { PrivateKey, PublicKeyEntry } from './keys.ts';
import { checkName, type ReleaseName, subjectName } from './names.ts';
import { ownStatement, type PublisherPredicate, type StatedFile, type StatementOf, statedFiles } from './statements.ts';
import { short, type Verified, verifyAs } from './verify.ts';

/** At the root of the folder, spelled exactly so. */
export const PUBLISHER_FILE = 'skill.sigstore.json';

/** A tree without its publisher's bundle. `describe` of registry/archive gives this. */
export interface SourceTree {
  /** sha256 (hex) of its canonical archive. */
  readonly sha256: string;
  /** Bytes of that archive. */
  readonly size: number;
  readonly tree: string;
  readonly fingerprint: string;
  readonly files: readonly StatedFile[];
}

/** The files that a publisher's statement is about, and the bundle that came with them. */
export function splitPublisherBundle<F extends { readonly path: string; readonly bytes: Buffer }>(
  files: readonly F[],
): { readonly bundle: Buffer | undefined; readonly rest: F[] } {
  return { bundle: files.find((file) => file.path === PUBLISHER_FILE)?.bytes, rest: files.filter((file) => file.path !== PUBLISHER_FILE) };
}

/**
 * What a publisher signs.
 * @param source the tree without PUBLISHER_FILE
 * @throws TrustError bad-statement
 */
export function publisherStatement(
  name: ReleaseName,
  source: SourceTree,
  by: { readonly signedAt: string; readonly source?: NonNullable<PublisherPredicate['source']> },
): StatementOf<'publisher'> {
  if (source.files.some((file) => file.path === PUBLISHER_FILE))
    throw new TrustError(
      'bad-statement',
      `A publisher's statement is about the tree without ${PUBLISHER_FILE}; take it out before describing the tree.`,
    );
  return ownStatement(
    { name: subjectName(name), digest: { sha256: source.sha256, dirHash: dirHash(source.files) } },
    { ...by, archive: { size: source.size }, tree: source.tree, fingerprint: source.fingerprint, files: statedFiles(source.files) },
  );
}

/** Signs a tree as its publisher. @throws TrustError */
export const signAsPublisher = (
  name: ReleaseName,
  source: SourceTree,
  by: Parameters<typeof publisherStatement>[2],
  key: PrivateKey,
): Promise<SerializedBundle> => signStatement(publisherStatement(name, source, by), key);

/**
 * Checks a publisher's bundle against the tree it came with.
 * @param source the tree without PUBLISHER_FILE; leave out `sha256` and the other computed digests where only the list of files is known
 * @param keys the publisher's registered keys, purpose `publisher`
 * @throws TrustError
 */
export async function verifyPublisherBundle(
  bundle: unknown,
  source: Partial<SourceTree> & Pick<SourceTree, 'files'>,
  expected: ReleaseName,
  keys: readonly PublicKeyEntry[],
): Promise<Verified<StatementOf<'publisher'>>> {
  const verified = await verifyAs('publisher', bundle, keys, { purpose: 'publisher' });
  const [subject] = verified.statement.subject;
  const { predicate } = verified.statement;
  checkName(subject.name, expected);
  sameFiles(predicate.files, source.files, 'the publisher signed');
  if (subject.digest.dirHash !== dirHash(source.files))
    throw new TrustError('other-files', "The digest of the publisher's statement (dirHash) is not that of the files it lists.");
  if (source.sha256 !== undefined && subject.digest.sha256 !== source.sha256)
    throw new TrustError(
      'other-archive',
      `The publisher signed an archive with the digest ${short(subject.digest.sha256)}; these files make ${short(source.sha256)}.`,
    );
  for (const name of ['tree', 'fingerprint'] as const)
    if (source[name] !== undefined && predicate[name] !== source[name])
      throw new TrustError('other-files', `The ${name} in the publisher's statement is not that of these files.`);
  return verified;
}

/** Throws `other-files` naming the first file that differs. `who` ends the sentence "… is not what ". */
export function sameFiles(signed: readonly StatedFile[], found: readonly StatedFile[], who: string): void {
  const before = new Map(signed.map((file) => [file.path, file]));
  if (before.size !== signed.length) throw new TrustError('other-files', 'The statement lists a file twice.');
  for (const file of found) {
    const stated = before.get(file.path);
    if (stated === undefined) throw new TrustError('other-files', `The file ${quote(file.path)} is not among those ${who}.`);
    if (stated.sha256 !== file.sha256 || stated.size !== file.size)
      throw new TrustError('other-files', `The file ${quote(file.path)} is not the one ${who}.`);
    before.delete(file.path);
  }
  const [missing] = before.keys();
  if (missing !== undefined) throw new TrustError('other-files', `The file ${quote(missing)}, which ${who}, is missing.`);
}
