/**
 * Programs that run their words: `sudo`, `env`, `timeout 5`, `xargs`, `find -exec`, `docker run image sh -c`, `ssh host cmd`. A row says which options take a value and how many operands
 * come before the command, so that the command behind any stack of them is still seen.
 */
import * as cells from '../../cells.ts';
import { concat, known, textOf } from '../../value.ts';
import { joinFields } from './builtins.ts';
import { type Command, type RunWords, tabled } from './command.ts';
import { effectsOf } from './commands.ts';
import { flagged, given, parseOptions } from './options.ts';
import { embedCode, exec, interpreterFor, runText } from './run.ts';
import { configFromEnv } from './settings.ts';
import { edge, type Field, fact, fieldText, type Output, plain, SILENT, UNKNOWN_OUTPUT, type World } from './world.ts';

type Wrapper = (w: World, command: Command, run: RunWords) => Output | undefined;

interface Simple {
  readonly values?: string;
  readonly skip?: number;
  readonly elevated?: string;
  readonly background?: boolean;
}

/** Options, a fixed number of operands, then the command. */
const simple =
  (row: Simple): Wrapper =>
  (w, command, run) => {
    const options = parseOptions(command.args, { values: row.values ?? '', stop: true });
    const rest = options.operands.slice(row.skip ?? 0);
    const before = w.elevated;
    if (row.elevated !== undefined) w.elevated = row.elevated;
    // `sudo -s`, `sudo -i` and `doas -s` open a shell.
    const target =
      rest.length === 0 && row.elevated !== undefined && flagged(options, '-s -i --shell --login')
        ? [plain(known('sh'), command.start, command.end)]
        : assignments(w, rest);
    if (row.elevated !== undefined) exec(w, command, { how: 'process', elevated: row.elevated });
    const output =
      target.length === 0
        ? UNKNOWN_OUTPUT
        : run(w, target, { ...command.io, ...(row.background ? { background: true } : {}) }, command.start, command.end);
    w.elevated = before;
    return output;
  };

/** Leading `NAME=value` words set the environment of what follows. */
function assignments(w: World, fields: readonly Field[]): readonly Field[] {
  let from = 0;
  for (; from < fields.length; from++) {
    const match = /^([A-Za-z_]\w{0,100})=/.exec(fields[from]!.spelled);
    if (match === null) break;
    const field = fields[from]!;
    edge(w, field.cells, cells.env(match[1]!), field.start, field.end, 'assign');
    configFromEnv(w, match[1]!, { ...field, value: known(field.spelled.slice(match[0].length)) }, field);
  }
  return fields.slice(from);
}

const env: Wrapper = (w, command, run) => {
  const options = parseOptions(command.args, { values: '-u --unset -C --chdir -S --split-string', stop: true });
  const strings = given(options, '-S --split-string').flatMap((field) =>
    (fieldText(field) ?? '')
      .split(/\s/)
      .filter((word) => word !== '')
      .map((word) => plain(known(word), field.start, field.end)),
  );
  const rest = assignments(w, [...strings, ...options.operands]);
  if (rest.length > 0) return run(w, rest, command.io, command.start, command.end);
  exec(w, command, { how: 'process' });
  fact(w, command.start, command.end, { kind: 'env', name: known('*'), outs: [{ cell: command.io.out, role: 'value' }] });
  return UNKNOWN_OUTPUT;
};

/** What arrives on standard input becomes arguments; for a shell with `-c`, code. */
const xargs: Wrapper = (w, command, run) => {
  const options = parseOptions(command.args, {
    values: '-I -n -P -L -d -a -E -s --max-args --max-procs --delimiter --replace --arg-file',
    stop: true,
  });
  const { stdin } = command.io;
  exec(w, command, { how: 'process' }, [{ cell: stdin.cell, role: 'stdin' }]);
  if (options.operands.length === 0) return stdin.value === undefined ? UNKNOWN_OUTPUT : { value: stdin.value, unwrapped: stdin.unwrapped };
  const mark = fieldText(given(options, '-I --replace')[0] ?? plain(known('{}'), 0, 0)) ?? '{}';
  const text = stdin.value === undefined ? undefined : textOf(stdin.value);
  const item: Field = {
    ...plain(
      text === undefined ? { kind: 'template', parts: [{ name: 'stdin' }] } : known(text.trim()),
      command.start,
      command.end,
      [stdin.cell],
      stdin.unwrapped,
    ),
    spelled: text?.trim() ?? `$${'{'}stdin}`,
  };
  const uses = options.operands.some((operand) => operand.spelled.includes(mark));
  const words = options.operands.map((operand) => (operand.spelled.includes(mark) ? filled(operand, mark, item) : operand));
  const constants =
    text === undefined
      ? [item]
      : text
          .split(/\s/)
          .filter((word) => word !== '')
          .slice(0, 64)
          .map((word) => ({ ...item, value: known(word), spelled: word }));
  return run(
    w,
    uses && flagged(options, '-I --replace -i') ? words : [...words, ...constants],
    { ...command.io, stdin: { cell: w.ctx.fresh(), unwrapped: [] } },
    command.start,
    command.end,
  );
};

function filled(field: Field, mark: string, item: Field): Field {
  const text = textOf(field.value);
  if (text === mark) return item;
  const pieces = (text ?? field.spelled).split(mark);
  return {
    ...plain(
      concat(...pieces.flatMap((piece, index) => (index > 0 ? [item.value, known(piece)] : [known(piece)]))),
      field.start,
      field.end,
      [...field.cells, ...item.cells],
      item.unwrapped,
    ),
    spelled: pieces.join(item.spelled),
    code: /(?:^|[;&|])\s{0,4}$/.test(pieces[0] ?? '') ? item.cells : field.code,
  };
}

/** The text on standard input of a command that starts a shell, read as that shell's code. */
function embedStdin(w: World, command: Command, by: string): void {
  const { stdin } = command.io;
  embedCode(
    w,
    'shell',
    {
      spelled: stdin.spelled ?? textOf(stdin.value) ?? '',
      unwrapped: stdin.unwrapped,
      start: command.start,
      end: command.end,
      ...(stdin.map ? { map: stdin.map } : {}),
    },
    [by],
    { out: command.io.out },
  );
}

const su: Wrapper = (w, command) => {
  const options = parseOptions(command.args, { values: '-c --command -s --shell -g -G' });
  const before = w.elevated;
  w.elevated = 'su';
  const code = given(options, '-c --command')[0];
  if (code === undefined)
    exec(
      w,
      command,
      { how: 'shell', elevated: 'su', ...(command.io.stdin.terminal ? {} : { code: 'stdin' }) },
      command.io.stdin.terminal ? [] : [{ cell: command.io.stdin.cell, role: 'code' }],
    );
  else runText(w, command, 'shell', code, 'su -c', [], 'shell');
  if (code === undefined && command.io.stdin.value !== undefined) embedStdin(w, command, 'su');
  w.elevated = before;
  return UNKNOWN_OUTPUT;
};

/** Runs one string as shell code, wherever the row says it stands. */
const stringAfter =
  (values: string, from: { option?: string; skip?: number }): Wrapper =>
  (w, command) => {
    const options = parseOptions(command.args, { values, stop: from.option === undefined });
    const code = from.option === undefined ? joinFields(options.operands.slice(from.skip ?? 0)) : given(options, from.option)[0];
    if (code === undefined) {
      exec(w, command, { how: 'process' });
      return UNKNOWN_OUTPUT;
    }
    return runText(w, command, 'shell', code, command.name, [], 'shell');
  };

const find: Wrapper = (w, command, run) => {
  const words = command.args.map(fieldText);
  for (let i = 0; i < words.length; i++) {
    if (!/^-(?:exec|execdir|ok|okdir)$/.test(words[i] ?? '')) continue;
    let end = words.findIndex((word, index) => index > i && (word === ';' || word === '+'));
    if (end < 0) end = words.length;
    const root = command.args.find((arg) => !fieldText(arg)?.startsWith('-'));
    const name = command.args[words.findIndex((word) => word === '-name' || word === '-iname' || word === '-path') + 1];
    const item = plain(
      concat(
        root?.value ?? known('.'),
        known('/'),
        words.some((word) => /^-(?:i?name|path)$/.test(word ?? '')) && name !== undefined ? name.value : known('*'),
      ),
      command.start,
      command.end,
      [w.ctx.local('find')],
    );
    const inner = command.args.slice(i + 1, end).map((arg) => (arg.spelled.includes('{}') ? filled(arg, '{}', item) : arg));
    if (inner.length > 0) run(w, inner, { ...command.io, stdin: { cell: w.ctx.fresh(), unwrapped: [] } }, command.start, command.end);
    i = end;
  }
  return undefined;
};

const containers: Wrapper = (w, command, run) => {
  // `docker run|exec|compose exec`, `kubectl exec pod -- cmd`: the settings are stated by the tables; here only the command inside counts.
  const options = parseOptions(command.args, { values: '--context --config -H --host -n --namespace -f --file', stop: true });
  const verb = fieldText(options.operands[0] ?? plain(known(''), 0, 0));
  let rest = options.operands.slice(1);
  if (verb === 'compose') rest = parseOptions(rest, { values: '-f --file -p', stop: true }).operands.slice(1);
  else if (verb !== 'run' && verb !== 'exec' && verb !== 'create') return undefined;
  const values =
    '-v --volume -e --env --env-file -p --publish --name -w --workdir -u --user --network --net --entrypoint --mount -m --memory --cpus -h --hostname --add-host --label -l --restart --platform --pull --cap-add --cap-drop --security-opt --device --tmpfs --ulimit --gpus --dns --ip --link --log-driver --log-opt --pid --ipc --userns --shm-size --stop-signal --expose --cidfile -c --container -n --namespace --image --overrides';
  const inner = parseOptions(rest, { values, stop: true });
  const words = command.name === 'kubectl' || command.name === 'oc' ? afterDashes(inner.operands) : inner.operands.slice(1);
  const entry = given(inner, '--entrypoint')[0];
  const all = entry === undefined ? words : [entry, ...words];
  const head = fieldText(all[0] ?? plain(known(''), 0, 0)) ?? '';
  if (all.length > 0 && (interpreterFor(head.split('/').at(-1)!) !== undefined || effectsOf(head) !== undefined))
    run(w, all, command.io, command.start, command.end);
  return undefined;
};
const afterDashes = (fields: readonly Field[]): readonly Field[] => {
  const at = fields.findIndex((field) => fieldText(field) === '--');
  return at < 0 ? fields.slice(1) : fields.slice(at + 1);
};

const ssh: Wrapper = (w, command) => {
  // The request is stated by the network table; here the remote command.
  const options = parseOptions(command.args, { values: SSH_VALUES, stop: true });
  const code = joinFields(options.operands.slice(1));
  const host = options.operands[0];
  if (code !== undefined)
    embedCode(w, 'shell', code, ['ssh'], { stdin: command.io.stdin.cell, out: command.io.out }, `on ${fieldText(host!) ?? 'another host'}`);
  else if (command.io.stdin.value !== undefined && command.io.stdin.via !== 'file') embedStdin(w, command, 'ssh');
  return undefined;
};
export const SSH_VALUES = '-b -c -D -E -e -F -I -i -J -L -l -m -O -o -p -Q -R -S -W -w';

const WRAPPER_ROWS: readonly (readonly [string, Wrapper])[] = [
  ['sudo', simple({ values: '-u -g -h -p -C -T -U -r -t -R -D --user --group', elevated: 'sudo' })],
  ['doas', simple({ values: '-u -C', elevated: 'doas' })],
  ['pkexec', simple({ values: '--user', elevated: 'pkexec' })],
  ['env', env],
  ['nohup setsid', simple({ background: true })],
  [
    'time nice ionice chrt stdbuf unbuffer caffeinate chronic eatmydata fakeroot proxychains proxychains4 torsocks torify tsocks catchsegv linux32 linux64 arch dbus-run-session systemd-inhibit ltrace strace then do else',
    simple({ values: '-n -c -p -f -o -i -e -w -t -u -s -E --format' }),
  ],
  ['timeout gtimeout', simple({ values: '-s -k --signal --kill-after', skip: 1 })],
  ['retry', simple({ values: '-t -d -n' })],
  ['taskset chroot flock', simple({ values: '-w -E -c -g -u --userspec', skip: 1 })],
  [
    'runuser unshare nsenter setpriv systemd-run firejail bwrap setarch prlimit',
    simple({ values: '-u -g -p -c -w -E -t --unit --property --user --uid --gid', skip: 0 }),
  ],
  ['busybox toybox', simple({})],
  ['xargs gxargs parallel', xargs],
  ['su', su],
  ['watch', stringAfter('-n --interval', {})],
  ['script', stringAfter('-c --command -t', { option: '-c --command' })],
  ['find gfind fd', find],
  ['docker podman nerdctl kubectl oc', containers],
  ['ssh', ssh],
  [
    'concurrently',
    (w, command) => {
      for (const arg of command.args) if (!fieldText(arg)?.startsWith('-')) runText(w, command, 'shell', arg, 'concurrently', [], 'shell');
      return SILENT;
    },
  ],
];
export const WRAPPERS: ReadonlyMap<string, Wrapper> = tabled(WRAPPER_ROWS);
