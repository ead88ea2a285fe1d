/**
 * YAML frontmatter: what the skill says of itself, and text that every session of the agent loads. Checks the agentskills.io rules (name, description, lengths,
 * known keys), states declarations, hands every string on as prose and every hook command as shell. Positions are exact; aliases are refused, duplicate keys
 * are reported and all of their values read; what does not parse is still read as prose. Stops injection in `description` and hooks in frontmatter.
 */
import { isAlias, isMap, isPair, isScalar, isSeq, type Node, type Pair, parseDocument, type Scalar } from 'yaml';
import { limits } from '../../limits.ts';
import { known } from '../../value.ts';
import type { OffsetMap, ReadContext } from '../contract.ts';
import { collapsed, shifted } from '../contract.ts';
import { align } from '../text/align.ts';
import { declareExtras, isSkillFile } from './declare.ts';

/** Keys of the specification, and keys that hosts are known to read. Others are reported as unknown. */
const specKeys = new Set(['name', 'description', 'license', 'compatibility', 'metadata', 'allowed-tools']);
const hostKeys = new Set(
  'version homepage author authors repository url tags keywords category categories user-invocable user_invocable disable-model-invocation model context agent hooks triggers trigger when_to_use when-to-use argument-hint arguments tools allowed_tools disallowed-tools disallowedtools permissionmode skills memory color icon emoji slug displayname display_name title command-dispatch command-tool command-arg-mode globs alwaysapply paths applies-to license_file created updated date last_updated status type id domain subdomain language languages dependencies requires openclaw clawdbot moltbot mcp effort shell always os env install'.split(
    ' ',
  ),
);

/** One value of the tree with the way to it. */
export interface Entry {
  readonly path: readonly string[];
  readonly node: Scalar;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Reads frontmatter whose YAML stands at `base` in the unit. */
export function readFrontmatter(yaml: string, base: number, ctx: ReadContext): void {
  const end = base + yaml.length;
  const skill = isSkillFile(ctx.file.path);
  const specError = (from: number, to: number, value: string, detail: string) => {
    if (skill) ctx.fact(from, to, { kind: 'declare', what: 'spec-error', value: known(value), detail });
  };
  if (yaml.length > limits.yamlBytes) {
    ctx.opaque(base, end, 'limit', `frontmatter of ${yaml.length} characters`);
    return;
  }
  const depth = depthOf(yaml);
  if (depth > 60) {
    ctx.opaque(base, end, 'depth', `frontmatter nested ${depth} deep`);
    return;
  }
  const document = parseDocument(yaml, { uniqueKeys: false, logLevel: 'silent', stringKeys: false });
  const broken = document.errors[0];
  if (broken !== undefined) {
    specError(
      base + broken.pos[0],
      base + broken.pos[1],
      'yaml',
      `frontmatter is not valid YAML: ${(broken.message.split('\n')[0] ?? '').slice(0, 160)}`,
    );
    if (/\S/.test(yaml)) ctx.embed('prose', yaml, shifted(base, end), { role: 'frontmatter', note: 'block:0' });
  }
  const root = document.contents;
  if (!isMap(root)) {
    if (broken === undefined) {
      specError(base, end, 'yaml', 'frontmatter is not a mapping');
      if (/\S/.test(yaml)) ctx.embed('prose', yaml, shifted(base, end), { role: 'frontmatter', note: 'block:0' });
    }
    return;
  }
  const entries = entriesOf(root, yaml, base, ctx, specError);
  for (const entry of entries) {
    emitText(entry, yaml, base, ctx, broken !== undefined);
    if (entry.path[0] === 'hooks' || entry.path.slice(-2)[0] === 'hooks') readHook(entry, yaml, base, ctx);
  }
  if (skill) checkSpec(entries, root.items, base, end, ctx, specError);
  declareExtras(entries, ctx);
}

/** Deepest nesting that indentation or brackets can give. */
function depthOf(yaml: string): number {
  let deepest = 0;
  let brackets = 0;
  for (const letter of yaml) {
    if (letter === '[' || letter === '{') deepest = Math.max(deepest, ++brackets);
    else if (letter === ']' || letter === '}') brackets = Math.max(0, brackets - 1);
  }
  for (const line of yaml.split('\n')) {
    const dashes = /^[ -]{0,2000}/.exec(line)![0];
    const marks = dashes.replaceAll(' ', '').length;
    if (marks < 4 || /[^-\s]/.test(line)) deepest = Math.max(deepest, marks);
  }
  return deepest;
}

/** All scalars of the tree in order, without recursion. Map keys join into the path; items of a list share its path. */
function entriesOf(
  root: Node,
  yaml: string,
  base: number,
  ctx: ReadContext,
  specError: (from: number, to: number, value: string, detail: string) => void,
): Entry[] {
  const out: Entry[] = [];
  const stack: { readonly node: unknown; readonly path: readonly string[] }[] = [{ node: root, path: [] }];
  while (stack.length > 0) {
    ctx.step();
    const { node, path } = stack.pop()!;
    if (isScalar(node)) {
      const range = node.range ?? [0, 0, 0];
      const text =
        typeof node.value === 'string' ? node.value : node.value === null || node.value === undefined ? '' : yaml.slice(range[0], range[1]).trim();
      out.push({ path, node, text, start: base + range[0], end: base + range[1] });
    } else if (isMap(node)) {
      const seen = new Set<string>();
      for (const item of [...node.items].reverse()) {
        const key = keyOf(item);
        stack.push({ node: item.value, path: [...path, key] });
      }
      for (const item of node.items) {
        const key = keyOf(item);
        const at = isScalar(item.key) && item.key.range ? item.key.range : [0, 0];
        if (seen.has(key)) specError(base + at[0]!, base + at[1]!, key, `key "${key.slice(0, 80)}" stands twice; hosts differ on which one counts`);
        seen.add(key);
        // YAML takes `["x"]` and `{…}` for keys, JSON does not: hosts that read a field as JSON see nothing, others something else.
        if ((isSeq(item.key) || isMap(item.key)) && item.key.range)
          specError(
            base + item.key.range[0],
            base + item.key.range[1],
            key,
            'a list or mapping stands where a key belongs; hosts differ on what that is',
          );
      }
    } else if (isSeq(node)) {
      node.items.forEach((_item, index) => {
        const item = node.items[node.items.length - 1 - index];
        stack.push({
          node: isPair(item) ? item.value : item,
          path: isMap(item) || isSeq(item) ? [...path, String(node.items.length - 1 - index)] : path,
        });
      });
    } else if (isAlias(node)) {
      const range = node.range ?? [0, 0, 0];
      specError(base + range[0], base + range[1], node.source, 'frontmatter uses a YAML alias');
    }
  }
  return out;
}

const keyOf = (pair: Pair): string => (isScalar(pair.key) ? String(pair.key.value) : '?');

/** How a scalar's text maps to the file: exact where it stands as written, aligned where quoting or folding changed it. */
export function mapOf(entry: Entry, yaml: string, base: number): OffsetMap {
  const raw = yaml.slice(entry.start - base, entry.end - base);
  const { text } = entry;
  if (raw === text) return shifted(entry.start, entry.end);
  if (raw.slice(1, -1) === text && /^["']/.test(raw)) return shifted(entry.start + 1, entry.end - 1);
  if (text === '') return collapsed(entry.start, entry.end);
  const head = entry.node.type === 'BLOCK_LITERAL' || entry.node.type === 'BLOCK_FOLDED' ? raw.indexOf('\n') + 1 : /^["']/.test(raw) ? 1 : 0;
  return { kind: 'pieces', start: entry.start, end: entry.end, pieces: align(raw.slice(head), text, entry.start + head) };
}

/** Strings that say something: two words or more, or any top-level text. */
function emitText(entry: Entry, yaml: string, base: number, ctx: ReadContext, seen: boolean): void {
  if (seen || !/\p{L}/u.test(entry.text)) return;
  const top = entry.path[0] ?? '';
  const spoken =
    /^(?:name|description|triggers?|when[_-]to[_-]use|argument-hint|compatibility|title|display_?name|instructions|prompt|system)$/i.test(top);
  if (!spoken && !/\p{L}{2}[^\p{L}]{1,20}\p{L}{2}/u.test(entry.text) && !/[^\x00-\x7f]/.test(entry.text)) return;
  ctx.embed('prose', entry.text, mapOf(entry, yaml, base), { role: 'frontmatter', note: 'block:0', section: entry.path.slice(0, 6) });
}

/** `hooks:` as hosts read it: event -> matchers -> commands, or event -> command. */
function readHook(entry: Entry, yaml: string, base: number, ctx: ReadContext): void {
  const key = entry.path.at(-1) ?? '';
  const under = entry.path.indexOf('hooks');
  const isCommand =
    key === 'command' ||
    key === 'run' ||
    key === 'script' ||
    key === 'bash' ||
    (entry.path.length === under + 2 && !/^(?:type|matcher|timeout)$/.test(key));
  if (!isCommand || entry.text.trim() === '') return;
  const event = entry.path[under + 1] ?? 'hook';
  ctx.embed('shell', entry.text, mapOf(entry, yaml, base), { role: 'hook', stance: 'use', reach: 'automatic', note: `${event} hook in frontmatter` });
}

function checkSpec(
  entries: readonly Entry[],
  items: readonly Pair[],
  base: number,
  end: number,
  ctx: ReadContext,
  specError: (from: number, to: number, value: string, detail: string) => void,
): void {
  const top = (key: string) => entries.find((entry) => entry.path.length === 1 && entry.path[0] === key);
  const name = top('name');
  const say = (entry: Entry | undefined, what: string, detail: string) => specError(entry?.start ?? base, entry?.end ?? end, what, detail);
  if (name === undefined || name.text === '') say(name, 'name', 'name is missing');
  else {
    if (name.text.length > 64) say(name, 'name', 'name is longer than 64 characters');
    if (!/^[a-z0-9-]{1,400}$/.test(name.text)) say(name, 'name', 'name has characters other than lower-case letters, digits and hyphens');
    else if (/^-|-$|--/.test(name.text)) say(name, 'name', 'name begins or ends with a hyphen or has two in a row');
    const folder = ctx.file.path.split('/').at(-2);
    if (folder !== undefined && folder !== name.text) say(name, 'name', `name differs from its folder "${folder.slice(0, 80)}"`);
  }
  const description = top('description');
  if (description === undefined || description.text.trim() === '') say(description, 'description', 'description is missing');
  else if (description.text.length > 1024) say(description, 'description', 'description is longer than 1024 characters');
  const compatibility = top('compatibility');
  if (compatibility !== undefined && compatibility.text.length > 500)
    say(compatibility, 'compatibility', 'compatibility is longer than 500 characters');
  for (const item of items) {
    const key = keyOf(item);
    if (specKeys.has(key) || hostKeys.has(key.toLowerCase())) continue;
    const at = isScalar(item.key) && item.key.range ? item.key.range : [0, 0];
    ctx.fact(base + at[0]!, base + at[1]!, { kind: 'declare', what: 'unknown-key', value: known(key.slice(0, 200)) });
  }
}
