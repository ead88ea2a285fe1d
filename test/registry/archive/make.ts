/** File sets for the tests of this folder. */
import fc from 'fast-check';
import { type ArchiveCode, ArchiveError, checkFiles, type FileProblemCode, type PackFile } from '../../../registry/archive/index.ts';

export const pack = (path: string, content: string | Uint8Array = path): PackFile => ({ path, bytes: Buffer.from(content) });

export const skill = (...more: readonly PackFile[]): PackFile[] => [
  pack('SKILL.md', '---\nname: notes\ndescription: Keeps notes. Use when the user wants to note something.\n---\n\n# Notes\n\nWrite it down.\n'),
  ...more,
];

/** What an ArchiveError says, or undefined if there was none. Anything else that is thrown goes on. */
export async function refused(
  work: () => unknown,
): Promise<{ code: ArchiveCode; problems: readonly FileProblemCode[]; message: string } | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    return { code: error.code, problems: [...new Set(error.problems.map((problem) => problem.code))].sort(), message: error.message };
  }
}

const segment = fc.oneof(
  fc.stringMatching(/^[a-zA-Z0-9_-]{1,6}$/),
  fc.constantFrom('a b', 'é', 'ü.txt', '日本', '😀', '～', 'x.y.z', "it's", 'a+b', 'Ä', '#1', '[x]', '%41'),
);
/** File sets that may be a skill: whatever the law of paths has nothing against. */
export const fileSets: fc.Arbitrary<PackFile[]> = fc
  .array(fc.tuple(fc.array(segment, { minLength: 1, maxLength: 4 }), fc.uint8Array({ maxLength: 200 })), { maxLength: 12 })
  .map((drafts) => skill(...drafts.map(([path, bytes]) => pack(path.join('/'), bytes))))
  .filter((files) => checkFiles(files).problems.length === 0);
