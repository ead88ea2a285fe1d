/**
 * Archives, digests and the Agent Skills specification: what a skill's files have to be, and every form in which they are stored, compared and signed. Bytes in, bytes or an ArchiveError out;
 * only `packFolder` and `listFolder` read a disk, nothing here writes one.
 */
export { type Described, describe } from './canonical.ts';
export { byBytes, checkFiles, isSkillFile, type PackFile } from './check.ts';
export { fingerprint, type Hashed, sha256Hex, treeDigest } from './digests.ts';
export { type ArchiveCode, ArchiveError, type FileProblem, type FileProblemCode } from './errors.ts';
export { type Listing, listFolder, packFolder, published } from './folder.ts';
export { serverBounds } from './frontmatter.ts';
export { type ArchiveLimits, archiveLimits } from './limits.ts';
export { readArchive } from './read.ts';
export { readSkillFile, recordOf, type SkillRecord, skillRecord } from './record.ts';
export {
  checkSpec,
  checkSpecShort,
  fixSpec,
  isName,
  nameFrom,
  type SpecCode,
  type SpecFix,
  type SpecOptions,
  type SpecProblem,
} from './spec/index.ts';
export { contentTypeOf } from './types.ts';
