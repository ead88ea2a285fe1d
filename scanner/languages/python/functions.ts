/**
 * Functions, lambdas and classes of the skill. A body is read once for every distinct tuple of known arguments (a few at most), so that `run("curl … | sh")` is seen where `run`
 * hands it to a shell; small functions without effects are folded at the call, so that a home-made decoder decodes. Parameters and results are cells shared by all files.
 */
import * as cells from '../../cells.ts';
import { known } from '../../value.ts';
import { child, parts, type Syntax } from '../grammar.ts';
import { type Abs, type Call, holeAbs, NOTHING, refOf, textLike } from './abstract.ts';
import { findMethod } from './access.ts';
import { callWith, passArguments } from './calls.ts';
import { evaluate, exported } from './evaluate.ts';
import { edge, freshId, state } from './machine.ts';
import { type Class, type Fn, type Job, merge, muted, newScope, type Param, type Reader, setAttr } from './scope.ts';
import { block } from './statements.ts';

/** Distinct argument tuples a body is read with. */
const VARIANTS = 5;
const INLINE_CHARS = 3_000;
const INLINE_DEPTH = 3;

function paramsOf(r: Reader, node: Syntax | undefined): Param[] {
  const { m } = r;
  const out: Param[] = [];
  const text = (each: Syntax | undefined) => (each === undefined ? '' : m.source.slice(each.start, each.end));
  for (const each of node === undefined ? [] : parts(node)) {
    const inner = each.type === 'typed_parameter' ? parts(each)[0] : each;
    if (inner === undefined) continue;
    if (inner.type === 'identifier') out.push({ name: text(inner), kind: 'plain' });
    else if (inner.type === 'default_parameter' || inner.type === 'typed_default_parameter')
      out.push({ name: text(child(inner, 'name')), kind: 'plain', fallback: evaluate(r, child(inner, 'value')) });
    else if (inner.type === 'list_splat_pattern') out.push({ name: text(parts(inner)[0]), kind: 'list' });
    else if (inner.type === 'dictionary_splat_pattern') out.push({ name: text(parts(inner)[0]), kind: 'dict' });
    else if (inner.type === 'tuple_pattern') out.push({ name: text(inner), kind: 'plain' });
  }
  return out;
}

export function defineFunction(r: Reader, node: Syntax): Abs {
  const { m } = r;
  const known = r.byNode.get(node);
  if (known !== undefined) return { value: { kind: 'unknown' }, fn: known };
  const nameNode = child(node, 'name');
  const name = nameNode === undefined ? '' : m.source.slice(nameNode.start, nameNode.end);
  const owner = r.scope.kind === 'class' ? r.owner : undefined;
  const fn: Fn = {
    what: 'function',
    node,
    body: child(node, 'body') ?? node,
    name: owner === undefined ? name : name === '__init__' ? owner.name : `${owner.name}.${name}`,
    params: paramsOf(r, child(node, 'parameters')),
    scope: r.scope,
    owner,
    lambda: false,
    variants: new Set(),
    called: false,
  };
  r.byNode.set(node, fn);
  r.functions.push(fn);
  owner?.methods.set(name, fn);
  return { value: { kind: 'template', parts: [{ name }] }, fn };
}

export function defineLambda(r: Reader, node: Syntax): Abs {
  let fn = r.byNode.get(node);
  if (fn === undefined) {
    fn = {
      what: 'function',
      node,
      body: child(node, 'body') ?? node,
      name: `<lambda ${node.start}>`,
      params: paramsOf(r, child(node, 'parameters')),
      scope: r.scope,
      owner: undefined,
      lambda: true,
      variants: new Set(),
      called: false,
    };
    r.byNode.set(node, fn);
    r.functions.push(fn);
  }
  return { value: { kind: 'unknown' }, fn };
}

export function defineClass(r: Reader, node: Syntax): Abs {
  const { m } = r;
  const nameNode = child(node, 'name');
  const name = nameNode === undefined ? '' : m.source.slice(nameNode.start, nameNode.end);
  const bases = child(node, 'superclasses');
  const info: Class = { what: 'class', name, methods: new Map(), bases: bases === undefined ? [] : parts(bases).map((each) => evaluate(r, each)) };
  r.classes.set(name, info);
  const before = { scope: r.scope, owner: r.owner };
  r.scope = newScope(before.scope, 'class');
  r.owner = info;
  block(r, child(node, 'body'));
  r.scope = before.scope;
  r.owner = before.owner;
  // The constructor first: what it stores is what the methods use.
  const init = info.methods.get('__init__');
  if (init !== undefined) enqueue(r, init, new Map());
  return { value: { kind: 'template', parts: [{ name }] }, fn: info };
}

const isMethod = (r: Reader, fn: Fn): boolean =>
  fn.owner !== undefined &&
  !/@staticmethod\b/.test(
    r.m.source
      .slice(Math.max(0, fn.node.start - 60), fn.node.start)
      .split('\n')
      .slice(-2)
      .join('\n'),
  );

/** What tells two argument tuples apart. */
function keyOf(abs: Abs): string {
  const text = textLike(abs);
  if (text !== undefined) return `=${text.slice(0, 2_000)}`;
  if (abs.list && !abs.list.open) return `[${abs.list.items.slice(0, 40).map(keyOf).join(',')}]`.slice(0, 2_000);
  if (abs.fn !== undefined) return `f${(abs.fn as Partial<Fn>).name ?? ''}`;
  if (refOf(abs) !== undefined) return `r${abs.ref}`;
  if (abs.value.kind === 'template' && abs.value.parts.some((part) => typeof part === 'string' || part.env !== undefined))
    return `t${JSON.stringify(abs.value.parts.map((part) => (typeof part === 'string' ? part : (part.env ?? 0)))).slice(0, 500)}`;
  return '?';
}

/** Arguments by parameter name. */
function argumentsOf(r: Reader, fn: Fn, call: Call): Map<string, Abs> {
  const out = new Map<string, Abs>();
  const plain = fn.params.slice(isMethod(r, fn) ? 1 : 0);
  const rest: Abs[] = [];
  const named = plain.filter((param) => param.kind === 'plain');
  call.args.forEach((arg, index) => {
    const param = named[index];
    if (param !== undefined) out.set(param.name, arg);
    else rest.push(arg);
  });
  const list = plain.find((param) => param.kind === 'list');
  if (list !== undefined)
    out.set(list.name, {
      value: { kind: 'unknown' },
      list: { items: rest, open: call.spread !== undefined, rest: call.spread?.cell, kind: 'tuple', block: r.m.block },
      cell: rest.find((arg) => arg.cell)?.cell,
    });
  const dict = new Map<string, Abs>();
  for (const [key, arg] of call.kw) {
    if (named.some((param) => param.name === key)) out.set(key, arg);
    else dict.set(key, arg);
  }
  const double = plain.find((param) => param.kind === 'dict');
  if (double !== undefined && dict.size > 0)
    out.set(double.name, {
      value: { kind: 'unknown' },
      dict: { items: dict, open: call.spread !== undefined, block: r.m.block },
      cell: [...dict.values()].find((arg) => arg.cell)?.cell,
    });
  return out;
}

function enqueue(r: Reader, fn: Fn, args: ReadonlyMap<string, Abs>): void {
  if (r.m.mute > 0) return;
  const key = fn.params.map((param) => keyOf(args.get(param.name) ?? NOTHING)).join('|');
  if (fn.variants.has(key)) return;
  if (fn.variants.size >= VARIANTS) {
    // Too many different uses: once more with nothing known, then no more.
    if (fn.variants.has('*')) return;
    fn.variants.add('*');
    r.jobs.push({ fn, args: new Map() });
    return;
  }
  fn.variants.add(key);
  r.jobs.push({ fn, args });
}

export function callFunction(r: Reader, node: Syntax, fn: Fn, call: Call): Abs {
  const { m } = r;
  fn.called = true;
  const args = argumentsOf(r, fn, call);
  const folded = inline(r, fn, args, call.recv);
  if (folded !== undefined && !folded.facts) return folded.result;
  passArguments(m, node, m.ctx.module, fn.name, call, r);
  enqueue(r, fn, args);
  const cell = cells.result(m.ctx.module, fn.name);
  const value = folded?.result ?? fn.returned;
  if (value === undefined) return holeAbs(`${fn.name}()`, freshId(m), cell);
  const isKnown =
    value.value.kind !== 'unknown' || value.ref !== undefined || value.list !== undefined || value.dict !== undefined || value.fn !== undefined;
  return isKnown ? { ...value, cell, span: undefined } : holeAbs(`${fn.name}()`, freshId(m), cell, value.sink ? { sink: value.sink } : {});
}

/** Reads a small body for its value, facts off. */
function inline(r: Reader, fn: Fn, args: ReadonlyMap<string, Abs>, recv: Abs | undefined): { result: Abs; facts: boolean } | undefined {
  const { m } = r;
  const init = fn.owner === undefined ? undefined : findMethod(r, fn.owner, '__init__');
  // Before the constructor was read nobody knows what the attributes are.
  if (init !== undefined && init.read !== true) return undefined;
  if (
    fn.effects === true ||
    fn.node.end - fn.node.start > INLINE_CHARS ||
    r.inlining.length >= INLINE_DEPTH ||
    r.inlining.includes(fn) ||
    m.budget < 1_000 ||
    m.depth > 100
  )
    return undefined;
  r.inlining.push(fn);
  const spent = m.budget;
  const out = muted(r, () => run(r, fn, args, recv, false));
  r.inlining.pop();
  if (out.facts) fn.effects = true;
  if (m.budget <= 0) {
    m.budget = Math.max(0, spent >> 1);
    return undefined;
  }
  return out;
}

/** Walks a body with parameters bound. `cellular` joins parameters with their shared cells. */
function run(r: Reader, fn: Fn, args: ReadonlyMap<string, Abs>, recv: Abs | undefined, cellular: boolean): Abs {
  const { m } = r;
  const before = { scope: r.scope, owner: r.owner, fn: m.fn, guard: m.guard, block: m.block, socket: m.socket };
  const scope = newScope(fn.scope, 'function');
  r.scope = scope;
  r.owner = fn.owner ?? r.owner;
  if (cellular) m.guard = undefined;
  m.fn = fn.lambda ? m.fn : fn.name;
  m.block = ++m.blocks;
  const skip = isMethod(r, fn) ? 1 : 0;
  fn.params.forEach((param, index) => {
    if (index < skip) {
      const isClass = /@classmethod\b/.test(m.source.slice(Math.max(0, fn.node.start - 60), fn.node.start));
      scope.vars.set(
        param.name,
        isClass
          ? { value: { kind: 'unknown' }, fn: fn.owner }
          : recv?.ref?.startsWith('self:')
            ? recv
            : { value: { kind: 'unknown' }, ref: `self:${fn.owner!.name}`, cell: m.ctx.local(`self:${fn.owner!.name}`) },
      );
      return;
    }
    const given = args.get(param.name);
    if (!cellular) {
      scope.vars.set(param.name, given ?? param.fallback ?? holeAbs(param.name, freshId(m)));
      return;
    }
    const module = m.ctx.module;
    const cell = cells.param(module, fn.name, param.kind === 'plain' ? index - skip : '*');
    edge(m, cells.param(module, fn.name, param.name), cell, fn.node, 'call');
    if (param.kind !== 'plain') for (let i = index - skip; i < index - skip + 6; i++) edge(m, cells.param(module, fn.name, i), cell, fn.node, 'call');
    else edge(m, cells.param(module, fn.name, '*'), cell, fn.node, 'call');
    const value = given ?? param.fallback;
    edge(m, param.fallback?.cell, cell, fn.node, 'assign');
    const isKnown =
      value !== undefined &&
      value.ref !== 'None' &&
      (value.ref === undefined
        ? value.value.kind === 'known' ||
          value.list !== undefined ||
          value.dict !== undefined ||
          value.fn !== undefined ||
          keyOf(value).startsWith('t')
        : true);
    scope.vars.set(
      param.name,
      isKnown
        ? { ...value, cell, span: value.span }
        : holeAbs(param.name, `${m.ctx.unit.id}.${fn.name}.${param.name}`, cell, value?.sink ? { sink: value.sink } : {}),
    );
  });
  let result: Abs | undefined;
  if (fn.lambda) result = evaluate(r, fn.body);
  else {
    block(r, fn.body);
    for (const each of scope.returns) result = result === undefined ? each : merge(r, fn.node, fn.name, result, each);
  }
  r.scope = before.scope;
  r.owner = before.owner;
  m.fn = before.fn;
  m.guard = before.guard;
  m.block = before.block;
  // The socket stays wired for what the program does next.
  if (cellular) m.socket = before.socket || m.socket;
  return result ?? { value: { kind: 'known', text: 'None' }, ref: 'None' };
}

/** Reads queued bodies, then those nobody calls. */
export function drain(r: Reader): void {
  for (let rest = 0; ; ) {
    let job = r.jobs.shift();
    if (job === undefined) {
      const fn = r.functions[rest++];
      if (fn === undefined) break;
      if (fn.variants.size > 0 || (fn.lambda && fn.called)) continue;
      fn.variants.add('?');
      job = { fn, args: new Map() };
    }
    r.m.depth = 0;
    read(r, job, undefined);
  }
}

export function callClass(r: Reader, node: Syntax, info: Class, call: Call): Abs {
  const { m } = r;
  const self: Abs = { value: { kind: 'unknown' }, ref: `self:${info.name}`, cell: m.ctx.local(`self:${info.name}`), made: call };
  const init = findMethod(r, info, '__init__');
  if (init !== undefined) callInit(r, node, init, call);
  else {
    // A dataclass, or somebody else's constructor: what goes in may be anywhere in it.
    for (const arg of [...call.args, ...call.kw.values()]) edge(m, exported(r, node, arg).cell, self.cell, node, 'call');
    for (const [key, arg] of call.kw) if (m.mute === 0) setAttr(r, node, info.name, key, arg);
  }
  return self;
}

function callInit(r: Reader, node: Syntax, init: Fn, call: Call): void {
  init.called = true;
  passArguments(r.m, node, r.m.ctx.module, init.name, call, r);
  enqueue(r, init, argumentsOf(r, init, call));
  // What the constructor stores is what the next lines use: it is read now, not later.
  if (r.m.mute === 0 && r.m.depth < 60) runJobs(r, init);
}

/** Reads the queued bodies of one function at once. */
function runJobs(r: Reader, fn: Fn): void {
  const depth = r.m.depth;
  for (let index = 0; index < r.jobs.length; index++) {
    const job = r.jobs[index]!;
    if (job.fn !== fn) continue;
    r.jobs.splice(index--, 1);
    read(r, job, undefined);
  }
  r.m.depth = depth;
}

function read(r: Reader, job: Job, recv: Abs | undefined): void {
  const { m } = r;
  const { fn } = job;
  const result = run(r, fn, job.args, recv, true);
  fn.returned = result;
  fn.read = true;
  edge(m, exported(r, fn.node, result).cell, cells.result(m.ctx.module, fn.name), fn.node, 'return');
}

/** A decorator that is itself something that runs code (`@exec`) is called with what it decorates. */
export function decorate(r: Reader, node: Syntax): void {
  const target = evaluate(r, parts(node)[0]);
  const ref = refOf(target);
  if (ref === 'builtins.exec' || ref === 'builtins.eval' || ref === 'os.system' || ref === 'atexit.register')
    callWith(r, node, target, { args: [NOTHING], kw: new Map() });
  // `@eval` is a call that does not look like one: no code takes a function as its source.
  if (ref === 'builtins.exec' || ref === 'builtins.eval' || ref === 'builtins.compile')
    state(r.m, node, { kind: 'exec', how: 'reflect', program: known(`@${ref.slice(9)}`), argv: [] });
}
