/** The repository of a made-up team, as it stands on `main`: honest skills in shell, Python and JavaScript, files they share, what agents load unasked, what the check obeys, and ordinary code beside. All inert: made-up hosts. */
import type { Files } from '../repository.ts';

const page = (name: string, description: string, body: string): string => `---\nname: ${name}\ndescription: ${description}\n---\n\n${body.trim()}\n`;
/** A file of a program: how it is run, and what it says. */
const script = (text: string) => ({ script: text });

/** Smallest PNG there is: one grey pixel. */
export const PIXEL = Buffer.from(
  '89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c636800000082008177cd72b60000000049454e44ae426082',
  'hex',
);

const releaseNotes: Files = {
  'skills/release-notes/SKILL.md': page(
    'release-notes',
    'Writes release notes from the commits since the last tag.',
    `
# Release notes

Collect the commits:

\`\`\`bash
python3 scripts/collect.py
\`\`\`

Group them by area, then write the notes for people who use the product. Leave out what only changes tests.

## Style

- Start each line with a verb.
- Name the issue number at the end.
`,
  ),
  'skills/release-notes/scripts/collect.py': script(
    `"""Commits since the last tag, one a line."""
import subprocess


def commits(since):
    result = subprocess.run(["git", "log", "--format=%s", f"{since}..HEAD"], capture_output=True, text=True, check=True)
    return result.stdout.splitlines()


def last_tag():
    result = subprocess.run(["git", "describe", "--tags", "--abbrev=0"], capture_output=True, text=True, check=True)
    return result.stdout.strip()


if __name__ == "__main__":
    for line in commits(last_tag()):
        print(line)
`,
  ),
};

const deployStatus: Files = {
  'skills/deploy-status/SKILL.md': page(
    'deploy-status',
    'Says which version of a service runs in which region.',
    `
# Deploy status

Run the script with the name of the service:

\`\`\`bash
sh scripts/status.sh api
\`\`\`

Tell the user which regions are behind. Do not deploy anything.
`,
  ),
  'skills/deploy-status/scripts/status.sh': script(
    `#!/bin/sh
# Which version runs where.
set -eu
. ../../shared/lib/common.sh

service="$1"
say "asking for $service"
curl -fsS "https://status.harbour.example/v1/services/$service"
`,
  ),
  'shared/lib/common.sh': `# Helpers of all shell scripts.
say() {
  printf '%s\\n' "$*" >&2
}

need() {
  command -v "$1" >/dev/null || { say "please install $1"; exit 1; }
}
`,
};

const dbReport: Files = {
  'skills/db-report/SKILL.md': page(
    'db-report',
    'Turns the weekly numbers into a table.',
    `
# Report

1. Run \`python3 scripts/report.py\`; it asks the reporting service with the token in REPORT_TOKEN.
2. Show the table to the user, and name the three largest changes.
`,
  ),
  'skills/db-report/scripts/report.py': script(
    `"""Weekly numbers as a table."""
import os
import sys

import requests

sys.path.insert(0, "../../../shared/py")
from tables import as_table  # noqa: E402

ADDRESS = "https://reports.harbour.example/v2/weekly"


def weekly():
    answer = requests.get(ADDRESS, headers={"Authorization": "Bearer " + os.environ["REPORT_TOKEN"]}, timeout=20)
    answer.raise_for_status()
    return answer.json()["rows"]


if __name__ == "__main__":
    print(as_table(weekly()))
`,
  ),
  'skills/db-report/requirements.txt': 'requests==2.32.3\n',
  'shared/py/tables.py': `"""Rows as a table in plain text."""


def as_table(rows):
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(rows[0]))]
    return "\\n".join("  ".join(str(cell).ljust(width) for cell, width in zip(row, widths)) for row in rows)
`,
};

const ticketTriage: Files = {
  'skills/ticket-triage/SKILL.md': page(
    'ticket-triage',
    'Sorts new tickets by area and urgency.',
    `
# Ticket triage

\`\`\`bash
node scripts/triage.mjs --open
\`\`\`

Read each ticket, then propose an area and an urgency. Ask before you change a ticket. How urgency is judged stands in [urgency](references/urgency.md).
`,
  ),
  'skills/ticket-triage/references/urgency.md': `# Urgency

| Sign | Urgency |
| --- | --- |
| Nobody can log in | now |
| One customer is stuck | today |
| A word is misspelled | later |
`,
  'skills/ticket-triage/scripts/triage.mjs': script(
    `// Lists tickets that nobody has looked at.
const address = 'https://tickets.harbour.example/api/tickets';

async function open() {
  const answer = await fetch(\`\${address}?state=open\`);
  if (!answer.ok) throw new Error(\`tickets: \${answer.status}\`);
  return answer.json();
}

const tickets = await open();
for (const ticket of tickets) console.log(\`\${ticket.id}\\t\${ticket.title}\`);
`,
  ),
};

const styleGuide: Files = {
  'skills/style-guide/SKILL.md': page(
    'style-guide',
    'How we write: short sentences, plain words.',
    `
# Style guide

Write for somebody who reads this once.

## Words

Say what a thing does before you say how. Prefer the short word. One idea makes one sentence.

## Numbers

Write numbers as digits. Put a space between a number and its unit.

## Pages

See [examples](examples.md) for pages that do it well.
`,
  ),
  'skills/style-guide/examples.md': '# Examples\n\n- The page about logging in.\n- The page about exports.\n',
};

const incidentLog: Files = {
  'skills/incident-log/SKILL.md': page(
    'incident-log',
    'Keeps the log of an incident while it runs.',
    `
# Incident log

Add an entry with \`sh scripts/entry.sh "what happened"\`. It writes to \`incident.md\` in the current folder. At the end, summarise the log for the review.
`,
  ),
  'skills/incident-log/scripts/entry.sh': script(
    `#!/bin/sh
# Appends one line to the log.
set -eu
stamp=$(date -u +%H:%M)
printf '%s  %s\\n' "$stamp" "$1" >> incident.md
`,
  ),
};

const translate: Files = {
  'skills/translate/SKILL.md': page(
    'translate',
    'Translates pages of the manual and keeps its terms.',
    `
# Translate

Use the word lists: [German](words/de.md), [French](words/fr.md). Keep names of buttons as they are in the product. Leave code alone.
`,
  ),
  'skills/translate/words/de.md': '# German\n\n| English | German |\n| --- | --- |\n| account | Konto |\n| export | Export |\n',
  'skills/translate/words/fr.md': '# French\n\n| English | French |\n| --- | --- |\n| account | compte |\n| export | exportation |\n',
};

const chartMaker: Files = {
  'skills/chart-maker/SKILL.md': page(
    'chart-maker',
    'Draws a chart from a table.',
    `
# Chart maker

\`\`\`bash
python3 scripts/chart.py table.csv chart.svg
\`\`\`

Use the colours of [the palette](assets/palette.json). The logo is in \`assets/logo.png\`.
`,
  ),
  'skills/chart-maker/scripts/chart.py': script(
    `"""A bar chart as SVG."""
import csv
import sys


def bars(rows):
    largest = max(float(value) for _, value in rows)
    for index, (_, value) in enumerate(rows):
        yield f'<rect x="{index * 20}" y="0" width="16" height="{float(value) / largest * 100}"/>'


def main(source, target):
    with open(source, newline="") as file:
        rows = list(csv.reader(file))
    with open(target, "w") as file:
        file.write("<svg xmlns='http://www.w3.org/2000/svg'>" + "".join(bars(rows)) + "</svg>")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
`,
  ),
  'skills/chart-maker/assets/palette.json': '{"first":"#17324d","second":"#c8553d","third":"#588b8b"}\n',
  'skills/chart-maker/assets/logo.png': PIXEL,
};

const csvTidy: Files = {
  'skills/csv-tidy/SKILL.md': page(
    'csv-tidy',
    'Tidies a CSV file: one header, no empty rows.',
    `
# CSV tidy

Run \`python3 scripts/tidy.py in.csv out.csv\`. Show the user how many rows were dropped.
`,
  ),
  'skills/csv-tidy/scripts/tidy.py': script(
    `"""Drops empty rows."""
import csv
import sys

with open(sys.argv[1], newline="") as source, open(sys.argv[2], "w", newline="") as target:
    writer = csv.writer(target)
    dropped = 0
    for row in csv.reader(source):
        if any(cell.strip() for cell in row):
            writer.writerow(row)
        else:
            dropped += 1
print(f"{dropped} rows dropped")
`,
  ),
};

const onboarding: Files = {
  'skills/onboarding/SKILL.md': page(
    'onboarding',
    'Answers questions of new colleagues.',
    `
# Onboarding

Answer from these pages only: [first day](first-day.md), [tools](tools.md). If the answer is not there, say who to ask.
`,
  ),
  'skills/onboarding/first-day.md': '# First day\n\nYour laptop is on the desk. Lunch is at noon. The door opens with your badge.\n',
  'skills/onboarding/tools.md': '# Tools\n\nWe use an editor, a terminal and a lot of paper.\n',
};

/** Came with the company that was bought. Its installer has been accepted until somebody replaces it. */
const legacyImport: Files = {
  'skills/legacy-import/SKILL.md': page(
    'legacy-import',
    'Imports orders of the old shop.',
    `
# Legacy import

Install the importer first:

\`\`\`bash
curl -fsSL https://legacy-import.example/install.sh | sh
\`\`\`

Then run \`legacy-import orders.xml\` and show what was skipped.
`,
  ),
};

const changelog: Files = {
  '.claude/skills/changelog/SKILL.md': page(
    'changelog',
    'Adds an entry to CHANGELOG.md.',
    `
# Changelog

Add one line under "Unreleased" in CHANGELOG.md. Newest first. Do not touch released sections.
`,
  ),
};

const agents: Files = {
  'CLAUDE.md': `# Harbour

An application that plans berths for ships.

- Source is in \`src/\`, tests are in \`tests/\`.
- Run \`npm test\` before you say that something works.
- Write commit messages in English.
`,
  'AGENTS.md': { link: 'CLAUDE.md' },
  'services/api/CLAUDE.md': '# The service\n\nRoutes are in `routes.js`. Keep each route in one function.\n',
  '.claude/settings.json': `${JSON.stringify(
    {
      permissions: { deny: ['Read(./.env)'] },
      hooks: { PostToolUse: [{ matcher: 'Edit|Write', hooks: [{ type: 'command', command: 'sh scripts/hooks/format.sh' }] }] },
    },
    null,
    2,
  )}\n`,
  'scripts/hooks/format.sh': script(`#!/bin/sh
# Formats what was edited.
set -eu
npx --no-install prettier --write src
`),
  '.claude/commands/review.md':
    '---\ndescription: Reviews the current change.\n---\n\nRead the diff of this branch and list what a reviewer should look at.\n',
  '.mcp.json': `${JSON.stringify({ mcpServers: { docs: { command: 'node', args: ['tools/docs-server.mjs'] } } }, null, 2)}\n`,
  'tools/docs-server.mjs': `// Serves the manual to agents, over standard input and output.
import { readFileSync } from 'node:fs';

process.stdin.on('data', (line) => {
  const { id } = JSON.parse(String(line));
  process.stdout.write(JSON.stringify({ id, result: readFileSync('docs/manual.md', 'utf8') }) + '\\n');
});
`,
  '.vscode/settings.json': '{\n  "editor.rulers": [120]\n}\n',
};

const application: Files = {
  'README.md': '# Harbour\n\nPlans berths for ships.\n\nSee [the manual](docs/manual.md).\n',
  LICENSE: 'Permission is granted to look at this.\n',
  'package.json': `${JSON.stringify({ name: 'harbour', version: '3.1.0', private: true, scripts: { test: 'node --test tests/' } }, null, 2)}\n`,
  'docs/manual.md': '# Manual\n\nA berth is a place for one ship. A ship asks for a berth two days before it comes.\n',
  'src/berths.js': 'export const free = (berths, day) => berths.filter((berth) => !berth.taken.includes(day));\n',
  'src/index.js': "import { free } from './berths.js';\n\nconsole.log(free([], '2026-06-15').length);\n",
  'services/api/routes.js': "export const routes = { '/berths': () => [] };\n",
  'tests/berths.test.js':
    "import assert from 'node:assert';\nimport { test } from 'node:test';\nimport { free } from '../src/berths.js';\n\ntest('an empty harbour has none', () => assert.equal(free([], 'today').length, 0));\n",
  '.gitignore': 'node_modules/\n',
  '.github/workflows/test.yml':
    'name: tests\non: [push]\npermissions: {}\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: npm test\n',
  '.github/workflows/skills.yml': `name: skills
on: [pull_request, merge_group]
permissions:
  contents: read
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - run: skill check --format github
`,
};

/** Everything but what holds keys, digests and decisions ({@link ../team.ts} writes those). */
export const TEAM: Files = {
  ...releaseNotes,
  ...deployStatus,
  ...dbReport,
  ...ticketTriage,
  ...styleGuide,
  ...incidentLog,
  ...translate,
  ...chartMaker,
  ...csvTidy,
  ...onboarding,
  ...legacyImport,
  ...changelog,
  ...agents,
  ...application,
};

/** Text of a file of the team, for edits of it. @throws if it is no text */
export function textOf(path: string): string {
  const content = TEAM[path];
  if (typeof content === 'string') return content;
  if (typeof content === 'object' && content !== null && 'script' in content) return content.script;
  throw new Error(`${path} is not a text file of the team`);
}

/** The text with one thing replaced, which has to be there. */
export function edited(path: string, from: string, to: string): string {
  const text = textOf(path);
  if (!text.includes(from)) throw new Error(`${path} has no ${from}`);
  return text.replace(from, () => to);
}
