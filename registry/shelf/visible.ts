/** What an actor may read, as conditions of a query: the same rule as `canRead` (auth/rights.ts), so that pages and limits are counted over what the caller sees. Every row that comes back is asked again with `canRead` on sealed rows. */
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Reach } from '../auth/rights.ts';

const list = (values: readonly string[]): RawBuilder<unknown> => sql`(${sql.join(values.map((value) => sql`${value}`))})`;

/** A condition over a row of `namespaces` that the query calls `n`. */
export function readable(reach: Reach): RawBuilder<SqlBool> {
  const byVisibility = reach.visibilities.length === 0 ? sql`0` : sql`n.visibility in ${list(reach.visibilities)}`;
  // The id of a membership is made of the two ids, so this is one look into the primary key.
  const byMember = reach.memberId === undefined ? sql`0` : sql`exists (select 1 from members m where m.id = n.id || ':' || ${reach.memberId})`;
  const inside = reach.within === undefined ? sql`1` : reach.within.length === 0 ? sql`0` : sql`n.handle in ${list(reach.within)}`;
  return sql<SqlBool>`((${byVisibility} or ${byMember}) and ${inside})`;
}

/** A condition over a row of `skills` that the query calls `s`: not deleted, and with a version that is given out. */
export const given: RawBuilder<SqlBool> = sql<SqlBool>`(s.deleted_at is null and exists (select 1 from versions v where v.skill_id = s.id and v.state in ('served', 'deprecated')))`;

/** Whether an actor can read nothing at all, so that no query is needed. */
export const blind = (reach: Reach): boolean => reach.visibilities.length === 0 && reach.memberId === undefined;
