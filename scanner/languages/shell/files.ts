/**
 * Programs that read, write, move, pack or destroy files. Most are rows: which options take a value, which operands are no files, what happens to the rest. The few with a grammar of their
 * own (dd, tar, find, chmod) are functions below.
 */
import type { Cell, Value } from '../../model.ts';
import { concat, known, show, textOf } from '../../value.ts';
import type { Command, Handler } from './command.ts';
import { cut, flagged, given, type Options, operandText, parseOptions } from './options.ts';
import { embedCode } from './run.ts';
import { checkDigest } from './verify.ts';
import { type Field, fact, fieldText, fileOf, pathCell, place, plain, ports, readFile, UNKNOWN_OUTPUT, type World, writeFile } from './world.ts';

/** Reads its operands and prints what is in them. */
interface Reader {
  readonly values?: string;
  /** Leading operands that are no files (a pattern, a program), unless one of `unless` is given. */
  readonly skip?: number;
  readonly unless?: string;
  /** Options that make it walk a tree. */
  readonly many?: string;
  /** Options whose value is a file that is read. */
  readonly files?: string;
  /** Edits its operands when one of these is given. */
  readonly edits?: RegExp;
  readonly always?: boolean;
  /** Options that take two words. */
  readonly pairs?: string;
}

const reads =
  (row: Reader): Handler =>
  (w, command) => {
    const options = parseOptions(command.args, { values: `${row.values ?? ''} ${row.files ?? ''}` });
    // `jq --arg name value`: the second word of each pair stands among the operands.
    const pairs = row.pairs === undefined ? 0 : given(options, row.pairs).length;
    const skipped = (row.unless !== undefined && flagged(options, row.unless) ? 0 : (row.skip ?? 0)) + pairs;
    const many = row.always === true || (row.many !== undefined && flagged(options, row.many));
    const edits = row.edits !== undefined && command.args.some((arg) => row.edits!.test(fieldText(arg) ?? ''));
    const operands = options.operands.slice(skipped);
    let whole: ReturnType<typeof readFile> | undefined;
    for (const field of [...operands, ...given(options, row.files ?? '')]) {
      if (fieldText(field) === '-' || field.placeholder === 'file') continue;
      const stream = readFile(w, field, { many });
      w.ctx.edge(stream.cell, command.io.out, field.start, field.end, 'file');
      if (operands.length === 1 && field === operands[0]) whole = stream;
      if (edits) writeFile(w, field, [stream.cell, ...options.operands.slice(0, skipped).flatMap((script) => script.cells)], { append: true });
    }
    if (/^[gmn]?awk$/.test(command.name)) awkCode(w, command, options.operands[0]);
    return whole?.value !== undefined && command.name === 'cat' && options.flags.size === 0
      ? {
          value: whole.value,
          unwrapped: whole.unwrapped,
          ...(whole.spelled ? { spelled: whole.spelled } : {}),
          ...(whole.map ? { map: whole.map } : {}),
        }
      : undefined;
  };

/** awk programs run shell commands through `system("…")` and `"…" | getline`, and talk to `/inet/tcp`. */
function awkCode(w: World, command: Command, program: Field | undefined): void {
  const text = program === undefined ? undefined : fieldText(program);
  if (program === undefined || text === undefined) return;
  for (const match of text.slice(0, 65_536).matchAll(/\bsystem\(\s?"([^"]{1,2000})"|"([^"]{1,2000})"\s?\|\s?getline|\|\s?"([^"]{1,2000})"/g)) {
    const code = match[1] ?? match[2] ?? match[3]!;
    fact(w, program.start, program.end, { kind: 'exec', how: 'shell', program: known('sh'), argv: [known('-c'), known(code)], code: 'argument' });
    embedCode(w, 'shell', { spelled: code, unwrapped: [], start: program.start, end: program.end }, ['awk'], { out: command.io.out });
  }
  const socket = /"\/inet\d?\/(tcp|udp)\/\d{1,5}\/([^/"]{1,200})\/([^/"]{1,20})"/.exec(text);
  if (socket === null) return;
  fact(w, program.start, program.end, {
    kind: 'request',
    url: known(`${socket[1]}://${socket[2]}:${socket[3]}`),
    method: socket[1]!.toUpperCase(),
    tool: 'awk',
    ins: [{ cell: command.io.stdin.cell, role: 'body' }],
    outs: [{ cell: command.io.out, role: 'response' }],
  });
}

/** cp, mv, ln, install, rsync-like: sources then target. */
const copies =
  (values: string, move: boolean): Handler =>
  (w, command) => {
    const options = parseOptions(command.args, { values });
    const folder = given(options, '-t --target-directory')[0];
    const target = folder ?? options.operands.at(-1);
    const sources = folder === undefined ? options.operands.slice(0, -1) : options.operands;
    const mode =
      fieldText(given(options, '-m --mode')[0] ?? plain(known(''), 0, 0)) || (command.name === 'install' && !flagged(options, '-d') ? '755' : '');
    if (command.name === 'install' && flagged(options, '-d --directory')) return UNKNOWN_OUTPUT;
    if (target === undefined) return UNKNOWN_OUTPUT;
    for (const source of sources) {
      const stream = readFile(w, source, { many: flagged(options, '-r -R -a --recursive --archive') });
      const from = w.files.get(pathCell(w, place(w, source.value)));
      const into = intoFolder(source, target, folder !== undefined || sources.length > 1);
      const cell = writeFile(w, { ...target, value: into }, [stream.cell], {
        content: from?.field,
        ...(mode ? { mode } : {}),
        ...(from ? { requests: [...from.requests] } : {}),
      });
      if (from?.unit !== undefined) fileOf(w, cell).unit = from.unit;
      if (move && command.name === 'mv') fact(w, source.start, source.end, { kind: 'delete', path: place(w, source.value) });
    }
    return UNKNOWN_OUTPUT;
  };
const intoFolder = (source: Field, target: Field, folder: boolean): Value => {
  const text = show(target.value);
  if (!folder && !text.endsWith('/') && text !== '.') return target.value;
  const name = show(source.value).replace(/\/$/, '').split('/').at(-1)!;
  return concat(target.value, known(text.endsWith('/') ? name : `/${name}`));
};

const tee: Handler = (w, command) => {
  const options = parseOptions(command.args, {});
  const { stdin } = command.io;
  const content: Field | undefined =
    stdin.value === undefined
      ? undefined
      : {
          ...plain(stdin.value, stdin.map?.start ?? command.start, stdin.map?.end ?? command.end, [], stdin.unwrapped),
          spelled: stdin.spelled ?? textOf(stdin.value) ?? '',
          ...(stdin.map ? { map: stdin.map } : {}),
        };
  for (const field of options.operands) {
    writeFile(w, field, [stdin.cell], { append: flagged(options, '-a --append'), content, requests: w.pending.slice(w.since) });
    if (content !== undefined) w.written?.(w, place(w, field.value), content, 'tee');
  }
  return undefined;
};

const dd: Handler = (w, command) => {
  const of = (name: string): Field | undefined => {
    const field = command.args.find((arg) => arg.spelled.startsWith(`${name}=`));
    return field === undefined ? undefined : cut(field, name.length + 1);
  };
  const [input, output] = [of('if'), of('of')];
  const from: Cell = input === undefined ? command.io.stdin.cell : readFile(w, input).cell;
  if (output === undefined) w.ctx.edge(from, command.io.out, command.start, command.end, 'pipe');
  else if (
    /^\/dev\/(?:[sv]d[a-z]|nvme|disk|mmcblk|hd[a-z]|rdisk)/.test(fieldText(output) ?? '') ||
    (input !== undefined && /^\/dev\/(?:zero|u?random)$/.test(fieldText(input) ?? '') && /^\/dev\//.test(fieldText(output) ?? ''))
  )
    fact(w, command.start, command.end, { kind: 'delete', path: output.value, how: 'overwrite', force: true });
  else writeFile(w, output, [from], { requests: w.pending.slice(w.since) });
  return UNKNOWN_OUTPUT;
};

const tar: Handler = (w, command) => {
  const [head, ...rest] = command.args;
  const bundled = head !== undefined && /^[A-Za-z]{1,12}$/.test(fieldText(head) ?? '') ? fieldText(head)! : undefined;
  const args = bundled === undefined ? command.args : [{ ...head!, value: known(`-${bundled}`) }, ...rest];
  const options = parseOptions(args, {
    values:
      '-f --file -C --directory -T --files-from -X --exclude --exclude-from -I --use-compress-program --transform --strip-components --to-command --checkpoint-action -b -H',
  });
  const archive = given(options, '-f --file')[0];
  for (const code of [
    ...given(options, '--to-command -I --use-compress-program'),
    ...given(options, '--checkpoint-action').map((field) => cut(field, 5)),
  ]) {
    if (/^(?:[gbxl]z|zstd|pigz|lz4|brotli|unzip|gzip|bzip2|xz)/.test(fieldText(code) ?? '')) continue;
    fact(w, code.start, code.end, { kind: 'exec', how: 'shell', program: known('sh'), argv: [code.value], code: 'argument' });
    embedCode(w, 'shell', code, ['tar'], {});
  }
  if (flagged(options, '-c --create -r -u')) {
    const from = options.operands.map((field) => readFile(w, field, { many: true }).cell);
    const out = w.ctx.fresh();
    fact(w, command.start, command.end, {
      kind: 'transform',
      op: 'compress',
      codec: 'tar',
      ins: ports(from, 'data'),
      outs: [{ cell: out, role: 'value' }],
    });
    if (archive === undefined || fieldText(archive) === '-') w.ctx.edge(out, command.io.out, command.start, command.end, 'pipe');
    else writeFile(w, archive, [out]);
  } else if (flagged(options, '-x --extract --get')) {
    const from = archive === undefined || fieldText(archive) === '-' ? command.io.stdin.cell : readFile(w, archive).cell;
    const out = w.ctx.fresh();
    fact(w, command.start, command.end, {
      kind: 'transform',
      op: 'decompress',
      codec: 'tar',
      ins: [{ cell: from, role: 'data' }],
      outs: [{ cell: out, role: 'value' }],
    });
    if (flagged(options, '-O --to-stdout')) w.ctx.edge(out, command.io.out, command.start, command.end, 'pipe');
    const folder = given(options, '-C --directory')[0] ?? { value: known('.'), cells: [], start: command.start, end: command.end };
    writeFile(w, folder, [out], { append: true });
    // Members can be named on the line; each is then a file of its own.
    for (const member of options.operands) writeFile(w, { ...member, value: concat(folder.value, known('/'), member.value) }, [out]);
  }
  return UNKNOWN_OUTPUT;
};

interface Packer {
  readonly values: string;
  readonly unpack: (name: string, options: Options) => boolean;
  readonly skip: number;
  readonly password: string;
  readonly folder: string;
}
/** zip, unzip, 7z, rar: a password on the line is said (`encrypted`). */
const packs =
  (row: Packer): Handler =>
  (w, command) => {
    const options = parseOptions(command.args, { values: row.values });
    const operands = options.operands.slice(row.skip);
    const archive = operands[0];
    const secret =
      given(options, row.password).length > 0 ||
      command.args.some((arg) => /^-p\S|^-hp\S|^--password=/.test(fieldText(arg) ?? '') && command.name !== 'zip');
    if (archive === undefined) return UNKNOWN_OUTPUT;
    const codec = command.name.startsWith('7') ? '7z' : command.name.endsWith('rar') ? 'rar' : command.name === 'ditto' ? 'zip' : 'zip';
    const out = w.ctx.fresh();
    if (row.unpack(command.name, options)) {
      const from = fieldText(archive) === '-' ? command.io.stdin.cell : readFile(w, archive).cell;
      fact(w, command.start, command.end, {
        kind: 'transform',
        op: secret ? 'decrypt' : 'decompress',
        codec,
        ins: [{ cell: from, role: 'data' }],
        outs: [{ cell: out, role: 'value' }],
      });
      if (flagged(options, '-p -c -so') && command.name === 'unzip' && !secret) w.ctx.edge(out, command.io.out, command.start, command.end, 'pipe');
      const glued = command.args.find((arg) => /^-o./.test(fieldText(arg) ?? '') && codec === '7z');
      const folder =
        given(options, row.folder)[0] ?? (glued ? cut(glued, 2) : { value: known('.'), cells: [], start: command.start, end: command.end });
      writeFile(w, folder, [out], { append: true });
      for (const member of operands.slice(1)) writeFile(w, { ...member, value: concat(folder.value, known('/'), member.value) }, [out]);
    } else {
      const from = operands.slice(1).map((field) => readFile(w, field, { many: true }).cell);
      fact(w, command.start, command.end, {
        kind: 'transform',
        op: secret ? 'encrypt' : 'compress',
        codec,
        ins: ports(from, 'data'),
        outs: [{ cell: out, role: 'value' }],
      });
      if (fieldText(archive) === '-') w.ctx.edge(out, command.io.out, command.start, command.end, 'pipe');
      else writeFile(w, archive, [out]);
    }
    return UNKNOWN_OUTPUT;
  };

const gpg: Handler = (w, command) => {
  const options = parseOptions(command.args, {
    values:
      '-o --output -r --recipient --passphrase --passphrase-file --passphrase-fd --homedir --keyserver --recv-keys --batch-file -u --local-user --cipher-algo --pinentry-mode --export',
  });
  const out = given(options, '-o --output')[0];
  if (out !== undefined) writeFile(w, out, [command.io.out]);
  if (flagged(options, '--import')) w.importsKeys = true;
  if (flagged(options, '--export-secret-keys --export-secret-subkeys'))
    fact(w, command.start, command.end, { kind: 'capture', what: 'keychain', tool: 'gpg', outs: [{ cell: command.io.out, role: 'value' }] });
  if (flagged(options, '--verify')) checkDigest(w, command);
  return UNKNOWN_OUTPUT;
};

const removes =
  (how: 'remove' | 'overwrite', values: string, skip = 0): Handler =>
  (w, command) => {
    const options = parseOptions(command.args, { values });
    for (const field of options.operands.slice(skip)) {
      if (field.placeholder !== undefined) continue;
      fact(w, command.start, command.end, {
        kind: 'delete',
        path: place(w, field.value),
        how,
        ...(flagged(options, '-r -R --recursive -fr -rf') ? { recursive: true } : {}),
        ...(flagged(options, '-f --force') || how === 'overwrite' ? { force: true } : {}),
        ins: [...ports(field.cells, 'path'), { cell: pathCell(w, place(w, field.value)), role: 'path' }],
      });
    }
    return UNKNOWN_OUTPUT;
  };

const LISTS = new Set('-l --list -p --print -i --info print list info unmount unmountDisk eject mount --version'.split(' '));
/** Listing partitions changes nothing. */
const partition: Handler = (w, command) =>
  command.args.some((arg) => LISTS.has(fieldText(arg) ?? '')) ? UNKNOWN_OUTPUT : removes('overwrite', '')(w, command);

const find: Handler = (w, command) => {
  const words = command.args.map((arg) => fieldText(arg) ?? '');
  const first = words.findIndex((word) => word.startsWith('-') && !/^-[HLPOD]/.test(word));
  const roots = command.args.slice(0, first < 0 ? undefined : first).filter((arg) => !/^-/.test(fieldText(arg) ?? ''));
  const named = command.args.filter((_arg, index) => /^-(?:i?name|i?path|i?regex|wholename)$/.test(words[index - 1] ?? ''));
  const found = w.ctx.local('find');
  for (const root of roots.length > 0 ? roots : [plain(known('.'), command.start, command.end)]) {
    const paths = named.length > 0 ? named.slice(0, 16).map((name) => concat(root.value, known('/'), name.value)) : [root.value];
    for (const path of paths) {
      fact(w, command.start, command.end, {
        kind: 'read',
        path: place(w, path),
        many: true,
        ins: [{ cell: pathCell(w, path), role: 'path' }],
        outs: [{ cell: found, role: 'value' }],
      });
      if (words.includes('-delete')) fact(w, command.start, command.end, { kind: 'delete', path: place(w, path), recursive: true });
    }
  }
  w.ctx.edge(found, command.io.out, command.start, command.end, 'file');
  return UNKNOWN_OUTPUT;
};

const chmod: Handler = (w, command) => {
  const [mode, ...files] = command.args.filter(
    (arg) => !/^(?:-[RvfchHLP]{1,5}|--(?:recursive|verbose|quiet|silent|changes|reference.{0,200}))$/.test(fieldText(arg) ?? ''),
  );
  const text = mode === undefined ? '' : show(mode.value);
  if (command.name === 'chown' || command.name === 'chgrp') {
    for (const file of files)
      fact(w, command.start, command.end, {
        kind: 'config',
        system: 'os',
        key: `${command.name} ${show(file.value)}`,
        value: known(text),
        effect: 'other',
        via: 'command',
      });
    return UNKNOWN_OUTPUT;
  }
  // Only bits that let something run or act as another user are a fact about the file; `chmod 600` protects it.
  const special = /[sS]/.test(text.replace(/^[ugoa]{0,4}/, '')) || /^[2-7]\d{3}$/.test(text);
  const runs =
    /^[ugoa,]{0,6}[+=][rwXst]{0,5}x/.test(text) || (/^0?\d{3}$/.test(text) && [...text.slice(-3)].some((digit) => Number(digit) % 2 === 1));
  const open = /^0?[0-7]{0,2}[2367]$/.test(text) || /o\+\w{0,2}w|a\+\w{0,2}w/.test(text);
  for (const file of files) {
    if (!special && !runs && !open) continue;
    const path = place(w, file.value);
    fact(w, command.start, command.end, {
      kind: 'write',
      path,
      append: true,
      mode: text,
      ins: ports(file.cells, 'path'),
      outs: [{ cell: pathCell(w, path), role: 'path' }],
    });
  }
  return UNKNOWN_OUTPUT;
};

const sums: Handler = (w, command) => {
  checkDigest(w, command);
  return undefined;
};

const unzips = (name: string, options: Options): boolean =>
  name.startsWith('un') || /^[xe]$/.test(operandText(options, 0) ?? '') || flagged(options, '-x');

export const FILE_ROWS: readonly (readonly [string, Handler])[] = [
  ['cat bat tac nl more most pygmentize glow', reads({ values: '-l --language -r --line-range --style --theme' })],
  ['head tail less view', reads({ values: '-n -c --lines --bytes -s --pid --max-unchanged-stats' })],
  [
    'strings od hexdump hd file stat wc sort uniq cut paste fold fmt pr column comm join diff cmp shuf split look iconv xmllint plutil sqlite3 nm objdump readelf exiftool pdftotext pandoc',
    reads({ values: '-n -c -f -d -t -k -o -w -b -s -S -g -i -a -e -A -N -j -l -F --format --printf --delimiter --fields --output' }),
  ],
  [
    'jq yq dasel xq tomlq',
    reads({ values: '--arg --argjson --slurpfile --rawfile --indent -L -f --from-file', skip: 1, pairs: '--arg --argjson --slurpfile --rawfile' }),
  ],
  [
    'grep egrep fgrep rg ag ack zgrep',
    reads({
      values: '-e -m -A -B -C --include --exclude --exclude-dir -g --glob -t --type -d --color --max-depth',
      files: '-f --file',
      skip: 1,
      unless: '-e --regexp -f --file --files',
      many: '-r -R --recursive --files',
    }),
  ],
  [
    'sed gsed',
    reads({ values: '-e --expression -f --file -l', skip: 1, unless: '-e --expression -f --file', edits: /^(?:-[a-zA-Z]{0,3}i|--in-place)/ }),
  ],
  ['awk gawk mawk nawk', reads({ values: '-F -v --assign', files: '-f --file', skip: 1, unless: '-f --file' })],
  ['cp gcp rcp', copies('-t --target-directory -S --suffix', false)],
  ['mv gmv', copies('-t --target-directory -S --suffix', true)],
  ['ln link', copies('-t --target-directory -S --suffix', false)],
  ['install ginstall', copies('-m --mode -o --owner -g --group -t --target-directory', false)],
  ['tee sponge', tee],
  ['dd', dd],
  ['tar bsdtar gtar', tar],
  ['zip', packs({ values: '-P --password -b -n -x -i -t', unpack: () => false, skip: 0, password: '-P --password', folder: '-b' })],
  ['unzip', packs({ values: '-P -d -x', unpack: unzips, skip: 0, password: '-P', folder: '-d' })],
  ['7z 7za 7zz 7zr', packs({ values: '', unpack: unzips, skip: 1, password: '-p', folder: '-o' })],
  ['rar unrar', packs({ values: '', unpack: unzips, skip: 1, password: '-p', folder: '-op' })],
  ['ditto', packs({ values: '--password', unpack: unzips, skip: 0, password: '--password', folder: '' })],
  ['gpg gpg2', gpg],
  ['rm grm unlink rmdir trash', removes('remove', '')],
  ['shred srm wipe', removes('overwrite', '-n -s --iterations --size')],
  ['truncate', removes('overwrite', '-s --size -r --reference')],
  ['mkfs mkfs.ext4 mkfs.xfs mkfs.vfat wipefs blkdiscard', removes('overwrite', '-t -L -b -N -m -d')],
  ['sgdisk parted fdisk diskutil', partition],
  ['find gfind', find],
  ['chmod chown chgrp', chmod],
  ['sha256sum sha512sum sha1sum md5sum shasum b2sum cosign minisign signify sha384sum sha224sum gsha256sum', sums],
  [
    'mkfifo',
    (w, command) => {
      for (const field of parseOptions(command.args, { values: '-m' }).operands) fileOf(w, pathCell(w, place(w, field.value))).fifo = true;
      return UNKNOWN_OUTPUT;
    },
  ],
];
