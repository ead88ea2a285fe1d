/** Sentences that direct somebody, compared as a bag: order, layout, emphasis and the file they stand in do not matter. They are told, never judged; what they can do is a finding or an ability. */
import type { Instruction } from '../model.ts';

const plain = (one: Instruction): string =>
  `${one.clause
    .replace(/[*_`#>]+/g, ' ')
    .replace(/[\u2018\u2019\u201c\u201d"']/g, "'")
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[.:;,!]{1,20}$/, '')
    .toLowerCase()}\0${one.destination ?? ''}`;

/** Instructions of `now` that `was` does not have, as often as they are more. */
export function moreInstructions(was: readonly Instruction[], now: readonly Instruction[]): Instruction[] {
  const known = new Map<string, number>();
  for (const one of was) known.set(plain(one), (known.get(plain(one)) ?? 0) + 1);
  return now.filter((one) => {
    const key = plain(one);
    const left = known.get(key) ?? 0;
    if (left > 0) known.set(key, left - 1);
    return left === 0;
  });
}
