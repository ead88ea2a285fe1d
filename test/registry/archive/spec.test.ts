/** The Agent Skills specification: what is found, where, and repairs that change nothing else. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkSpec,
  checkSpecShort,
  fixSpec,
  nameFrom,
  type PackFile,
  readSkillFile,
  recordOf,
  type SpecCode,
  serverBounds,
  skillRecord,
} from '../../../registry/archive/index.ts';
import { pack, skill } from './make.ts';

const description = 'Keeps notes. Use when the user wants to note something down.';
const body = '\n# Notes\n\nWrite it down.\n';
const md = (frontmatter: string, rest = body): PackFile => pack('SKILL.md', `---\n${frontmatter}---\n${rest}`);
const good = `name: notes\ndescription: ${description}\n`;
const found = async (files: readonly PackFile[], folderName: string | undefined = 'notes'): Promise<string[]> =>
  (await checkSpec(files, folderName === undefined ? {} : { folderName })).map(
    ({ severity, code, path, line }) => `${path}:${line} ${severity} ${code}`,
  );
const repaired = async (files: readonly PackFile[], folderName = 'notes'): Promise<string> =>
  (await fixSpec(files, { folderName })).files[0]!.bytes.toString('utf8');

describe('a good skill', () => {
  it('has nothing wrong with it, with every field there is', async () => {
    const all = `${good}license: Apache-2.0\ncompatibility: Needs git\nmetadata:\n  author: acme\n  version: "1.0"\n  openclaw:\n    requires: { bins: [git], env: [NOTES_DIR] }\n    install:\n      - { kind: brew, formula: git }\nallowed-tools: Read Bash(git:*, jq)\n`;
    expect(await found([md(all)])).toEqual([]);
    expect(await found([md(`${good}allowed-tools:\n  - Read\n  - Bash(git:*)\nmetadata: '{"openclaw":{"always":true}}'\n`)])).toEqual([]);
    expect(await found([md(`name: notes\ndescription: >-\n  Keeps notes. Use when the user\n  wants to note something down.\n`)])).toEqual([]);
    expect(await found(skill())).toEqual([]);
  });
});

describe('what is found', () => {
  const wrong: [string, PackFile[], string[]][] = [
    ['no SKILL.md', [pack('README.md')], ['SKILL.md:1 error skill-file-missing']],
    ['another spelling of its name', [pack('skill.md', `---\n${good}---\n${body}`)], ['skill.md:1 warning skill-file-name']],
    ['no frontmatter', [pack('SKILL.md', body)], ['SKILL.md:1 error frontmatter-missing']],
    ['frontmatter without an end', [pack('SKILL.md', `---\n${good}${body}`)], ['SKILL.md:1 error frontmatter-unclosed']],
    ['frontmatter that is no YAML', [md('name: [\ndescription: x\n')], ['SKILL.md:3 error frontmatter-invalid']],
    ['frontmatter that is a list', [md('- name\n- description\n')], ['SKILL.md:2 error frontmatter-invalid']],
    ['frontmatter nested too deep', [md(`${good}metadata: ${'['.repeat(100)}${']'.repeat(100)}\n`)], ['SKILL.md:1 error frontmatter-too-large']],
    [
      'frontmatter of a megabyte',
      [md(`${good}${`# ${'x'.repeat(100)}\n`.repeat(10_000)}`)],
      ['SKILL.md:1 error frontmatter-too-large', 'SKILL.md:1 warning markdown-unread'],
    ],
    [
      'bytes that are not UTF-8',
      [pack('SKILL.md', Buffer.from(`---\nname: notes\ndescription: caf\xe9\n---\n`, 'latin1'))],
      ['SKILL.md:3 error not-utf8'],
    ],
    ['neither name nor description', [md('license: MIT\n')], ['SKILL.md:2 error name-missing', 'SKILL.md:2 error description-missing']],
    ['an empty name', [md(`name:\ndescription: ${description}\n`)], ['SKILL.md:2 error name-missing']],
    ['a name in capitals', [md(good.replace('notes', 'Notes'))], ['SKILL.md:2 error name-invalid']],
    ['a name with two hyphens', [md(good.replace('notes', 'no--tes'))], ['SKILL.md:2 error name-invalid']],
    ['a name beyond ASCII', [md(good.replace('notes', 'nötes'))], ['SKILL.md:2 error name-invalid']],
    ['a name too long', [md(good.replace('notes', 'n'.repeat(65)))], ['SKILL.md:2 error name-invalid']],
    ['a name that is a number to YAML', [md(good.replace('notes', '2024'))], ['SKILL.md:2 error name-invalid']],
    ['a name that is not the folder', [md(good.replace('notes', 'memos'))], ['SKILL.md:2 error name-not-folder']],
    ['a description that is a list', [md('name: notes\ndescription: [a, b]\n')], ['SKILL.md:3 error description-invalid']],
    ['a description too long', [md(`name: notes\ndescription: ${'x'.repeat(1_025)}\n`)], ['SKILL.md:3 error description-too-long']],
    ['a description too short to be of use', [md('name: notes\ndescription: Notes.\n')], ['SKILL.md:3 warning description-short']],
    ['a licence that is a list', [md(`${good}license: [MIT]\n`)], ['SKILL.md:4 error license-invalid']],
    ['empty compatibility', [md(`${good}compatibility: ""\n`)], ['SKILL.md:4 error compatibility-invalid']],
    ['compatibility too long', [md(`${good}compatibility: ${'x'.repeat(501)}\n`)], ['SKILL.md:4 error compatibility-too-long']],
    ['metadata that is a list', [md(`${good}metadata: [a]\n`)], ['SKILL.md:4 error metadata-invalid']],
    ['metadata that is a number to YAML', [md(`${good}metadata:\n  version: 1.0\n`)], ['SKILL.md:5 warning metadata-not-text']],
    ['metadata with a mapping nobody knows', [md(`${good}metadata:\n  acme:\n    x: "y"\n`)], ['SKILL.md:6 warning metadata-not-text']],
    [
      'a block that OpenClaw will not use',
      [md(`${good}metadata:\n  openclaw:\n    requires: { bins: git }\n    install: [{ kind: curl }]\n`)],
      ['SKILL.md:5 warning openclaw-metadata'],
    ],
    ['tools that are a mapping', [md(`${good}allowed-tools: { Read: yes }\n`)], ['SKILL.md:4 error allowed-tools-invalid']],
    ['a tool with an open bracket', [md(`${good}allowed-tools: Read Bash(git:*\n`)], ['SKILL.md:4 error allowed-tools-invalid']],
    ['tools with commas', [md(`${good}allowed-tools: Read, Write\n`)], ['SKILL.md:4 warning allowed-tools-commas']],
    ['a key that nobody knows', [md(`${good}version: 1.0.0\n`)], ['SKILL.md:4 warning key-unknown']],
    ['a key in another spelling', [md(`${good}allowed_tools: Read\n`)], ['SKILL.md:4 warning key-misspelt']],
    ['a key that stands twice', [md(`${good}license: MIT\nlicense: Apache-2.0\n`)], ['SKILL.md:5 error key-duplicate']],
    [
      'an alias',
      [md(`${good}license: &a MIT\ncompatibility: *a\n`)],
      ['SKILL.md:5 error compatibility-invalid', 'SKILL.md:4 warning frontmatter-reference'],
    ],
    [
      'three dashes inside',
      [md(`name: notes\ndescription: Keeps notes --- use when the user wants one.\n`)],
      ['SKILL.md:3 warning frontmatter-dashes'],
    ],
    ['no instructions', [md(good, '\n\n')], ['SKILL.md:4 warning body-empty']],
    ['instructions of 600 lines', [md(good, 'Line.\n'.repeat(600))], ['SKILL.md:5 warning body-long']],
    ['a script with CR LF behind #!', [...skill(), pack('run.sh', '#!/bin/sh\r\necho\r\n')], ['run.sh:1 error line-ends']],
    ['Windows line ends', [pack('SKILL.md', `---\n${good}---\n${body}`.replaceAll('\n', '\r\n'))], ['SKILL.md:1 warning line-ends']],
    ['a byte-order mark', [pack('SKILL.md', `\ufeff---\n${good}---\n${body}`)], ['SKILL.md:1 error byte-order-mark']],
    ['blank lines before the dashes', [pack('SKILL.md', `\n\n---\n${good}---\n${body}`)], ['SKILL.md:1 error frontmatter-missing']],
  ];
  it.each(wrong)('%s', async (_name, files, expected) => {
    expect(await found(files)).toEqual(expected);
  });

  it('says of each what was expected and what to do', async () => {
    for (const [, files] of wrong)
      for (const { says, expected, todo } of await checkSpec(files, { folderName: 'notes' })) {
        expect(says).toMatch(/^[A-Za-z"].{8,}\.$/s);
        expect(expected.length).toBeGreaterThan(3);
        expect(todo).toMatch(/^.{4,}\.$/s);
      }
  });

  it('says nothing about the folder where there is none', async () => {
    expect((await checkSpec([md(good.replace('notes', 'memos'))])).map(({ code }) => code)).toEqual([]);
  });
});

describe('links', () => {
  const linked = async (text: string, ...paths: readonly string[]): Promise<string[]> =>
    (await checkSpec([md(good, text), ...paths.map((path) => pack(path, ''))])).map(
      ({ code, line, fix }) => `${line} ${code}${fix === undefined ? '' : ` -> ${fix.says}`}`,
    );

  it('to files and folders of the skill, to anchors, addresses and placeholders are fine', async () => {
    const text =
      '[a](docs/a.md) [b](./docs/a.md#part) [c](docs/) [d](docs) [e](/docs/a.md) [f](a%20b.md) [g](#here) [h](https://x.example/y) [i](mailto:a@x.example) [j]({path}.md) [k](docs/a.md?x=1)\n\n![x](x.png)\n\n[r]: docs/a.md\n';
    expect(await linked(text, 'docs/a.md', 'a b.md', 'x.png')).toEqual([]);
  });

  it('to nowhere, out of the skill, or in letters of another case are told', async () => {
    expect(await linked('[a](nope.md)\n\n![b](../x.png)\n\n[c](Docs/A.md)\n\n[r]: gone.md\n', 'docs/a.md')).toEqual([
      '5 link-broken',
      '7 link-outside',
      '9 link-broken -> write docs/a.md',
      '11 link-broken',
    ]);
  });

  it('inside code are no links, also in long files', async () => {
    expect(
      await linked(`${'Text of a paragraph.\n\n'.repeat(900)}\`\`\`md\n${'[a](nope.md)\n'.repeat(400)}\`\`\`\n\nUse \`[b](nope.md)\`.\n`),
    ).toEqual(['5 body-long']);
  });

  it('are checked in every Markdown file, from where it lies', async () => {
    const files = [
      ...skill(),
      pack('docs/a.md', '[up](../SKILL.md) [side](b.md) [down](c/d.md)'),
      pack('docs/c/d.md', ''),
      pack('notes.txt', '[x](nope)'),
    ];
    expect(await found(files)).toEqual(['docs/a.md:1 warning link-broken']);
  });

  it('in Markdown that was made to cost time end as a warning', async () => {
    for (const bomb of ['- '.repeat(20_000), `${'> '.repeat(5_000)}x`, '[a]('.repeat(60_000), '*a'.repeat(60_000), 'x'.repeat(1_100_000)]) {
      const codes = (await checkSpec([...skill(), pack('bomb.md', bomb)])).map(({ code }) => code);
      expect(codes.filter((code) => code !== 'markdown-unread')).toEqual([]);
    }
  });
});

describe('repairs', () => {
  const cases: [string, string, string][] = [
    [
      'take the folder for the name',
      `---\nname: My Notes # mine\ndescription: ${description}\n---\n${body}`,
      `---\nname: notes # mine\ndescription: ${description}\n---\n${body}`,
    ],
    ['add a name', `---\n# first\ndescription: ${description}\n---\n${body}`, `---\nname: notes\n# first\ndescription: ${description}\n---\n${body}`],
    ['fill in a name', `---\nname:   \ndescription: ${description}\n---\n${body}`, `---\nname: notes   \ndescription: ${description}\n---\n${body}`],
    [
      'quote a colon',
      `---\nname: notes\ndescription: Use when: a "note" is wanted\nlicense: MIT\n---\n${body}`,
      `---\nname: notes\ndescription: "Use when: a \\"note\\" is wanted"\nlicense: MIT\n---\n${body}`,
    ],
    [
      'quote what YAML takes for a list',
      `---\nname: notes\ndescription: [WIP] notes for everybody\n---\n${body}`,
      `---\nname: notes\ndescription: "[WIP] notes for everybody"\n---\n${body}`,
    ],
    [
      'quote numbers',
      `---\n${good}metadata:\n    version: 1.10   # as text\n---\n${body}`,
      `---\n${good}metadata:\n    version: "1.10"   # as text\n---\n${body}`,
    ],
    ['rename a misspelt key', `---\n${good}allowedTools: [Read]\n---\n${body}`, `---\n${good}allowed-tools: [Read]\n---\n${body}`],
    ['drop a doubled line', `---\n${good}license: MIT\nlicense: MIT\n---\n${body}`, `---\n${good}license: MIT\n---\n${body}`],
    [
      'write spaces between tools',
      `---\n${good}allowed-tools: Read, Bash(a, b),Write\n---\n${body}`,
      `---\n${good}allowed-tools: "Read Bash(a, b) Write"\n---\n${body}`,
    ],
    ['take away a byte-order mark', `\ufeff---\n${good}---\n${body}`, `---\n${good}---\n${body}`],
    ['take away what stands before the dashes', `\n \n---\n${good}---\n${body}`, `---\n${good}---\n${body}`],
    ['write Unix line ends', `---\r\n${good.replaceAll('\n', '\r\n')}---\r\n\r\nÜbung: 日本 😀\r\n`, `---\n${good}---\n\nÜbung: 日本 😀\n`],
    [
      'leave alone what only its author can know',
      `---\nname: notes\ndescription: x: y # z\nlicense: MIT\nlicense: ISC\n---\n${body}`,
      `---\nname: notes\ndescription: x: y # z\nlicense: MIT\nlicense: ISC\n---\n${body}`,
    ],
  ];
  it.each(cases)('%s, and nothing else', async (_name, before, after) => {
    expect(await repaired([pack('SKILL.md', before)])).toBe(after);
  });

  it('rename the file, mend its links and its scripts in one go', async () => {
    const files = [
      pack('skill.md', `---\n${good}---\n\n[run](Scripts\\Run.sh) it. Übung [x](DOCS/a.md)\n`),
      pack('scripts/run.sh', '#!/bin/sh\r\necho hi\r\n'),
      pack('docs/a.md', 'x'),
    ];
    const { files: after, fixed } = await fixSpec(files, { folderName: 'notes' });
    expect(after.map(({ path, bytes }) => [path, bytes.toString()])).toEqual([
      ['SKILL.md', `---\n${good}---\n\n[run](scripts/run.sh) it. Übung [x](docs/a.md)\n`],
      ['scripts/run.sh', '#!/bin/sh\necho hi\n'],
      ['docs/a.md', 'x'],
    ]);
    expect(after[2]).toBe(files[2]);
    expect(new Set(fixed.map(({ code }) => code))).toEqual(new Set<SpecCode>(['skill-file-name', 'link-broken', 'line-ends']));
    expect(await checkSpec(after, { folderName: 'notes' })).toEqual([]);
  });

  it('of anything end, leave nothing to repair, touch only what has a problem, and never throw', async () => {
    const line = fc.oneof(
      fc.constantFrom(
        'name: notes',
        'Name: X',
        'name: A B',
        'description: a: b',
        `description: ${description}`,
        'license: 1',
        'metadata:',
        '  a: 1',
        '  openclaw: {}',
        'allowed-tools: a, b',
        '---',
        '',
        '# c',
        '[x](X.MD)',
        '\ttab: 1',
        'x: [',
        '"',
        'é: ü',
        'license: &a *a',
        '<<: *a',
        '!!set {a}',
        '? x',
      ),
      fc.string({ unit: 'grapheme', maxLength: 20 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 14 }), fc.constantFrom('\n', '\r\n'), fc.boolean(), async (lines, end, fenced) => {
        const files = [pack('SKILL.md', `${fenced ? `---${end}` : ''}${lines.join(end)}`), pack('x.md', 'x')];
        const { files: after } = await fixSpec(files, { folderName: 'notes' });
        const left = await checkSpec(after, { folderName: 'notes' });
        expect(left.filter(({ fix }) => fix !== undefined)).toEqual([]);
        expect(after[1]).toBe(files[1]);
        const before = await checkSpec(files, { folderName: 'notes' });
        if (before.every(({ fix }) => fix === undefined)) expect(after[0]).toBe(files[0]);
        expect(skillRecord(after)?.path).toBe('SKILL.md');
      }),
      { numRuns: 150 },
    );
  });

  it('of bytes never throw', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        await checkSpec([{ path: 'SKILL.md', bytes: Buffer.concat([Buffer.from('---\n'), bytes]) }]);
        skillRecord([{ path: 'SKILL.md', bytes: Buffer.from(bytes) }]);
      }),
      { numRuns: 100 },
    );
  });
});

describe('what a skill says of itself', () => {
  it('is read as its author wrote it', () => {
    const record = skillRecord([
      md(
        `${good}version: 1.10\nlicense: Apache-2.0\nhomepage: https://notes.example\nallowed-tools: Read, Bash(git:*, jq)\nmetadata:\n  openclaw: { requires: { env: [A] } }\n  n: 1.50\n`,
      ),
      pack('a', ''),
    ]);
    expect(record).toEqual({
      path: 'SKILL.md',
      name: 'notes',
      description,
      version: '1.10',
      license: 'Apache-2.0',
      homepage: 'https://notes.example',
      allowedTools: ['Read', 'Bash(git:*, jq)'],
      metadata: { openclaw: { requires: { env: ['A'] } }, n: 1.5 },
      frontmatter: expect.stringContaining('name: notes'),
      body,
    });
    expect(skillRecord([md(`${good}metadata:\n  openclaw:\n    version: 2.0.0\n    homepage: https://x.example\n`)])).toMatchObject({
      version: '2.0.0',
      homepage: 'https://x.example',
    });
  });

  it('is what can be read of a broken one, and nothing of a hostile one', () => {
    expect(skillRecord([pack('README.md')])).toBeUndefined();
    expect(skillRecord([pack('SKILL.md', '# only text')])).toMatchObject({ metadata: {}, frontmatter: '', body: '# only text' });
    expect(skillRecord([md('name: notes\ndescription: x: y\n')])).toMatchObject({ name: 'notes' });
    const hostile = skillRecord([md(`${good}metadata:\n  __proto__: { polluted: true }\n  a: &x [1]\n  b: *x\n`)]);
    expect(hostile?.metadata['polluted']).toBeUndefined();
    expect(hostile?.metadata['b']).toBe('*x');
    expect(skillRecord([md(`${'x: ['.repeat(50_000)}\n`)])?.name).toBeUndefined();
    expect(skillRecord([md(`name: ${'n'.repeat(100_000)}\n`)])?.name).toHaveLength(10_000);
  });
});

describe('on a server', () => {
  const short = (files: readonly PackFile[]) => {
    const read = readSkillFile(files, serverBounds);
    return {
      name: read === undefined ? undefined : recordOf(read).name,
      found: checkSpecShort(files, read).map(
        (problem) => `${problem.path}:${problem.line} ${problem.code}${'fix' in problem ? ' fix' : ''}: ${problem.says}`,
      ),
    };
  };

  it('frontmatter of more than 16 KiB or 4000 parts is not parsed, and says nothing of the skill', () => {
    const unread = (says: string) => ({ name: undefined, found: [`SKILL.md:1 frontmatter-too-large: The frontmatter ${says} and was not read.`] });
    // Each comma is an error object to the parser: a server would be busy for seconds.
    expect(short([md(`${good}a: [${','.repeat(120_000)}\n`)])).toEqual(unread('is larger than 16 KiB'));
    expect(short([md(`${good}a: [${','.repeat(16_000)}\n`)])).toEqual(unread('has more than 4000 words and marks'));
    expect(short([md(`${good}metadata: ${'['.repeat(100)}${']'.repeat(100)}\n`)])).toEqual(unread('is nested too deep'));
    expect(short([md(`${good}license: ${'x'.repeat(16_000)}\n`)])).toEqual({ name: 'notes', found: [] });
  });

  it('tells the author what is wrong, and repairs nothing', () => {
    expect(short(skill())).toEqual({ name: 'notes', found: [] });
    expect(
      short([md(good.replace('notes', 'My Notes'), '[a](nope.md)\r\n'), pack('run.sh', '#!/bin/sh\r\n')]).found.map((line) => line.split(': ')[0]),
    ).toEqual(['SKILL.md:2 name-invalid', 'SKILL.md:5 line-ends', 'run.sh:1 line-ends']);
  });
});

describe('names', () => {
  it('are made valid where enough is left of them', () => {
    const made = ['My Skill', 'Über_cool!!', '--x--', 'a__b', '日本', '', 'x'.repeat(99), 'A.B.C'].map(nameFrom);
    expect(made).toEqual(['my-skill', 'uber-cool', 'x', 'a-b', undefined, undefined, 'x'.repeat(64), 'a-b-c']);
  });
});
