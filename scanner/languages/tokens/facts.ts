/**
 * From a flat program to facts: each call that the table knows is stated with folded arguments, what it runs is embedded, what it yields flows on through variables of the unit.
 * Names are taken unit-wide: two functions that share a variable name share it here too, which can only connect too much.
 */
import * as cells from '../../cells.ts';
import type { Cell, Port, Role, Value } from '../../model.ts';
import { known, partsOf, show, textOf, unknown } from '../../value.ts';
import { collapsed } from '../contract.ts';
import { fold, listOf } from './fold.ts';
import type { Call, Program } from './program.ts';
import { address, asShell, builderArguments, looksLikeUrl, ports, type Range, rangeOf, shell, spawn, type Walk } from './run.ts';

/** States one call of the table. */
export function stateCall(walk: Walk, call: Call, assigned: string | undefined): void {
  const { program, ctx } = walk;
  const { api } = call;
  if (api === undefined) return;
  ctx.step();
  const at = rangeOf(program, call.first, call.close);
  const result = ctx.local(`call@${call.close}`);
  const argument = call.args[api.at ?? 0] ?? call.args[0];
  const value = argument === undefined ? unknown : fold(program, argument[0], argument[1]);
  const all = call.args.length === 0 ? [] : ports(walk, call.args[0]![0], call.args.at(-1)![1], 'data');
  const role = (to: Role): Port[] => all.map((port) => ({ ...port, role: to }));
  const out = (to: Role = 'value'): Port[] => [{ cell: result, role: to }];
  const name = call.name;
  switch (api.does) {
    case 'shell': {
      // A list of words runs without a shell.
      const values = call.args.map(([from, to]) => fold(program, from, to));
      const list = argument === undefined ? [] : listOf(program, argument[0], argument[1]);
      if (list.length > 1) {
        spawn(
          walk,
          fold(program, ...list[0]!),
          list.slice(1).map(([from, to]) => fold(program, from, to)),
          at,
          role('argv'),
          result,
          name,
        );
        return;
      }
      if (
        argument !== undefined &&
        call.args.length > 1 &&
        ['ruby', 'perl'].includes(program.language) &&
        values[1]!.kind === 'known' &&
        !/^(?:in|out|err|chdir|r|w)$/.test(textOf(values[1]) ?? '')
      ) {
        spawn(walk, value, values.slice(1), at, role('argv'), result, name);
        return;
      }
      if (argument !== undefined) shell(walk, value, argument[0], argument[1], result, name);
      return;
    }
    case 'process': {
      const builder = program.language === 'rust' ? builderArguments(walk, call, assigned) : undefined;
      const list = argument === undefined ? [] : listOf(program, argument[0], argument[1]);
      const ranges =
        list.length > 1
          ? list
          : [
              ...call.args.slice(api.at ?? 0).flatMap(([from, to], index) => (index === 0 ? [[from, to] as const] : listOf(program, from, to))),
              ...(builder?.ranges ?? []),
            ];
      const values = ranges.map(([from, to]) => fold(program, from, to));
      // C's exec family repeats the name as first argument and ends in NULL; C# gives all arguments in one string.
      const rest = values.slice(1).filter(
        (item) =>
          !/^(?:NULL|nil|nullptr)$/.test(
            partsOf(item)
              .map((part) => (typeof part === 'string' ? part : (part.name ?? '')))
              .join(''),
          ),
      );
      const cleaned =
        program.language === 'c' && rest.length > 0
          ? rest.slice(1)
          : program.language === 'csharp' && rest.length === 1
            ? splitWords(rest[0]!)
            : rest;
      const ins = [...role('argv'), ...(builder?.ranges ?? []).flatMap(([from, to]) => ports(walk, from, to, 'argv'))];
      if (values.length > 0) spawn(walk, values[0]!, cleaned, at, ins, result, name);
      return;
    }
    case 'eval': {
      if (program.language === 'php' && /^(?:include|require)/.test(name)) {
        ctx.fact(at.start, at.end, {
          kind: 'exec',
          how: 'import',
          program: known(name),
          argv: [],
          code: looksLikeUrl(value) && value.kind === 'known' ? 'url' : 'file',
          path: value,
          ins: role('code'),
        });
        return;
      }
      if (value.kind === 'known' && (program.language === 'r' || program.language === 'tcl') && name === 'source') {
        ctx.fact(at.start, at.end, {
          kind: 'exec',
          how: 'source',
          program: known(name),
          argv: [],
          code: /^https?:/.test(value.text) ? 'url' : 'file',
          path: value,
          ins: [{ cell: cells.path(value, ctx.unit.id), role: 'code' }],
        });
        if (/^https?:/.test(value.text))
          ctx.fact(at.start, at.end, {
            kind: 'request',
            url: value,
            method: 'GET',
            tool: name,
            outs: [{ cell: cells.path(value, ctx.unit.id), role: 'response' }],
          });
        return;
      }
      ctx.fact(at.start, at.end, {
        kind: 'exec',
        how: 'eval',
        program: known(name),
        argv: [value],
        code: 'argument',
        ins: role('code'),
        outs: out(),
      });
      if (value.kind === 'known' && value.text.length > 3)
        ctx.embed(program.language, value.text, collapsed(at.start, at.end), { role: 'embedded', unwrapped: [name] });
      return;
    }
    case 'native':
    case 'reflect':
    case 'deserialize':
      ctx.fact(at.start, at.end, {
        kind: 'exec',
        how: api.does,
        program: known(name),
        argv: [value],
        ...(api.does === 'native' ? { code: 'file' as const, path: value } : {}),
        ins: role(api.does === 'deserialize' ? 'code' : 'path'),
        outs: out(),
      });
      return;
    case 'request': {
      const named = call.args.map(([from, to]) => fold(program, from, to)).find((item) => /^(?:https?|ftp|wss?):\/\//i.test(asShell(item)));
      const url = named ?? value;
      // Names such as `open` and `URL` also make file paths: without an address it is no request.
      if (
        named === undefined &&
        (value.kind === 'known' ||
          /^(?:file_get_contents|fopen|copy|readfile|url|download|open|URL|URI|new URL)$|\.(?:open|url)$|\.(?:URL|URI)$/i.test(name))
      ) {
        if (/^(?:file_get_contents|fopen|readfile)$/.test(name))
          ctx.fact(at.start, at.end, { kind: 'read', path: value, ins: [{ cell: cells.path(value, ctx.unit.id), role: 'path' }], outs: out() });
        return;
      }
      const verb = /(?:^|[."'])(POST|PUT|PATCH|DELETE)\b/.exec(call.args.map(([from, to]) => textOf(fold(program, from, to)) ?? '').join(' '))?.[1];
      const sends = api.method === 'POST' || verb !== undefined || chainSends(program, call);
      const others = call.args.filter((range) => range !== argument).flatMap(([from, to]) => ports(walk, from, to, 'body'));
      const body = [...others, ...chainBodies(walk, call)];
      ctx.fact(at.start, at.end, {
        kind: 'request',
        url,
        method: verb ?? (sends ? 'POST' : (api.method ?? 'GET')),
        tool: name.slice(0, 80),
        ...(sends ? { sends: true } : {}),
        ins: [...(argument === undefined ? [] : ports(walk, argument[0], argument[1], 'url')), ...body],
        outs: out('response'),
      });
      // Downloads name their target.
      const target = /download|DownloadFile|URLDownloadToFile|copy/i.test(name)
        ? call.args
            .map(([from, to]) => fold(program, from, to))
            .filter((item) => item !== url && item.kind !== 'unknown' && !/^https?:/.test(asShell(item)) && asShell(item).length > 1)
            .at(-1)
        : undefined;
      if (target !== undefined)
        ctx.fact(at.start, at.end, {
          kind: 'write',
          path: target,
          ins: [{ cell: result, role: 'content' }],
          outs: [{ cell: cells.path(target, ctx.unit.id), role: 'content' }],
        });
      return;
    }
    case 'socket': {
      walk.connected = true;
      const values = call.args.map(([from, to]) => fold(program, from, to));
      const host = values
        .slice(api.at ?? 0)
        .map(address)
        .filter((text) => text !== '' && text !== '${…}')
        .slice(0, 2)
        .join(':');
      ctx.fact(at.start, at.end, {
        kind: 'request',
        url: values.some((item) => item.kind === 'known') ? known(`tcp://${host}`) : value,
        method: 'TCP',
        tool: name.slice(0, 80),
        ins: role('url'),
        outs: out('response'),
      });
      return;
    }
    case 'listen': {
      const text = call.args.map(([from, to]) => show(fold(program, from, to))).join(':');
      const host = /^((?:\d{1,3}\.){3}\d{1,3}|localhost|\[?::1?\]?|\*)?:?(\d{1,5})?/.exec(text);
      ctx.fact(at.start, at.end, { kind: 'listen', host: known(host?.[1] || '0.0.0.0'), ...(host?.[2] ? { port: known(host[2]) } : {}) });
      return;
    }
    case 'env':
      ctx.fact(at.start, at.end, {
        kind: 'env',
        name: call.args.length === 0 || /(?:vars(?:_os)?|Environ|Variables|to_h|to_hash|getEnvironment)$/.test(name) ? known('*') : value,
        outs: out(),
      });
      return;
    case 'env-set': {
      const key = textOf(value);
      if (key !== undefined && call.args[1] !== undefined)
        for (const port of ports(walk, call.args[1][0], call.args[1][1], 'value')) ctx.edge(port.cell, cells.env(key), at.start, at.end, 'assign');
      return;
    }
    case 'open': {
      const mode = call.args
        .slice(1)
        .map(([from, to]) => textOf(fold(program, from, to)) ?? '')
        .join(' ');
      if (program.language === 'ruby' && /^\|/.test(textOf(value) ?? '')) {
        shell(walk, known(textOf(value)!.slice(1)), argument![0], argument![1], result, name);
        return;
      }
      if (/[wax+]/.test(mode)) write(walk, value, at, result, assigned, mode.includes('a'));
      else ctx.fact(at.start, at.end, { kind: 'read', path: value, ins: [{ cell: cells.path(value, ctx.unit.id), role: 'path' }], outs: out() });
      return;
    }
    case 'read':
      if (
        /^(?:String|Data|NSData|NSDictionary|FileHandle|File|Pathname\.new|read|file|scan|load)$/.test(name) &&
        (value.kind === 'unknown' ||
          !/[./~\\]/.test(asShell(value)) ||
          (program.language === 'swift' && !/contentsOf|forReadingAtPath|atPath/.test(program.tokens[call.args[0]?.[0] ?? 0]?.text ?? '')))
      )
        return;
      if (/^https?:/.test(asShell(value)))
        ctx.fact(at.start, at.end, { kind: 'request', url: value, method: 'GET', tool: name, outs: out('response') });
      else
        ctx.fact(at.start, at.end, {
          kind: 'read',
          path: value,
          ...(/(?:walk|Walk|list|glob|Glob|GetFiles|EnumerateFiles|readdir|read_dir|scandir|entries|children|enumerator|contentsOfDirectory|ReadDir)/.test(
            name,
          )
            ? { many: true }
            : {}),
          ins: [{ cell: cells.path(value, ctx.unit.id), role: 'path' }],
          outs: out(),
        });
      return;
    case 'write': {
      const contents = call.args.filter((range) => range !== argument).flatMap(([from, to]) => ports(walk, from, to, 'content'));
      const content = call.args.filter((range) => range !== argument)[0];
      ctx.fact(at.start, at.end, {
        kind: 'write',
        path: value,
        ...(api.append ? { append: true } : {}),
        ...(content === undefined ? {} : { content: fold(program, content[0], content[1]) }),
        ins: contents,
        outs: [{ cell: cells.path(value, ctx.unit.id), role: 'content' }],
      });
      if (assigned !== undefined) ctx.edge(ctx.local(assigned.replace(/^[$@%]/, '')), cells.path(value, ctx.unit.id), at.start, at.end, 'file');
      return;
    }
    case 'delete':
      ctx.fact(at.start, at.end, {
        kind: 'delete',
        path: value,
        how: 'remove',
        ...(api.recursive ||
        call.args.some(([from, to]) =>
          /recursive|TRUE|true/.test(
            program.tokens
              .slice(from, Math.min(to, from + 6))
              .map((token) => token.text)
              .join(' '),
          ),
        )
          ? { recursive: true }
          : {}),
      });
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
      ctx.fact(at.start, at.end, {
        kind: 'install',
        manager: program.language === 'r' ? 'cran' : program.language,
        name: value,
        pinned: false,
        from: /github|git/i.test(name) ? 'vcs' : 'registry',
      });
      return;
    case 'import':
      ctx.fact(at.start, at.end, { kind: 'exec', how: 'import', program: known(name), argv: [value], code: 'file', path: value, ins: role('code') });
      return;
  }
}

function write(walk: Walk, path: Value, at: Range, result: Cell, assigned: string | undefined, append: boolean): void {
  const { ctx } = walk;
  const handle = assigned === undefined ? result : ctx.local(assigned.replace(/^[$@%]/, ''));
  ctx.fact(at.start, at.end, {
    kind: 'write',
    path,
    ...(append ? { append } : {}),
    ins: [{ cell: handle, role: 'content' }],
    outs: [{ cell: cells.path(path, ctx.unit.id), role: 'content' }],
  });
}

/** `"/c calc.exe"` as C# gives arguments. */
const splitWords = (value: Value): Value[] => {
  const text = textOf(value);
  if (text === undefined) return [value];
  const flag = /^\s{0,10}(\/c|\/k|-c|-command|-enc|-EncodedCommand)\s/i.exec(text);
  return flag === null
    ? text
        .split(/\s{1,20}/)
        .filter((word) => word !== '')
        .map(known)
    : [known(flag[1]!), known(text.slice(flag[0].length))];
};

/** Does a builder chain behind a request send data? */
const chainSends = (program: Program, call: Call): boolean =>
  (program.chains.get(call.first) ?? [])
    .slice(0, 100)
    .some(
      (other) =>
        other.at > call.at &&
        /\.(?:body|json|form|multipart|send_json|send_string|send_form|send_bytes|post|POST|put|PUT|setBody|query)$/.test(other.name),
    );
const chainBodies = (walk: Walk, call: Call): Port[] =>
  (walk.program.chains.get(call.first) ?? [])
    .slice(0, 100)
    .filter(
      (other) =>
        other.at > call.at &&
        /\.(?:body|json|form|multipart|send|send_json|send_string|send_form|send_bytes|post|POST|put|PUT|setBody|query|header|headers)$/.test(
          other.name,
        ),
    )
    .flatMap((other) =>
      other.args.flatMap(([from, to]) => ports(walk, from, to, /query$/.test(other.name) ? 'query' : /header/.test(other.name) ? 'header' : 'body')),
    );

/** Backticks and their like. */
export function stateShellLiteral(walk: Walk, index: number): void {
  const value = literalValue(walk.program, index);
  shell(walk, value, index, index + 1, walk.ctx.local(`shell@${index}`), 'backticks');
}
const literalValue = (program: Program, index: number): Value => {
  const token = program.tokens[index]!;
  return fold({ ...program, tokens: [{ ...token, kind: 'string' }], partner: new Int32Array([-1]) }, 0, 1);
};
