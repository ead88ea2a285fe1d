/** Reads a text with one of our readers and shows units and facts with the source text they point at. Embedded languages are recorded, not read. */
import { readFile } from '../../../scanner/languages/context.ts';
import type { Language } from '../../../scanner/languages/contract.ts';
import html from '../../../scanner/languages/html/index.ts';
import markdown from '../../../scanner/languages/markdown/index.ts';
import text from '../../../scanner/languages/text/index.ts';
import { limits } from '../../../scanner/limits.ts';
import type { Edge, Fact, FactKind, FactOf, File, Unit } from '../../../scanner/model.ts';

export interface Seen {
  readonly units: readonly Unit[];
  readonly facts: readonly Fact[];
  readonly edges: readonly Edge[];
  /** Text each unit was given. */
  readonly given: ReadonlyMap<number, string>;
  /** Source text of a span. */
  at(of: { readonly at: { readonly start: number; readonly end: number } }): string;
  of<K extends FactKind>(kind: K): FactOf<K>[];
  /** Units of a language, with the text they were given. */
  in(language: string): { readonly unit: Unit; readonly text: string; readonly source: string }[];
  /** Where a word of an embedded unit stands in the file, as the driver maps it. */
  readonly words: readonly { readonly unit: number; readonly word: string; readonly source: string }[];
}

const own: Readonly<Record<string, Language>> = { markdown, html, text };

export async function read(source: string, options: { readonly language?: string; readonly path?: string } = {}): Promise<Seen> {
  const given = new Map<number, string>();
  const words: { unit: number; word: string; source: string }[] = [];
  const recorder = (id: string): Language => ({
    id,
    read(inner, ctx) {
      given.set(ctx.unit.id, inner);
      for (const word of inner.matchAll(/[A-Za-z0-9]{3,}/g)) {
        const span = ctx.span(word.index, word.index + word[0].length);
        words.push({ unit: ctx.unit.id, word: word[0], source: source.slice(span.start, span.end) });
      }
    },
  });
  const recorded = (language: Language): Language => ({
    id: language.id,
    read(inner, ctx) {
      given.set(ctx.unit.id, inner);
      language.read(inner, ctx);
    },
  });
  const path = options.path ?? 'SKILL.md';
  const file: File = { id: 0, path, kind: 'text', size: source.length, sha256: '', text: source, executable: false };
  const result = await readFile(
    { file, language: options.language ?? 'markdown', role: 'file' },
    { unit: 0, fact: 0, cell: 0 },
    new Set([path]),
    limits,
    (name) => Promise.resolve(own[name] === undefined ? recorder(name) : recorded(own[name])),
    (run) => {
      run();
      return 'done';
    },
  );
  return {
    ...result,
    given,
    words,
    at: (of) => source.slice(of.at.start, of.at.end),
    of: (kind) => result.facts.filter((fact): fact is FactOf<typeof kind> => fact.kind === kind),
    in: (language) =>
      result.units
        .filter((unit) => unit.language === language && unit.role !== 'file')
        .map((unit) => ({ unit, text: given.get(unit.id) ?? '', source: source.slice(unit.at.start, unit.at.end) })),
  };
}
