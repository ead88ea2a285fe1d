/** Runs one reader over one file and hands back what it said, with the source text of each span. Other languages are silent stubs, so that only the reader itself is tested. */
import { createHash } from 'node:crypto';
import { readFile } from '../../../scanner/languages/context.ts';
import type { Language } from '../../../scanner/languages/contract.ts';
import { limits } from '../../../scanner/limits.ts';
import type { Fact, FactKind, FactOf, File, Unit } from '../../../scanner/model.ts';
import { show } from '../../../scanner/value.ts';

export interface Read {
  readonly units: readonly Unit[];
  readonly facts: readonly Fact[];
  readonly edges: number;
  of<K extends FactKind>(kind: K): FactOf<K>[];
  /** Source text of a fact or unit. */
  text(of: { readonly at: Fact['at'] }): string;
  /** Units of a language as `text | role | reach | note`. */
  embedded(language: string): string[];
  /** Texts handed to a language, as its reader saw them. */
  readonly given: readonly { readonly language: string; readonly text: string; readonly unit: Unit }[];
}

/** @param others readers that should run as well; everything else is a stub */
export async function read(
  language: Language,
  path: string,
  text: string,
  options: {
    readonly role?: Unit['role'];
    readonly as?: string;
    readonly paths?: readonly string[];
    readonly others?: Readonly<Record<string, Language>>;
  } = {},
): Promise<Read> {
  const file: File = {
    id: 0,
    path,
    kind: 'text',
    size: Buffer.byteLength(text),
    sha256: createHash('sha256').update(text).digest('hex'),
    text,
    executable: false,
  };
  const given: { language: string; text: string; unit: Unit }[] = [];
  const stub: Language = { id: 'stub', read: (source, ctx) => void given.push({ language: ctx.unit.language, text: source, unit: ctx.unit }) };
  const name = options.as ?? language.id;
  const result = await readFile(
    { file, language: name, role: options.role ?? 'file' },
    { unit: 0, fact: 0, cell: 0 },
    new Set([path, ...(options.paths ?? [])]),
    limits,
    (wanted) => Promise.resolve(wanted === name || wanted === language.id ? language : (options.others?.[wanted] ?? stub)),
    (run) => {
      run();
      return 'done';
    },
  );
  return {
    units: result.units,
    facts: result.facts,
    edges: result.edges.length,
    of: (kind) => result.facts.filter((fact): fact is FactOf<typeof kind> => fact.kind === kind),
    text: (of) => text.slice(of.at.start, of.at.end),
    embedded: (wanted) =>
      result.units
        .filter((unit) => unit.language === wanted)
        .map((unit) => `${text.slice(unit.at.start, unit.at.end)} | ${unit.role} | ${unit.reach ?? '-'} | ${unit.note ?? '-'}`),
    given,
  };
}

/** `system key=value effect` of every config fact, sorted. */
export const configs = (of: Read): string[] =>
  of
    .of('config')
    .map((fact) => `${fact.system} ${fact.key}=${show(fact.value)} ${fact.effect}`)
    .sort();

/** `manager name@version pinned|loose from`, sorted. */
export const installs = (of: Read): string[] =>
  of
    .of('install')
    .map(
      (fact) =>
        `${fact.manager} ${show(fact.name)}${fact.version === undefined ? '' : `@${fact.version}`} ${fact.pinned ? 'pinned' : 'loose'} ${fact.from}`,
    )
    .sort();

/** Spans must lie in the file; units inside their parents. Returns what is wrong. */
export function badSpans(of: Read, length: number): string[] {
  return [...of.facts, ...of.units].filter(({ at }) => at.start < 0 || at.end > length || at.start > at.end).map((item) => JSON.stringify(item.at));
}
