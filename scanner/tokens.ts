/**
 * A small reader of pieces of source for comparison only: tokens without layout, comments and the kind of quotes, and which of them are names that an author may change without changing anything. It never decides what code does;
 * where it is unsure a word is no variable, so that two texts count as different. One pass, linear in the text.
 */

/** First character says what it is: `v` a variable, `w` any other word, `s` text of a string, `p` punctuation. */
export type Token = string;

export type Family = 'shell' | 'code' | 'prose' | 'raw';

const SHELL = new Set(['shell', 'makefile', 'dockerfile']);
const CODE = new Set([
  'python',
  'javascript',
  'ruby',
  'go',
  'php',
  'perl',
  'powershell',
  'lua',
  'rust',
  'java',
  'csharp',
  'c',
  'kotlin',
  'swift',
  'r',
]);
const PROSE = new Set(['markdown', 'prose', 'text', 'html']);
export const familyOf = (language: string): Family =>
  SHELL.has(language) ? 'shell' : CODE.has(language) ? 'code' : PROSE.has(language) ? 'prose' : 'raw';

const WORD = /[\p{L}\p{N}_$]+/uy;
const SHELL_WORD = /[^\s'"`$;&|<>(){}#=\\]+/y;
const NAME = /[A-Za-z_]\w*/y;

const at = (pattern: RegExp, text: string, from: number): string => {
  pattern.lastIndex = from;
  return pattern.exec(text)?.[0] ?? '';
};

/** Words that are no variable in any of the languages. */
const KEYWORDS = new Set(
  (
    'and as assert async await break case catch class const continue def default del do elif else end except export extends False false finally for foreach from func function global if implements import in ' +
    'instanceof interface is lambda let local match module my new nil None nonlocal not null of or our package pass print private protected public raise range require rescue return self static struct super switch ' +
    'then this throw True true try type typeof undefined unless until use var void when while with yield'
  ).split(' '),
);

/** @param language as readers name it */
export function tokensOf(text: string, language: string): Token[] {
  const family = familyOf(language);
  if (family === 'prose') return proseTokens(text);
  if (family === 'shell') return shellTokens(text);
  if (family === 'code') return codeTokens(text, language);
  return text.split(/\s+/).flatMap((word) => (word === '' ? [] : [`w${word}`]));
}

function proseTokens(text: string): Token[] {
  return text
    .replace(/[\u2018\u2019\u201c\u201d"`]/g, "'")
    .replace(/[*_#>]/g, ' ')
    .toLowerCase()
    .split(/\s+/)
    .flatMap((word) => (word === '' || word === '-' || word === '+' ? [] : [`w${word}`]));
}

function shellTokens(text: string): Token[] {
  const out: Token[] = [];
  let index = 0;
  /** Nothing stands between this and the token before: `a"b"` is one word, `a "b"` two. */
  let joined = false;
  let quoted = false;
  let afterFor = false;
  const push = (token: Token): void => {
    if (!joined) out.push('p ');
    out.push(token);
    joined = true;
  };
  while (index < text.length) {
    const char = text[index]!;
    if (char === '"') {
      quoted = !quoted;
      if (!joined) out.push('p ');
      joined = true;
      index += 1;
      continue;
    }
    if (char === '$') {
      const brace = text[index + 1] === '{';
      const name = at(NAME, text, index + (brace ? 2 : 1));
      if (name !== '') {
        index += name.length + (brace ? 2 : 1);
        const plain = brace && text[index] === '}';
        push(`v${name}`);
        if (plain) index += 1;
        else if (brace) push('p{');
        continue;
      }
      push('p$');
      index += 1;
      continue;
    }
    if (char === '\\' && index + 1 < text.length) {
      // A line that goes on is one line.
      if (text[index + 1] === '\n' || text.startsWith('\r\n', index + 1)) joined = false;
      else push(`s${text[index + 1]}`);
      index += text.startsWith('\r\n', index + 1) ? 3 : 2;
      continue;
    }
    if (quoted) {
      let end = index;
      while (end < text.length && !'"$\\'.includes(text[end]!)) end += 1;
      push(`s${text.slice(index, end)}`);
      index = end;
      continue;
    }
    if (char === "'") {
      const end = text.indexOf("'", index + 1);
      push(`s${text.slice(index + 1, end < 0 ? text.length : end)}`);
      index = end < 0 ? text.length : end + 1;
      continue;
    }
    if (/\s/.test(char)) {
      if (char === '\n' && out.length > 0 && out.at(-1) !== 'p;') out.push('p;');
      joined = false;
      index += 1;
      continue;
    }
    if (char === '#' && !joined) {
      const end = text.indexOf('\n', index);
      index = end < 0 ? text.length : end;
      continue;
    }
    const word = at(SHELL_WORD, text, index);
    if (word === '') {
      if (char === ';' && out.at(-1) === 'p;') {
        index += 1;
        continue;
      }
      push(`p${char}`);
      index += 1;
      if (';&|(){}'.includes(char)) joined = false;
      continue;
    }
    index += word.length;
    const assigned = text[index] === '=' && /^[A-Za-z_]\w*$/.test(word) && !joined;
    push(`${assigned || afterFor ? 'v' : 's'}${word}`);
    afterFor = word === 'for' || word === 'read';
  }
  // Where a word ends is layout; that it ends is not.
  return merge(out);
}

/** Neighbouring string parts are one: `a'b'` and `"ab"` say the same. */
function merge(tokens: readonly Token[]): Token[] {
  const out: Token[] = [];
  for (const token of tokens) {
    const last = out.at(-1);
    if (token.startsWith('s') && last?.startsWith('s')) out[out.length - 1] = last + token.slice(1);
    else if (!(token === 'p ' && (last === undefined || last === 'p '))) out.push(token);
  }
  while (out.at(-1) === 'p;' || out.at(-1) === 'p ') out.pop();
  return out;
}

const HASH_COMMENTS = new Set(['python', 'ruby', 'perl', 'powershell', 'r', 'php']);
const SLASH_COMMENTS = new Set(['javascript', 'go', 'php', 'rust', 'java', 'csharp', 'c', 'kotlin', 'swift']);

function codeTokens(text: string, language: string): Token[] {
  const out: Token[] = [];
  const hash = HASH_COMMENTS.has(language);
  const slash = SLASH_COMMENTS.has(language);
  let depth = 0;
  let index = 0;
  while (index < text.length) {
    const char = text[index]!;
    if (/\s/.test(char) || (char === '\\' && /[\r\n]/.test(text[index + 1] ?? ''))) {
      index += 1;
      continue;
    }
    if ((hash && char === '#') || (slash && text.startsWith('//', index))) {
      const end = text.indexOf('\n', index);
      index = end < 0 ? text.length : end;
      continue;
    }
    if (slash && text.startsWith('/*', index)) {
      const end = text.indexOf('*/', index + 2);
      index = end < 0 ? text.length : end + 2;
      continue;
    }
    if (char === '"' || char === "'" || char === '`') {
      index = stringTokens(text, index, language, out);
      continue;
    }
    const word = at(WORD, text, index);
    if (word !== '') {
      index += word.length;
      if (language === 'python' && /^[rRbBuUfF]{1,2}$/.test(word) && (text[index] === '"' || text[index] === "'")) {
        const plain = word.toLowerCase().replace('u', '');
        if (plain !== '') out.push(`w${plain}`);
        continue;
      }
      out.push((isVariable(word, text, index, out.at(-1), depth) ? 'v' : 'w') + word);
      continue;
    }
    if ('([{'.includes(char)) depth += 1;
    if (')]}'.includes(char)) {
      depth -= 1;
      // A comma before the closing bracket, and a semicolon before the end, are layout.
      if (out.at(-1) === 'p,') out.pop();
    }
    if (char !== ';' || language === 'perl' || language === 'php') out.push(`p${char}`);
    index += 1;
  }
  return out;
}

/** A name that could be anything else: no call, member, keyword argument, key or keyword. */
function isVariable(word: string, text: string, end: number, before: Token | undefined, depth: number): boolean {
  if (before === 'p.' || KEYWORDS.has(word) || /^\d/.test(word)) return false;
  let next = end;
  while (text[next] === ' ' || text[next] === '\t') next += 1;
  const char = text[next];
  if (char === '(' || char === ':') return false;
  return !(char === '=' && text[next + 1] !== '=' && depth > 0);
}

/** A string from its opening quote on: its text, and the variables that it holds where the language puts them in. Gives the place after it. */
function stringTokens(text: string, from: number, language: string, out: Token[]): number {
  const quote = text[from]!;
  const mark = language === 'python' && text.startsWith(quote.repeat(3), from) ? quote.repeat(3) : quote;
  const holes = (language === 'javascript' && quote === '`') || (language === 'python' && /^w[rb]?f[rb]?$/.test(out.at(-1) ?? ''));
  let index = from + mark.length;
  let part = '';
  const flush = (): void => {
    out.push(`s${part}`);
    part = '';
  };
  while (index < text.length && !text.startsWith(mark, index)) {
    const char = text[index]!;
    if (char === '\\') {
      // The other kind of quote needs no backslash.
      part += /['"`]/.test(text[index + 1] ?? '') ? text[index + 1] : text.slice(index, index + 2);
      index += 2;
      continue;
    }
    const opens = holes && (language === 'python' ? char === '{' && text[index + 1] !== '{' : char === '$' && text[index + 1] === '{');
    if (!opens) {
      part += char;
      index += 1;
      continue;
    }
    const start = index + (language === 'python' ? 1 : 2);
    const end = text.indexOf('}', start);
    if (end < 0) {
      part += text.slice(index);
      index = text.length;
      break;
    }
    flush();
    out.push('p${', ...codeTokens(text.slice(start, Math.min(end, start + 500)), language), 'p}');
    index = end + 1;
  }
  flush();
  return Math.min(text.length, index + mark.length);
}
