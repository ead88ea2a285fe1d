/**
 * A skill against the Agent Skills specification, and against what hosts differ on. Every problem says where it is, what was expected and what to do; where the repair is mechanical it
 * comes as edits of single bytes, so that the rest of the file stays as it is. Reads bytes, writes nothing, throws nothing.
 *
 * Checked: https://agentskills.io/specification, its reference validator, and the readers of OpenClaw, `clawhub` and `skills`. Names are ASCII, as the strictest of them wants.
 */
import { isUtf8 } from 'node:buffer';
import { isSkillFile, type PackFile } from '../check.ts';
import type { Frontmatter, YamlBounds } from '../frontmatter.ts';
import { readSkillFile, type SkillFile } from '../record.ts';
import { quoteBroken } from './broken.ts';
import type { Edit, SpecFix, SpecOptions, SpecProblem } from './contract.ts';
import { checkFields } from './fields.ts';
import { type Checked, edit, lineAt, note, quote } from './text.ts';

export type { Edit, SpecCode, SpecFix, SpecOptions, SpecProblem } from './contract.ts';
export { isName, nameFrom } from './text.ts';

/** The specification advises less than 500 lines and less than 5000 tokens, which are about 20,000 characters. */
const LINES = 500;
const CHARS = 20_000;

/** Everything the specification and the hosts have to say, errors first in each file, then by line. */
export async function checkSpec(files: readonly PackFile[], options: SpecOptions = {}): Promise<SpecProblem[]> {
  const problems = [...checkSkillFile(readSkillFile(files), options), ...files.flatMap((file) => scriptLineEnds(file, options))];
  const { checkLinks } = await import('./links.ts');
  problems.push(...(await checkLinks(files)));
  return inOrder(problems);
}

/**
 * The same for a server, which must not be kept busy by a stranger's text: nothing is parsed beyond the skill's own file as it was read, links are not followed, nothing is repaired.
 * @param skill read with bounds
 */
export const checkSpecShort = (files: readonly PackFile[], skill: SkillFile | undefined): Omit<SpecProblem, 'fix'>[] =>
  inOrder([...checkSkillFile(skill, { fixes: false }), ...files.flatMap((file) => scriptLineEnds(file, { fixes: false }))]).map(
    ({ fix: _, ...problem }) => problem,
  );

function inOrder(problems: readonly SpecProblem[]): SpecProblem[] {
  const rank = (problem: SpecProblem): number => (problem.severity === 'error' ? 0 : 1);
  return problems
    .map((problem, index) => ({ problem, index }))
    .sort(
      (a, b) =>
        (isSkillFile(a.problem.path) ? 0 : 1) - (isSkillFile(b.problem.path) ? 0 : 1) ||
        Buffer.compare(Buffer.from(a.problem.path), Buffer.from(b.problem.path)) ||
        rank(a.problem) - rank(b.problem) ||
        a.problem.line - b.problem.line ||
        a.index - b.index,
    )
    .map(({ problem }) => problem);
}

function checkSkillFile(found: SkillFile | undefined, options: SpecOptions): SpecProblem[] {
  if (found === undefined)
    return [
      {
        code: 'skill-file-missing',
        severity: 'error',
        path: 'SKILL.md',
        line: 1,
        says: 'There is no SKILL.md at the root of the skill.',
        expected: 'a file SKILL.md with frontmatter and instructions',
        todo: 'Write one; skill init makes a skeleton.',
      },
    ];
  const { text } = found;
  const file: Checked = { path: found.path, text, problems: [] };
  if (found.path !== 'SKILL.md')
    file.problems.push({
      code: 'skill-file-name',
      severity: 'warning',
      path: found.path,
      line: 1,
      says: `The skill's own file is called ${quote(found.path)}; some hosts look for SKILL.md only.`,
      expected: 'SKILL.md, in these letters',
      todo: 'Rename it.',
      fix: { kind: 'rename', says: 'rename it to SKILL.md', path: found.path, to: 'SKILL.md' },
    });
  if (!isUtf8(found.bytes)) {
    file.problems.push({
      code: 'not-utf8',
      severity: 'error',
      path: found.path,
      line: firstBrokenLine(found.bytes),
      says: `${quote(found.path)} is not UTF-8; hosts will refuse it or show other characters.`,
      expected: 'text in UTF-8',
      todo: 'Save it as UTF-8 in your editor.',
    });
    // Offsets of the text are not those of the bytes, so there is nothing to edit.
    return file.problems;
  }
  if (text.startsWith('\ufeff'))
    note(
      file,
      0,
      {
        code: 'byte-order-mark',
        severity: 'error',
        says: 'The file begins with a byte-order mark; hosts that look for the dashes at its first byte see no frontmatter.',
        expected: '--- as the first bytes',
        todo: 'Save it without a byte-order mark.',
      },
      { says: 'delete the mark', edits: [edit(text, 0, 1, '')] },
    );
  lineEnds(file, 'warning', 'Lines end in CR LF; some hosts keep the CR in what they read.', options);
  checkFrontmatter(file, found.front, options);
  return file.problems;
}

function checkFrontmatter(file: Checked, front: Frontmatter, options: SpecOptions): void {
  const { text } = file;
  const expected = 'the first line ---, then YAML with name and description, then a line ---';
  const error = (code: SpecProblem['code'], offset: number, says: string, todo: string, fix?: { says: string; edits: readonly Edit[] }): void =>
    note(file, offset, { code, severity: 'error', says, expected, todo }, fix);
  switch (front.problem) {
    case 'missing':
      error('frontmatter-missing', 0, 'There is no frontmatter, so the skill has neither name nor description.', 'Write it at the top of the file.');
      break;
    case 'indented': {
      const dashes = text.indexOf('---');
      error(
        'frontmatter-missing',
        0,
        'Something stands before the first line of dashes, so hosts see no frontmatter.',
        'Delete what stands before it.',
        {
          says: 'delete the white space before it',
          edits: [edit(text, front.at, dashes, '')],
        },
      );
      break;
    }
    case 'unclosed':
      error('frontmatter-unclosed', 0, 'The frontmatter has no end.', 'Put a line --- behind its last field.');
      break;
    case 'too-large':
    case 'too-many-parts':
    case 'too-deep':
      error(
        'frontmatter-too-large',
        0,
        `The frontmatter ${tooLarge[front.problem](front.bounds)} and was not read.`,
        'Keep it short: every session of the agent loads it.',
      );
      break;
    case 'not-a-mapping':
      error(
        'frontmatter-invalid',
        front.at,
        'The frontmatter is YAML, but no list of names with values.',
        'Write one field on each line, as in name: my-skill.',
      );
      break;
    case 'invalid': {
      const [first] = front.document?.errors ?? [];
      const says = (first?.message.split('\n')[0] ?? 'unknown reason').slice(0, 200);
      error(
        'frontmatter-invalid',
        front.at + (first?.pos[0] ?? 0),
        `The frontmatter is not valid YAML: ${quote(says).slice(1, -1)}.`,
        'Texts with a colon, a # or a bracket need quotation marks.',
        options.fixes === false ? undefined : quoteBroken(file, front),
      );
      break;
    }
    default:
      checkFields(file, front, options);
  }
  if (front.problem === undefined || front.bodyAt > front.at) checkBody(file, front.bodyAt);
}

const tooLarge = {
  'too-large': ({ length }: YamlBounds): string => `is larger than ${length / 1024} KiB`,
  'too-many-parts': ({ parts }: YamlBounds): string => `has more than ${parts} words and marks`,
  'too-deep': (): string => 'is nested too deep',
} as const;

function checkBody(file: Checked, at: number): void {
  const body = file.text.slice(at);
  if (body.trim() === '') {
    note(file, Math.max(0, at - 1), {
      code: 'body-empty',
      severity: 'warning',
      says: 'There are no instructions behind the frontmatter.',
      expected: 'Markdown that says how to do what the description promises',
      todo: 'Write the steps.',
    });
    return;
  }
  const lines = lineAt(body, body.trimEnd().length);
  if (lines >= LINES || body.length > CHARS)
    note(file, at, {
      code: 'body-long',
      severity: 'warning',
      says: `The instructions have ${lines} lines and ${body.length} characters; the agent loads all of them whenever it uses the skill.`,
      expected: `less than ${LINES} lines and about ${CHARS} characters`,
      todo: 'Move details into files under references/ and link to them.',
    });
}

function lineEnds(file: Checked, severity: SpecProblem['severity'], says: string, options: SpecOptions): void {
  const { text } = file;
  const first = text.indexOf('\r\n');
  if (first < 0) return;
  const words = { code: 'line-ends', severity, says, expected: 'lines that end in LF', todo: 'Save it with Unix line ends.' } as const;
  if (options.fixes === false) {
    note(file, first, words);
    return;
  }
  const edits: Edit[] = [];
  // Offsets grow, so bytes are counted once.
  let bytes = 0;
  let from = 0;
  for (let at = text.indexOf('\r\n'); at >= 0; at = text.indexOf('\r\n', at + 2)) {
    bytes += Buffer.byteLength(text.slice(from, at));
    edits.push({ start: bytes, end: bytes + 1, text: '' });
    from = at;
  }
  note(file, first, words, { says: 'take the CR out of every line end', edits });
}

/** `#!/bin/sh` with CR behind it names a program that does not exist. */
function scriptLineEnds({ path, bytes }: PackFile, options: SpecOptions): SpecProblem[] {
  if (bytes[0] !== 0x23 || bytes[1] !== 0x21 || !bytes.includes('\r\n') || !isUtf8(bytes)) return [];
  const file: Checked = { path, text: bytes.toString('utf8'), problems: [] };
  lineEnds(file, 'error', 'Lines of this script end in CR LF, so systems look for a program whose name ends in CR.', options);
  return file.problems;
}

/** No byte of a longer UTF-8 sequence is a line end, so lines can be judged one by one. */
function firstBrokenLine(bytes: Buffer): number {
  let line = 1;
  for (let from = 0; from <= bytes.length; line++) {
    let end = bytes.indexOf(0x0a, from);
    if (end < 0) end = bytes.length;
    if (!isUtf8(bytes.subarray(from, end))) return line;
    from = end + 1;
  }
  return 1;
}

/** Rounds of checking and fixing: one repair can uncover the next. */
const ROUNDS = 10;

/**
 * Applies every mechanical fix until there is none left. Files without a problem are given back as they are, the same objects.
 * @returns the files, and the problems that were repaired
 */
export async function fixSpec(
  files: readonly PackFile[],
  options: SpecOptions = {},
): Promise<{ readonly files: PackFile[]; readonly fixed: readonly SpecProblem[] }> {
  let now = [...files];
  const fixed: SpecProblem[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const taken: { problem: SpecProblem; fix: SpecFix }[] = [];
    for (const problem of await checkSpec(now, options)) {
      const { fix } = problem;
      if (fix !== undefined && !taken.some((other) => overlap(other.fix, fix))) taken.push({ problem, fix });
    }
    if (taken.length === 0) break;
    now = now.map((file) =>
      applyFixes(
        file,
        taken.map(({ fix }) => fix),
      ),
    );
    fixed.push(...taken.map(({ problem }) => problem));
  }
  return { files: now, fixed };
}

function overlap(a: SpecFix, b: SpecFix): boolean {
  if (a.path !== b.path) return false;
  if (a.kind === 'rename' || b.kind === 'rename') return true;
  return a.edits.some((one) => b.edits.some((other) => one.start <= other.end && other.start <= one.end));
}

function applyFixes(file: PackFile, fixes: readonly SpecFix[]): PackFile {
  const mine = fixes.filter((fix) => fix.path === file.path);
  if (mine.length === 0) return file;
  const path = mine.find((fix) => fix.kind === 'rename')?.to ?? file.path;
  const edits = mine.flatMap((fix) => (fix.kind === 'edit' ? fix.edits : [])).sort((a, b) => a.start - b.start);
  const parts: Buffer[] = [];
  let from = 0;
  for (const { start, end, text } of edits) {
    parts.push(file.bytes.subarray(from, start), Buffer.from(text));
    from = end;
  }
  parts.push(file.bytes.subarray(from));
  return { path, bytes: Buffer.concat(parts) };
}
