/**
 * The optional indicator list for SUP-001: one entry a line, `sha256:<hex>`, `host:<name>` or `package:<manager>:<name>`, `#` starts a comment. Set by the caller once at start; the product
 * ships none, and no other rule looks at it.
 */
let loaded: ReadonlySet<string> = new Set();

export const indicators = (): ReadonlySet<string> => loaded;

/**
 * Replaces the list.
 * @throws Error naming file and line when an entry has none of the three forms
 */
export function setIndicators(text: string, file: string): void {
  const entries = new Set<string>();
  text.split('\n').forEach((raw, index) => {
    const line = raw.split('#', 1)[0]!.trim().toLowerCase();
    if (line === '') return;
    if (!/^(?:sha256:[0-9a-f]{64}|host:[a-z0-9.-]{1,253}|package:[a-z]{1,20}:\S{1,200})$/.test(line))
      throw new Error(`${file}:${index + 1}: expected sha256:<64 hex digits>, host:<name> or package:<manager>:<name>`);
    entries.add(line);
  });
  loaded = entries;
}
