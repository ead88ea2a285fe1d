/**
 * Raw sockets, name lookups (which carry data out in the queried name) and mail. A row says where the destination stands and what is sent.
 */
import type { Port, Value } from '../../model.ts';
import { concat, known, show } from '../../value.ts';
import type { Command, Handler } from './command.ts';
import { flagged, given, operandText, parseOptions } from './options.ts';
import { embedCode } from './run.ts';
import { type Field, fact, fieldText, ports, readFile, request, UNKNOWN_OUTPUT, type World, writeFile } from './world.ts';

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

export const NETWORK_ROWS: readonly (readonly [string, Handler])[] = [
  ['nc ncat netcat nc.traditional nc.openbsd pwncat', netcat],
  ['socat', socat],
  ['telnet', telnet],
  ['openssl', openssl],
  ['dig drill kdig delv', lookups('-t -p -b -f -k -q -x -y -c', 'DNS')],
  ['nslookup host resolvectl', lookups('-t -W -R -m -N', 'DNS')],
  ['ping ping6 fping hping3', lookups('-c -i -W -w -s -t -I -p -Q -M -l -m', 'ICMP')],
  ['mail mailx sendmail mutt msmtp swaks ssmtp', mail],
];
