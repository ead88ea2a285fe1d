/**
 * What a statement is about, by name: `skill:<registry-id>/@owner/slug@version`. One name has one reading: none of the parts can hold `/` or `@`. The registry's id is part of
 * it, so that a statement of one registry says nothing in another (dependency confusion, a mirror that renames).
 */
import { quote, TrustError } from './errors.ts';

export interface ReleaseName {
  readonly registryId: string;
  readonly owner: string;
  readonly slug: string;
  readonly version: string;
}

const forms: Readonly<Record<keyof ReleaseName, { readonly pattern: RegExp; readonly wanted: string }>> = {
  registryId: {
    pattern: /^[A-Za-z0-9[][A-Za-z0-9._:[\]-]{0,252}$/,
    wanted: 'a host, with a port if it has one, or letters, digits and . _ : -, at most 253',
  },
  owner: { pattern: /^[a-z0-9](?:[a-z0-9._-]{0,38}[a-z0-9])?$/, wanted: 'lower-case letters, digits and . _ - inside, at most 40' },
  slug: { pattern: /^[a-z0-9](?:[a-z0-9-]{0,126}[a-z0-9])?$/, wanted: 'lower-case letters, digits and - inside, at most 128' },
  version: { pattern: /^[0-9A-Za-z][0-9A-Za-z.+-]{0,127}$/, wanted: 'letters, digits and . + -, at most 128' },
};

/** The name of a subject. @throws TrustError bad-statement if a part cannot be one */
export function subjectName(name: ReleaseName): string {
  for (const [part, { pattern, wanted }] of Object.entries(forms)) {
    const value = name[part as keyof ReleaseName];
    if (!pattern.test(value)) throw new TrustError('bad-statement', `The ${part} ${quote(value)} cannot be part of a subject: ${wanted}.`);
  }
  return `skill:${name.registryId}/@${name.owner}/${name.slug}@${name.version}`;
}

/** The parts of a subject's name. @throws TrustError bad-statement */
export function parseSubjectName(text: string): ReleaseName {
  const match = /^skill:([^/@]{1,253})\/@([^/@]{1,40})\/([^/@]{1,128})@([^/@]{1,128})$/.exec(text);
  if (match === null) throw new TrustError('bad-statement', `The subject ${quote(text)} is not of the form skill:<registry>/@owner/slug@version.`);
  const name: ReleaseName = { registryId: match[1]!, owner: match[2]!, slug: match[3]!, version: match[4]! };
  subjectName(name);
  return name;
}

/** The registry's signer as verifiers know it, and the policy it judges by. */
export const verifierId = (registryId: string): string => `skill:${registryId}/signer`;
export const policyUri = (registryId: string): string => `skill:${registryId}/policy`;

/** Throws unless `found` names exactly `expected`; the code says which part differs. */
export function checkName(found: string, expected: ReleaseName): void {
  const name = parseSubjectName(found);
  const differs = (what: string, has: string, wants: string): string => `The statement is about ${what} ${quote(has)}; ${quote(wants)} is wanted.`;
  if (name.registryId !== expected.registryId) throw new TrustError('other-registry', differs('the registry', name.registryId, expected.registryId));
  if (name.owner !== expected.owner || name.slug !== expected.slug)
    throw new TrustError('other-skill', differs('the skill', `@${name.owner}/${name.slug}`, `@${expected.owner}/${expected.slug}`));
  if (name.version !== expected.version) throw new TrustError('other-version', differs('the version', name.version, expected.version));
}
