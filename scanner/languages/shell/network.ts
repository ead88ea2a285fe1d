/**
 * Everything but HTTP clients that moves bytes over a network: raw sockets, remote shells and copies, name lookups (which carry data out in the queried name), version control, cloud
 * storage, mail. A row says where the destination stands and what is sent.
 */
import type { Port, Value } from '../../model.ts';
import { concat, known, show, textOf } from '../../value.ts';
import type { Command, Handler } from './command.ts';
import { flagged, given, operandText, parseOptions } from './options.ts';
import { embedCode } from './run.ts';
import { type Field, fact, fieldText, plain, ports, readFile, request, UNKNOWN_OUTPUT, type World, writeFile } from './world.ts';
import { SSH_VALUES } from './wrappers.ts';

const SHELL = /(?:^|[/\s:,'"])(?:ba|z|da|k|a|c)?sh(?:$|[\s,'"])|cmd(?:\.exe)?$|powershell/;

const join = (scheme: string, host: Value, port?: Value): Value => concat(known(`${scheme}://`), host, ...(port ? [known(':'), port] : []));

/** A two-way stream: standard input goes out, what comes back goes to standard output. */
function socket(w: World, command: Command, url: Value, method: string, from: readonly Field[], extra: { insecure?: boolean } = {}): void {
  const response = w.ctx.fresh();
  const ins: Port[] = [
    ...from.flatMap((field) => ports(field.cells, 'url')),
    ...(command.io.stdin.terminal ? [] : ([{ cell: command.io.stdin.cell, role: 'body' }] as const)),
  ];
  request(w, command.start, command.end, {
    kind: 'request',
    url,
    method,
    tool: command.name,
    ...extra,
    ...(command.io.stdin.terminal ? {} : { sends: true }),
    ins,
    outs: [{ cell: response, role: 'response' }],
  });
  w.ctx.edge(response, command.io.out, command.start, command.end, 'pipe');
}

const netcat: Handler = (w, command) => {
  const options = parseOptions(command.args, {
    values: '-e -c -p -s -w -i -q -X -x -T -O -I -g -G --exec --sh-exec --lua-exec --proxy --source --ssl-cert --ssl-key',
  });
  const run = given(options, '-e -c --exec --sh-exec --lua-exec')[0];
  const listening = flagged(options, '-l --listen');
  const [host, port] = options.operands;
  if (listening) {
    const at = given(options, '-p')[0] ?? options.operands.at(-1);
    fact(w, command.start, command.end, {
      kind: 'listen',
      host: options.operands.length > 1 && host ? host.value : known('0.0.0.0'),
      ...(at ? { port: at.value } : {}),
    });
    const got = w.ctx.fresh();
    request(w, command.start, command.end, {
      kind: 'request',
      url: join('tcp', known('0.0.0.0'), at?.value),
      method: flagged(options, '-u --udp') ? 'UDP' : 'TCP',
      tool: command.name,
      outs: [{ cell: got, role: 'response' }],
      ins: command.io.stdin.terminal ? [] : [{ cell: command.io.stdin.cell, role: 'body' }],
    });
    w.ctx.edge(got, command.io.out, command.start, command.end, 'pipe');
  } else if (host !== undefined && !flagged(options, '-z'))
    socket(
      w,
      command,
      join(flagged(options, '-u --udp') ? 'udp' : 'tcp', host.value, port?.value),
      flagged(options, '-u --udp') ? 'UDP' : 'TCP',
      options.operands,
    );
  if (run === undefined) return UNKNOWN_OUTPUT;
  // The program's standard streams are the socket.
  const text = fieldText(run) ?? '';
  fact(w, command.start, command.end, {
    kind: 'exec',
    how: SHELL.test(text) ? 'shell' : 'process',
    program: known(text.split(' ')[0]!.split('/').at(-1) ?? ''),
    argv: [run.value],
    ...(SHELL.test(text) ? { code: 'stdin', socket: true } : {}),
  });
  return UNKNOWN_OUTPUT;
};

const socat: Handler = (w, command) => {
  const ends = command.args.filter((arg) => !fieldText(arg)?.startsWith('-') || fieldText(arg) === '-');
  let remote = false;
  for (const end of ends) {
    const text = show(end.value);
    const match = /^(TCP|TCP4|TCP6|UDP|UDP4|OPENSSL|SSL|SOCKS4A?|PROXY|WS)(?:-CONNECT)?[:-]([^,]{1,300})/i.exec(text);
    const listen = /^(?:TCP|TCP4|TCP6|UDP|OPENSSL|SSL)[46]?-LISTEN:([^,]{1,100})/i.exec(text);
    if (listen !== null) {
      remote = true;
      fact(w, end.start, end.end, { kind: 'listen', host: known(/bind=([\w.:-]{1,100})/.exec(text)?.[1] ?? '0.0.0.0'), port: known(listen[1]!) });
    } else if (match !== null) {
      remote = true;
      socket(w, command, known(`${match[1]!.toLowerCase()}://${match[2]}`), 'TCP', [end], text.includes('verify=0') ? { insecure: true } : {});
    }
  }
  for (const end of ends) {
    const match = /^(?:EXEC|SYSTEM|SHELL):\s?['"]?([^'"]{1,400})/i.exec(show(end.value));
    if (match === null) continue;
    const program = match[1]!.split(/[\s,]/)[0]!.split('/').at(-1)!;
    fact(w, end.start, end.end, {
      kind: 'exec',
      how: 'shell',
      program: known(program),
      argv: [end.value],
      ...(SHELL.test(match[1]!) ? { code: 'stdin', ...(remote ? { socket: true } : {}) } : {}),
    });
    if (!SHELL.test(match[1]!))
      embedCode(w, 'shell', { spelled: match[1]!.split(',')[0]!, unwrapped: [], start: end.start, end: end.end }, ['socat'], { out: command.io.out });
  }
  return UNKNOWN_OUTPUT;
};

const telnet: Handler = (w, command) => {
  const [host, port] = parseOptions(command.args, { values: '-l -e -b -n' }).operands;
  if (host !== undefined) socket(w, command, join('telnet', host.value, port?.value), 'TCP', [host]);
  return UNKNOWN_OUTPUT;
};

const openssl: Handler = (w, command) => {
  const options = parseOptions(command.args, {
    values: '-connect -in -out -k -pass -K -iv -cert -key -servername -inkey -CAfile -host -port -starttls',
    single: true,
  });
  const verb = operandText(options, 0);
  const to = given(options, '-connect -host')[0];
  if (verb === 's_client' && to !== undefined) socket(w, command, join('tls', to.value), 'TCP', [to]);
  const out = given(options, '-out')[0];
  if (out !== undefined) writeFile(w, out, [command.io.out]);
  if (verb === 's_server')
    fact(w, command.start, command.end, { kind: 'listen', host: known('0.0.0.0'), port: given(options, '-port -accept')[0]?.value ?? known('4433') });
  return undefined;
};

const ssh: Handler = (w, command) => {
  const options = parseOptions(command.args, { values: SSH_VALUES, stop: true });
  const host = options.operands[0];
  if (host === undefined) return UNKNOWN_OUTPUT;
  const checks = given(options, '-o').some((field) => /StrictHostKeyChecking[= ]?no|UserKnownHostsFile[= ]?\/dev\/null/i.test(show(field.value)));
  const rest = options.operands.slice(1);
  const response = w.ctx.fresh();
  request(w, command.start, command.end, {
    kind: 'request',
    url: join('ssh', host.value),
    method: 'SSH',
    tool: command.name,
    ...(checks ? { insecure: true } : {}),
    ...(command.io.stdin.terminal ? {} : { sends: true }),
    ins: [
      ...(command.io.stdin.terminal ? [] : ([{ cell: command.io.stdin.cell, role: 'body' }] as const)),
      ...rest.flatMap((field) => ports(field.cells, 'body')),
      ...ports(host.cells, 'url'),
    ],
    outs: [{ cell: response, role: 'response' }],
  });
  w.ctx.edge(response, command.io.out, command.start, command.end, 'pipe');
  for (const key of given(options, '-i')) readFile(w, key, { into: w.ctx.fresh() });
  for (const forward of given(options, '-R'))
    fact(w, forward.start, forward.end, { kind: 'listen', host: host.value, port: forward.value, tunnel: 'ssh' });
  for (const forward of given(options, '-R'))
    fact(w, forward.start, forward.end, {
      kind: 'config',
      system: 'ssh',
      key: 'remote-forward',
      value: forward.value,
      effect: 'tunnel',
      via: 'command',
    });
  for (const forward of given(options, '-D -L'))
    fact(w, forward.start, forward.end, { kind: 'listen', host: known('localhost'), port: forward.value });
  return UNKNOWN_OUTPUT;
};

const REMOTE = /^(?:[a-z][a-z0-9+]{1,10}:\/\/|[\w.-]{1,100}@[\w.[\]:-]{1,200}:|[\w.-]{2,200}::?(?![\\/]{2}))/i;
const isRemote = (field: Field): boolean => {
  const text = show(field.value);
  return (REMOTE.test(text) && !/^[A-Za-z]:[\\/]/.test(text)) || /^\$\{[^}]{1,80}\}:|@\$\{/.test(text);
};

/** scp, rsync, rclone, aws s3 cp…: sources then destination; the remote side decides the direction. */
function copy(w: World, command: Command, fields: readonly Field[], method: string, remote: (field: Field) => boolean = isRemote): void {
  const to = fields.at(-1);
  const from = fields.slice(0, -1);
  if (to === undefined) return;
  if (remote(to)) {
    const ins: Port[] = [];
    for (const field of from) {
      if (fieldText(field) === '-') ins.push({ cell: command.io.stdin.cell, role: 'body' });
      else if (!remote(field))
        ins.push({
          cell: readFile(w, field, {
            many:
              /[/*]$/.test(show(field.value)) || command.args.some((arg) => /^-[a-zA-Z]{0,4}[ra]|--recursive|--archive/.test(fieldText(arg) ?? '')),
          }).cell,
          role: 'body',
        });
    }
    request(w, command.start, command.end, {
      kind: 'request',
      url: to.value,
      method,
      tool: command.name,
      sends: true,
      ins: [...ins, ...ports(to.cells, 'url')],
      outs: [],
    });
  }
  for (const field of from) {
    if (!remote(field)) continue;
    const response = w.ctx.fresh();
    const pending = request(w, command.start, command.end, {
      kind: 'request',
      url: field.value,
      method,
      tool: command.name,
      ins: ports(field.cells, 'url'),
      outs: [{ cell: response, role: 'response' }],
    });
    if (remote(to)) continue;
    if (fieldText(to) === '-') w.ctx.edge(response, command.io.out, command.start, command.end, 'pipe');
    else writeFile(w, to, [response], { requests: [pending] });
  }
}

const copies =
  (values: string, method: string): Handler =>
  (w, command) => {
    const options = parseOptions(command.args, { values });
    for (const run of given(options, '-e --rsh')) if (/^(?:sh|bash)\b/.test(fieldText(run) ?? '')) embedCode(w, 'shell', run, ['rsync -e'], {});
    copy(w, command, options.operands, method);
    if (flagged(options, '--remove-source-files'))
      for (const field of options.operands.slice(0, -1)) fact(w, field.start, field.end, { kind: 'delete', path: field.value });
    return UNKNOWN_OUTPUT;
  };

/** The name that is asked for carries data out. */
const lookups =
  (values: string, method: string): Handler =>
  (w, command) => {
    const options = parseOptions(command.args, { values });
    for (const field of options.operands) {
      const text = show(field.value);
      if (/^[+@]/.test(text) || /^(?:A|AAAA|TXT|MX|NS|CNAME|SOA|ANY|PTR|SRV)$/i.test(text)) continue;
      const response = w.ctx.fresh();
      request(w, command.start, command.end, {
        kind: 'request',
        url: concat(known(`${method.toLowerCase()}://`), field.value),
        method,
        tool: command.name,
        ...(field.cells.length > 0 ? { sends: true } : {}),
        ins: ports(field.cells, 'query'),
        outs: [{ cell: response, role: 'response' }],
      });
      w.ctx.edge(response, command.io.out, command.start, command.end, 'pipe');
      if (method === 'DNS') break;
    }
    for (const pattern of given(options, '-p'))
      if (method === 'ICMP')
        request(w, pattern.start, pattern.end, {
          kind: 'request',
          url: concat(known('icmp://'), options.operands.at(-1)?.value ?? known('')),
          method,
          tool: command.name,
          sends: true,
          ins: ports(pattern.cells, 'body'),
        });
    return UNKNOWN_OUTPUT;
  };

const ftp: Handler = (w, command) => {
  const options = parseOptions(command.args, { values: '-u -e -p -c --user -P -o' });
  const script = given(options, '-e -c')[0];
  const host = options.operands[0];
  if (host === undefined && script === undefined) return UNKNOWN_OUTPUT;
  const method = command.name === 'sftp' ? 'SSH' : command.name === 'tftp' ? 'TFTP' : 'FTP';
  const url = host === undefined ? known('ftp://') : /:\/\//.test(show(host.value)) ? host.value : join(command.name, host.value);
  // Commands come from -e, -c or standard input: put and get name local files.
  const text = `${script?.spelled ?? ''}\n${command.io.stdin.spelled ?? ''}\n${options.operands
    .slice(1)
    .map((field) => field.spelled)
    .join(' ')}`;
  const ins: Port[] = command.io.stdin.terminal ? [] : [{ cell: command.io.stdin.cell, role: 'body' }];
  for (const match of text.matchAll(/\b(?:put|mput|send|mirror -R)\s+(?:-\S{1,20}\s)?(\S{1,300})/g))
    ins.push({ cell: readFile(w, plain(known(match[1]!.replace(/[;"']+$/, '')), command.start, command.end)).cell, role: 'body' });
  const response = w.ctx.fresh();
  const pending = request(w, command.start, command.end, {
    kind: 'request',
    url,
    method,
    tool: command.name,
    ...(ins.length > 0 ? { sends: true } : {}),
    ins,
    outs: [{ cell: response, role: 'response' }],
  });
  for (const match of text.matchAll(/\b(?:get|mget|recv)\s+(\S{1,300})/g))
    writeFile(
      w,
      plain(
        known(
          match[1]!
            .replace(/[;"']+$/, '')
            .split('/')
            .at(-1)!,
        ),
        command.start,
        command.end,
      ),
      [response],
      { requests: [pending] },
    );
  return UNKNOWN_OUTPUT;
};

const git: Handler = (w, command) => {
  const options = parseOptions(command.args, { values: '-C -c --git-dir --work-tree --exec-path --namespace', stop: true });
  for (const setting of given(options, '-c'))
    gitSetting(
      w,
      setting,
      show(setting.value).split('=')[0]!,
      plain(known(show(setting.value).split('=').slice(1).join('=')), setting.start, setting.end, setting.cells),
    );
  const verb = operandText(options, 0);
  const inner = parseOptions(options.operands.slice(1), {
    values: '-b --branch --depth -o --origin -u --upload-pack --template -c --config --reference -j --jobs --filter -m --message -F --file -C',
  });
  const { operands } = inner;
  for (const setting of verb === 'clone' ? given(inner, '-c --config') : [])
    gitSetting(
      w,
      setting,
      show(setting.value).split('=')[0]!,
      plain(known(show(setting.value).split('=').slice(1).join('=')), setting.start, setting.end, setting.cells),
    );
  const at = (url: Value, from: readonly Field[], sends: boolean): ReturnType<typeof request> => {
    const response = w.ctx.fresh();
    return request(w, command.start, command.end, {
      kind: 'request',
      url,
      method: 'GIT',
      tool: 'git',
      ...(sends ? { sends: true } : {}),
      ins: from.flatMap((field) => ports(field.cells, 'url')),
      outs: [{ cell: response, role: 'response' }],
    });
  };
  if (verb === 'clone' && operands[0] !== undefined) {
    const url = operands[0];
    const folder =
      operands[1]?.value ??
      known(
        show(url.value)
          .replace(/\.git$/, '')
          .replace(/\/$/, '')
          .split('/')
          .at(-1) ?? '',
      );
    const pending = at(url.value, [url], false);
    writeFile(w, { value: folder, cells: [], start: url.start, end: url.end }, [pending.draft.outs![0]!.cell], { requests: [pending] });
    fact(w, command.start, command.end, { kind: 'install', manager: 'git', name: url.value, pinned: false, from: 'vcs' });
  } else if (verb === 'pull' || verb === 'fetch') {
    const pending = at(operands[0]?.value ?? known('origin'), operands.slice(0, 1), false);
    if (verb === 'pull')
      writeFile(
        w,
        { value: given(options, '-C')[0]?.value ?? known('.'), cells: [], start: command.start, end: command.end },
        [pending.draft.outs![0]!.cell],
        { requests: [pending] },
      );
  } else if (verb === 'push') {
    at(operands[0]?.value ?? known('origin'), operands.slice(0, 1), true);
    if (flagged(inner, '-f --force --force-with-lease --mirror --delete') || operands.some((field) => show(field.value).startsWith('+')))
      fact(w, command.start, command.end, { kind: 'delete', path: operands[0]?.value ?? known('origin'), how: 'vcs', force: true });
  } else if (verb === 'submodule' && /^(?:update|add)$/.test(fieldText(operands[0] ?? plain(known(''), 0, 0)) ?? ''))
    at(operands[1]?.value ?? known('submodule'), operands.slice(1, 2), false);
  else if (verb === 'remote' && /^(?:add|set-url)$/.test(fieldText(operands[0] ?? plain(known(''), 0, 0)) ?? '') && operands[2] !== undefined)
    fact(w, command.start, command.end, {
      kind: 'config',
      system: 'git',
      key: `remote.${show(operands[1]!.value)}.url`,
      value: operands[2].value,
      effect: 'other',
      via: 'command',
    });
  else if (verb === 'config') {
    const set = inner.operands.filter((field) => fieldText(field) !== 'set');
    if (set[0] !== undefined && set[1] !== undefined && !flagged(inner, '--get --unset --unset-all --list -l'))
      gitSetting(w, command, show(set[0].value), set[1]);
  } else if (verb === 'reset' && flagged(inner, '--hard'))
    fact(w, command.start, command.end, { kind: 'delete', path: known('.'), how: 'vcs', force: true });
  else if (verb === 'clean' && [...inner.flags].some((flag) => /^-[a-z]{0,4}f/.test(flag) || flag === '--force'))
    fact(w, command.start, command.end, { kind: 'delete', path: known('.'), how: 'vcs', recursive: flagged(inner, '-d'), force: true });
  else if ((verb === 'checkout' || verb === 'restore') && operands.some((field) => fieldText(field) === '.') && verb === 'restore')
    fact(w, command.start, command.end, { kind: 'delete', path: known('.'), how: 'vcs' });
  else if (
    verb === 'filter-branch' ||
    verb === 'filter-repo' ||
    (verb === 'reflog' && fieldText(operands[0] ?? plain(known(''), 0, 0)) === 'expire') ||
    (verb === 'update-ref' && flagged(inner, '-d'))
  )
    fact(w, command.start, command.end, { kind: 'delete', path: known('.git'), how: 'vcs' });
  else if (verb === 'credential' || (verb === 'credential-osxkeychain' && operands.length > 0))
    fact(w, command.start, command.end, {
      kind: 'capture',
      what: 'keychain',
      tool: 'git credential',
      outs: [{ cell: command.io.out, role: 'value' }],
    });
  return undefined;
};

const GIT_SETTINGS: readonly (readonly [RegExp, 'preload-code' | 'redirect-registry' | 'disable-tls' | 'redirect-api' | 'add-hook'])[] = [
  [/^core\.hookspath$/i, 'add-hook'],
  [/^init\.templatedir$/i, 'add-hook'],
  [/^url\..{0,300}\.(?:push)?insteadof$/i, 'redirect-registry'],
  [/^http\.(?:.{0,300}\.)?sslverify$/i, 'disable-tls'],
  [/^https?\.(?:.{0,300}\.)?proxy$/i, 'redirect-api'],
  [
    /^(?:core\.(?:sshcommand|fsmonitor|editor|pager|askpass|gitproxy)|credential\.(?:.{0,300}\.)?helper|diff\..{0,100}\.(?:command|textconv)|filter\..{0,100}\.(?:clean|smudge|process)|merge\..{0,100}\.driver|gpg\.program|alias\..{1,60})$/i,
    'preload-code',
  ],
];

function gitSetting(w: World, place: { start: number; end: number }, key: string, value: Field): void {
  const row = GIT_SETTINGS.find(([pattern]) => pattern.test(key));
  const text = textOf(value.value) ?? '';
  const harmless =
    row === undefined ||
    (row[1] === 'disable-tls' && /^(?:true|1|yes)$/i.test(text)) ||
    (row[1] === 'preload-code' &&
      (/^(?:store|cache|osxkeychain|manager(?:-core)?|libsecret|wincred|vim?|nano|code --wait|less|cat|true|false)\b/.test(text) ||
        (/^alias\./i.test(key) && !text.startsWith('!'))));
  fact(w, place.start, place.end, { kind: 'config', system: 'git', key, value: value.value, effect: harmless ? 'other' : row[1], via: 'command' });
  if (row !== undefined && !harmless && row[1] === 'preload-code' && (text.startsWith('!') || /sshcommand|fsmonitor/i.test(key)))
    embedCode(w, 'shell', { ...value, spelled: text.replace(/^!/, '') }, ['git config'], {});
  if (row?.[1] === 'add-hook') fact(w, place.start, place.end, { kind: 'persist', mechanism: 'git-hook', path: value.value });
}

/** Cloud command lines: the words after the verb are sources and destination. */
const cloud =
  (remote: RegExp, verbs: RegExp, values: string): Handler =>
  (w, command) => {
    const options = parseOptions(command.args, { values });
    const all = options.operands;
    const at = all.findIndex((field) => verbs.test(fieldText(field) ?? ''));
    const isThere = (field: Field): boolean => remote.test(show(field.value));
    if (at >= 0 && all.slice(at + 1).some(isThere)) copy(w, command, all.slice(at + 1), 'PUT', isThere);
    else {
      const url = known(
        `${command.name}://${all
          .slice(0, 3)
          .map((field) => show(field.value))
          .join('/')}`,
      );
      const response = w.ctx.fresh();
      const from = [...all, ...options.values.map((value) => value.field)];
      const files = options.values
        .filter(({ field }) => /^(?:file|fileb):\/\//.test(fieldText(field) ?? ''))
        .map(({ field }) => readFile(w, { ...field, value: known(fieldText(field)!.replace(/^fileb?:\/\//, '')) }).cell);
      request(w, command.start, command.end, {
        kind: 'request',
        url,
        method: 'GET',
        tool: command.name,
        ...(from.some((field) => field.cells.length > 0) || files.length > 0 ? { sends: true } : {}),
        ins: [...from.flatMap((field) => ports(field.cells, 'body')), ...ports(files, 'body')],
        outs: [{ cell: response, role: 'response' }],
      });
      w.ctx.edge(response, command.io.out, command.start, command.end, 'pipe');
    }
    return UNKNOWN_OUTPUT;
  };

const mail: Handler = (w, command) => {
  const options = parseOptions(command.args, { values: '-s -a -A -r -f -F -b -c -q -S --attach --subject' });
  const attached = given(options, '-a -A --attach').map((field) => readFile(w, field).cell);
  const to = options.operands.map((field) => show(field.value)).join(',');
  request(w, command.start, command.end, {
    kind: 'request',
    url: known(`mailto:${to}`),
    method: 'SMTP',
    tool: command.name,
    sends: true,
    ins: [
      { cell: command.io.stdin.cell, role: 'body' },
      ...ports(attached, 'body'),
      ...given(options, '-s --subject').flatMap((field) => ports(field.cells, 'header')),
    ],
  });
  return UNKNOWN_OUTPUT;
};

const gh: Handler = (w, command) => {
  const options = parseOptions(command.args, {
    values:
      '-b --body -F --body-file -f --raw-field --field -t --title -X --method -H --header --input -R --repo -d --desc --json -q --jq -p --pattern -D --dir -O --output',
  });
  const [area = '', verb = ''] = options.operands.map((field) => fieldText(field) ?? '');
  if (area === 'auth' && verb === 'token') {
    fact(w, command.start, command.end, {
      kind: 'capture',
      what: 'keychain',
      tool: 'gh auth token',
      outs: [{ cell: command.io.out, role: 'value' }],
    });
    return UNKNOWN_OUTPUT;
  }
  const sends = /^(?:create|edit|comment|upload|merge|close|set|review|push|sync)$/.test(verb) || area === 'api';
  const ins: Port[] = options.values.flatMap(({ field }) => ports(field.cells, 'body'));
  for (const field of given(options, '--body-file --input -F'))
    if (fieldText(field) === '-') ins.push({ cell: command.io.stdin.cell, role: 'body' });
    else if (!show(field.value).includes('=')) ins.push({ cell: readFile(w, field).cell, role: 'body' });
  if ((area === 'gist' || area === 'release') && (verb === 'create' || verb === 'upload')) {
    const files = options.operands.slice(area === 'release' ? 3 : 2);
    for (const field of files) ins.push({ cell: fieldText(field) === '-' ? command.io.stdin.cell : readFile(w, field).cell, role: 'body' });
    if (files.length === 0 && !command.io.stdin.terminal) ins.push({ cell: command.io.stdin.cell, role: 'body' });
  }
  const response = w.ctx.fresh();
  const pending = request(w, command.start, command.end, {
    kind: 'request',
    url: known(`https://api.github.com/${area}/${verb}`),
    method: sends && area !== 'api' ? 'POST' : (fieldText(given(options, '-X --method')[0] ?? plain(known('GET'), 0, 0)) ?? 'GET'),
    tool: 'gh',
    ...(sends && (area !== 'api' || ins.length > 0) ? { sends: true } : {}),
    ins,
    outs: [{ cell: response, role: 'response' }],
  });
  w.ctx.edge(response, command.io.out, command.start, command.end, 'pipe');
  const into = given(options, '-D --dir -O --output')[0];
  if (area === 'release' && verb === 'download')
    writeFile(
      w,
      into ?? { value: given(options, '-p --pattern')[0]?.value ?? known('release'), cells: [], start: command.start, end: command.end },
      [response],
      { requests: [pending] },
    );
  if (area === 'repo' && verb === 'clone')
    fact(w, command.start, command.end, {
      kind: 'install',
      manager: 'git',
      name: options.operands[2]?.value ?? known(''),
      pinned: false,
      from: 'vcs',
    });
  if (area === 'extension' && verb === 'install')
    fact(w, command.start, command.end, {
      kind: 'install',
      manager: 'gh',
      name: options.operands[2]?.value ?? known(''),
      pinned: false,
      from: 'vcs',
    });
  return UNKNOWN_OUTPUT;
};

export const NETWORK_ROWS: readonly (readonly [string, Handler])[] = [
  ['nc ncat netcat nc.traditional nc.openbsd pwncat', netcat],
  ['socat', socat],
  ['telnet', telnet],
  ['openssl', openssl],
  ['ssh autossh mosh', ssh],
  ['scp', copies('-c -F -i -J -l -o -P -S -X -D', 'SSH')],
  [
    'rsync',
    copies(
      '-e --rsh --exclude --include --exclude-from --files-from --bwlimit --password-file -f --filter --port --timeout --log-file --rsync-path --chmod',
      'SSH',
    ),
  ],
  [
    'rclone',
    cloud(
      /^[\w-]{1,60}:|^:[a-z0-9]{1,20}[,:]/i,
      /^(?:copy|copyto|sync|move|moveto|bisync|rcat|cat)$/,
      '--config --transfers --bwlimit --include --exclude --log-file',
    ),
  ],
  ['ftp lftp ncftp ncftpput tftp sftp', ftp],
  ['dig drill kdig delv', lookups('-t -p -b -f -k -q -x -y -c', 'DNS')],
  ['nslookup host resolvectl', lookups('-t -W -R -m -N', 'DNS')],
  ['ping ping6 fping hping3', lookups('-c -i -W -w -s -t -I -p -Q -M -l -m', 'ICMP')],
  ['git', git],
  ['gh', gh],
  [
    'aws',
    cloud(
      /^s3:\/\//,
      /^(?:cp|mv|sync)$/,
      '--profile --region --output --query --endpoint-url --bucket --key --body --secret-string --secret-id --name --value --message --topic-arn --queue-url --message-body --payload --function-name',
    ),
  ],
  ['gsutil gcloud', cloud(/^gs:\/\//, /^(?:cp|mv|rsync)$/, '--project --zone --region --format --account --data-file --secret')],
  [
    'az azcopy',
    cloud(
      /^https:\/\//,
      /^(?:copy|cp|sync)$/,
      '-g --resource-group -n --name -f --file --account-name --container-name -c --account-key --connection-string',
    ),
  ],
  ['s3cmd mc', cloud(/^(?:s3:\/\/|[\w-]{1,60}\/)/, /^(?:put|get|cp|sync|mirror)$/, '-c --config')],
  ['mail mailx sendmail mutt msmtp swaks ssmtp', mail],
];
