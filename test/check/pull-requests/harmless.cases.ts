/** Pull requests that a team makes every day. Each costs a moment and says nothing at all. */
import { describe } from 'vitest';
import type { Files } from '../repository.ts';
import { silent } from './case.ts';
import { edited, PIXEL, textOf } from './team-files.ts';

const script = (text: string) => ({ script: text });
/** One edit of one text. */
const edit = (path: string, from: string, to: string): Files => ({ [path]: edited(path, from, to) });
const editScript = (path: string, from: string, to: string): Files => ({ [path]: script(edited(path, from, to)) });

describe('words', () => {
  silent({
    name: 'a typo in prose',
    make: (t) => void t.commit(edit('skills/style-guide/SKILL.md', 'Prefer the short word.', 'Prefer the shorter word.')),
  });
  silent({
    name: 'a paragraph with other line breaks',
    make: (t) =>
      void t.commit(edit('skills/release-notes/SKILL.md', 'Group them by area, then write the notes', 'Group them by area,\nthen write the notes')),
  });
  silent({
    name: 'sections in another order',
    make: (t) => {
      const path = 'skills/style-guide/SKILL.md';
      const text = textOf(path);
      const [words, numbers, pages] = ['## Words', '## Numbers', '## Pages'].map((heading) => text.indexOf(heading)) as [number, number, number];
      t.commit({ [path]: text.slice(0, words) + text.slice(numbers, pages) + text.slice(words, numbers) + text.slice(pages) });
    },
  });
  silent({
    name: 'a sorted list',
    make: (t) =>
      void t.commit(
        edit(
          'skills/style-guide/examples.md',
          '- The page about logging in.\n- The page about exports.',
          '- The page about exports.\n- The page about logging in.',
        ),
      ),
  });
  silent({
    name: 'a new translation of a page',
    make: (t) =>
      void t.commit({
        'skills/translate/words/es.md': '# Spanish\n\n| English | Spanish |\n| --- | --- |\n| account | cuenta |\n',
        ...edit('skills/translate/SKILL.md', '[French](words/fr.md)', '[French](words/fr.md), [Spanish](words/es.md)'),
      }),
  });
  silent({
    name: 'a version in the frontmatter',
    make: (t) => void t.commit(edit('skills/csv-tidy/SKILL.md', 'name: csv-tidy\n', 'name: csv-tidy\nversion: 1.0.1\n')),
  });
  silent({ name: 'a typo in CLAUDE.md', make: (t) => void t.commit(edit('CLAUDE.md', 'plans berths for ships', 'plans berths for all ships')) });
  silent({
    name: 'a typo in a nested CLAUDE.md',
    make: (t) => void t.commit(edit('services/api/CLAUDE.md', 'in one function', 'in a function of its own')),
  });
  silent({
    name: 'a skill that CLAUDE.md now names',
    make: (t) => void t.commit({ 'CLAUDE.md': `${textOf('CLAUDE.md')}- How we write stands in \`skills/style-guide/SKILL.md\`.\n` }),
  });
  silent({
    name: 'a description that says it better',
    make: (t) => void t.commit(edit('skills/chart-maker/SKILL.md', 'Draws a chart from a table.', 'Draws a bar chart from a table of two columns.')),
  });
});

describe('scripts', () => {
  silent({
    name: 'a comment in a shell script',
    make: (t) =>
      void t.commit(editScript('skills/deploy-status/scripts/status.sh', '# Which version runs where.', '# Which version runs where, by region.')),
  });
  silent({
    name: 'a renamed variable in shell',
    make: (t) =>
      void t.commit({
        'skills/deploy-status/scripts/status.sh': script(
          textOf('skills/deploy-status/scripts/status.sh').replaceAll('service', 'name').replaceAll('/names/', '/services/'),
        ),
      }),
  });
  silent({
    name: 'a renamed variable in Python',
    make: (t) =>
      void t.commit({ 'skills/db-report/scripts/report.py': script(textOf('skills/db-report/scripts/report.py').replaceAll('answer', 'response')) }),
  });
  silent({
    name: 'a renamed variable in JavaScript',
    make: (t) =>
      void t.commit({
        'skills/ticket-triage/scripts/triage.mjs': script(
          textOf('skills/ticket-triage/scripts/triage.mjs').replaceAll('answer', 'response').replaceAll('address', 'base'),
        ),
      }),
  });
  silent({
    name: 'a function split in two',
    make: (t) =>
      void t.commit(
        editScript(
          'skills/release-notes/scripts/collect.py',
          'if __name__ == "__main__":\n    for line in commits(last_tag()):\n        print(line)\n',
          'def main():\n    for line in commits(last_tag()):\n        print(line)\n\n\nif __name__ == "__main__":\n    main()\n',
        ),
      ),
  });
  silent({
    name: 'a shell script that checks its argument',
    make: (t) =>
      void t.commit(
        editScript('skills/incident-log/scripts/entry.sh', 'set -eu\n', 'set -eu\n[ "$#" -eq 1 ] || { echo "what happened?" >&2; exit 2; }\n'),
      ),
  });
  silent({
    name: 'reformatted JSON',
    make: (t) =>
      void t.commit({
        'skills/chart-maker/assets/palette.json': `${JSON.stringify({ third: '#588b8b', first: '#17324d', second: '#c8553d' }, null, 2)}\n`,
      }),
  });
  silent({
    name: 'reformatted settings of the agent',
    make: (t) => void t.commit({ '.claude/settings.json': `${JSON.stringify(JSON.parse(textOf('.claude/settings.json')), null, 4)}\n` }),
  });
  silent({
    name: 'CRLF to LF and back',
    make: (t) => {
      t.commit({ 'skills/csv-tidy/scripts/tidy.py': script(textOf('skills/csv-tidy/scripts/tidy.py').replaceAll('\n', '\r\n')) });
      t.merge();
      t.commit({ 'skills/csv-tidy/scripts/tidy.py': script(textOf('skills/csv-tidy/scripts/tidy.py')) });
    },
  });
  silent({
    name: 'LF to CRLF in a page',
    make: (t) => void t.commit({ 'skills/style-guide/SKILL.md': textOf('skills/style-guide/SKILL.md').replaceAll('\n', '\r\n') }),
  });
  silent({
    name: 'a moved script with its mention',
    make: (t) =>
      void t.commit({
        'skills/csv-tidy/scripts/tidy.py': null,
        'skills/csv-tidy/bin/tidy.py': script(textOf('skills/csv-tidy/scripts/tidy.py')),
        ...edit('skills/csv-tidy/SKILL.md', 'scripts/tidy.py', 'bin/tidy.py'),
      }),
  });
  silent({
    name: 'a test of a script, with a fixture',
    make: (t) =>
      void t.commit({
        'skills/csv-tidy/tests/fixture.csv': 'a,b\n1,2\n,\n',
        'skills/csv-tidy/tests/test_tidy.py':
          'import csv\n\n\ndef test_rows():\n    with open("fixture.csv", newline="") as file:\n        assert len(list(csv.reader(file))) == 3\n',
      }),
  });
  silent({
    name: 'a script that nobody runs is not executable any more',
    make: (t) => void t.git('update-index', '--chmod=-x', 'skills/chart-maker/scripts/chart.py'),
  });
  silent({
    name: 'a script that is executable now',
    make: (t) => {
      t.git('update-index', '--chmod=-x', 'skills/chart-maker/scripts/chart.py');
      t.git('commit', '--quiet', '--message', 'plain');
      t.git('checkout', '--', '.');
      t.merge();
      t.git('update-index', '--chmod=+x', 'skills/chart-maker/scripts/chart.py');
      t.git('commit', '--quiet', '--message', 'executable');
    },
  });
  silent({
    name: 'a filter more in a pipe of shell',
    make: (t) =>
      void t.commit(
        editScript(
          'skills/deploy-status/scripts/status.sh',
          'curl -fsS "https://status.harbour.example/v1/services/$service"',
          'curl -fsS "https://status.harbour.example/v1/services/$service" | sort | head -n 20',
        ),
      ),
  });
  silent({
    name: 'a longer wait, a message and an import of the standard library',
    make: (t) =>
      void t.commit({
        'skills/db-report/scripts/report.py': script(
          edited('skills/db-report/scripts/report.py', 'timeout=20', 'timeout=30')
            .replace('import os\n', 'import json\nimport os\n')
            .replace('["rows"]', '.get("rows", json.loads("[]"))'),
        ),
      }),
  });
  silent({
    name: 'errors that are caught',
    make: (t) =>
      void t.commit(
        editScript(
          'skills/ticket-triage/scripts/triage.mjs',
          'const tickets = await open();',
          "const tickets = await open().catch((error) => {\n  console.error('no tickets: ' + error.message);\n  process.exit(1);\n});",
        ),
      ),
  });
  silent({
    name: 'a stricter shell',
    make: (t) => void t.commit(editScript('skills/incident-log/scripts/entry.sh', 'set -eu', 'set -euo pipefail')),
  });
  silent({
    name: 'a helper in a shared file',
    make: (t) => void t.commit({ 'shared/lib/common.sh': `${textOf('shared/lib/common.sh')}\nwarn() {\n  say "careful: $*"\n}\n` }),
  });
  silent({
    name: 'a host less',
    make: (t) =>
      void t.commit(
        editScript(
          'skills/deploy-status/scripts/status.sh',
          'curl -fsS "https://status.harbour.example/v1/services/$service"',
          'say "ask the people on the quay"',
        ),
      ),
  });
  silent({
    name: 'a comment in a hook',
    make: (t) => void t.commit(editScript('scripts/hooks/format.sh', '# Formats what was edited.', '# Formats whatever was edited.')),
  });
});

describe('whole skills', () => {
  silent({
    name: 'a moved skill',
    make: (t) => {
      t.git('mv', 'skills/style-guide', 'skills/house-style');
      t.commit({});
    },
  });
  silent({
    name: 'a moved skill with a typo mended',
    make: (t) => {
      t.git('mv', 'skills/style-guide', 'skills/house-style');
      t.commit({ 'skills/house-style/SKILL.md': edited('skills/style-guide/SKILL.md', 'Prefer the short word.', 'Prefer the shorter word.') });
    },
  });
  silent({
    name: 'a skill less',
    make: (t) => {
      t.git('rm', '-r', '--quiet', 'skills/chart-maker');
      t.commit({});
    },
  });
  silent({
    name: 'the skill with the old finding is gone',
    make: (t) => {
      t.git('rm', '-r', '--quiet', 'skills/legacy-import');
      t.commit({});
    },
  });
  silent({
    name: 'a new skill of words',
    make: (t) =>
      void t.commit({
        'skills/meeting-notes/SKILL.md':
          '---\nname: meeting-notes\ndescription: Writes down what was decided.\n---\n\n# Meeting notes\n\nName who was there, what was decided, and who does what until when.\n',
      }),
  });
  silent({
    name: 'a skill of the team under another name, by a link',
    make: (t) =>
      void t.commit({ '.claude/skills/style': { link: '../../skills/style-guide' }, '.claude/skills/tidy': { link: '../../skills/csv-tidy' } }),
  });
  silent({
    name: 'a new skill and its link',
    make: (t) =>
      void t.commit({
        'tools/minutes/SKILL.md': '---\nname: minutes\ndescription: Writes minutes.\n---\n\nWrite down what was decided.\n',
        '.claude/skills/minutes': { link: '../../tools/minutes' },
      }),
  });
  silent({
    name: 'a picture for a skill',
    make: (t) =>
      void t.commit({
        'skills/style-guide/good.png': PIXEL,
        ...edit('skills/style-guide/SKILL.md', 'See [examples]', '![good](good.png)\n\nSee [examples]'),
      }),
  });
  silent({
    name: 'a typo beside the accepted old finding',
    make: (t) => void t.commit(edit('skills/legacy-import/SKILL.md', 'show what was skipped', 'show all that was skipped')),
  });
});

describe('what is no skill', () => {
  silent({
    name: 'README and licence',
    make: (t) =>
      void t.commit({ 'README.md': `${textOf('README.md')}\nWritten with care.\n`, LICENSE: 'Permission is granted to look at this twice.\n' }),
  });
  silent({
    name: 'code of the application',
    make: (t) =>
      void t.commit({
        'src/ships.js': "import { get } from 'node:https';\n\nget('https://ships.example/today', () => {});\n",
        'package.json': textOf('package.json').replace('3.1.0', '3.2.0'),
      }),
  });
  silent({
    name: 'tests and manual',
    make: (t) =>
      void t.commit({ 'tests/ships.test.js': 'export {};\n', 'docs/manual.md': `${textOf('docs/manual.md')}\nA captain calls the harbour.\n` }),
  });
  silent({
    name: 'a workflow that has nothing to do with skills',
    make: (t) => void t.commit(edit('.github/workflows/test.yml', 'npm test', 'npm test -- --watch=false')),
  });
  silent({
    name: 'a new workflow',
    make: (t) =>
      void t.commit({
        '.github/workflows/pages.yml': 'name: pages\non: [push]\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make pages\n',
      }),
  });
  silent({ name: 'a file with umlauts in its name', make: (t) => void t.commit({ 'docs/Übersicht der Häfen.md': '# Übersicht\n' }) });
  silent({
    name: 'a renamed folder of the application',
    make: (t) => {
      t.git('mv', 'src', 'source');
      t.commit({ 'tests/berths.test.js': textOf('tests/berths.test.js').replace('../src/', '../source/') });
    },
  });
  silent({ name: 'colours of the editor', make: (t) => void t.commit(edit('.vscode/settings.json', '[120]', '[100, 120]')) });
  silent({ name: 'line ends in .gitattributes', make: (t) => void t.commit({ '.gitattributes': '*.sh text eol=lf\n*.png binary\n' }) });
});

describe('history', () => {
  silent({ name: 'nothing', make: (t) => void t.commit({}) });
  silent({
    name: 'main merged into the branch',
    make: (t) => {
      t.commit(edit('skills/style-guide/SKILL.md', 'Prefer the short word.', 'Prefer the shorter word.'));
      t.onMain({
        'skills/deploy-status/scripts/status.sh': script(
          `${textOf('skills/deploy-status/scripts/status.sh')}curl -fsS https://other.harbour.example/v1\n`,
        ),
      });
      t.git('merge', '--quiet', '--no-ff', '--message', 'main', 'main');
    },
  });
  silent({
    name: 'main went on with a new ability, the branch did not',
    make: (t) => {
      t.commit(edit('skills/style-guide/SKILL.md', 'Prefer the short word.', 'Prefer the shorter word.'));
      t.onMain({
        'skills/deploy-status/scripts/status.sh': script(
          `${textOf('skills/deploy-status/scripts/status.sh')}curl -fsS https://other.harbour.example/v1\n`,
        ),
      });
    },
  });
  silent({
    name: 'a branch rewritten to the same files',
    make: (t) => {
      t.commit(edit('CLAUDE.md', 'plans berths for ships', 'plans berths for all ships'));
      t.git('commit', '--quiet', '--amend', '--message', 'said better');
    },
  });
  silent({
    name: 'an ability that came and went within the branch',
    make: (t) => {
      t.commit(editScript('skills/incident-log/scripts/entry.sh', 'set -eu\n', 'set -eu\ncurl -fsS https://log.harbour.example/\n'));
      t.commit({ 'skills/incident-log/scripts/entry.sh': script(textOf('skills/incident-log/scripts/entry.sh')) });
    },
  });
});

describe('what the check obeys', () => {
  silent({
    name: 'the baseline without a finding that is gone',
    make: async (t) => {
      t.git('rm', '-r', '--quiet', 'skills/legacy-import');
      t.commit({});
      await t.check({ args: ['--baseline'] });
      t.git('add', '--all');
      t.git('commit', '--quiet', '--message', 'baseline');
    },
  });
  silent({
    name: 'an accepted ability, in the next pull request',
    make: async (t) => {
      t.commit({
        'skills/deploy-status/scripts/status.sh': script(
          `${textOf('skills/deploy-status/scripts/status.sh')}curl -fsS https://more.harbour.example/v1\n`,
        ),
      });
      const first = await t.check();
      t.commit(t.withApprovals(t.accept(first.report!.wanted, 'kim', 'kim')));
      t.merge();
      t.commit({ 'skills/deploy-status/SKILL.md': edited('skills/deploy-status/SKILL.md', 'which regions are behind', 'which regions lag behind') });
    },
  });
});
