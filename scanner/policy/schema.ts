/**
 * The policy file: YAML, version 1, `extends` a preset. Reads it into a Policy or refuses it with file, line, what was expected and what to do. A policy that says something we do
 * not understand is refused, never half applied: a typing error must not open the gate.
 */
import { createHash } from 'node:crypto';
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import { canonical } from '../canonical.ts';
import type { CapabilityKind, Gate, Severity } from '../model.ts';
import { checkSettings } from './check.ts';
import type { Exception, Policy } from './contract.ts';

/** A policy that cannot be used. Exit code 2. */
export class PolicyError extends Error {
  readonly code = 'POLICY';
  readonly file: string;
  readonly line: number;
  constructor(file: string, line: number, says: string) {
    super(`${file}:${line}: ${says}`);
    this.name = 'PolicyError';
    this.file = file;
    this.line = line;
  }
}

const GATES = ['block', 'review', 'capability'] as const;
const SEVERITIES: readonly Severity[] = ['info', 'low', 'medium', 'high', 'critical'];
const KINDS: readonly CapabilityKind[] = [
  'program',
  'host',
  'env',
  'read',
  'write',
  'delete',
  'credential',
  'agent-file',
  'capture',
  'persistence',
  'package',
  'trigger',
  'listen',
  'setting',
  'dynamic-code',
  'unknown',
];
const TOP = [
  'version',
  'name',
  'extends',
  'block-confidence',
  'review-confidence',
  'review-severity',
  'incomplete',
  'rules',
  'allow',
  'capabilities',
  'exceptions',
  'check',
];
const FIELDS = ['rule', 'evidence', 'owner', 'reason', 'expires', 'skill'];

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads one policy text on top of `base`. `known` are the rule ids that exist. */
export function parsePolicy(
  text: string,
  file: string,
  base: Policy | undefined,
  known: ReadonlySet<string>,
  presetNames: readonly string[],
): { policy: Policy; extendsName: string | undefined } {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, maxAliasCount: 0 } as never);
  const lineAt = (node: unknown): number => {
    const range = (node as Node | null)?.range;
    return range ? counter.linePos(range[0]).line : 1;
  };
  const fail = (node: unknown, says: string): never => {
    throw new PolicyError(file, lineAt(node), says);
  };
  const first = document.errors[0];
  if (first) throw new PolicyError(file, counter.linePos(first.pos[0]).line, `this is not valid YAML: ${first.message.split('\n', 1)[0]}`);
  if (!isMap(document.contents)) return fail(document.contents, 'expected a mapping with "version: 1" at the top');
  const root = document.contents;

  const keyOf = (map: YAMLMap, allowed: readonly string[] | undefined): [string, unknown, unknown][] =>
    map.items.map((pair) => {
      const key = isScalar(pair.key) ? String(pair.key.value) : fail(pair.key, 'expected a plain key');
      if (allowed && !allowed.includes(key)) fail(pair.key, `unknown key "${key}"; expected one of ${allowed.join(', ')}`);
      return [key, pair.value, pair.key];
    });
  const text_ = (node: unknown, what: string): string => {
    if (isScalar(node) && typeof node.value === 'string' && node.value.trim() !== '') return node.value;
    return fail(node, `expected ${what} as text`);
  };
  const oneOf = <T extends string>(node: unknown, allowed: readonly T[], what: string): T => {
    const value = isScalar(node) ? String(node.value) : '';
    return (allowed as readonly string[]).includes(value)
      ? (value as T)
      : fail(node, `expected ${what} to be one of ${allowed.join(', ')}, found "${value.slice(0, 60)}"`);
  };
  const list = (node: unknown, what: string): string[] => {
    if (!isSeq(node)) return fail(node, `expected ${what} as a list`);
    return node.items.map((item) => text_(item, `each entry of ${what}`));
  };
  const confidence = (node: unknown, what: string): 1 | 2 | 3 => Number(oneOf(node, ['1', '2', '3'], what)) as 1 | 2 | 3;

  const rules = new Map(base?.rules ?? []);
  const capabilities = new Map(base?.capabilities ?? []);
  const exceptions: Exception[] = [...(base?.exceptions ?? [])];
  const out: Mutable<Omit<Policy, 'digest'>> = {
    name: base?.name ?? file,
    minConfidence: base?.minConfidence ?? { block: 2, review: 2 },
    reviewSeverity: base?.reviewSeverity ?? 'medium',
    rules,
    allow: base?.allow ?? { hosts: [], programs: [], env: [], packages: [] },
    capabilities,
    incomplete: base?.incomplete ?? 'always',
    exceptions,
    ...(base?.check === undefined ? {} : { check: base.check }),
  };
  let extendsName: string | undefined;
  let versioned = false;
  for (const [key, value, keyNode] of keyOf(root, TOP)) {
    switch (key) {
      case 'version':
        if (!isScalar(value) || value.value !== 1) fail(value ?? keyNode, 'expected "version: 1"');
        versioned = true;
        break;
      case 'name':
        out.name = text_(value, 'name');
        break;
      case 'extends':
        extendsName = oneOf(value, presetNames, 'extends');
        break;
      case 'block-confidence':
        out.minConfidence = { ...out.minConfidence, block: confidence(value, key) };
        break;
      case 'review-confidence':
        out.minConfidence = { ...out.minConfidence, review: confidence(value, key) };
        break;
      case 'review-severity':
        out.reviewSeverity = oneOf(value, SEVERITIES, key);
        break;
      case 'incomplete':
        out.incomplete = oneOf(value, ['always', 'reachable'] as const, key);
        break;
      case 'rules':
        if (!isMap(value)) fail(value ?? keyNode, 'expected rules as a mapping from rule id to { gate, severity }');
        for (const [id, setting, idNode] of keyOf(value as YAMLMap, undefined)) {
          if (!known.has(id) && !/^[A-Z]{3}-\*$/.test(id)) fail(idNode, `there is no rule "${id.slice(0, 40)}"; "skill rules" lists them`);
          const entry: { gate?: Gate | 'off'; severity?: Severity } = { ...rules.get(id) };
          if (isMap(setting)) {
            for (const [name, node] of keyOf(setting, ['gate', 'severity'])) {
              if (name === 'gate') entry.gate = oneOf(node, [...GATES, 'off'] as const, 'gate');
              else entry.severity = oneOf(node, SEVERITIES, 'severity');
            }
          } else entry.gate = oneOf(setting, [...GATES, 'off'] as const, `the gate of ${id}`);
          rules.set(id, entry);
        }
        break;
      case 'allow': {
        if (!isMap(value)) fail(value ?? keyNode, 'expected allow as a mapping with hosts, programs, env, packages');
        const allow = { ...out.allow };
        for (const [name, node] of keyOf(value as YAMLMap, ['hosts', 'programs', 'env', 'packages'])) {
          const entries = list(node, `allow.${name}`);
          if (name === 'hosts')
            for (const host of entries)
              if (!/^(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i.test(host))
                fail(node, `allow.hosts: "${host.slice(0, 60)}" is not a host name; write api.example.com or *.example.com, without scheme or path`);
          allow[name as keyof typeof allow] = [
            ...allow[name as keyof typeof allow],
            ...entries.map((entry) => (name === 'hosts' ? entry.toLowerCase() : entry)),
          ];
        }
        out.allow = allow;
        break;
      }
      case 'capabilities':
        if (!isMap(value)) fail(value ?? keyNode, 'expected capabilities as a mapping from kind to gate');
        for (const [kind, node] of keyOf(value as YAMLMap, KINDS))
          capabilities.set(kind as CapabilityKind, oneOf(node, GATES, `capabilities.${kind}`));
        break;
      case 'exceptions':
        if (!isSeq(value)) fail(value ?? keyNode, 'expected exceptions as a list');
        for (const item of isSeq(value) ? value.items : []) exceptions.push(exceptionOf(item));
        break;
      case 'check':
        out.check = checkSettings(value, keyNode, { fail, keys: keyOf, text: text_ });
        break;
    }
  }
  if (!versioned) fail(root, 'expected "version: 1" at the top');

  function exceptionOf(item: unknown): Exception {
    if (!isMap(item)) return fail(item, `expected an exception as a mapping with ${FIELDS.join(', ')}`);
    const fields = new Map(keyOf(item, FIELDS).map(([name, node]) => [name, node] as const));
    const need = (name: string): string =>
      fields.has(name)
        ? text_(fields.get(name), name)
        : fail(item, `this exception has no ${name}; an exception needs rule, evidence, owner, reason and expires`);
    const rule = need('rule');
    if (!known.has(rule)) fail(fields.get('rule'), `there is no rule "${rule.slice(0, 40)}"; "skill rules" lists them`);
    const expiresNode = fields.get('expires');
    const raw = isScalar(expiresNode) ? expiresNode.value : undefined;
    const expires = raw instanceof Date ? raw.toISOString().slice(0, 10) : String(raw ?? '');
    if (!/^\d{4}-\d{2}-\d{2}$/.test(expires) || Number.isNaN(Date.parse(expires)) || new Date(expires).toISOString().slice(0, 10) !== expires)
      fail(expiresNode ?? item, 'expected expires as a date such as 2027-01-31');
    const skill = fields.has('skill') ? text_(fields.get('skill'), 'skill') : undefined;
    return {
      rule,
      evidence: need('evidence').replace(/\s+/g, ' ').trim().slice(0, 300),
      owner: need('owner'),
      reason: need('reason'),
      expires,
      line: lineAt(item),
      file,
      ...(skill === undefined ? {} : { skill }),
    };
  }
  return { policy: { ...out, digest: digestOf(out) }, extendsName };
}

/** sha256 of everything that can change a decision. */
export function digestOf(policy: Omit<Policy, 'digest'>): string {
  const plain = {
    minConfidence: { block: String(policy.minConfidence.block), review: String(policy.minConfidence.review) },
    reviewSeverity: policy.reviewSeverity,
    rules: Object.fromEntries(policy.rules),
    allow: policy.allow,
    capabilities: Object.fromEntries(policy.capabilities),
    incomplete: policy.incomplete,
    exceptions: policy.exceptions.map(({ line: _line, file: _file, ...rest }) => rest),
  };
  return `sha256:${createHash('sha256').update(canonical(plain)).digest('hex')}`;
}
