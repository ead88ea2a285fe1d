/**
 * HTTP clients. A row names, for every option, what its value means: body, form, upload, header, output… so that one reader serves curl, wget, HTTPie and the rest. It states the request with what
 * leaves (ports body, header, query) and what comes back (port response), and the files it reads and writes.
 */
import type { Cell, Port, Value } from '../../model.ts';
import { concat, known, partsOf, show, textOf } from '../../value.ts';
import type { Command, Handler } from './command.ts';
import { cut, type Grammar, type Options, parseOptions, words } from './options.ts';
import { type Field, fact, fieldText, plain, ports, readFile, request, UNKNOWN_OUTPUT, type World, writeFile } from './world.ts';

interface Client {
  /** Meaning -> options with a value. */
  readonly values: Readonly<Partial<Record<Meaning, string>>>;
  /** Meaning -> options without. */
  readonly flags?: Readonly<Partial<Record<'insecure' | 'remote' | 'get' | 'head' | 'post' | 'print', string>>>;
  /** Other options with a value. */
  readonly other?: string;
  /** Saves under the remote name unless told otherwise. */
  readonly saves?: boolean;
  /** HTTPie: `POST url key=value`. */
  readonly items?: boolean;
  readonly single?: boolean;
}
type Meaning = 'body' | 'form' | 'upload' | 'bodyFile' | 'header' | 'output' | 'directory' | 'method' | 'url' | 'list' | 'proxy' | 'config';

const CURL: Client = {
  values: {
    body: '-d --data --data-ascii --data-binary --data-raw --data-urlencode --json --url-query',
    form: '-F --form --form-string',
    upload: '-T --upload-file',
    header: '-H --header -u --user --oauth2-bearer -b --cookie -A --user-agent -e --referer -U --proxy-user --proxy-header',
    output: '-o --output',
    directory: '--output-dir',
    method: '-X --request',
    url: '--url',
    config: '-K --config',
    proxy: '-x --proxy --preproxy --socks5 --socks5-hostname --socks4',
  },
  flags: { insecure: '-k --insecure --proxy-insecure', remote: '-O --remote-name --remote-name-all', get: '-G --get', head: '-I --head' },
  other:
    '-m --max-time --connect-timeout -w --write-out --retry --retry-delay --retry-max-time -c --cookie-jar -D --dump-header --cacert --capath -E --cert --key --resolve --connect-to -r --range -C --continue-at --limit-rate -z --max-filesize --interface --dns-servers --ciphers --tls-max --stderr --trace --trace-ascii -Y -y -t -Q --max-redirs --parallel-max --unix-socket --abstract-unix-socket --noproxy --rate --aws-sigv4 --pinnedpubkey -P --ftp-port --doh-url --hostpubmd5 --proto --proto-redir --proto-default --ssl-reqd --retry-all-errors',
};
const CLIENTS: readonly (readonly [string, Client])[] = [
  ['curl curlie', CURL],
  [
    'wget wget2',
    {
      values: {
        body: '--post-data --body-data',
        bodyFile: '--post-file --body-file',
        header: '--header -U --user-agent --user --password --http-user --http-password --referer',
        output: '-O --output-document',
        directory: '-P --directory-prefix',
        method: '--method',
        list: '-i --input-file',
      },
      flags: { insecure: '--no-check-certificate' },
      other:
        '-T --timeout -t --tries -w --wait -o --output-file -a --append-output -e --execute --limit-rate -Q --quota --load-cookies --save-cookies -l --level -A --accept -R --reject -D --domains -I -X --ca-certificate --certificate --private-key -B --base --connect-timeout --read-timeout --dns-timeout --retry-connrefused --waitretry',
      saves: true,
    },
  ],
  [
    'aria2c axel',
    {
      values: {
        header: '--header --http-user --http-passwd -U --user-agent -H',
        output: '-o --out --output',
        directory: '-d --dir',
        list: '-i --input-file',
        proxy: '--all-proxy',
      },
      flags: { insecure: '--check-certificate=false' },
      other: '-x -s -j -k -n --max-connection-per-server --split --checksum',
      saves: true,
    },
  ],
  [
    'http https xh xhs',
    {
      values: { header: '-a --auth -A --auth-type', output: '-o --output', proxy: '--proxy', body: '--raw' },
      flags: { insecure: '--verify=no', remote: '-d --download', post: '-f --form --multipart' },
      other: '--timeout --session -p --print -s --style --verify',
      items: true,
    },
  ],
  ['fetch lwp-download', { values: { output: '-o' }, flags: { insecure: '--no-verify-peer' }, saves: true }],
  ['lwp-request GET HEAD POST PUT PATCH DELETE', { values: { method: '-m', header: '-H -C' }, other: '-t -p -i -c' }],
  ['lynx links elinks w3m', { values: { header: '-auth -useragent' }, other: '-cfg -lss -width -T -I', single: true }],
  [
    'grpcurl',
    {
      values: { body: '-d', header: '-H -rpc-header -reflect-header' },
      flags: { insecure: '-insecure -plaintext' },
      single: true,
      other: '-proto -import-path',
    },
  ],
  ['websocat wscat', { values: { header: '-H --header', url: '-c --connect -u' }, flags: { insecure: '-k --insecure' } }],
];

const isUrl = (field: Field): boolean => {
  const text = fieldText(field) ?? '';
  return field.value.kind !== 'known' || /[./:]/.test(text) || text === 'localhost';
};

/** `https://host/a/b.sh?x` is saved as `b.sh`. */
function remoteName(url: Value): Value {
  const parts = partsOf(url);
  const last = parts.at(-1);
  if (typeof last !== 'string') return known('index.html');
  const path = last.split(/[?#]/)[0]!;
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name === '' || (parts.length === 1 && !/^[a-z]{2,6}:\/\/[^/]{1,300}\//i.test(path) && !path.includes('/'))
    ? known('index.html')
    : parts.length > 1 && !path.includes('/')
      ? url
      : known(name);
}

interface Sent {
  readonly ins: Port[];
  sends: boolean;
}

/** A curl data value: literal, `@file`, `@-`, `name=@file`, `name=<file`. */
function dataPorts(w: World, command: Command, field: Field, form: boolean, sent: Sent): void {
  const text = show(field.value).slice(0, 4_096);
  const head = partsOf(field.value)[0];
  const match = form
    ? /^[^=]{0,200}=[@<]/.exec(typeof head === 'string' ? head : '')
    : /^[\w.-]{0,100}@/.exec(typeof head === 'string' && (head.startsWith('@') || !text.includes('=')) ? head : '');
  sent.sends = true;
  if (match === null) {
    sent.ins.push(...ports(field.cells, 'body'));
    if (field.process !== undefined) sent.ins.push({ cell: field.process.stream.cell, role: 'body' });
    return;
  }
  const file = cut(field, match[0].length);
  const name = (fieldText(file) ?? '').split(';')[0]!;
  if (name === '-') sent.ins.push({ cell: command.io.stdin.cell, role: 'body' });
  else sent.ins.push({ cell: readFile(w, file.value.kind === 'known' ? { ...file, value: known(name) } : file).cell, role: 'body' });
}

const bodyFile = (w: World, command: Command, field: Field, sent: Sent): void => {
  sent.sends = true;
  sent.ins.push({
    cell: fieldText(field) === '-' || fieldText(field) === '/dev/stdin' ? command.io.stdin.cell : readFile(w, field).cell,
    role: 'body',
  });
};

function meanings(row: Client): { grammar: Grammar; of: ReadonlyMap<string, Meaning> } {
  const of = new Map<string, Meaning>();
  for (const [meaning, names] of Object.entries(row.values)) for (const name of words(names)) of.set(name, meaning as Meaning);
  return { grammar: { values: [...of.keys(), row.other ?? ''].join(' '), single: row.single === true }, of };
}

/** `POST url name=value name:=1 Header:value field@file` */
function items(w: World, command: Command, operands: readonly Field[], sent: Sent): { url: Field | undefined; method: string | undefined } {
  const rest = [...operands];
  const verb = /^[A-Z]{3,7}$/.test(fieldText(rest[0] ?? plain(known(''), 0, 0)) ?? '') ? fieldText(rest.shift()!) : undefined;
  const url = rest.shift();
  for (const item of rest) {
    const text = item.spelled;
    const at = /^[\w.[\]-]{0,100}(:=@|=@|==|:=|@|=|:)/.exec(text);
    if (at === null) continue;
    if (at[1]!.endsWith('@')) bodyFile(w, command, cut(item, at[0].length), sent);
    else if (at[1] === ':') sent.ins.push(...ports(item.cells, 'header'));
    else if (at[1] === '==') sent.ins.push(...ports(item.cells, 'query'));
    else {
      sent.ins.push(...ports(item.cells, 'body'));
      sent.sends = true;
    }
  }
  if (!command.io.stdin.terminal) {
    sent.ins.push({ cell: command.io.stdin.cell, role: 'body' });
    sent.sends = true;
  }
  return { url, method: verb };
}

const client =
  (row: Client): Handler =>
  (w, command) => {
    const { grammar, of } = meanings(row);
    const options: Options = parseOptions(command.args, grammar);
    const has = (name: keyof NonNullable<Client['flags']>): boolean =>
      [...words(row.flags?.[name] ?? '')].some((flag) => options.flags.has(flag) || command.args.some((arg) => fieldText(arg) === flag));
    const sent: Sent = { ins: [], sends: false };
    const urls: Field[] = row.items
      ? []
      : options.operands.filter(
          (field) => isUrl(field) && (!/^(?:GET|HEAD|POST|PUT|PATCH|DELETE)$/.test(command.name) || show(field.value).includes('://')),
        );
    let method: string | undefined = /^(?:GET|HEAD|POST|PUT|PATCH|DELETE)$/.test(command.name) ? command.name : undefined;
    let outputs: Field[] = [];
    let directory: Field | undefined;
    for (const { name, field } of options.values) {
      const meaning = of.get(name);
      if (meaning === 'body')
        name.endsWith('raw') || name === '--json' || command.name.startsWith('wget')
          ? rawBody(sent, field, command, w, name)
          : dataPorts(w, command, field, false, sent);
      else if (meaning === 'form') name === '--form-string' ? rawBody(sent, field, command, w, name) : dataPorts(w, command, field, true, sent);
      else if (meaning === 'upload' || meaning === 'bodyFile') bodyFile(w, command, field, sent);
      else if (meaning === 'header') headerPorts(w, command, field, sent);
      else if (meaning === 'output') outputs.push(field);
      else if (meaning === 'directory') directory = field;
      else if (meaning === 'method') method = fieldText(field)?.toUpperCase();
      else if (meaning === 'url') urls.push(field);
      else if (meaning === 'config' || meaning === 'list') {
        const list = fieldText(field) === '-' ? command.io.stdin.cell : readFile(w, field).cell;
        urls.push(plain({ kind: 'template', parts: [{ name: name === '-i' ? 'list' : 'config' }] }, field.start, field.end, [list]));
      } else if (meaning === 'proxy')
        fact(w, field.start, field.end, {
          kind: 'config',
          system: command.name,
          key: 'proxy',
          value: field.value,
          effect: 'redirect-api',
          via: 'command',
        });
    }
    if (row.items) {
      const found = items(w, command, options.operands, sent);
      if (found.url) urls.push(found.url);
      method = found.method ?? (sent.sends ? 'POST' : undefined);
    }
    const unsaved =
      outputs.length === 0 &&
      (has('remote') || (row.saves === true && !row.items)) &&
      !command.args.some((arg) => /^(?:--spider|-qO-|-O-)$/.test(fieldText(arg) ?? ''));
    const verb =
      method ??
      (has('head')
        ? 'HEAD'
        : has('get')
          ? 'GET'
          : sent.sends || has('post')
            ? options.values.some((value) => of.get(value.name) === 'upload')
              ? 'PUT'
              : 'POST'
            : 'GET');
    if (urls.length === 0 && !command.args.some((arg) => arg.placeholder !== undefined)) return UNKNOWN_OUTPUT;
    for (const url of urls) {
      const response: Cell = w.ctx.fresh();
      const shown = show(url.value);
      const inQuery = url.cells.length > 0 && /[?&#]/.test(shown);
      const toStdout = outputs.length === 0 ? !unsaved : outputs.some((output) => /^(?:-|\/dev\/stdout)$/.test(fieldText(output) ?? ''));
      const pending = request(w, command.start, command.end, {
        kind: 'request',
        url: withScheme(url.value),
        method: verb,
        tool: command.name,
        ...(has('insecure') ? { insecure: true } : {}),
        ...(sent.sends || inQuery || /^(?:POST|PUT|PATCH)$/.test(verb) ? { sends: true } : {}),
        ins: [
          ...sent.ins.map((port) => (has('get') && port.role === 'body' ? { ...port, role: 'query' as const } : port)),
          ...ports(url.cells, 'url'),
          ...(inQuery ? ports(url.cells, 'query') : []),
        ],
        outs: [{ cell: response, role: 'response' }],
      });
      if (toStdout) w.ctx.edge(response, command.io.out, command.start, command.end, 'pipe');
      if (unsaved) outputs = [];
      const saved: { field: Pick<Field, 'value' | 'cells' | 'start' | 'end' | 'process'> }[] = unsaved
        ? [{ field: { value: remoteName(url.value), cells: [], start: url.start, end: url.end } }]
        : outputs.filter((output) => !/^(?:-|\/dev\/stdout)$/.test(fieldText(output) ?? '')).map((field) => ({ field }));
      for (const { field } of saved) {
        const value = directory === undefined || /^\//.test(show(field.value)) ? field.value : concat(directory.value, known('/'), field.value);
        writeFile(w, { ...field, value }, [response], { requests: [pending] });
      }
    }
    return UNKNOWN_OUTPUT;
  };

function rawBody(sent: Sent, field: Field, command: Command, w: World, name: string): void {
  sent.sends = true;
  if (name === '--json' && fieldText(field)?.startsWith('@')) dataPorts(w, command, field, false, sent);
  else sent.ins.push(...ports(field.cells, 'body'));
}

function headerPorts(w: World, command: Command, field: Field, sent: Sent): void {
  const text = fieldText(field);
  if (text?.startsWith('@')) sent.ins.push({ cell: text === '@-' ? command.io.stdin.cell : readFile(w, cut(field, 1)).cell, role: 'header' });
  else sent.ins.push(...ports(field.cells, 'header'));
}

/** `example.org/x` is http to these clients; a template that begins with a hole stays as it is. */
function withScheme(url: Value): Value {
  const head = partsOf(url)[0];
  if (typeof head !== 'string' || /^[a-z][a-z0-9+.-]{1,12}:\/\//i.test(head) || head.startsWith('//')) return url;
  return /^[\w.-]{1,255}(?:[:/?]|$)/.test(head) && textOf(url) !== '' ? concat(known('http://'), url) : url;
}

export const HTTP_ROWS: readonly (readonly [string, Handler])[] = CLIENTS.map(([names, row]) => [names, client(row)] as const);
