/** What a request is here, and what requests are made of. */

/** The thing that one asks about. */
export interface Target {
  readonly owner: string;
  readonly slug: string;
  readonly version: string;
  readonly tag: string;
  /** A file that only it has. */
  readonly path: string;
  readonly id: string;
  readonly skillId: string;
  readonly archive: string;
  readonly fingerprint: string;
  readonly report: string;
  readonly attestations: string;
  /** A word of its texts that nothing else has, and one that others have too. */
  readonly rare: string;
  readonly common: string;
}

export interface Ask {
  readonly route: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /**
   * What the request names: the very version, its skill, or its tag; undefined if it only could come by it. Those who may read the namespace hear of a version that was withdrawn when they
   * name it.
   */
  readonly names: 'version' | 'skill' | 'tag' | undefined;
  /** May tell insiders of it. */
  readonly inside: boolean;
  /** Says nothing about skills: asked once. */
  readonly still: boolean;
  /** Parts of the answer that are made at random. */
  readonly mask: readonly RegExp[];
  /** Pages are followed to the end. */
  readonly pages: boolean;
}

/** A request as it is described. */
export type Draft = Partial<Omit<Ask, 'route' | 'method' | 'url' | 'body' | 'headers'>> & {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  readonly parts?: readonly Part[];
  readonly text?: string;
};
export interface Part {
  readonly name: string;
  readonly file?: string;
  readonly content: string;
}
export type Describe = (t: Target) => readonly Draft[];

export const enc = encodeURIComponent;
export const query = (values: Readonly<Record<string, string | number>>): string =>
  new URLSearchParams(Object.entries(values).map(([name, value]): [string, string] => [name, String(value)])).toString();

export const v1 = '/api/v1';
export const native = '/api/skillward/v1';
const boundary = 'x-boundary-of-the-test';

/** A multipart body that is the same each time. */
const multipart = (parts: readonly Part[]): string =>
  `${parts
    .map(
      ({ name, file, content }) =>
        `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${file === undefined ? '' : `; filename="${file}"\r\ncontent-type: application/octet-stream`}\r\n\r\n${content}\r\n`,
    )
    .join('')}--${boundary}--\r\n`;

const skillText = (name: string): string => `---\nname: ${name}\ndescription: Writes something else.\n---\n# ${name}\n\nWrite a list.\n`;
export const payload = (t: Pick<Target, 'slug' | 'version'>, owner: string | undefined): string =>
  JSON.stringify({
    slug: t.slug,
    displayName: t.slug,
    version: t.version,
    changelog: '',
    tags: [],
    ...(owner === undefined ? {} : { ownerHandle: owner }),
  });
/** Publishing under a name, to a namespace or one's own. */
export const publishParts = (t: Pick<Target, 'slug' | 'version'>, owner: string | undefined): readonly Part[] => [
  { name: 'payload', content: payload(t, owner) },
  { name: 'files', file: 'SKILL.md', content: skillText(t.slug) },
];
export const form = (parts: readonly Part[]): { readonly body: string; readonly type: string } => ({
  body: multipart(parts),
  type: `multipart/form-data; boundary=${boundary}`,
});
