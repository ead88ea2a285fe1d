/** Methods that mean the same on whatever has them: promises, collections, emitters, builders. */
import { type Call, callBack } from './calls.ts';
import { cellsOf, edge, type Run } from './run.ts';
import { stringOf, type Thing, UNKNOWN, union } from './thing.ts';

/** Arguments end up inside the receiver. */
const MUTATORS = new Set([
  'append',
  'set',
  'add',
  'push',
  'unshift',
  'write',
  'update',
  'put',
  'insert',
  'enqueue',
  'assign',
  'setHeader',
  'addFile',
  'addLocalFile',
  'attach',
  'field',
  'end',
  'splice',
]);
const SAME = new Set([
  'toString',
  'trim',
  'text',
  'json',
  'arrayBuffer',
  'blob',
  'buffer',
  'valueOf',
  'clone',
  'setEncoding',
  'pipeThrough',
  'stdout',
  'unref',
  'ref',
  'end',
  'toLowerCase',
  'toUpperCase',
]);

export function genericMethod(r: Run, c: Call): Thing | undefined {
  const { self, key } = c;
  if (self === undefined || key === undefined) return undefined;
  switch (key) {
    case 'then': {
      const yes = callBack(r, c.args[0], [self], c);
      if (c.args[1]?.fn !== undefined) callBack(r, c.args[1], [UNKNOWN], c);
      return c.args[0]?.fn === undefined && c.args[0]?.api === undefined ? self : yes;
    }
    case 'catch':
    case 'finally':
      callBack(r, c.args[0], [UNKNOWN], c);
      return self;
    case 'map':
    case 'flatMap':
    case 'filter':
    case 'find':
    case 'forEach':
    case 'some':
    case 'every':
    case 'sort':
    case 'findLast': {
      const from = cellsOf(r, self, c);
      const element: Thing = { cells: from };
      const result = callBack(r, c.args[0], key === 'sort' ? [element, element] : [element, UNKNOWN, self], c);
      if (key === 'map' || key === 'flatMap')
        return {
          cells: union(result.box === undefined ? result.cells : cellsOf(r, result, c), []),
          ...(result.value !== undefined ? { name: 'item' } : {}),
        };
      return { cells: from };
    }
    case 'reduce': {
      const from = cellsOf(r, self, c);
      const start = c.args[1] ?? { cells: from };
      const result = callBack(
        r,
        c.args[0],
        [{ ...start, cells: union(start.cells, from), ...(start.known ? { known: undefined as never } : {}) }, { cells: from }],
        c,
      );
      return { cells: union(from, cellsOf(r, result, c)) };
    }
    case 'on':
    case 'once':
    case 'addListener':
    case 'addEventListener':
    case 'subscribe':
    case 'prependListener': {
      const from = union(self.cells, self.box === undefined && self.api === undefined ? [] : cellsOf(r, self, c));
      for (const arg of c.args) if (arg.fn !== undefined) callBack(r, arg, [{ cells: from }, { cells: from }], c);
      const event = stringOf(c.args[0]);
      if (key === 'addEventListener' && event !== undefined && /^key(?:down|up|press)$/.test(event)) return undefined;
      return self;
    }
    case 'pipe':
    case 'pipeTo': {
      const [to] = c.args;
      if (to === undefined) return self;
      const from = cellsOf(r, self, c);
      for (const cell of cellsOf(r, to, c).slice(0, 4)) edge(r, from, cell, c, 'pipe');
      return { ...to, cells: union(to.cells, from) };
    }
  }
  if (SAME.has(key) && c.args.every((arg) => arg.known) && self.known !== true && self.api !== 'process.env' && self.box === undefined)
    return self.api === undefined || self.api.startsWith('#') ? { ...self, ...(self.bytes ? { bytes: self.bytes } : {}) } : undefined;
  if (MUTATORS.has(key) && c.args.length > 0) {
    const passed = union(...c.args.filter((arg) => arg.fn === undefined).map((arg) => cellsOf(r, arg, c)));
    if (self.box !== undefined) {
      const home = cellsOf(r, self, c).at(-1);
      if (home !== undefined) edge(r, passed, home, c, 'assign');
    } else for (const cell of self.cells.slice(0, 3)) if (cell.startsWith('local:')) edge(r, passed, cell, c, 'assign');
    if (self.box !== undefined) return self;
    return { ...self, cells: union(self.cells, passed) };
  }
  if (key === 'hasOwnProperty') return UNKNOWN;
  if (key === 'getTime' || key === 'valueOf' || key === 'toISOString' || key === 'toLocaleDateString')
    return self.tag !== undefined ? { cells: [], tag: self.tag } : undefined;
  if (/^get(?:UTC)?(?:Date|Day|Month|FullYear|Hours|Year)$/.test(key) && self.tag === 'date') return { cells: [], tag: 'date', name: 'part' };
  return undefined;
}
