/** The rules, in order of their ids. Equal to the folder listing; a test proves it. `npm run new rule <family> <slug>` adds a pair of files and a line here. */
import { createHash } from 'node:crypto';
import { version } from '../data/version.ts';
import type { Rule } from './contract.ts';
import newAbility from './cap/new-ability.ts';
import overbroadGrant from './cap/overbroad-grant.ts';
import undeclaredAbility from './cap/undeclared-ability.ts';
import unrelatedAbility from './cap/unrelated-ability.ts';
import ambiguousPackage from './cov/ambiguous-package.ts';
import pathTrick from './cov/path-trick.ts';
import unreadPart from './cov/unread-part.ts';
import remoteCode from './exe/remote-code.ts';
import secretEgress from './net/secret-egress.ts';
import deceptiveCharacters from './obf/deceptive-characters.ts';
import disguisedFile from './obf/disguised-file.ts';
import hiddenInstructions from './obf/hidden-instructions.ts';
import lockedArchive from './obf/locked-archive.ts';
import opaqueData from './obf/opaque-data.ts';
import packedComponent from './obf/packed-component.ts';
import shippedBinary from './obf/shipped-binary.ts';
import tagSmuggling from './obf/tag-smuggling.ts';

export const rules: readonly Rule[] = [
  remoteCode,
  secretEgress,
  tagSmuggling,
  deceptiveCharacters,
  hiddenInstructions,
  opaqueData,
  packedComponent,
  disguisedFile,
  shippedBinary,
  lockedArchive,
  undeclaredAbility,
  overbroadGrant,
  unrelatedAbility,
  newAbility,
  unreadPart,
  pathTrick,
  ambiguousPackage,
];

export const ruleIds: ReadonlySet<string> = new Set(rules.map((rule) => rule.id));

/** Digest of the rule set: identity of every rule, and the version of the code that decides. */
export function rulesDigest(): string {
  const rows = rules.map((rule) => [rule.id, rule.slug, rule.severity, rule.gate, String(rule.confidence)].join(' '));
  return `sha256:${createHash('sha256').update([version, ...rows].join('\n')).digest('hex')}`;
}
