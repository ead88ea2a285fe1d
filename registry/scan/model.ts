/**
 * The nouns of an isolated scan: what is asked, what comes back, and which walls stood between the scanner and the machine. A scan that did not end properly is never a
 * verdict: `ok: false` with a reason is all that its caller gets, and the version stays where it is.
 */
import type { Capability, Report } from '../../scanner/model.ts';

/** What to scan, and how to judge it. Nothing else reaches the scanning process. */
export interface ScanInput {
  /** A zip or tar.gz, in memory. */
  readonly archive: Buffer;
  /** Stands in the report as the origin, and as the skill's name where the skill gives none. */
  readonly name: string;
  /** Preset name, or a policy file's name and text. */
  readonly policy: string | { readonly file: string; readonly text: string };
  /** ISO date that exceptions are judged against; today's date is never taken silently. */
  readonly asOf: string;
  /** Capability manifest of the version that is served now: abilities added since become findings. */
  readonly against?: { readonly name: string; readonly capability: Capability };
  /** Operator's indicator list (SUP-001). */
  readonly indicators?: { readonly file: string; readonly text: string };
}

export interface ScanOptions {
  /** Wall-clock milliseconds from start of the process to its last byte; then it is killed with everything it started. */
  readonly timeoutMs?: number;
  /** MiB of JavaScript heap. Buffers, grammars and threads get {@link SPARE_MB} beyond that where the system can count them. */
  readonly memoryMb?: number;
  /** Refuse to scan where the network cannot be taken from the scanning process (config `scan.requireIsolation`). */
  readonly requireIsolation?: boolean;
  /** Scanning processes at once in this process (config `scan.parallel`); further scans wait. Processors by default. */
  readonly parallel?: number;
  /** Bytes of report that are read before the process is stopped. */
  readonly reportBytes?: number;
  /** Ends the scan early, as at the end of the server; the outcome is then a failure. */
  readonly signal?: AbortSignal;
}

/** Which walls stood. Every one was seen from inside by the scanning process itself or is enforced by a tool that fails when it cannot do its work. */
export interface Isolation {
  /** No interface but loopback and no route: nothing can be reached. */
  readonly network: boolean;
  /** A file that the server can read was out of reach of the scanner. */
  readonly fileSystem: boolean;
  /** Its own process table: no other process can be seen or signalled. */
  readonly processes: boolean;
  /** No capabilities, and none can be gained. */
  readonly privileges: boolean;
  /** The kernel limits memory, processor time, files, processes and written bytes. */
  readonly limits: boolean;
  /** Names of environment variables the scanner saw: none. */
  readonly environment: readonly string[];
  /** How, strongest first: `unshare`, `pivot_root`, `setpriv`, `prlimit`, `node --permission`. */
  readonly by: readonly string[];
}

export type ScanFailure =
  /** The clock ran out, for the whole scan or for the reading of one file. */
  | 'timeout'
  /** It needed more memory than it may have. */
  | 'memory'
  /** The process died, could not start, or hit an error of ours. */
  | 'crash'
  /** What it wrote is not a report about what was asked. */
  | 'bad-output'
  /** A wall that has to stand does not. */
  | 'isolation'
  /** The archive is no archive, is empty, or is larger than the scanner reads. */
  | 'input'
  /** The policy file is wrong, or one of its exceptions has expired. */
  | 'policy'
  /** The caller's signal ended it. */
  | 'stopped';

export type ScanOutcome =
  | {
      readonly ok: true;
      readonly report: Report;
      /** The report as canonical JSON: what digests and statements are made of. */
      readonly reportBytes: Buffer;
      readonly isolation: Isolation;
    }
  | {
      readonly ok: false;
      readonly reason: ScanFailure;
      /** One sentence for a person, free of control characters. */
      readonly says: string;
    };

/** MiB beyond the heap for buffers (an archive and what is in it), grammars and the stacks of Node's threads. */
export const SPARE_MB = 512;
