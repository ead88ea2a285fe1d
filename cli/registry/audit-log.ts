/** `skill audit-log`: walk the chain of decisions, or take a copy of it. On the server's own folder (--data), over the API as an admin, or on an exported file. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { ChainVerdict } from '../../registry/client/audit.ts';
import { visible } from '../../scanner/report/escape.ts';
import { print } from '../tty.ts';
import { type CommonFlags, group, guarded, painter, printJson, type Run, session, tell, withOutput, withRegistry } from './common.ts';

interface AuditFlags extends CommonFlags {
  readonly data?: string;
  readonly file?: string;
  readonly head?: string;
  readonly output?: string;
  readonly after: number;
}

const whole = (text: string): number => {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
};

export const auditLog = (run: Run): Command =>
  group(
    new Command('audit-log')
      .summary('verify and export the audit log')
      .description(
        'One JSON event per decision, each with the hash of the one before. verify finds a changed, removed or inserted event; that a copy was cut off, or the whole store put back to an earlier day, shows against the head of an earlier export, so keep one elsewhere.',
      )
      .addCommand(
        withOutput(
          withRegistry(new Command('verify').summary('walk the chain').description('Walks the whole chain. Exit code 4 if an event does not fit.')),
        )
          .option('--data <folder>', "the registry's data folder, on this machine")
          .option('--file <file>', 'an exported log')
          .option('--head <hash>', 'head of an earlier export: it has to be in the chain')
          .action((flags: AuditFlags) => run(guarded(flags, () => verifying(flags)))),
      )
      .addCommand(
        withRegistry(
          new Command('export')
            .summary('copy the log as JSON lines')
            .description('Writes one line an event, and says the head, which is worth keeping elsewhere.'),
        )
          .option('--data <folder>', "the registry's data folder, on this machine")
          .option('-o, --output <file>', 'a new file (default: standard output)')
          .addOption(new Option('--after <seq>', 'only events behind this number').argParser(whole).default(0))
          .action((flags: AuditFlags) => run(guarded(flags, () => exporting(flags)))),
      ),
    [
      'audit-log verify --data data',
      'audit-log export --data data -o audit.jsonl',
      'audit-log verify --file audit.jsonl --head 9f2c…',
      'audit-log export --after 1200 | siem-forwarder',
    ],
  );

async function verifying(flags: AuditFlags): Promise<number> {
  const { ClientError } = await import('../../registry/client/errors.ts');
  if (flags.data !== undefined && flags.file !== undefined) throw new ClientError('usage', 'Give --data or --file, not both.');
  if (flags.head !== undefined && !/^[0-9a-f]{64}$/.test(flags.head))
    throw new ClientError('usage', '--head: expected 64 hex digits, as an export says them.');
  const seen = { head: flags.head === undefined };
  const look = (hash: string): void => {
    if (hash === flags.head) seen.head = true;
  };
  const verdict = await verdictOf(flags, look);
  const whole = verdict.ok && seen.head;
  const says =
    verdict.broken !== undefined
      ? `event ${verdict.broken.seq} ${verdict.broken.says}`
      : 'its end was cut off, or it is another log: the given head is not in it';
  if (flags.json === true)
    await printJson({
      schema: 'skillward.audit.v1',
      ...verdict,
      ok: whole,
      ...(whole || verdict.broken !== undefined ? {} : { broken: { seq: verdict.count, says } }),
    });
  else {
    const paint = painter(flags);
    await print(whole ? `${paint('green', 'ok')} ${verdict.count} events, head ${verdict.head}\n` : `${paint('red', 'BROKEN')} ${visible(says)}\n`);
  }
  return whole ? 0 : 4;
}

async function verdictOf(flags: AuditFlags, look: (hash: string) => void): Promise<ChainVerdict> {
  const { verifyExport } = await import('../../registry/client/audit.ts');
  if (flags.file !== undefined) return verifyExport(flags.file, look);
  if (flags.data !== undefined) {
    const { openStore } = await import('../../registry/store/index.ts');
    const { eachEvent, verifyLog } = await import('../../registry/store/events.ts');
    const store = await openStore(flags.data, { readonly: true });
    try {
      if (flags.head !== undefined) for await (const row of eachEvent(store.db)) look(row.hash);
      return await verifyLog(store);
    } finally {
      await store.close();
    }
  }
  const { verifyAudit } = await import('../../registry/client/api.ts');
  const { http } = await session(flags);
  const { ok, count, head, broken } = await verifyAudit(http);
  if (flags.head !== undefined)
    await http.lines('/api/skillward/v1/audit-log', {}, (line) => look(/"hash":"([0-9a-f]{64})"/.exec(line.slice(0, 400))?.[1] ?? ''));
  return { ok, count, head, ...(broken === undefined ? {} : { broken }) };
}

async function exporting(flags: AuditFlags): Promise<number> {
  const { ClientError } = await import('../../registry/client/errors.ts');
  const { exportLine, readLine } = await import('../../registry/client/audit.ts');
  const file = flags.output === undefined ? undefined : createWriteStream(flags.output, { flags: 'wx', mode: 0o600 });
  if (file !== undefined)
    await once(file, 'open').catch((error: NodeJS.ErrnoException) => {
      throw new ClientError(
        'file',
        `${flags.output} cannot be written (${error.code ?? error.message})${error.code === 'EEXIST' ? ': it is there already' : ''}.`,
      );
    });
  let count = 0;
  let head = '';
  const write = async (line: string): Promise<void> => {
    const event = readLine(line);
    if (event === undefined) throw new ClientError('bad-answer', `Line ${count + 1} of the log is not an event.`);
    count++;
    head = event.hash;
    if (file === undefined) await print(`${line}\n`);
    else if (!file.write(`${line}\n`)) await once(file, 'drain');
  };
  if (flags.data !== undefined) {
    const { openStore } = await import('../../registry/store/index.ts');
    const { eachEvent } = await import('../../registry/store/events.ts');
    const store = await openStore(flags.data, { readonly: true });
    try {
      for await (const row of eachEvent(store.db, flags.after)) await write(exportLine(row).trimEnd());
    } finally {
      await store.close();
    }
  } else {
    const { http } = await session(flags);
    await http.lines('/api/skillward/v1/audit-log', { after: flags.after }, write);
  }
  if (file !== undefined) {
    file.end();
    await finished(file);
  }
  tell(count === 0 ? 'No events.' : `${count} events; head ${head}`);
  return 0;
}
