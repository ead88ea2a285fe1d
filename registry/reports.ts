/**
 * Scan reports as the server shows them. A report can have megabytes and is asked for often: it is parsed once, what answers and pages show of it is kept by its digest, and nobody parses it
 * for a request. Who may see a report is for the caller to know; that the bytes are those of the digest is seen to here, each time.
 */
import type { Capability, Gate, Report, ReportFinding } from '../scanner/model.ts';
import { glance } from '../scanner/report/glance.ts';
import { findingsOf, merged, placeOf } from '../scanner/report/summary.ts';
import { RegistryError } from './errors.ts';
import type { Store } from './store/index.ts';
import { Lru } from './store/lru.ts';

/** A finding with the one place where it happens. */
export interface FindingGist extends Pick<ReportFinding, 'rule' | 'slug' | 'title' | 'severity' | 'gate' | 'says' | 'fix' | 'evidence'> {
  readonly place: { readonly path: string; readonly line: number /** From that line on, a few. */; readonly lines: readonly string[] };
}

/** What the scan can see that it can do, in rows for people. */
export type AbilityRows = readonly {
  readonly title: string;
  readonly items: readonly { readonly text: string; readonly dynamic: boolean }[];
  /** How many there are, shown or not. */
  readonly total: number;
}[];

/** What is ever shown of a report without showing all of it. Texts are cut, lists end; the counts are of the whole. */
export interface ReportGist {
  readonly tool: Report['tool'];
  readonly verdict: Pick<Report['verdict'], 'decision' | 'says'>;
  /** The first hundred, in the order of the report. */
  readonly findings: readonly FindingGist[];
  readonly counts: {
    readonly findings: number;
    readonly abilities: number;
    /** Findings by gate that no exception covers. */
    readonly gates: Readonly<Partial<Record<Gate, number>>>;
  };
  /** `RULE-001 slug`, each once, the first fifty. */
  readonly codes: readonly string[];
  /** What a person should look at: findings to block or review, the same ones together. */
  readonly look: { readonly shown: readonly { readonly one: FindingGist; readonly others: number }[]; readonly total: number };
  /** Abilities that the policy does not let pass. */
  readonly notLet: readonly string[];
  readonly unread: readonly { readonly path: string; readonly says: string }[];
  readonly abilities: AbilityRows;
  /** The manifest without the places in files. */
  readonly manifest: Pick<Capability, 'schema' | 'declared' | 'undeclared' | 'unused' | 'digest'> & {
    readonly entries: readonly Pick<Capability['entries'][number], 'kind' | 'key' | 'details' | 'reach'>[];
  };
}

export interface Reports {
  /** The stored bytes. @throws RegistryError tampered */
  bytes(digest: string): Promise<Buffer>;
  /** @throws RegistryError tampered */
  gist(digest: string): Promise<ReportGist>;
  /** The whole report as an HTML page. @throws RegistryError tampered, too-large */
  page(digest: string): Promise<string>;
}

const most = { findings: 100, codes: 50, looks: 30, items: 64, says: 4000, line: 300 };
/** Characters kept of gists and of pages. */
const memory = 64 * 1024 * 1024;
/** Bytes of a report that is laid out as a page. */
const pageBytes = 16 * 1024 * 1024;

/** Text as it is, for those who show it to escape; only shorter. */
const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

const perStore = new WeakMap<Store, Reports>();
/** The reports of a store; one memory for all who ask. */
export function reportsOf(store: Store): Reports {
  let reports = perStore.get(store);
  if (reports === undefined) {
    reports = createReports(store);
    perStore.set(store, reports);
  }
  return reports;
}

function createReports(store: Store): Reports {
  const gists = new Lru<string, { readonly gist: ReportGist; readonly weight: number }>(memory, ({ weight }) => weight);
  const pages = new Lru<string, string>(memory, (text) => text.length);
  /** Being made now: who else asks waits for the same. */
  const running = new Map<string, Promise<unknown>>();
  const once = <T>(key: string, make: () => Promise<T>): Promise<T> => {
    let made = running.get(key) as Promise<T> | undefined;
    if (made === undefined) {
      made = make().finally(() => running.delete(key));
      running.set(key, made);
    }
    return made;
  };
  const bytes = (digest: string): Promise<Buffer> => store.blobs.get(digest);
  const parsed = async (digest: string): Promise<Report> => JSON.parse((await bytes(digest)).toString('utf8')) as Report;
  /** What is in memory is right for ever, but whoever changes the file must be noticed. */
  const sound = async (digest: string): Promise<void> => {
    if (!store.blobs.untouched(digest)) await bytes(digest);
  };

  return {
    bytes,
    async gist(digest) {
      await sound(digest);
      return (
        gists.get(digest)?.gist ??
        once(`gist ${digest}`, async () => {
          const gist = gistOf(await parsed(digest));
          gists.set(digest, { gist, weight: JSON.stringify(gist).length });
          return gist;
        })
      );
    },
    async page(digest) {
      await sound(digest);
      return (
        pages.get(digest) ??
        once(`page ${digest}`, async () => {
          const { length } = await bytes(digest);
          if (length > pageBytes)
            throw new RegistryError(
              'too-large',
              `This report has ${length} bytes, too many for a page. Take it as JSON from /api/skillward/v1/skills/OWNER/SLUG/VERSION/report.`,
            );
          const { render } = await import('../scanner/report/index.ts');
          const page = await render('html', [await parsed(digest)]);
          pages.set(digest, page);
          return page;
        })
      );
    },
  };
}

function gistOf(report: Report): ReportGist {
  const { capability, findings, coverage, verdict } = report;
  const gates: Partial<Record<Gate, number>> = {};
  for (const { gate, excepted } of findings) if (excepted === undefined) gates[gate] = (gates[gate] ?? 0) + 1;
  const looks = merged([...findingsOf(report, 'block'), ...findingsOf(report, 'review')]);
  return {
    tool: report.tool,
    verdict: { decision: verdict.decision, says: cut(verdict.says, most.says) },
    findings: findings.slice(0, most.findings).map(findingOf),
    counts: { findings: findings.length, abilities: capability.entries.length, gates },
    codes: [...new Set(findings.map((finding) => `${finding.rule} ${finding.slug}`))].slice(0, most.codes),
    look: { shown: looks.slice(0, most.looks).map(({ one, others }) => ({ one: findingOf(one), others: others.length })), total: looks.length },
    notLet: verdict.because
      .filter((reason) => reason.startsWith('capability:'))
      .slice(0, most.looks)
      .map((reason) => cut(reason.slice('capability:'.length), most.line)),
    unread: coverage.complete
      ? []
      : coverage.problems.slice(0, most.looks).map(({ path, says }) => ({ path: cut(path, most.line), says: cut(says, most.line) })),
    abilities: glance(capability).map(({ title, items }) => ({
      title,
      items: items.slice(0, most.items).map(({ text, dynamic }) => ({ text: cut(text, most.line), dynamic })),
      total: items.length,
    })),
    manifest: {
      schema: capability.schema,
      entries: capability.entries.map(({ kind, key, details, reach }) => ({ kind, key, details, reach })),
      declared: capability.declared,
      undeclared: capability.undeclared,
      unused: capability.unused,
      digest: capability.digest,
    },
  };
}

function findingOf(finding: ReportFinding): FindingGist {
  const { rule, slug, title, severity, gate } = finding;
  const { path, line, firstLine, lines } = placeOf(finding);
  const from = Math.max(0, line - firstLine);
  return {
    rule,
    slug,
    title,
    severity,
    gate,
    says: cut(finding.says, most.says),
    fix: cut(finding.fix, most.says),
    evidence: cut(finding.evidence, most.line),
    place: { path: cut(path, most.line), line, lines: lines.slice(from, from + 3).map((text) => cut(text, most.line)) },
  };
}
