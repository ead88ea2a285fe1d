/** Destructuring, declarations and assignment targets. */
import type { Node } from '@babel/types';
import { evaluate } from './expressions.ts';
import { assignMember, member } from './members.ts';
import { type At, cellsOf, newBox, type Run } from './run.ts';
import { assign, declare, functionScope } from './scope.ts';
import { either, keyOf, type Thing, union } from './thing.ts';

export type Binding = 'let' | 'var' | 'assign';

const at = (node: Node): At => ({ start: node.start ?? 0, end: node.end ?? 0 });

/** Binds (or assigns) the names of a pattern. */
export function bindPattern(r: Run, pattern: Node, value: Thing, how: Binding, depth = 0): void {
  if (depth > 60) return;
  switch (pattern.type) {
    case 'Identifier':
      if (how === 'assign') assign(r, r.scope, pattern.name, value, at(pattern));
      else if (how === 'let') declare(r, r.scope, pattern.name, value, at(pattern));
      else {
        const scope = functionScope(r.scope);
        if (scope.vars?.has(pattern.name)) assign(r, scope, pattern.name, value, at(pattern));
        else declare(r, scope, pattern.name, value, at(pattern));
      }
      return;
    case 'ObjectPattern': {
      const taken = new Set<string>();
      for (const property of pattern.properties) {
        if (property.type === 'RestElement') {
          bindPattern(r, property.argument, restOf(r, value, taken, pattern), how, depth + 1);
          continue;
        }
        const key = property.computed
          ? keyOf(evaluate(r, property.key))
          : property.key.type === 'Identifier'
            ? property.key.name
            : property.key.type === 'StringLiteral'
              ? property.key.value
              : property.key.type === 'NumericLiteral'
                ? String(property.key.value)
                : undefined;
        if (key !== undefined) taken.add(key);
        bindPattern(r, property.value, member(r, value, key, at(property)), how, depth + 1);
      }
      return;
    }
    case 'ArrayPattern':
      pattern.elements.forEach((element, index) => {
        if (element === null) return;
        if (element.type === 'RestElement') {
          const rest =
            value.box?.items !== undefined
              ? { cells: value.cells, box: newBox(r, value.box.items.slice(index)) }
              : { cells: cellsOf(r, value, at(element)), ...(value.api === 'process.argv' ? { api: 'process.argv' } : {}) };
          bindPattern(r, element.argument, rest, how, depth + 1);
        } else
          bindPattern(
            r,
            element,
            value.box?.items !== undefined || value.api !== undefined
              ? member(r, value, String(index), at(element))
              : { cells: cellsOf(r, value, at(element)) },
            how,
            depth + 1,
          );
      });
      return;
    case 'AssignmentPattern': {
      const fallback = evaluate(r, pattern.right);
      const chosen =
        value.known && value.prim === undefined
          ? { ...fallback, cells: union(value.cells, fallback.cells) }
          : value.known || value.box !== undefined || value.fn !== undefined
            ? value
            : either(value, fallback, union(value.cells, fallback.cells));
      bindPattern(r, pattern.left, chosen, how, depth + 1);
      return;
    }
    case 'RestElement':
      bindPattern(r, pattern.argument, value, how, depth + 1);
      return;
    case 'TSParameterProperty': {
      bindPattern(r, pattern.parameter, value, how, depth + 1);
      const inner = pattern.parameter.type === 'AssignmentPattern' ? pattern.parameter.left : pattern.parameter;
      if (inner.type === 'Identifier' && r.frame.self !== undefined) assignMember(r, r.frame.self, inner.name, value, at(pattern));
      return;
    }
    default:
      assignTo(r, pattern, value, pattern);
  }
}

function restOf(r: Run, value: Thing, taken: ReadonlySet<string>, node: Node): Thing {
  if (value.box === undefined) return value.api !== undefined ? value : { cells: value.cells };
  const box = newBox(r);
  for (const [key, inner] of value.box.props) if (!taken.has(key)) box.props.set(key, inner);
  const home = value.box.home;
  if (home !== undefined) cellsOf(r, { cells: [], box }, at(node));
  return { cells: union(value.cells, home === undefined ? [] : [home]), box };
}

/** `target = value` for any target. */
export function assignTo(r: Run, target: Node, value: Thing, node: Node): void {
  switch (target.type) {
    case 'Identifier':
      assign(r, r.scope, target.name, value, at(node));
      return;
    case 'MemberExpression':
    case 'OptionalMemberExpression': {
      const object = evaluate(r, target.object);
      const key = target.computed
        ? keyOf(evaluate(r, target.property))
        : target.property.type === 'Identifier'
          ? target.property.name
          : target.property.type === 'PrivateName'
            ? `#${target.property.id.name}`
            : undefined;
      assignMember(r, object, key, value, at(node), target);
      return;
    }
    case 'ObjectPattern':
    case 'ArrayPattern':
    case 'AssignmentPattern':
      bindPattern(r, target, value, 'assign');
      return;
    case 'ParenthesizedExpression':
    case 'TSAsExpression':
    case 'TSNonNullExpression':
    case 'TSSatisfiesExpression':
    case 'TSTypeAssertion':
      assignTo(r, target.expression, value, node);
      return;
    default:
      evaluate(r, target);
  }
}
