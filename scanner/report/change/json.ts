/** A change as JSON: the document itself. Schema: ../change.schema.json. Keys come in one order, however the document was made: the same change gives the same bytes. */
import type { Change } from '../../model.ts';

/** Keys in the order in which a reader wants them; others follow by name. */
const ORDER: readonly string[] = [
  ...['schema', 'tool', 'name', 'version', 'rules', 'policy', 'before', 'after', 'origin', 'verdict', 'silent', 'capability', 'findings'],
  ...[
    'instructions',
    'pins',
    'unread',
    'files',
    'appeared',
    'went',
    'stayed',
    'grown',
    'added',
    'removed',
    'changes',
    'same',
    'entry',
    'gate',
    'was',
    'known',
  ],
  ...['decision', 'says', 'because', 'id', 'rule', 'slug', 'title', 'severity', 'confidence', 'kind', 'key', 'details', 'reach', 'fix', 'evidence'],
  ...[
    'stays',
    'now',
    'clause',
    'verb',
    'destination',
    'how',
    'path',
    'from',
    'line',
    'column',
    'endLine',
    'endColumn',
    'start',
    'end',
    'firstLine',
    'lines',
  ],
];
const rank = new Map(ORDER.map((key, index) => [key, index]));
const after = (a: string, b: string): number => {
  const difference = (rank.get(a) ?? ORDER.length) - (rank.get(b) ?? ORDER.length);
  return difference !== 0 ? difference : a < b ? -1 : 1;
};

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => after(a, b))
      .map(([key, inner]) => [key, ordered(inner)]),
  );
}

/** One change. */
export const json = (change: Change): string => `${JSON.stringify(ordered(change), null, 2)}\n`;
