/**
 * Makefile and justfile. Recipes are shell that runs when somebody makes the target; `$(shell …)`, `!=` and backticks run as soon as the file is read. Make's own expansions
 * (`$@`, `$(CC)`) become shell variables of the same length, so that places stay exact.
 */
import { type Language, type ReadContext, shifted } from '../contract.ts';

/** `$(NAME)` to `${NAME}`, `$$` to ` $`, automatic variables to names; length never changes. `$(shell …)` stays a substitution. */
function expand(recipe: string): string {
  let out = '';
  let at = 0;
  while (at < recipe.length) {
    const char = recipe[at]!;
    if (char === '$' && recipe[at + 1] === '$') {
      out += ' $';
      at += 2;
    } else if (char === '$' && (recipe[at + 1] === '(' || recipe[at + 1] === '{')) {
      const shell = /^\$[({]shell\s/.exec(recipe.slice(at, at + 10));
      const name = /^\$[({]([\w.-]{1,100})[)}]/.exec(recipe.slice(at, at + 110));
      if (name !== null) {
        out += `\${${name[1]!.replace(/[.-]/g, '_')}}`;
        at += name[0].length;
      } else if (shell !== null) {
        out += `$(${' '.repeat(shell[0].length - 2)}`;
        at += shell[0].length;
      } else {
        // Other functions: their result is unknown; their text is harmless as a variable name.
        const close = recipe.indexOf(recipe[at + 1] === '(' ? ')' : '}', at);
        const end = close < 0 ? recipe.length : close + 1;
        out += end - at >= 4 ? `\${${'F'.repeat(end - at - 3)}}` : ' '.repeat(end - at);
        at = end;
      }
    } else if (char === '$' && /[@<^+?*%|]/.test(recipe[at + 1] ?? '')) {
      out += '$A';
      at += 2;
    } else {
      out += char;
      at++;
    }
  }
  return out;
}

const SHELL_CALL = /\$[({]shell[ \t]{1,10}/;

interface Line {
  readonly start: number;
  readonly text: string;
}

function linesOf(source: string, ctx: ReadContext): Line[] {
  const out: Line[] = [];
  let at = 0;
  while (at < source.length) {
    ctx.step();
    let end = source.indexOf('\n', at);
    if (end < 0) end = source.length;
    while (end < source.length && source[end - 1] === '\\') {
      const next = source.indexOf('\n', end + 1);
      end = next < 0 ? source.length : next;
    }
    out.push({ start: at, text: source.slice(at, end) });
    at = end + 1;
  }
  return out;
}

/** Prefixes `@`, `-`, `+` of a recipe line; and, for just, `@`. */
const prefix = (text: string): number => /^[\t ]{0,40}[@+-]{0,3}[\t ]{0,20}/.exec(text)![0].length;

function recipe(ctx: ReadContext, lines: readonly Line[], target: string): void {
  const first = lines[0];
  const last = lines.at(-1);
  if (first === undefined || last === undefined) return;
  const start = first.start;
  const end = last.start + last.text.length;
  let text = '';
  for (const line of lines) {
    while (start + text.length < line.start) text += '\n';
    const skip = prefix(line.text);
    text += ' '.repeat(skip) + expand(line.text.slice(skip));
  }
  ctx.embed('shell', text, shifted(start, end), { role: 'config', reach: 'callable', note: `make ${target}`.slice(0, 80) });
}

const makefile: Language = {
  id: 'makefile',
  read(source, ctx) {
    const just = /(?:^|\/)\.?justfile$|\.just$/i.test(ctx.file.path) || ctx.unit.language === 'just';
    let body: Line[] = [];
    let target = '';
    const flush = (): void => {
      const shebang = just ? /^[\t ]{0,40}#!([^\n]{1,200})/.exec(body[0]?.text ?? '')?.[1] : undefined;
      if (shebang !== undefined && /python|node|perl|ruby|pwsh/.test(shebang)) {
        const from = body[0]!.start;
        const until = body.at(-1)!.start + body.at(-1)!.text.length;
        const indent = /^[\t ]{0,40}/.exec(body[0]!.text)![0];
        const pieces = [];
        let text = '';
        for (const line of body) {
          const skip = line.text.startsWith(indent) ? indent.length : 0;
          pieces.push({ at: text.length, outer: line.start + skip });
          text += `${line.text.slice(skip)}\n`;
        }
        ctx.embed(
          /python/.test(shebang)
            ? 'python'
            : /node/.test(shebang)
              ? 'javascript'
              : /perl/.test(shebang)
                ? 'perl'
                : /pwsh/.test(shebang)
                  ? 'powershell'
                  : 'ruby',
          text,
          { kind: 'pieces', start: from, end: until, pieces },
          { role: 'config', reach: 'callable', note: `just ${target}`.slice(0, 80) },
        );
      } else recipe(ctx, body, target);
      body = [];
    };
    let comments = '';
    let commentStart = -1;
    for (const line of linesOf(source, ctx)) {
      const { text } = line;
      if (/^(?:\t|[ ]{2,40}(?=\S))/.test(text) && target !== '') {
        body.push(line);
        continue;
      }
      if (text.trim() === '' && body.length > 0) continue;
      flush();
      if (/^[ \t]{0,40}#/.test(text)) {
        if (commentStart < 0) commentStart = line.start;
        comments = source.slice(commentStart, line.start + text.length);
        continue;
      }
      const rule = /^([^\s:=#][^:=#\n]{0,300}?)[ \t]{0,20}:{1,2}(?![=:])([^\n]{0,2000})/.exec(text);
      if (rule !== null) {
        target = rule[1]!.trim();
        const inline = rule[2]!.indexOf(';');
        if (!just && inline >= 0)
          body.push({
            start: line.start + rule[0].length - rule[2]!.length + inline + 1,
            text: text.slice(rule[0].length - rule[2]!.length + inline + 1),
          });
        continue;
      }
      target = '';
      // Assignments that run a command at once.
      const bang = /^[ \t]{0,20}[\w.-]{1,100}[ \t]{0,20}!=[ \t]{0,20}/.exec(text);
      if (bang !== null)
        ctx.embed('shell', expand(text.slice(bang[0].length)), shifted(line.start + bang[0].length, line.start + text.length), {
          role: 'config',
          reach: 'callable',
          note: 'runs when the makefile is read',
        });
      for (let at = text.search(SHELL_CALL); at >= 0 && at < text.length; ) {
        const from = at + SHELL_CALL.exec(text.slice(at, at + 20))![0].length;
        let depth = 1;
        let to = from;
        while (to < text.length && depth > 0) {
          if (text[to] === '(' || text[to] === '{') depth++;
          else if (text[to] === ')' || text[to] === '}') depth--;
          to++;
        }
        const inner = text.slice(from, depth === 0 ? to - 1 : to);
        ctx.embed('shell', expand(inner), shifted(line.start + from, line.start + from + inner.length), {
          role: 'config',
          reach: 'callable',
          note: 'runs when the makefile is read',
        });
        // Calls inside this one are read with it.
        const next = text.slice(to).search(SHELL_CALL);
        at = next < 0 ? -1 : to + next;
      }
      if (just)
        for (const match of text.matchAll(/`([^`\n]{1,2000})`/g))
          ctx.embed('shell', match[1]!, shifted(line.start + match.index + 1, line.start + match.index + 1 + match[1]!.length), {
            role: 'config',
            reach: 'callable',
            note: 'runs when the justfile is read',
          });
      const remote = /^[ \t]{0,20}-?(?:include|import\??|mod)[ \t]{1,10}["']?(https?:\/\/[^\s"']{1,500})/.exec(text);
      if (remote !== null)
        ctx.fact(line.start, line.start + text.length, {
          kind: 'install',
          manager: 'make',
          name: { kind: 'known', text: remote[1]! },
          pinned: false,
          from: 'url',
        });
    }
    flush();
    if (comments !== '') ctx.embed('prose', source, shifted(0, source.length), { role: 'comment' });
  },
};
export default makefile;
