/** What could not be read in the new version and was not equally unread before: the same bytes at the same place, or moved, are no news. */
import type { Examined } from '../model.ts';

export type Unread = Examined['unread'][number];

export function newlyUnread(before: readonly Unread[], after: readonly Unread[], moved: ReadonlyMap<string, string>): Unread[] {
  const keyOf = (one: Unread, path: string): string => `${path}\0${one.sha256 ?? one.says}`;
  const known = new Set(before.map((one) => keyOf(one, moved.get(one.path) ?? one.path)));
  return after.filter((one) => !known.has(keyOf(one, one.path)));
}
