/**
 * Programs and code: shell strings and known argument lists are handed to the shell reader (holes become `$1`, `$2`, joined to the data that fills them), known source to
 * its reader, unknown source stays an exec fact whose `code` port says where it comes from.
 */
import * as cells from '../../cells.ts';
import type { Cell, Value } from '../../model.ts';
import { known, partsOf, show, textOf } from '../../value.ts';
import { type Call, callBack } from './calls.ts';
import { option, optionsOf } from './options.ts';
import { addPorts, cellAt, cellsOf, draftOf, portsOf, type Run, state } from './run.ts';
import { embedShell, spell, startsKnown } from './shelltext.ts';
import { applyEval, embedCode } from './sources.ts';
import { alternatives, asString, stringOf, type Thing, toValue, UNKNOWN, union, wrapsOf } from './thing.ts';

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

export function applyShell(r: Run, c: Call, tool: string, elevated?: string): Thing {
  const command = c.args[0] ?? UNKNOWN;
  const from = cellsOf(r, command, c);
  const out = cellAt(r, c, 'out');
  let handle = -1;
  for (const one of alternatives(command)) {
    const value = toValue(asString(one));
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
    const value = toValue(asString(program));
    const spelled = spell(
      words.map((word) => toValue(asString(word))),
      false,
    );
    const from = union(...words.map((word) => cellsOf(r, word, c)));
    const out = cellAt(r, c, 'out');
    const handle = state(r, c, {
      kind: 'exec',
      how: 'shell',
      program: known('sh'),
      argv: [known('-c'), ...words.slice(0, 24).map((word) => toValue(asString(word)))],
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
    const head = basename(toValue(asString(one)));
    const name = textOf(head);
    const argv = items.slice(0, 40).map((item) => toValue(asString(item)));
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
        ? toValue(asString(file))
        : name !== undefined && reader === undefined && /[/\\]/.test(show(toValue(asString(one)))) && !SYSTEM.test(show(toValue(asString(one))))
          ? toValue(asString(one))
          : undefined;
    handle = state(r, c, {
      kind: 'exec',
      how: 'process',
      program: head,
      argv: opaque === undefined ? argv : [...argv, toValue(opaque)],
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
      const value = toValue(asString(script));
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
          words.map((word) => toValue(asString(word))),
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
  const value = toValue(asString(target));
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
    argv: (c.args[1]?.box?.items ?? []).slice(0, 20).map(toValue),
    code: 'file',
    path: value,
    ins: [...(value.kind === 'unknown' ? portsOf(from, 'code') : [{ cell: cells.path(value, r.ctx.unit.id), role: 'code' as const }])],
    outs: [{ cell: out, role: 'value' }],
  });
  return child(r, c, handle, out, options);
}
