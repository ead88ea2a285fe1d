/**
 * What every text file is checked for once, whatever its language: characters nobody sees, text pushed out of sight, literals nobody reads, credentials in
 * plain text. The driver calls {@link hidden} for a whole file and states the facts and embeds the texts; nothing here depends on a language.
 */
import { secretsIn } from '../data/secrets.ts';
import type { FactDraft, HideFact, SecretFact } from '../model.ts';
import { collapsed, type EmbedOptions, type OffsetMap, type ReadContext } from './contract.ts';
import { longLiterals, padding } from './text/distance.ts';
import { bidi, carriers, mixedScript, type Unseen, zeroWidth } from './text/unseen.ts';

export { type Skeleton, skeleton } from './text/skeleton.ts';

/** A fact as `ctx.fact(start, end, draft)` takes it. */
export interface HiddenFact {
  readonly start: number;
  readonly end: number;
  readonly draft: Extract<FactDraft, { kind: HideFact['kind'] | SecretFact['kind'] }>;
}

/** A text as `ctx.embed(language, text, map, options)` takes it. */
export interface HiddenText {
  readonly language: 'prose';
  readonly text: string;
  readonly map: OffsetMap;
  readonly options: EmbedOptions;
}

export interface Hidden {
  readonly facts: readonly HiddenFact[];
  readonly embeds: readonly HiddenText[];
}

const asciiOnly = /^[\x00-\x7f]*$/;

/** Everything hidden in a text, in order of place. Linear. */
export function hidden(text: string): Hidden {
  const ascii = asciiOnly.test(text);
  const unseen: Unseen[] = [
    ...(ascii ? [] : [...carriers(text), ...zeroWidth(text), ...bidi(text), ...mixedScript(text)]),
    ...padding(text),
    ...longLiterals(text),
  ];
  const facts: HiddenFact[] = unseen.map(({ how, start, end, text: said }) => ({
    start,
    end,
    draft: { kind: 'hide', how, ...(said === undefined ? {} : { text: said }) },
  }));
  for (const { shape, start, end, redacted } of secretsIn(text)) facts.push({ start, end, draft: { kind: 'secret', shape, redacted } });
  facts.sort((a, b) => a.start - b.start || a.end - b.end);
  const embeds = unseen.flatMap(({ decoded, codec, start, end }): HiddenText[] =>
    decoded === undefined
      ? []
      : [
          {
            language: 'prose',
            text: decoded,
            map: collapsed(start, end),
            options: { role: 'decoded', stance: 'use', unwrapped: [codec ?? 'hidden'] },
          },
        ],
  );
  return { facts, embeds };
}

/** States what {@link hidden} finds through a context. For drivers that have one. */
export function readHidden(text: string, ctx: ReadContext): void {
  const found = hidden(text);
  for (const { start, end, draft } of found.facts) ctx.fact(start, end, draft);
  for (const { language, text: inner, map, options } of found.embeds) ctx.embed(language, inner, map, options);
}
