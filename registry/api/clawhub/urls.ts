/** Addresses in answers. All start with the public URL of the settings, never with what a request says of its host: clients send their token to some of them. */

const enc = encodeURIComponent;

export interface Place {
  readonly owner: string;
  readonly slug: string;
  readonly version?: string;
}

/** The page of a skill or of one of its versions. */
export const pageUrl = (publicUrl: string, { owner, slug, version }: Place): string =>
  `${publicUrl}/skills/@${enc(owner)}/${enc(slug)}${version === undefined ? '' : `/${enc(version)}`}`;

export const reportPage = (publicUrl: string, place: Required<Place>): string => `${pageUrl(publicUrl, place)}/report`;

/** Where an archive is downloaded. Complete: clients use it as it is. */
export const downloadUrl = (publicUrl: string, { owner, slug, version }: Required<Place>): string =>
  `${publicUrl}/api/v1/download?slug=${enc(slug)}&ownerHandle=${enc(owner)}&version=${enc(version)}`;

export const cardUrl = (publicUrl: string, { owner, slug, version }: Required<Place>): string =>
  `${publicUrl}/api/v1/skills/${enc(slug)}/card?ownerHandle=${enc(owner)}&version=${enc(version)}`;

export const attestationsUrl = (publicUrl: string, { owner, slug, version }: Required<Place>): string =>
  `${publicUrl}/api/skillward/v1/skills/${enc(owner)}/${enc(slug)}/${enc(version)}/attestations`;

/** Where a signed revocation would be; 404 as long as there is none. */
export const revocationUrl = (publicUrl: string, { owner, slug, version }: Required<Place>): string =>
  `${publicUrl}/api/skillward/v1/skills/${enc(owner)}/${enc(slug)}/${enc(version)}/revocation`;

export const keysUrl = (publicUrl: string): string => `${publicUrl}/api/skillward/v1/keys`;
