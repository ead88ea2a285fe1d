/**
 * Exported audit logs: one JSON line an event, the event's canonical JSON byte for byte at its end. Checking an export needs nothing but the export and, to see that its end was not
 * cut off, the head of an earlier one.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { ClientError } from './errors.ts';

export const noEvent = '0'.repeat(64);

export interface ExportedEvent {
  readonly seq: number;
  readonly prev: string;
  readonly hash: string;
  /** Canonical JSON. */
  readonly event: string;
}

export const exportLine = ({ seq, prev, hash, event }: ExportedEvent): string =>
  `{"seq":${seq},"prev":${JSON.stringify(prev)},"hash":${JSON.stringify(hash)},"event":${event}}\n`;

/** An event from its line; undefined for what is none. */
export function readLine(line: string): ExportedEvent | undefined {
  const match = /^\{"seq":(\d{1,15}),"prev":"([0-9a-f]{64})","hash":"([0-9a-f]{64})","event":/.exec(line);
  return match === null || !line.endsWith('}')
    ? undefined
    : { seq: Number(match[1]), prev: match[2]!, hash: match[3]!, event: line.slice(match[0].length, -1) };
}

export interface ChainVerdict {
  readonly ok: boolean;
  readonly count: number;
  readonly head: string;
  readonly broken?: { readonly seq: number; readonly says: string };
}

/**
 * Walks the chain of an exported log. Constant memory.
 * @param look is told the hash of each event that fits
 * @throws ClientError file
 */
export async function verifyExport(path: string, look: (hash: string) => void = () => {}): Promise<ChainVerdict> {
  const input = createReadStream(path, { encoding: 'utf8' });
  let head: string | undefined;
  let count = 0;
  let next: number | undefined;
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line === '') continue;
      const event = readLine(line);
      const seq = event?.seq ?? next ?? 1;
      const broken = (says: string): ChainVerdict => ({ ok: false, count, head: head ?? noEvent, broken: { seq, says } });
      if (event === undefined) return broken('is not a line of an exported audit log');
      if (next !== undefined && event.seq !== next) return broken(`expected event ${next}: one or more were removed or inserted`);
      // An export may begin later than the log.
      const before = head ?? (event.seq === 1 ? noEvent : event.prev);
      if (event.prev !== before) return broken('does not continue from the event before it');
      if (createHash('sha256').update(`${event.prev}\n${event.event}`).digest('hex') !== event.hash)
        return broken('its content does not match its hash');
      head = event.hash;
      look(head);
      next = event.seq + 1;
      count++;
    }
  } catch (error) {
    throw new ClientError('file', `${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? (error as Error).message}).`, { cause: error });
  }
  return { ok: true, count, head: head ?? noEvent };
}
