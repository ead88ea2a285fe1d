/** How large a skill may be. The numbers are those of ClawHub's own publish command (10 MiB a file, 50 MiB together); the count is the scanner's. */
import { type Limits, limits as scannerLimits } from '../../scanner/limits.ts';

export interface ArchiveLimits {
  /** Files of one skill. */
  readonly files: number;
  /** Bytes of one file, unpacked. */
  readonly fileBytes: number;
  /** Bytes of all files together, unpacked. */
  readonly totalBytes: number;
  /** Bytes of an archive as it arrives. */
  readonly archiveBytes: number;
}

export const archiveLimits: ArchiveLimits = {
  files: 5_000,
  fileBytes: 10 * 1024 * 1024,
  totalBytes: 50 * 1024 * 1024,
  archiveBytes: 64 * 1024 * 1024,
};

/** The same bounds for the scanner's readers. */
export const forReaders = (limits: ArchiveLimits): Limits => ({
  ...scannerLimits,
  files: limits.files,
  fileBytes: limits.fileBytes,
  totalBytes: limits.totalBytes,
});
