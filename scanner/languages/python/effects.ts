/**
 * Turns a table row and a call into facts. The only place that knows which ports each kind of fact has; it knows nothing of any one language. What `applyApi` returns is
 * what the call evaluates to. Processes are in effects-process.ts, the network is in effects-network.ts.
 */
import * as cells from '../../cells.ts';
import type { Cell } from '../../model.ts';
import { known, textOf } from '../../value.ts';
import { type Abs, type Call, holeAbs, joinText, NOTHING, pieces, refOf, strOf, textAbs, textLike } from './abstract.ts';
import type { Api, Pick, Sel } from './api.ts';
import { doListen, doRequest } from './effects-network.ts';
import { runCode, runList, runNative, runProcess, runShell, runSpawn } from './effects-process.ts';
import { addContent, edge, fileCell, freshId, join, type Machine, type Place, port, portOf, snippet, state } from './machine.ts';
import { readPrinted } from './written.ts';

const one = (call: Call, key: Pick): Abs | undefined => (key === 'recv' ? call.recv : typeof key === 'number' ? call.args[key] : call.kw.get(key));

/** The first argument that is present. */
export function pick(call: Call, sel: Sel | undefined): Abs | undefined {
  for (const key of sel ?? []) {
    const found = one(call, key);
    if (found !== undefined && found.ref !== 'None') return found;
  }
  return undefined;
}
/** Every argument that is present. */
export const pickAll = (call: Call, sel: Sel | undefined): Abs[] =>
  (sel ?? []).flatMap((key) => one(call, key) ?? []).filter((abs) => abs.ref !== 'None');

/** Cells of everything that goes into a call. */
export const cellsOfCall = (call: Call): (Cell | undefined)[] =>
  [...call.args, ...call.kw.values(), ...(call.spread ? [call.spread] : [])].map((abs) => abs.cell);

/** What a call gives when nothing more is known. */
export function resultOf(m: Machine, _at: Place, ref: string, call: Call, cell: Cell | undefined, extra: Partial<Abs> = {}): Abs {
  return holeAbs(`${ref.split('.').at(-1) ?? ref}()`, freshId(m), cell, { ref: `${ref}()`, made: call, ...extra });
}

/** Sets of files with one path each: a list argument (`shutil.rmtree` over several) is walked. */
const paths = (abs: Abs | undefined): Abs[] =>
  abs === undefined ? [] : abs.list && abs.list.items.length > 0 && abs.list.items.length < 50 ? abs.list.items : [abs];

export function openFile(m: Machine, at: Place, ref: string, call: Call, path: Abs, mode: string): Abs {
  const result = /^(?:builtins|io|codecs|aiofiles|anyio|os)\.|Path\(\)\.open$/.test(ref) ? 'open' : ref;
  // An in-memory file is no file.
  if (path.ref !== undefined && /(?:BytesIO|StringIO)\(\)$/.test(path.ref))
    return resultOf(m, at, result, call, path.cell, { sink: path.sink ?? path.cell });
  const writes = /[wax+]/.test(mode);
  const reads = !writes || mode.includes('+');
  const file = fileCell(m, path);
  let cell: Cell | undefined;
  let sink: Cell | undefined;
  if (reads) {
    cell = m.ctx.local(`read@${at.start}:${at.end}:${textOf(path.value) ?? ''}`);
    state(m, at, { kind: 'read', path: path.value, ins: [{ cell: file, role: 'path' }, portOf('path', path)], outs: [port('value', cell)] });
  }
  if (writes) {
    sink = m.ctx.local(`write@${at.start}:${at.end}:${textOf(path.value) ?? ''}`);
    state(
      m,
      at,
      {
        kind: 'write',
        path: path.value,
        ...(mode.includes('a') ? { append: true } : {}),
        ins: [port('content', sink)],
        outs: [{ cell: file, role: 'content' }],
      },
      { content: [], sink },
    );
    cell ??= join(m, at, [path.cell]);
  }
  return resultOf(m, at, result, call, cell, { sink, value: path.value });
}

function readFile(m: Machine, at: Place, ref: string, call: Call, path: Abs, many: boolean): Abs {
  const cell = m.ctx.local(`read@${at.start}:${at.end}`);
  for (const each of paths(path)) {
    if (each.ref !== undefined && /(?:BytesIO|StringIO|open)\(\)$/.test(each.ref)) {
      edge(m, each.cell, cell, at);
      continue;
    }
    state(m, at, {
      kind: 'read',
      path: each.value,
      ...(many ? { many: true } : {}),
      ins: [{ cell: fileCell(m, each), role: 'path' }, portOf('path', each)],
      outs: [port('value', cell)],
    });
  }
  return resultOf(m, at, ref, call, cell, many ? { value: path.value } : {});
}

export function writeFile(m: Machine, at: Place, path: Abs, content: Abs | undefined, append: boolean): void {
  state(
    m,
    at,
    {
      kind: 'write',
      path: path.value,
      ...(append ? { append: true } : {}),
      ins: [portOf('content', content)],
      outs: [{ cell: fileCell(m, path), role: 'content' }],
    },
    content ? { content: [content] } : undefined,
  );
}

/** Reads one file and writes another with what it holds. */
function copyFile(m: Machine, at: Place, from: Abs, to: Abs): void {
  const cell = m.ctx.local(`copy@${at.start}:${at.end}`);
  state(m, at, { kind: 'read', path: from.value, ins: [{ cell: fileCell(m, from), role: 'path' }], outs: [port('value', cell)] });
  state(m, at, { kind: 'write', path: to.value, ins: [port('content', cell)], outs: [{ cell: fileCell(m, to), role: 'content' }] });
}

/** Mode bits as `chmod` spells them, if they make the file executable or setuid. */
export function modeOf(m: Machine, at: Place, mode: Abs | undefined): string | undefined {
  if (mode?.num !== undefined) return (mode.num & 0o6111) !== 0 ? mode.num.toString(8) : undefined;
  const text = strOf(mode);
  if (text !== undefined) return /[1357]|x|s/.test(text) ? text : undefined;
  return /S_IX|S_IEXEC|S_IRWX/.test(snippet(m, at, 400)) ? '+x' : undefined;
}

const CI =
  /^(?:CI|GITHUB_ACTIONS|GITLAB_CI|TRAVIS|CIRCLECI|JENKINS_URL|JENKINS_HOME|BUILDKITE|TEAMCITY_VERSION|TF_BUILD|CODEBUILD_BUILD_ID|CONTINUOUS_INTEGRATION)$/;

/** Reads an environment variable; the value is the default where one is given. */
export function readEnv(m: Machine, at: Place, name: Abs | undefined, fallback: Abs | undefined): Abs {
  const text = textLike(name);
  const cell = m.ctx.local(`env:${text ?? '?'}@${at.start}`);
  state(m, at, {
    kind: 'env',
    name: name?.value ?? known('*'),
    ins: [text === undefined ? undefined : { cell: cells.env(text), role: 'value' }, portOf('key', name)],
    outs: [port('value', cell)],
  });
  const spare = strOf(fallback);
  if (spare !== undefined && spare !== '') return { ...textAbs(spare), cell: join(m, at, [cell, fallback?.cell]) };
  return {
    value: { kind: 'template', parts: [text === undefined ? { name: 'env' } : { env: text }] },
    cell,
    ...(text !== undefined && CI.test(text) ? { gate: 'ci-gate' as const } : {}),
  };
}

/** The whole environment leaves the table. */
export function wholeEnv(m: Machine, at: Place): Cell {
  const cell = m.ctx.local(`env:*@${at.start}`);
  state(m, at, { kind: 'env', name: known('*'), outs: [port('value', cell)] });
  return cell;
}

function pack(m: Machine, at: Place, ref: string, call: Call, api: Extract<Api, { do: 'pack' }>): Abs {
  const path = pick(call, api.path) ?? NOTHING;
  const cell = m.ctx.local(`pack@${at.start}:${at.end}`);
  const packed = m.ctx.local(`packed@${at.start}:${at.end}`);
  const many = api.to !== undefined || /tar/.test(ref);
  state(m, at, {
    kind: 'read',
    path: path.value,
    ...(many ? { many: true } : {}),
    ins: [{ cell: fileCell(m, path), role: 'path' }, portOf('path', path)],
    outs: [port('value', cell)],
  });
  state(m, at, {
    kind: 'transform',
    op: 'compress',
    codec: /tar/.test(ref) ? 'tar' : 'zip',
    ins: [port('data', cell)],
    outs: [port('value', packed)],
  });
  const to = pick(call, api.to);
  if (to !== undefined) {
    const format = textLike(call.args[1] ?? call.kw.get('format')) ?? 'zip';
    const target: Abs = { ...to, value: joinText([...pieces(to), `.${format === 'gztar' ? 'tar.gz' : format}`]) };
    state(m, at, { kind: 'write', path: target.value, ins: [port('content', packed)], outs: [{ cell: fileCell(m, target), role: 'content' }] });
    return { ...target, cell: packed };
  }
  const sink = call.recv?.sink ?? call.recv?.cell;
  edge(m, packed, sink, at);
  if (call.recv?.sink) addContent(m, call.recv.sink, undefined);
  return NOTHING;
}

/** Applies one row. `ref` is the resolved name of what is called. */
export function applyApi(m: Machine, at: Place, ref: string, api: Api, call: Call): Abs {
  switch (api.do) {
    case 'shell':
      return runShell(m, at, ref, call, pick(call, api.command), pick(call, api.input));
    case 'process':
      return api.words
        ? runList(
            m,
            at,
            ref,
            call,
            { items: [...call.args], open: call.spread !== undefined, rest: call.spread?.cell, kind: 'list', block: 0 },
            undefined,
          )
        : runProcess(m, at, ref, call, pick(call, api.command), pick(call, api.shell), pick(call, api.input));
    case 'spawn':
      return runSpawn(m, at, ref, call, api);
    case 'code':
      return runCode(m, at, ref, call, api);
    case 'service': {
      const base = pick(call, api.base);
      const url = base === undefined || base.value.kind === 'unknown' ? known(api.address) : base.value;
      state(m, at, { kind: 'request', url, method: 'POST', tool: ref, ins: [] });
      if (api.env !== undefined && pick(call, ['api_key']) === undefined && call.spread === undefined)
        state(m, at, { kind: 'env', name: known(api.env) });
      return resultOf(m, at, ref, call, undefined);
    }
    case 'native':
      return runNative(m, at, ref, call, pick(call, api.program));
    case 'request':
      return doRequest(m, at, ref, call, api);
    case 'listen':
      return doListen(m, at, ref, call, api);
    case 'tunnel': {
      const host = pick(call, api.port);
      state(m, at, { kind: 'listen', host: known('0.0.0.0'), ...(host ? { port: host.value } : {}), tunnel: api.tunnel });
      return resultOf(m, at, ref, call, undefined);
    }
    case 'open': {
      const path = pick(call, api.path);
      return path === undefined ? NOTHING : openFile(m, at, ref, call, path, api.plain ?? textLike(pick(call, api.mode)) ?? 'r');
    }
    case 'read': {
      const path = pick(call, api.path);
      return path === undefined ? resultOf(m, at, ref, call, undefined) : readFile(m, at, ref, call, path, api.many ?? false);
    }
    case 'write': {
      const path = pick(call, api.path);
      if (path !== undefined) writeFile(m, at, path, pick(call, api.content), api.append ?? false);
      return NOTHING;
    }
    case 'delete': {
      for (const path of paths(pick(call, api.path)))
        state(m, at, {
          kind: 'delete',
          path: path.value,
          ...(api.recursive ? { recursive: true } : {}),
          ...(api.force ? { force: true } : {}),
          how: api.how ?? 'remove',
          ins: [{ cell: fileCell(m, path), role: 'path' }],
        });
      return NOTHING;
    }
    case 'copy': {
      const [from, to] = [pick(call, api.from), pick(call, api.to)];
      if (from !== undefined && to !== undefined) copyFile(m, at, from, to);
      return to ?? NOTHING;
    }
    case 'chmod': {
      const path = pick(call, api.path);
      const mode = modeOf(m, at, pick(call, api.mode));
      if (path !== undefined && mode !== undefined) state(m, at, { kind: 'write', path: path.value, mode });
      return NOTHING;
    }
    case 'pack':
      return pack(m, at, ref, call, api);
    case 'unpack': {
      const to = pick(call, api.to) ?? textAbs('.');
      state(m, at, {
        kind: 'write',
        path: to.value,
        ins: [portOf('content', call.recv ?? call.args[0])],
        outs: [{ cell: fileCell(m, to), role: 'content' }],
      });
      return NOTHING;
    }
    case 'env':
      if (api.name === '*') return { value: { kind: 'unknown' }, cell: wholeEnv(m, at) };
      return readEnv(m, at, pick(call, api.name), pick(call, api.fallback));
    case 'setenv': {
      const name = textLike(pick(call, api.name));
      if (name !== undefined) edge(m, pick(call, api.value)?.cell, cells.env(name), at);
      return NOTHING;
    }
    case 'capture': {
      const cell = m.ctx.local(`capture@${at.start}`);
      state(m, at, { kind: 'capture', what: api.what, tool: ref, outs: [port('value', cell)] });
      return resultOf(m, at, ref, call, cell);
    }
    case 'transform': {
      const cell = m.ctx.local(`transform@${at.start}:${at.end}`);
      state(m, at, { kind: 'transform', op: api.op, codec: api.codec, ins: [portOf('data', pick(call, api.data))], outs: [port('value', cell)] });
      return resultOf(m, at, ref, call, cell);
    }
    case 'persist': {
      if (api.mechanism === 'run-key' && !/\\Run(?:Once)?(?:\b|\\|$)/i.test(textLike(call.args[0]?.made?.args[1]) ?? textLike(call.args[0]) ?? ''))
        return NOTHING;
      const [command, path] = [pick(call, api.command), pick(call, api.path)];
      state(m, at, {
        kind: 'persist',
        mechanism: api.mechanism,
        ...(command ? { command: command.value } : {}),
        ...(path ? { path: path.value } : {}),
        ins: [portOf('code', command)],
      });
      return NOTHING;
    }
    case 'install': {
      const words = pick(call, api.words);
      const list = words?.list ?? { items: words ? [words] : [], open: false, kind: 'list' as const, block: 0 };
      return runList(m, at, ref, call, { ...list, items: [textAbs(api.manager), ...list.items] }, undefined);
    }
    case 'config':
      state(m, at, { kind: 'config', system: api.system, key: api.key, value: known('true'), effect: api.effect, via: 'command' });
      return NOTHING;
    case 'print': {
      const target = call.kw.get('file');
      const to =
        target === undefined || refOf(target) === 'sys.stdout' || refOf(target) === 'sys.stderr' ? m.ctx.stdout : (target.sink ?? target.cell);
      if (target?.sink) addContent(m, target.sink, call.args[0]);
      for (const arg of call.args) edge(m, arg.cell, to, at, 'pipe');
      readPrinted(m, at, call.args[0]);
      return NOTHING;
    }
    case 'input':
      return resultOf(m, at, ref, call, /parse_args/.test(ref) ? m.ctx.arg('*') : m.ctx.stdin);
    case 'pass':
      return resultOf(m, at, ref, call, join(m, at, [...cellsOfCall(call), call.recv?.cell], 'call'));
  }
}
