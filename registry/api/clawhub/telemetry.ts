/**
 * W10: what clients say they installed. Kept as an inventory of who has which version, so that a revocation can tell whom it reaches; one row for each user, skill and version. Reports are
 * gathered for a moment and written together: an install costs no writer's turn of its own.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { RegistryError } from '../../errors.ts';
import { newId, type Store } from '../../store/index.ts';
import type { ClawhubOptions } from './index.ts';
import { nameOf, optional } from './names.ts';

const Body = Type.Object({
  event: optional(40),
  slug: optional(200),
  ownerHandle: Type.Optional(Type.Union([Type.String({ maxLength: 100 }), Type.Null()])),
  version: Type.Optional(Type.Union([Type.String({ maxLength: 128 }), Type.Null()])),
  roots: Type.Optional(
    Type.Array(
      Type.Object({
        skills: Type.Optional(
          Type.Array(
            Type.Object({
              slug: Type.String({ maxLength: 200 }),
              version: Type.Optional(Type.Union([Type.String({ maxLength: 128 }), Type.Null()])),
            }),
            {
              maxItems: 500,
            },
          ),
        ),
      }),
      { maxItems: 50 },
    ),
  ),
});

interface Seen {
  readonly skillId: string;
  readonly version: string | null;
  readonly userId: string;
}

const gather = 200;
/** Of one report. */
const mostSkills = 500;

/** Writes what was gathered; every caller hears when theirs is written. */
function inventory(store: Store, now: () => number): (seen: readonly Seen[]) => Promise<void> {
  let waiting: Seen[] = [];
  let written: Promise<void> | undefined;
  return (seen) => {
    waiting.push(...seen);
    written ??= new Promise((resolve, reject) => {
      setTimeout(() => {
        const batch = new Map(waiting.map((one) => [JSON.stringify([one.skillId, one.version, one.userId]), one]));
        waiting = [];
        written = undefined;
        store
          .write(async (tx) => {
            for (const { skillId, version, userId } of batch.values()) {
              const known = await tx
                .updateTable('installs')
                .set({ at: now() })
                .where('skill_id', '=', skillId)
                .where('version', 'is', version)
                .where('user_id', '=', userId)
                .executeTakeFirst();
              if (known.numUpdatedRows === 0n)
                await tx
                  .insertInto('installs')
                  .values({ id: newId('ins'), skill_id: skillId, version, user_id: userId, at: now() })
                  .execute();
            }
          })
          .then(resolve, reject);
      }, gather);
    });
    return written;
  };
}

export const telemetryRoutes: FastifyPluginAsyncTypebox<ClawhubOptions> = async (app, { store, shelf, now = Date.now }) => {
  const record = inventory(store, now);
  const schema = {
    tags: ['clawhub'],
    summary: 'Report an install (W10)',
    body: Type.Union([Body, Type.Null()]),
    response: { 200: Type.Object({ ok: Type.Literal(true) }) },
  };
  for (const path of ['/api/cli/telemetry/install', '/api/cli/telemetry/sync'])
    app.post(path, { schema }, async ({ actor, body }) => {
      const { user } = actor;
      // Nobody's installs reach nobody.
      if (user === undefined || body === null) return { ok: true as const };
      const named = [
        ...(body.slug === undefined ? [] : [{ slug: body.slug, owner: body.ownerHandle ?? undefined, version: body.version ?? null }]),
        ...(body.roots ?? []).flatMap((root) =>
          (root.skills ?? []).map(({ slug, version }) => ({ slug, owner: undefined, version: version ?? null })),
        ),
      ].slice(0, mostSkills);
      const seen: Seen[] = [];
      for (const { slug, owner, version } of named) {
        try {
          const skill = await shelf.skill(actor, nameOf(slug, owner));
          seen.push({
            skillId: skill.id,
            version: version !== null && skill.versions.some((row) => row.version === version) ? version : null,
            userId: user.id,
          });
        } catch (error) {
          // Skills from elsewhere are none of ours.
          if (!(error instanceof RegistryError)) throw error;
        }
      }
      if (seen.length > 0) await record(seen);
      return { ok: true as const };
    });
};
