/**
 * One cheap look at the whole tree before the walk: which names are assigned inside functions or loops, and which local names are exported. Iterative, so that depth
 * costs nothing; counts nodes against the budget.
 */
import type { Node } from '@babel/types';
import type { ReadContext } from '../contract.ts';

export interface Prepass {
  readonly shared: Set<string>;
  readonly exported: Set<string>;
}

const LOOPS = new Set(['ForStatement', 'ForInStatement', 'ForOfStatement', 'WhileStatement', 'DoWhileStatement']);
const FUNCTIONS = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'ObjectMethod',
  'ClassMethod',
  'ClassPrivateMethod',
]);

/** Child nodes, by the shape of the tree alone. */
export function childrenOf(node: Node): Node[] {
  const out: Node[] = [];
  for (const key in node) {
    if (SKIPPED.has(key)) continue;
    const value = (node as unknown as Record<string, unknown>)[key];
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) out.push(item);
    } else if (isNode(value)) out.push(value);
  }
  return out;
}
const SKIPPED = new Set([
  'type',
  'start',
  'end',
  'loc',
  'extra',
  'range',
  'leadingComments',
  'trailingComments',
  'innerComments',
  'errors',
  'typeAnnotation',
  'typeParameters',
  'returnType',
  'typeArguments',
  'superTypeParameters',
  'implements',
  'superTypeArguments',
]);
export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';

/** Names that a pattern binds or assigns. */
export function namesOf(pattern: Node, out: string[] = [], depth = 0): string[] {
  if (depth > 60) return out;
  switch (pattern.type) {
    case 'Identifier':
      out.push(pattern.name);
      break;
    case 'ObjectPattern':
      for (const property of pattern.properties) namesOf(property.type === 'RestElement' ? property.argument : property.value, out, depth + 1);
      break;
    case 'ArrayPattern':
      for (const element of pattern.elements) if (element !== null) namesOf(element, out, depth + 1);
      break;
    case 'AssignmentPattern':
      namesOf(pattern.left, out, depth + 1);
      break;
    case 'RestElement':
      namesOf(pattern.argument, out, depth + 1);
      break;
    case 'TSParameterProperty':
      namesOf(pattern.parameter, out, depth + 1);
      break;
  }
  return out;
}

const isExports = (node: Node): boolean =>
  (node.type === 'Identifier' && node.name === 'exports') ||
  (node.type === 'MemberExpression' &&
    node.object.type === 'Identifier' &&
    node.object.name === 'module' &&
    node.property.type === 'Identifier' &&
    node.property.name === 'exports');

export function prepass(program: Node, ctx: ReadContext): Prepass {
  const shared = new Set<string>();
  const exported = new Set<string>();
  const stack: { node: Node; inner: boolean }[] = [{ node: program, inner: false }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { node } = top;
    ctx.step();
    const inner = top.inner || LOOPS.has(node.type) || FUNCTIONS.has(node.type);
    switch (node.type) {
      case 'AssignmentExpression':
        if (inner) for (const name of namesOf(node.left)) shared.add(name);
        if (node.left.type === 'MemberExpression' && isExports(node.left.object) && node.left.property.type === 'Identifier') {
          exported.add(node.left.property.name);
          if (node.right.type === 'Identifier') exported.add(node.right.name);
        } else if (isExports(node.left)) {
          if (node.right.type === 'Identifier') exported.add(node.right.name);
          if (node.right.type === 'ObjectExpression') {
            for (const property of node.right.properties) {
              if (property.type === 'ObjectMethod' && property.key.type === 'Identifier') exported.add(property.key.name);
              if (property.type === 'ObjectProperty') {
                if (property.value.type === 'Identifier') exported.add(property.value.name);
                if (property.key.type === 'Identifier') exported.add(property.key.name);
              }
            }
          }
        }
        break;
      case 'UpdateExpression':
        if (inner && node.argument.type === 'Identifier') shared.add(node.argument.name);
        break;
      case 'ForInStatement':
      case 'ForOfStatement':
        if (node.left.type !== 'VariableDeclaration') for (const name of namesOf(node.left)) shared.add(name);
        break;
      case 'ExportNamedDeclaration': {
        const { declaration } = node;
        if (declaration?.type === 'VariableDeclaration')
          for (const one of declaration.declarations) for (const name of namesOf(one.id)) exported.add(name);
        if ((declaration?.type === 'FunctionDeclaration' || declaration?.type === 'ClassDeclaration') && declaration.id)
          exported.add(declaration.id.name);
        for (const specifier of node.specifiers) if (specifier.type === 'ExportSpecifier') exported.add(specifier.local.name);
        break;
      }
      case 'ExportDefaultDeclaration':
        if (node.declaration.type === 'Identifier') exported.add(node.declaration.name);
        else if ((node.declaration.type === 'FunctionDeclaration' || node.declaration.type === 'ClassDeclaration') && node.declaration.id)
          exported.add(node.declaration.id.name);
        break;
    }
    for (const child of childrenOf(node)) stack.push({ node: child, inner });
  }
  return { shared, exported };
}
