/**
 * Two versions of a skill, compared: files, findings that appeared, stayed or went, abilities that grew, sentences, pins, and a verdict on the change. Pure: it takes what `examine` found and reads nothing. The change is silent
 * exactly when abilities and findings are equal; what was wrong before and still is, is not held against it.
 *
 * It stops the update that turns a trusted skill into another one (OWASP AST07, ATLAS AML.T0109): what came is named with evidence, however small it looks in the text.
 */
import type { Change, Examined, Report, Side } from '../model.ts';
import type { Policy } from '../policy/contract.ts';
import { changedFiles } from './files.ts';
import { changedFindings } from './findings.ts';
import { growthOf, shrinkageOf } from './growth.ts';
import { moreInstructions } from './instructions.ts';
import { changedPins } from './pins.ts';
import { newlyUnread } from './unread.ts';
import { verdictOf } from './verdict.ts';

export interface CompareOptions {
  /** The policy that judges the change; both versions were examined under it. */
  readonly policy: Policy;
  /** ISO date that exceptions are judged against; that of the reports by default. */
  readonly asOf?: string;
}

const sideOf = ({ report }: Examined): Side => ({
  name: report.skill.name,
  origin: report.skill.origin,
  digest: report.skill.digest,
  decision: report.verdict.decision,
  files: report.skill.files,
  bytes: report.skill.bytes,
});

/**
 * @param before absent for a new skill: everything of it came
 * @param after absent for a removed one: everything went
 * @throws TypeError when both are absent, or the two were examined by different rules: the difference would be that of the rules
 */
export function compare(before: Examined | undefined, after: Examined | undefined, options: CompareOptions): Change {
  const either: Report | undefined = (after ?? before)?.report;
  if (either === undefined) throw new TypeError('compare needs at least one version');
  if (before !== undefined && after !== undefined && before.report.rules.digest !== after.report.rules.digest)
    throw new TypeError('the two versions were examined by different rules; examine both again');
  const asOf = options.asOf ?? either.policy.asOf;
  const was = before?.report;
  const now = after?.report;
  const files = changedFiles(was?.coverage.ledger ?? [], now?.coverage.ledger ?? []);
  const fixed = new Set([was, now].flatMap((report) => report?.capability.entries.filter(({ kind }) => kind === 'env').map(({ key }) => key) ?? []));
  const own = new Set(
    [was, now].flatMap((report) => report?.coverage.ledger.map(({ path }) => path.slice(path.lastIndexOf('/') + 1).toLowerCase()) ?? []),
  );
  const findings = changedFindings(
    { findings: was?.findings ?? [], shapes: before?.shapes ?? {} },
    { findings: now?.findings ?? [], shapes: after?.shapes ?? {} },
    files.moved,
    fixed,
    own,
  );
  const grown = growthOf(
    was?.capability,
    now?.capability,
    {
      policy: options.policy,
      asOf,
      skill: either.skill.origin,
      changed: new Set(files.changes.filter(({ how }) => how === 'added' || how === 'changed').map(({ path }) => path)),
    },
    after === undefined ? undefined : { before: before?.permissions ?? [], after: after.permissions },
  );
  const removed = shrinkageOf(was?.capability, now?.capability);
  const unread = newlyUnread(before?.unread ?? [], after?.unread ?? [], files.moved);
  return {
    schema: 'skillward.change.v1',
    tool: either.tool,
    rules: either.rules,
    policy: { name: options.policy.name, digest: options.policy.digest, asOf },
    before: before === undefined ? null : sideOf(before),
    after: after === undefined ? null : sideOf(after),
    verdict: verdictOf({ appeared: findings.appeared, grown, unread, policy: options.policy }),
    silent: grown.length + removed.length + findings.appeared.length + findings.went.length + unread.length === 0,
    files: { changes: files.changes, same: files.same },
    findings,
    capability: { grown, removed },
    instructions: {
      added: moreInstructions(before?.instructions ?? [], after?.instructions ?? []),
      removed: moreInstructions(after?.instructions ?? [], before?.instructions ?? []),
    },
    pins: changedPins(was?.capability, now?.capability),
    unread: unread.map(({ path, says }) => ({ path, says })),
  };
}
