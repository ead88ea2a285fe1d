/** Operators on Things: folded on constants, joined on templates; comparisons with a date, host or user become gates. */
import type { Node } from '@babel/types';
import { gateOf } from './gates.ts';
import { cellsOf, gather, type Run } from './run.ts';
import { add, asString, numberOf, type Prim, prim, type Thing, truth, UNDEFINED, UNKNOWN, union, wrapsOf } from './thing.ts';

export function operate(r: Run, operator: string, a: Thing, b: Thing, node: Node): Thing {
  const at = { start: node.start ?? 0, end: node.end ?? 0 };
  if (operator === '+') {
    const all = gather(
      r,
      union(
        a.box !== undefined || a.api !== undefined ? cellsOf(r, a, at) : a.cells,
        b.box !== undefined || b.api !== undefined ? cellsOf(r, b, at) : b.cells,
      ),
      at,
    );
    const left = a.box !== undefined ? asString(a) : a;
    const right = b.box !== undefined ? asString(b) : b;
    return add(left, right, all);
  }
  if (a.known && b.known) {
    const value = compute(operator, a.prim, b.prim);
    if (value !== NONE) return { ...prim(value as Prim, wrapsOf(a, b)), cells: union(a.cells, b.cells) };
  }
  const gate = compareGate(operator, a, b);
  if (operator === 'in' || operator === 'instanceof' || /[=<>]/.test(operator))
    return gate === undefined ? ((a.gate ?? b.gate) !== undefined ? { cells: [], gate: (a.gate ?? b.gate)! } : UNKNOWN) : { cells: [], gate };
  // Times and counts stay moments after arithmetic.
  const tag = a.tag ?? b.tag;
  return { cells: union(a.cells, b.cells), ...(tag ? { tag: a.tag === 'date' || b.tag === 'date' ? 'date' : tag } : {}) };
}

/** A moment, host or user compared with something fixed. */
function compareGate(operator: string, a: Thing, b: Thing): Thing['gate'] {
  const [tagged, other] = a.tag !== undefined && a.tag !== 'fixed-date' ? [a, b] : [b, a];
  if (tagged.tag === undefined || tagged.tag === 'fixed-date') return undefined;
  const fixed = other.known === true && other.prim !== undefined && other.prim !== null;
  if (tagged.tag === 'date') {
    const number = numberOf(other);
    if (other.tag === 'fixed-date') return 'date-gate';
    if (/[<>]/.test(operator) && number !== undefined && number >= 1e9) return 'date-gate';
    if (/^[=!]==?$/.test(operator) && fixed && tagged.name === 'part') return 'date-gate';
    if (/[<>]/.test(operator) && typeof other.prim === 'string' && /^\d{4}-\d\d/.test(other.prim)) return 'date-gate';
    return number !== undefined && tagged.name === 'part' && number > 24 ? 'date-gate' : undefined;
  }
  if (!fixed) return undefined;
  if (other.prim === '') return undefined;
  return tagged.tag === 'host' ? 'host-gate' : tagged.tag === 'user' ? 'user-gate' : tagged.tag === 'ci' ? 'ci-gate' : 'debugger-gate';
}

const NONE = Symbol('none');

function compute(operator: string, a: Prim, b: Prim): Prim | typeof NONE {
  const x = a as number;
  const y = b as number;
  switch (operator) {
    case '-':
      return x - y;
    case '*':
      return x * y;
    case '/':
      return x / y;
    case '%':
      return x % y;
    case '**':
      return x ** y;
    case '|':
      return x | y;
    case '&':
      return x & y;
    case '^':
      return x ^ y;
    case '<<':
      return x << y;
    case '>>':
      return x >> y;
    case '>>>':
      return x >>> y;
    case '==':
      // biome-ignore lint/suspicious/noDoubleEquals: the operator being folded
      return a == b;
    case '!=':
      // biome-ignore lint/suspicious/noDoubleEquals: the operator being folded
      return a != b;
    case '===':
      return a === b;
    case '!==':
      return a !== b;
    case '<':
      return x < y;
    case '>':
      return x > y;
    case '<=':
      return x <= y;
    case '>=':
      return x >= y;
    default:
      return NONE;
  }
}

export function unary(operator: string, thing: Thing): Thing {
  switch (operator) {
    case '!': {
      const known_ = truth(thing);
      const gate = gateOf(thing);
      return known_ === undefined ? { cells: [], ...(gate ? { gate } : {}) } : prim(!known_);
    }
    case '+':
    case '-':
    case '~': {
      const string = thing.known ? thing : asString(thing);
      if (!string.known) return { cells: thing.cells, ...(thing.tag ? { tag: thing.tag } : {}) };
      const number = Number(string.prim as string);
      return prim(operator === '+' ? number : operator === '-' ? -number : ~number);
    }
    case 'typeof':
      return thing.known ? prim(thing.prim === null ? 'object' : typeof thing.prim) : thing.fn !== undefined ? prim('function') : UNKNOWN;
    case 'void':
      return UNDEFINED;
    case 'delete':
      return UNKNOWN;
    default:
      return thing;
  }
}
