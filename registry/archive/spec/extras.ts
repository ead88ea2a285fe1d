/** The optional fields: `license`, `compatibility`, `metadata` with the blocks of OpenClaw in it, `allowed-tools`. */
import { isMap, isScalar, isSeq, type Pair } from 'yaml';
import { keyOf, parseInner, plain, scalarText } from '../frontmatter.ts';
import { toolsOf } from '../record.ts';
import { type Check, replace, say } from './field.ts';
import { quote } from './text.ts';

/** Blocks of `metadata` that hosts fill with more than text. */
const hostBlocks: ReadonlySet<string> = new Set(['openclaw', 'clawdbot', 'clawdis', 'moltbot']);
const installKinds: ReadonlySet<unknown> = new Set(['brew', 'node', 'go', 'uv', 'download']);
export function checkTexts(check: Check): void {
  for (const [key, most] of [
    ['license', undefined],
    ['compatibility', 500],
  ] as const) {
    const pair = check.pairs.get(key);
    if (pair === undefined) continue;
    const expected =
      key === 'license' ? 'license: a name such as Apache-2.0, or the name of a licence file' : 'compatibility: a text of 1 to 500 characters';
    const { value } = pair;
    const text = scalarText(value);
    if (text === undefined || text.trim() === '' || (isScalar(value) && typeof value.value !== 'string'))
      say(
        check,
        value ?? pair.key,
        key === 'license' ? 'license-invalid' : 'compatibility-invalid',
        'error',
        `${key} is ${text === undefined ? 'no text' : text.trim() === '' ? 'empty' : 'no text to YAML'}.`,
        expected,
        text === undefined || text.trim() === '' ? 'Write a text, or take the key out.' : 'Put it into quotation marks.',
        text === undefined || text.trim() === '' ? undefined : replace(check, value, JSON.stringify(text), 'put it into quotation marks'),
      );
    else if (most !== undefined && [...text].length > most)
      say(
        check,
        value,
        'compatibility-too-long',
        'error',
        `compatibility has ${[...text].length} characters.`,
        expected,
        'Shorten it; details belong into the body.',
      );
  }
}

export function checkMetadata(check: Check): void {
  const pair = check.pairs.get('metadata');
  if (pair === undefined) return;
  const expected = 'metadata: names with texts; the blocks of OpenClaw (metadata.openclaw) may hold more';
  const { value } = pair;
  if (!isMap(value)) {
    // OpenClaw takes JSON in a text as well.
    const text = scalarText(value);
    if (text !== undefined && isMap(parseInner(text.slice(0, 20_000))?.contents)) return;
    say(
      check,
      value ?? pair.key,
      'metadata-invalid',
      'error',
      'metadata is no mapping.',
      expected,
      'Write names with texts below it, or take it out.',
    );
    return;
  }
  for (const item of value.items) {
    const key = keyOf(item) ?? '';
    if (hostBlocks.has(key)) checkHostBlock(check, item);
    else if (isScalar(item.value) && item.value.value !== null && item.value.value !== undefined && typeof item.value.value !== 'string')
      say(
        check,
        item.value,
        'metadata-not-text',
        'warning',
        `To YAML metadata.${quote(key).slice(1, -1)} is no text but ${quote(scalarText(item.value) ?? '')}; hosts may write it differently.`,
        expected,
        'Put it into quotation marks.',
        replace(check, item.value, JSON.stringify(scalarText(item.value) ?? ''), 'put it into quotation marks'),
      );
    else if (!isScalar(item.value) || typeof item.value.value !== 'string')
      say(
        check,
        item.value ?? item.key,
        'metadata-not-text',
        'warning',
        `metadata.${quote(key).slice(1, -1)} is no text; hosts other than the one it is for may refuse it.`,
        expected,
        'Write a text.',
      );
  }
}

const textList = (value: unknown): boolean => Array.isArray(value) && value.every((item) => typeof item === 'string');
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What OpenClaw needs of its block to use it at all: https://docs.openclaw.ai/tools/skills */
function checkHostBlock(check: Check, pair: Pair): void {
  const text = scalarText(pair.value);
  const block = plain(text === undefined ? pair.value : parseInner(text.slice(0, 20_000))?.contents);
  const wrong: string[] = [];
  if (!isRecord(block)) wrong.push('it is no mapping');
  else {
    const { requires, install } = block;
    if (requires !== undefined && !isRecord(requires)) wrong.push('requires is no mapping');
    else
      for (const [key, value] of Object.entries(requires ?? {}))
        if (['env', 'bins', 'anyBins', 'config'].includes(key) && !textList(value)) wrong.push(`requires.${key} is no list of texts`);
    if (install !== undefined && !Array.isArray(install)) wrong.push('install is no list');
    else
      for (const [index, step] of (install ?? []).entries())
        if (!isRecord(step) || !installKinds.has(step['kind']))
          wrong.push(`install step ${index + 1} has no kind of ${[...installKinds].join(', ')}`);
  }
  if (wrong.length > 0)
    say(
      check,
      pair.key,
      'openclaw-metadata',
      'warning',
      `OpenClaw will not use all of metadata.${keyOf(pair) ?? ''}: ${wrong.slice(0, 5).join('; ')}.`,
      'requires with lists env, bins, anyBins, config; install with steps of a known kind',
      'Mend it, or OpenClaw takes the skill as needing nothing.',
    );
}

export function checkTools(check: Check): void {
  const pair = check.pairs.get('allowed-tools');
  if (pair === undefined) return;
  const expected = 'allowed-tools: tools separated by spaces, such as Read Bash(git:*), or a list of texts';
  const { value } = pair;
  const text = scalarText(value);
  const list = isSeq(value) && value.items.every((item) => isScalar(item) && typeof item.value === 'string');
  if (!list && (!isScalar(value) || (value.value !== null && typeof value.value !== 'string'))) {
    say(
      check,
      value ?? pair.key,
      'allowed-tools-invalid',
      'error',
      'allowed-tools is neither a text nor a list of texts.',
      expected,
      'Write one of the two.',
    );
    return;
  }
  const open = toolsOf(value).find((tool) => tool.split('(').length !== tool.split(')').length);
  if (open !== undefined)
    say(
      check,
      value,
      'allowed-tools-invalid',
      'error',
      `The tool ${quote(open)} has a bracket without its other half.`,
      expected,
      'Close the bracket.',
    );
  if (!isScalar(value) || text === undefined) return;
  const spaced = withoutCommas(text);
  if (spaced !== text)
    say(
      check,
      value,
      'allowed-tools-commas',
      'warning',
      'Commas stand between the tools; hosts that split at spaces see names that end in a comma.',
      expected,
      'Write spaces between the tools.',
      open === undefined ? replace(check, value, JSON.stringify(spaced), 'write spaces instead of commas') : undefined,
    );
}

/** The same tools with spaces between them; commas inside brackets stay. */
function withoutCommas(text: string): string {
  let depth = 0;
  let commas = false;
  for (const char of text) {
    if (char === '(') depth++;
    if (char === ')') depth--;
    if (char === ',' && depth === 0) commas = true;
  }
  if (!commas) return text;
  let out = '';
  depth = 0;
  for (const char of text) {
    if (char === '(') depth++;
    if (char === ')') depth--;
    const gap = depth === 0 && (char === ',' || char === ' ');
    if (!gap) out += char;
    else if (!out.endsWith(' ')) out += ' ';
  }
  return out.trim();
}
