/**
 * Jupyter notebooks (nbformat 3 and 4): each cell in the kernel's language, `%%bash` and its like in their own, `!command` lines as shell, Markdown cells as Markdown. Of outputs only
 * HTML and JavaScript count, since a viewer renders them. Cells share one kernel, so the code of all cells is also one program: it is read as one text with exact places.
 */
import type { Language } from '../contract.ts';
import { docOf, report } from '../data/doc.ts';
import { readStrings } from '../data/generic.ts';
import { scanJson } from '../data/json-scan.ts';
import { find, type Node, type TextNode, textAt, textsOf } from '../data/tree.ts';
import { glue, mapOfWeave, thread, type Weave, weave } from '../data/weave.ts';

const KERNELS: Readonly<Record<string, string>> = {
  python: 'python',
  python2: 'python',
  python3: 'python',
  ipython: 'python',
  javascript: 'javascript',
  typescript: 'javascript',
  deno: 'javascript',
  bash: 'shell',
  sh: 'shell',
  powershell: 'powershell',
  r: 'r',
  julia: 'julia',
  ruby: 'ruby',
  perl: 'perl',
};
const MAGICS: Readonly<Record<string, string>> = {
  bash: 'shell',
  sh: 'shell',
  script: 'shell',
  system: 'shell',
  sx: 'shell',
  html: 'html',
  HTML: 'html',
  svg: 'html',
  SVG: 'html',
  javascript: 'javascript',
  js: 'javascript',
  perl: 'perl',
  ruby: 'ruby',
  python: 'python',
  python2: 'python',
  python3: 'python',
  pypy: 'python',
  markdown: 'markdown',
  powershell: 'powershell',
  cmd: 'batch',
  R: 'r',
  time: 'python',
  timeit: 'python',
  capture: 'python',
  prun: 'python',
};

/** A cell's source: one string, or a list of lines that already end in line ends. */
const linesOf = (node: Node | undefined): TextNode[] => textsOf(node);

/** One text over the pieces of a cell. */
function join(source: string, lines: readonly TextNode[]): Weave {
  const out = weave();
  for (const line of lines) thread(out, source, line);
  return out;
}

/** The part of a woven text from `from` on, with its places. */
function cut(of: Weave, from: number, until = of.text.length): Weave {
  const pieces = of.pieces.flatMap((piece, index) => {
    const next = of.pieces[index + 1]?.at ?? of.text.length;
    if (next <= from || piece.at >= until) return [];
    const skipped = Math.max(0, from - piece.at);
    return [{ at: piece.at + skipped - from, outer: piece.outer + skipped }];
  });
  return { text: of.text.slice(from, until), pieces, start: of.start, end: of.end };
}

const notebook: Language = {
  id: 'notebook',
  read(source, ctx) {
    const doc = docOf(
      ctx,
      source,
      scanJson(source, () => ctx.step()),
      false,
    );
    const { root } = doc.tree;
    const cells = [...find(root, 'cells', '*'), ...find(root, 'worksheets', '*', 'cells', '*')];
    if (cells.length === 0) {
      readStrings(doc);
      return;
    }
    report(doc);
    const kernel =
      KERNELS[
        (
          textAt(root, 'metadata', 'language_info', 'name') ??
          textAt(root, 'metadata', 'kernelspec', 'language') ??
          textAt(root, 'metadata', 'kernelspec', 'name') ??
          'python'
        ).toLowerCase()
      ] ?? 'python';
    const program = weave();
    const embed = (language: string, part: Weave, note: string): void => {
      if (part.text.trim() !== '') ctx.embed(language, part.text, mapOfWeave(part), { role: 'cell', note });
    };
    cells.forEach((cell, index) => {
      ctx.step();
      const kind = textAt(cell, 'cell_type') ?? 'code';
      const lines = [...find(cell, 'source'), ...find(cell, 'input')].flatMap(linesOf);
      const whole = join(source, lines);
      if (kind === 'markdown' || kind === 'heading' || kind === 'raw') {
        embed('markdown', whole, `cell ${index + 1}`);
        return;
      }
      for (const data of [...find(cell, 'outputs', '*', 'data'), ...find(cell, 'outputs', '*')]) {
        for (const key of ['text/html', 'image/svg+xml', 'html', 'svg'])
          for (const node of find(data, key)) embed('html', join(source, linesOf(node)), `output of cell ${index + 1}`);
        for (const key of ['application/javascript', 'javascript'])
          for (const node of find(data, key)) embed('javascript', join(source, linesOf(node)), `output of cell ${index + 1}`);
      }
      const magic = /^\s{0,40}%%(\w{1,20})([^\n]{0,400})(?:\n|$)/.exec(whole.text);
      if (magic !== null) {
        const language =
          magic[1] === 'script'
            ? /python/.test(magic[2]!)
              ? 'python'
              : /node/.test(magic[2]!)
                ? 'javascript'
                : /perl/.test(magic[2]!)
                  ? 'perl'
                  : 'shell'
            : MAGICS[magic[1]!];
        if (language === 'python' && kernel === 'python') {
          code(cut(whole, magic[0].length), index);
        } else if (magic[1] === 'writefile' || magic[1] === 'file') {
          ctx.fact(whole.start, whole.end, {
            kind: 'write',
            path: { kind: 'known', text: magic[2]!.replace(/^\s{0,20}-a\s/, '').trim() },
            content: { kind: 'known', text: whole.text.slice(magic[0].length, magic[0].length + 20_000) },
          });
        } else embed(language ?? kernel, cut(whole, magic[0].length), `%%${magic[1]} cell ${index + 1}`);
        return;
      }
      code(whole, index);
    });
    embed(kernel, program, 'code cells');

    /** Code lines go to the program; lines that begin with `!` or a shell magic are shell of their own. Empty lines stand for them. */
    function code(whole: Weave, index: number): void {
      let at = 0;
      while (at < whole.text.length) {
        let end = whole.text.indexOf('\n', at);
        if (end < 0) end = whole.text.length;
        const line = whole.text.slice(at, end);
        const bang = kernel === 'python' ? /^(\s{0,80}(?:[\w, ]{1,100}=\s{0,10})?(?:!{1,2}|%(?:system|sx|sc|bash|sh)\s))/.exec(line) : null;
        const magic = kernel === 'python' ? /^\s{0,80}%(?:(pip|conda|mamba|uv)\b)?/.exec(line) : null;
        if (bang !== null) {
          // A backslash continues the command on the next line.
          while (end < whole.text.length && whole.text[end - 1] === '\\') {
            const next = whole.text.indexOf('\n', end + 1);
            end = next < 0 ? whole.text.length : next;
          }
          embed('shell', cut(whole, at + bang[0].length, end), `! in cell ${index + 1}`);
        } else if (magic !== null && magic[1] !== undefined)
          embed('shell', cut(whole, at + line.indexOf('%') + 1, end), `%${magic[1]} in cell ${index + 1}`);
        else if (magic === null) append(program, cut(whole, at, end));
        glue(program, '\n');
        at = end + 1;
      }
    }
  },
};

function append(to: Weave, part: Weave): void {
  const base = to.text.length;
  for (const piece of part.pieces) to.pieces.push({ at: base + piece.at, outer: piece.outer });
  to.text += part.text;
  to.start = Math.min(to.start, part.start);
  to.end = Math.max(to.end, part.end);
}

export default notebook;
