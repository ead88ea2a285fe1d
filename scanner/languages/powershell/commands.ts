/** Commands, method calls and script blocks of PowerShell: names resolved through aliases, `&` and string building; parameters by name or place; pipeline input as `recv`. */
import * as cells from '../../cells.ts';
import { decode } from '../../decode/codecs.ts';
import { known, textOf } from '../../value.ts';
import { parts, type Syntax } from '../grammar.ts';
import { type Abs, bytesAbs, type Call, holeAbs, joinText, type List, NOTHING, pieces, refOf, rowOf, strOf, textAbs, textLike } from '../python/abstract.ts';
import type { Api } from '../python/api.ts';
import { applyApi, resultOf, wholeEnv, writeFile } from '../python/effects.ts';
import { runList } from '../python/effects-process.ts';
import { edge, fileCell, freshId, join, type Place, port, portOf, state } from '../python/machine.ts';
import { joinPath } from '../python/operators.ts';
import { embedOnce } from '../python/shellwords.ts';
import { bareWord, evaluate, hole, set, type Shell, text, typeName } from './evaluate.ts';
import { ALIASES, CODERS, ROWS, SWITCHES } from './tables.ts';

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
  const elements = node.children.filter((each) => each.field === 'command_elements' || each.type === 'command_elements').flatMap((each) => each.children);
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
const FULL = ['uri', 'outfile', 'method', 'body', 'headers', 'infile', 'recurse', 'force', 'path', 'literalpath', 'destination', 'destinationpath', 'value', 'filepath', 'argumentlist', 'command', 'encodedcommand', 'file', 'scriptblock', 'action', 'name', 'verb', 'append', 'computername', 'credential', 'action', 'typedefinition', 'windowstyle', 'wait'];
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
    return specials(s, node, 'foreach-object', { args: blocks, kw: new Map(), recv: input }, { items: [], open: false, kind: 'list', block: 0 }) ?? NOTHING;
  }
  const head = node.children.find((each) => each.field === 'command_name' || each.type === 'command_name' || each.type === 'command_name_expr');
  const spelled = head === undefined ? NOTHING : head.type === 'command_name' ? textAbs(bareWord(text(s, head)).replace(/^["']|["']$/g, '')) : evaluate(s, parts(head)[0]);
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
  const path = parts(target).filter((each) => each.type !== 'command_argument_sep').map((each) => evaluate(s, each))[0];
  if (path !== undefined && textOf(path.value) !== '$null') writeFile(s.m, node, path, from, /^[0-9*]?>>/.test(text(s, node)));
}

function run(s: Shell, node: Syntax, spelled: Abs, call: Call, words: List, isDot: boolean): Abs {
  const { m } = s;
  if (spelled.fn !== undefined) return block(s, spelled, call.args, call.recv);
  const name = strOf(spelled) ?? textOf(spelled.value);
  if (name === undefined) {
    // `& $cmd`: what runs is data.
    const cell = spelled.cell;
    state(m, node, { kind: 'exec', how: 'process', program: spelled.value, argv: words.items.slice(0, 40).map((word) => word.value), code: 'file', path: spelled.value, ins: [port('code', cell), { cell: fileCell(m, spelled), role: 'code' }, ...words.items.map((word) => portOf('argv', word))] });
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
  const rows = rowOf(ROWS, key);
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
    state(m, node, { kind: 'exec', how: 'source', program: known('powershell'), argv: words.items.slice(0, 40).map((word) => word.value), code: 'file', path: known(name.replaceAll('\\', '/')), ins: [{ cell: cells.path(known(name.replaceAll('\\', '/')), m.ctx.unit.id), role: 'code' }, ...words.items.map((word) => portOf('argv', word)), portOf('stdin', call.recv)] });
    return hole(s, node);
  }
  return program(s, node, textAbs(name), words, call.recv);
}

/** A program outside PowerShell. `powershell -enc …` is read here; everything else by the shell reader. */
function program(s: Shell, node: Syntax, name: Abs, words: List, input: Abs | undefined): Abs {
  const { m } = s;
  const base = (strOf(name) ?? '').toLowerCase().replace(/^.*[\\/]/, '').replace(/\.exe$/, '');
  if (base === 'powershell' || base === 'pwsh') {
    const at = words.items.findIndex((word) => /^[-/](?:e|ec|en|enc|enco\w{0,12}|c|co|com\w{0,5}|f|file)$/i.test(textLike(word) ?? ''));
    const flag = (textLike(words.items[at]) ?? '').toLowerCase();
    const value = at < 0 ? words.items.find((word) => !/^-/.test(textLike(word) ?? '-')) : words.items[at + 1];
    if (value !== undefined && /^[-/]e/.test(flag)) {
      const code = transform(s, node, 'decode', 'base64', value, 'powershell -EncodedCommand', true);
      return applyApi(m, node, 'powershell', { do: 'code', how: 'eval', code: [0], language: 'powershell' }, { args: [code], kw: new Map() });
    }
    if (value !== undefined && !/^[-/]f/.test(flag)) return applyApi(m, node, 'powershell', { do: 'code', how: 'eval', code: [0], language: 'powershell' }, { args: [value.fn ? { value: value.value } : { ...value, value: joinText(words.items.slice(words.items.indexOf(value)).flatMap((word, index) => (index === 0 ? pieces(word) : [' ', ...pieces(word)]))) }], kw: new Map() });
  }
  return runList(m, node, 'command', { args: [], kw: new Map() }, { ...words, items: [name, ...words.items] }, input);
}

function specials(s: Shell, node: Syntax, key: string, call: Call, words: List): Abs | undefined {
  const { m } = s;
  switch (key) {
    case 'new-object': {
      const type = typeName(textLike(call.kw.get('typename') ?? call.args[0]) ?? '');
      if (call.kw.has('comobject') || call.kw.has('com')) return { ...hole(s, node), ref: `com:${(textLike(call.kw.get('comobject') ?? call.kw.get('com')) ?? '').toLowerCase()}()` };
      return construct(s, node, type, call.kw.get('argumentlist')?.list?.items ?? (call.kw.get('argumentlist') ? [call.kw.get('argumentlist')!] : call.args.slice(1).flatMap((arg) => arg.list?.items ?? [arg])));
    }
    case 'get-childitem':
    case 'get-item':
      if (/^env:/i.test(textLike(call.kw.get('path') ?? call.args[0]) ?? '')) return hole(s, node, wholeEnv(m, node));
      return undefined;
    case 'set-alias':
    case 'new-alias': {
      const [name, value] = [textLike(call.kw.get('name') ?? call.args[0]), textLike(call.kw.get('value') ?? call.args[1])];
      if (name !== undefined && value !== undefined) s.aliases.set(name.toLowerCase(), rowOf(ALIASES, value.toLowerCase()) ?? value.toLowerCase());
      return NOTHING;
    }
    case 'set-variable':
    case 'new-variable':
      set(s, node, textLike(call.kw.get('name') ?? call.args[0]) ?? '', call.kw.get('value') ?? call.args[1] ?? NOTHING);
      return NOTHING;
    case 'get-variable':
      return s.vars.get((textLike(call.kw.get('name') ?? call.args[0]) ?? '').toLowerCase());
    case 'get-command':
    case 'gcm':
      return call.args[0];
    case 'foreach-object':
    case 'where-object': {
      let last: Abs = call.recv ?? NOTHING;
      const items = call.recv?.list && !call.recv.list.open && call.recv.list.items.length <= 4_000 && call.recv.list.items.length * 10 < m.budget ? call.recv.list.items : [call.recv ?? NOTHING];
      m.budget -= items.length * 8;
      for (const each of [...call.args, ...call.kw.values()]) {
        if (each.fn === undefined) continue;
        const out = items.map((item) => block(s, each, [], item));
        last = out.length === 1 ? out[0]! : { value: { kind: 'unknown' }, list: { items: out, open: false, kind: 'list', block: 0 }, cell: join(m, node, out.slice(0, 50).map((item) => item.cell)) };
      }
      return key === 'where-object' ? call.recv : last;
    }
    case 'invoke-command':
    case 'start-job': {
      const body = call.kw.get('scriptblock') ?? call.args.find((arg) => arg.fn !== undefined);
      const remote = call.kw.get('computername');
      if (remote !== undefined) state(m, node, { kind: 'request', url: remote.value, method: 'WINRM', tool: key, sends: true, ins: [portOf('body', body)] });
      return body === undefined ? undefined : block(s, body, call.kw.get('argumentlist')?.list?.items ?? [], call.recv);
    }
    case 'start-process': {
      const file = call.kw.get('filepath') ?? call.args[0];
      const given = call.kw.get('argumentlist') ?? call.args[1];
      if (file === undefined) return NOTHING;
      const rest = given?.list?.items ?? (given === undefined ? [] : splitWords(given));
      if (/^runas$/i.test(textLike(call.kw.get('verb')) ?? '')) state(m, node, { kind: 'exec', how: 'process', program: file.value, argv: rest.map((word) => word.value), elevated: 'runas' });
      return program(s, node, file, { items: rest, open: false, kind: 'list', block: 0 }, call.recv);
    }
    case 'remove-item': {
      const path = call.kw.get('path') ?? call.kw.get('literalpath') ?? call.args[0] ?? call.recv ?? NOTHING;
      for (const each of path.list?.items ?? [path]) state(m, node, { kind: 'delete', path: each.value, ...(call.kw.has('recurse') ? { recursive: true } : {}), ...(call.kw.has('force') ? { force: true } : {}), how: 'remove', ins: [{ cell: fileCell(m, each), role: 'path' }] });
      return NOTHING;
    }
    case 'new-itemproperty':
    case 'set-itemproperty': {
      const path = textLike(call.kw.get('path') ?? call.args[0]) ?? '';
      const value = call.kw.get('value') ?? call.args[2];
      if (/\\(?:Run|RunOnce)\\?$/i.test(path) || /\\Winlogon$/i.test(path)) state(m, node, { kind: 'persist', mechanism: 'run-key', path: known(path), ...(value ? { command: value.value } : {}), ins: [portOf('code', value)] });
      return NOTHING;
    }
    case 'new-scheduledtaskaction':
      return { value: joinText([...pieces(call.kw.get('execute') ?? call.args[0] ?? NOTHING), ' ', ...pieces(call.kw.get('argument') ?? call.args[1] ?? textAbs(''))]), cell: join(m, node, words.items.map((word) => word.cell)) };
    case 'new-item': {
      const value = call.kw.get('value');
      const path = call.kw.get('path') ?? call.args[0];
      if (path !== undefined && value !== undefined) writeFile(m, node, path, value, false);
      return path ?? NOTHING;
    }
    case 'join-path':
      return { ...joinPath([call.kw.get('path') ?? call.args[0] ?? NOTHING, call.kw.get('childpath') ?? call.args.at(-1) ?? NOTHING]), cell: join(m, node, words.items.map((word) => word.cell)) };
    case 'convertto-securestring':
    case 'out-string':
    case 'out-null':
    case 'convertto-json':
    case 'select-object':
    case 'sort-object':
      return { ...hole(s, node, join(m, node, [call.recv?.cell, ...call.args.map((arg) => arg.cell)])), ...(key === 'out-string' && call.recv ? { value: call.recv.value, via: call.recv.via } : {}) };
    case 'set-mppreference':
    case 'add-mppreference':
    case 'set-executionpolicy': {
      const isPolicy = key === 'set-executionpolicy';
      const value = isPolicy ? (call.kw.get('executionpolicy') ?? call.args[0]) : undefined;
      if (isPolicy && !/^(?:bypass|unrestricted)$/i.test(textLike(value) ?? '')) return NOTHING;
      state(m, node, { kind: 'config', system: 'os', key: isPolicy ? 'ExecutionPolicy' : [...call.kw.keys()].join(','), value: value?.value ?? known('true'), effect: 'disable-protection', via: 'command' });
      return NOTHING;
    }
    default:
      return undefined;
  }
}

const splitWords = (abs: Abs): Abs[] => {
  const body = strOf(abs);
  return body === undefined || /["'`$]/.test(body) ? [abs] : body.split(/\s+/).filter((word) => word !== '').map((word) => textAbs(word));
};

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
    } else if (/^(?:function_parameter_declaration|param_block|parameter_list|script_block)$/.test(each.type)) stack.push(...[...each.children].reverse());
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
      s.vars.set(param, given !== undefined && textOf(given.value) !== undefined ? { ...given, cell } : holeAbs(param, `${m.ctx.unit.id}.${name}.${param}`, cell));
    });
    if (job.args?.recv) s.vars.set('input', job.args.recv);
    const body = node.children.find((each) => each.type === 'script_block');
    const last = evaluate(s, body);
    for (const cell of [...s.returns, last.cell]) edge(m, cell, cells.result(m.ctx.module, name), node, 'return');
  }
  m.fn = undefined;
}

function construct(s: Shell, at: Place, type: string, args: readonly Abs[]): Abs {
  const { m } = s;
  const call: Call = { args, kw: new Map() };
  if (/^io\.compression\.(?:gzip|deflate)stream$/.test(type)) return transform(s, at, 'decompress', type.includes('gzip') ? 'gzip' : 'deflate', args[0] ?? NOTHING, type);
  if (/^io\.(?:memorystream|streamreader)$/.test(type)) return { ...(args[0] ?? NOTHING), ref: `${type}()` };
  const rows = rowOf(ROWS, type);
  const made = rows === undefined || Array.isArray(rows) ? resultOf(m, at, type, call, join(m, at, args.map((arg) => arg.cell))) : applyApi(m, at, type, rows as Api, call);
  return { ...made, ref: `${type}()` };
}

function transform(s: Shell, at: Place, op: 'decode' | 'encode' | 'compress' | 'decompress' | 'encrypt' | 'decrypt' | 'build', codec: string, data: Abs, ref: string, wide = false): Abs {
  const { m } = s;
  const out = m.ctx.local(`${codec}@${at.start}:${at.end}`);
  state(m, at, { kind: 'transform', op, codec, ins: [portOf('data', data)], outs: [port('value', out)] });
  edge(m, data.cell, out, at);
  const body = textOf(data.value);
  if (body !== undefined && (op === 'decode' || op === 'decompress')) {
    let bytes = decode(codec, data.bytes && op === 'decompress' ? data.bytes : body, m.limits);
    if (bytes !== undefined && wide) bytes = decode('utf-16le', bytes, m.limits) ?? bytes;
    if (bytes !== undefined) return { ...bytesAbs(bytes, [...(data.via ?? []), codec].slice(-8)), cell: out };
  }
  return holeAbs(`${ref}()`, freshId(m), out);
}

/** `object.Member`, `object.Method(…)`, `[Type]::Method(…)`. `beside` are arguments that the grammar put next to the member. */
export function invoke(s: Shell, node: Syntax, beside: Syntax | undefined): Abs {
  const { m } = s;
  const [objectNode, memberNode, listNode] = parts(node);
  const object = evaluate(s, objectNode);
  const inner = memberNode === undefined ? undefined : parts(memberNode)[0];
  const memberAbs = inner === undefined || inner.type === 'simple_name' ? undefined : evaluate(s, inner);
  const member = (memberAbs === undefined ? bareWord(text(s, memberNode)) : (textLike(memberAbs) ?? '?')).toLowerCase();
  const list = beside ?? (listNode?.type === 'argument_list' ? listNode : undefined);
  const args = list === undefined ? [] : parts(list).flatMap((each) => parts(each)).map((each) => evaluate(s, each));
  const call: Call = { args, kw: new Map(), recv: object };
  const ref = object.ref === undefined ? undefined : `${object.ref}.${member}`;
  const cell = join(m, node, [object.cell, ...args.map((arg) => arg.cell)], 'call');
  if (list === undefined && node.type === 'member_access') {
    if (member === 'length' && strOf(object) !== undefined) return { ...NOTHING, num: strOf(object)!.length, value: known(String(strOf(object)!.length)) };
    return hole(s, node, object.cell, { ...(ref ? { ref } : {}), recv: object, ...(object.sink ? { sink: object.sink } : {}) });
  }
  if (object.fn !== undefined && /^invoke/.test(member)) return block(s, object, args, undefined);
  if (object.ref === 'scriptblock.create()' || (object.ref === 'scriptblock' && /^invoke/.test(member))) return hole(s, node, cell);
  if (ref !== undefined) {
    if (member === 'new' && /^[a-z.]+$/.test(object.ref ?? '')) return construct(s, node, object.ref!, args);
    const coder = rowOf(CODERS, ref);
    if (coder !== undefined) return transform(s, node, coder.op, coder.codec, args[0] ?? object, ref);
    const rows = rowOf(ROWS, ref);
    if (rows !== undefined) {
      let result: Abs = NOTHING;
      for (const row of Array.isArray(rows) ? (rows as readonly Api[]) : [rows as Api]) result = applyApi(m, node, ref, row, call);
      return result;
    }
    if (/^text\.encoding\.\w{1,20}\.getstring$/.test(ref)) {
      const bytes = args[0]?.bytes;
      const wide = /unicode/.test(ref) && bytes !== undefined ? decode('utf-16le', bytes, m.limits) : bytes;
      return wide === undefined ? hole(s, node, cell) : { ...bytesAbs(wide, args[0]?.via), bytes: undefined, cell };
    }
    if (/^text\.encoding\.\w{1,20}\.getbytes$/.test(ref)) {
      const body = strOf(args[0]);
      return body === undefined ? hole(s, node, cell) : { ...bytesAbs(Buffer.from(body, 'utf8')), cell };
    }
    if (/^com:wscript\.shell\(\)\.(?:run|exec)$/.test(ref)) return applyApi(m, node, ref, { do: 'shell', command: [0] }, call);
    if (/^com:(?:msxml2\.xmlhttp|microsoft\.xmlhttp|winhttp\.winhttprequest\.5\.1)\(\)\.open$/.test(ref)) return applyApi(m, node, ref, { do: 'request', method: [0], url: [1] }, call);
    if (/^com:internetexplorer\.application\(\)\.navigate$/.test(ref)) return applyApi(m, node, ref, { do: 'request', method: 'GET', url: [0] }, call);
    if (ref === 'array.reverse' && args[0]?.list && !args[0].list.open) {
      args[0].list.items.reverse();
      return NOTHING;
    }
    if (ref === 'string.join') return { ...(args[1]?.list && !args[1].list.open ? { value: joinText(args[1].list.items.flatMap((item, index) => (index === 0 ? pieces(item) : [...pieces(args[0] ?? NOTHING), ...pieces(item)]))) } : NOTHING), cell };
    if (ref === 'string.concat') return { value: joinText(args.flatMap((arg) => pieces(arg))), cell };
    if (ref === 'environment.getfolderpath') return { ...textAbs('~'), cell };
  }
  const folded = method(member, object, args);
  if (folded !== undefined) return { ...folded, cell };
  // Streams of a connection: what is written goes out, what is read came in.
  if (/^(?:write|writeline|send|flush)$/.test(member)) {
    for (const arg of args) edge(m, arg.cell, object.sink ?? object.cell, node, 'concat');
  }
  if (/^(?:invoke|begininvoke)$/.test(member) && refOf(object) === undefined && textOf(object.value) !== undefined) {
    embedOnce(m, node, 'powershell', textOf(object.value)!, object, 'script block');
  }
  return resultOf(m, node, ref ?? `?.${member}`, call, cell, object.sink ? { sink: object.sink } : {});
}

/** String methods over constants. */
function method(member: string, object: Abs, args: readonly Abs[]): Abs | undefined {
  const body = strOf(object);
  if (member === 'tostring' && refOf(object) === undefined) return { ...object, span: undefined };
  if (body === undefined) return undefined;
  const [a, b] = [args[0], args[1]];
  switch (member) {
    case 'replace': {
      const [from, to] = [strOf(a), strOf(b)];
      return from === undefined || to === undefined || from === '' ? undefined : textAbs(body.replaceAll(from, () => to), { via: object.via });
    }
    case 'substring':
      return a?.num === undefined ? undefined : textAbs(body.slice(a.num, b?.num === undefined ? undefined : a.num + b.num));
    case 'tolower':
      return textAbs(body.toLowerCase());
    case 'toupper':
      return textAbs(body.toUpperCase());
    case 'trim':
      return textAbs(body.trim());
    case 'insert':
      return a?.num === undefined || strOf(b) === undefined ? undefined : textAbs(body.slice(0, a.num) + strOf(b)! + body.slice(a.num));
    case 'tochararray':
      return body.length > 65_536 ? undefined : { value: { kind: 'unknown' }, list: { items: [...body].map((char) => textAbs(char)), open: false, kind: 'list', block: 0 } };
    case 'split': {
      const by = strOf(a);
      return by === undefined || by === '' ? undefined : { value: { kind: 'unknown' }, list: { items: body.split(by).slice(0, 65_536).map((word) => textAbs(word)), open: false, kind: 'list', block: 0 } };
    }
    default:
      return undefined;
  }
}
