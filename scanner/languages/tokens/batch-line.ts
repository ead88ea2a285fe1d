/** How cmd.exe reads a line: carets, quotes, joins, variables with substrings and replacements. Pure functions; unknown variables stay as they are written. */
export interface Piece {
  readonly text: string;
  readonly start: number;
  /** Its standard input comes from the command before. */
  readonly pipe: boolean;
}

/** Splits at `&`, `&&`, `|`, `||` outside quotes; steps over `if …`, `for … do` and `else` so that the command inside is seen. */
export function splitCommands(line: string): Piece[] {
  const out: Piece[] = [];
  let start = 0;
  let quoted = false;
  let pipe = false;
  const push = (end: number, nextPipe: boolean): void => {
    let text = line.slice(start, end);
    // The bracket that ends a block is not part of the command.
    let surplus = Math.min(50, text.split(')').length - text.split('(').length);
    while (surplus-- > 0 && /\)\s{0,200}$/.test(text)) text = text.slice(0, text.lastIndexOf(')'));
    if (text.trim() !== '') {
      const inner = innerCommand(text);
      out.push({ text: text.slice(inner), start: start + inner, pipe });
    }
    pipe = nextPipe;
  };
  for (let at = 0; at < line.length; at++) {
    const char = line[at]!;
    if (char === '"') quoted = !quoted;
    else if (char === '^' && !quoted) at++;
    else if (!quoted && char === ')' && /^\)\s{1,40}else\b/i.test(line.slice(at, at + 60))) {
      push(at, false);
      start = at + 1;
    } else if (!quoted && (char === '&' || char === '|')) {
      // `2>&1` joins streams, not commands.
      if (char === '&' && line[at - 1] === '>') continue;
      const double = line[at + 1] === char;
      push(at, char === '|' && !double);
      if (double) at++;
      start = at + 1;
    }
  }
  push(line.length, false);
  return out;
}

/** Where the command begins behind `if`, `for … do`, `else`, brackets. */
function innerCommand(text: string): number {
  let at = 0;
  for (let round = 0; round < 8; round++) {
    const rest = text.slice(at, at + 4_000);
    const match =
      /^[\s@()]{1,200}/.exec(rest) ??
      /^else\b/i.exec(rest) ??
      /^for\b[^\n]{0,2000}?\)\s{0,10}do\b/i.exec(rest) ??
      /^if\s{1,10}(?:\/i\s{1,10})?(?:not\s{1,10})?(?:exist\s{1,10}(?:"[^"]{0,400}"|\S{1,400})|errorlevel\s{1,10}\d{1,6}|defined\s{1,10}\S{1,100}|(?:"[^"]{0,400}"|[^\s="]{1,400})\s{0,10}(?:==|\b(?:equ|neq|lss|leq|gtr|geq)\b)\s{0,10}(?:"[^"]{0,400}"|[^\s(]{1,400}))(?=[\s(])/i.exec(
        rest,
      );
    if (match === null || match[0].length === 0) break;
    at += match[0].length;
  }
  return at;
}

const VARIABLE =
  /%(?:([\w#$.()-]{1,80})(?::(?:~(-?\d{1,5})(?:,(-?\d{1,5}))?|([^=%\n]{1,80})=([^%\n]{0,80})))?)%|!(?:([\w#$.-]{1,80})(?::~(-?\d{1,5})(?:,(-?\d{1,5}))?)?)!/g;

/** Variables every Windows has: their pieces spell commands (`%COMSPEC:~-7,3%`). */
const BUILT_IN: Readonly<Record<string, string>> = {
  comspec: 'C:\\WINDOWS\\system32\\cmd.exe',
  systemroot: 'C:\\WINDOWS',
  windir: 'C:\\WINDOWS',
  systemdrive: 'C:',
  programfiles: 'C:\\Program Files',
  os: 'Windows_NT',
  pathext: '.COM;.EXE;.BAT;.CMD;.VBS;.VBE;.JS;.JSE;.WSF;.WSH;.MSC',
};
/** Folders stay names: rules know them. */
const KEEP = /^(?:appdata|localappdata|temp|tmp|userprofile|programdata|allusersprofile|public|username|computername|cd|~dp0)$/i;

const slice = (text: string, from: string, length: string | undefined): string => {
  const start = Number(from);
  const begin = start < 0 ? Math.max(0, text.length + start) : start;
  if (length === undefined) return text.slice(begin);
  const count = Number(length);
  return count < 0 ? text.slice(begin, text.length + count) : text.slice(begin, begin + count);
};

/** Removes carets and fills in variables. */
export function expand(text: string, variables: ReadonlyMap<string, string>): string {
  let plain = '';
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === '"') quoted = !quoted;
    if (char === '^' && !quoted) {
      if (text[at + 1] === '\r') at++;
      if (text[at + 1] === '\n') at++;
      continue;
    }
    plain += char;
  }
  for (let round = 0; round < 3 && /[%!]/.test(plain); round++) {
    const before = plain;
    plain = plain.replace(
      VARIABLE,
      (
        all,
        name: string | undefined,
        from: string | undefined,
        length: string | undefined,
        find: string | undefined,
        put: string | undefined,
        late: string | undefined,
        lateFrom: string | undefined,
        lateLength: string | undefined,
      ) => {
        const key = (name ?? late ?? '').toLowerCase();
        const own = variables.get(key);
        const value = own ?? (KEEP.test(key) ? undefined : from === undefined && find === undefined ? undefined : BUILT_IN[key]);
        if (value === undefined) return all;
        if (find !== undefined) return value.replaceAll(find, put ?? '');
        const start = from ?? lateFrom;
        return start === undefined ? value : slice(value, start, length ?? lateLength);
      },
    );
    if (plain === before || plain.length > 20_000) break;
  }
  return plain.slice(0, 20_000);
}

export interface Word {
  readonly text: string;
  /** Offset in the command. */
  readonly at: number;
}

/** Words outside quotes; quotes are taken off, redirections are words of their own. */
export function wordsOf(text: string): Word[] {
  const out: Word[] = [];
  let at = 0;
  while (at < text.length) {
    while (at < text.length && /[\s,;]/.test(text[at]!)) at++;
    if (at >= text.length) break;
    const start = at;
    let word = '';
    if (/[<>]/.test(text[at]!)) {
      while (at < text.length && /[<>&\d]/.test(text[at]!)) word += text[at++];
    } else {
      let quoted = false;
      while (at < text.length) {
        const char = text[at]!;
        if (char === '"') quoted = !quoted;
        else if (!quoted && (/\s/.test(char) || char === '>' || char === '<')) break;
        else word += char;
        at++;
      }
    }
    out.push({ text: word, at: start });
  }
  return out;
}
