/** File APIs to read, write and delete facts. Known content that is a script is read as one: it is shipped, only not yet a file. */
import * as cells from '../../cells.ts';
import type { Value } from '../../model.ts';
import { show, textOf } from '../../value.ts';
import type { Row } from './apis/row.ts';
import { type Call, callBack } from './calls.ts';
import { toJson } from './json.ts';
import { option } from './options.ts';
import { cellAt, cellsOf, portsOf, type Run, state } from './run.ts';
import { alternatives, type Thing, toValue, UNKNOWN, wrapsOf } from './thing.ts';

type FileRow = Extract<Row, { do: 'read' | 'write' | 'sink' | 'copy' | 'link' | 'delete' | 'mode' }>;

/** A path that is nothing but a variable of the skill's is unknown: its name must not join it to another file's variable. */
const named = (value: Value): Value =>
  value.kind === 'template' && value.parts.every((part) => typeof part !== 'string' && part.env === undefined && part.name !== '__dirname')
    ? { kind: 'unknown' }
    : value;

/** Every path the argument may be; lists of globs count one by one. */
function pathsOf(thing: Thing | undefined): Value[] {
  if (thing === undefined) return [{ kind: 'unknown' }];
  const list = thing.box?.items !== undefined ? thing.box.items.slice(0, 16) : [...alternatives(thing)];
  return list.length === 0 ? [{ kind: 'unknown' }] : list.map((one) => named(toValue(one)));
}

export function applyFile(r: Run, c: Call, row: FileRow): Thing {
  const { unit } = r.ctx;
  switch (row.do) {
    case 'read': {
      const source = c.args[row.path]?.prim;
      if (source === 0 || source === '/dev/stdin') {
        last(r, c, [r.ctx.stdin]);
        return { cells: [r.ctx.stdin] };
      }
      const out = cellAt(r, c, 'out');
      for (const path of pathsOf(c.args[row.path])) {
        const many = row.many === true || option(c.args[1], 'recursive')?.prim === true;
        state(r, c, {
          kind: 'read',
          path,
          ...(many ? { many: true } : {}),
          ins: [{ cell: cells.path(path, unit.id), role: 'path' }],
          outs: [{ cell: out, role: 'value' }],
        });
      }
      last(r, c, [out]);
      return { cells: [out] };
    }
    case 'write':
      return write(r, c, row);
    case 'sink': {
      const into = cellAt(r, c, 'sink');
      let handle = -1;
      for (const path of pathsOf(c.args[row.path]))
        handle = state(r, c, {
          kind: 'write',
          path,
          ...modeOf(option(c.args[1], 'mode')),
          ins: [{ cell: into, role: 'content' }],
          outs: [{ cell: cells.path(path, unit.id), role: 'content' }],
        });
      return { cells: [into], handle, api: 'stream()' };
    }
    case 'copy': {
      const out = cellAt(r, c, 'copy');
      for (const from of pathsOf(c.args[0])) {
        state(r, c, {
          kind: 'read',
          path: from,
          ...(row.many ? { many: true } : {}),
          ins: [{ cell: cells.path(from, unit.id), role: 'path' }],
          outs: [{ cell: out, role: 'value' }],
        });
        if (row.move && from.kind !== 'unknown' && c.args[1] === undefined) state(r, c, { kind: 'delete', path: from });
      }
      for (const to of pathsOf(c.args[1]))
        state(r, c, { kind: 'write', path: to, ins: [{ cell: out, role: 'content' }], outs: [{ cell: cells.path(to, unit.id), role: 'content' }] });
      last(r, c, []);
      return UNKNOWN;
    }
    case 'link': {
      for (const to of pathsOf(c.args[1]))
        for (const from of pathsOf(c.args[0]))
          state(r, c, {
            kind: 'write',
            path: to,
            ins: [{ cell: cells.path(from, unit.id), role: 'content' }],
            outs: [{ cell: cells.path(to, unit.id), role: 'content' }],
          });
      return UNKNOWN;
    }
    case 'delete': {
      const options = c.args.find((arg) => arg.box !== undefined && arg.box.items === undefined);
      const target = row.path === 1 && c.args[1] === undefined ? c.args[0] : c.args[row.path];
      const recursive = row.recursive === true || option(options, 'recursive')?.prim === true;
      const force = option(options, 'force')?.prim === true;
      for (const path of pathsOf(target))
        state(r, c, {
          kind: 'delete',
          path,
          ...(recursive ? { recursive } : {}),
          ...(force ? { force } : {}),
          ...(row.how ? { how: row.how } : {}),
          ins: portsOf(target?.cells ?? [], 'path'),
        });
      last(r, c, []);
      return UNKNOWN;
    }
    case 'mode': {
      const mode = modeOf(c.args[row.mode]);
      for (const path of pathsOf(c.args[row.path])) if (mode.mode !== undefined) state(r, c, { kind: 'write', path, ...mode });
      return UNKNOWN;
    }
  }
}

/** Callback of the old style: the last argument, called with an error first. */
function last(r: Run, c: Call, out: readonly string[]): void {
  const callback = c.args.at(-1);
  if (callback?.fn !== undefined) callBack(r, callback, [UNKNOWN, { cells: out }], c);
}

/** Mode bits that make something executable or setuid. */
function modeOf(thing: Thing | undefined): { mode?: string } {
  if (thing?.known !== true) return {};
  const bits =
    typeof thing.prim === 'number'
      ? thing.prim
      : /^(?:0o?)?[0-7]{3,4}$/.test(String(thing.prim))
        ? Number.parseInt(String(thing.prim).replace(/^0o?/, ''), 8)
        : Number.NaN;
  if (Number.isNaN(bits)) return /^[ugoa]{0,4}\+[rwxst]{1,5}$/.test(String(thing.prim)) ? { mode: String(thing.prim) } : {};
  return (bits & 0o7111) === 0 ? {} : { mode: bits >= 0o1000 ? bits.toString(8) : bits === 0o755 ? '+x' : bits.toString(8) };
}

const SCRIPTS: readonly (readonly [RegExp, string])[] = [
  [/\.(?:sh|bash|zsh|command)$/i, 'shell'],
  [/\.py$/i, 'python'],
  [/\.[mc]?js$/i, 'javascript'],
  [/\.(?:ps1|psm1)$/i, 'powershell'],
  [/\.html?$/i, 'html'],
];

function write(r: Run, c: Call, row: Extract<FileRow, { do: 'write' }>): Thing {
  const { unit } = r.ctx;
  const data = c.args[row.content];
  const from = data === undefined ? [] : cellsOf(r, data, c);
  const value = data === undefined ? undefined : data.box !== undefined ? toJson(data) : toValue(data);
  const flag = option(c.args[row.content + 1], 'flag')?.prim;
  const append = row.append === true || (typeof flag === 'string' && flag.startsWith('a'));
  for (const path of pathsOf(c.args[row.path])) {
    const content = value === undefined || named(value).kind === 'unknown' ? undefined : show(value).length > 20_000 ? undefined : value;
    state(r, c, {
      kind: 'write',
      path,
      ...(append ? { append } : {}),
      ...(content === undefined ? {} : { content }),
      ...modeOf(option(c.args[row.content + 1], 'mode')),
      ins: portsOf(from, 'content'),
      outs: [{ cell: cells.path(path, unit.id), role: 'content' }],
    });
    const text = value === undefined ? undefined : textOf(value);
    if (text === undefined || text.length < 8) continue;
    const name = show(path);
    const shebang = /^#![^\n]{0,80}\b(python|node|bash|zsh|sh|pwsh)/.exec(text)?.[1];
    const language =
      SCRIPTS.find(([pattern]) => pattern.test(name))?.[1] ??
      (shebang === undefined
        ? undefined
        : shebang === 'python'
          ? 'python'
          : shebang === 'node'
            ? 'javascript'
            : shebang === 'pwsh'
              ? 'powershell'
              : 'shell');
    const key = `${c.start}:${name}:${text.length}`;
    if (language === undefined || r.embedded.has(key)) continue;
    r.embedded.add(key);
    const wraps = wrapsOf(data);
    r.ctx.embed(
      language,
      text,
      { kind: 'collapsed', start: c.start, end: c.end },
      { role: wraps.length > 0 ? 'decoded' : 'embedded', note: `written to ${name.slice(0, 80)}`, unwrapped: wraps },
    );
  }
  last(r, c, []);
  return UNKNOWN;
}
