/**
 * Local functions and classes. A function is walked once for each distinct set of arguments, a few times at most, so that constants and data of one call do not mix with
 * those of another; beyond that, and for functions nobody here calls, it is walked once with its parameters unknown. Exported ones also answer to other modules' cells.
 */
import type { ClassDeclaration, ClassExpression, Node } from '@babel/types';
import * as cells from '../../cells.ts';
import type { Cell } from '../../model.ts';
import { prefixOf } from '../../value.ts';
import { evaluate } from './expressions.ts';
import { bindPattern } from './patterns.ts';
import { type At, cellsOf, edge, type Frame, functionName, gather, MAX_DEPTH, MAX_INLINE, newBox, put, type Run } from './run.ts';
import { newScope } from './scope.ts';
import { executeBody } from './statements.ts';
import { type ClassInfo, type Closure, either, type FunctionInfo, type FunctionLike, keyOf, type Thing, toValue, UNKNOWN, union } from './thing.ts';

type FunctionNode = Extract<Node, { params: unknown; body: unknown }>;

function infoOf(r: Run, node: FunctionNode): FunctionInfo {
  let info = r.infos.get(node);
  if (info === undefined) {
    const like: FunctionLike = {
      node,
      params: node.params as Node[],
      body: node.body as FunctionLike['body'],
      arrow: node.type === 'ArrowFunctionExpression',
    };
    info = { like, runs: 0, active: 0, variants: new Map(), generic: undefined, effects: false };
    r.infos.set(node, info);
  }
  return info;
}

export function closureOf(r: Run, node: Node, name?: string, self?: Thing): Thing {
  const fn = node as FunctionNode;
  if (fn.body === undefined || fn.body === null) return UNKNOWN;
  const info = infoOf(r, fn);
  const closure: Closure = { id: r.ids++, info, scope: r.scope, self: info.like.arrow ? r.frame.self : self, name: functionName(r, name, info.like) };
  r.closures.push(closure);
  return { cells: [], fn: closure };
}

const variantsOf = (r: Run): number => (r.large ? 3 : 8);

/** What distinguishes one call from another. */
function signature(args: readonly Thing[], self: Thing | undefined): string {
  const one = (thing: Thing, depth: number): string => {
    let out = '';
    if (thing.known) {
      const shown = String(thing.prim);
      out = `${typeof thing.prim}:${shown.length > 300 ? `${shown.length}:${shown.slice(0, 150)}${shown.slice(-150)}` : shown}`;
    } else if (thing.value !== undefined) out = JSON.stringify(thing.value).slice(0, 400);
    if (thing.api !== undefined) out += `!${thing.api}`;
    if (thing.fn !== undefined) out += `&${thing.fn.id}`;
    if (thing.box !== undefined) out += `#${thing.box.id}`;
    if (thing.handle !== undefined) out += `@${thing.handle}`;
    if (thing.bytes !== undefined) out += `b${thing.bytes.length}`;
    if (thing.cells.length > 0) out += `<${thing.cells.slice(0, 20).join()}`;
    if (thing.alts !== undefined && depth < 1) out += thing.alts.map((alt) => one(alt, depth + 1)).join('|');
    return out;
  };
  return `${self === undefined ? '' : one(self, 0)}(${args
    .slice(0, 12)
    .map((arg) => one(arg, 0))
    .join(',')}`;
}

const isExported = (r: Run, closure: Closure): boolean => {
  const dot = closure.name.indexOf('.');
  return r.exportedNames.has(dot < 0 ? closure.name : closure.name.slice(0, dot));
};

/** Calls a local function. The result carries the cells of what it returns. */
export function callClosure(r: Run, closure: Closure, args: readonly Thing[], self: Thing | undefined, at: At): Thing {
  const { info } = closure;
  const direct = r.direct === closure;
  if (direct) r.direct = undefined;
  // While a loop over constants is unrolled, functions that only compute are run for every round: they may keep count.
  const computes = direct || (r.unrolling > 0 && !info.effects && r.unrollBudget > 0);
  const key = computes ? '' : signature(args, closure.self ?? self);
  const seen = computes ? undefined : info.variants.get(key);
  if (seen !== undefined) return seen;
  const deep = r.frame.depth >= MAX_INLINE || r.depth > MAX_DEPTH - 100;
  if (info.active > 0 || deep) return recursive(r, closure, args, at);
  if (computes) return runClosure(r, closure, args, self, at, true);
  if (info.variants.size < variantsOf(r)) {
    info.variants.set(key, UNKNOWN);
    const result = runClosure(r, closure, args, self, at, true);
    info.variants.set(key, result);
    return result;
  }
  const origins = args.slice(0, 12).map(originOf);
  if (!origins.some((origin) => origin !== undefined)) return generic(r, closure, args, self, at);
  return ofOrigin(r, closure, args, origins, self, at);
}

/** Calls of one function that are told apart by nothing but the hosts they name. */
const ORIGINS = 8;
const ORIGIN = /^[a-z][a-z0-9+.-]{1,12}:\/\/[^/?#\s${}]{1,253}(?=[/?#])/i;

/** `https://host` of an address whose rest may not be known. */
function originOf(thing: Thing): string | undefined {
  const value = toValue(thing);
  return ORIGIN.exec(prefixOf(value))?.[0];
}

/**
 * A function that is called more often than it is walked: what its calls have in common is the host, as a rule, so it is walked once more for each host that
 * they name, with nothing else known. Otherwise the ninth call of a helper that fetches would make its requests go nobody knows where.
 */
function ofOrigin(
  r: Run,
  closure: Closure,
  args: readonly Thing[],
  origins: readonly (string | undefined)[],
  self: Thing | undefined,
  at: At,
): Thing {
  const { info } = closure;
  const key = `origin ${JSON.stringify(origins)}`;
  feed(r, closure, args, at);
  const seen = info.variants.get(key);
  if (seen !== undefined) return seen;
  if (info.variants.size >= variantsOf(r) + ORIGINS) return generic(r, closure, args, self, at);
  info.variants.set(key, { cells: [resultCell(r, closure)] });
  const params = info.like.params.map((_param, index): Thing => {
    const cells = [paramCell(r, closure, index)];
    const origin = origins[index];
    return origin === undefined ? { cells } : { cells, value: { kind: 'template', parts: [`${origin}/`, {}] } };
  });
  const result = { ...runClosure(r, closure, params, self, at, false), cells: [resultCell(r, closure)] };
  info.variants.set(key, result);
  return result;
}

const paramCell = (r: Run, closure: Closure, index: number): Cell => cells.param(r.ctx.module, closure.name, index);
const resultCell = (r: Run, closure: Closure): Cell => cells.result(r.ctx.module, closure.name);

function feed(r: Run, closure: Closure, args: readonly Thing[], at: At): void {
  args.forEach((arg, index) => {
    if (index < 20 && (arg.cells.length > 0 || arg.box !== undefined)) edge(r, cellsOf(r, arg, at), paramCell(r, closure, index), at, 'call');
  });
}

/** A call into a function that is being walked, or too far down: joined by cells only. */
function recursive(r: Run, closure: Closure, args: readonly Thing[], at: At): Thing {
  feed(r, closure, args, at);
  return { cells: [resultCell(r, closure)] };
}

/** One walk with unknown parameters, shared by all calls that have no variant of their own. */
export function generic(r: Run, closure: Closure, args: readonly Thing[], self: Thing | undefined, at: At): Thing {
  feed(r, closure, args, at);
  const { info } = closure;
  if (info.generic === undefined) {
    info.generic = { cells: [resultCell(r, closure)] };
    const params = closure.info.like.params.map((_param, index): Thing => ({ cells: [paramCell(r, closure, index)] }));
    const result = runClosure(r, closure, params, self, at, false);
    info.generic = { ...result, cells: [resultCell(r, closure)] };
  }
  return info.generic;
}

function runClosure(r: Run, closure: Closure, args: readonly Thing[], self: Thing | undefined, at: At, variant: boolean): Thing {
  const { info } = closure;
  const { like } = info;
  const exported = isExported(r, closure);
  const run = info.runs++;
  const outer = { frame: r.frame, scope: r.scope };
  const frame: Frame = {
    closure,
    self: closure.self ?? self,
    suffix: run === 0 ? '' : `~${r.ids++}`,
    returns: [],
    depth: outer.frame.depth + 1,
    args,
  };
  const scope = newScope(closure.scope, true);
  info.active++;
  const before = r.drafts.length + r.edgeKeys.size + r.unsure;
  r.frame = frame;
  r.scope = scope;
  try {
    like.params.forEach((param, index) => {
      const inner = param.type === 'TSParameterProperty' ? param.parameter : param;
      if (inner.type === 'RestElement') {
        const rest = args.slice(index);
        const box = newBox(r, [...rest]);
        bindPattern(r, inner.argument, { cells: exported ? [cells.param(r.ctx.module, closure.name, index)] : [], box }, 'let');
        return;
      }
      let given: Thing =
        args[index] ?? (variant ? (args.length < index + 1 && !exported ? { cells: [], known: true, prim: undefined } : UNKNOWN) : UNKNOWN);
      if (exported && variant) given = { ...given, cells: union(given.cells, [paramCell(r, closure, index)]) };
      bindPattern(r, param, given, 'let');
    });
    if (like.body.type === 'BlockStatement') executeBody(r, like.body);
    else frame.returns.push(evaluate(r, like.body));
  } finally {
    info.active--;
    r.frame = outer.frame;
    r.scope = outer.scope;
  }
  if (r.drafts.length + r.edgeKeys.size + r.unsure !== before) info.effects = true;
  let result: Thing | undefined;
  for (const one of frame.returns) result = result === undefined ? one : either(result, one, union(result.cells, one.cells));
  if (result === undefined) return UNKNOWN;
  if (result.cells.length > 6)
    result = { ...result, cells: gather(r, result.cells, { start: like.node.start ?? 0, end: like.node.end ?? 0 }, 'return') };
  const into = resultCell(r, closure);
  if (exported || !variant) edge(r, cellsOf(r, result, at), into, at, 'return');
  else if (info.generic !== undefined || info.active > 0) edge(r, result.cells, into, at, 'return');
  if (result.known && result.cells.length === 0) return result;
  // Recursive calls joined the result cell before it was known what is returned.
  if (result.box === undefined && result.cells.length > 0) edge(r, result.cells, into, at, 'return');
  return result;
}

// ---------------------------------------------------------------------------------------------------------------------- classes

/** A class: one instance stands for all, so that what one method puts into a field the others find there. */
export function classOf(r: Run, node: ClassDeclaration | ClassExpression, name = 'Class'): Thing {
  const known = r.classes.get(node);
  if (known !== undefined) return { cells: [], cls: known };
  const base = node.superClass ? evaluate(r, node.superClass) : undefined;
  const box = newBox(r);
  const inherited = base?.cls?.instance.box;
  if (inherited !== undefined) for (const [key, value] of inherited.props) box.props.set(key, value);
  const instance: Thing = { cells: [], box, ...(base?.api !== undefined ? { api: `${base.api}()` } : {}) };
  const info: ClassInfo = { name, instance, statics: newBox(r), construct: undefined, base, constructed: false };
  r.classes.set(node, info);
  r.classOf.set(box.id, info);
  const self: Thing = { cells: [], cls: info };
  const outer = r.frame;
  r.frame = { ...outer, self: instance, returns: [] };
  try {
    for (const member of node.body.body) {
      if (member.type === 'StaticBlock') {
        for (const statement of member.body) evaluate(r, statement);
        continue;
      }
      if (member.type === 'TSIndexSignature' || member.type === 'TSDeclareMethod') continue;
      const at = { start: member.start ?? 0, end: member.end ?? 0 };
      let key: string | undefined;
      if (member.key.type === 'PrivateName') key = `#${member.key.id.name}`;
      else if ('computed' in member && member.computed) key = keyOf(evaluate(r, member.key));
      else if (member.key.type === 'Identifier') key = member.key.name;
      else if (member.key.type === 'StringLiteral') key = member.key.value;
      const target = member.static ? info.statics : box;
      if (member.type === 'ClassMethod' || member.type === 'ClassPrivateMethod') {
        const method = closureOf(r, member, `${name}.${key ?? 'method'}`, member.static ? self : instance);
        if (member.kind === 'constructor') info.construct = method.fn;
        else if (member.kind === 'get' && method.fn !== undefined) put(r, target, key, { cells: [cells.result(r.ctx.module, method.fn.name)] }, at);
        else if (member.kind !== 'set') put(r, target, key, method, at);
      } else put(r, target, key, evaluate(r, member.value), at);
    }
  } finally {
    r.frame = outer;
  }
  return self;
}

/** `new Local(...)`. */
export function construct(r: Run, info: ClassInfo, args: readonly Thing[], at: At): Thing {
  info.constructed = true;
  const build = info.construct ?? info.base?.cls?.construct;
  if (build !== undefined) callClosure(r, build, args, info.instance, at);
  return info.instance;
}

/** Walks every function that nobody called: handlers of unknown registries, exports, methods. */
export function runRest(r: Run): void {
  r.weak++;
  for (let i = 0; i < r.closures.length; i++) {
    const closure = r.closures[i]!;
    if (closure.info.runs > 0) continue;
    const { like } = closure.info;
    generic(r, closure, [], closure.self, { start: like.node.start ?? 0, end: like.node.end ?? 0 });
  }
  r.weak--;
}
