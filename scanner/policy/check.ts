/**
 * The key `check` of a policy file: who may approve changes, and what guards the files that the check itself obeys. It changes no decision about a skill, so it is no part of the
 * policy's digest; only the policy on the tip of the target branch is asked for it.
 */
import { isMap, isScalar, isSeq, type YAMLMap } from 'yaml';
import type { CheckSettings } from './contract.ts';
import { parsePublicKey } from './ssh-key.ts';

/** Owners stand as principals in a file of allowed signers, where `*`, `?`, `!` and `,` make patterns. */
const OWNER = /^[A-Za-z0-9@][A-Za-z0-9@._+-]{0,253}$/;
const APPROVERS = 500;
const SUBMODULES = 1_000;

/** What the reader of the whole file lends. `fail` throws a PolicyError with file and line. */
export interface Reading {
  fail(node: unknown, says: string): never;
  keys(map: YAMLMap, allowed: readonly string[]): readonly (readonly [key: string, value: unknown, node: unknown])[];
  text(node: unknown, what: string): string;
}

export function checkSettings(value: unknown, keyNode: unknown, reading: Reading): CheckSettings {
  if (!isMap(value)) return reading.fail(value ?? keyNode, 'expected check as a mapping with approvers, code-owners, submodules');
  const out = { approvers: [] as CheckSettings['approvers'], codeOwners: false, submodules: [] as readonly string[] };
  for (const [name, node, nameNode] of reading.keys(value, ['approvers', 'code-owners', 'submodules'])) {
    if (name === 'code-owners') {
      if (!isScalar(node) || typeof node.value !== 'boolean') return reading.fail(node ?? nameNode, 'expected check.code-owners to be true or false');
      out.codeOwners = node.value;
    } else if (name === 'submodules') out.submodules = submodules(node ?? nameNode, reading);
    else out.approvers = approvers(node ?? nameNode, reading);
  }
  return out;
}

function approvers(node: unknown, reading: Reading): CheckSettings['approvers'] {
  if (!isSeq(node) || node.items.length > APPROVERS)
    return reading.fail(node, `expected check.approvers as a list of at most ${APPROVERS} { owner, key }`);
  const owners = new Map<string, string>();
  return node.items.map((item) => {
    if (!isMap(item)) return reading.fail(item, 'expected an approver as a mapping with owner and key');
    const fields = new Map(reading.keys(item, ['owner', 'key']).map(([name, value]) => [name, value] as const));
    for (const name of ['owner', 'key'])
      if (!fields.has(name)) return reading.fail(item, `this approver has no ${name}; an approver needs owner and key`);
    const owner = reading.text(fields.get('owner'), 'owner');
    if (!OWNER.test(owner))
      return reading.fail(fields.get('owner'), 'expected owner as an address or a handle of letters, digits and @ . _ + -, such as kim@example.com');
    const parsed = parsePublicKey(reading.text(fields.get('key'), 'key'));
    if ('wrong' in parsed) return reading.fail(fields.get('key'), `expected ${parsed.wrong}`);
    // One key is one person: a signature must not speak for whichever owner it is held against.
    const other = owners.get(parsed.key);
    if (other !== undefined)
      return reading.fail(fields.get('key'), `this key is listed already, for ${other}; a key belongs to one owner and is listed once`);
    owners.set(parsed.key, owner);
    return { owner, key: parsed.key };
  });
}

function submodules(node: unknown, reading: Reading): readonly string[] {
  if (!isSeq(node) || node.items.length > SUBMODULES) return reading.fail(node, `expected check.submodules as a list of at most ${SUBMODULES} paths`);
  return node.items.map((item) => {
    const path = reading.text(item, 'each entry of check.submodules');
    if (path.length > 1_000 || path.split('/').some((part) => /^\.{0,2}$/.test(part)) || /[\x00-\x1f\x7f*?[\]\\]/.test(path))
      return reading.fail(
        item,
        'expected the path of a submodule from the top of the repository, such as vendor/lib, without patterns and without a slash at its ends',
      );
    return path;
  });
}
