/**
 * Settings, persistence and capture: commands that change how the system or an agent behaves, that arrange to run later, or that take something of the user's. Each row matches the words of a
 * command (`words`: one pattern for each operand in order; `has`: options that must be there) and says the fact. Rows are judged in order and all that match count.
 */

import * as cells from '../../cells.ts';
import type { CaptureFact, ConfigEffect, PersistFact } from '../../model.ts';
import { known, show } from '../../value.ts';
import type { Handler } from './command.ts';
import { given, parseOptions } from './options.ts';
import { CAPTURE_ROWS, CONFIG_ROWS, ENV_ROWS, PERSIST_ROWS, TUNNEL_ROWS } from './rows.ts';
import { embedCode } from './run.ts';
import { type Field, fact, pathCell, place, ports, type World } from './world.ts';

interface Match {
  /** Program names, blank-separated. */
  readonly is: string;
  /** Patterns for the operands in order (options left out). */
  readonly words?: readonly RegExp[];
  /** At least one of these options, as written (`--yolo`), or `-x value`. */
  readonly has?: RegExp;
}
export interface ConfigRow extends Match {
  readonly system: string;
  /** Name of the setting, or the operand (from 1) that names it. */
  readonly key: string | number;
  /** The operand (from 1) that is the value, or a fixed text. */
  readonly value?: string | number;
  readonly effect: ConfigEffect;
}
export interface PersistRow extends Match {
  readonly mechanism: PersistFact['mechanism'];
  /** The operand (from 1) or option that is the command or file. */
  readonly command?: number | string;
  readonly path?: number | string;
  /** Code comes on standard input. */
  readonly stdin?: boolean;
}
export interface CaptureRow extends Match {
  readonly what: CaptureFact['what'];
}
export interface TunnelRow extends Match {
  /** The operand (from 1) or option that is the local port. */
  readonly port?: number | string;
}
type Row = { readonly config?: ConfigRow; readonly persist?: PersistRow; readonly capture?: CaptureRow; readonly tunnel?: TunnelRow };

const byName = new Map<string, Row[]>();
const add = (rows: readonly Match[], wrap: (row: never) => Row): void => {
  for (const row of rows) {
    for (const name of row.is.split(' ')) {
      const list = byName.get(name) ?? [];
      list.push(wrap(row as never));
      byName.set(name, list);
    }
  }
};
add(CONFIG_ROWS, (config: ConfigRow) => ({ config }));
add(PERSIST_ROWS, (persist: PersistRow) => ({ persist }));
add(CAPTURE_ROWS, (capture: CaptureRow) => ({ capture }));
add(TUNNEL_ROWS, (tunnel: TunnelRow) => ({ tunnel }));
export const SETTING_ROWS: ReadonlyMap<string, readonly Row[]> = byName;

/** Options of these programs that take a value, so that it is not counted as an operand. */
const VALUES =
  '-u -f --unit --profile -n --name -c --config -t -p --port -i --interval -a --agent --agents --cron --every --at --message --system-event --session -S -e -l -r -R -b --target --hostname --url -s --subdomain --local-host';

export const settings =
  (rows: readonly Row[]): Handler =>
  (w, command) => {
    const all = command.args.map((arg) => show(arg.value));
    const bare = command.args.filter((arg) => !show(arg.value).startsWith('-'));
    const options = parseOptions(command.args, { values: VALUES });
    const matched = (row: Match): readonly Field[] | undefined => {
      if (row.has !== undefined && !all.some((word, index) => row.has!.test(word) || row.has!.test(`${word} ${all[index + 1] ?? ''}`)))
        return undefined;
      // Operands may or may not include values of unknown options: try both readings.
      for (const operands of [options.operands, bare])
        if ((row.words ?? []).every((pattern, index) => operands[index] !== undefined && pattern.test(show(operands[index]!.value)))) return operands;
      return undefined;
    };
    const pick = (which: number | string | undefined, operands: readonly Field[]): Field | undefined => {
      if (which === undefined) return undefined;
      if (typeof which === 'number') return operands[which - 1];
      const names = new Set(which.split(' '));
      const at = all.findIndex((word) => names.has(word.split('=')[0]!));
      return given(options, which)[0] ?? (at >= 0 ? command.args[at + 1] : undefined);
    };
    for (const row of rows) {
      const { config, persist, capture, tunnel } = row;
      const operands = matched((config ?? persist ?? capture ?? tunnel)!);
      if (operands === undefined) continue;
      if (config !== undefined) {
        const value = typeof config.value === 'number' ? (operands[config.value - 1]?.value ?? known('')) : known(config.value ?? 'on');
        fact(w, command.start, command.end, {
          kind: 'config',
          system: config.system,
          key: typeof config.key === 'number' ? show(operands[config.key - 1]?.value ?? known('')) : config.key,
          value,
          effect: config.effect,
          via: 'command',
          ins: ports(typeof config.value === 'number' ? (operands[config.value - 1]?.cells ?? []) : [], 'value'),
        });
      } else if (persist !== undefined) later(w, command, persist, pick(persist.command, operands), pick(persist.path, operands));
      else if (capture !== undefined)
        fact(w, command.start, command.end, {
          kind: 'capture',
          what: capture.what,
          tool: command.name,
          outs: [{ cell: command.io.out, role: 'value' }],
        });
      else if (tunnel !== undefined) {
        const port = pick(tunnel.port, operands);
        fact(w, command.start, command.end, { kind: 'listen', host: known('public'), ...(port ? { port: port.value } : {}), tunnel: command.name });
        fact(w, command.start, command.end, {
          kind: 'config',
          system: command.name,
          key: 'tunnel',
          value: port?.value ?? known('on'),
          effect: 'tunnel',
          via: 'command',
        });
      }
    }
    return undefined;
  };

function later(w: World, command: Parameters<Handler>[1], row: PersistRow, code: Field | undefined, file: Field | undefined): void {
  const { stdin } = command.io;
  const fed = row.stdin === true && !stdin.terminal;
  if (row.stdin === true && !fed && file === undefined) return;
  const text = code?.value ?? (fed ? stdin.value : undefined);
  const path = file === undefined ? undefined : place(w, file.value);
  fact(w, command.start, command.end, {
    kind: 'persist',
    mechanism: row.mechanism,
    ...(text ? { command: text } : {}),
    ...(path ? { path } : {}),
    ins: [
      ...(code ? ports(code.cells, 'code') : []),
      ...(fed ? [{ cell: stdin.cell, role: 'code' as const }] : []),
      ...(path ? [{ cell: pathCell(w, path), role: 'code' as const }] : []),
    ],
  });
  if (code !== undefined && row.mechanism !== 'agent-cron') embedCode(w, 'shell', code, [command.name], {});
  if (!fed || (stdin.spelled === undefined && stdin.value?.kind !== 'known')) return;
  const lines = (stdin.spelled ?? show(stdin.value!)).split('\n');
  for (const line of lines.slice(0, 200)) {
    const job =
      row.mechanism === 'cron'
        ? /^\s{0,8}(?:@\w{4,10}|(?:[\d*/,A-Za-z-]{1,40}[ \t]{1,8}){4}[\d*/,A-Za-z-]{1,40})[ \t]{1,8}(\S.{0,4000})$/.exec(line)?.[1]
        : line.trim();
    if (job)
      embedCode(
        w,
        'shell',
        { spelled: job, unwrapped: stdin.unwrapped, start: stdin.map?.start ?? command.start, end: stdin.map?.end ?? command.end },
        [command.name],
        {},
      );
  }
}

/** Environment variables that change what other programs load, trust or talk to. */
export function configFromEnv(w: World, name: string, field: Field, span: { start: number; end: number }): void {
  const row = ENV_ROWS.find((entry) => entry.name.test(name) && (entry.value === undefined || entry.value.test(show(field.value))));
  if (row === undefined) return;
  fact(w, span.start, Math.max(span.end, span.start + 1), {
    kind: 'config',
    system: row.system,
    key: name,
    value: field.value,
    effect: row.effect,
    via: 'command',
    ins: ports(field.cells, 'value'),
  });
  if (row.effect === 'preload-code')
    fact(w, span.start, Math.max(span.end, span.start + 1), {
      kind: 'persist',
      mechanism: 'preload',
      path: field.value,
      ins: [{ cell: cells.env(name), role: 'code' }],
    });
}
export function configFromUnset(w: World, name: string, field: Field): void {
  if (/^(?:HISTFILE|HISTSIZE|HISTFILESIZE|SAVEHIST|PROMPT_COMMAND)$/.test(name))
    fact(w, field.start, field.end, { kind: 'config', system: 'shell', key: name, value: known(''), effect: 'disable-logging', via: 'command' });
}
