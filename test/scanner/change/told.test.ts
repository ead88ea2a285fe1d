/** What a reviewer must hear: each mutation adds one thing, and exactly that is told, with the gate it has. */
import { describe, expect, it } from 'vitest';
import { changeOf, PAGE, PYTHON, policyOf, SCRIPT, SHELL, SKILL, type Texts, told, withFile } from './change.ts';

const growth = async (after: Texts, before: Texts = SKILL): Promise<string[]> =>
  (await changeOf(before, after)).capability.grown.map(({ gate, evidence, was }) => `${gate} ${evidence}${was === undefined ? '' : ` was ${was}`}`);

/** Made here, so that no file of this repository holds a path of somebody's keys as one word. */
const KEY = ['~', '.ssh', 'id_rsa'].join('/');

const CASES: Readonly<Record<string, readonly [Texts, readonly string[]]>> = {
  'one more host': [
    withFile('scripts/sync.sh', `${SHELL}curl -s https://status.other.example/ping\n`),
    ['review host:status.other.example methods=GET'],
  ],
  'a host within a renamed variable': [
    withFile('scripts/sync.sh', SHELL.replaceAll('target', 'destination').replace('api.notes.example', 'api.notes.invalid')),
    ['review host:api.notes.invalid methods=POST sends'],
  ],
  'one more variable': [withFile('scripts/report.py', `${PYTHON}print(os.environ["BILLING_KEY"])\n`), ['review env:BILLING_KEY']],
  'GET to POST': [
    {
      'SKILL.md': PAGE,
      'scripts/report.py': PYTHON.replace('requests.get(', 'requests.post(').replace('timeout=10', 'json=list(range(limit)), timeout=10'),
    },
    ['review host:api.notes.example methods=POST sends'],
  ],
  'certificates not checked': [withFile('scripts/sync.sh', SHELL.replace('curl -s', 'curl -k -s')), ['review host:api.notes.example insecure']],
  'a program': [withFile('scripts/sync.sh', `${SHELL}ffmpeg -version\n`), ['review program:ffmpeg']],
  'a program as root': [
    withFile('scripts/sync.sh', `${SHELL}sudo git gc\n`),
    ['review program:git elevated reach=instructed was callable', 'review program:sudo elevated'],
  ],
  'a harmless program': [withFile('scripts/sync.sh', `${SHELL}wc -l notes.md\n`), ['capability program:wc']],
  'a credential file': [
    withFile(
      'scripts/sync.sh',
      `${SHELL}tail ${KEY}
`,
    ),
    ['block credential:read:credential paths=~/.ssh/id_rsa', 'capability program:tail'],
  ],
  'a library that reads the .env file': [
    withFile('scripts/log.mjs', `import 'dotenv/config';\n${SCRIPT}`),
    ['block credential:read:dotenv paths=.env'],
  ],
  persistence: [
    withFile('scripts/sync.sh', `${SHELL}echo 'sh ~/sync.sh' >> ~/.bashrc\n`),
    ['block persistence:shell-rc paths=~/.bashrc', 'review program:sh', 'review write:shell-rc'],
  ],
  'code that is made at run time': [
    withFile('scripts/report.py', `${PYTHON}eval(input())\n`),
    ['block dynamic-code:eval:eval', 'review unknown:"eval of something unknown"'],
  ],
  'a listener': [
    withFile('scripts/log.mjs', `${SCRIPT}import http from 'node:http';\nhttp.createServer(() => {}).listen(8080, '0.0.0.0');\n`),
    ['block listen:0.0.0.0'],
  ],
  'a package': [
    withFile('SKILL.md', PAGE.replace('## Output', '```bash\npip install notes-client\n```\n\n## Output')),
    ['review package:pip:notes-client from=registry unpinned', 'review program:pip'],
  ],
  'a home folder': [withFile('scripts/sync.sh', `${SHELL}cat ~/.config/notes/list\n`), ['review read:~/.config/notes']],
  'the workspace': [
    withFile('scripts/log.mjs', `${SCRIPT}import fs from 'node:fs';\nfs.writeFileSync('out/log.txt', entries);\n`),
    ['capability write:workspace'],
  ],
};

describe('growth is told, and nothing else', () => {
  for (const [name, [after, expected]] of Object.entries(CASES)) {
    it(name, async () => {
      const before = name === 'GET to POST' ? { 'SKILL.md': PAGE, 'scripts/report.py': PYTHON } : SKILL;
      expect((await growth(after, before)).sort()).toEqual([...expected].sort());
      // Taken back, the same is gone and nothing has grown that a person would be asked about.
      expect((await growth(before, after)).filter((one) => !one.startsWith('capability'))).toEqual([]);
      expect((await changeOf(after, before)).capability.removed.length).toBeGreaterThan(0);
    });
  }

  it('a script that SKILL.md now says to run: everything it can do is closer', async () => {
    const change = await changeOf(SKILL, withFile('SKILL.md', PAGE.replace('## Output', '3. Run `node scripts/log.mjs`.\n\n## Output')));
    const closer = change.capability.grown.filter((one) => one.was !== undefined);
    expect(closer.map(({ evidence, was, gate }) => `${gate} ${evidence} was ${was}`)).toContain('review program:git reach=instructed was callable');
  });

  it('a script that a hook now runs: automatic, and a trigger', async () => {
    const hooks = JSON.stringify({ hooks: { SessionStart: [{ hooks: [{ type: 'command', command: 'bash scripts/sync.sh' }] }] } });
    const change = await changeOf(SKILL, { ...SKILL, '.claude/settings.json': hooks });
    expect(change.verdict.decision).toBe('block');
    expect(change.capability.grown.map(({ evidence }) => evidence)).toContain('host:api.notes.example reach=automatic');
    expect(change.capability.grown.map(({ entry }) => entry.kind)).toContain('trigger');
  });

  it('a value past the twentieth does not hide, wherever it sorts', async () => {
    const wanted = (count: number): string =>
      Array.from({ length: count }, (_, index) => `cat ~/.config/gcloud/k${String(index).padStart(2, '0')}\n`).join('');
    const change = await changeOf(
      withFile('scripts/sync.sh', SHELL + wanted(25)),
      withFile('scripts/sync.sh', `${SHELL}${wanted(25)}cat ~/.config/gcloud/zz\n`),
    );
    expect(told(change).filter((one) => one.startsWith('block'))).toEqual(['block credential:read:credential paths=~/.config/gcloud/zz']);
  });

  it('names that begin alike for two hundred characters stay two', async () => {
    const path = (tail: string): string => `cat ~/.config/gcloud/${'x'.repeat(205)}${tail}\n`;
    const change = await changeOf(withFile('scripts/sync.sh', SHELL + path('a')), withFile('scripts/sync.sh', SHELL + path('b')));
    expect(change.capability.grown.map(({ gate, entry }) => `${gate} ${entry.kind}:${entry.key}`)).toEqual(['block credential:read:credential']);
  });

  it('a package that loses its pin, and one that gets another', async () => {
    const page = (spec: string): Texts => withFile('SKILL.md', PAGE.replace('## Output', `\`\`\`bash\npip install ${spec}\n\`\`\`\n\n## Output`));
    const loose = await changeOf(page('notes-client==1.2.0'), page('notes-client'));
    expect(loose.capability.grown.map(({ gate, evidence }) => `${gate} ${evidence}`)).toEqual(['review package:pip:notes-client unpinned']);
    expect(loose.pins).toMatchObject([{ name: 'pip:notes-client', how: 'unpinned', before: ['1.2.0'], after: ['unpinned'] }]);
    const other = await changeOf(page('notes-client==1.2.0'), page('notes-client==1.3.0'));
    expect(other.capability.grown.map(({ evidence }) => evidence)).toEqual(['package:pip:notes-client pinned=1.3.0']);
    expect(other.pins).toMatchObject([{ how: 'changed', before: ['1.2.0'], after: ['1.3.0'] }]);
    const pinned = await changeOf(page('notes-client'), page('notes-client==1.3.0'));
    expect(pinned.pins).toMatchObject([{ how: 'pinned' }]);
  });

  it('one detail more of many', async () => {
    const change = await changeOf(SKILL, withFile('scripts/sync.sh', SHELL.replace('-X POST', '-X PUT')));
    expect(change.capability.grown.map(({ gate, evidence }) => `${gate} ${evidence}`)).toEqual(['review host:api.notes.example methods=PUT']);
  });

  it('another address in code whose requests cannot be followed, but no address in what it prints or in comments', async () => {
    const client = (base: string, more = ''): Texts => ({
      ...SKILL,
      'scripts/client.mjs': `const BASE = '${base}';\n${more}export class Client {\n  constructor(options) {\n    this.base = options.base;\n  }\n  get(path) {\n    return fetch(this.base + path);\n  }\n}\n`,
    });
    const change = await changeOf(client('https://api.notes.example'), client('https://api.notes.invalid'));
    expect(change.capability.grown.map(({ gate, evidence }) => `${gate} ${evidence}`)).toEqual(['review host:dynamic constants=api.notes.invalid']);
    const help = "// See https://docs.notes.example\nconsole.log('Get a key at https://keys.notes.example first');\n";
    expect(told(await changeOf(client('https://api.notes.example'), client('https://api.notes.example', help)))).toEqual([]);
  });

  it('an MCP server behind a bridge that goes elsewhere', async () => {
    const page = (url: string): Texts =>
      withFile(
        'SKILL.md',
        PAGE.replace('## Output', `\`\`\`json\n{"mcpServers":{"notes":{"command":"uvx","args":["mcp-proxy","${url}"]}}}\n\`\`\`\n\n## Output`),
      );
    const change = await changeOf(page('http://localhost:7860/sse'), page('http://bridge.other.example:44876/sse'));
    expect(change.capability.grown.map(({ evidence }) => evidence)).toEqual(['host:bridge.other.example methods=POST']);
  });
});

describe('a new skill and a removed one', () => {
  const nothing: Texts = { 'SKILL.md': '---\nname: notes\ndescription: Keeps notes.\n---\nKeep notes.\n' };
  it('everything of a new one has come', async () => {
    const change = await changeOf(nothing, SKILL);
    expect(change.verdict.decision).toBe('review');
    expect(change.capability.grown.length).toBeGreaterThan(4);
    expect(change.verdict.because.every((id) => /^[A-Z]{3}-\d{3}-[0-9a-f]{16}$/.test(id))).toBe(true);
  });
});

describe('a policy may loosen or tighten what growth does', () => {
  const after = withFile('scripts/sync.sh', `${SHELL}curl -s https://status.other.example/ping\n`);
  const gate = async (text: string): Promise<string | undefined> => {
    const change = await changeOf(SKILL, after, policyOf(text));
    return change.capability.grown.find(({ entry }) => entry.key === 'status.other.example')?.gate;
  };
  it('by default a host asks for a person', async () => expect(await gate('')).toBe('review'));
  it('allowed hosts are listed', async () => expect(await gate('allow:\n  hosts: ["*.other.example"]\n')).toBe('capability'));
  it('CAP-004 off lists all', async () => expect(await gate('rules:\n  CAP-004: off\n')).toBe('capability'));
  it('CAP-004 may block', async () => expect(await gate('rules:\n  CAP-004: block\n')).toBe('block'));
  it('a kind may block', async () => expect(await gate('capabilities:\n  host: block\n')).toBe('block'));
  it('an exception covers the ability it names', async () => {
    const exception = (evidence: string): string =>
      `exceptions:\n  - { rule: CAP-004, evidence: "${evidence}", owner: kim@example.com, reason: wanted, expires: 2026-12-31 }\n`;
    expect(await gate(exception('host:status.other.example methods=GET'))).toBe('capability');
    expect(await gate(exception('host:status.other.example'))).toBe('capability');
    expect(await gate(exception('host:status.other.invalid'))).toBe('review');
  });
  it('an allowed program is not allowed as root', async () => {
    const change = await changeOf(
      SKILL,
      withFile('scripts/sync.sh', `${SHELL}sudo ffmpeg -version\n`),
      policyOf('allow:\n  programs: [ffmpeg, sudo]\n'),
    );
    expect(change.capability.grown.find(({ entry }) => entry.key === 'ffmpeg')?.gate).toBe('review');
  });
});
