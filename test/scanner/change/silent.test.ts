/** What changes nothing says nothing: renamed variables, layout, comments, moved files, reordered sections. The skill has abilities and findings, so that there is something to mismatch. */
import { describe, expect, it } from 'vitest';
import { changeOf, entriesOf, examineEntries, PAGE, RISKY, type Texts, told } from './change.ts';

const SKILL = RISKY;
const SHELL = RISKY['scripts/sync.sh'] as string;
const PYTHON = RISKY['scripts/report.py'] as string;
const SCRIPT = RISKY['scripts/log.mjs'] as string;
const withFile = (path: string, text: string): Texts => ({ ...SKILL, [path]: text });

const everywhere = (change: (text: string) => string): Texts =>
  Object.fromEntries(Object.entries(SKILL).map(([path, text]) => [path, change(text as string)]));
const moved = (from: string, to: string): Texts =>
  Object.fromEntries(Object.entries(SKILL).map(([path, text]) => [path === from ? to : path, (text as string).replaceAll(from, to)]));

const MUTATIONS: Readonly<Record<string, Texts>> = {
  'the same bytes': SKILL,
  'a renamed shell variable': withFile(
    'scripts/sync.sh',
    SHELL.replaceAll('summary', 'digest')
      .replaceAll('helper', 'tool')
      .replace('tool.sh', 'helper.sh')
      .replaceAll('target', 'destination')
      .replaceAll('item', 'box'),
  ),
  'a renamed Python variable and function': withFile(
    'scripts/report.py',
    PYTHON.replaceAll('BASE', 'ORIGIN')
      .replaceAll('plugin', 'extension')
      .replace('extension.py', 'plugin.py')
      .replaceAll('token', 'credential')
      .replaceAll('answer', 'r')
      .replaceAll('fetch(', 'load_week(')
      .replaceAll('row', 'entry'),
  ),
  'a renamed JavaScript variable': withFile(
    'scripts/log.mjs',
    SCRIPT.replaceAll('entries', 'lines').replaceAll('folder', 'where').replaceAll('code', 'text_').replaceAll('answer', 'reply'),
  ),
  'CRLF in the page': withFile('SKILL.md', PAGE.replaceAll('\n', '\r\n')),
  'CRLF in Python and JavaScript': {
    ...SKILL,
    'scripts/report.py': PYTHON.replaceAll('\n', '\r\n'),
    'scripts/log.mjs': SCRIPT.replaceAll('\n', '\r\n'),
  },
  'blanks at the ends of lines': everywhere((text) => text.replace(/(\w)\n/g, '$1  \n').replace(/``` {2}\n/g, '```\n')),
  're-indented Python': withFile('scripts/report.py', PYTHON.replaceAll('    ', '  ')),
  're-indented shell': withFile('scripts/sync.sh', SHELL.replaceAll('  curl', '      curl')),
  'a Python call over several lines': withFile(
    'scripts/report.py',
    PYTHON.replace('requests.get(', 'requests.get(\n        ').replace(', timeout=10)', ',\n        timeout=10,\n    )'),
  ),
  'a shell command over several lines': withFile('scripts/sync.sh', SHELL.replace(' -d ', ' \\\n    -d ')),
  'other quotes in Python': withFile(
    'scripts/report.py',
    PYTHON.replaceAll('"Authorization"', "'Authorization'").replaceAll('"NOTES_TOKEN"', "'NOTES_TOKEN'"),
  ),
  'other quotes in JavaScript': withFile('scripts/log.mjs', SCRIPT.replaceAll("'", '"')),
  'comments in scripts': {
    ...SKILL,
    'scripts/sync.sh': SHELL.replace('set -e\n', '# Stops at the first error.\nset -e\n').replace('  curl', '  # one box after the other\n  curl'),
    'scripts/report.py': PYTHON.replace('    token', '    # Never printed.\n    token').replace('timeout=10)', 'timeout=10)  # seconds'),
    'scripts/log.mjs': SCRIPT.replace('const folder', '/* The folder of the notes. */\nconst folder').replace(
      "'POST',",
      "'POST', // as the service wants it\n ",
    ),
  },
  'a comment within a call': withFile('scripts/report.py', PYTHON.replace('headers=', '  # who asks\n        headers=')),
  'a script that moved together with its mention': moved('scripts/sync.sh', 'tools/bin/sync.sh'),
  'a script that was renamed together with its mention': moved('scripts/report.py', 'scripts/weekly.py'),
  'a folder that was renamed': Object.fromEntries(
    Object.entries(SKILL).map(([path, text]) => [path.replace('scripts/', 'bin/'), (text as string).replaceAll('scripts/', 'bin/')]),
  ),
  'reordered sections': withFile(
    'SKILL.md',
    PAGE.replace('## Output\n\nThe report is plain text.\n', '').replace('## Use', '## Output\n\nThe report is plain text.\n\n## Use'),
  ),
  'a reworded heading': withFile('SKILL.md', PAGE.replace('## Output', '## What it prints')),
  'a corrected sentence': withFile('SKILL.md', PAGE.replace('The report is plain text.', 'The report is plain text, one line a note.')),
  'a list with other bullets': withFile('SKILL.md', PAGE.replace('1. Run', '- Run').replace('2. Run', '- Run')),
  'functions in another order': withFile(
    'scripts/log.mjs',
    SCRIPT.replace("const folder = process.argv[2] ?? 'notes';\n", '').replace(
      "import { execFileSync } from 'node:child_process';\n",
      "import { execFileSync } from 'node:child_process';\n\nconst folder = process.argv[2] ?? 'notes';\n\n",
    ),
  ),
  'a file that does nothing': { ...SKILL, 'docs/history.md': '# History\n\nThe first version was written in spring.\n' },
  'the same host in other letters': withFile('scripts/sync.sh', SHELL.replace('api.notes.example', 'API.Notes.example')),
  'the same host by another scheme': withFile('scripts/log.mjs', SCRIPT.replace('https://api', 'http://api')),
};

describe('a change that changes nothing is silent', () => {
  it('of a skill that has findings with variables in them, so that silence says something', async () => {
    const { findings } = (await examineEntries(entriesOf(SKILL))).report;
    expect(findings.filter(({ gate }) => gate === 'block').map(({ rule, steps }) => `${rule} ${steps[0].path}`)).toEqual(
      expect.arrayContaining(['EXE-002 scripts/sync.sh', 'EXE-002 scripts/report.py', 'EXE-002 scripts/log.mjs']),
    );
    for (const name of ['$helper', 'exec(plugin)', 'eval(code)'])
      expect(
        findings.some(({ evidence }) => evidence.includes(name)),
        name,
      ).toBe(true);
  });

  for (const [name, after] of Object.entries(MUTATIONS)) {
    // Plain http has rules of its own; what must not happen is growth.
    const growthOnly = name === 'the same host by another scheme' || name === 'the same host in other letters';
    it(name, async () => {
      const change = await changeOf(SKILL, after);
      if (growthOnly) expect(change.capability.grown).toEqual([]);
      else {
        expect(told(change)).toEqual([]);
        expect(change.silent).toBe(true);
        expect(change.verdict).toMatchObject({ decision: 'pass', because: [] });
      }
    });
    it(`${name}, taken back`, async () => {
      const change = await changeOf(after, SKILL);
      if (growthOnly) expect(change.capability.grown).toEqual([]);
      else expect(told(change)).toEqual([]);
    });
  }

  it('a script that is split into files which one sources', async () => {
    const body = 'log_line() {\n  printf "%s\\n" "$GREEN$1"\n}\nsend_all() {\n  log_line sending\n  curl -s https://api.notes.example/v1/all\n}\n';
    const whole = { ...SKILL, 'scripts/all.sh': `#!/bin/bash\nGREEN=on\n${body}send_all\n` };
    const [first = '', second = ''] = body.split('send_all()');
    const split = {
      ...SKILL,
      'scripts/all.sh': '#!/bin/bash\nGREEN=on\nsource scripts/lib/log.sh\nsource scripts/lib/send.sh\nsend_all\n',
      'scripts/lib/log.sh': `#!/bin/bash\n${first}`,
      'scripts/lib/send.sh': `#!/bin/bash\nsend_all()${second}`,
    };
    const grown = (await changeOf(whole, split)).capability.grown.map(({ evidence }) => evidence);
    expect(grown.filter((evidence) => /log_line|send_all|GREEN/.test(evidence))).toEqual([]);
  });

  it('says what moved', async () => {
    const change = await changeOf(SKILL, moved('scripts/sync.sh', 'tools/bin/sync.sh'));
    expect(change.files.changes).toContainEqual(expect.objectContaining({ path: 'tools/bin/sync.sh', how: 'moved', from: 'scripts/sync.sh' }));
    expect(change.files.same).toBe(2);
  });
});
