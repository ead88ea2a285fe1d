/**
 * The scanning process: one request on standard input, one answer on standard output, the end. It reads nothing else, writes nothing, starts nothing, and knows no path, token or
 * key of the server. Whoever finds a hole in a parser finds himself here.
 *
 * The archive is loaded and scanned exactly as `skill vet` does for a single skill (same limits, same watchdog, same stack), so that the report's bytes are the same.
 */
import { writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { canonical } from '../../scanner/canonical.ts';
import type { Capability } from '../../scanner/model.ts';
import { DAMAGED, decodeFrame, encodeFrame, FrameError } from './frame.ts';
import { lookAround, type SelfReport } from './self.ts';

/** Header of a request; the body is the archive, or empty for a probe. */
export interface ScanRequest {
  readonly name: string;
  readonly policy: string | { readonly file: string; readonly text: string };
  readonly asOf: string;
  readonly against?: { readonly name: string; readonly capability: Capability };
  readonly indicators?: { readonly file: string; readonly text: string };
  /** Path of a file that must be out of reach. */
  readonly witness: string;
  /** Scan a small skill of our own instead of an archive: shows that grammars, rules and policies load behind these walls. */
  readonly probe?: true;
}

/** Header of an answer; the body is the report in canonical JSON, or empty. */
export type ScanAnswer =
  | { readonly ok: true; readonly self: SelfReport }
  | { readonly ok: false; readonly self: SelfReport; readonly reason: 'input' | 'policy' | 'memory' | 'crash'; readonly says: string };

async function main(): Promise<void> {
  giveWay();
  // The scanner loads while the archive arrives.
  const modules = load();
  modules.catch(() => {});
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  const { header, body } = decodeFrame('SWQ1', Buffer.concat(chunks));
  const request = header as ScanRequest;
  const self = await lookAround(request.witness);
  try {
    await answer({ ok: true, self }, Buffer.from(await scanned(request, body, await modules), 'utf8'));
  } catch (error) {
    await answer({ ok: false, self, ...(await failure(error)) }, Buffer.alloc(0));
  }
}

/** A scan must not slow down who is being served, and when memory runs out on the machine it is the one to go. Not everywhere allowed, nowhere needed. */
function giveWay(): void {
  for (const give of [() => setPriority(constants.priority.PRIORITY_BELOW_NORMAL), () => writeFileSync('/proc/self/oom_score_adj', '1000')]) {
    try {
      give();
    } catch {
      // As it was, then.
    }
  }
}

async function load() {
  const [scanner, { limits }, { readBytes, packageKind }, { assemble }, { setIndicators }, { LoadError }] = await Promise.all([
    import('../../scanner/index.ts'),
    import('../../scanner/limits.ts'),
    import('../../scanner/load/stdin.ts'),
    import('../../scanner/load/assemble.ts'),
    import('../../scanner/data/indicators.ts'),
    import('../../scanner/load/errors.ts'),
  ]);
  return { ...scanner, limits, readBytes, packageKind, assemble, setIndicators, LoadError };
}

async function scanned(request: ScanRequest, archive: Buffer, own: Awaited<ReturnType<typeof load>>): Promise<string> {
  const policy = own.loadPolicy(request.policy, own.ruleIds);
  if (request.indicators !== undefined) {
    try {
      own.setIndicators(request.indicators.text, request.indicators.file);
    } catch (error) {
      throw new own.PolicyError(request.indicators.file, 1, (error as Error).message);
    }
  }
  const kind = request.probe === true ? 'zip' : own.packageKind(archive);
  if (kind === undefined) throw new own.LoadError('bad-address', 'The bytes are neither a zip nor a tar.gz.');
  const entries = request.probe === true ? probe : await own.readBytes(archive, 'SKILL.md', own.limits);
  if (entries.length === 0) throw new own.LoadError('empty', 'The archive holds no files.');
  const skill = own.assemble(entries, { kind, given: request.name, name: request.name }, own.limits);
  const report = await own.scan(skill, { policy, asOf: request.asOf, ...(request.against === undefined ? {} : { against: request.against }) });
  return canonical(report);
}

/** Needs prose, frontmatter, a grammar and the shell reader. */
const probe = [
  {
    path: 'SKILL.md',
    kind: 'file' as const,
    bytes: Buffer.from('---\nname: probe\ndescription: Prints a greeting.\n---\n# Probe\n\nRun `scripts/hello.py`, or:\n\n```sh\necho hello\n```\n'),
  },
  { path: 'scripts/hello.py', kind: 'file' as const, bytes: Buffer.from('print("hello")\n') },
];

async function failure(error: unknown): Promise<{ reason: 'input' | 'policy' | 'memory' | 'crash'; says: string }> {
  const { failureOf } = await import('../../scanner/one.ts');
  const { kind, message } = failureOf(error);
  if (kind === 'crash' && error instanceof RangeError && /allocation failed|out of memory/i.test(message)) return { reason: 'memory', says: message };
  return { reason: kind === 'load' ? 'input' : kind, says: message.slice(0, 2_000) };
}

function answer(header: ScanAnswer, body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(Buffer.concat(encodeFrame('SWA1', { ...header }, body)), (error) => (error ? reject(error) : resolve()));
  });
}

main().then(
  // Leaving explicitly: V8 may still be compiling grammars that nobody needs any more.
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(
      error instanceof FrameError ? `the request is damaged: ${error.message}\n` : `${error instanceof Error ? error.stack : String(error)}\n`,
    );
    process.exit(error instanceof FrameError ? DAMAGED : 1);
  },
);
