/**
 * Remote shells and copies: ssh, scp, rsync, ftp, and cloud storage. The side that is remote decides whether data leaves or arrives.
 */
import type { Port, Value } from '../../model.ts';
import { concat, known, show } from '../../value.ts';
import type { Command, Handler } from './command.ts';
import { flagged, given, parseOptions } from './options.ts';
import { embedCode } from './run.ts';
import { type Field, fact, fieldText, plain, ports, readFile, request, UNKNOWN_OUTPUT, type World, writeFile } from './world.ts';
import { SSH_VALUES } from './wrappers.ts';

const join = (scheme: string, host: Value): Value => concat(known(`${scheme}://`), host);

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
    ins.push({ cell: readFile(w, plain(known(match[1]!.replace(/[;"']{1,3}$/, '')), command.start, command.end)).cell, role: 'body' });
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
            .replace(/[;"']{1,3}$/, '')
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

/** Cloud command lines: the words after the verb are sources and destination. */
const cloud =
  (remote: RegExp, verbs: RegExp, values: string): Handler =>
  (w, command) => {
    const options = parseOptions(command.args, { values });
    const all = options.operands;
    const at = all.findIndex((field) => verbs.test(fieldText(field) ?? ''));
    const isThere = (field: Field): boolean => remote.test(show(field.value));
    // `eval "$(az completion init zsh)"` prints what the tool carries with it.
    if (/^(?:completions?|help|version|config|configure)$/.test(all[0] === undefined ? '' : (fieldText(all[0]) ?? ''))) return UNKNOWN_OUTPUT;
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

export const REMOTE_ROWS: readonly (readonly [string, Handler])[] = [
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
];
