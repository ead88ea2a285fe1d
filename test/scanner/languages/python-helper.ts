/** Reads in-memory files with the readers under test and connects them, for tests of Python, PowerShell, Ruby, PHP and Go. */
import { connect } from '../../../scanner/flow/index.ts';
import { readFile } from '../../../scanner/languages/context.ts';
import type { Language } from '../../../scanner/languages/contract.ts';
import { load as go } from '../../../scanner/languages/go/index.ts';
import { load as php } from '../../../scanner/languages/php/index.ts';
import { load as powershell } from '../../../scanner/languages/powershell/index.ts';
import { load as python } from '../../../scanner/languages/python/index.ts';
import { load as ruby } from '../../../scanner/languages/ruby/index.ts';
import { limits } from '../../../scanner/limits.ts';
import type { Edge, Fact, FactKind, FactOf, File, Skill, Unit } from '../../../scanner/model.ts';
import { show } from '../../../scanner/value.ts';

const loaders: Record<string, () => Promise<Language>> = { python, powershell, ruby, php, go };
const byExtension: Record<string, string> = { py: 'python', ps1: 'powershell', rb: 'ruby', php: 'php', go: 'go' };

export interface Seen {
  readonly units: Unit[];
  readonly facts: Fact[];
  readonly edges: Edge[];
  readonly texts: string[];
  of<K extends FactKind>(kind: K): FactOf<K>[];
  /** `from kind:detail -> to kind:detail (role)`, sorted. */
  flows(from: FactKind, to: FactKind): string[];
}

/** What a fact is about, in one word or two. */
export function label(fact: Fact): string {
  switch (fact.kind) {
    case 'read':
    case 'write':
    case 'delete':
      return `${fact.kind} ${show(fact.path)}`;
    case 'env':
      return `env ${show(fact.name)}`;
    case 'request':
      return `${fact.method} ${show(fact.url)}`;
    case 'exec':
      return `${fact.how} ${show(fact.program)}`;
    case 'transform':
      return `${fact.op} ${fact.codec}`;
    case 'capture':
      return `capture ${fact.what}`;
    default:
      return fact.kind;
  }
}

/** Reads files as one skill; the texts handed to other languages are kept as `language: text`. */
export async function readAll(sources: Record<string, string>): Promise<Seen> {
  const files: File[] = Object.entries(sources).map(([path, text], id) => ({
    id,
    path,
    kind: 'text',
    size: text.length,
    sha256: String(id),
    text,
    executable: false,
  }));
  const counter = { unit: 0, fact: 0, cell: 0 };
  const paths = new Set(files.map((file) => file.path));
  const units: Unit[] = [];
  const facts: Fact[] = [];
  const edges: Edge[] = [];
  const texts: string[] = [];
  for (const file of files) {
    const id = byExtension[file.path.slice(file.path.lastIndexOf('.') + 1)];
    if (id === undefined) continue;
    const result = await readFile(
      { file, language: id, role: 'file' },
      counter,
      paths,
      limits,
      async (name) => {
        const language = await loaders[name]?.();
        if (language === undefined) return { id: name, read: (text) => void texts.push(`${name}: ${text}`) };
        return {
          id: name,
          read: (text, ctx) => {
            if (ctx.unit.role !== 'file') texts.push(`${name}: ${text}`);
            language.read(text, ctx);
          },
        };
      },
      (run) => {
        run();
        return 'done';
      },
    );
    units.push(...result.units);
    facts.push(...result.facts);
    edges.push(...result.edges);
  }
  const skill: Skill = { origin: { kind: 'memory', given: 'test', name: 'test' }, files, problems: [], digest: 'sha256:0' };
  const of = <K extends FactKind>(kind: K): FactOf<K>[] => facts.filter((fact): fact is FactOf<K> => fact.kind === kind);
  return {
    units,
    facts,
    edges,
    texts,
    of,
    flows: (from, to) => {
      const connected = connect({ skill, units, all: facts, edges }, limits);
      return [
        ...new Set(
          connected.flows
            .between(
              (fact) => fact.kind === from,
              (fact) => fact.kind === to,
            )
            .map((flow) => `${label(flow.from)} -> ${label(flow.to)} (${flow.role})`),
        ),
      ].sort();
    },
  };
}

export const readPython = (text: string): Promise<Seen> => readAll({ 'main.py': text });
/** Labels of all facts but opaque ones. */
export const labels = (seen: Seen): string[] => seen.facts.filter((fact) => fact.kind !== 'opaque').map(label);
