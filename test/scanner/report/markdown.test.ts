import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { describe, expect, it } from 'vitest';
import { render } from '../../../scanner/report/index.ts';
import { attacks, block, finding, hostile, incomplete, pass, review } from './sample.ts';

interface Node {
  readonly type: string;
  readonly value?: string;
  readonly children?: readonly Node[];
}

/** Every node of the text as GitHub's dialect reads it. */
function nodes(text: string): Node[] {
  const out: Node[] = [];
  const walk = (node: Node): void => {
    out.push(node);
    for (const child of node.children ?? []) walk(child);
  };
  walk(unified().use(remarkParse).use(remarkGfm).parse(text) as unknown as Node);
  return out;
}

const failures = [{ name: attacks, kind: 'unread' as const, says: attacks }];

describe('markdown', () => {
  it('has verdict, findings, abilities and gaps', async () => {
    const text = await render('markdown', [block]);
    expect(text.split('\n').slice(0, 4)).toEqual([
      '### skillward: `rail-planner` blocked',
      '',
      '> [!CAUTION]',
      '> `2 reasons to block under policy balanced`',
    ]);
    for (const words of [
      '#### EXE-002 remote-code',
      '**Fix:**',
      '| talks to | `collect.example (POST)`',
      '**Changed since** `rail-planner@1.0.0`',
      'Seen through `base64` → `bash -c`',
      '**Not read completely**',
    ])
      expect(text).toContain(words);
  });

  it('gives hostile text no link, image, mention, HTML, heading or row of its own', async () => {
    const calm = nodes(await render('markdown', [block]));
    for (const text of [
      await render('markdown', [hostile]),
      await render('markdown', [hostile, pass, review, incomplete], {
        failures,
        targets: Array.from({ length: 4 }, () => ({ name: attacks, root: '' })),
      }),
    ]) {
      const all = nodes(text);
      const types = new Set(all.map((node) => node.type));
      for (const type of ['link', 'linkReference', 'definition', 'image', 'imageReference', 'footnoteReference']) expect(types).not.toContain(type);
      const known = new Set(calm.filter((node) => node.type === 'html').map((node) => node.value!));
      for (const node of all) {
        if (node.type === 'html') expect(known).toContain(node.value);
        if (node.type === 'text') expect(node.value).not.toMatch(/@octocat|#1\b|evil|<|forged/);
      }
      for (const row of all.filter((node) => node.type === 'tableRow')) expect([2, 3]).toContain(row.children!.length);
    }
    expect(nodes(await render('markdown', [hostile])).filter((node) => node.type === 'heading')).toHaveLength(
      calm.filter((node) => node.type === 'heading').length,
    );
  });

  it('fits into a comment and says what it left out', async () => {
    const many = {
      ...block,
      findings: Array.from({ length: 400 }, (_one, index) =>
        finding({ id: `EXE-002-${String(index).padStart(16, '0')}`, says: `runs code ${index}` }),
      ),
    };
    const text = await render('markdown', [many]);
    expect(text.length).toBeLessThan(65_536);
    expect(text).toMatch(/\d+ more findings left out/);
    const skills = await render(
      'markdown',
      Array.from({ length: 3_000 }, () => block),
    );
    expect(skills.length).toBeLessThan(65_536);
    expect(skills).toMatch(/\d+ more skills left out/);
  });
});
