/**
 * SARIF 2.1.0 (OASIS), as GitHub code scanning ingests it: one run, rules with help, results with data-flow steps, stable fingerprints, suppressions for excepted
 * findings, and a notification for everything that was not read.
 *
 * It promises relative, percent-encoded URIs that cannot leave the root, regions in UTF-16 units, and messages in which text of a skill is never a link.
 */
import { createHash } from 'node:crypto';
import type * as Sarif from 'sarif';
import { ownText } from '../data/own.ts';
import { version } from '../data/version.ts';
import type { Confidence, Gate, Report, ReportFinding, ReportStep, Severity } from '../model.ts';
import { sarifText, visibleLines } from './escape.ts';
import type { RenderOptions, RuleInfo } from './options.ts';
import { exitMeanings, placeOf, tally, unreadOf } from './summary.ts';

/** Where the pages of this version are published. */
const HOME = 'https://github.com/skillward/skillward';
const BASE = '%SRCROOT%';

const levels: Readonly<Record<Gate, Sarif.Result.level>> = { block: 'error', review: 'warning', capability: 'note' };
/** Middle of the ranges that GitHub turns into critical, high, medium and low. */
const scores: Readonly<Record<Severity, string>> = { critical: '9.5', high: '8.0', medium: '5.5', low: '3.0', info: '0.0' };
const precisions: Readonly<Record<Confidence, string>> = { 1: 'low', 2: 'medium', 3: 'high' };

const pagePath = (rule: { readonly id: string; readonly slug: string }): string => `rules/${rule.id.slice(0, 3).toLowerCase()}/${rule.slug}.md`;
const pascal = (slug: string): string => slug.replace(/(?:^|-)([a-z0-9])/g, (_all, first: string) => first.toUpperCase());
const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

function page(rule: { readonly id: string; readonly slug: string }): string | undefined {
  try {
    return ownText(pagePath(rule));
  } catch {
    return undefined;
  }
}

function descriptor(rule: RuleInfo, used: boolean): Sarif.ReportingDescriptor {
  const help = used ? page(rule) : undefined;
  const tags = [
    'security',
    'supply-chain',
    rule.family,
    ...rule.maps.owasp.map((id) => `owasp/${id}`),
    ...(rule.maps.atlas ?? []).map((id) => `atlas/${id}`),
    ...(rule.maps.attack ?? []).map((id) => `attack/${id}`),
    ...(rule.maps.cwe ?? []).map((id) => `external/cwe/${id.toLowerCase()}`),
  ];
  return {
    id: rule.id,
    name: pascal(rule.slug),
    shortDescription: { text: `${rule.title}.` },
    fullDescription: { text: `${rule.title}. ${rule.fix}` },
    helpUri: `${HOME}/blob/v${version}/scanner/${pagePath(rule)}`,
    help: { text: rule.fix, ...(help === undefined ? {} : { markdown: help }) },
    defaultConfiguration: { level: levels[rule.gate] },
    properties: {
      tags,
      precision: precisions[rule.confidence],
      'problem.severity': rule.gate === 'block' ? 'error' : rule.gate === 'review' ? 'warning' : 'recommendation',
      'security-severity': scores[rule.severity],
    },
  };
}

/** What a finding says of its rule, where the rule list was not given. */
const ruleOf = (finding: ReportFinding): RuleInfo => ({
  id: finding.rule,
  slug: finding.slug,
  title: finding.title,
  family: finding.rule.slice(0, 3),
  severity: finding.severity,
  gate: finding.gate,
  confidence: finding.confidence,
  fix: finding.fix,
  maps: { owasp: [] },
});

const uriOf = (root: string, path: string): string =>
  [...root.split('/'), ...path.split('/')]
    .filter((segment) => segment !== '' && segment !== '.' && segment !== '..')
    .map((segment) => encodeURIComponent(segment.toWellFormed()))
    .join('/');

const artifact = (root: string, path: string): Sarif.ArtifactLocation => ({ uri: uriOf(root, path), uriBaseId: BASE });

/** The marked text, as far as the step carries its lines. */
function snippet(step: ReportStep): string {
  const lines = step.lines.slice(step.line - step.firstLine, step.endLine - step.firstLine + 1);
  if (lines.length === 0) return '';
  if (step.endLine - step.firstLine < step.lines.length) lines[lines.length - 1] = lines.at(-1)!.slice(0, step.endColumn - 1);
  lines[0] = lines[0]!.slice(step.column - 1);
  return visibleLines(lines.join('\n'));
}

function physical(root: string, step: ReportStep): Sarif.PhysicalLocation {
  const artifactLocation = artifact(root, step.path);
  if (step.lines.length === 0)
    return { artifactLocation, region: { startLine: step.line, startColumn: step.column, endLine: step.endLine, endColumn: step.endColumn } };
  const text = snippet(step);
  return {
    artifactLocation,
    region: {
      startLine: step.line,
      startColumn: step.column,
      endLine: step.endLine,
      endColumn: step.endColumn,
      ...(text === '' ? {} : { snippet: { text } }),
    },
    contextRegion: {
      startLine: step.firstLine,
      endLine: Math.max(step.endLine, step.firstLine + step.lines.length - 1),
      snippet: { text: visibleLines(step.lines.join('\n')) },
    },
  };
}

const located = (root: string, step: ReportStep, id?: number): Sarif.Location => ({
  ...(id === undefined ? {} : { id }),
  physicalLocation: physical(root, step),
  message: { text: sarifText(step.says) || 'here' },
});

function result(finding: ReportFinding, index: number, root: string, seen: Map<string, number>): Sarif.Result {
  const primary = placeOf(finding);
  const text = primary.lines[primary.line - primary.firstLine] ?? finding.evidence;
  const hash = sha(`${finding.rule}\0${primary.path}\0${text.replace(/\s+/g, ' ').trim()}`).slice(0, 16);
  const count = (seen.get(hash) ?? 0) + 1;
  seen.set(hash, count);
  const many = finding.steps.length > 1;
  return {
    ruleId: finding.rule,
    ruleIndex: index,
    level: levels[finding.gate],
    message: { text: `${sarifText(finding.says)}. ${finding.fix}` },
    locations: [{ physicalLocation: physical(root, primary) }],
    ...(many ? { relatedLocations: finding.steps.slice(0, -1).map((step, at) => located(root, step, at + 1)) } : {}),
    ...(many
      ? {
          codeFlows: [
            {
              message: { text: sarifText(finding.says) },
              threadFlows: [
                {
                  locations: finding.steps.map((step, at) => ({
                    location: located(root, step),
                    executionOrder: at + 1,
                    importance: at === 0 || at === finding.steps.length - 1 ? ('essential' as const) : ('important' as const),
                  })),
                },
              ],
            },
          ],
        }
      : {}),
    partialFingerprints: { primaryLocationLineHash: `${hash}:${count}`, 'skillward/v1': finding.id },
    ...(finding.excepted
      ? {
          suppressions: [
            {
              kind: 'external' as const,
              status: 'accepted' as const,
              justification: sarifText(`${finding.excepted.reason} (${finding.excepted.owner}, until ${finding.excepted.expires})`),
            },
          ],
        }
      : {}),
    properties: {
      severity: finding.severity,
      confidence: finding.confidence,
      gate: finding.gate,
      reach: finding.reach,
      ...(finding.unwrapped.length > 0 ? { unwrapped: finding.unwrapped.map(sarifText) } : {}),
    },
  };
}

const notices: readonly Sarif.ReportingDescriptor[] = (
  [
    [
      'not-read',
      'NotRead',
      'Something was not read, so the scan is incomplete.',
      'See why it was not read; remove it from the skill or look at it by hand.',
    ],
    [
      'no-report',
      'NoReport',
      'A target could not be loaded or was stopped.',
      'Check that the target exists and is a skill; scan it alone to see more.',
    ],
    ['internal-error', 'InternalError', 'A fault of the scanner.', 'Report it with the version of skillward and, if you can, the skill.'],
  ] as const
).map(([id, name, text, help]) => ({
  id,
  name,
  shortDescription: { text },
  fullDescription: { text: `${text} ${help}` },
  help: { text: help },
  helpUri: `${HOME}#readme`,
}));

/** One run over all reports. */
export function sarif(reports: readonly Report[], options: RenderOptions = {}): string {
  const used = new Map<string, RuleInfo>();
  for (const report of reports) for (const finding of report.findings) if (!used.has(finding.rule)) used.set(finding.rule, ruleOf(finding));
  const rules = new Map([...used, ...(options.rules ?? []).map((rule) => [rule.id, rule] as const)]);
  const ids = [...rules.keys()].sort();
  const indexOf = new Map(ids.map((id, index) => [id, index]));
  const seen = new Map<string, number>();
  const total = tally(reports, options.failures, options.failOn);
  const rootOf = (index: number): string => options.targets?.[index]?.root ?? '';

  const notifications: Sarif.Notification[] = reports.flatMap((report, index) =>
    unreadOf(report).map(
      (row): Sarif.Notification => ({
        descriptor: { id: 'not-read' },
        level: 'error',
        message: { text: `Not read completely: ${sarifText(row.says)}` },
        locations: [{ physicalLocation: { artifactLocation: artifact(rootOf(index), row.path) } }],
      }),
    ),
  );
  for (const failure of options.failures ?? [])
    notifications.push({
      descriptor: { id: failure.kind === 'crash' ? 'internal-error' : 'no-report' },
      level: 'error',
      message: { text: `${sarifText(failure.name)}: ${sarifText(failure.says)}` },
    });

  const [first] = reports;
  const category = reports.length === 1 && first !== undefined ? `${encodeURIComponent(first.skill.name.toWellFormed().slice(0, 80))}/` : '';
  const log: Sarif.Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'skillward',
            fullName: 'skillward, a supply-chain scanner for agent skills',
            organization: 'skillward',
            version,
            semanticVersion: version,
            informationUri: HOME,
            rules: ids.map((id) => descriptor(rules.get(id)!, used.has(id))),
            notifications: [...notices],
          },
        },
        automationDetails: {
          id: `skillward/${category}`,
          description: { text: `Scan of ${reports.length === 1 && first ? sarifText(first.skill.name) : `${total.skills} skills`}` },
        },
        invocations: [
          {
            executionSuccessful: (options.failures ?? []).length === 0,
            exitCode: total.exitCode,
            exitCodeDescription: exitMeanings[total.exitCode]![1],
            toolExecutionNotifications: notifications,
          },
        ],
        originalUriBaseIds: { [BASE]: { description: { text: 'The folder the scan was started in.' } } },
        columnKind: 'utf16CodeUnits',
        results: reports.flatMap((report, index) =>
          report.findings.map((finding) => result(finding, indexOf.get(finding.rule)!, rootOf(index), seen)),
        ),
        properties: {
          skills: reports.map((report) => ({
            name: sarifText(report.skill.name),
            digest: report.skill.digest,
            decision: report.verdict.decision,
            policy: sarifText(report.policy.name),
            policyDigest: report.policy.digest,
            rulesDigest: report.rules.digest,
            asOf: report.policy.asOf,
          })),
        },
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}
