/** Views of whole objects: `Object.keys`, `Object.entries`, `Object.assign`. Looking at all of `process.env` is what states that it is read. */
import type { Builtin } from './bytes.ts';
import { cellsOf, newBox, put } from './run.ts';
import { type Thing, text, UNKNOWN } from './thing.ts';

/** A view of a whole object: keys, values, entries, JSON. */
export const spill: Builtin = (r, c) => {
  const [given] = c.args;
  if (given === undefined) return UNKNOWN;
  return { cells: cellsOf(r, given, c) };
};

export const entries: Builtin = (r, c) => {
  const [given] = c.args;
  const { box } = given ?? UNKNOWN;
  if (given === undefined) return UNKNOWN;
  if (box === undefined || box.open || given.api !== undefined || box.home !== undefined) return spill(r, c);
  const own: [string, Thing][] = box.items
    ? box.items.map((item, index) => [String(index), item])
    : [...box.props].filter(([key]) => !key.startsWith('\0'));
  const items = own
    .slice(0, 5_000)
    .map(([key, value]): Thing => (c.key === 'keys' ? text(key) : c.key === 'values' ? value : { cells: [], box: newBox(r, [text(key), value]) }));
  return { cells: given.cells, box: newBox(r, items) };
};

export const assign: Builtin = (r, c) => {
  const [target, ...sources] = c.args;
  if (target?.box === undefined) {
    const env = c.args.some((arg) => arg.api === 'process.env');
    return env ? { cells: [], api: 'process.env' } : spill(r, c);
  }
  for (const source of sources) {
    if (source.box !== undefined) for (const [key, value] of source.box.props) put(r, target.box, key, value, c);
    if (source.api === 'process.env') return { ...target, api: 'process.env' };
    if (source.box === undefined && source.cells.length > 0) put(r, target.box, undefined, source, c);
    if (source.box?.home !== undefined) put(r, target.box, undefined, { cells: [source.box.home] }, c);
  }
  return target;
};
