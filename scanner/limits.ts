/**
 * Every number that bounds us. Budgets count bytes, files, nodes, steps and depth, so that the same input always meets the same limit; the wall clock
 * (`fileMs`, `skillMs`) only kills, and what it kills is incomplete. The comments say what was measured or where the number comes from.
 */
export interface Limits {
  /** Entries in one skill. Real skills: p99 < 200; ClawHub refuses none, OpenClaw stops at 50,000. */
  readonly files: number;
  /** Bytes of one file that are read and parsed. ClawHub's own cap is 10 MB. */
  readonly fileBytes: number;
  /** Bytes of all files together. */
  readonly totalBytes: number;
  /** Text given to a parser. Larger text files are opaque. */
  readonly textBytes: number;
  /** Markdown given to remark (superlinear: 63 kB of nested lists take 1.1 s, see containerDepth). */
  readonly markdownBytes: number;
  readonly yamlBytes: number;
  /** Raw bytes kept of a binary asset, for decoders. */
  readonly keepBytes: number;
  /** Folder depth and path length. */
  readonly pathDepth: number;
  readonly pathLength: number;
  /** Decompressed over compressed bytes, and the size below which ratio is not judged. */
  readonly ratio: number;
  readonly ratioFrom: number;
  /** Archives inside archives. */
  readonly archiveDepth: number;
  /** Lists and quotes inside one another before Markdown is refused. */
  readonly containerDepth: number;
  /** Code inside code inside code. */
  readonly embedDepth: number;
  /** Units and facts of one file. */
  readonly units: number;
  readonly facts: number;
  /** Reader steps (nodes visited) of one file. */
  readonly steps: number;
  /** Cells visited in one flow query. */
  readonly flowSteps: number;
  /** Characters of a literal that decoders will try, and of their output. */
  readonly decodeChars: number;
  /** Wall-clock deadlines in milliseconds: one file, one skill, one archive or repository being loaded. */
  readonly fileMs: number;
  readonly skillMs: number;
  readonly loadMs: number;
}
export const limits: Limits = {
  files: 5_000,
  fileBytes: 10 * 1024 * 1024,
  totalBytes: 64 * 1024 * 1024,
  textBytes: 2 * 1024 * 1024,
  markdownBytes: 1024 * 1024,
  yamlBytes: 128 * 1024,
  keepBytes: 1024 * 1024,
  pathDepth: 40,
  pathLength: 1_000,
  ratio: 200,
  ratioFrom: 1024 * 1024,
  archiveDepth: 3,
  containerDepth: 100,
  embedDepth: 8,
  units: 20_000,
  facts: 50_000,
  steps: 4_000_000,
  flowSteps: 200_000,
  decodeChars: 1024 * 1024,
  fileMs: 10_000,
  skillMs: 60_000,
  loadMs: 60_000,
};
