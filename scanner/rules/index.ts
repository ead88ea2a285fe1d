/** The rules, in order of their ids. Equal to the folder listing; a test proves it. `npm run new rule <family> <slug>` adds a pair of files and a line here. */
import { createHash } from 'node:crypto';
import { version } from '../data/version.ts';
import type { Rule } from './contract.ts';
import remoteCode from './exe/remote-code.ts';
import secretEgress from './net/secret-egress.ts';

export const rules: readonly Rule[] = [
  remoteCode,
  secretEgress,
];

export const ruleIds: ReadonlySet<string> = new Set(rules.map((rule) => rule.id));

/** Digest of the rule set: identity of every rule, and the version of the code that decides. */
export function rulesDigest(): string {
  const rows = rules.map((rule) => [rule.id, rule.slug, rule.severity, rule.gate, String(rule.confidence)].join(' '));
  return `sha256:${createHash('sha256').update([version, ...rows].join('\n')).digest('hex')}`;
}
