/** A whole release, really signed: what the tests of this folder bend and break. */

import { bundleDigest, type SerializedBundle, signStatement } from '../../../registry/trust/bundle.ts';
import { sha256Hex } from '../../../registry/trust/bytes.ts';
import { generateKey, keyEntry, type PrivateKey, type PublicKeyEntry, parsePrivateKey } from '../../../registry/trust/keys.ts';
import type { ReleaseName } from '../../../registry/trust/names.ts';
import { PUBLISHER_FILE, publisherStatement, type SourceTree } from '../../../registry/trust/publisher.ts';
import { type Attestations, attestationsOf, type ExpectedRelease } from '../../../registry/trust/release.ts';
import {
  type PublishPredicate,
  publishStatement,
  type ReleaseFacts,
  type ReviewPredicate,
  reviewStatement,
  type ScanPredicate,
  scanStatement,
  vsaStatement,
} from '../../../registry/trust/statements.ts';

export const newKey = (): PrivateKey => parsePrivateKey(generateKey().privatePem);

export interface World {
  readonly release: PrivateKey;
  readonly publisher: PrivateKey;
  readonly keys: readonly PublicKeyEntry[];
}
export function world(): World {
  const release = newKey();
  return { release, publisher: newKey(), keys: [keyEntry(release.pem, 'release', 0)] };
}

export const name: ReleaseName = { registryId: 'skills.example', owner: 'acme', slug: 'notes', version: '1.2.0' };

/** Digests here are of made-up bytes: what the bytes are is registry/archive's matter. */
export function tree(seed: string, paths: readonly string[] = ['SKILL.md', 'scripts/run.sh']): SourceTree {
  const files = paths.map((path) => ({ path, size: seed.length + path.length, sha256: sha256Hex(`${seed} ${path}`) }));
  return {
    sha256: sha256Hex(`archive ${seed}`),
    size: 1000 + seed.length,
    tree: `sha256:${sha256Hex(`tree ${seed}`)}`,
    fingerprint: sha256Hex(`print ${seed}`),
    files,
  };
}

export const factsOf = (source: SourceTree, of: ReleaseName = name): ReleaseFacts => ({
  ...of,
  archiveSha256: source.sha256,
  archiveSize: source.size,
  tree: source.tree,
  fingerprint: source.fingerprint,
  files: source.files,
});

export const scanOf = (decision: ScanPredicate['verdict']['decision'] = 'pass'): ScanPredicate => ({
  scanner: { name: 'skillward', version: '0.1.0' },
  rules: { digest: sha256Hex('rules'), count: 79 },
  policy: { name: 'balanced', digest: sha256Hex('policy'), asOf: '2026-11-21' },
  verdict: { decision, says: 'nothing to block or review under policy balanced' },
  findings: [{ rule: 'NET-001', gate: 'capability', severity: 'info', count: 2, excepted: 0 }],
  capability: { digest: sha256Hex('capability'), entries: 3, added: 0 },
  complete: true,
  report: { sha256: sha256Hex('report'), size: 4711 },
  scannedAt: '2026-11-21T10:00:01.000Z',
});

export const reviewOf = (id: string, more: Partial<ReviewPredicate> = {}): ReviewPredicate => ({
  reviewer: { id, handle: id.slice(4), role: 'approver' },
  decision: 'approved',
  reason: 'read it whole',
  reviewedAt: '2026-11-21T11:00:00.000Z',
  self: false,
  breakGlass: false,
  ...more,
});

export interface Recipe {
  readonly name: ReleaseName;
  readonly seed: string;
  readonly decision: ScanPredicate['verdict']['decision'];
  readonly reviews: readonly ReviewPredicate[];
  /** The publisher signs too. */
  readonly signed: boolean;
  /** The publisher's bundle lies in the folder. */
  readonly inFolder: boolean;
  readonly publisher: Partial<PublishPredicate['publisher']>;
  readonly vsa: Partial<Parameters<typeof vsaStatement>[1]>;
  /** Changes a statement in JSON before it is signed: what a signer that lies would sign. */
  readonly bend: (kind: 'publish' | 'publisher' | 'vsa', predicate: Record<string, unknown>, subject: Record<string, unknown>) => void;
}

type Bent = Parameters<typeof signStatement>[0];
function bent<S extends Bent>(kind: 'publish' | 'publisher' | 'vsa', statement: S, bend: Recipe['bend'] | undefined): S {
  const copy = JSON.parse(JSON.stringify(statement)) as { predicate: Record<string, unknown>; subject: [Record<string, unknown>] };
  bend?.(kind, copy.predicate, copy.subject[0]);
  return copy as unknown as S;
}

export interface Made {
  readonly attestations: Attestations;
  readonly expected: ExpectedRelease;
  readonly parts: {
    publish: SerializedBundle;
    publisher: SerializedBundle | undefined;
    scan: SerializedBundle;
    reviews: SerializedBundle[];
    vsa: SerializedBundle;
  };
}

/** Signs a release as the signer does. */
export async function makeRelease(of: World, recipe: Partial<Recipe> = {}): Promise<Made> {
  const who = recipe.name ?? name;
  const rest = tree(recipe.seed ?? 'one');
  const reviews = recipe.reviews ?? [reviewOf('usr_bob')];
  const signed =
    recipe.signed === true
      ? await signStatement(bent('publisher', publisherStatement(who, rest, { signedAt: '2026-11-21T09:59:00.000Z' }), recipe.bend), of.publisher)
      : undefined;
  const whole =
    recipe.inFolder === true
      ? { ...tree(`${recipe.seed ?? 'one'} whole`), files: [...rest.files, { path: PUBLISHER_FILE, size: 900, sha256: sha256Hex('bundle file') }] }
      : rest;
  const facts = factsOf(whole, who);
  const publish = await signStatement(
    bent(
      'publish',
      publishStatement(facts, {
        publisher: {
          id: 'usr_ann',
          handle: 'ann',
          level: signed === undefined ? 'L1' : 'L2',
          credential: { kind: 'token', id: 'tok_1' },
          ...recipe.publisher,
        },
        ...(signed === undefined ? {} : { signedBy: { keyid: of.publisher.keyid, pem: of.publisher.pem, bundle: bundleDigest(signed) } }),
        publishedAt: '2026-11-21T10:00:00.000Z',
        source: { kind: 'upload' },
      }),
      recipe.bend,
    ),
    of.release,
  );
  const scan = await signStatement(scanStatement(facts, scanOf(recipe.decision)), of.release);
  const reviewed = await Promise.all(reviews.map((review) => signStatement(reviewStatement(facts, review), of.release)));
  const others = [publish, ...(signed === undefined ? [] : [signed]), scan, ...reviewed];
  const vsa = await signStatement(
    bent(
      'vsa',
      vsaStatement(facts, {
        version: '0.1.0',
        timeVerified: '2026-11-21T11:00:00.000Z',
        policySha256: sha256Hex('registry policy'),
        inputs: others.map(bundleDigest),
        result: 'PASSED',
        levels: ['SKILLWARD_PUBLISHER_L1'],
        solo: reviews.some((review) => review.self),
        breakGlass: reviews.some((review) => review.breakGlass),
        approvers: reviews.map((review) => review.reviewer.id),
        ...recipe.vsa,
      }),
      recipe.bend,
    ),
    of.release,
  );
  return {
    attestations: attestationsOf([...others, vsa]),
    expected: {
      ...who,
      archiveSha256: facts.archiveSha256,
      archiveSize: facts.archiveSize,
      tree: facts.tree,
      fingerprint: facts.fingerprint,
      files: facts.files,
    },
    parts: { publish, publisher: signed, scan, reviews: reviewed, vsa },
  };
}

/** The code a promise is refused with; `verified` if it is not. */
export const codeOf = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'verified',
    (error: unknown) =>
      (error as { code?: string; name?: string }).name === 'TrustError' ? String((error as { code: string }).code) : `threw ${String(error)}`,
  );
