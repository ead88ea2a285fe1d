/** What the checks of single fields share: the frontmatter under check, places in it, and ways to note a problem and its repair. */
import type { Node, Pair } from 'yaml';
import type { Frontmatter } from '../frontmatter.ts';
import type { Edit, SpecCode, SpecOptions } from './contract.ts';
import { type Checked, edit, note } from './text.ts';

/** The keys that the specification knows. */
export const specKeys = ['name', 'description', 'license', 'compatibility', 'metadata', 'allowed-tools'] as const;

export interface Check {
  readonly file: Checked;
  readonly front: Frontmatter;
  readonly options: SpecOptions;
  /** The last pair of each key. */
  readonly pairs: ReadonlyMap<string, Pair>;
}

export type Severity = 'error' | 'warning';
export interface Fix {
  readonly says: string;
  readonly edits: readonly Edit[];
}

export const startOf = (check: Check, node: unknown): number => check.front.at + ((node as Node | null)?.range?.[0] ?? 0);
export const endOf = (check: Check, node: unknown): number => check.front.at + ((node as Node | null)?.range?.[1] ?? 0);

/** A text as a YAML value that every reader takes for that text. */
export const inYaml = (text: string): string =>
  /^[a-z][a-z0-9-]{0,63}$/.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/.test(text) ? text : JSON.stringify(text);

export function say(
  check: Check,
  node: unknown,
  code: SpecCode,
  severity: Severity,
  says: string,
  expected: string,
  todo: string,
  fix?: Fix | undefined,
): void {
  note(check.file, startOf(check, node), { code, severity, says, expected, todo }, fix);
}

/** The fix that replaces a value. */
export function replace(check: Check, node: unknown, text: string, says: string): Fix | undefined {
  const range = (node as Node | null)?.range;
  return range ? { says, edits: [edit(check.file.text, startOf(check, node), endOf(check, node), text)] } : undefined;
}

/** `allowedTools`, `Allowed_Tools` to `allowed-tools`. */
export function specKeyLike(key: string): string | undefined {
  const plainKey = key
    .slice(0, 40)
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[_ ]/g, '-');
  const named = plainKey === 'licence' ? 'license' : plainKey === 'allowed-tool' ? 'allowed-tools' : plainKey;
  return specKeys.find((known) => known === named);
}
