/**
 * Upload tickets (W1, W2): one file, one ticket. A ticket is bound to the user, path, size and digest it was asked for, ends after a quarter of an hour, and is kept as a hash. The
 * bytes lie in the blob store under their digest; nothing refers to them until a publish presents the ticket.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SignedIn } from '../../auth/rights.ts';
import { RegistryError } from '../../errors.ts';
import type { PublishFile } from '../../gate/contract.ts';
import { newId, type Store } from '../../store/index.ts';
import type { UploadRow } from '../../store/schema.ts';

const lasts = 15 * 60_000;
/** Tickets of one user that have not ended, and bytes of a day, as multiples of what one publish may need: what nobody publishes stays on the disk for some time (gate/collect.ts). */
const publishes = { open: 4, aDay: 40 };
const day = 24 * 3_600_000;

const hashOf = (ticket: string): string => createHash('sha256').update(ticket).digest('hex');
function needSize(row: UploadRow, size: number): void {
  if (size !== row.size)
    throw new RegistryError(
      'bad-input',
      `${row.size} bytes were announced for this upload, ${size} came. Send the file as it was when the ticket was asked for.`,
    );
}
const gone = (): RegistryError =>
  new RegistryError('bad-input', 'There is no such upload, or its time is over (15 minutes). Start the publish again.');

export interface UploadDeps {
  readonly store: Store;
  readonly limits: { readonly fileBytes: number; readonly totalBytes: number; readonly files: number };
  readonly now: () => number;
}

export interface UploadRequest {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly contentType?: string;
}
export interface UploadedFile {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly storageId: string;
  readonly uploadTicket: string;
}

export interface Uploads {
  /** @throws RegistryError bad-input, too-large, too-many-requests */
  ticket(actor: SignedIn, request: UploadRequest): Promise<{ readonly id: string; readonly ticket: string }>;
  /** Before its bytes are read: whether they are expected at all. @param size bytes that the request announces, if it does. @throws RegistryError bad-input */
  expect(actor: SignedIn, id: string, size: number | undefined): Promise<void>;
  /** Takes the bytes of an upload; the same bytes again are taken again. @throws RegistryError bad-input, too-large */
  receive(actor: SignedIn, id: string, bytes: Buffer): Promise<string>;
  /** The files of a publish. @throws RegistryError bad-input */
  collect(actor: SignedIn, files: readonly UploadedFile[]): Promise<PublishFile[]>;
}

export function createUploads({ store, limits, now }: UploadDeps): Uploads {
  /** The caller's own upload that has not ended. */
  async function upload(actor: SignedIn, id: string): Promise<UploadRow> {
    const row = await store.db.selectFrom('uploads').selectAll().where('id', '=', id).executeTakeFirst();
    if (row === undefined || row.user_id !== actor.user.id || row.expires_at <= now()) throw gone();
    return row;
  }
  return {
    async ticket(actor, { path, size, sha256, contentType }) {
      if (!Number.isSafeInteger(size) || size < 0) throw new RegistryError('bad-input', 'size must be the number of bytes.');
      if (size > limits.fileBytes)
        throw new RegistryError('too-large', `${JSON.stringify(path.slice(0, 200))} has ${size} bytes; at most ${limits.fileBytes} are taken.`);
      if (!/^[0-9a-f]{64}$/.test(sha256)) throw new RegistryError('bad-input', 'sha256 must be 64 lower-case hexadecimal digits.');
      const ticket = randomBytes(32).toString('base64url');
      const at = now();
      const row: UploadRow = {
        id: newId('upl'),
        ticket_hash: hashOf(ticket),
        user_id: actor.user.id,
        path,
        size,
        sha256,
        content_type: contentType ?? 'application/octet-stream',
        created_at: at,
        expires_at: at + lasts,
        received_at: null,
      };
      await store.write(async (tx) => {
        await tx
          .deleteFrom('uploads')
          .where('expires_at', '<=', at - day)
          .execute();
        const sums = (since: number) =>
          tx
            .selectFrom('uploads')
            .select((on) => [
              on.fn.countAll<number>().as('count'),
              on.fn.coalesce(on.fn.sum<number>('size'), on.lit(0)).as('bytes'),
              on.fn.min('expires_at').as('first'),
            ])
            .where('user_id', '=', actor.user.id)
            .where('expires_at', '>', since)
            .executeTakeFirstOrThrow();
        const open = await sums(at);
        if (Number(open.count) >= publishes.open * limits.files || Number(open.bytes) + size > publishes.open * limits.totalBytes)
          throw new RegistryError('too-many-requests', 'Too many uploads of yours are open. They end after 15 minutes; try again then.', {
            detail: { retryAfter: lasts / 1000 },
          });
        const today = await sums(at - day);
        if (Number(today.bytes) + size > publishes.aDay * limits.totalBytes)
          throw new RegistryError(
            'too-many-requests',
            `You have uploaded ${Number(today.bytes)} bytes file by file since yesterday, as much as is taken in a day. \`skill publish\` sends a skill in one piece, which is not counted here.`,
            { detail: { retryAfter: Math.max(1, Math.ceil((Number(today.first) + day - at) / 1000)) } },
          );
        await tx.insertInto('uploads').values(row).execute();
      });
      return { id: row.id, ticket };
    },

    async expect(actor, id, size) {
      const row = await upload(actor, id);
      if (size !== undefined) needSize(row, size);
    },

    async receive(actor, id, bytes) {
      const row = await upload(actor, id);
      needSize(row, bytes.length);
      if (createHash('sha256').update(bytes).digest('hex') !== row.sha256)
        throw new RegistryError(
          'bad-input',
          'The bytes of this upload do not have the digest that was announced. Send the file as it was when the ticket was asked for.',
        );
      if (row.received_at === null) {
        await store.blobs.put(bytes);
        await store.write((tx) => {
          store.blobs.need(row.sha256);
          return tx.updateTable('uploads').set({ received_at: now() }).where('id', '=', id).execute();
        });
      }
      return row.id;
    },

    async collect(actor, files) {
      const collected: PublishFile[] = [];
      for (const file of files) {
        const row = await upload(actor, file.storageId);
        const stated = Buffer.from(hashOf(file.uploadTicket), 'hex');
        const named = `the upload of ${JSON.stringify(file.path.slice(0, 200))}`;
        if (!timingSafeEqual(stated, Buffer.from(row.ticket_hash, 'hex')))
          throw new RegistryError('bad-input', `The ticket for ${named} is not the one that was given out.`);
        if (row.path !== file.path || row.size !== file.size || row.sha256 !== file.sha256)
          throw new RegistryError('bad-input', `The ticket for ${named} was given out for another path, size or digest.`);
        if (row.received_at === null) throw new RegistryError('bad-input', `The bytes of ${named} never came.`);
        collected.push({ path: row.path, bytes: await store.blobs.get(row.sha256) });
      }
      return collected;
    },
  };
}
