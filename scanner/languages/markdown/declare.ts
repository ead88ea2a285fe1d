/**
 * Declarations out of frontmatter entries: identity, tools, and what OpenClaw's `metadata.openclaw` block (also `clawdbot`, `moltbot`, also as a JSON string)
 * says the skill needs and how it is installed. States them and judges nothing: the attacker writes them.
 */
import type { DeclareFact, FactDraft } from '../../model.ts';
import { known } from '../../value.ts';
import { collapsed, type ReadContext } from '../contract.ts';
import { urlValue } from '../text/url.ts';
import type { Entry } from './frontmatter.ts';

/** True for the file that makes a folder a skill. */
export const isSkillFile = (path: string): boolean => /(?:^|\/)skills?\.md$/i.test(path);

interface Leaf {
  readonly path: readonly string[];
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const identity: Readonly<Record<string, DeclareFact['what']>> = {
  name: 'name',
  description: 'description',
  version: 'version',
  homepage: 'homepage',
  url: 'homepage',
  repository: 'homepage',
  author: 'author',
  authors: 'author',
  license: 'license',
  compatibility: 'compatibility',
};
const hosts = new Set(['openclaw', 'clawdbot', 'moltbot', 'clawdis', 'claw']);

/** Paths below the host's block, joined with dots, list indices left out. */
const needs: Readonly<Record<string, DeclareFact['what']>> = {
  'requires.env': 'env',
  'requires.anyEnv': 'env',
  'requires.bins': 'bin',
  'requires.bin': 'bin',
  'requires.anyBins': 'bin',
  'requires.config': 'config',
  'requires.hosts': 'host',
  'requires.network': 'host',
  'requires.domains': 'host',
  'network.hosts': 'host',
  'network.allow': 'host',
  primaryEnv: 'env',
  env: 'env',
  'envVars.name': 'env',
  envVars: 'env',
  'requires.env.name': 'env',
  bins: 'bin',
  os: 'os',
  always: 'always',
  homepage: 'homepage',
  skillKey: 'name',
  version: 'version',
  author: 'author',
};

/** States every declaration among the entries. */
export function declareExtras(entries: readonly Entry[], ctx: ReadContext): void {
  const skill = isSkillFile(ctx.file.path);
  const declare = (leaf: Leaf, what: DeclareFact['what'], text: string, detail?: string) => {
    const draft: FactDraft = { kind: 'declare', what, value: known(text), ...(detail === undefined ? {} : { detail }) };
    ctx.fact(leaf.start, leaf.end, draft);
  };
  for (const entry of entries) {
    const [top = ''] = entry.path;
    const what = identity[top];
    if (what !== undefined && entry.path.length <= 2 && skill && Object.hasOwn(identity, top)) declare(entry, what, entry.text);
    else if (/^(?:allowed[-_]tools|tools)$/i.test(top)) for (const tool of toolsOf(entry.text)) declare(entry, 'tool', tool);
    else if (/^(?:triggers?|when[-_]to[-_]use|globs|paths)$/i.test(top)) declare(entry, 'trigger', entry.text);
    else if (/^(?:user[-_]invocable|disable-model-invocation)$/i.test(top)) declare(entry, 'config', `${top}=${entry.text}`);
    else if (/^(?:always|alwaysapply)$/i.test(top)) declare(entry, 'always', entry.text);
    else if (top === 'metadata' && entry.path.length === 1) declareJson(entry, [], ctx, declare);
    else if (top === 'metadata' && entry.path.length === 2 && hosts.has(entry.path[1]!)) declareJson(entry, [entry.path[1]!], ctx, declare);
  }
  declareHost(
    entries
      .filter((entry) => entry.path[0] === 'metadata' && hosts.has(entry.path[1] ?? ''))
      .map((entry) => ({ ...entry, path: entry.path.slice(2) })),
    ctx,
    declare,
  );
  declareHost(
    entries.filter((entry) => hosts.has(entry.path[0] ?? '')).map((entry) => ({ ...entry, path: entry.path.slice(1) })),
    ctx,
    declare,
  );
  declareHost(
    entries
      .filter((entry) => /^(?:requires|install|env|os)$/.test(entry.path[0] ?? '') || (entry.path[0] === 'metadata' && entry.path[1] === 'requires'))
      .map((entry) => ({ ...entry, path: entry.path[0] === 'metadata' ? entry.path.slice(1) : entry.path })),
    ctx,
    declare,
  );
}

/** `Bash(git:*), Read Write` and lists of the same. */
export function toolsOf(text: string): string[] {
  const out: string[] = [];
  let depth = 0;
  let word = '';
  for (const letter of `${text} `) {
    if (letter === '(') depth++;
    if (letter === ')') depth = Math.max(0, depth - 1);
    if (depth === 0 && (letter === ',' || letter === ' ' || letter === '\n' || letter === '\t')) {
      if (word !== '') out.push(word);
      word = '';
    } else word += letter;
  }
  if (word.trim() !== '') out.push(word.trim());
  return out.slice(0, 500);
}

type Declare = (leaf: Leaf, what: DeclareFact['what'], text: string, detail?: string) => void;

/** A block given as a JSON string: the leaves all stand where the string stands. */
function declareJson(entry: Entry, prefix: readonly string[], ctx: ReadContext, declare: Declare): void {
  if (!/^\s*\{/.test(entry.text) || entry.text.length > 100_000) return;
  let parsed: unknown;
  try {
    parsed = JSON.parse(entry.text);
  } catch {
    return;
  }
  const leaves: Leaf[] = [];
  const stack: { readonly value: unknown; readonly path: readonly string[] }[] = [{ value: parsed, path: prefix }];
  while (stack.length > 0) {
    ctx.step();
    const { value, path } = stack.pop()!;
    if (path.length > 20) continue;
    if (Array.isArray(value))
      for (const [index, item] of value.entries()) stack.push({ value: item, path: typeof item === 'object' ? [...path, String(index)] : path });
    else if (value !== null && typeof value === 'object')
      for (const [key, inner] of Object.entries(value)) stack.push({ value: inner, path: [...path, key] });
    else leaves.push({ path, text: String(value), start: entry.start, end: entry.end });
  }
  declareHost(
    leaves
      .reverse()
      .filter((leaf) => hosts.has(leaf.path[0] ?? ''))
      .map((leaf) => ({ ...leaf, path: leaf.path.slice(1) })),
    ctx,
    declare,
  );
}

const managers: Readonly<Record<string, string>> = {
  brew: 'brew',
  node: 'npm',
  npm: 'npm',
  go: 'go',
  uv: 'uv',
  pip: 'pip',
  gem: 'gem',
  cargo: 'cargo',
  apt: 'apt',
  pipx: 'pipx',
  git: 'git',
  docker: 'docker',
};

function declareHost(leaves: readonly Leaf[], ctx: ReadContext, declare: Declare): void {
  const steps = new Map<string, Map<string, Leaf>>();
  for (const leaf of leaves) {
    const key = leaf.path.filter((part) => !/^\d+$/.test(part)).join('.');
    if (leaf.path[0] === 'install' && leaf.path.length > 1) {
      const step = /^\d+$/.test(leaf.path[1]!) ? leaf.path[1]! : '-';
      const fields = steps.get(step) ?? new Map<string, Leaf>();
      const field = leaf.path
        .filter((part) => !/^\d+$/.test(part))
        .slice(1)
        .join('.');
      if (!fields.has(field)) fields.set(field, leaf);
      steps.set(step, fields);
    } else if (Object.hasOwn(needs, key)) {
      const what = needs[key]!;
      if (what === 'env' || what === 'bin' || what === 'host')
        for (const word of leaf.text
          .split(/[,\s]+/)
          .filter(Boolean)
          .slice(0, 100))
          declare(leaf, what, word);
      else declare(leaf, what, leaf.text);
    } else if (/^(?:envVars|requires\.env|env)\.[A-Z][A-Z0-9_]{1,80}(?:\.|$)/.test(key)) {
      declare(leaf, 'env', /\.([A-Z][A-Z0-9_]{1,80})(?:\.|$)/.exec(key)![1]!);
    }
  }
  for (const [, fields] of [...steps].sort(([a], [b]) => (a < b ? -1 : 1))) installStep(fields, ctx, declare);
}

/** One `install:` entry: what is installed from where, and shell it would run. */
function installStep(fields: ReadonlyMap<string, Leaf>, ctx: ReadContext, declare: Declare): void {
  const kind = fields.get('kind') ?? fields.get('type') ?? fields.get('manager');
  const command = fields.get('command') ?? fields.get('run') ?? fields.get('script') ?? fields.get('shell');
  const url = fields.get('url') ?? [...fields.values()].find((leaf) => /^https?:\/\//.test(leaf.text));
  const subject =
    fields.get('package') ??
    fields.get('formula') ??
    fields.get('module') ??
    fields.get('crate') ??
    fields.get('gem') ??
    fields.get('image') ??
    fields.get('cask') ??
    fields.get('repo') ??
    fields.get('name');
  const word = kind?.text.toLowerCase() ?? (url === undefined ? 'unknown' : 'download');
  const at = subject ?? url ?? command ?? kind ?? [...fields.values()][0];
  if (at === undefined) return;
  declare(at, 'install', subject?.text ?? url?.text ?? command?.text ?? word, word);
  for (const bin of [...fields].filter(([field]) => field === 'bins' || field === 'bin')) declare(bin[1], 'bin', bin[1].text);
  if (url !== undefined && subject === undefined) {
    ctx.fact(url.start, url.end, { kind: 'install', manager: managers[word] ?? word, name: urlValue(url.text), pinned: false, from: 'url' });
    ctx.fact(url.start, url.end, {
      kind: 'link',
      url: urlValue(url.text),
      text: fields.get('label')?.text ?? 'install',
      form: 'code',
      block: 0,
      section: ['install'],
    });
  } else if (subject !== undefined) {
    const spec = subject.text;
    const cut = spec.lastIndexOf('@');
    const version =
      fields.get('version')?.text ?? (cut > 0 ? spec.slice(cut + 1) : spec.includes('==') ? spec.slice(spec.indexOf('==') + 2) : undefined);
    const remote = /^(?:https?:|git\+|git@|ssh:)/.test(spec);
    ctx.fact(subject.start, subject.end, {
      kind: 'install',
      manager: managers[word] ?? word,
      name: known(cut > 0 && !remote ? spec.slice(0, cut) : spec),
      ...(version === undefined ? {} : { version }),
      pinned: version !== undefined && /^v?\d+\.\d+/.test(version) && !/[x*^~<>]/.test(version),
      from: remote ? (/^https?:/.test(spec) && !/\.git$/.test(spec) ? 'url' : 'vcs') : 'registry',
    });
  }
  if (command !== undefined)
    ctx.embed('shell', command.text, collapsed(command.start, command.end), {
      role: 'hook',
      stance: 'use',
      reach: 'instructed',
      note: 'install step in frontmatter',
    });
}
