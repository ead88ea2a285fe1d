/** Commands of PowerShell that no table row can say: new-object, foreach-object, start-process, scheduled tasks, settings. */
import { known } from '../../value.ts';
import type { Syntax } from '../grammar.ts';
import { type Abs, type Call, joinText, type List, NOTHING, pieces, rowOf, strOf, textAbs, textLike } from '../python/abstract.ts';
import { wholeEnv, writeFile } from '../python/effects.ts';
import { fileCell, join, portOf, state } from '../python/machine.ts';
import { joinPath } from '../python/operators.ts';
import { block, program } from './commands.ts';
import { hole, type Shell } from './evaluate.ts';
import { construct } from './members.ts';
import { ALIASES } from './tables.ts';
import { set, typeName } from './text.ts';

export function specials(s: Shell, node: Syntax, key: string, call: Call, words: List): Abs | undefined {
  const { m } = s;
  switch (key) {
    case 'new-object': {
      const type = typeName(textLike(call.kw.get('typename') ?? call.args[0]) ?? '');
      if (call.kw.has('comobject') || call.kw.has('com'))
        return { ...hole(s, node), ref: `com:${(textLike(call.kw.get('comobject') ?? call.kw.get('com')) ?? '').toLowerCase()}()` };
      return construct(
        s,
        node,
        type,
        call.kw.get('argumentlist')?.list?.items ??
          (call.kw.get('argumentlist') ? [call.kw.get('argumentlist')!] : call.args.slice(1).flatMap((arg) => arg.list?.items ?? [arg])),
      );
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
      const items =
        call.recv?.list && !call.recv.list.open && call.recv.list.items.length <= 4_000 && call.recv.list.items.length * 10 < m.budget
          ? call.recv.list.items
          : [call.recv ?? NOTHING];
      m.budget -= items.length * 8;
      for (const each of [...call.args, ...call.kw.values()]) {
        if (each.fn === undefined) continue;
        const out = items.map((item) => block(s, each, [], item));
        last =
          out.length === 1
            ? out[0]!
            : {
                value: { kind: 'unknown' },
                list: { items: out, open: false, kind: 'list', block: 0 },
                cell: join(
                  m,
                  node,
                  out.slice(0, 50).map((item) => item.cell),
                ),
              };
      }
      return key === 'where-object' ? call.recv : last;
    }
    case 'invoke-command':
    case 'start-job': {
      const body = call.kw.get('scriptblock') ?? call.args.find((arg) => arg.fn !== undefined);
      const remote = call.kw.get('computername');
      if (remote !== undefined)
        state(m, node, { kind: 'request', url: remote.value, method: 'WINRM', tool: key, sends: true, ins: [portOf('body', body)] });
      return body === undefined ? undefined : block(s, body, call.kw.get('argumentlist')?.list?.items ?? [], call.recv);
    }
    case 'start-process': {
      const file = call.kw.get('filepath') ?? call.args[0];
      const given = call.kw.get('argumentlist') ?? call.args[1];
      if (file === undefined) return NOTHING;
      const rest = given?.list?.items ?? (given === undefined ? [] : splitWords(given));
      if (/^runas$/i.test(textLike(call.kw.get('verb')) ?? ''))
        state(m, node, { kind: 'exec', how: 'process', program: file.value, argv: rest.map((word) => word.value), elevated: 'runas' });
      return program(s, node, file, { items: rest, open: false, kind: 'list', block: 0 }, call.recv);
    }
    case 'remove-item': {
      const path = call.kw.get('path') ?? call.kw.get('literalpath') ?? call.args[0] ?? call.recv ?? NOTHING;
      for (const each of path.list?.items ?? [path])
        state(m, node, {
          kind: 'delete',
          path: each.value,
          ...(call.kw.has('recurse') ? { recursive: true } : {}),
          ...(call.kw.has('force') ? { force: true } : {}),
          how: 'remove',
          ins: [{ cell: fileCell(m, each), role: 'path' }],
        });
      return NOTHING;
    }
    case 'new-itemproperty':
    case 'set-itemproperty': {
      const path = textLike(call.kw.get('path') ?? call.args[0]) ?? '';
      const value = call.kw.get('value') ?? call.args[2];
      if (/\\(?:Run|RunOnce)\\?$/i.test(path) || /\\Winlogon$/i.test(path))
        state(m, node, {
          kind: 'persist',
          mechanism: 'run-key',
          path: known(path),
          ...(value ? { command: value.value } : {}),
          ins: [portOf('code', value)],
        });
      return NOTHING;
    }
    case 'new-scheduledtaskaction':
      return {
        value: joinText([
          ...pieces(call.kw.get('execute') ?? call.args[0] ?? NOTHING),
          ' ',
          ...pieces(call.kw.get('argument') ?? call.args[1] ?? textAbs('')),
        ]),
        cell: join(
          m,
          node,
          words.items.map((word) => word.cell),
        ),
      };
    case 'new-item': {
      const value = call.kw.get('value');
      const path = call.kw.get('path') ?? call.args[0];
      if (path !== undefined && value !== undefined) writeFile(m, node, path, value, false);
      return path ?? NOTHING;
    }
    case 'join-path':
      return {
        ...joinPath([call.kw.get('path') ?? call.args[0] ?? NOTHING, call.kw.get('childpath') ?? call.args.at(-1) ?? NOTHING]),
        cell: join(
          m,
          node,
          words.items.map((word) => word.cell),
        ),
      };
    case 'convertto-securestring':
    case 'out-string':
    case 'out-null':
    case 'convertto-json':
    case 'select-object':
    case 'sort-object':
      return {
        ...hole(s, node, join(m, node, [call.recv?.cell, ...call.args.map((arg) => arg.cell)])),
        ...(key === 'out-string' && call.recv ? { value: call.recv.value, via: call.recv.via } : {}),
      };
    case 'set-mppreference':
    case 'add-mppreference':
    case 'set-executionpolicy': {
      const isPolicy = key === 'set-executionpolicy';
      const value = isPolicy ? (call.kw.get('executionpolicy') ?? call.args[0]) : undefined;
      if (isPolicy && !/^(?:bypass|unrestricted)$/i.test(textLike(value) ?? '')) return NOTHING;
      state(m, node, {
        kind: 'config',
        system: 'os',
        key: isPolicy ? 'ExecutionPolicy' : [...call.kw.keys()].join(','),
        value: value?.value ?? known('true'),
        effect: 'disable-protection',
        via: 'command',
      });
      return NOTHING;
    }
    default:
      return undefined;
  }
}

const splitWords = (abs: Abs): Abs[] => {
  const body = strOf(abs);
  return body === undefined || /["'`$]/.test(body)
    ? [abs]
    : body
        .split(/\s+/)
        .filter((word) => word !== '')
        .map((word) => textAbs(word));
};
