import { describe, expect, it } from 'vitest';
import { withDeadline } from '../../../scanner/deadline.ts';
import { loadGrammar, TrapError } from '../../../scanner/languages/grammar.ts';
import { readAll } from './python-helper.ts';

const none = (): void => {};

describe('grammars', () => {
  it('gives plain nodes with offsets in UTF-16 units', async () => {
    const { root, errors } = (await loadGrammar('python')).parse('x = "😀"; y', none);
    expect(errors).toEqual([]);
    expect([root.start, root.end]).toEqual([0, 11]);
    expect(root.children.map((node) => [node.type, node.start, node.end])).toEqual([
      ['expression_statement', 0, 8],
      [';', 8, 9],
      ['expression_statement', 10, 11],
    ]);
    expect(structuredClone(root)).toEqual(root);
  });

  it('starts afresh after a trap, for the grammar that trapped and for the others', async () => {
    const go = await loadGrammar('go');
    const python = await loadGrammar('python');
    for (let turn = 0; turn < 2; turn++) {
      expect(() => go.parse('{['.repeat(5_000), none)).toThrow(TrapError);
      expect(python.parse('x = 1', none).errors).toEqual([]);
      expect(() => go.parse('{['.repeat(5_000), none)).toThrow(TrapError);
      expect(go.parse('package main\nfunc main() {}', none).errors).toEqual([]);
    }
  });

  it('says that it crashed and reads the next file', async () => {
    const seen = await readAll({ 'a.go': '{['.repeat(5_000), 'b.go': 'package main\nimport "os"\nfunc main() { os.RemoveAll("/") }' });
    expect(seen.of('opaque').map((fact) => [fact.why, fact.incomplete])).toEqual([['crash', true]]);
    expect(seen.of('delete')).toHaveLength(1);
  });

  it('starts afresh after a spent budget', async () => {
    const python = await loadGrammar('python');
    expect(() =>
      python.parse('a = 1\n'.repeat(3_000), () => {
        throw new Error('spent');
      }),
    ).toThrow('spent');
    expect(python.parse('x = 1', none).root.children).toHaveLength(1);
  });

  it('starts afresh after the deadline stopped it in the middle', async () => {
    const python = await loadGrammar('python');
    const text = 'x = [f(a, b) for a in c if d]\n'.repeat(60_000);
    expect(withDeadline(5, () => void python.parse(text, none))).toBe('time');
    expect(python.parse('x = 1', none).errors).toEqual([]);
  });

  it('bounds depth', async () => {
    const { cut } = (await loadGrammar('python')).parse(`${'a+'.repeat(30_000)}a`, none);
    expect(cut).toBe(true);
  });
});
