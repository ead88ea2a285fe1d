/**
 * Programs and code: shell strings and known argument lists are handed to the shell reader (holes become `$1`, `$2`, joined to the data that fills them), known source to
 * its reader, unknown source stays an exec fact whose `code` port says where it comes from.
 */
import * as cells from '../../cells.ts';
import { bytesToText, looksLikeText } from '../../decode/codecs.ts';
import type { Cell, Value } from '../../model.ts';
import { known, partsOf, show, textOf, unknown } from '../../value.ts';
import { type Call, callBack } from './calls.ts';
import { tracked } from './handles.ts';
import { loadModule } from './imports.ts';
import { BUILTIN, canonical } from './modules.ts';
import { addPorts, cellAt, cellsOf, draftOf, edge, portsOf, type Run, state } from './run.ts';
import { alternatives, asString, stringOf, type Thing, UNKNOWN, union, valueOf, wrapsOf } from './thing.ts';

const option = (thing: Thing | undefined, name: string): Thing | undefined =>
  thing?.box?.items === undefined ? thing?.box?.props.get(name) : undefined;
const optionsOf = (c: Call): Thing | undefined => c.args.findLast((arg) => arg.box !== undefined && arg.box.items === undefined);

const basename = (value: Value): Value => {
  const text = textOf(value);
  return text === undefined ? value : known(text.slice(Math.max(text.lastIndexOf('/'), text.lastIndexOf('\\')) + 1));
};

/** The common part of a started program: its streams, its callback, its handle. */
function child(r: Run, c: Call, handle: number, out: Cell, options: Thing | undefined): Thing {
  const input = option(options, 'input') ?? option(options, 'stdin');
  const draft = draftOf(r, handle);
  if (draft !== undefined) {
    if (input !== undefined) addPorts(draft.ins, portsOf(cellsOf(r, input, c), 'stdin'));
    const stdio = option(options, 'stdio');
    if (stdio?.box?.items?.some((item) => item.api?.startsWith('net.Socket()') || item.api === 'socket()')) draft.socket = true;
  }
  const callback = c.args.at(-1);
  const result: Thing = { cells: [out], api: 'child()', handle };
  if (callback?.fn !== undefined) callBack(r, callback, [UNKNOWN, { cells: [out] }, { cells: [out] }], c);
  return result;
}

// -------------------------------------------------------------------------------------------------------------------- shell text

const quote = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** Text for the shell reader, holes as `$1`…: environment names stay names. */
function spell(parts: readonly Value[], quoted: boolean): { text: string; holes: number[] } {
  let text = '';
  const holes: number[] = [];
  parts.forEach((value, index) => {
    if (index > 0) text += ' ';
    for (const part of partsOf(value)) {
      if (typeof part === 'string') text += quoted ? quote(part) : part;
      else if (part.env !== undefined && /^[A-Za-z_]\w{0,80}$/.test(part.env)) text += quoted ? `"\${${part.env}}"` : `\${${part.env}}`;
      else {
        holes.push(index);
        text += quoted ? `"\${${holes.length}}"` : `\${${holes.length}}`;
      }
    }
  });
  return { text, holes };
}

/** Embeds a command and joins its arguments and output. */
function embedShell(
  r: Run,
  c: Call,
  spelled: { text: string; holes: number[] },
  from: (index: number) => readonly Cell[],
  out: Cell,
  wraps: readonly string[],
  note: string,
  start = c.start,
  end = c.end,
): void {
  const key = `sh:${start}:${spelled.text}`;
  if (r.embedded.has(key) || spelled.text.trim() === '') return;
  r.embedded.add(key);
  const unit = r.ctx.embed(
    'shell',
    spelled.text,
    { kind: 'collapsed', start, end },
    { role: wraps.length > 0 ? 'decoded' : 'embedded', unwrapped: [...wraps, note] },
  );
  const inner = r.ctx.cellsOf(unit);
  spelled.holes.forEach((index, hole) => {
    if (hole < 12) edge(r, from(index), inner.arg(hole + 1), c, 'call');
  });
  edge(r, [inner.stdout], out, c, 'pipe');
}

/** True when the first word is known: what follows are arguments of a known program. */
const startsKnown = (value: Value): boolean => {
  const first = partsOf(value)[0];
  return typeof first === 'string' && /^\s{0,20}(?:\S{1,200})\s/.test(first);
};

export function applyShell(r: Run, c: Call, tool: string, elevated?: string): Thing {
  const command = c.args[0] ?? UNKNOWN;
  const from = cellsOf(r, command, c);
  const out = cellAt(r, c, 'out');
  let handle = -1;
  for (const one of alternatives(command)) {
    const value = valueOf(asString(one));
    const role = startsKnown(value) ? 'argv' : 'code';
    handle = state(r, c, {
      kind: 'exec',
      how: 'shell',
      program: known('sh'),
      argv: [known('-c'), value],
      code: 'argument',
      ...(elevated ? { elevated } : {}),
      ins: portsOf(from, role),
      outs: [{ cell: out, role: 'value' }],
    });
    if (value.kind !== 'unknown' && (value.kind === 'known' || value.parts.some((part) => typeof part === 'string')))
      embedShell(r, c, spell([value], false), () => from, out, wrapsOf(one), tool);
  }
  return child(r, c, handle, out, optionsOf(c));
}

/** Folders of programs that belong to the system. */
const SYSTEM = /^(?:\/usr|\/opt\/homebrew|\/usr\/local)?\/s?bin\/|^\/(?:System|Applications)\//;
const SHELLS = /^(?:ba|z|k|da|fi|tc|c|a)?sh$/;
const LANGUAGES: readonly (readonly [RegExp, RegExp, string])[] = [
  [SHELLS, /^-[a-z]{0,5}c$/, 'shell'],
  [/^python[\d.]{0,5}$/, /^-c$/, 'python'],
  [/^(?:node|nodejs|bun|deno)$/, /^(?:-e|-p|-pe|--eval|--print|eval)$/, 'javascript'],
  [/^(?:pwsh|powershell)(?:\.exe)?$/i, /^-(?:c|command|encodedcommand|enc|e|ec)$/i, 'powershell'],
  [/^cmd(?:\.exe)?$/i, /^\/c$/i, 'batch'],
  [/^osascript$/, /^-e$/, 'applescript'],
];

export function applySpawn(r: Run, c: Call, tool: string): Thing {
  const list = c.args[1]?.box?.items !== undefined ? c.args[1] : undefined;
  const options = optionsOf(c);
  const args = list ?? option(options, 'args');
  return spawn(
    r,
    c,
    tool,
    c.args[0] ?? UNKNOWN,
    args,
    c.args[1] !== undefined && list === undefined && c.args[1].box === undefined && c.args[1].fn === undefined ? c.args[1] : undefined,
    options,
  );
}

export function applyArgv(r: Run, c: Call, tool: string): Thing {
  const first = c.args[0];
  const options = optionsOf(c);
  const whole = first?.box?.items !== undefined ? first : (option(first, 'cmd') ?? option(first, 'command'));
  const items = whole?.box?.items ?? [];
  const rest: Thing | undefined =
    items.length > 1 ? { cells: [], box: { id: -1, props: new Map(), open: whole?.box?.open ?? false, items: items.slice(1) } } : undefined;
  return spawn(r, c, tool, items[0] ?? whole ?? UNKNOWN, rest, undefined, options);
}

function spawn(r: Run, c: Call, tool: string, program: Thing, args: Thing | undefined, opaque: Thing | undefined, options: Thing | undefined): Thing {
  const shell = option(options, 'shell');
  const items = args?.box?.items ?? [];
  if (shell !== undefined && shell.prim !== false && (shell.known || shell.cells.length > 0)) {
    const words: Thing[] = [program, ...items];
    const value = valueOf(asString(program));
    const spelled = spell(
      words.map((word) => valueOf(asString(word))),
      false,
    );
    const from = union(...words.map((word) => cellsOf(r, word, c)));
    const out = cellAt(r, c, 'out');
    const handle = state(r, c, {
      kind: 'exec',
      how: 'shell',
      program: known('sh'),
      argv: [known('-c'), ...words.slice(0, 24).map((word) => valueOf(asString(word)))],
      code: 'argument',
      ins: portsOf(from, value.kind === 'known' ? 'argv' : 'code'),
      outs: [{ cell: out, role: 'value' }],
    });
    if (value.kind !== 'unknown') embedShell(r, c, spelled, (index) => cellsOf(r, words[index]!, c), out, wrapsOf(program), tool);
    return child(r, c, handle, out, options);
  }
  let handle = -1;
  const out = cellAt(r, c, 'out');
  for (const one of alternatives(program)) {
    const head = basename(valueOf(asString(one)));
    const name = textOf(head);
    const argv = items.slice(0, 40).map((item) => valueOf(asString(item)));
    const reader = name === undefined ? undefined : LANGUAGES.find(([pattern]) => pattern.test(name));
    const flag = reader === undefined ? -1 : items.findIndex((item) => reader[1].test(stringOf(item) ?? ''));
    const script = flag >= 0 ? items[flag + 1] : undefined;
    const fromProgram = cellsOf(r, one, c);
    const rest = union(
      ...items.filter((item) => item !== script).map((item) => cellsOf(r, item, c)),
      opaque === undefined ? [] : cellsOf(r, opaque, c),
    );
    const fromScript = script === undefined ? [] : cellsOf(r, script, c);
    // A script file: `node x.js`, `bash x.sh`, `./run`.
    const file = script === undefined && reader !== undefined ? items.find((item) => !(stringOf(item) ?? '').startsWith('-')) : undefined;
    const path =
      file !== undefined
        ? valueOf(asString(file))
        : name !== undefined && reader === undefined && /[/\\]/.test(show(valueOf(asString(one)))) && !SYSTEM.test(show(valueOf(asString(one))))
          ? valueOf(asString(one))
          : undefined;
    handle = state(r, c, {
      kind: 'exec',
      how: 'process',
      program: head,
      argv: opaque === undefined ? argv : [...argv, valueOf(opaque)],
      ...(script !== undefined ? { code: 'argument' as const } : path !== undefined ? { code: 'file' as const, path } : {}),
      ins: [
        ...portsOf(rest, 'argv'),
        ...portsOf(fromScript, 'code'),
        ...(script === undefined && path === undefined ? portsOf(fromProgram, 'code') : []),
        ...(path !== undefined && path.kind !== 'unknown' ? [{ cell: cells.path(path, r.ctx.unit.id), role: 'code' as const }] : []),
      ],
      outs: [{ cell: out, role: 'value' }],
    });
    if (script !== undefined && reader !== undefined) {
      const value = valueOf(asString(script));
      if (reader[2] === 'shell') {
        if (value.kind !== 'unknown' && partsOf(value).some((part) => typeof part === 'string'))
          embedShell(r, c, spell([value], false), () => fromScript, out, wrapsOf(script), `${name} ${stringOf(items[flag]) ?? '-c'}`);
      } else embedCode(r, c, reader[2], script, `${name} ${stringOf(items[flag]) ?? '-e'}`);
    } else if (name !== undefined && reader === undefined) {
      const words: Thing[] = [one, ...items];
      embedShell(
        r,
        c,
        spell(
          words.map((word) => valueOf(asString(word))),
          true,
        ),
        (index) => cellsOf(r, words[index]!, c),
        out,
        wrapsOf(one),
        tool,
      );
    }
  }
  return child(r, c, handle, out, options);
}

/** A JavaScript file, or source with `eval: true`. */
export function applyScript(r: Run, c: Call, tool: string): Thing {
  const target = c.args[0] ?? UNKNOWN;
  const options = optionsOf(c);
  const out = cellAt(r, c, 'out');
  if (option(options, 'eval')?.prim === true) return applyEval(r, c, tool, 0);
  const value = valueOf(asString(target));
  const text = textOf(value);
  if (text !== undefined && /^https?:/.test(text)) {
    const response = cellAt(r, c, 'response');
    state(r, c, { kind: 'request', url: value, method: 'GET', tool, outs: [{ cell: response, role: 'response' }] });
    state(r, c, { kind: 'exec', how: 'import', program: known(tool), argv: [], code: 'url', path: value, ins: [{ cell: response, role: 'code' }] });
    return UNKNOWN;
  }
  const from = cellsOf(r, target, c);
  const handle = state(r, c, {
    kind: 'exec',
    how: /dlopen/.test(tool) ? 'native' : tool === 'fork' || tool.startsWith('execa') ? 'process' : 'import',
    program: known(tool === 'fork' || tool.startsWith('execa') ? 'node' : tool),
    argv: (c.args[1]?.box?.items ?? []).slice(0, 20).map(valueOf),
    code: 'file',
    path: value,
    ins: [...(value.kind === 'unknown' ? portsOf(from, 'code') : [{ cell: cells.path(value, r.ctx.unit.id), role: 'code' as const }])],
    outs: [{ cell: out, role: 'value' }],
  });
  return child(r, c, handle, out, options);
}

// --------------------------------------------------------------------------------------------------------------------- source text

/** Hands known source to its reader. */
function embedCode(r: Run, c: Call, language: string, source: Thing, note: string): void {
  for (const one of alternatives(source)) {
    const value = valueOf(asString(one));
    let text = textOf(value);
    if (text === undefined && value.kind === 'template') text = show(value);
    if (text === undefined && one.bytes !== undefined && looksLikeText(one.bytes)) text = bytesToText(one.bytes);
    if (text === undefined || text.trim() === '') continue;
    const wraps = wrapsOf(one);
    const key = `${language}:${c.start}:${text.length}:${text.slice(0, 200)}`;
    if (r.embedded.has(key)) continue;
    r.embedded.add(key);
    // Plain sight: the literal stands in the call, character by character.
    const at = wraps.length === 0 ? r.text.slice(c.start, c.end).indexOf(text) : -1;
    const known_ = language === 'batch' || language === 'applescript' ? 'shell' : language;
    if (language === 'applescript') {
      const scripts = [...text.matchAll(/do shell script "((?:[^"\\]|\\.){1,4000})"/g)].map((match) => match[1]!.replace(/\\(["\\])/g, '$1'));
      for (const script of scripts.slice(0, 8))
        r.ctx.embed(
          'shell',
          script,
          { kind: 'collapsed', start: c.start, end: c.end },
          { role: 'embedded', unwrapped: [...wraps, note, 'do shell script'] },
        );
      continue;
    }
    r.ctx.embed(
      known_,
      text,
      at >= 0 ? { kind: 'shift', start: c.start + at, end: c.start + at + text.length } : { kind: 'collapsed', start: c.start, end: c.end },
      { role: wraps.length > 0 ? 'decoded' : 'embedded', unwrapped: [...wraps, note] },
    );
  }
}

export function applyEval(r: Run, c: Call, tool: string, at: number | 'last'): Thing {
  const source = at === 'last' ? c.args.at(-1) : c.args[at];
  const out = cellAt(r, c, 'out');
  if (source === undefined) return UNKNOWN;
  if (source.fn !== undefined) {
    callBack(r, source, [], c);
    return UNKNOWN;
  }
  const from = cellsOf(r, source, c);
  const value = valueOf(asString(source));
  // `Function('return this')()` is how libraries find the global object.
  if (at === 'last' && value.kind === 'known' && /^\s{0,5}return this;?\s{0,5}$/.test(value.text)) return { cells: [], api: '#global-getter' };
  if (at === 'last' && value.kind === 'known' && /^\s{0,5}return process;?\s{0,5}$/.test(value.text)) return { cells: [], api: '#process-getter' };
  state(r, c, {
    kind: 'exec',
    how: 'eval',
    program: known(tool),
    argv: value.kind === 'unknown' ? [unknown] : [],
    code: 'argument',
    ins: portsOf(from, 'code'),
    outs: [{ cell: out, role: 'value' }],
  });
  embedCode(r, c, 'javascript', source, tool);
  if (value.kind === 'known' && /^[\w$.]{1,60}$/.test(value.text) && at === 0) {
    // `eval('require')`: an alias.
    return { cells: [out], api: canonical(value.text) };
  }
  return { cells: [out], api: `${canonical(tool)}()` };
}

// ------------------------------------------------------------------------------------------------------------------------ modules

export function applyImport(r: Run, c: Call, tool: string): Thing {
  const target = c.args[0] ?? UNKNOWN;
  let out: Thing | undefined;
  for (const one of alternatives(target)) {
    const value = valueOf(asString(one));
    const name = textOf(value);
    if (name !== undefined) {
      if (/^https?:/.test(name)) {
        const response = cellAt(r, c, 'response');
        state(r, c, { kind: 'request', url: value, method: 'GET', tool, outs: [{ cell: response, role: 'response' }] });
        state(r, c, {
          kind: 'exec',
          how: 'import',
          program: known(tool),
          argv: [],
          code: 'url',
          path: value,
          ins: [{ cell: response, role: 'code' }],
        });
        continue;
      }
      const loaded = loadModule(r, name, c, tool);
      if (out === undefined) out = loaded;
      continue;
    }
    const from = cellsOf(r, one, c);
    const literal = partsOf(value).some((part) => typeof part === 'string' && /[./\w]{2}/.test(part));
    const result = cellAt(r, c, 'out');
    if (literal) {
      state(r, c, {
        kind: 'exec',
        how: 'import',
        program: known(tool),
        argv: [],
        code: /^https?:/.test(show(value)) ? 'url' : 'file',
        path: value,
        ins: [{ cell: cells.path(value, r.ctx.unit.id), role: 'code' }, ...portsOf(from, 'path')],
      });
      out ??= { cells: [result] };
    } else {
      state(r, c, {
        kind: 'exec',
        how: 'reflect',
        program: known(tool),
        argv: [value],
        path: value,
        ins: portsOf(from, 'code'),
        outs: [{ cell: result, role: 'value' }],
      });
      out ??= { cells: [result] };
    }
  }
  void BUILTIN;
  void tracked;
  return out ?? UNKNOWN;
}
