/** The verdict on a change: only what came counts. Block before incomplete before review, as for a scan. */
import { growthId } from '../capability/growth.ts';
import type { Change, Gate, Growth, ReportFinding } from '../model.ts';
import type { Policy } from '../policy/contract.ts';
import type { Unread } from './unread.ts';

export interface Came {
  readonly appeared: readonly ReportFinding[];
  readonly grown: readonly Growth[];
  readonly unread: readonly Unread[];
  readonly policy: Policy;
}

const count = (many: number, what: string): string => `${many} ${what}${many === 1 ? '' : 's'}`;
const sum = (findings: number, abilities: number): string =>
  [
    ...(abilities > 0 ? [`${abilities} new ${abilities === 1 ? 'ability' : 'abilities'}`] : []),
    ...(findings > 0 ? [`${findings} new ${findings === 1 ? 'finding' : 'findings'}`] : []),
  ].join(' and ');

export function verdictOf({ appeared, grown, unread, policy }: Came): Change['verdict'] {
  const held = (gate: Gate): { findings: string[]; growth: string[] } => ({
    findings: appeared.filter((finding) => finding.gate === gate && finding.excepted === undefined).map((finding) => finding.id),
    growth: grown.filter((one) => one.gate === gate).map((one) => growthId(one.evidence)),
  });
  const block = held('block');
  const review = held('review');
  const blocks = [...block.growth, ...block.findings];
  const reviews = [...review.growth, ...review.findings];
  if (blocks.length > 0)
    return {
      decision: 'block',
      says: `${sum(block.findings.length, block.growth.length)} that ${blocks.length === 1 ? 'blocks' : 'block'} under policy ${policy.name}`,
      because: blocks,
    };
  const parts = unread.filter((part) => policy.incomplete === 'always' || part.reachable);
  if (parts.length > 0)
    return {
      decision: 'incomplete',
      says: `${count(parts.length, 'new part')} could not be read, first: ${parts[0]!.path}: ${parts[0]!.says}`,
      because: reviews,
    };
  if (reviews.length > 0)
    return { decision: 'review', says: `${sum(review.findings.length, review.growth.length)} for a person to look at`, because: reviews };
  return { decision: 'pass', says: grown.length + appeared.length === 0 ? 'nothing new' : 'nothing new that needs a person', because: [] };
}
