/**
 * A zip as the package. Two readers look at it: decode/archive.ts reads every member that any extractor could produce, yauzl (strict, by the directory only) says
 * what a careful installer would see. Where they differ the archive is ambiguous, which is itself a finding; nothing is thrown away because of it.
 */
import type * as Yauzl from 'yauzl';
import { openArchive } from '../decode/archive.ts';
import type { Limits } from '../limits.ts';
import { roomOf } from './budget.ts';
import type { SourceEntry } from './contract.ts';
import { quote } from './errors.ts';
import { stripTop } from './strip.ts';

/** Reads a zip from memory. Never throws on content. */
export async function readZip(bytes: Buffer, limits: Limits): Promise<SourceEntry[]> {
  const entries: SourceEntry[] = openArchive('zip', bytes, roomOf(limits));
  if (!entries.some((entry) => entry.kind === 'problem' && entry.code === 'too-many-files')) {
    const second = await listByYauzl(bytes, limits);
    const ours = new Set(entries.map((entry) => entry.path));
    const missing = second.names.find((name) => !ours.has(name) && !name.endsWith('/'));
    const seen = new Set(second.names);
    const extra = second.failed === undefined ? entries.find((entry) => entry.kind !== 'problem' && !seen.has(entry.path)) : undefined;
    const says =
      second.failed !== undefined
        ? `another reader refuses it: ${second.failed}`
        : missing !== undefined
          ? `another reader finds ${quote(missing)} in it, ours does not`
          : extra !== undefined
            ? `${quote(extra.path)} is found by one reader and not by another`
            : undefined;
    const known = entries.some((entry) => entry.kind === 'problem');
    if (says !== undefined && (missing !== undefined || !known))
      entries.push({ path: '', kind: 'problem', code: 'ambiguous-archive', says, incomplete: missing !== undefined });
  }
  return stripTop(entries);
}

async function listByYauzl(bytes: Buffer, limits: Limits): Promise<{ names: string[]; failed?: string }> {
  const yauzl = ((await import('yauzl')) as unknown as { default: typeof Yauzl }).default;
  const names: string[] = [];
  try {
    const zip = await yauzl.fromBufferPromise(bytes, { lazyEntries: true, decodeStrings: false, validateEntrySizes: true });
    for await (const entry of zip.eachEntry()) {
      names.push(new TextDecoder('utf-8', { ignoreBOM: true }).decode(entry.fileName as unknown as Buffer));
      if (names.length > limits.files) break;
    }
    return { names };
  } catch (error) {
    return { names, failed: error instanceof Error ? error.message.slice(0, 200) : 'unknown error' };
  }
}
