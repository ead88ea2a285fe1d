/**
 * A step of the tables' history (migrations.ts) that rewrites rows: those that decide something get to know the event that was written with them (newest.ts), and those that had no seal get
 * one. A row whose seal is broken is left as it is, so that nobody believes it afterwards either.
 */
import type { Kysely, Migration, Transaction } from 'kysely';
import { refText } from '../model.ts';
import { appendEvent } from './events.ts';
import { movingTypes, tagsDigest } from './newest.ts';
import type { Schema, SealedTable } from './schema.ts';
import { hasSeal, type Row, sealOf } from './seal.ts';

/** @param sealKey as the rows were sealed with, and are again */
export const standing = (sealKey: Buffer): Migration => ({
  async up(db: Kysely<Schema>) {
    await db.schema
      .alterTable('versions')
      .addColumn('moved_seq', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
    await db.schema.createIndex('versions_publisher').on('versions').columns(['publisher_id', 'state']).execute();
    await db.schema
      .alterTable('upstreams')
      .addColumn('seal', 'text', (column) => column.notNull().defaultTo(''))
      .execute();
    await db.schema.alterTable('settings').addColumn('seal', 'text').execute();

    const good = (table: SealedTable, row: object): boolean => hasSeal(sealKey, table, row as Row);
    const seal = (table: SealedTable, row: object): string => sealOf(sealKey, table, row as Row);
    for (let last = ''; ; ) {
      const page = await db
        .selectFrom('versions')
        .innerJoin('skills', 'skills.id', 'versions.skill_id')
        .innerJoin('namespaces', 'namespaces.id', 'skills.namespace_id')
        .selectAll('versions')
        .select(['namespaces.handle', 'skills.slug'])
        .where('versions.id', '>', last)
        .orderBy('versions.id')
        .limit(200)
        .execute();
      for (const { handle, slug, moved_seq: _, ...row } of page) {
        last = row.id;
        const event = await db
          .selectFrom('events')
          .select('seq')
          .where('subject', '=', refText({ owner: handle, slug, version: row.version }))
          .where('type', 'in', [...movingTypes])
          .orderBy('seq', 'desc')
          .limit(1)
          .executeTakeFirst();
        if (event === undefined || !good('versions', row)) continue;
        const moved = { moved_seq: event.seq };
        await db
          .updateTable('versions')
          .set({ ...moved, seal: seal('versions', { ...row, ...moved }) })
          .where('id', '=', row.id)
          .execute();
      }
      if (page.length < 200) break;
    }
    const tags = await db
      .selectFrom('tags')
      .innerJoin('skills', 'skills.id', 'tags.skill_id')
      .innerJoin('namespaces', 'namespaces.id', 'skills.namespace_id')
      .selectAll('tags')
      .select(['namespaces.handle', 'skills.slug'])
      .orderBy('tags.id')
      .execute();
    const bySkill = new Map<string, typeof tags>();
    for (const { handle: owner, slug, ...row } of tags)
      if (good('tags', row))
        bySkill.set(refText({ owner, slug }), [...(bySkill.get(refText({ owner, slug })) ?? []), { ...row, handle: owner, slug }]);
    for (const [subject, rows] of bySkill)
      await appendEvent(
        db as Transaction<Schema>,
        { type: 'tag.set', actor: { via: 'system' }, subject, reason: 'the store was brought up to date', data: { tags: tagsDigest(rows) } },
        Date.now(),
      );
    for (const row of await db.selectFrom('upstreams').selectAll().execute())
      await db
        .updateTable('upstreams')
        .set({ seal: seal('upstreams', row) })
        .where('id', '=', row.id)
        .execute();
    for (const row of await db.selectFrom('settings').selectAll().where('key', '=', 'registry-id').execute())
      await db
        .updateTable('settings')
        .set({ seal: seal('settings', row) })
        .where('key', '=', row.key)
        .execute();
  },
});
