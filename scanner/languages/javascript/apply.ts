/** Turns a row and a call into facts: the dispatch, and the small kinds. Programs and code are in execs.ts, files in files.ts, the network in requests.ts. */
import type { FactDraft } from '../../model.ts';
import { known } from '../../value.ts';
import type { Row } from './apis/row.ts';
import { type Call, callBack, runCallbacks, unknownCall } from './calls.ts';
import { applyArgv, applyScript, applyShell, applySpawn } from './execs.ts';
import { applyFile } from './files.ts';
import { noteInterval } from './gates.ts';
import { applyNetwork } from './requests.ts';
import { cellAt, cellsOf, edge, newBox, portsOf, quietly, type Run, state } from './run.ts';
import { applyEval, applyImport } from './sources.ts';
import { fromValue, stringOf, type Thing, toValue, UNKNOWN, union } from './thing.ts';

export function applyRow(r: Run, c: Call, row: Row, api: string): Thing {
  switch (row.do) {
    case 'shell':
      return applyShell(r, c, row.tool, row.elevated);
    case 'spawn':
      return applySpawn(r, c, row.tool);
    case 'argv':
      return applyArgv(r, c, row.tool);
    case 'script':
      return applyScript(r, c, row.tool);
    case 'eval':
      return applyEval(r, c, row.tool, row.at);
    case 'timer': {
      const before = r.drafts.length;
      const [first] = c.args;
      if (first?.fn !== undefined || first?.api !== undefined || first?.bound !== undefined) callBack(r, first, c.args.slice(2), c);
      else if (first !== undefined && (stringOf(first) !== undefined || first.value !== undefined)) applyEval(r, c, row.tool, 0);
      if (row.repeats) noteInterval(r, c, before);
      return UNKNOWN;
    }
    case 'read':
    case 'write':
    case 'sink':
    case 'copy':
    case 'link':
    case 'delete':
    case 'mode':
      return applyFile(r, c, row);
    case 'fetch':
    case 'http':
    case 'client':
    case 'chain':
    case 'connect':
    case 'lookup':
    case 'socket':
    case 'service':
    case 'beacon':
    case 'configure':
      return applyNetwork(r, c, row);
    case 'server':
      for (const arg of c.args) if (arg.fn !== undefined) callBack(r, arg, [{ cells: [], api: 'net.Socket()', box: newBox(r) }, UNKNOWN], c);
      return { cells: [], api: 'server()' };
    case 'listen':
      return listen(r, c);
    case 'capture': {
      const out = cellAt(r, c, 'out');
      const draft: FactDraft = { kind: 'capture', what: row.what, tool: row.tool, outs: [{ cell: out, role: 'value' }] };
      state(r, c, row.quiet ? quietly(draft) : draft);
      runCallbacks(r, c, [out]);
      return { cells: [out] };
    }
    case 'transform':
      return transform(r, c, row);
    case 'deserialize': {
      const from = cellsOf(r, c.args[row.at] ?? UNKNOWN, c);
      const out = cellAt(r, c, 'out');
      state(r, c, {
        kind: 'exec',
        how: 'deserialize',
        program: known(row.tool),
        argv: [],
        code: 'argument',
        ins: portsOf(from, 'code'),
        outs: [{ cell: out, role: 'value' }],
      });
      return { cells: [out] };
    }
    case 'value':
      return { ...fromValue(row.value, []), ...(row.tag ? { tag: row.tag } : {}), ...(api === 'os.userInfo' ? { api: 'os.userInfo()' } : {}) };
    case 'pass': {
      const given = c.args[row.at];
      if (given === undefined) return UNKNOWN;
      if (row.at !== 0 || api === 'Array.from') return { ...given, cells: cellsOf(r, given, c) };
      return given;
    }
    case 'print': {
      for (const arg of c.args) {
        if (arg.api !== undefined && arg.api !== 'process.env' && arg.box === undefined) continue;
        edge(r, cellsOf(r, arg, c), r.ctx.stdout, c, 'pipe');
      }
      return UNKNOWN;
    }
    case 'import':
      return applyImport(r, c, row.tool);
    case 'nothing':
      return unknownCall(r, c);
  }
}

function transform(r: Run, c: Call, row: Extract<Row, { do: 'transform' }>): Thing {
  const input = row.at === 'self' ? c.self : c.args[row.at];
  const from = union(cellsOf(r, input ?? UNKNOWN, c), row.at === 'self' || c.self?.box === undefined ? [] : c.self.cells);
  if (from.length === 0) {
    runCallbacks(r, c, []);
    return { cells: [] };
  }
  const out = cellAt(r, c, 'out');
  state(r, c, { kind: 'transform', op: row.op, codec: row.codec, ins: portsOf(from, 'data'), outs: [{ cell: out, role: 'value' }] });
  runCallbacks(r, c, [out]);
  return { cells: [out] };
}

function listen(r: Run, c: Call): Thing {
  const options = c.args.find((arg) => arg.box !== undefined && arg.box.items === undefined)?.box;
  const handler = options?.props.get('fetch');
  const host =
    options?.props.get('host') ??
    options?.props.get('hostname') ??
    (c.args[1]?.fn === undefined && typeof c.args[1]?.prim !== 'number' ? c.args[1] : undefined);
  const port = options?.props.get('port') ?? (options === undefined ? c.args[0] : undefined);
  const bind = host === undefined || host.box !== undefined ? undefined : toValue(host);
  state(r, c, {
    kind: 'listen',
    host: bind ?? { kind: 'unknown' },
    ...(port !== undefined && toValue(port).kind !== 'unknown' ? { port: toValue(port) } : {}),
  });
  if (handler?.fn !== undefined) callBack(r, handler, [], c);
  for (const arg of c.args) if (arg.fn !== undefined) callBack(r, arg, [], c);
  return c.self ?? UNKNOWN;
}
