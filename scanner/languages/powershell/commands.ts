/** Commands, method calls and script blocks of PowerShell: names resolved through aliases, `&` and string building; parameters by name or place; pipeline input as `recv`. */
import * as cells from '../../cells.ts';
import { known, textOf } from '../../value.ts';
import { parts, type Syntax } from '../grammar.ts';
import { type Abs, type Call, holeAbs, joinText, type List, NOTHING, pieces, rowOf, strOf, textAbs, textLike } from '../python/abstract.ts';
import type { Api } from '../python/api.ts';
import { applyApi, resultOf, writeFile } from '../python/effects.ts';
import { runList } from '../python/effects-process.ts';
import { edge, fileCell, freshId, join, port, portOf, state } from '../python/machine.ts';
import { evaluate, hole, type Shell, text } from './evaluate.ts';
import { invoke, transform } from './members.ts';
import { specials } from './special.ts';
import { ALIASES, CODERS, ROWS, SWITCHES } from './tables.ts';
import { bareWord } from './text.ts';

interface Parsed {
  readonly call: Call;
  readonly words: List;
  readonly redirects: Syntax[];
}

function argumentsOf(s: Shell, node: Syntax, input: Abs | undefined): Parsed {
  const args: Abs[] = [];
  const kw = new Map<string, Abs>();
  const words: Abs[] = [];
  const redirects: Syntax[] = [];
  let named: string | undefined;
  const elements = node.children
    .filter((each) => each.field === 'command_elements' || each.type === 'command_elements')
    .flatMap((each) => each.children);
  for (let i = 0; i < elements.length; i++) {
    const each = elements[i]!;
    if (!each.named || each.type === 'command_argument_sep' || each.type === 'comment') continue;
    if (each.type === 'redirection') {
      redirects.push(each);
      continue;
    }
    if (each.type === 'command_parameter') {
      if (named !== undefined) kw.set(named, { value: known('true'), ref: 'True' });
      const spelled = bareWord(text(s, each));
      words.push(textAbs(spelled));
      const colon = spelled.indexOf(':');
      named = spelled.slice(1, colon > 0 ? colon : undefined).toLowerCase();
      if (SWITCHES.has(named) || (colon > 0 && /\$(?:true|false)$/i.test(spelled))) {
        kw.set(named, { value: known('true'), ref: /\$false$/i.test(spelled) ? 'False' : 'True' });
        named = undefined;
      }
      continue;
    }
    // `IEX (New-Object Net.WebClient).DownloadString('…')` comes as a member and a list of arguments beside it.
    const next = elements[i + 1];
    const member = lastMember(each);
    let value: Abs;
    if (member !== undefined && next?.type === 'argument_list') {
      value = invoke(s, member, next);
      i++;
    } else value = evaluate(s, each);
    words.push(value);
    if (named !== undefined) {
      kw.set(named, value);
      named = undefined;
    } else args.push(value);
  }
  if (named !== undefined) kw.set(named, { value: known('true'), ref: 'True' });
  return { call: { args, kw, recv: input }, words: { items: words, open: false, kind: 'list', block: 0 }, redirects };
}

function lastMember(node: Syntax): Syntax | undefined {
  let inner = node;
  while (inner.children.length === 1 && inner.type !== 'member_access') inner = inner.children[0]!;
  return inner.type === 'member_access' ? inner : undefined;
}

/** Parameters may be shortened as long as they are clear: `-Ur`, `-OutF`, `-Rec`. */
const FULL = [
  'uri',
  'outfile',
  'method',
  'body',
  'headers',
  'infile',
  'recurse',
  'force',
  'path',
  'literalpath',
  'destination',
  'destinationpath',
  'value',
  'filepath',
  'argumentlist',
  'command',
  'encodedcommand',
  'file',
  'scriptblock',
  'action',
  'name',
  'verb',
  'append',
  'computername',
  'credential',
  'action',
  'typedefinition',
  'windowstyle',
  'wait',
];
function lengthen(kw: ReadonlyMap<string, Abs>): Map<string, Abs> {
  const out = new Map<string, Abs>();
  for (const [key, value] of kw) out.set(FULL.includes(key) ? key : (FULL.find((full) => key.length > 1 && full.startsWith(key)) ?? key), value);
  return out;
}

/** One command of a pipeline. */
export function command(s: Shell, node: Syntax, input: Abs | undefined): Abs {
  const each = node.children.find((part) => part.type === 'foreach_command');
  if (each !== undefined) {
    const blocks: Abs[] = [];
    const stack = [each];
    for (let part = stack.pop(); part !== undefined; part = stack.pop()) {
      if (part.type === 'script_block_expression') blocks.push(evaluate(s, part));
      else stack.push(...part.children);
    }
    return (
      specials(s, node, 'foreach-object', { args: blocks, kw: new Map(), recv: input }, { items: [], open: false, kind: 'list', block: 0 }) ?? NOTHING
    );
  }
  const head = node.children.find((each) => each.field === 'command_name' || each.type === 'command_name' || each.type === 'command_name_expr');
  const spelled =
    head === undefined
      ? NOTHING
      : head.type === 'command_name'
        ? textAbs(bareWord(text(s, head)).replace(/^["']|["']$/g, ''))
        : evaluate(s, parts(head)[0]);
  const parsed = argumentsOf(s, node, input);
  const call: Call = { ...parsed.call, kw: lengthen(parsed.call.kw) };
  const isDot = node.children[0]?.type === 'command_invokation_operator' && text(s, node.children[0]) === '.';
  const result = run(s, node, spelled, call, parsed.words, isDot);
  for (const each of parsed.redirects) redirect(s, each, result);
  return result;
}

/** `> file` */
export function redirect(s: Shell, node: Syntax, from: Abs | undefined): void {
  const target = parts(node).find((each) => each.type === 'redirected_file_name');
  if (target === undefined) return;
  const path = parts(target)
    .filter((each) => each.type !== 'command_argument_sep')
    .map((each) => evaluate(s, each))[0];
  if (path !== undefined && textOf(path.value) !== '$null') writeFile(s.m, node, path, from, /^[0-9*]?>>/.test(text(s, node)));
}

export function run(s: Shell, node: Syntax, spelled: Abs, call: Call, words: List, isDot: boolean): Abs {
  const { m } = s;
  if (spelled.fn !== undefined) return block(s, spelled, call.args, call.recv);
  const name = strOf(spelled) ?? textOf(spelled.value);
  if (name === undefined) {
    // `& $cmd`: what runs is data.
    const cell = spelled.cell;
    state(m, node, {
      kind: 'exec',
      how: 'process',
      program: spelled.value,
      argv: words.items.slice(0, 40).map((word) => word.value),
      code: 'file',
      path: spelled.value,
      ins: [port('code', cell), { cell: fileCell(m, spelled), role: 'code' }, ...words.items.map((word) => portOf('argv', word))],
    });
    m.ctx.opaque(node.start, node.end, 'dynamic', 'the command to run is not known', false);
    return hole(s, node, join(m, node, [cell, call.recv?.cell]));
  }
  let key = name.toLowerCase().replace(/\.(?:exe|cmd|com)$/, '');
  key = s.aliases.get(key) ?? rowOf(ALIASES, key) ?? key;
  const own = s.functions.get(key);
  if (own !== undefined) return callOwn(s, node, key, own, call);
  const special = specials(s, node, key, call, words);
  if (special !== undefined) return special;
  const coder = rowOf(CODERS, key);
  if (coder !== undefined) return transform(s, node, coder.op, coder.codec, call.recv ?? call.args[0] ?? NOTHING, key);
  // With input from the pipeline it picks lines; only without does it open files.
  const rows = key === 'select-string' && call.recv !== undefined ? undefined : rowOf(ROWS, key);
  if (rows !== undefined) {
    let result: Abs = NOTHING;
    for (const row of Array.isArray(rows) ? (rows as readonly Api[]) : [rows as Api]) result = applyApi(m, node, key, row, call);
    return result;
  }
  if (/^[a-z]+-[a-z0-9]+$/.test(key)) {
    // A command we have no row for: data passes.
    return resultOf(m, node, key, call, join(m, node, [call.recv?.cell, ...words.items.map((word) => word.cell)], 'call'));
  }
  if (/\.ps1$/.test(key) || isDot) {
    state(m, node, {
      kind: 'exec',
      how: 'source',
      program: known('powershell'),
      argv: words.items.slice(0, 40).map((word) => word.value),
      code: 'file',
      path: known(name.replaceAll('\\', '/')),
      ins: [
        { cell: cells.path(known(name.replaceAll('\\', '/')), m.ctx.unit.id), role: 'code' },
        ...words.items.map((word) => portOf('argv', word)),
        portOf('stdin', call.recv),
      ],
    });
    return hole(s, node);
  }
  return program(s, node, textAbs(name), words, call.recv);
}

/** A program outside PowerShell. `powershell -enc …` is read here; everything else by the shell reader. */
export function program(s: Shell, node: Syntax, name: Abs, words: List, input: Abs | undefined): Abs {
  const { m } = s;
  const base = (strOf(name) ?? '')
    .toLowerCase()
    .replace(/^.*[\\/]/, '')
    .replace(/\.exe$/, '');
  if (base === 'powershell' || base === 'pwsh') {
    const at = words.items.findIndex((word) => /^[-/](?:e|ec|en|enc|enco\w{0,12}|c|co|com\w{0,5}|f|file)$/i.test(textLike(word) ?? ''));
    const flag = (textLike(words.items[at]) ?? '').toLowerCase();
    const value = at < 0 ? words.items.find((word) => !/^-/.test(textLike(word) ?? '-')) : words.items[at + 1];
    if (value !== undefined && /^[-/]e/.test(flag)) {
      const code = transform(s, node, 'decode', 'base64', value, 'powershell -EncodedCommand', true);
      return applyApi(m, node, 'powershell', { do: 'code', how: 'eval', code: [0], language: 'powershell' }, { args: [code], kw: new Map() });
    }
    if (value !== undefined && !/^[-/]f/.test(flag))
      return applyApi(
        m,
        node,
        'powershell',
        { do: 'code', how: 'eval', code: [0], language: 'powershell' },
        {
          args: [
            value.fn
              ? { value: value.value }
              : {
                  ...value,
                  value: joinText(
                    words.items.slice(words.items.indexOf(value)).flatMap((word, index) => (index === 0 ? pieces(word) : [' ', ...pieces(word)])),
                  ),
                },
          ],
          kw: new Map(),
        },
      );
  }
  return runList(m, node, 'command', { args: [], kw: new Map() }, { ...words, items: [name, ...words.items] }, input);
}

/** Runs a block with arguments and pipeline input as `$_`. */
export function block(s: Shell, body: Abs, args: readonly Abs[], input: Abs | undefined): Abs {
  const node = body.fn as Syntax;
  const before = { under: s.vars.get('_'), args: s.vars.get('args') };
  if (input !== undefined) {
    s.vars.set('_', input);
    s.vars.set('psitem', input);
  }
  if (args.length > 0) s.vars.set('args', { value: { kind: 'unknown' }, list: { items: [...args], open: false, kind: 'list', block: 0 } });
  let last = NOTHING;
  for (const each of parts(node)) last = evaluate(s, each);
  if (before.under) s.vars.set('_', before.under);
  return last;
}

/** Parameters of a function, in order. */
function paramsOf(s: Shell, node: Syntax): string[] {
  const out: string[] = [];
  const stack = [...node.children].reverse();
  for (let each = stack.pop(); each !== undefined; each = stack.pop()) {
    if (each.type === 'script_parameter') {
      const variable = each.children.find((part) => part.type === 'variable');
      if (variable !== undefined) out.push(text(s, variable).slice(1).toLowerCase());
    } else if (/^(?:function_parameter_declaration|param_block|parameter_list|script_block)$/.test(each.type))
      stack.push(...[...each.children].reverse());
  }
  return out;
}

function callOwn(s: Shell, node: Syntax, name: string, own: Syntax, call: Call): Abs {
  const { m } = s;
  const params = paramsOf(s, own);
  const given = new Map<string, Abs>(call.kw);
  let next = 0;
  for (const arg of call.args) {
    while (next < params.length && given.has(params[next]!)) next++;
    if (next < params.length) given.set(params[next++]!, arg);
  }
  params.forEach((param, index) => {
    edge(m, given.get(param)?.cell, cells.param(m.ctx.module, name, index), node, 'call');
  });
  const key = `${name}|${params.map((param) => textLike(given.get(param))?.slice(0, 300) ?? '?').join('|')}`;
  if (!s.walked.has(key) && s.walked.size < 400) {
    s.walked.add(key);
    s.queue.push({ name, node: own, args: { args: [], kw: given, recv: call.recv } });
  }
  return holeAbs(`${name}()`, freshId(m), cells.result(m.ctx.module, name));
}

/** Walks the bodies of called functions, then of those nobody calls. */
export function drain(s: Shell): void {
  const { m } = s;
  const rest = [...s.functions];
  for (let i = 0; ; i++) {
    let job = s.queue[i];
    if (job === undefined) {
      const next = rest.shift();
      if (next === undefined) break;
      i--;
      if ([...s.walked].some((key) => key.startsWith(`${next[0]}|`))) continue;
      job = { name: next[0], node: next[1], args: undefined };
    }
    const { name, node } = job;
    m.fn = name;
    m.depth = 0;
    s.vars = new Map(s.globals);
    s.returns = [];
    s.nested = 0;
    paramsOf(s, node).forEach((param, index) => {
      const cell = cells.param(m.ctx.module, name, index);
      const given = job.args?.kw.get(param);
      s.vars.set(
        param,
        given !== undefined && textOf(given.value) !== undefined ? { ...given, cell } : holeAbs(param, `${m.ctx.unit.id}.${name}.${param}`, cell),
      );
    });
    if (job.args?.recv) s.vars.set('input', job.args.recv);
    const body = node.children.find((each) => each.type === 'script_block');
    const last = evaluate(s, body);
    for (const cell of [...s.returns, last.cell]) edge(m, cell, cells.result(m.ctx.module, name), node, 'return');
  }
  m.fn = undefined;
}
