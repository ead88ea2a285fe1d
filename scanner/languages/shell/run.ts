/**
 * Interpreters: who runs text as code, where the text comes from (argument, standard input, file, URL), and handing it to the reader of its language. Literal text keeps its
 * offsets; folded or decoded text maps to the word it came from and says how it was uncovered.
 */
import * as cells from '../../cells.ts';
import { guessLanguage } from '../../decode/codecs.ts';
import type { Cell, ExecFact, Port, UnitId, Value } from '../../model.ts';
import { known, partsOf, textOf } from '../../value.ts';
import { collapsed, type OffsetMap } from '../contract.ts';
import type { Command } from './command.ts';
import { effectsOf } from './commands.ts';
import { flagged, given, type Options, parseOptions } from './options.ts';
import {
  edge,
  type Field,
  fact,
  fieldText,
  fileOf,
  type Output,
  pathCell,
  place,
  ports,
  readFile,
  type Stream,
  shipped,
  UNKNOWN_OUTPUT,
  type World,
} from './world.ts';

interface Interpreter {
  readonly names: RegExp;
  readonly language: string;
  /** Options whose value is code. */
  readonly code: string;
  /** Options with a value that are not code. */
  readonly values?: string;
  readonly single?: boolean;
  /** Options that load code from a file or module first. */
  readonly preload?: string;
  readonly module?: string;
  readonly encoded?: string;
  readonly file?: string;
  /** First operands that are verbs before a script. */
  readonly verbs?: string;
}

export const INTERPRETERS: readonly Interpreter[] = [
  {
    names: /^(?:ba|z|da|k|mk|a|c|tc|fi)?sh$|^rbash$|^yash$/,
    language: 'shell',
    code: '-c',
    values: '-o -O +o +O --rcfile --init-file',
    preload: '--rcfile --init-file',
  },
  { names: /^(?:python|pypy|ipython)[\d.]{0,6}w?$/, language: 'python', code: '-c', values: '-W -X -Q --check-hash-based-pycs', module: '-m' },
  {
    names: /^(?:node|nodejs|tsx|ts-node|iojs)[\d.]{0,4}$/,
    language: 'javascript',
    code: '-e --eval -p --print -pe',
    values: '-C --conditions --input-type --env-file --max-old-space-size --loader --experimental-loader',
    preload: '-r --require --import --loader --experimental-loader',
    verbs: 'watch',
  },
  { names: /^bun$/, language: 'javascript', code: '-e --eval -p --print', preload: '-r --preload', verbs: 'run' },
  { names: /^deno$/, language: 'javascript', code: '--eval', verbs: 'run eval' },
  { names: /^perl[\d.]{0,6}$/, language: 'perl', code: '-e -E', values: '-I -M -m -F -x' },
  { names: /^j?ruby[\d.]{0,4}$/, language: 'ruby', code: '-e', values: '-I -r -C', preload: '-r' },
  { names: /^php[\d.]{0,4}$/, language: 'php', code: '-r -R -B', values: '-d -c -S -t', file: '-f' },
  { names: /^osascript$/, language: 'applescript', code: '-e', values: '-l -s' },
  {
    names: /^(?:powershell|pwsh)$/,
    language: 'powershell',
    code: '-command -c -commandwithargs',
    single: true,
    encoded: '-encodedcommand -enc -ec -e -en -enco',
    file: '-file -f',
    values: '-executionpolicy -ep -ex -exec -windowstyle -w -version -inputformat -outputformat -configurationname -workingdirectory -wd',
  },
  { names: /^lua(?:jit)?[\d.]{0,4}$/, language: 'lua', code: '-e', values: '-l' },
  { names: /^Rscript$/, language: 'r', code: '-e' },
  { names: /^(?:tclsh|expect)[\d.]{0,4}$/, language: 'tcl', code: '-c' },
];
export const interpreterFor = (name: string): Interpreter | undefined => INTERPRETERS.find((row) => row.names.test(name));

/** Languages that have, or may have, a reader; text for others is stated as an execution and left. */
const EMBEDDABLE = new Set(['shell', 'python', 'javascript', 'perl', 'ruby', 'php', 'applescript', 'powershell']);

/** By name of a file: what language it would be read as. */
const BY_NAME: readonly (readonly [RegExp, string])[] = [
  [
    /\.(?:sh|bash|zsh|ksh|command)$|(?:^|\/)\.(?:bashrc|bash_profile|zshrc|profile|zprofile|zshenv|bash_login|envrc)$|(?:^|\/)\.?git\/hooks\/[\w-]+$/,
    'shell',
  ],
  [/\.pyw?$/, 'python'],
  [/\.(?:js|mjs|cjs|ts|mts|cts|jsx|tsx)$/, 'javascript'],
  [/\.p[lm]$/, 'perl'],
  [/\.rb$/, 'ruby'],
  [/\.php$/, 'php'],
  [/\.(?:scpt|applescript)$/, 'applescript'],
  [/\.ps[md]?1$/, 'powershell'],
];
export const languageOfPath = (path: string): string | undefined => BY_NAME.find(([pattern]) => pattern.test(path))?.[1];

/** Embeds code; connects its standard streams. Returns the unit. */
export function embedCode(
  w: World,
  language: string,
  source: Pick<Field, 'spelled' | 'map' | 'unwrapped' | 'start' | 'end'>,
  how: readonly string[],
  io: { stdin?: Cell; out?: Cell; args?: readonly Field[] },
  note?: string,
): UnitId | undefined {
  if (!EMBEDDABLE.has(language) || source.spelled.trim() === '') return undefined;
  const decoded = source.unwrapped.length > 0;
  let body = source.spelled;
  let map: OffsetMap = source.map ?? collapsed(source.start, source.end);
  if (language === 'shell') {
    const before = preamble(w, body, source.start, source.end);
    if (before !== '') {
      const inner = map.kind === 'pieces' ? map.pieces : [{ at: 0, outer: map.start }];
      if (map.kind !== 'collapsed')
        map = {
          kind: 'pieces',
          start: map.start,
          end: map.end,
          pieces: [{ at: 0, outer: map.start }, ...inner.map((piece) => ({ at: piece.at + before.length, outer: piece.outer }))],
        };
      body = before + body;
    }
  }
  const stance = w.stance;
  const unit = w.ctx.embed(language, body, map, {
    role: decoded ? 'decoded' : 'embedded',
    unwrapped: [...source.unwrapped, ...how],
    ...(stance ? { stance } : {}),
    ...(note ? { note } : {}),
  });
  const ends = w.ctx.cellsOf(unit);
  const { start, end } = source;
  if (io.stdin !== undefined) w.ctx.edge(io.stdin, ends.stdin, start, end, 'pipe');
  if (io.out !== undefined) w.ctx.edge(ends.stdout, io.out, start, end, 'pipe');
  io.args?.forEach((arg, index) => {
    edge(w, arg.cells, ends.arg(index + 1), arg.start, arg.end, 'call');
    edge(w, arg.cells, ends.arg('*'), arg.start, arg.end, 'call');
  });
  return unit;
}

/** Constants of this shell that an inner one refers to, as assignments on one line before it; data of others goes by the environment. */
function preamble(w: World, body: string, start: number, end: number): string {
  const names = new Set<string>();
  for (const match of body.slice(0, 65_536).matchAll(/\$\{?([A-Za-z_]\w{0,60})/g)) if (names.size < 40) names.add(match[1]!);
  let out = '';
  for (const name of names) {
    const variable = w.vars.get(name);
    if (variable === undefined || setsItself(body, name)) continue;
    w.ctx.edge(variable.cell, cells.env(name), start, end, 'assign');
    const value = textOf(variable.field.value);
    if (value !== undefined && value.length < 65_536) out += `${name}='${value.replaceAll("'", "'\\''")}'; `;
  }
  return out;
}

/** The inner text assigns the name itself. */
const setsItself = (body: string, name: string): boolean =>
  body.startsWith(`${name}=`) || [' ', '\n', ';', '\t'].some((mark) => body.includes(`${mark}${name}=`));

const asSource = (stream: Stream, start: number, end: number): Pick<Field, 'spelled' | 'map' | 'unwrapped' | 'start' | 'end'> | undefined =>
  stream.value === undefined && stream.spelled === undefined
    ? undefined
    : { spelled: stream.spelled ?? textOf(stream.value!) ?? '', unwrapped: stream.unwrapped, start, end, ...(stream.map ? { map: stream.map } : {}) };

/** States an execution of code. */
export function exec(
  w: World,
  command: Command,
  draft: Partial<Omit<ExecFact, 'kind' | 'id' | 'unit' | 'at'>> & { how: ExecFact['how'] },
  ins: readonly Port[] = [],
  outs: readonly Port[] = [],
): void {
  const elevated = w.elevated;
  fact(w, command.start, command.end, {
    kind: 'exec',
    program: known(command.name),
    argv: command.args.map((arg) => arg.value),
    ...draft,
    ...(elevated && draft.elevated === undefined ? { elevated } : {}),
    ins: [...ins, ...command.args.flatMap((arg) => ports(arg.cells, 'argv'))],
    outs: outs.length > 0 ? outs : [{ cell: command.io.out, role: 'value' }],
  });
}

/** Languages whose code is understood wherever it stands, as that of a file is. */
const UNDERSTOOD = new Set(['python', 'javascript', 'typescript', 'ruby', 'php']);

/** Runs text as code: an embed if it is known, an opaque fact if it is not and nothing says where it comes from. */
export function runText(
  w: World,
  command: Command,
  language: string,
  field: Field,
  label: string,
  args: readonly Field[],
  how: ExecFact['how'],
): Output {
  const dynamic = field.cells.length > 0 && textOf(field.value) === undefined;
  const whole = dynamic && !partsOf(field.value).some((part) => typeof part === 'string' && part.trim() !== '');
  const codeCells = whole || language !== 'shell' ? field.cells : field.code;
  const socket = command.io.stdin.socket === true && command.io.toSocket === true;
  const spelled = UNDERSTOOD.has(language) && textOf(field.value) !== undefined && field.cells.length === 0 && field.unwrapped.length === 0;
  exec(w, command, { how, code: 'argument', ...(spelled ? { spelled } : {}), ...(socket ? { socket: true } : {}) }, [
    ...ports(codeCells, 'code'),
    ...ports(
      field.cells.filter((cell) => !codeCells.includes(cell)),
      'data',
    ),
  ]);
  if (whole || (textOf(field.value) === undefined && field.cells.length === 0 && field.spelled.trim() === '')) {
    w.ctx.opaque(command.start, command.end, 'dynamic', `${label}: the code is not known`, false);
    return UNKNOWN_OUTPUT;
  }
  const out = w.ctx.fresh();
  embedCode(w, language, field, [label], { stdin: command.io.stdin.cell, out, args });
  w.ctx.edge(out, command.io.out, command.start, command.end, 'pipe');
  return UNKNOWN_OUTPUT;
}

/** A shell that takes its commands from a socket, or an interactive one that prints to it. Code that is known beforehand is not one. */
const isSocket = (command: Command, interactive: boolean): boolean =>
  interactive && (command.io.stdin.socket === true || (command.io.toSocket === true && command.io.stdin.value === undefined));

/** Runs a file: its cells meet those of whoever wrote it or of the shipped script. */
export function runFile(
  w: World,
  command: Command,
  script: Field,
  args: readonly Field[],
  how: ExecFact['how'] = 'process',
  language?: string,
): Output {
  const { start, end } = command;
  if (script.process !== undefined) {
    const { stream } = script.process;
    exec(w, command, { how: language === 'shell' ? 'shell' : 'eval', code: 'file', path: script.value }, [{ cell: stream.cell, role: 'code' }]);
    const source = asSource(stream, script.start, script.end);
    if (source) embedCode(w, language ?? 'shell', source, ['process substitution'], { stdin: command.io.stdin.cell, out: command.io.out, args });
    return UNKNOWN_OUTPUT;
  }
  const named = script.placeholder === undefined ? script.value : known(script.placeholder);
  const raw = textOf(named);
  if (raw !== undefined && /^https?:\/\//i.test(raw)) {
    const got = w.ctx.fresh();
    fact(w, script.start, script.end, { kind: 'request', url: named, method: 'GET', tool: command.name, outs: [{ cell: got, role: 'response' }] });
    exec(w, command, { how, code: 'url' }, [{ cell: got, role: 'code' }]);
    return UNKNOWN_OUTPUT;
  }
  const data = raw === undefined ? null : /^data:[\w.+/-]{0,80}(?:;[\w=.-]{1,40}){0,3},/i.exec(raw);
  if (data !== null) {
    const body = raw!.slice(data[0].length);
    const got = w.ctx.fresh();
    fact(w, script.start, script.end, {
      kind: 'transform',
      op: 'decode',
      codec: /;base64,/i.test(data[0]) ? 'base64' : 'percent',
      outs: [{ cell: got, role: 'value' }],
    });
    exec(w, command, { how: 'eval', code: 'argument' }, [{ cell: got, role: 'code' }]);
    if (/;base64,/i.test(data[0]) && language !== undefined)
      embedCode(
        w,
        language,
        { spelled: Buffer.from(body, 'base64').toString('utf8'), unwrapped: [...script.unwrapped, 'base64'], start: script.start, end: script.end },
        ['data: address'],
        { out: command.io.out },
      );
    return UNKNOWN_OUTPUT;
  }
  if (raw === '/dev/stdin' || raw === '-') return runStdin(w, command, language ?? 'shell', args);
  const path = place(w, named);
  const inside = shipped(w, path);
  const cell = inside === undefined ? pathCell(w, path) : cells.path(known(inside), w.ctx.unit.id);
  const file = w.files.get(pathCell(w, path)) ?? w.files.get(cell);
  if (file !== undefined) file.ran = true;
  exec(w, command, { how, code: 'file', path: inside === undefined ? path : known(inside), ...(isSocket(command, false) ? { socket: true } : {}) }, [
    { cell, role: 'code' },
    ...(pathCell(w, path) === cell ? [] : ([{ cell: pathCell(w, path), role: 'code' }] as const)),
    ...ports(script.cells, 'path'),
  ]);
  const target = inside ?? (path.kind === 'known' ? path.text : undefined);
  if (file?.unit !== undefined) {
    const ends = w.ctx.cellsOf(file.unit);
    w.ctx.edge(command.io.stdin.cell, ends.stdin, start, end, 'pipe');
    w.ctx.edge(ends.stdout, command.io.out, start, end, 'pipe');
    for (const [index, arg] of args.entries()) edge(w, arg.cells, ends.arg(index + 1), arg.start, arg.end, 'call');
  } else if (file?.field !== undefined && file.field.value.kind === 'known') {
    const unit = embedCode(
      w,
      language ?? languageOfPath(raw ?? '') ?? codeLanguage(file.field.value.text) ?? 'shell',
      { ...file.field, start, end },
      ['file'],
      { stdin: command.io.stdin.cell, out: command.io.out, args },
    );
    if (unit !== undefined) file.unit = unit;
  }
  if (target !== undefined) {
    w.ctx.edge(command.io.stdin.cell, cells.stdin(target), start, end, 'pipe');
    w.ctx.edge(cells.stdout(target), command.io.out, start, end, 'pipe');
    args.forEach((arg, index) => {
      edge(w, arg.cells, cells.arg(target, index + 1), arg.start, arg.end, 'call');
      edge(w, arg.cells, cells.arg(target, '*'), arg.start, arg.end, 'call');
    });
  }
  return UNKNOWN_OUTPUT;
}

const codeLanguage = (text: string): string | undefined => {
  const guess = guessLanguage(text);
  return guess === 'prose' ? undefined : guess;
};

/** Code on standard input. */
export function runStdin(w: World, command: Command, language: string, args: readonly Field[], interactive = true): Output {
  const { stdin } = command.io;
  const socket = isSocket(command, interactive);
  // Code inside other code (`… | bash -c "sh"`) takes what its surroundings are fed, not a keyboard.
  const inherits = w.ctx.unit.role === 'embedded' || w.ctx.unit.role === 'decoded';
  const idle = stdin.terminal === true && !socket && !inherits;
  const source = asSource(stdin, stdin.map?.start ?? command.start, stdin.map?.end ?? command.end);
  const how = language === 'shell' ? 'shell' : 'eval';
  const inPlace = stdin.via === 'heredoc' || stdin.via === 'here-string';
  const spelled =
    inPlace && UNDERSTOOD.has(language) && stdin.value !== undefined && textOf(stdin.value) !== undefined && stdin.unwrapped.length === 0 && !socket;
  exec(
    w,
    command,
    { how, ...(idle ? {} : { code: 'stdin' as const }), ...(spelled ? { spelled } : {}), ...(socket ? { socket: true } : {}) },
    idle ? [] : [{ cell: stdin.cell, role: 'code' }],
  );
  if (idle || source === undefined) return UNKNOWN_OUTPUT;
  embedCode(w, language, source, [stdin.via === undefined || stdin.via === 'pipe' ? command.name : stdin.via], { out: command.io.out, args });
  return UNKNOWN_OUTPUT;
}

/** `bash …`, `python3 …`, `powershell …`: options first, then code, file or standard input. */
export function runInterpreter(w: World, command: Command, row: Interpreter): Output {
  const lower = (fields: readonly Field[]): Field[] =>
    fields.map((field) =>
      row.single && fieldText(field)?.startsWith('-') ? { ...field, value: known(fieldText(field)!.toLowerCase()), spelled: field.spelled } : field,
    );
  const grammar = {
    values: `${row.code} ${row.values ?? ''} ${row.preload ?? ''} ${row.module ?? ''} ${row.encoded ?? ''} ${row.file ?? ''}`,
    single: row.single === true,
    stop: true,
  };
  const options: Options = parseOptions(lower(command.args), grammar);
  let operands = options.operands.map((field) => (row.single ? (command.args.find((arg) => arg.start === field.start) ?? field) : field));
  for (const loaded of given(options, row.preload ?? ''))
    fact(w, loaded.start, loaded.end, {
      kind: 'exec',
      how: 'import',
      program: known(command.name),
      argv: [],
      code: 'file',
      path: loaded.value,
      ins: [{ cell: pathCell(w, place(w, loaded.value)), role: 'code' }],
    });
  const encoded = given(options, row.encoded ?? '')[0];
  if (encoded !== undefined) return runEncoded(w, command, row.language, encoded);
  const code = given(options, row.code);
  if (code.length > 0) {
    // PowerShell takes all that is left as the command; others give what is left as arguments.
    const first = code[0]!;
    const rest = row.single ? operands : [];
    const all = [...(row.single ? [command.args.find((arg) => arg.start === first.start && arg.end === first.end) ?? first] : code), ...rest];
    const field: Field = all.length === 1 ? all[0]! : together(all, row.single ? ' ' : '\n');
    const language =
      row.language === 'applescript' && given(options, '-l').some((value) => /javascript/i.test(fieldText(value) ?? ''))
        ? 'javascript'
        : row.language;
    const label = `${command.name} ${options.values.find((value) => value.field === first)?.name ?? '-c'}`;
    return runText(w, command, language, field, label, operands.slice(row.language === 'shell' ? 1 : 0), language === 'shell' ? 'shell' : 'eval');
  }
  const module = given(options, row.module ?? '')[0];
  if (module !== undefined) {
    exec(w, command, { how: 'process', path: module.value });
    const name = fieldText(module) ?? '';
    // `python -m pip install x` is pip; `-m http.server` serves the folder to everybody.
    if (/^(?:http\.server|SimpleHTTPServer|pyftpdlib|uploadserver)$/.test(name)) {
      const host = given(parseOptions(operands, { values: '-b --bind -d --directory' }), '-b --bind')[0];
      fact(w, command.start, command.end, { kind: 'listen', host: host?.value ?? known('0.0.0.0'), port: operands[0]?.value ?? known('8000') });
    }
    return effectsOf(name)?.(w, { ...command, name, args: operands }) ?? UNKNOWN_OUTPUT;
  }
  const verb = fieldText(operands[0] ?? ({ value: known('') } as Field));
  if (row.verbs?.split(' ').includes(verb ?? '') === true) {
    operands = parseOptions(operands.slice(1), grammar).operands.slice();
    if (verb === 'eval' && operands[0]) return runText(w, command, row.language, operands[0], `${command.name} eval`, operands.slice(1), 'eval');
  }
  const file = given(options, row.file ?? '')[0];
  const script = file ?? operands[0];
  const isShell = row.language === 'shell';
  if (script === undefined || (isShell && flagged(options, '-s')) || fieldText(script) === '-') {
    if (flagged(options, '--version -V --help -h') && command.io.stdin.terminal) {
      exec(w, command, { how: 'process' });
      return UNKNOWN_OUTPUT;
    }
    return runStdin(w, command, row.language, script === undefined ? [] : operands.slice(1));
  }
  if (script.placeholder !== undefined && isShell) readFile(w, { ...script, value: known(script.placeholder) });
  return runFile(w, command, script, file === undefined ? operands.slice(1) : operands, 'process', row.language);
}

/** Several words as one text. */
function together(all: readonly Field[], mark: string): Field {
  const spelled = all.map((field) => field.spelled).join(mark);
  return {
    value: known(spelled),
    start: all[0]!.start,
    end: all.at(-1)!.end,
    cells: all.flatMap((field) => field.cells),
    code: all.flatMap((field) => field.code),
    spelled,
    unwrapped: [...new Set(all.flatMap((field) => field.unwrapped))],
  };
}

/** PowerShell's `-EncodedCommand`: base64 of UTF-16LE. */
function runEncoded(w: World, command: Command, language: string, field: Field): Output {
  const original = command.args.find((arg) => arg.start === field.start && arg.end === field.end) ?? field;
  const bytes = fieldText(original) === undefined ? undefined : Buffer.from(fieldText(original)!, 'base64');
  exec(w, command, { how: 'eval', code: 'argument' }, ports(field.cells, 'code'));
  if (bytes === undefined || bytes.length < 2) w.ctx.opaque(command.start, command.end, 'dynamic', 'encoded command is not known', false);
  else
    embedCode(
      w,
      language,
      { spelled: bytes.toString('utf16le'), unwrapped: [...original.unwrapped, 'base64'], start: original.start, end: original.end },
      ['-EncodedCommand'],
      { out: command.io.out },
    );
  return UNKNOWN_OUTPUT;
}

/** What a file is now known to hold, when it looks like code: it is read as its language, and joined to whoever runs the file. */
export function embedWritten(w: World, path: Value, content: Field, how: string): void {
  const raw =
    textOf(path) ??
    partsOf(path)
      .filter((part) => typeof part === 'string')
      .join('');
  const language = languageOfPath(raw) ?? (content.spelled.startsWith('#!') ? codeLanguage(content.spelled) : undefined);
  if (language === undefined || content.spelled.trim().length < 3 || (content.value.kind === 'unknown' && content.cells.length > 0)) return;
  const target = pathCell(w, path);
  const unit = embedCode(w, language, content, [how], {});
  if (unit === undefined) return;
  fileOf(w, target).unit = unit;
  if (path.kind !== 'known') return;
  const ends = w.ctx.cellsOf(unit);
  w.ctx.edge(cells.stdin(path.text), ends.stdin, content.start, content.end, 'file');
  w.ctx.edge(ends.stdout, cells.stdout(path.text), content.start, content.end, 'file');
  for (const index of [1, 2, 3, '*'] as const) w.ctx.edge(cells.arg(path.text, index), ends.arg(index), content.start, content.end, 'file');
}
