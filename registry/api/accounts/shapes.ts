/** Shapes that the routes of accounts share. Answers are of fixed shape; requests refuse keys that they do not know. */
import { Type } from 'typebox';
import { type AccountContext, needPerson, needUser } from '../../auth/context.ts';
import { needAdmin } from '../../auth/rights.ts';
import type { Config } from '../../config.ts';
import type { Actor } from '../../model.ts';
import type { Store } from '../../store/index.ts';

export interface AccountParts {
  readonly context: AccountContext;
  readonly config: Pick<Config, 'anonymousRead'>;
}

export const prefix = '/api/skillward/v1';

export const Role = Type.Enum(['reader', 'publisher', 'approver', 'admin']);
export const MemberRole = Type.Enum(['owner', 'publisher', 'reader']);
export const Visibility = Type.Enum(['public', 'internal', 'private']);
export const Scope = Type.Enum(['read', 'publish', 'approve', 'admin']);
export const Kind = Type.Enum(['bearer', 'path']);
export const Time = Type.Integer({ description: 'Milliseconds since 1970' });
export const OrNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);
export const Handle = Type.String({ minLength: 1, maxLength: 80 });
export const Text = Type.String({ minLength: 1, maxLength: 500 });
export const strict = { additionalProperties: false } as const;
export const Reason = Type.Optional(Type.Union([Type.Object({ reason: Type.Optional(Text) }, strict), Type.Null()]));

/** Answers carry the name and version of their shape. */
export const answer = <N extends string, T extends Record<string, Parameters<typeof Type.Union>[0][number]>>(name: N, keys: T) =>
  Type.Object({ schema: Type.Literal(name), ...keys });

/** Whose things are listed: the id of a user, or undefined for everybody's. Throws RegistryError `unauthorized`, `forbidden` or `not-found`. */
export async function whose(store: Store, actor: Actor, query: { readonly user?: string; readonly all?: boolean }): Promise<string | undefined> {
  needPerson(actor);
  if (query.all === true) {
    needAdmin(actor);
    return undefined;
  }
  if (query.user === undefined || query.user.replace(/^@/, '').toLowerCase() === actor.user.handle) return actor.user.id;
  needAdmin(actor);
  return (await needUser(store, store.db, query.user)).id;
}
