/** Shapes of the import API, shared by the server that answers and the command that asks. */
import { type Static, Type } from 'typebox';

const strict = { additionalProperties: false } as const;
export const Handle = Type.String({ pattern: '^@?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,38}[A-Za-z0-9])?$' });
export const Slug = Type.String({ pattern: '^[A-Za-z0-9](?:[A-Za-z0-9-]{0,126}[A-Za-z0-9])?$' });
const VersionNumber = Type.String({ pattern: '^[0-9A-Za-z][0-9A-Za-z.+-]{0,63}$' });
const Address = Type.String({ minLength: 1, maxLength: 2000 });
const As = Type.Object({ owner: Type.Optional(Handle), slug: Type.Optional(Slug) }, strict);

/** What to import from an upstream. */
export const Upstream = Type.Object(
  {
    from: Type.String({ minLength: 1, maxLength: 2000, description: 'Address of a ClawHub-compatible registry that the settings allow' }),
    owner: Type.Optional(Handle),
    slug: Slug,
    version: Type.Optional(VersionNumber),
    as: Type.Optional(As),
    watch: Type.Optional(Type.Boolean({ description: 'Look for new versions from now on' })),
  },
  strict,
);
/** The field `payload` of a form, before the file `archive`. */
export const Payload = Type.Object(
  {
    kind: Type.Enum(['folder', 'git']),
    from: Address,
    commit: Type.Optional(Type.String({ pattern: '^[0-9a-f]{40,64}$' })),
    path: Type.Optional(Type.String({ maxLength: 1024 })),
    version: VersionNumber,
    changelog: Type.Optional(Type.String({ maxLength: 10_000 })),
    as: Type.Object({ owner: Type.Optional(Handle), slug: Slug }, strict),
  },
  strict,
);

const OrNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);
const Ability = Type.Object({ kind: Type.String(), key: Type.String(), details: Type.Record(Type.String(), Type.Unknown()) });
/** What became of one import. */
export const Imported = Type.Object({
  schema: Type.Literal('skillward.import.v1'),
  owner: Type.String(),
  slug: Type.String(),
  version: Type.String(),
  versionId: Type.String(),
  state: Type.String(),
  decision: OrNull(Type.String()),
  reason: OrNull(Type.String()),
  repeated: Type.Boolean(),
  upstream: Type.String(),
  digest: Type.String(),
  growth: OrNull(Type.Object({ against: Type.String(), added: Type.Array(Ability), removed: Type.Array(Ability) })),
  watched: Type.Boolean(),
  warnings: Type.Array(Type.String()),
});
export const Watches = Type.Object({
  schema: Type.Literal('skillward.imports.v1'),
  items: Type.Array(
    Type.Object({
      owner: Type.String(),
      slug: Type.String(),
      upstream: Type.String(),
      lastVersion: OrNull(Type.String()),
      checkedAt: OrNull(Type.Integer({ description: 'Milliseconds since 1970' })),
    }),
  ),
});

export const importPath = '/api/skillward/v1/import';
export type Imported = Static<typeof Imported>;
export type Watches = Static<typeof Watches>;
