/** The outputs of a check: what a person reads first, nothing at all when there is nothing to tell, and hostile text that stays text in every format. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Root, RootContent } from 'mdast';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { describe, expect, it } from 'vitest';
import type { CheckRenderOptions } from '../../cli/check/report/common.ts';
import { checkFormats, renderCheck } from '../../cli/check/report/index.ts';
import { MARKER, prose, settledComment } from '../../cli/check/report/markdown.ts';
import { slimReport } from '../../cli/check/report/slim.ts';
import { rules } from '../../scanner/index.ts';
import { root } from '../cli/built.ts';
import * as sample from './sample.ts';

const links = { style: 'github', server: 'https://github.example', repository: 'acme/skills', sha: sample.HEAD } as const;
const markdown = (report: typeof sample.full, options: CheckRenderOptions = {}) => renderCheck('markdown', report, { links, ...options });

type Node = Root | RootContent;
function* nodes(node: Node): Generator<Node> {
  yield node;
  if ('children' in node) for (const child of node.children) yield* nodes(child);
}
const tree = (text: string): Root => unified().use(remarkParse).use(remarkGfm).parse(text);

describe('nothing to tell', () => {
  it('is nothing at all for people and an empty document for programs', async () => {
    for (const format of ['terminal', 'markdown', 'line', 'github'] as const) expect(await renderCheck(format, sample.silent), format).toBe('');
    expect(JSON.parse(await renderCheck('gitlab', sample.silent))).toEqual([]);
    expect(JSON.parse(await renderCheck('rdjson', sample.silent))).toMatchObject({ diagnostics: [] });
    expect(JSON.parse(await renderCheck('sarif', sample.silent)).runs[0].results).toEqual([]);
    expect(await renderCheck('terminal', sample.silent, { verbose: true })).toMatch(/^PASS nothing to report\n/);
    expect(settledComment(sample.silent).split('\n').length).toBeLessThan(4);
  });
});

describe('terminal', () => {
  it('says the verdict, the abilities, the findings and what to do next, in this order', async () => {
    const text = await renderCheck('terminal', sample.full, { columns: 110 });
    const order = [
      'BLOCK 1 finding to block',
      'What it can do now',
      '+ talks to cdn-7731.example',
      'needs approval',
      '- reads ~/.ssh',
      'Why it is stopped',
      'EXE-002',
      'skills/notes/SKILL.md:9',
      'What could not be read',
      'vendor/lib',
      'What a person should look at',
      'PRO-003',
      'by nobody we can name',
      'our own mirror',
      'skill accept skills/notes --block',
    ];
    let at = -1;
    for (const part of order) {
      const next = text.indexOf(part, at + 1);
      expect(next, part).toBeGreaterThan(at);
      at = next;
    }
    // An approval by ability needs no frame of its own: its row has it all.
    expect(text).not.toContain('CAP-004');
    expect(text).not.toContain('NET-001');
    expect(await renderCheck('terminal', sample.full, { verbose: true })).toContain('NET-001');
    expect(await renderCheck('terminal', sample.full, { quiet: true })).toBe('BLOCK 1 finding to block, 1 new ability that nobody approved\n');
  });

  it('says the same without colour', async () => {
    const coloured = await renderCheck('terminal', sample.full, { color: true });
    expect(coloured).toContain('\x1b[');
    expect(coloured.replace(/\x1b\[[0-9;]*m/g, '').replace(/^ (\w+) +/gm, '$1 ')).toContain(
      (await renderCheck('terminal', sample.full)).split('\n').slice(3, 6).join('\n'),
    );
  });

  it.each(sample.hostileTexts)('keeps %j from being a command or a control', async (text) => {
    for (const lead of ['', ' ', '\t', 'a '.repeat(60)]) {
      const out = await renderCheck('terminal', sample.hostile(lead + text), { verbose: true, columns: 60 });
      expect(out).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202e\u2066]/);
      for (const line of out.split('\n')) {
        expect(line.trimStart().startsWith('::'), line).toBe(false);
        expect(line).not.toMatch(/##(?:\[|vso\[)/);
      }
    }
  });
});

describe('comment', () => {
  it('is read in ten seconds: verdict, table, findings folded, how to approve', async () => {
    const text = await markdown(sample.full);
    expect(text.startsWith(`${MARKER}\n### skillward: blocked\n`)).toBe(true);
    expect(text).toContain(`[\`skills/notes/SKILL.md:9\`](https://github.example/acme/skills/blob/${sample.HEAD}/skills/notes/SKILL.md?plain=1#L9)`);
    expect(text).toContain('| **+** new | `skills/notes` | talks to `cdn-7731.example` `POST` |');
    expect(text).toContain('**needs approval**');
    expect(text).toContain("skill accept skills/notes --block --reason 'why this is wanted' --expires 90d --sign");
    expect(text).toMatch(/`kim@acme\.example` is said to accept .* Nobody signed that/);
    const json = /```json\n([\s\S]*?)\n```/.exec(text)![1]!;
    expect(JSON.parse(json)[0]).toMatchObject({ path: 'skills/notes', accepts: sample.full.wanted[0]!.accepts });
    // Every fold is closed, and what is seen at first is short.
    expect(text.match(/<details>/g)!.length).toBe(text.match(/<\/details>/g)!.length);
    expect(text.replace(/<details>[\s\S]*?<\/details>/g, '').length).toBeLessThan(3_500);
  });

  it.each(sample.hostileTexts)('shows %j as text only', async (text) => {
    for (const given of [text, `a ${text}`, `${text}\``, `\\${text}`, `${text} ${sample.hostileTexts.join(' ')}`]) {
      const out = await markdown(sample.hostile(given));
      const ours = /^(?:<details><summary>[A-Za-z0-9 ,.-]+<\/summary>|<\/details>|<!-- skillward:check -->|<\/?sub>)$/;
      for (const node of nodes(tree(out))) {
        if (node.type === 'html') expect(node.value.trim(), out).toMatch(ours);
        if (node.type === 'link')
          expect(node.url).toMatch(/^https:\/\/github\.example\/acme\/skills\/blob\/[0-9a-f]{40}\/[A-Za-z0-9%._/-]+\?plain=1#L\d+(?:-L\d+)?$/);
        expect(['image', 'imageReference', 'linkReference', 'definition', 'footnoteReference', 'footnoteDefinition']).not.toContain(node.type);
        // Outside of code nothing mentions, refers or links.
        if (node.type === 'text') expect(node.value).not.toMatch(/@|#\d|:\/\/|www\.|!\d|~label|\x1b/);
        if (node.type === 'heading')
          expect([
            'skillward: blocked',
            'Why it is stopped',
            'For the reviewer: approved in this change, by nobody we can name',
            'Approvals that do not count',
            'If this is wanted',
          ]).toContain(node.children.map((child) => ('value' in child ? child.value : '')).join(''));
        if (node.type === 'tableRow') expect(node.children.length).toBe(5);
      }
      expect([...nodes(tree(out))].filter((node) => node.type === 'html' && node.value.includes(MARKER))).toHaveLength(1);
    }
  });

  it('lets plain sentences be plain and puts the rest into code', () => {
    expect(prose('Ship the code with the skill, or pin it by digest.')).toBe('Ship the code with the skill, or pin it by digest.');
    for (const text of [
      'ask @acme',
      'see #12',
      'GH-12',
      'https://x.example',
      'www.x.example',
      'commit deadbeef01',
      'a_b_c',
      '*x*',
      'x:smile:',
      ':smile: x',
      '- x',
      '100%',
      'a\nb',
      ' x',
    ])
      expect(prose(text).startsWith('`'), text).toBe(true);
  });

  it('counts what it leaves out of 5,000 findings, and stays below what GitHub takes', async () => {
    const many = sample.report({
      skills: [
        sample.skill({
          issues: Array.from({ length: 5_000 }, (_none, index) =>
            sample.issue({
              id: `EXE-002-${index.toString(16).padStart(16, '0')}`,
              evidence: `e${index}`,
              place: { path: `skills/notes/f${index}.sh`, line: 1, column: 1, endLine: 1, endColumn: 2 },
            }),
          ),
        }),
      ],
      wanted: Array.from({ length: 300 }, (_none, index) => ({
        path: `skills/s${index}`,
        tree: 'x',
        accepts: [{ rule: 'EXE-002', evidence: 'e'.repeat(200), reach: 'callable' as const }],
      })),
      approvals: Array.from({ length: 300 }, () => sample.belief({ standing: 'unsigned', approval: { reason: 'r'.repeat(500) } })),
    });
    const text = await markdown(many, { whole: 'the summary of the run', run: 'https://github.example/acme/skills/actions/runs/1' });
    expect(text.length).toBeLessThan(60_000);
    const shown = text.match(/^- \*\*EXE-002\*\*/gm)!.length;
    expect(shown).toBeGreaterThan(20);
    expect(text).toContain(`_${5_000 - shown} more findings: see [the summary of the run](https://github.example/acme/skills/actions/runs/1)._`);
    expect(text).toMatch(/_\d+ more approvals: see/);
    expect(text).toContain('skill accept --all');
    expect(text.match(/<details>/g)!.length).toBe(text.match(/<\/details>/g)!.length);
    expect(await renderCheck('terminal', many)).toMatch(/and 4920 more; --format json has all/);
    // Any room at all is kept to.
    for (const most of [3_000, 10_000, 30_000]) expect((await markdown(many, { most })).length).toBeLessThan(most);
  });

  it('offers no shell line that is not exactly what it shows', async () => {
    const wanted = (path: string) => markdown(sample.report({ wanted: [{ path, tree: 'x', accepts: [] }] }));
    expect(await wanted("skills/o'brien; rm -rf ~")).toContain("skill accept 'skills/o'\\''brien; rm -rf ~' --reason");
    expect(await wanted('-x')).toMatch(/skill accept '?\.\/'?-x'? --reason/);
    expect(await wanted('skills/\u202egnp')).toContain('skill accept --all --reason');
  });
});

describe('annotations', () => {
  it('shows ten of a kind, the worst first, and counts the rest', async () => {
    const issues = Array.from({ length: 30 }, (_none, index) =>
      sample.issue({
        id: `EXE-002-${index.toString(16).padStart(16, '0')}`,
        gate: index % 2 === 0 ? 'block' : 'review',
        severity: index === 28 ? 'critical' : 'medium',
        place: { path: `f${String(index).padStart(2, '0')}`, line: 3, column: 2, endLine: 3, endColumn: 9 },
      }),
    );
    const lines = (await renderCheck('github', sample.report({ skills: [sample.skill({ issues })] }))).trimEnd().split('\n');
    expect(lines.filter((line) => line.startsWith('::error '))).toHaveLength(10);
    expect(lines.filter((line) => line.startsWith('::warning '))).toHaveLength(10);
    expect(lines[0]).toMatch(/^::error file=f28,line=3,endLine=3,col=2,endColumn=9,title=/);
    expect(lines.at(-1)).toBe('::notice title=skillward::10 more issues in the job summary.');
  });

  it.each(sample.hostileTexts)('does not let %j end its command', async (text) => {
    const out = await renderCheck('github', sample.hostile(text));
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      expect(line).toMatch(/^::(?:error|warning) (?:file=[^,:]*,)?line=\d+,endLine=\d+(?:,col=\d+)?(?:,endColumn=\d+)?,title=[^,:]*::[^\r\n]*$/);
      expect(line).not.toMatch(/[\x00-\x1f\x7f\u202e]/);
    }
  });
});

describe('for programs', () => {
  it('writes one line an issue, which reviewdog and editors take apart', async () => {
    const lines = (await renderCheck('line', sample.full)).trimEnd().split('\n');
    expect(lines[0]).toBe('skills/notes/SKILL.md:9:1: error: EXE-002 runs code fetched from cdn-7731.example [EXE-002-0123456789abcdef]');
    for (const line of lines) expect(line).toMatch(/^[^:]+:\d+:\d+: (?:error|warning): /);
    for (const text of sample.hostileTexts)
      for (const line of (await renderCheck('line', sample.hostile(text))).trimEnd().split('\n'))
        expect(line).toMatch(/^[^:\x00-\x1f]+:\d+:\d+: (?:error|warning): [^\x00-\x1f]*$/);
  });

  it('writes GitLab code quality in which every fingerprint is another', async () => {
    const twice = sample.report({
      skills: [
        sample.skill({ issues: [sample.issue(), sample.issue()] }),
        sample.skill({
          path: 'skills/copy',
          issues: [sample.issue({ place: { path: 'skills/copy/SKILL.md', line: 1, column: 1, endLine: 1, endColumn: 1 } })],
        }),
      ],
    });
    const list = JSON.parse(await renderCheck('gitlab', twice)) as {
      fingerprint: string;
      severity: string;
      location: { path: string; lines: { begin: number } };
    }[];
    expect(new Set(list.map((one) => one.fingerprint)).size).toBe(3);
    expect(list[0]).toMatchObject({ severity: 'blocker', check_name: 'EXE-002', location: { path: 'skills/copy/SKILL.md', lines: { begin: 1 } } });
    expect(await renderCheck('gitlab', twice)).toBe(await renderCheck('gitlab', twice));
  });

  it('writes JSON that its schema accepts, slim or whole, and the schema refuses what is none', async () => {
    const valid = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true }).compile(
      JSON.parse(readFileSync(join(root, 'cli/check/schema.json'), 'utf8')),
    );
    for (const report of [sample.full, sample.silent, slimReport(sample.full)]) {
      valid(JSON.parse(await renderCheck('json', report)));
      expect(valid.errors ?? []).toEqual([]);
    }
    expect(valid({ ...sample.full, extra: 1 })).toBe(false);
    for (const text of sample.hostileTexts) expect(valid(sample.hostile(text)), text).toBe(false);
  });

  it('writes SARIF of what counts, at paths of the repository, with traces', async () => {
    const log = JSON.parse(await renderCheck('sarif', sample.full, { rules }));
    const [run] = log.runs;
    expect(run.results.map((one: { ruleId: string }) => one.ruleId)).toEqual(['EXE-002', 'check/submodule', 'CAP-004', 'PRO-003']);
    const [first] = run.results;
    expect(first.locations[0].physicalLocation.artifactLocation.uri).toBe('skills/notes/SKILL.md');
    expect(first.codeFlows[0].threadFlows[0].locations).toHaveLength(2);
    expect(run.invocations[0]).toMatchObject({ exitCode: 1, executionSuccessful: true });
    expect(run.results[3].locations[0].physicalLocation.artifactLocation.uri).toBe("skills/o'brien%20notes/SKILL.md");
  });

  it('writes the same bytes twice, in every format', async () => {
    for (const format of checkFormats) expect(await renderCheck(format, sample.full), format).toBe(await renderCheck(format, sample.full));
  });
});
