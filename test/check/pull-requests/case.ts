/** A pull request as a case: what it does, why somebody would, and what the check must show. */
import { expect, it } from 'vitest';
import { type CheckSettings, heldBy, type Seen, type Team, team } from './team.ts';

export interface Hostile {
  /** The pull request in a few words. */
  readonly name: string;
  /** What somebody hopes that nobody sees. */
  readonly why: string;
  /** Commits on `topic`; may end with how the check is called. */
  readonly make: (team: Team) => Promise<CheckSettings | undefined> | CheckSettings | undefined;
  /** 1 block, 2 cannot be judged, 3 a person has to look, 4 something could not be read. */
  readonly exit: 1 | 2 | 3 | 4;
  /** `rule path` of what has to be held against it, each. */
  readonly names?: readonly string[];
  /** What a person reads, in the terminal. */
  readonly says?: RegExp;
  readonly also?: (seen: Seen, team: Team) => void;
}

export interface Harmless {
  readonly name: string;
  readonly make: (team: Team) => Promise<CheckSettings | undefined> | CheckSettings | undefined;
}

/** Control characters that a terminal obeys, but for line ends. */
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\u{e0000}-\u{e007f}]/u;

/** The check stops it, says why in the terminal and in the comment, and shows nothing of it raw. */
export function stops(one: Hostile): void {
  it.concurrent(`stops: ${one.name}`, { timeout: 120_000 }, async () => {
    const made = await team();
    const settings = (await one.make(made)) ?? {};
    const seen = await made.check(settings);
    expect(seen.exit, `${one.why}\n${seen.out}${seen.err}`).toBe(one.exit);
    if (one.names !== undefined) expect(heldBy(seen), seen.out).toEqual(expect.arrayContaining([...one.names]));
    if (one.says !== undefined) expect(seen.out + seen.err).toMatch(one.says);
    expect(`${seen.out}${seen.err}`).not.toMatch(OBEYED);
    if (one.exit === 2) expect(seen.err).not.toBe('');
    else {
      expect(seen.report?.verdict.silent, seen.out).toBe(false);
      expect(seen.out).not.toBe('');
      expect(seen.comment).not.toBe('');
    }
    one.also?.(seen, made);
    await made.remove();
  });
}

/** The check ends well and says nothing at all: no output, no comment. */
export async function expectSilence(seen: Seen): Promise<void> {
  expect({ exit: seen.exit, held: heldBy(seen), out: seen.out, err: seen.err, comment: seen.comment, silent: seen.report?.verdict.silent }).toEqual({
    exit: 0,
    held: [],
    out: '',
    err: '',
    comment: '',
    silent: true,
  });
}

export function silent(one: Harmless): void {
  it.concurrent(`silent: ${one.name}`, { timeout: 120_000 }, async () => {
    const made = await team();
    const settings = (await one.make(made)) ?? {};
    await expectSilence(await made.check(settings));
    await made.remove();
  });
}
