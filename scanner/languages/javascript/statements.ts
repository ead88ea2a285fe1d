/**
 * Statements: executed in order, both sides of every branch, loop bodies once, unless a loop is over known values (a decoder, a list of paths): those are unrolled within
 * a budget. Dead code is read too: what cannot run today is still shipped.
 */
import type { BlockStatement, IfStatement, Node } from '@babel/types';
import { evaluate, named, tooDeep } from './expressions.ts';
import { classOf, closureOf } from './functions.ts';
import { gateOf, leaves, noteGate } from './gates.ts';
import { exportNode, importNode } from './imports.ts';
import { forEachLoop, forLoop, whileLoop } from './loops.ts';
import { bindPattern } from './patterns.ts';
import { childrenOf } from './prepass.ts';
import { type At, MAX_DEPTH, type Run } from './run.ts';
import { declare, newScope } from './scope.ts';
import { truth, UNDEFINED, UNKNOWN } from './thing.ts';

export type Signal = 'break' | 'continue' | 'return' | undefined;

const at = (node: Node): At => ({ start: node.start ?? 0, end: node.end ?? 0 });

/** Declares functions and classes of a block before it runs. */
export function hoist(r: Run, statements: readonly Node[]): void {
  for (const statement of statements) {
    const inner =
      (statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration') && statement.declaration
        ? statement.declaration
        : statement;
    if (inner.type === 'FunctionDeclaration' && inner.id) declare(r, r.scope, inner.id.name, closureOf(r, inner, inner.id.name), at(inner.id));
    else if (statement.type === 'ImportDeclaration') importNode(r, statement);
  }
}

/** Runs the statements of a function or program in the current scope. */
export function executeBody(r: Run, block: { readonly body: readonly Node[] }): Signal {
  hoist(r, block.body);
  return executeList(r, block.body);
}

function executeList(r: Run, statements: readonly Node[]): Signal {
  for (const statement of statements) {
    const signal = executeNode(r, statement);
    // What follows a return is read all the same, except in a loop that is being unrolled.
    if (signal !== undefined && r.unrolling > 0) return signal;
  }
  return undefined;
}

export function executeNode(r: Run, node: Node | null | undefined): Signal {
  if (node === null || node === undefined) return undefined;
  r.ctx.step();
  if (r.depth > MAX_DEPTH) {
    tooDeep(r, node);
    return undefined;
  }
  r.depth++;
  try {
    return executeInner(r, node);
  } finally {
    r.depth--;
  }
}

function block(r: Run, node: BlockStatement): Signal {
  const outer = r.scope;
  r.scope = newScope(outer);
  try {
    return executeBody(r, node);
  } finally {
    r.scope = outer;
  }
}

function executeInner(r: Run, node: Node): Signal {
  switch (node.type) {
    case 'ExpressionStatement':
      evaluate(r, node.expression);
      return undefined;
    case 'VariableDeclaration':
      for (const one of node.declarations) {
        const value = one.init ? (one.id.type === 'Identifier' ? named(r, one.init, one.id.name) : evaluate(r, one.init)) : UNDEFINED;
        if (node.kind === 'var' && !one.init) {
          if (one.id.type === 'Identifier' && r.scope.vars?.has(one.id.name)) continue;
        }
        bindPattern(r, one.id, value, node.kind === 'var' ? 'var' : 'let');
      }
      return undefined;
    case 'FunctionDeclaration':
    case 'ImportDeclaration':
    case 'EmptyStatement':
    case 'DebuggerStatement':
    case 'InterpreterDirective':
    case 'TSInterfaceDeclaration':
    case 'TSTypeAliasDeclaration':
    case 'TSDeclareFunction':
      return undefined;
    case 'ClassDeclaration':
      if (node.id) declare(r, r.scope, node.id.name, classOf(r, node, node.id.name), at(node.id));
      else classOf(r, node);
      return undefined;
    case 'BlockStatement':
      return block(r, node);
    case 'ReturnStatement': {
      if (node.argument) {
        const value = evaluate(r, node.argument);
        const behind = r.guards.at(-1) ?? r.frame.gate;
        r.frame.returns.push(
          behind !== undefined && value.gate === undefined && (value.known === true || value.cells.length === 0) && typeof value.prim === 'boolean'
            ? { cells: value.cells, gate: behind.what }
            : value,
        );
      }
      return 'return';
    }
    case 'ThrowStatement':
      evaluate(r, node.argument);
      return 'return';
    case 'BreakStatement':
      return 'break';
    case 'ContinueStatement':
      return 'continue';
    case 'IfStatement':
      return branch(r, node);
    case 'ForStatement':
      return forLoop(r, node);
    case 'ForOfStatement':
    case 'ForInStatement':
      return forEachLoop(r, node);
    case 'WhileStatement':
    case 'DoWhileStatement':
      return whileLoop(r, node.test, node.body, undefined, node, node.type === 'DoWhileStatement');
    case 'LabeledStatement':
      return executeNode(r, node.body);
    case 'TryStatement': {
      const outer = r.weak;
      const signal = executeNode(r, node.block);
      r.weak = outer + (r.unrolling > 0 ? 0 : 1);
      if (node.handler && r.unrolling === 0) {
        const scope = r.scope;
        r.scope = newScope(scope);
        if (node.handler.param) bindPattern(r, node.handler.param, UNKNOWN, 'let');
        executeNode(r, node.handler.body);
        r.scope = scope;
      }
      r.weak = outer;
      if (node.finalizer) executeNode(r, node.finalizer);
      return signal;
    }
    case 'SwitchStatement': {
      evaluate(r, node.discriminant);
      const outer = r.scope;
      r.scope = newScope(outer);
      r.weak++;
      for (const one of node.cases) {
        if (one.test) evaluate(r, one.test);
        hoist(r, one.consequent);
        for (const statement of one.consequent) executeNode(r, statement);
      }
      r.weak--;
      r.scope = outer;
      return undefined;
    }
    case 'WithStatement':
      evaluate(r, node.object);
      return executeNode(r, node.body);
    case 'ExportNamedDeclaration':
    case 'ExportDefaultDeclaration':
    case 'ExportAllDeclaration':
    case 'TSExportAssignment':
    case 'TSImportEqualsDeclaration':
      exportNode(r, node);
      return undefined;
    case 'TSEnumDeclaration':
    case 'TSModuleDeclaration':
    case 'TSModuleBlock':
      for (const child of childrenOf(node)) if (child.type !== 'Identifier' && child.type !== 'TSEnumMember') executeNode(r, child);
      return undefined;
    default:
      evaluate(r, node);
      return undefined;
  }
}

/** If-else chains in a loop: hostile ones are thousands long. */
function branch(r: Run, top: IfStatement): Signal {
  let node: Node | null | undefined = top;
  let opened = 0;
  try {
    while (node?.type === 'IfStatement') {
      const test = evaluate(r, node.test);
      const sure: boolean | undefined = r.unrolling > 0 ? truth(test) : undefined;
      if (sure === true) return executeNode(r, node.consequent);
      if (sure === false) {
        node = node.alternate;
        continue;
      }
      r.weak++;
      r.unsure++;
      opened++;
      const gate = gateOf(test);
      if (gate === undefined) executeNode(r, node.consequent);
      else {
        const says = r.text.slice(node.test.start ?? 0, Math.min(node.test.end ?? 0, (node.test.start ?? 0) + 200));
        const before = r.drafts.length;
        r.guards.push({ what: gate, says });
        executeNode(r, node.consequent);
        if (node.alternate) executeNode(r, node.alternate);
        r.guards.pop();
        noteGate(r, gate, says, node.test, before);
        if (leaves(node.consequent) && r.frame.gate === undefined)
          r.frame.gate = { what: gate, says, start: node.test.start ?? 0, end: node.test.end ?? 0 };
        return undefined;
      }
      node = node.alternate;
    }
    if (node) executeNode(r, node);
    return undefined;
  } finally {
    r.weak -= opened;
  }
}
