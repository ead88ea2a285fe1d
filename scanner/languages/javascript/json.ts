/** `JSON.stringify` of what is known, holes where it is not, so that a written settings file can be read; and `JSON.parse` of constants. */
import type { Hole, Value } from '../../model.ts';
import { partsOf, template, unknown } from '../../value.ts';
import { newBox, type Run } from './run.ts';
import { prim, type Thing, toValue } from './thing.ts';

const MAX_NODES = 2_000;

export function toJson(thing: Thing): Value {
  const parts: (string | Hole)[] = [];
  let count = 0;
  const write = (one: Thing, depth: number): void => {
    if (count++ > MAX_NODES || depth > 12) {
      parts.push('null');
      return;
    }
    if (one.known) {
      parts.push(one.prim === undefined ? 'null' : JSON.stringify(one.prim));
      return;
    }
    const { box } = one;
    if (box?.items !== undefined) {
      parts.push('[');
      box.items.forEach((item, index) => {
        if (index > 0) parts.push(',');
        write(item, depth + 1);
      });
      parts.push(']');
      return;
    }
    if (box !== undefined) {
      parts.push('{');
      let first = true;
      for (const [key, value] of box.props) {
        if (key.startsWith('\0') || value.fn !== undefined) continue;
        if (!first) parts.push(',');
        first = false;
        parts.push(`${JSON.stringify(key)}:`);
        write(value, depth + 1);
      }
      parts.push('}');
      return;
    }
    parts.push('"');
    for (const part of partsOf(toValue(one))) parts.push(typeof part === 'string' ? JSON.stringify(part).slice(1, -1) : part);
    parts.push('"');
  };
  write(thing, 0);
  return count > MAX_NODES ? unknown : template(parts);
}

/** Undefined when the text is not JSON. */
export function fromJson(r: Run, text: string): Thing | undefined {
  if (text.length > 500_000) return undefined;
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return undefined;
  }
  let count = 0;
  const read = (one: unknown, depth: number): Thing => {
    if (one === null || typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean') return prim(one);
    if (count++ > 20_000 || depth > 30) return { cells: [] };
    if (Array.isArray(one))
      return {
        cells: [],
        box: newBox(
          r,
          one.map((item) => read(item, depth + 1)),
        ),
      };
    const box = newBox(r);
    for (const [key, value] of Object.entries(one as Record<string, unknown>)) box.props.set(key, read(value, depth + 1));
    return { cells: [], box };
  };
  return read(data, 0);
}
