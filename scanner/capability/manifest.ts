/**
 * The capability manifest: what a skill can do, one entry for each distinct ability, each with evidence. It judges nothing. Unknowns are entries of their own
 * (`host: dynamic`), so that a manifest never looks smaller than the skill is. Only what is meant counts; what is merely talked about is no ability.
 */
import { createHash } from 'node:crypto';
import { canonical } from '../canonical.ts';
import { addressOf } from '../data/hosts.ts';
import { type PathClass, PERSISTENT_CLASSES, pathOf } from '../data/paths.ts';
import type { Capability, CapabilityEntry, CapabilityKind, Fact, FactKind, FactOf, Reach, ReportPlace, Skill, Span, Value } from '../model.ts';
import { familyOf, tokensOf } from '../tokens.ts';
import { show, textOf } from '../value.ts';
import { sourcedFiles } from './sourced.ts';

/** What manifest needs of flow, structurally, so that capability imports no other stage. */
export interface ManifestInput {
  readonly program: {
    readonly skill: Skill;
    readonly units: readonly {
      readonly id: number;
      readonly parent?: number;
      readonly reach?: Reach;
      readonly note?: string;
      readonly at: Span;
      readonly role: string;
      readonly language: string;
    }[];
  };
  readonly facts: { of<K extends FactKind>(kind: K): readonly FactOf<K>[]; all<K extends FactKind>(kind: K): readonly FactOf<K>[] };
  reach(unit: number): Reach;
  place(span: Span): ReportPlace;
}

const ORDER: readonly Reach[] = ['automatic', 'instructed', 'callable', 'mentioned'];
/** Programs that only print or move within the shell say nothing about what a skill can do. */
const TRIVIAL = new Set([
  'echo',
  'cd',
  'true',
  'false',
  'test',
  '[',
  '[[',
  ':',
  'exit',
  'return',
  'set',
  'shift',
  'local',
  'read',
  'printf',
  'export',
  'unset',
  'trap',
  'wait',
  'pwd',
  'declare',
  'readonly',
  'typeset',
  'getopts',
  'break',
  'continue',
  'exec',
]);
const EVIDENCE = 5;
/** Of a key or a value, in UTF-16 units. */
const LONGEST = 200;
/** Code beyond that is not searched for constants: it is generated, and its requests are dynamic anyway. */
const LONGEST_CODE = 500_000;
/** What tests call is not what the skill calls. */
const TEST_CODE = /(?:^|\/)(?:tests?|__tests__|specs?|fixtures)\/|(?:^|\/)(?:test_[^/]{1,80}|[^/]{1,80}[._](?:test|spec))\.\w{1,4}$/;
/** Of one detail of one ability. */
const MOST_VALUES = 1_000;

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');
/** Cut, with a digest of the whole at its end: two things that begin alike stay two. */
const cut = (text: string): string => (text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 40)} sha256:${digestOf(text).slice(0, 32)}`);
/** Sorted; what is too much is one value that changes with any of them. */
function listed(values: ReadonlySet<string>): string[] {
  const all = [...values].sort();
  if (all.length <= MOST_VALUES) return all;
  const rest = all.slice(MOST_VALUES - 1);
  return [...all.slice(0, MOST_VALUES - 1), `and ${rest.length} more sha256:${digestOf(rest.join('\0')).slice(0, 32)}`];
}
/** A value without the names that an author gave to variables: what is not known is `${…}`, whatever it is called. Environment variables keep theirs. */
const nameless = (value: Value): Value =>
  value.kind === 'template'
    ? { kind: 'template', parts: value.parts.map((part) => (typeof part === 'string' || part.env !== undefined ? part : {})) }
    : value;
/** Command lines of clouds name a service and a verb where others name a host; some reach what is configured elsewhere. */
const CLOUDS: ReadonlyMap<string, string> = new Map([
  ['gcloud', 'googleapis.com'],
  ['gsutil', 'googleapis.com'],
  ['aws', 'amazonaws.com'],
  ['az', 'azure.com'],
  ['azcopy', 'azure.com'],
  ['rclone', 'dynamic'],
  ['s3cmd', 'dynamic'],
  ['mc', 'dynamic'],
]);
/** Files of a skill that are run by their own name; what they can do are abilities of their own. */
const SCRIPT = /\.(?:sh|bash|zsh|py|js|mjs|cjs|ts|mts|rb|pl|php|ps1|bat|cmd)$/i;

interface Building {
  kind: CapabilityKind;
  key: string;
  details: Map<string, Set<string> | boolean | string>;
  reach: Reach;
  evidence: ReportPlace[];
}

export function manifest(input: ManifestInput): Capability {
  const entries = new Map<string, Building>();
  const add = (kind: CapabilityKind, key: string, fact: Fact, details: Record<string, string | boolean | readonly string[]> = {}): void => {
    const clean = cut(key) || 'dynamic';
    const id = `${kind}:${clean}`;
    const reach = input.reach(fact.unit);
    let entry = entries.get(id);
    if (entry === undefined) {
      entry = { kind, key: clean, details: new Map(), reach, evidence: [] };
      entries.set(id, entry);
    }
    if (ORDER.indexOf(reach) < ORDER.indexOf(entry.reach)) entry.reach = reach;
    if (entry.evidence.length < EVIDENCE) entry.evidence.push(input.place(fact.at));
    for (const [name, value] of Object.entries(details)) {
      if (typeof value === 'boolean') entry.details.set(name, value || entry.details.get(name) === true);
      else {
        const set = entry.details.get(name);
        const list = typeof value === 'string' ? [value] : value;
        if (set instanceof Set) for (const one of list) set.add(cut(one));
        else entry.details.set(name, new Set(list.map(cut)));
      }
    }
  };
  const { facts } = input;
  const sourced = sourcedFiles(input.program.skill, facts.all('exec'));
  let constants: readonly string[] | undefined;
  const own = new Set(input.program.skill.files.map(({ path }) => path.slice(path.lastIndexOf('/') + 1)));

  for (const fact of facts.of('exec')) {
    if (fact.how === 'import') continue;
    const name = textOf(fact.program);
    // Code that stands in the command in full is read as code of the skill: what it can do are abilities of their own, and nothing is made at run time.
    if ((fact.how === 'eval' && fact.spelled !== true) || fact.how === 'reflect' || fact.how === 'deserialize' || fact.how === 'native')
      add('dynamic-code', `${fact.how}:${name ?? 'dynamic'}`, fact);
    else if (name === undefined) add('program', 'dynamic', fact);
    else if (!TRIVIAL.has(name) && !(SCRIPT.test(name) && own.has(name)) && !sourced.calls(fact.at.file, name))
      add('program', name, fact, fact.elevated ? { elevated: true } : {});
  }
  for (const fact of facts.of('request')) {
    const address = addressOf(fact.url);
    const host = CLOUDS.get(address.scheme) ?? (address.host || 'dynamic');
    add('host', host, fact, {
      ...(host === 'dynamic' && constantsOfSkill().length > 0 ? { constants: constantsOfSkill() } : {}),
      methods: fact.method,
      ...(fact.sends ? { sends: true } : {}),
      ...(fact.insecure ? { insecure: true } : {}),
    });
  }
  for (const fact of facts.of('env')) {
    const name = textOf(fact.name) ?? 'dynamic';
    if (!sourced.holds(fact.at.file, name)) add('env', name, fact);
  }
  for (const fact of facts.of('read')) addPath('read', fact.path, fact);
  for (const fact of facts.of('write')) addPath('write', fact.path, fact);
  for (const fact of facts.of('delete')) addPath('delete', fact.path, fact);
  for (const fact of facts.of('capture')) add('capture', fact.what, fact, { tools: fact.tool });
  for (const fact of facts.of('persist')) add('persistence', fact.mechanism, fact);
  for (const fact of facts.of('install')) {
    add('package', `${fact.manager}:${show(nameless(fact.name))}`, fact, {
      from: fact.from,
      ...(fact.pinned ? { pinned: fact.version ?? 'digest' } : { unpinned: true }),
      ...(fact.runs ? { runs: true } : {}),
    });
  }
  for (const fact of facts.of('listen')) add('listen', fact.tunnel ?? (show(nameless(fact.host)).replace(/^(?:\$\{…\})+$/, '') || 'dynamic'), fact);
  for (const fact of facts.of('config')) if (fact.effect !== 'other') add('setting', `${fact.system}:${fact.effect}`, fact, { keys: fact.key });
  for (const fact of facts.of('opaque'))
    if (fact.why === 'dynamic') add('unknown', fact.detail.replace(/\?\w{1,80}/g, '?').replace(/\bself:\w{1,80}/g, 'self'), fact);
  // The library of that name does one thing: it reads the `.env` of the project.
  for (const unit of input.program.units) {
    const { text } = input.program.skill.files[unit.at.file]!;
    if (unit.role !== 'file' || familyOf(unit.language) !== 'code' || !text.includes('dotenv') || text.length > LONGEST_CODE) continue;
    const tokens = tokensOf(text, unit.language);
    const imported = tokens.some((token, index) => {
      if (!/^[svw]dotenv(?:\/config)?$/.test(token)) return false;
      const before = tokens[index - 1] ?? '';
      return before === 'p(' ? /^w(?:require|import)$/.test(tokens[index - 2] ?? '') : before === 'wfrom' || before === 'wimport';
    });
    const start = text.indexOf('dotenv');
    const stand: Fact = {
      id: -1,
      unit: unit.id,
      at: { file: unit.at.file, start, end: start + 6 },
      kind: 'opaque',
      why: 'dynamic',
      detail: '',
      incomplete: false,
    };
    if (imported) add('credential', 'read:dotenv', stand, { paths: '.env' });
  }
  for (const unit of input.program.units) {
    if (unit.role !== 'hook' || unit.reach !== 'automatic') continue;
    const stand: Fact = { id: -1, unit: unit.id, at: unit.at, kind: 'opaque', why: 'dynamic', detail: '', incomplete: false };
    add('trigger', unit.note ?? 'hook', stand);
  }

  /** Addresses that stand as constants in the code of a skill some of whose requests go nobody knows where: it is one of them, as a rule, and another one is another ability. */
  function constantsOfSkill(): readonly string[] {
    if (constants !== undefined) return constants;
    const languages = new Map(
      input.program.units.flatMap((unit) =>
        unit.parent === undefined && unit.language !== 'surface' ? [[unit.at.file, unit.language] as const] : [],
      ),
    );
    const hosts = new Set<string>();
    for (const file of input.program.skill.files) {
      const language = languages.get(file.id) ?? '';
      if (familyOf(language) !== 'code' || file.text.length > LONGEST_CODE || TEST_CODE.test(file.path)) continue;
      const tokens = tokensOf(file.text, language);
      tokens.forEach((token, index) => {
        // What goes on with a hole is put together for a page or a call; where it is a call, the reader knows the host.
        if (tokens[index + 1] === 'p${' || !/^s(?:https?|wss?):\/\/[^\s]{1,500}$/.test(token)) return;
        const { host } = addressOf({ kind: 'known', text: token.slice(1) });
        if (/^[\p{L}\p{N}][\p{L}\p{N}.-]{0,253}$/u.test(host)) hosts.add(host);
      });
    }
    // What a request names is an ability of its own already.
    for (const fact of facts.of('request')) hosts.delete(addressOf(fact.url).host);
    constants = [...hosts];
    return constants;
  }

  function addPath(kind: 'read' | 'write' | 'delete', path: Value, fact: Fact): void {
    const named = pathOf(path);
    const plain = pathOf(nameless(path));
    // A variable's name can tell what a path means (`${home_dir}/x`); it is no part of the ability.
    const meaning = { class: named.class, path: plain.class === named.class ? plain.path : named.path };
    if (meaning.class === 'temp' || meaning.class === 'device') return;
    const special: Partial<Record<PathClass, CapabilityKind>> = {
      credential: 'credential',
      dotenv: 'credential',
      'system-secret': 'credential',
      'shell-history': 'credential',
      'agent-secret': 'credential',
      'agent-config': 'agent-file',
      'agent-memory': 'agent-file',
      'agent-skills': 'agent-file',
      'agent-log': 'agent-file',
    };
    if (kind === 'write' && PERSISTENT_CLASSES.has(meaning.class)) add('persistence', meaning.class, fact, { paths: meaning.path });
    const as = special[meaning.class];
    if (as !== undefined) add(as, `${kind}:${meaning.class}`, fact, { paths: meaning.path });
    else add(kind, path.kind === 'unknown' ? 'dynamic' : meaning.class === 'other' ? place(meaning.path) : meaning.class, fact);
  }

  const declared = declarations(facts.all('declare'));
  const list = [...entries.values()]
    .map(
      (entry): CapabilityEntry => ({
        kind: entry.kind,
        key: entry.key,
        details: Object.fromEntries(
          [...entry.details].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => [name, value instanceof Set ? listed(value) : value]),
        ),
        reach: entry.reach,
        evidence: entry.evidence,
      }),
    )
    .sort((a, b) => (a.kind === b.kind ? (a.key < b.key ? -1 : 1) : a.kind < b.kind ? -1 : 1));
  const undeclared: string[] = [];
  const unused: string[] = [];
  const compare = (kind: CapabilityKind, names: readonly string[]): void => {
    if (names.length === 0) return;
    const used = list.filter((entry) => entry.kind === kind && entry.key !== 'dynamic' && entry.key !== '*').map((entry) => entry.key);
    for (const key of used) if (!names.includes(key)) undeclared.push(`${kind}:${key}`);
    for (const name of names) if (!used.includes(name)) unused.push(`${kind}:${name}`);
  };
  compare('env', declared.env);
  compare('program', declared.bins);
  compare('host', declared.hosts);
  const digest = `sha256:${createHash('sha256')
    .update(canonical(list.map(({ kind, key, details }) => ({ kind, key, details }))))
    .digest('hex')}`;
  return { schema: 'skillward.capability.v1', entries: list, declared, undeclared, unused, digest };
}

/** The folder a path starts in is the ability; file names inside it are not worth an entry each. */
function place(path: string): string {
  if (path.startsWith('~')) return path.split('/').slice(0, 3).join('/');
  if (path.startsWith('/')) return path.split('/').slice(0, 3).join('/');
  return path.startsWith('${') ? 'dynamic' : 'workspace';
}

function declarations(facts: readonly FactOf<'declare'>[]): Capability['declared'] {
  const of = (...what: FactOf<'declare'>['what'][]): string[] =>
    [...new Set(facts.filter((fact) => what.includes(fact.what)).map((fact) => show(fact.value).slice(0, 200)))].sort();
  return { env: of('env'), bins: of('bin'), hosts: of('host'), tools: of('tool'), install: of('install') };
}
