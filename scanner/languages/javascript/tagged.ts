/** Tagged templates: `$` of zx, Bun, dax and execa runs a shell command in which every hole is quoted; others only hand on what they are given. */
import type { TaggedTemplateExpression } from '@babel/types';
import { concat, known, partsOf } from '../../value.ts';
import { call } from './calls.ts';
import { evaluate } from './expressions.ts';
import { cellAt, cellsOf, edge, portsOf, type Run, state } from './run.ts';
import { asString, type Thing, toValue, union } from './thing.ts';

export function taggedTemplate(r: Run, node: TaggedTemplateExpression): Thing {
  const at = { start: node.start ?? 0, end: node.end ?? 0 };
  const tag = evaluate(r, node.tag);
  const { quasi } = node;
  const holes = quasi.expressions.map((expression) => evaluate(r, expression));
  const from = union(...holes.map((hole) => cellsOf(r, hole, at)));
  const raw = tag.api === 'String.raw';
  const value = concat(
    ...quasi.quasis.flatMap((part, index) => [
      known((raw ? part.value.raw : part.value.cooked) ?? ''),
      ...(holes[index] === undefined ? [] : [toValue(asString(holes[index]!))]),
    ]),
  );
  if (raw) return value.kind === 'known' ? { cells: from, known: true, prim: value.text } : { cells: from, value };
  const free = node.tag.type === 'Identifier' && node.tag.name === '$' && tag.api === '$';
  if (tag.api === '$shell' || tag.api === '$shell()' || free) {
    const out = cellAt(r, at, 'out');
    state(r, at, {
      kind: 'exec',
      how: 'shell',
      program: known('sh'),
      argv: [known('-c'), value],
      code: 'argument',
      ins: portsOf(from, quasi.quasis[0]?.value.raw.trim() === '' ? 'code' : 'argv'),
      outs: [{ cell: out, role: 'value' }],
    });
    let text = '';
    const filled: number[] = [];
    quasi.quasis.forEach((part, index) => {
      text += part.value.cooked ?? part.value.raw;
      const hole = holes[index];
      if (hole === undefined) return;
      const inner = toValue(asString(hole));
      const parts = partsOf(inner);
      if (inner.kind === 'known') text += /^[\w@%+=:,./-]+$/.test(inner.text) ? inner.text : `'${inner.text.replaceAll("'", "'\\''")}'`;
      else if (parts.length === 1 && typeof parts[0] === 'object' && parts[0].env !== undefined && /^[A-Za-z_]\w{0,80}$/.test(parts[0].env))
        text += `"\${${parts[0].env}}"`;
      else {
        filled.push(index);
        text += `"\${${filled.length}}"`;
      }
    });
    const key = `sh:${at.start}:${text}`;
    if (!r.embedded.has(key) && text.trim() !== '') {
      r.embedded.add(key);
      const unit = r.ctx.embed('shell', text, { kind: 'collapsed', ...at }, { role: 'embedded', unwrapped: ['$'] });
      const inner = r.ctx.cellsOf(unit);
      filled.forEach((index, position) => {
        edge(r, cellsOf(r, holes[index]!, at), inner.arg(position + 1), at, 'call');
      });
      edge(r, [inner.stdout], out, at, 'pipe');
    }
    return { cells: [out] };
  }
  const strings: Thing = value.kind === 'known' ? { cells: [], known: true, prim: value.text } : { cells: from, value };
  return call(r, { ...at, args: [strings, ...holes], self: undefined, key: undefined, callee: tag, isNew: false });
}
