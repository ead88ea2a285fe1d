/** Go: from source to facts, by the compact walker. Covers programs that `go run` starts: commands, requests, files, environment, encodings. Spec: Go 1.26; standard library. */

import { unescape as unescapeText } from '../../decode/codecs.ts';
import type { Language, ReadContext } from '../contract.ts';
import { child, type Grammar, loadGrammar, type Syntax } from '../grammar.ts';
import { joinText, pieces, strOf, textAbs } from '../python/abstract.ts';
import { readEnv } from '../python/effects.ts';
import { state } from '../python/machine.ts';
import { joinPath } from '../python/operators.ts';
import { runWalker } from './run.ts';
import { CODERS, ROWS } from './tables.ts';
import { type Dialect, text, type Walker } from './walker.ts';

let grammar: Grammar | undefined;

const dialect: Dialect = {
  id: 'go',
  rows: ROWS,
  coders: CODERS,
  plus: '+',
  evals: 'go',
  unescape: unescapeText,
  // `&http.Client{}` and `http.DefaultClient` are clients.
  canonical: (ref) =>
    ref
      .replace(/^&/, '')
      .replace(/^http\.(?:Client\{\}|DefaultClient)\./, 'http.')
      .replace(/^os\/exec\./, 'exec.')
      .replace(/^exec\.CommandContext$/, 'exec.CommandContext'),
  name: () => undefined,
  fold: (ref, call) => {
    switch (ref) {
      case 'filepath.Join':
      case 'path.Join':
        return call.args.length > 0 ? joinPath(call.args) : undefined;
      case 'os.UserHomeDir':
        return textAbs('~');
      case 'os.TempDir':
        return textAbs('/tmp');
      case 'fmt.Sprintf': {
        const format = strOf(call.args[0]);
        if (format === undefined) return undefined;
        const out: Parameters<typeof joinText>[0][number][] = [];
        let next = 1;
        let from = 0;
        for (const match of format.matchAll(/%[-+# 0]{0,4}\d{0,4}(?:\.\d{0,4})?([a-zA-Z%])/g)) {
          out.push(format.slice(from, match.index));
          from = match.index + match[0].length;
          if (match[1] === '%') out.push('%');
          else out.push(...pieces(call.args[next++] ?? { value: { kind: 'unknown' } }));
        }
        out.push(format.slice(from));
        return { value: joinText(out) };
      }
      case 'strings.Join': {
        const items = call.args[0]?.list;
        const separator = strOf(call.args[1]);
        return items === undefined || items.open || separator === undefined
          ? undefined
          : { value: joinText(items.items.flatMap((item, index) => (index === 0 ? pieces(item) : [separator, ...pieces(item)]))) };
      }
      case 'strings.Replace':
      case 'strings.ReplaceAll': {
        const [body, from, to] = call.args.map((arg) => strOf(arg));
        return body === undefined || from === undefined || to === undefined || from === '' ? undefined : textAbs(body.replaceAll(from, () => to));
      }
      case 'string':
      case 'bytes.NewReader':
      case 'strings.NewReader':
      case 'bytes.NewBuffer':
      case 'bytes.NewBufferString':
      case 'strings.TrimSpace':
        return call.args[0] === undefined ? undefined : { ...call.args[0], ref: undefined };
      default:
        return undefined;
    }
  },
  special: (w, node, ref, call) => {
    const { m } = w;
    // A command whose streams are a connection is a shell for somebody else.
    if (/^exec\.Command(?:Context)?\(\)\.(?:Stdin|Stdout|Stderr)=$/.test(ref)) {
      const made = call.recv?.made;
      const value = call.args[0];
      if (value?.ref?.startsWith('net.Dial') || value?.ref?.startsWith('net.Listen') || value?.ref?.startsWith('tls.Dial')) {
        const program = made?.args[0];
        state(m, node, {
          kind: 'exec',
          how: 'process',
          program: program?.value ?? { kind: 'unknown' },
          argv: (made?.args ?? []).slice(1).map((arg) => arg.value),
          socket: true,
          ins: value.cell ? [{ cell: value.cell, role: 'stdin' }] : [],
        });
      }
      return undefined;
    }
    if (ref === 'os.Getenv' || ref === 'os.LookupEnv' || ref === 'syscall.Getenv') return readEnv(m, node, call.args[0], undefined);
    return undefined;
  },
};

/** `import h "net/http"`: names by which packages are known here, to their last path segment. */
function imports(w: Walker, root: Syntax): void {
  const stack: Syntax[] = root.children.filter((each) => each.type === 'import_declaration').reverse();
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.type === 'import_spec') {
      const path = text(w, child(node, 'path')).replace(/^["`]|["`]$/g, '');
      const last = path.slice(path.lastIndexOf('/') + 1);
      const alias = child(node, 'name');
      const package_ = path === 'crypto/rand' ? 'crypto/rand' : last;
      w.imports.set(alias === undefined ? last : text(w, alias), package_);
    } else stack.push(...node.children);
  }
}

function read(source: string, ctx: ReadContext): void {
  if (grammar === undefined) throw new Error('the Go grammar is not loaded');
  runWalker(source, ctx, grammar, dialect, 'Go', (w, root) => {
    imports(w, root);
    // Files of one folder are one package.
    const folder = ctx.file.path.includes('/') ? ctx.file.path.slice(0, ctx.file.path.lastIndexOf('/') + 1) : '';
    if (ctx.unit.role === 'file')
      for (const path of [...ctx.paths].sort())
        if (path.endsWith('.go') && path !== ctx.file.path && path.startsWith(folder) && !path.slice(folder.length).includes('/'))
          w.others.push(path.slice(0, -3));
  });
}

const go: Language = { id: 'go', read };
export async function load(): Promise<Language> {
  grammar = await loadGrammar('go');
  return go;
}
export default go;
