/**
 * What a skill says of itself, for catalogues and cards. Best effort and never an error: what cannot be read is left out, and spec/ says what is wrong with it. Every text is hostile;
 * it is cut to a bound and escaped by whoever shows it.
 */
import { isSeq } from 'yaml';
import { isSkillFile, type PackFile } from './check.ts';
import { type Frontmatter, plain, readFrontmatter, scalarText, valueAt, type YamlBounds } from './frontmatter.ts';

export interface SkillRecord {
  /** Path of the skill's own file: `SKILL.md`, or the spelling that was published. */
  readonly path: string;
  readonly name?: string;
  readonly description?: string;
  readonly version?: string;
  readonly license?: string;
  readonly homepage?: string;
  readonly compatibility?: string;
  readonly allowedTools: readonly string[];
  /** `metadata` as it stands there, as plain data. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The YAML as it stands there, without the lines of dashes. */
  readonly frontmatter: string;
  /** The Markdown behind it. */
  readonly body: string;
}

const MOST = 10_000;
const cut = (text: string): string => (text.length > MOST ? text.slice(0, MOST) : text);

/** The skill's own file, decoded and parsed once. */
export interface SkillFile {
  readonly path: string;
  readonly bytes: Buffer;
  /** A byte-order mark included. */
  readonly text: string;
  readonly front: Frontmatter;
}

/** Finds and parses the skill's own file among the files; undefined if there is none. */
export function readSkillFile(files: readonly PackFile[], bounds?: YamlBounds): SkillFile | undefined {
  const file = files.find(({ path }) => path === 'SKILL.md') ?? files.find(({ path }) => isSkillFile(path));
  if (file === undefined) return undefined;
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(file.bytes);
  return { ...file, text, front: readFrontmatter(text, bounds) };
}

/** Reads the skill's own file among the files; undefined if there is none. */
export function skillRecord(files: readonly PackFile[]): SkillRecord | undefined {
  const file = readSkillFile(files);
  return file === undefined ? undefined : recordOf(file);
}

/** What is in the frontmatter, as far as it was parsed. */
export function recordOf({ path, text, front }: SkillFile): SkillRecord {
  const { map, yaml, bodyAt } = front;
  const top = (key: string): string | undefined => {
    const value = scalarText(valueAt(map, key))?.trim();
    return value === undefined || value === '' ? undefined : cut(value);
  };
  const metadata = valueAt(map, 'metadata');
  const inMetadata = (key: string): string | undefined => {
    const value = scalarText(valueAt(metadata, key)) ?? scalarText(valueAt(valueAt(metadata, 'openclaw'), key));
    return value === undefined || value.trim() === '' ? undefined : cut(value.trim());
  };
  const plainMetadata = plain(metadata);
  const found = {
    name: top('name'),
    description: top('description'),
    version: top('version') ?? inMetadata('version'),
    license: top('license'),
    homepage: top('homepage') ?? inMetadata('homepage'),
    compatibility: top('compatibility'),
  };
  return {
    path,
    ...(Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) as Partial<Record<keyof typeof found, string>>),
    allowedTools: toolsOf(valueAt(map, 'allowed-tools')),
    metadata:
      typeof plainMetadata === 'object' && plainMetadata !== null && !Array.isArray(plainMetadata) ? (plainMetadata as Record<string, unknown>) : {},
    frontmatter: yaml,
    body: text.slice(bodyAt),
  };
}

/** `allowed-tools`, a list or one text: split at spaces and commas outside of brackets. */
export function toolsOf(node: unknown): string[] {
  if (isSeq(node)) return node.items.flatMap((item) => scalarText(item) ?? []).map(cut);
  const tools: string[] = [];
  let tool = '';
  let depth = 0;
  for (const char of cut(scalarText(node) ?? '')) {
    if (char === '(') depth++;
    if (char === ')') depth = Math.max(0, depth - 1);
    if (depth === 0 && (char === ' ' || char === ',' || char === '\n' || char === '\t')) {
      if (tool !== '') tools.push(tool);
      tool = '';
    } else tool += char;
  }
  if (tool !== '') tools.push(tool);
  return tools;
}
