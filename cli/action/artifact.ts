/**
 * The artifact of a check's run, which is hostile: whoever opened the pull request can have written the workflow that made it, and with it every byte.
 *
 * Promises: exactly one JSON file of bounded size is read from a zip of bounded size; what is not a report of our schema, with texts and lists of bounded length, is refused whole. Nothing is unpacked to disk, no name
 * in the zip is used as a path. Stops zip bombs, endless downloads, links and names that leave the folder, values of a type that the renderer does not expect.
 */
import type * as Yauzl from 'yauzl';
import type { CheckReport } from '../check/model.ts';
import schema from '../check/schema.json' with { type: 'json' };
import { type Api, checkedAddress, jsonOf, request, SECONDS } from './http.ts';
import { ActionError } from './runner.ts';

export const FILE = 'comment.json';
const ZIP_BYTES = 8 * 1024 * 1024;
const JSON_BYTES = 32 * 1024 * 1024;
const ENTRIES = 100;
const HOPS = 3;

interface Listed {
  readonly id: number;
  readonly name: string;
  readonly size: number;
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

/** The artifact of a name that a run left, the newest of several (a run that was started again). */
export async function findArtifact(api: Api, repository: string, run: number, name: string): Promise<Listed | undefined> {
  const answer = await api.ask(`/repos/${repository}/actions/runs/${run}/artifacts?per_page=100&name=${encodeURIComponent(name)}`, {
    most: 2_000_000,
  });
  const list = field(jsonOf(answer, 'The artifacts of the run'), 'artifacts');
  const found: Listed[] = [];
  for (const one of Array.isArray(list) ? list.slice(0, 100) : []) {
    const [id, size] = [field(one, 'id'), field(one, 'size_in_bytes')];
    if (field(one, 'name') === name && field(one, 'expired') === false && Number.isSafeInteger(id) && Number.isSafeInteger(size))
      found.push({ id: id as number, name, size: size as number });
  }
  return found.sort((a, b) => b.id - a.id)[0];
}

/** Its bytes. The API answers with the address of a store; the token is not sent there. */
export async function downloadArtifact(api: Api, repository: string, artifact: Listed, seconds = SECONDS): Promise<Buffer> {
  if (artifact.size > ZIP_BYTES) throw new ActionError(`The artifact has ${artifact.size} bytes; at most ${ZIP_BYTES} are read.`);
  let answer = await api.ask(`/repos/${repository}/actions/artifacts/${artifact.id}/zip`, { most: ZIP_BYTES });
  for (let hop = 0; answer.status >= 300 && answer.status < 400; hop++) {
    if (hop === HOPS || answer.location === undefined) throw new ActionError('The artifact is not where the API says.');
    answer = await request(
      checkedAddress(answer.location, 'The address of the artifact'),
      { headers: { 'user-agent': 'skillward' } },
      ZIP_BYTES,
      seconds,
    );
  }
  if (answer.status !== 200) throw new ActionError(`The artifact could not be downloaded: ${answer.status}.`);
  return answer.body;
}

/** The one file that counts, out of the zip. */
export async function readArtifact(bytes: Buffer): Promise<string> {
  const yauzl = ((await import('yauzl')) as unknown as { default: typeof Yauzl }).default;
  try {
    const zip = await yauzl.fromBufferPromise(bytes, { lazyEntries: true, validateEntrySizes: true });
    try {
      if (zip.entryCount > ENTRIES) throw new ActionError(`The artifact holds ${zip.entryCount} files; at most ${ENTRIES} are looked at.`);
      const found: Yauzl.Entry[] = [];
      for await (const entry of zip.eachEntry()) if (entry.fileName === FILE) found.push(entry);
      const [entry] = found;
      if (entry === undefined || found.length > 1)
        throw new ActionError(`The artifact should hold ${FILE} once, but holds it ${found.length} times.`);
      if (entry.uncompressedSize > JSON_BYTES) throw new ActionError(`${FILE} has ${entry.uncompressedSize} bytes; at most ${JSON_BYTES} are read.`);
      const stream = await zip.openReadStreamPromise(entry);
      const chunks: Buffer[] = [];
      let length = 0;
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        length += chunk.length;
        if (length > JSON_BYTES) throw new ActionError(`${FILE} has more bytes than the zip says.`);
        chunks.push(chunk);
      }
      return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
    } finally {
      zip.close();
    }
  } catch (error) {
    if (error instanceof ActionError) throw error;
    throw new ActionError('The artifact is not a zip that can be read strictly.', { cause: error });
  }
}

/** Longest text and list of a report that a comment is made from. */
const TEXT = 200_000;
const LIST = 20_000;

/** No text or list is longer than any of ours, and nothing is nested deeper. */
function bounded(value: unknown, depth = 0): boolean {
  if (typeof value === 'string') return value.length <= TEXT;
  if (typeof value !== 'object' || value === null) return true;
  if (depth > 12) return false;
  const all = Object.values(value);
  return all.length <= LIST && all.every((one) => bounded(one, depth + 1));
}

/** @throws ActionError for everything that is no report */
export async function parseReport(text: string): Promise<CheckReport> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ActionError(`${FILE} is not JSON.`, { cause });
  }
  const { Check } = await import('typebox/schema');
  if (!bounded(value) || !Check(schema, value)) throw new ActionError(`${FILE} is no report of schema skillward.check.v1.`);
  return value as CheckReport;
}
