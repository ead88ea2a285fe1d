/**
 * The frontmatter against the specification, field by field. Fixes are written only where one answer is right whatever the author meant: quoting what YAML reads as something
 * else, taking the folder's name, renaming a misspelt key, dropping a doubled line.
 */
import { isAlias, type Node, type Pair, visit } from 'yaml';
import { type Frontmatter, keyOf } from '../frontmatter.ts';
import type { SpecOptions } from './contract.ts';
import { checkMetadata, checkTexts, checkTools } from './extras.ts';
import { type Check, endOf, type Fix, replace, say, specKeyLike, specKeys, startOf } from './field.ts';
import { checkDescription, checkName } from './identity.ts';
import { type Checked, edit, note, quote } from './text.ts';

/** Checks everything between the lines of dashes that did parse. */
export function checkFields(file: Checked, front: Frontmatter, options: SpecOptions): void {
  const { map } = front;
  if (map === undefined) return;
  const pairs = new Map<string, Pair>();
  for (const pair of map.items) {
    const key = keyOf(pair);
    if (key !== undefined) pairs.set(key, pair);
  }
  const check: Check = { file, front, options, pairs };
  checkKeys(check);
  checkReferences(check);
  checkName(check);
  checkDescription(check);
  checkTexts(check);
  checkMetadata(check);
  checkTools(check);
  const dashes = front.yaml.indexOf('---');
  if (dashes >= 0)
    note(file, front.at + dashes, {
      code: 'frontmatter-dashes',
      severity: 'warning',
      says: 'Three dashes stand inside the frontmatter; the reference validator takes them for its end.',
      expected: 'three dashes only on the lines that begin and end the frontmatter',
      todo: 'Write a long dash or two hyphens instead.',
    });
}

function checkKeys(check: Check): void {
  const seen = new Map<string, Pair>();
  for (const pair of check.front.map?.items ?? []) {
    const key = keyOf(pair);
    if (key === undefined) {
      say(
        check,
        pair.key,
        'frontmatter-invalid',
        'error',
        'A key of the frontmatter is no plain text; hosts differ on what it is.',
        'keys that are plain text',
        'Write the key as a word, in quotation marks if it is a number.',
      );
      continue;
    }
    const earlier = seen.get(key);
    if (earlier !== undefined)
      say(
        check,
        pair.key,
        'key-duplicate',
        'error',
        `The key ${quote(key)} stands twice; hosts differ on which one counts.`,
        'every key once',
        'Keep one of them.',
        sameLines(check, earlier, pair),
      );
    seen.set(key, pair);
    if ((specKeys as readonly string[]).includes(key)) continue;
    const meant = specKeyLike(key);
    if (meant !== undefined && !check.pairs.has(meant))
      say(
        check,
        pair.key,
        'key-misspelt',
        meant === 'name' || meant === 'description' ? 'error' : 'warning',
        `The key ${quote(key)} is not one of the specification; it looks like ${meant}.`,
        `the key ${meant}`,
        `Rename it to ${meant}.`,
        replace(check, pair.key, meant, `rename the key to ${meant}`),
      );
    else
      say(
        check,
        pair.key,
        'key-unknown',
        'warning',
        `The key ${quote(key)} is not one of the specification: the reference validator refuses it, most hosts ignore it.`,
        specKeys.join(', '),
        'Put it under metadata, unless a host you write for reads it at the top.',
      );
  }
}

/** The fix for a key that stands twice with the same value, both times on lines of its own: the later lines go. */
function sameLines(check: Check, earlier: Pair, later: Pair): Fix | undefined {
  const { text } = check.file;
  const span = (pair: Pair): { from: number; to: number } | undefined => {
    const from = startOf(check, pair.key);
    if (from > 0 && text[from - 1] !== '\n') return undefined;
    const end = text.indexOf('\n', Math.max(from, endOf(check, pair.value ?? pair.key) - 1));
    return end < 0 ? undefined : { from, to: end + 1 };
  };
  const [a, b] = [span(earlier), span(later)];
  if (a === undefined || b === undefined || a.to > b.from || text.slice(a.from, a.to) !== text.slice(b.from, b.to)) return undefined;
  return { says: 'delete the second one, which says the same', edits: [edit(text, b.from, b.to, '')] };
}

/** Anchors, aliases and tags: a host with a small YAML reader sees other values than one with a whole one. */
function checkReferences(check: Check): void {
  if (check.front.document === undefined) return;
  let first: Node | undefined;
  visit(check.front.document, {
    Node: (_key, node) => {
      if (!isAlias(node) && (node as { anchor?: string }).anchor === undefined && node.tag === undefined) return undefined;
      first = node as Node;
      return visit.BREAK;
    },
  });
  if (first !== undefined)
    say(
      check,
      first,
      'frontmatter-reference',
      'warning',
      'The frontmatter uses an anchor, an alias or a tag of YAML; hosts read those differently or refuse them.',
      'plain values',
      'Write the value out.',
    );
}
