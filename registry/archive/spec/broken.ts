/** Frontmatter that does not parse, and the one repair of it that is mechanical. */
import { isMap, isScalar } from 'yaml';
import { type Frontmatter, keyOf, parseYaml } from '../frontmatter.ts';
import type { Fix } from './field.ts';
import { type Checked, edit } from './text.ts';

/** Most attempts at mending one broken line; each parses the whole frontmatter again. */
const TRIES = 5;

/**
 * The fix for YAML that does not parse because a text stands there without quotation marks (`description: Use: this`): a line at the margin is quoted if that alone makes
 * the parser content with it and gives exactly the text that stood there.
 */
export function quoteBroken(file: Checked, front: Frontmatter): Fix | undefined {
  const errors = front.document?.errors.length ?? 0;
  if (errors === 0) return undefined;
  let tries = 0;
  for (let from = 0; from < front.yaml.length; ) {
    let end = front.yaml.indexOf('\n', from);
    if (end < 0) end = front.yaml.length;
    const line = front.yaml.slice(from, end).trimEnd();
    const colon = line.indexOf(': ');
    const value = line.slice(colon + 2).trim();
    const next = front.yaml[end + 1];
    const single = next === undefined || (next !== ' ' && next !== '\t');
    if (
      colon > 0 &&
      colon <= 40 &&
      /^[a-z-]{1,40}$/.test(line.slice(0, colon)) &&
      value !== '' &&
      single &&
      !value.includes(' #') &&
      !/^["'|>&!]/.test(value)
    ) {
      if (++tries > TRIES) return undefined;
      const start = from + line.lastIndexOf(value);
      const mended = parseYaml(`${front.yaml.slice(0, start)}${JSON.stringify(value)}${front.yaml.slice(from + line.length)}`);
      const pair = isMap(mended.contents) ? mended.contents.items.find((item) => keyOf(item) === line.slice(0, colon)) : undefined;
      if (mended.errors.length < errors && isScalar(pair?.value) && pair.value.value === value)
        return {
          says: `put the text of ${line.slice(0, colon)} into quotation marks`,
          edits: [edit(file.text, front.at + start, front.at + from + line.length, JSON.stringify(value))],
        };
    }
    from = end + 1;
  }
  return undefined;
}
