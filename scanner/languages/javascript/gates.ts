/** Gates and loops: conditions that delay behaviour until a date, a host, a user or the absence of a build server, and loops without end around requests. */
import type { Node } from '@babel/types';
import { childrenOf } from './prepass.ts';
import type { At, Run } from './run.ts';
import { EFFECTS, state } from './run.ts';
import type { Gate, Thing } from './thing.ts';

/** What a condition waits for. A bare `if (process.env.CI)` counts: truth is the comparison. */
export const gateOf = (thing: Thing): Gate | undefined => thing.gate ?? (thing.tag === 'ci' ? 'ci-gate' : undefined);

const hasEffect = (r: Run, from: number): boolean =>
  r.drafts.slice(from).some((draft) => EFFECTS.has(draft.fact.kind) && draft.fact.how !== 'import');

/** States the gate when something with an effect stands behind it. Ends of programs do not count: they are how honest ones skip. */
export function noteGate(r: Run, what: Gate, says: string, test: Node, before: number): void {
  if (hasEffect(r, before)) state(r, { start: test.start ?? 0, end: test.end ?? 0 }, { kind: 'control', what, detail: says });
}

/** True if control does not come back from a statement. */
export function leaves(node: Node): boolean {
  if (node.type === 'ReturnStatement' || node.type === 'ThrowStatement') return true;
  if (node.type === 'BlockStatement')
    return node.body.some((statement) => statement.type === 'ReturnStatement' || statement.type === 'ThrowStatement' || leavesByExit(statement));
  return leavesByExit(node);
}
const leavesByExit = (node: Node): boolean =>
  node.type === 'ExpressionStatement' &&
  node.expression.type === 'CallExpression' &&
  node.expression.callee.type === 'MemberExpression' &&
  node.expression.callee.object.type === 'Identifier' &&
  node.expression.callee.object.name === 'process' &&
  node.expression.callee.property.type === 'Identifier' &&
  node.expression.callee.property.name === 'exit';

const FUNCTIONS = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'ObjectMethod',
  'ClassMethod',
  'ClassPrivateMethod',
  'ClassDeclaration',
  'ClassExpression',
]);

/** A way out of a loop that stands in its body. */
function canLeave(body: Node): boolean {
  const stack: Node[] = [body];
  let seen = 0;
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen++ > 20_000) return true;
    if (node.type === 'BreakStatement' || node.type === 'ReturnStatement' || node.type === 'ThrowStatement' || leavesByExit(node)) return true;
    for (const child of childrenOf(node)) if (!FUNCTIONS.has(child.type)) stack.push(child);
  }
  return false;
}

/** `while (true)` around requests or programs, with no way out. */
export function noteLoop(r: Run, node: Node, body: Node, before: number): void {
  if (
    r.drafts.slice(before).some((draft) => draft.fact.kind === 'request' || (draft.fact.kind === 'exec' && draft.fact.how !== 'import')) &&
    !canLeave(body)
  ) {
    state(
      r,
      { start: node.start ?? 0, end: Math.min(node.end ?? 0, (node.start ?? 0) + 40) },
      { kind: 'control', what: 'unbounded-loop', detail: 'endless loop around requests or programs' },
    );
  }
}

export function noteInterval(r: Run, at: At, before: number): void {
  if (r.drafts.slice(before).some((draft) => draft.fact.kind === 'request'))
    state(r, at, { kind: 'control', what: 'unbounded-loop', detail: 'request on a timer that repeats' });
}
