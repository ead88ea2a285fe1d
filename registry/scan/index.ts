/**
 * Scans an archive in a process of its own: empty environment, empty folder, pipes only, a clock, a memory limit, and the strongest walls the system allows (cage.ts). A fresh
 * process for every scan, so that one skill leaves nothing for the next.
 *
 * It never fails open: a process that dies, hangs, floods or writes anything but a report about what was asked gives `ok: false` with a reason. It throws nothing. Where the
 * walls are weaker than they should be, `isolation` says so, and `requireIsolation` refuses to scan.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonical } from '../../scanner/canonical.ts';
import { version } from '../../scanner/data/version.ts';
import { limits } from '../../scanner/limits.ts';
import type { Decision, Report } from '../../scanner/model.ts';
import { visible } from '../../scanner/report/escape.ts';
import { type Cage, cages, isolationOf } from './cage.ts';
import type { ScanRequest } from './child.ts';
import { DAMAGED, decodeFrame, encodeFrame, FrameError, HEADER_BYTES } from './frame.ts';
import type { Isolation, ScanFailure, ScanInput, ScanOptions, ScanOutcome } from './model.ts';
import { type Ran, run } from './run.ts';
import type { SelfReport } from './self.ts';

export type { Isolation, ScanFailure, ScanInput, ScanOptions, ScanOutcome } from './model.ts';

/** The scanner's own deadlines end first; this one is for what they cannot end. */
const TIMEOUT_MS = limits.skillMs + limits.loadMs;
const MEMORY_MB = 512;
const REPORT_BYTES = 64 * 1024 * 1024;
/** Room for the rest of an answer. */
const ANSWER_BYTES = 64 * 1024;
const PROBE_MS = 30_000;
const decisions: ReadonlySet<unknown> = new Set<Decision>(['pass', 'review', 'block', 'incomplete']);

type Failed = Extract<ScanOutcome, { ok: false }>;
const failed = (reason: ScanFailure, says: string): Failed => ({ ok: false, reason, says: cut(says) });
const cut = (text: string): string => {
  const line = visible(text.replace(/\s+/g, ' ').trim());
  return line.length > 500 ? `${line.slice(0, 499)}…` : line;
};

/** Scans one archive behind the strongest walls there are. Never rejects. */
export async function scanIsolated(input: ScanInput, options: ScanOptions = {}): Promise<ScanOutcome> {
  if (input.archive.length === 0) return failed('input', 'the archive is empty');
  if (input.archive.length > limits.totalBytes)
    return failed('input', `the archive is larger than the ${limits.totalBytes} bytes that the scanner reads`);
  let cage: Cage;
  try {
    cage = (await chosen()).cage;
  } catch (error) {
    return failed('crash', (error as Error).message);
  }
  return seat(() => scanIn(cage, input, options), options);
}

/** Which walls stand here, found by scanning a small skill of our own. Probed once a process; a failure is tried again at the next call. @throws Error saying why nothing can be scanned at all */
export async function probeIsolation(): Promise<Isolation> {
  return (await chosen()).isolation;
}

let choice: Promise<{ readonly cage: Cage; readonly isolation: Isolation }> | undefined;

function chosen(): Promise<{ readonly cage: Cage; readonly isolation: Isolation }> {
  choice ??= choose().catch((error: unknown) => {
    choice = undefined;
    throw error;
  });
  return choice;
}

async function choose(): Promise<{ cage: Cage; isolation: Isolation }> {
  let last = 'no way to start it is known';
  for (const cage of cages()) {
    const outcome = await scanIn(
      cage,
      { archive: Buffer.alloc(0), name: 'probe', policy: 'balanced', asOf: '2026-01-01' },
      { timeoutMs: PROBE_MS },
      true,
    );
    if (outcome.ok && outcome.report.verdict.decision === 'pass') return { cage, isolation: outcome.isolation };
    last = outcome.ok ? `it judged our own sample ${outcome.report.verdict.decision}` : outcome.says;
  }
  throw new Error(`the scanning process does not work: ${last}`);
}

async function scanIn(cage: Cage, input: ScanInput, options: ScanOptions, probe = false): Promise<ScanOutcome> {
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const memoryMb = options.memoryMb ?? MEMORY_MB;
  const reportBytes = options.reportBytes ?? REPORT_BYTES;
  const folder = await mkdtemp(join(tmpdir(), 'skillward-scan-'));
  try {
    const box = join(folder, 'box');
    const witness = join(folder, 'witness');
    await mkdir(box, { mode: 0o700 });
    await writeFile(witness, 'out of reach\n', { mode: 0o600 });
    const { archive, ...rest } = input;
    const request: ScanRequest = { ...rest, witness, ...(probe ? { probe: true } : {}) };
    const frame = encodeFrame('SWQ1', { ...request }, archive);
    if (frame[1]!.length > HEADER_BYTES) return failed('input', 'policy, indicators and the manifest to compare with are too large together');
    const { command, args } = cage.command(box, memoryMb, timeoutMs);
    const ran = await run(command, args, frame, {
      cwd: box,
      timeoutMs,
      outputBytes: reportBytes + ANSWER_BYTES,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    return judge(ran, cage, input, { timeoutMs, memoryMb, reportBytes, requireIsolation: options.requireIsolation === true });
  } catch (error) {
    return failed('crash', `the scan could not be started: ${(error as Error).message}`);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
  }
}

interface Asked {
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly reportBytes: number;
  readonly requireIsolation: boolean;
}

/** What an ended process is worth. Exported for tests. */
export function judge(ran: Ran, cage: Cage, input: Pick<ScanInput, 'name' | 'asOf'>, asked: Asked): ScanOutcome {
  switch (ran.end) {
    case 'timeout':
      return failed('timeout', `the scan did not end within ${asked.timeoutMs / 1000} s and was stopped`);
    case 'stopped':
      return failed('stopped', 'the scan was stopped before its end');
    case 'flood':
      return failed('bad-output', 'the scan wrote more than a report may hold and was stopped');
    case 'unstarted':
      return failed('crash', `the scanning process did not start: ${ran.says}`);
    case 'exit':
      break;
  }
  if (ran.code !== 0) return died(ran, asked);
  let answer: { ok?: unknown; self?: unknown; reason?: unknown; says?: unknown };
  let body: Buffer;
  try {
    const frame = decodeFrame('SWA1', ran.output);
    answer = frame.header as typeof answer;
    body = frame.body;
  } catch (error) {
    return failed('bad-output', error instanceof FrameError ? `the scan wrote no answer: ${error.message}` : 'the scan wrote no answer');
  }
  const self = selfOf(answer.self);
  if (self === undefined) return failed('bad-output', 'the scan did not say what it saw of the machine');
  const isolation = isolationOf(cage, self);
  const fallen = cage.promises.filter((wall) => !isolation[wall]);
  if (fallen.length > 0) return failed('isolation', `the scanning process was not kept from ${fallen.map((wall) => walls[wall]).join(', ')}`);
  if (isolation.environment.some((name) => name !== '__CF_USER_TEXT_ENCODING'))
    return failed('isolation', 'the scanning process saw environment variables');
  if (asked.requireIsolation && !isolation.network)
    return failed('isolation', 'the network cannot be taken from the scanning process on this system, and scan.requireIsolation asks for that');
  if (answer.ok !== true) {
    const reason = reasons.find((one) => one === answer.reason) ?? 'crash';
    return failed(reason, typeof answer.says === 'string' ? answer.says : 'the scan failed without saying why');
  }
  if (body.length > asked.reportBytes) return failed('bad-output', `the report is larger than ${asked.reportBytes} bytes`);
  const report = reportOf(body, input);
  if (typeof report === 'string') return failed('bad-output', report);
  const [stopped, ...more] = report.coverage.stopped ?? [];
  // Its findings would depend on how busy the machine was: no verdict, whatever it says.
  if (stopped !== undefined)
    return failed(
      'timeout',
      `reading ${visible(stopped.slice(0, 200))}${more.length > 0 ? ` and ${more.length} more` : ''} took too long and was stopped`,
    );
  return { ok: true, report, reportBytes: body, isolation };
}

const reasons = ['input', 'policy', 'memory', 'crash'] as const;
const walls: Readonly<Record<Cage['promises'][number], string>> = {
  network: 'the network',
  fileSystem: 'files of the server',
  processes: 'other processes',
};

/** From how it died to why: V8 says on standard error what it ran out of; a kill that is not ours is the kernel's. */
function died(ran: Extract<Ran, { end: 'exit' }>, asked: Asked): Failed {
  if (ran.code === DAMAGED) return failed('bad-output', 'the scanning process could not read its request');
  const how = ran.killedBy === null ? `code ${ran.code}` : ran.killedBy;
  if (/out of memory|allocation failed|cannot allocate memory|bad_alloc/i.test(ran.errors))
    return failed('memory', `the scan needed more than ${asked.memoryMb} MiB and was ended`);
  if (ran.killedBy === 'SIGKILL' || ran.code === 137) return failed('memory', 'the system killed the scan, as it does when memory runs out');
  if (ran.killedBy === 'SIGXCPU' || ran.code === 152) return failed('timeout', 'the scan used up its processor time and was stopped');
  const first = ran.errors.split('\n').find((line) => line.trim() !== '');
  return failed('crash', `the scanning process ended with ${how}${first === undefined ? '' : `: ${first}`}`);
}

function selfOf(given: unknown): SelfReport | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  const self = given as Partial<Record<keyof SelfReport, unknown>>;
  const names = (list: unknown): boolean => Array.isArray(list) && list.every((name) => typeof name === 'string');
  const sound =
    names(self.environment) &&
    names(self.interfaces) &&
    typeof self.route === 'boolean' &&
    typeof self.witness === 'boolean' &&
    Number.isInteger(self.pid) &&
    Number.isInteger(self.workingFolder) &&
    (self.unprivileged === undefined || typeof self.unprivileged === 'boolean');
  return sound ? (self as SelfReport) : undefined;
}

/** The report, or what is wrong with it. Its bytes must be the canonical form of what they say, since their digest is signed. */
function reportOf(bytes: Buffer, input: Pick<ScanInput, 'name' | 'asOf'>): Report | string {
  let report: Report;
  try {
    report = JSON.parse(bytes.toString('utf8')) as Report;
    if (!Buffer.from(canonical(report), 'utf8').equals(bytes)) return 'the report is not canonical JSON';
  } catch {
    return 'the report is not JSON';
  }
  const whole =
    report?.schema === 'skillward.report.v1' &&
    report.tool?.version === version &&
    report.skill?.origin === input.name &&
    report.policy?.asOf === input.asOf &&
    decisions.has(report.verdict?.decision) &&
    Array.isArray(report.findings) &&
    Array.isArray(report.capability?.entries) &&
    typeof report.coverage?.complete === 'boolean';
  return whole ? report : 'the report is not about what was asked';
}

/** As many scans at once as the caller allows; the rest wait for a seat. */
const seats = { taken: 0, waiting: [] as (() => void)[] };

async function seat<T>(work: () => Promise<T>, options: ScanOptions): Promise<T | Failed> {
  const { signal } = options;
  const parallel = Math.max(1, options.parallel ?? availableParallelism());
  while (seats.taken >= parallel && signal?.aborted !== true) {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        signal?.removeEventListener('abort', wake);
        const at = seats.waiting.indexOf(wake);
        if (at >= 0) seats.waiting.splice(at, 1);
        resolve();
      };
      seats.waiting.push(wake);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }
  if (signal?.aborted === true) {
    // Somebody else may have been passed over for this one.
    seats.waiting[0]?.();
    return failed('stopped', 'the scan was stopped before it began');
  }
  seats.taken++;
  try {
    return await work();
  } finally {
    seats.taken--;
    seats.waiting[0]?.();
  }
}
