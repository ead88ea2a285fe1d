/**
 * From a flat program to facts: each call that the table knows is stated with folded arguments, what it runs is embedded, what it yields flows on through variables of the unit.
 * Names are taken unit-wide: two functions that share a variable name share it here too, which can only connect too much.
 */
import * as cells from '../../cells.ts';
import type { Cell, ExecFact, Port, Role, Value } from '../../model.ts';
import { known, partsOf, show, textOf, unknown } from '../../value.ts';
import { collapsed, type ReadContext, shifted } from '../contract.ts';
import { type Call, listOf, type Program, valueOf } from './program.ts';

const SHELLS = /^(?:ba|z|da|k|a)?sh$|^(?:cmd|powershell|pwsh)$/i;
const INTERPRETERS = /^(?:(?:ba|z|da|k|a)?sh|python[\d.]{0,4}|node|perl|ruby|php|deno|bun|pwsh|powershell|osascript|wscript|cscript|java|lua|Rscript)(?:\.exe)?$/i;
const base = (text: string): string => text.slice(Math.max(text.lastIndexOf('/'), text.lastIndexOf('\\')) + 1).replace(/\.exe$/i, '');

interface Range {
  readonly start: number;
  readonly end: number;
}
const rangeOf = (program: Program, from: number, to: number): Range => ({ start: program.tokens[from]?.start ?? 0, end: program.tokens[Math.max(from, Math.min(to, program.tokens.length) - 1)]?.end ?? 0 });

/** A value as text for another reader: holes as shell variables. */
const asShell = (value: Value): string =>
  partsOf(value)
    .map((part) => (typeof part === 'string' ? part : `\${${(part.env ?? part.name ?? 'value').replace(/\W/g, '_').slice(0, 40) || 'value'}}`))
    .join('');
const quoted = (value: Value): string => {
  const text = asShell(value);
  if (/^[\w@%+=:,./-]{1,1000}$/.test(text)) return text;
  return value.kind === 'known' ? `'${text.replaceAll("'", "'\\''")}'` : `"${text.replace(/["`\\]/g, '\\$&')}"`;
};

/** What the walk keeps. */
export interface Walk {
  readonly program: Program;
  readonly ctx: ReadContext;
  /** True if a socket is opened: a bare shell beside it is wired to it. */
  connected: boolean;
  /** Standard streams were tied to the socket. */
  wired?: boolean;
}

/** Variables and results that a token range uses. */
function ports(walk: Walk, from: number, to: number, role: Role): Port[] {
  const { program, ctx } = walk;
  const seen = new Set<Cell>();
  for (let index = from; index < to && seen.size < 20; index++) {
    const token = program.tokens[index]!;
    if (token.kind === 'word') {
      const call = program.callAt.get(index);
      if (call?.api !== undefined) seen.add(ctx.local(`call@${call.close}`));
      else seen.add(ctx.local(token.text.replace(/^[$@%&]/, '')));
    } else if (token.kind === 'shell') seen.add(ctx.local(`shell@${index}`));
    for (const part of token.parts ?? []) if (typeof part === 'object' && part.name !== undefined) seen.add(ctx.local(/^[$@%&]?(\w{1,80})/.exec(part.name)?.[1] ?? part.name));
  }
  return [...seen].map((cell) => ({ cell, role }));
}

/** Runs a command line: stated, and read as shell. */
function shell(walk: Walk, value: Value, from: number, to: number, result: Cell, how: string): void {
  const { program, ctx } = walk;
  const { start, end } = rangeOf(program, from, to);
  const windows = program.language === 'vb' || program.language === 'csharp' || /^(?:cmd(?:\.exe)?\b|powershell)/i.test(asShell(value).trimStart());
  const language = windows ? 'batch' : 'shell';
  if (value.kind !== 'known') {
    ctx.fact(start, end, { kind: 'exec', how: 'shell', program: known(windows ? 'cmd' : 'sh'), argv: [value], code: 'argument', ins: ports(walk, from, to, 'code'), outs: [{ cell: result, role: 'value' }] });
  }
  if (value.kind === 'unknown') return;
  const token = to - from === 1 ? program.tokens[from] : undefined;
  const literal = token?.inner !== undefined && (token.kind === 'string' || token.kind === 'shell');
  const unit = ctx.embed(language, literal ? token.text : asShell(value), literal ? shifted(token.inner, token.inner + token.text.length) : collapsed(start, end), { role: 'embedded', unwrapped: [how] });
  ctx.edge(ctx.cellsOf(unit).stdout, result, start, end, 'pipe');
}

/** Runs a program with arguments. */
function spawn(walk: Walk, name: Value, args: readonly Value[], at: Range, ins: readonly Port[], result: Cell, how: string): void {
  const { ctx } = walk;
  const text = textOf(name);
  const head = text === undefined ? undefined : base(text);
  const words = [name, ...args];
  const isShell = head !== undefined && SHELLS.test(head);
  const flag = isShell ? args.findIndex((arg) => /^(?:-l?i?c|\/c|\/k|-command|-enc|-encodedcommand|-e)$/i.test(textOf(arg) ?? '')) : -1;
  const interactive = isShell && flag < 0 && args.every((arg) => /^-/.test(textOf(arg) ?? 'x'));
  const allKnown = words.every((word) => word.kind === 'known');
  const file = head !== undefined && INTERPRETERS.test(head) && flag < 0 ? args.find((arg) => !/^-/.test(textOf(arg) ?? '')) : undefined;
  if (!allKnown || interactive) {
    const fact: Omit<ExecFact, 'id' | 'unit' | 'at' | 'kind'> = {
      how: 'process',
      program: head === undefined ? name : known(head),
      argv: args,
      ...(flag >= 0 ? { code: 'argument' as const } : file === undefined ? {} : { code: 'file' as const, path: file }),
      ...(interactive && walk.connected ? { socket: true } : {}),
      ins: [...ins.map((port) => ({ ...port, role: flag >= 0 || text === undefined ? ('code' as const) : port.role })), ...(file === undefined || file.kind === 'unknown' ? [] : [{ cell: cells.path(file, ctx.unit.id), role: 'code' as const }])],
      outs: [{ cell: result, role: 'value' }],
    };
    ctx.fact(at.start, at.end, { kind: 'exec', ...fact });
  }
  if (text === undefined) return;
  const windows = /^(?:cmd|powershell|pwsh|certutil|bitsadmin|reg|schtasks|mshta|rundll32|regsvr32|wmic)$/i.test(head ?? '');
  const line = windows ? words.map((word) => (/[\s&|<>^]/.test(asShell(word)) && word !== words[flag + 1] ? `"${asShell(word)}"` : asShell(word))).join(' ') : words.map(quoted).join(' ');
  const unit = ctx.embed(windows ? 'batch' : 'shell', line, collapsed(at.start, at.end), { role: 'embedded', unwrapped: [how] });
  ctx.edge(ctx.cellsOf(unit).stdout, result, at.start, at.end, 'pipe');
}

/** Chained or later `.arg(x)`, `.args([…])` of a builder. */
function builderArguments(walk: Walk, call: Call, variable: string | undefined): { readonly values: Value[]; readonly ranges: (readonly [number, number])[] } {
  const { program } = walk;
  const ranges: (readonly [number, number])[] = [];
  for (let order = call.order + 1; order < program.calls.length; order++) {
    const other = program.calls[order]!;
    if (other.at > call.at + 600) break;
    const chained = other.first === call.first && other.name.startsWith(call.name);
    const later = variable !== undefined && program.tokens[other.first]?.text === variable;
    if (!chained && !later) continue;
    const method = /\.(arg|args|command|raw_arg)$/.exec(other.name)?.[1];
    if (method === 'arg' || method === 'raw_arg') ranges.push(...other.args.slice(0, 1));
    else if (method !== undefined) for (const [from, to] of other.args) ranges.push(...listOf(program, from, to));
  }
  return { values: ranges.map(([from, to]) => valueOf(program, from, to)), ranges };
}

const address = (value: Value): string => show(value);
const looksLikeUrl = (value: Value): boolean => /^(?:https?|ftp|wss?):\/\//i.test(asShell(value)) || value.kind !== 'known';

/** States one call of the table. */
export function stateCall(walk: Walk, call: Call, assigned: string | undefined): void {
  const { program, ctx } = walk;
  const { api } = call;
  if (api === undefined) return;
  ctx.step();
  const at = rangeOf(program, call.first, call.close);
  const result = ctx.local(`call@${call.close}`);
  const argument = call.args[api.at ?? 0] ?? call.args[0];
  const value = argument === undefined ? unknown : valueOf(program, argument[0], argument[1]);
  const all = call.args.length === 0 ? [] : ports(walk, call.args[0]![0], call.args.at(-1)![1], 'data');
  const role = (to: Role): Port[] => all.map((port) => ({ ...port, role: to }));
  const out = (to: Role = 'value'): Port[] => [{ cell: result, role: to }];
  const name = call.name;
  switch (api.does) {
    case 'shell': {
      // A list of words runs without a shell.
      const values = call.args.map(([from, to]) => valueOf(program, from, to));
      const list = argument === undefined ? [] : listOf(program, argument[0], argument[1]);
      if (list.length > 1) return spawn(walk, valueOf(program, ...list[0]!), list.slice(1).map(([from, to]) => valueOf(program, from, to)), at, role('argv'), result, name);
      if (argument !== undefined && call.args.length > 1 && ['ruby', 'perl'].includes(program.language) && values[1]!.kind === 'known' && !/^(?:in|out|err|chdir|r|w)$/.test(textOf(values[1]) ?? '')) return spawn(walk, value, values.slice(1), at, role('argv'), result, name);
      if (argument !== undefined) shell(walk, value, argument[0], argument[1], result, name);
      return;
    }
    case 'process': {
      const builder = program.language === 'rust' ? builderArguments(walk, call, assigned) : undefined;
      const list = argument === undefined ? [] : listOf(program, argument[0], argument[1]);
      const ranges = list.length > 1 ? list : [...call.args.slice(api.at ?? 0).flatMap(([from, to], index) => (index === 0 ? [[from, to] as const] : listOf(program, from, to))), ...(builder?.ranges ?? [])];
      const values = ranges.map(([from, to]) => valueOf(program, from, to));
      // C's exec family repeats the name as first argument and ends in NULL; C# gives all arguments in one string.
      const rest = values.slice(1).filter((item) => !/^(?:NULL|nil|nullptr)$/.test(partsOf(item).map((part) => (typeof part === 'string' ? part : (part.name ?? ''))).join('')));
      const cleaned = program.language === 'c' && rest.length > 0 ? rest.slice(1) : program.language === 'csharp' && rest.length === 1 ? splitWords(rest[0]!) : rest;
      const ins = [...role('argv'), ...(builder?.ranges ?? []).flatMap(([from, to]) => ports(walk, from, to, 'argv'))];
      if (values.length > 0) spawn(walk, values[0]!, cleaned, at, ins, result, name);
      return;
    }
    case 'eval': {
      if (program.language === 'php' && /^(?:include|require)/.test(name)) {
        ctx.fact(at.start, at.end, { kind: 'exec', how: 'import', program: known(name), argv: [], code: looksLikeUrl(value) && value.kind === 'known' ? 'url' : 'file', path: value, ins: role('code') });
        return;
      }
      if (value.kind === 'known' && (program.language === 'r' || program.language === 'tcl') && name === 'source') {
        ctx.fact(at.start, at.end, { kind: 'exec', how: 'source', program: known(name), argv: [], code: /^https?:/.test(value.text) ? 'url' : 'file', path: value, ins: [{ cell: cells.path(value, ctx.unit.id), role: 'code' }] });
        if (/^https?:/.test(value.text)) ctx.fact(at.start, at.end, { kind: 'request', url: value, method: 'GET', tool: name, outs: [{ cell: cells.path(value, ctx.unit.id), role: 'response' }] });
        return;
      }
      ctx.fact(at.start, at.end, { kind: 'exec', how: 'eval', program: known(name), argv: [value], code: 'argument', ins: role('code'), outs: out() });
      if (value.kind === 'known' && value.text.length > 3) ctx.embed(program.language, value.text, collapsed(at.start, at.end), { role: 'embedded', unwrapped: [name] });
      return;
    }
    case 'native':
    case 'reflect':
    case 'deserialize':
      ctx.fact(at.start, at.end, { kind: 'exec', how: api.does, program: known(name), argv: [value], ...(api.does === 'native' ? { code: 'file' as const, path: value } : {}), ins: role(api.does === 'deserialize' ? 'code' : 'path'), outs: out() });
      return;
    case 'request': {
      const named = call.args.map(([from, to]) => valueOf(program, from, to)).find((item) => /^(?:https?|ftp|wss?):\/\//i.test(asShell(item)));
      const url = named ?? value;
      // Names such as `open` and `URL` also make file paths: without an address it is no request.
      if (named === undefined && (value.kind === 'known' || /^(?:file_get_contents|fopen|copy|readfile|url|download|open|URL|URI|new URL)$|\.(?:open|url)$|\.(?:URL|URI)$/i.test(name))) {
        if (/^(?:file_get_contents|fopen|readfile)$/.test(name)) ctx.fact(at.start, at.end, { kind: 'read', path: value, ins: [{ cell: cells.path(value, ctx.unit.id), role: 'path' }], outs: out() });
        return;
      }
      const verb = /(?:^|[."'])(POST|PUT|PATCH|DELETE)\b/.exec(call.args.map(([from, to]) => textOf(valueOf(program, from, to)) ?? '').join(' '))?.[1];
      const sends = api.method === 'POST' || verb !== undefined || chainSends(program, call);
      const others = call.args.filter((range) => range !== argument).flatMap(([from, to]) => ports(walk, from, to, 'body'));
      const body = [...others, ...chainBodies(walk, call)];
      ctx.fact(at.start, at.end, { kind: 'request', url, method: verb ?? (sends ? 'POST' : (api.method ?? 'GET')), tool: name.slice(0, 80), ...(sends ? { sends: true } : {}), ins: [...(argument === undefined ? [] : ports(walk, argument[0], argument[1], 'url')), ...body], outs: out('response') });
      // Downloads name their target.
      const target = /download|DownloadFile|URLDownloadToFile|copy/i.test(name) ? call.args.map(([from, to]) => valueOf(program, from, to)).filter((item) => item !== url && item.kind !== 'unknown' && !/^https?:/.test(asShell(item)) && asShell(item).length > 1).at(-1) : undefined;
      if (target !== undefined) ctx.fact(at.start, at.end, { kind: 'write', path: target, ins: [{ cell: result, role: 'content' }], outs: [{ cell: cells.path(target, ctx.unit.id), role: 'content' }] });
      return;
    }
    case 'socket': {
      walk.connected = true;
      const values = call.args.map(([from, to]) => valueOf(program, from, to));
      const host = values.slice(api.at ?? 0).map(address).filter((text) => text !== '' && text !== '${…}').slice(0, 2).join(':');
      ctx.fact(at.start, at.end, { kind: 'request', url: values.some((item) => item.kind === 'known') ? known(`tcp://${host}`) : value, method: 'TCP', tool: name.slice(0, 80), ins: role('url'), outs: out('response') });
      return;
    }
    case 'listen': {
      const text = call.args.map(([from, to]) => show(valueOf(program, from, to))).join(':');
      const host = /^((?:\d{1,3}\.){3}\d{1,3}|localhost|\[?::1?\]?|\*)?:?(\d{1,5})?/.exec(text);
      ctx.fact(at.start, at.end, { kind: 'listen', host: known(host?.[1] || '0.0.0.0'), ...(host?.[2] ? { port: known(host[2]) } : {}) });
      return;
    }
    case 'env':
      ctx.fact(at.start, at.end, { kind: 'env', name: call.args.length === 0 || /(?:vars(?:_os)?|Environ|Variables|to_h|to_hash|getEnvironment)$/.test(name) ? known('*') : value, outs: out() });
      return;
    case 'env-set': {
      const key = textOf(value);
      if (key !== undefined && call.args[1] !== undefined) for (const port of ports(walk, call.args[1][0], call.args[1][1], 'value')) ctx.edge(port.cell, cells.env(key), at.start, at.end, 'assign');
      return;
    }
    case 'open': {
      const mode = call.args.slice(1).map(([from, to]) => textOf(valueOf(program, from, to)) ?? '').join(' ');
      if (program.language === 'ruby' && /^\|/.test(textOf(value) ?? '')) return shell(walk, known(textOf(value)!.slice(1)), argument![0], argument![1], result, name);
      if (/[wax+]/.test(mode)) write(walk, value, at, result, assigned, mode.includes('a'));
      else ctx.fact(at.start, at.end, { kind: 'read', path: value, ins: [{ cell: cells.path(value, ctx.unit.id), role: 'path' }], outs: out() });
      return;
    }
    case 'read':
      if (/^(?:String|Data|NSData|NSDictionary|FileHandle|File|Pathname\.new|read|file|scan|load)$/.test(name) && (value.kind === 'unknown' || !/[./~\\]/.test(asShell(value)) || (program.language === 'swift' && !/contentsOf|forReadingAtPath|atPath/.test(program.tokens[call.args[0]?.[0] ?? 0]?.text ?? '')))) return;
      if (/^https?:/.test(asShell(value))) ctx.fact(at.start, at.end, { kind: 'request', url: value, method: 'GET', tool: name, outs: out('response') });
      else ctx.fact(at.start, at.end, { kind: 'read', path: value, ...(/(?:walk|Walk|list|glob|Glob|GetFiles|EnumerateFiles|readdir|read_dir|scandir|entries|children|enumerator|contentsOfDirectory|ReadDir)/.test(name) ? { many: true } : {}), ins: [{ cell: cells.path(value, ctx.unit.id), role: 'path' }], outs: out() });
      return;
    case 'write': {
      const contents = call.args.filter((range) => range !== argument).flatMap(([from, to]) => ports(walk, from, to, 'content'));
      const content = call.args.filter((range) => range !== argument)[0];
      ctx.fact(at.start, at.end, {
        kind: 'write',
        path: value,
        ...(api.append ? { append: true } : {}),
        ...(content === undefined ? {} : { content: valueOf(program, content[0], content[1]) }),
        ins: contents,
        outs: [{ cell: cells.path(value, ctx.unit.id), role: 'content' }],
      });
      if (assigned !== undefined) ctx.edge(ctx.local(assigned.replace(/^[$@%]/, '')), cells.path(value, ctx.unit.id), at.start, at.end, 'file');
      return;
    }
    case 'delete':
      ctx.fact(at.start, at.end, { kind: 'delete', path: value, how: 'remove', ...(api.recursive || call.args.some(([from, to]) => /recursive|TRUE|true/.test(program.tokens.slice(from, Math.min(to, from + 6)).map((token) => token.text).join(' '))) ? { recursive: true } : {}) });
      return;
    case 'decode':
    case 'decompress':
    case 'encode':
      ctx.fact(at.start, at.end, { kind: 'transform', op: api.does, codec: api.codec ?? 'unknown', ins: role('data'), outs: out() });
      return;
    case 'clipboard':
      ctx.fact(at.start, at.end, { kind: 'capture', what: 'clipboard', tool: name.slice(0, 80), outs: out() });
      return;
    case 'screen':
      ctx.fact(at.start, at.end, { kind: 'capture', what: 'screen', tool: name.slice(0, 80), outs: out() });
      return;
    case 'install':
      ctx.fact(at.start, at.end, { kind: 'install', manager: program.language === 'r' ? 'cran' : program.language, name: value, pinned: false, from: /github|git/i.test(name) ? 'vcs' : 'registry' });
      return;
    case 'import':
      ctx.fact(at.start, at.end, { kind: 'exec', how: 'import', program: known(name), argv: [value], code: 'file', path: value, ins: role('code') });
      return;
  }
}

function write(walk: Walk, path: Value, at: Range, result: Cell, assigned: string | undefined, append: boolean): void {
  const { ctx } = walk;
  const handle = assigned === undefined ? result : ctx.local(assigned.replace(/^[$@%]/, ''));
  ctx.fact(at.start, at.end, { kind: 'write', path, ...(append ? { append } : {}), ins: [{ cell: handle, role: 'content' }], outs: [{ cell: cells.path(path, ctx.unit.id), role: 'content' }] });
}

/** `"/c calc.exe"` as C# gives arguments. */
const splitWords = (value: Value): Value[] => {
  const text = textOf(value);
  if (text === undefined) return [value];
  const flag = /^\s{0,10}(\/c|\/k|-c|-command|-enc|-EncodedCommand)\s/i.exec(text);
  return flag === null ? text.split(/\s{1,20}/).filter((word) => word !== '').map(known) : [known(flag[1]!), known(text.slice(flag[0].length))];
};

/** Does a builder chain behind a request send data? */
const chainSends = (program: Program, call: Call): boolean => (program.chains.get(call.first) ?? []).slice(0, 100).some((other) => other.at > call.at && /\.(?:body|json|form|multipart|send_json|send_string|send_form|send_bytes|post|POST|put|PUT|setBody|query)$/.test(other.name));
const chainBodies = (walk: Walk, call: Call): Port[] =>
  (walk.program.chains.get(call.first) ?? [])
    .slice(0, 100)
    .filter((other) => other.at > call.at && /\.(?:body|json|form|multipart|send|send_json|send_string|send_form|send_bytes|post|POST|put|PUT|setBody|query|header|headers)$/.test(other.name))
    .flatMap((other) => other.args.flatMap(([from, to]) => ports(walk, from, to, /query$/.test(other.name) ? 'query' : /header/.test(other.name) ? 'header' : 'body')));

/** Backticks and their like. */
export function stateShellLiteral(walk: Walk, index: number): void {
  const token = walk.program.tokens[index]!;
  const value = valueOfLiteral(walk.program, index);
  shell(walk, value, index, index + 1, walk.ctx.local(`shell@${index}`), 'backticks');
}
const valueOfLiteral = (program: Program, index: number): Value => {
  const token = program.tokens[index]!;
  return valueOf({ ...program, tokens: [{ ...token, kind: 'string' }], partner: new Int32Array([-1]) }, 0, 1);
};

export { ports, rangeOf, shell, spawn };
