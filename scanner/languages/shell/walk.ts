/**
 * Walks the tree of one shell unit in execution order, keeping constants and data apart from control: lists, pipelines, branches, loops, functions, redirects.
 * Every kind of node is visited, so a command in a subshell, a case arm, a trap or a coprocess is seen like one on the first line. Depth is bounded by the parser (256).
 */
import type {
  ArrayValue,
  Assignment,
  CommandArgument,
  Command as CommandNode,
  CompoundList,
  PipelineNode,
  Redirection,
  Script,
  Statement,
  TestExpression,
  Word,
} from 'unbash';
import * as cells from '../../cells.ts';
import { concat, known, template } from '../../value.ts';
import { runCommand } from './call.ts';
import { gateOf, sourceOf, stateGate } from './gates.ts';
import { closed, outputsOf, redirected } from './redirects.ts';
import { configFromEnv } from './settings.ts';
import { assign, exportVariable } from './variables.ts';
import { comparedDigest } from './verify.ts';
import { fieldsOf, joined, type Substitute } from './words.ts';
import {
  at,
  edge,
  type Field,
  type Frame,
  fact,
  fieldText,
  type Io,
  type Output,
  plain,
  SILENT,
  type Stream,
  slice,
  UNKNOWN_OUTPUT,
  type World,
} from './world.ts';

type Node = PipelineNode | Statement['command'] | CompoundList;

/** Two outputs one after the other. */
export function append(left: Output, right: Output): Output {
  if (right === SILENT) return left;
  if (left === SILENT) return right;
  if (left.value === undefined && right.value === undefined) return UNKNOWN_OUTPUT;
  // What is known of a mixed output is still worth reading: `(crontab -l; echo '…') | crontab -`.
  const hole = template([{ name: '…' }, '\n']);
  const partial = left.value === undefined || right.value === undefined || left.spelled !== undefined || right.spelled !== undefined;
  return {
    value: concat(left.value ?? hole, right.value ?? hole),
    unwrapped: [...new Set([...left.unwrapped, ...right.unwrapped])],
    ...(partial ? { spelled: `${spelledOf(left)}${spelledOf(right)}` } : {}),
  };
}
const spelledOf = (output: Output): string => output.spelled ?? (output.value?.kind === 'known' ? output.value.text : '\n');

/** Walks a list of statements. */
export function walkList(w: World, statements: readonly Statement[], io: Io): Output {
  let output: Output = SILENT;
  for (const statement of statements)
    output = append(output, walkNode(w, statement.command, statement.background ? { ...io, background: true } : io));
  return output;
}

/** Walks a script that may stand in its own decoded text (escaped backticks). */
export function walkScript(w: World, script: Script, io: Io, region: { start: number; end: number }): Output {
  const frame: Frame = w.frame;
  if (script.source !== undefined) w.frame = { text: script.source, region };
  const output = walkList(w, script.commands, io);
  w.frame = frame;
  return output;
}

const substitute: Substitute = {
  output(w, script, start, end) {
    const cell = w.ctx.fresh();
    const { cwd, branch } = w;
    const output = walkScript(w, script, { stdin: terminal(w), out: cell }, { start, end });
    w.cwd = cwd;
    w.branch = branch;
    return { ...output, cell };
  },
  process(w, part, start, end) {
    const cell = w.ctx.fresh();
    if (part.script === undefined) return { cell, unwrapped: [] };
    if (part.operator === '<')
      return { ...walkScript(w, part.script, { stdin: terminal(w), out: cell }, { start, end }), cell, via: 'process substitution' };
    walkScript(w, part.script, { stdin: { cell, unwrapped: [], via: 'process substitution' }, out: w.ctx.fresh() }, { start, end });
    return { cell, unwrapped: [] };
  },
};

export { substitute };

export const terminal = (w: World): Stream => ({ cell: w.ctx.stdin, unwrapped: [], terminal: true });

export function walkNode(w: World, node: Node, io: Io): Output {
  w.ctx.step();
  if (++w.depth > 200) {
    w.depth--;
    w.ctx.opaque(at(w, node).start, at(w, node).end, 'depth', 'shell nested too deep', true);
    return UNKNOWN_OUTPUT;
  }
  try {
    return walkInner(w, node, io);
  } finally {
    w.depth--;
  }
}

function walkInner(w: World, node: Node, io: Io): Output {
  switch (node.type) {
    case 'Command':
      return walkCommand(w, node, io);
    case 'Pipeline':
      return walkPipeline(w, node, io);
    case 'AndOr':
      return walkAndOr(w, node, io);
    case 'CompoundList':
      return walkList(w, node.commands, io);
    case 'Subshell':
    case 'BraceGroup': {
      const { cwd } = w;
      const output = walkNode(w, node.body, io);
      if (node.type === 'Subshell') w.cwd = cwd;
      return output;
    }
    case 'Redirected': {
      const opened = redirected(w, node.redirects, io, at(w, node), substitute);
      const output = walkNode(w, node.command, opened.io);
      return closed(w, opened, output);
    }
    case 'If':
      return walkIf(w, node, io);
    case 'While':
      return walkWhile(w, node, io);
    case 'For':
    case 'Select':
      return walkFor(w, node.name, node.wordlist, node.body, io);
    case 'ArithmeticFor': {
      if (node.test === undefined) fact(w, at(w, node).start, at(w, node).end, { kind: 'control', what: 'unbounded-loop', detail: 'for ((;;))' });
      return branched(w, () => walkNode(w, node.body, io));
    }
    case 'Case': {
      joined(w, node.word, substitute);
      const gate = sourceOf(w, node.word);
      const { guard } = w;
      if (gate !== undefined) stateGate(w, gate, at(w, node.word));
      for (const item of node.items) {
        if (gate !== undefined) w.guard = slice(w, node.word.pos, item.pattern.at(-1)?.end ?? node.word.end).slice(0, 200);
        for (const pattern of item.pattern) joined(w, pattern, substitute);
        branched(w, () => walkNode(w, item.body, io));
      }
      w.guard = guard;
      return UNKNOWN_OUTPUT;
    }
    case 'Function': {
      w.functions.set(node.name.value, { node, frame: w.frame, calls: new Set() });
      return SILENT;
    }
    case 'Coproc':
      return walkNode(w, node.body as Node, { ...io, background: true });
    case 'TestCommand':
      for (const word of testWords(node.expression)) joined(w, word, substitute);
      return SILENT;
    default:
      return SILENT;
  }
}

function testWords(expression: TestExpression): Word[] {
  const out: Word[] = [];
  const stack: TestExpression[] = [expression];
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (node.type === 'TestUnary') out.push(node.operand);
    else if (node.type === 'TestBinary') out.push(node.left, node.right);
    else if (node.type === 'TestLogical') stack.push(...node.operands);
    else if (node.type === 'TestNot') stack.push(node.operand);
    else stack.push(node.expression);
  }
  return out;
}

function branched<T>(w: World, run: () => T): T {
  w.branch++;
  const { cwd } = w;
  const result = run();
  w.branch--;
  // A `cd` in a branch may or may not have happened; the path as written is the best that is known.
  w.cwd = cwd;
  return result;
}

const RAW_TOOLS = /^(?:nc|ncat|netcat|telnet|socat|nc\.(?:traditional|openbsd))$/;
function isRawTool(node: unknown): boolean {
  const command = node as CommandNode;
  if (command.type !== 'Command' || command.name === undefined) return false;
  const name = command.name.value.split('/').at(-1)!;
  return RAW_TOOLS.test(name) || (name === 'openssl' && command.suffix.some((item) => 'value' in item && item.value === 's_client'));
}

function walkPipeline(w: World, node: Extract<PipelineNode, { type: 'Pipeline' }>, io: Io): Output {
  let stdin = io.stdin;
  let output: Output = SILENT;
  const { since } = w;
  w.since = w.pending.length;
  node.commands.forEach((command, index) => {
    const last = index === node.commands.length - 1;
    const out = last ? io.out : w.ctx.fresh();
    const next = node.commands[index + 1];
    output = walkNode(w, command, { ...io, stdin, out, ...(next !== undefined && isRawTool(next) ? { toSocket: true } : {}) });
    stdin = { ...output, cell: out, via: 'pipe', ...(isRawTool(command) ? { socket: true } : {}) };
  });
  w.since = since;
  return output;
}

const leaves = (node: Node): boolean => {
  if (node.type === 'Command') return /^(?:exit|return|die|abort|fail|false)$/.test(node.name?.value ?? '');
  if (node.type === 'BraceGroup' || node.type === 'Subshell') return node.body.commands.some((statement) => leaves(statement.command as Node));
  return false;
};

function walkAndOr(w: World, node: Extract<Statement['command'], { type: 'AndOr' }>, io: Io): Output {
  let output: Output = SILENT;
  const { gating, guard } = w;
  node.commands.forEach((command, index) => {
    const operator = node.operators[index];
    const next = node.commands[index + 1];
    w.gating = gating || w.errexit || operator === '&&' || (operator === '||' && next !== undefined && leaves(next as Node));
    if (next !== undefined || w.errexit) comparedDigest(w, slice(w, command.pos, command.end));
    const right = index > 0 && node.operators[index - 1] === '||';
    const here = () => walkNode(w, command as Node, io);
    const result = right ? branched(w, here) : here();
    output = right && output.value !== undefined && output !== SILENT ? output : append(output, result);
    const gate = next === undefined ? undefined : gateOf(w, command);
    if (gate !== undefined) {
      const place = at(w, command);
      stateGate(w, gate, place);
      w.guard = slice(w, command.pos, command.end).slice(0, 200);
    }
  });
  w.gating = gating;
  w.guard = guard;
  return output;
}

function walkIf(w: World, node: Extract<Node, { type: 'If' }>, io: Io): Output {
  const { gating, guard } = w;
  const clause = (list: CompoundList) => {
    w.gating = true;
    walkNode(w, list, io);
    w.gating = gating;
    w.gating = true;
    comparedDigest(w, slice(w, list.pos, list.end));
    w.gating = gating;
    const gate = gateOf(w, list);
    if (gate === undefined) return;
    stateGate(w, gate, at(w, list));
    w.guard = slice(w, list.pos, list.end).trim().slice(0, 200);
  };
  clause(node.clause);
  branched(w, () => walkNode(w, node.then, io));
  for (const other of node.elif) {
    clause(other.clause);
    branched(w, () => walkNode(w, other.then, io));
  }
  if (node.else !== undefined) branched(w, () => walkNode(w, node.else!, io));
  w.guard = guard;
  return UNKNOWN_OUTPUT;
}

function walkWhile(w: World, node: Extract<Node, { type: 'While' }>, io: Io): Output {
  const condition = slice(w, node.clause.pos, node.clause.end).replace(/[;\s]/g, '');
  const endless =
    node.kind === 'while'
      ? /^(?:true|:|\/bin\/true|\[1\]|\[\[1\]\]|\(\(1\)\)|\[true\])$/.test(condition)
      : /^(?:false|\/bin\/false)$/.test(condition);
  if (endless) fact(w, at(w, node).start, at(w, node).end, { kind: 'control', what: 'unbounded-loop', detail: `${node.kind} ${condition}` });
  w.branch++;
  walkNode(w, node.clause, io);
  const { guard } = w;
  const gate = gateOf(w, node.clause);
  if (gate !== undefined) {
    stateGate(w, gate, at(w, node.clause));
    w.guard = slice(w, node.clause.pos, node.clause.end).trim().slice(0, 200);
  }
  walkNode(w, node.body, io);
  w.guard = guard;
  w.branch--;
  return UNKNOWN_OUTPUT;
}

/** A loop over a few constants is walked once for each; otherwise once, with the variable open. */
function walkFor(w: World, name: Word, wordlist: readonly Word[] | undefined, body: CompoundList, io: Io): Output {
  const items = wordlist?.flatMap((word) => fieldsOf(w, word, substitute)) ?? [];
  const { start, end } = at(w, name);
  const from = items.flatMap((item) => item.cells);
  const constant = items.length > 0 && items.length <= 8 && items.every((item) => item.value.kind !== 'unknown') && w.loopBudget >= items.length;
  let output: Output = SILENT;
  w.branch++;
  if (constant) {
    w.loopBudget -= items.length;
    for (const item of items) {
      assign(w, name.value, item);
      output = append(output, walkNode(w, body, io));
    }
  } else {
    const glob =
      items.length === 1
        ? items[0]!
        : { ...plain({ kind: 'template', parts: [{ name: name.value }] }, start, end, wordlist === undefined ? [w.ctx.arg('*')] : from) };
    assign(w, name.value, glob);
    walkNode(w, body, io);
    output = UNKNOWN_OUTPUT;
  }
  w.branch--;
  return output;
}

const DECLARATIONS = /^(?:export|declare|typeset|local|readonly)$/;

/** `@<(cmd)` is one word to the shell; the parser ends a word before every `<(`. */
function glued(args: readonly CommandArgument[]): readonly CommandArgument[] {
  const out: CommandArgument[] = [];
  for (const item of args) {
    const last = out.at(-1);
    if (last?.type === 'Word' && item.type === 'Word' && last.end === item.pos && /^[<>]\(/.test(item.text)) {
      const parts = [
        ...(last.parts ?? [{ type: 'Literal', pos: last.pos, end: last.end, value: last.value, text: last.text } as const]),
        ...(item.parts ?? []),
      ];
      out[out.length - 1] = { type: 'Word', text: last.text + item.text, value: last.value + item.value, pos: last.pos, end: item.end, parts };
    } else out.push(item);
  }
  return out;
}

/** The value side of an assignment; arrays give their list. */
function assigned(w: World, value: Word | ArrayValue, start: number, end: number): { field: Field; list?: Field[] } {
  if (value.type === 'Word') return { field: joined(w, value, substitute) };
  const list = value.elements.flatMap((element) => fieldsOf(w, element, substitute));
  const first = list[0];
  return {
    field: {
      ...plain(
        first?.value ?? known(''),
        start,
        end,
        list.flatMap((item) => item.cells),
      ),
      spelled: first?.spelled ?? '',
    },
    list,
  };
}

function setVariable(w: World, node: Assignment, options: { exported?: boolean } = {}): void {
  const { start, end } = at(w, node);
  let { field, list } = assigned(w, node.value, start, end);
  const old = w.vars.get(node.name);
  if (node.append && old !== undefined) {
    if (list !== undefined) list = [...(old.list ?? [old.field]), ...list];
    else
      field = {
        ...plain(concat(old.field.value, field.value), start, end, field.cells, [...old.field.unwrapped, ...field.unwrapped]),
        spelled: old.field.spelled + field.spelled,
      };
  }
  if (node.index !== undefined && old?.list !== undefined && /^\d{1,4}$/.test(node.index.value)) {
    list = [...old.list];
    list[Number(node.index.value)] = field;
    for (let i = 0; i < list.length; i++) list[i] ??= plain(known(''), start, end);
    field = { ...old.field, cells: [...old.field.cells, ...field.cells] };
  } else if (node.index !== undefined && /^\d{1,4}$/.test(node.index.value)) {
    list = Array.from({ length: Number(node.index.value) + 1 }, () => plain(known(''), start, end));
    list[Number(node.index.value)] = field;
  }
  // `x=$x…` on an unassigned name must not loop through its own cell; versions see to that.
  assign(w, node.name, field, list, { ...options, ...(node.append ? { append: true } : {}) });
  const gate = sourceOf(w, node.value);
  if (gate !== undefined) w.gates.set(node.name, gate);
  const source = slice(w, node.value.pos, node.value.end);
  if (/sha\d{1,3}sum|shasum|openssl dgst/.test(source)) w.digests.set(node.name, source);
}

function walkCommand(w: World, node: CommandNode, io: Io): Output {
  const span = at(w, node);
  const redirects: Redirection[] = [...node.prefix, ...node.suffix].filter(
    (item): item is Redirection => item.type !== 'Assignment' && item.type !== 'Word',
  );
  const assignments = node.prefix.filter((item): item is Assignment => item.type === 'Assignment');
  const end = redirects.reduce((most, item) => Math.max(most, w.frame.region ? span.end : item.end), span.end);

  if (node.name === undefined) {
    for (const item of assignments) setVariable(w, item);
    if (redirects.length === 0) return SILENT;
    const opened = redirected(w, redirects, io, { start: span.start, end }, substitute);
    // `$(< file)` prints the file.
    if (opened.io.stdin !== io.stdin) w.ctx.edge(opened.io.stdin.cell, opened.io.out, span.start, end, 'pipe');
    const { value, unwrapped, spelled, map, bytes } = opened.io.stdin;
    const printed =
      opened.io.stdin === io.stdin
        ? SILENT
        : { unwrapped, ...(value ? { value } : {}), ...(spelled ? { spelled } : {}), ...(map ? { map } : {}), ...(bytes ? { bytes } : {}) };
    return closed(w, opened, printed);
  }
  const name = node.name.value;
  if (DECLARATIONS.test(name)) {
    const exported = name === 'export' || node.args.some((item) => item.type === 'Word' && /^-[a-wyzA-Z]{0,4}x/.test(item.value));
    let bulk = true;
    for (const item of node.args) {
      if (item.type === 'Assignment') {
        setVariable(w, item, { exported });
        const value = w.vars.get(item.name)?.field;
        if (exported && value !== undefined) configFromEnv(w, item.name, value, at(w, item));
        bulk = false;
        continue;
      }
      for (const field of fieldsOf(w, item, substitute)) {
        const raw = fieldText(field) ?? '';
        const equals = raw.indexOf('=');
        if (equals > 0 && !raw.startsWith('-'))
          assign(w, raw.slice(0, equals), plain(known(raw.slice(equals + 1)), field.start, field.end, field.cells), undefined, { exported });
        else if (exported && /^\w+$/.test(raw)) exportVariable(w, raw, field.start, field.end);
        if (!raw.startsWith('-')) bulk = false;
      }
    }
    if (bulk && name !== 'local' && name !== 'readonly') {
      // `export -p`, `declare -p` and `declare -x` print every variable.
      const opened = redirected(w, redirects, io, { start: span.start, end }, substitute);
      fact(w, span.start, span.end, { kind: 'env', name: known('*'), outs: [{ cell: opened.io.out, role: 'value' }] });
      return closed(w, opened, UNKNOWN_OUTPUT);
    }
    return SILENT;
  }

  const fields = fieldsOf(w, node.name, substitute);
  for (const item of glued(node.args)) {
    if (item.type === 'Word') {
      if (fields.length < 1_024) fields.push(...fieldsOf(w, item, substitute));
      continue;
    }
    const place = at(w, item);
    const { field } = assigned(w, item.value, place.start, place.end);
    fields.push({
      ...field,
      value: concat(known(`${item.name}${item.append ? '+' : ''}=`), field.value),
      spelled: `${item.name}=${field.spelled}`,
      start: place.start,
      ...(field.map ? { map: { kind: 'collapsed', start: field.start, end: field.end } } : {}),
    });
  }
  // Assignments before a command are its environment.
  for (const item of assignments) {
    const place = at(w, item);
    const { field } = assigned(w, item.value, place.start, place.end);
    edge(w, field.cells, cells.env(item.name), place.start, place.end, 'assign');
    configFromEnv(w, item.name, field, place);
  }
  const opened = redirected(w, redirects, io, { start: span.start, end }, substitute);
  if (name === 'exec' && fields.length === 1) {
    for (const [fd, stream] of outputsOf(opened)) w.fds.set(fd, stream);
    return SILENT;
  }
  const output = fields.length === 0 ? SILENT : runCommand(w, fields, opened.io, span.start, span.end);
  return closed(w, opened, output);
}

/** Walks the body of a function for one call (or for none, with everything open). */
export function walkFunction(w: World, name: string, args: readonly Field[] | undefined, io: Io): Output {
  const callable = w.functions.get(name)!;
  const saved = { fn: w.fn, args: w.args, branch: w.branch, frame: w.frame, cwd: w.cwd, guard: w.guard };
  w.fn = name;
  w.args = args;
  w.frame = callable.frame;
  const result = cells.result(w.ctx.module, name);
  const output = walkNode(w, callable.node.body as Node, { ...io, out: result });
  Object.assign(w, saved);
  return output;
}
