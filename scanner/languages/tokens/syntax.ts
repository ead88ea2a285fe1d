/** How each language spells comments, strings and joins: one row a language. Sources: the languages' own references. */
import { heredoc, type Token } from './lexer.ts';

export interface Quote {
  readonly open: string;
  readonly close: string;
  readonly escapes: boolean;
  readonly multi: boolean;
  readonly interpolate: boolean;
  /** The content runs as a shell command (backticks). */
  readonly shell?: boolean;
  /** A doubled closing mark stands for itself. */
  readonly doubled?: boolean;
  /** A character literal, at most a few characters. */
  readonly char?: boolean;
}
export interface Syntax {
  readonly line: readonly string[];
  readonly block: readonly (readonly [open: string, close: string])[];
  /** Tried in order: longer marks first. */
  readonly strings: readonly Quote[];
  readonly interpolation?: 'dollar' | 'hash' | 'swift' | 'brace' | 'perl' | undefined;
  /** Operators that join strings. */
  readonly joins: readonly string[];
  /** Line ends end statements. */
  readonly lines: boolean;
  /** `name "text"` without parentheses calls. */
  readonly bare: boolean;
  readonly sigils?: boolean;
  /** `/…/` is a pattern where no value stands before it. */
  readonly patterns?: boolean;
  /** Names differ only in case. */
  readonly folds?: boolean;
  readonly special?: (source: string, at: number, afterValue: boolean) => Token | undefined;
}

const quote = (open: string, close = open, options: Partial<Quote> = {}): Quote => ({
  open,
  close,
  escapes: true,
  multi: false,
  interpolate: false,
  ...options,
});
const raw = (open: string, close = open, options: Partial<Quote> = {}): Quote => quote(open, close, { escapes: false, ...options });
const DOUBLE = quote('"');
const SINGLE = quote("'");
const CHAR = quote("'", "'", { char: true });
const SLASHES = { line: ['//'], block: [['/*', '*/']] } as const;

const base: Syntax = { line: ['//'], block: [['/*', '*/']], strings: [DOUBLE, SINGLE], joins: ['+'], lines: false, bare: false };
const C: Syntax = { ...base, ...SLASHES, strings: [raw('R"(', ')"', { multi: true }), DOUBLE, CHAR], joins: [] };
const JAVA: Syntax = { ...base, strings: [quote('"""', '"""', { multi: true }), DOUBLE, CHAR] };

export const SYNTAX: Readonly<Record<string, Syntax>> = {
  c: C,
  java: JAVA,
  kotlin: {
    ...base,
    strings: [raw('"""', '"""', { multi: true, interpolate: true }), quote('"', '"', { interpolate: true }), CHAR],
    interpolation: 'dollar',
    lines: true,
  },
  scala: {
    ...base,
    strings: [raw('"""', '"""', { multi: true, interpolate: true }), quote('"', '"', { interpolate: true }), CHAR],
    interpolation: 'dollar',
    lines: true,
  },
  csharp: {
    ...base,
    strings: [
      quote('$"', '"', { interpolate: true }),
      raw('$@"', '"', { multi: true, interpolate: true, doubled: true }),
      raw('@"', '"', { multi: true, doubled: true }),
      raw('"""', '"""', { multi: true }),
      DOUBLE,
      CHAR,
    ],
    interpolation: 'brace',
  },
  rust: {
    ...base,
    strings: [
      raw('r##"', '"##', { multi: true }),
      raw('r#"', '"#', { multi: true }),
      raw('r"', '"', { multi: true }),
      quote('b"', '"', { multi: true }),
      quote('"', '"', { multi: true }),
      CHAR,
    ],
    interpolation: undefined,
  },
  swift: {
    ...base,
    strings: [quote('"""', '"""', { multi: true, interpolate: true }), raw('#"', '"#'), quote('"', '"', { interpolate: true })],
    interpolation: 'swift',
    lines: true,
  },
  dart: {
    ...base,
    strings: [
      raw("r'", "'"),
      raw('r"', '"'),
      quote("'''", "'''", { multi: true, interpolate: true }),
      quote('"""', '"""', { multi: true, interpolate: true }),
      quote('"', '"', { interpolate: true }),
      quote("'", "'", { interpolate: true }),
    ],
    interpolation: 'dollar',
  },
  go: { ...base, strings: [raw('`', '`', { multi: true }), DOUBLE, CHAR], lines: true },
  lua: {
    ...base,
    line: ['--'],
    block: [
      ['--[[', ']]'],
      ['--[==[', ']==]'],
    ],
    strings: [raw('[[', ']]', { multi: true }), raw('[==[', ']==]', { multi: true }), DOUBLE, SINGLE],
    joins: ['..'],
    bare: true,
  },
  r: {
    ...base,
    line: ['#'],
    block: [],
    strings: [raw('r"(', ')"', { multi: true }), quote('"', '"', { multi: true }), quote("'", "'", { multi: true })],
    joins: [],
    lines: true,
  },
  julia: {
    ...base,
    line: ['#'],
    block: [['#=', '=#']],
    strings: [
      quote('"""', '"""', { multi: true, interpolate: true }),
      quote('```', '```', { shell: true, multi: true, interpolate: true }),
      quote('"', '"', { interpolate: true }),
      quote('`', '`', { shell: true, interpolate: true }),
      CHAR,
    ],
    interpolation: 'dollar',
    joins: ['*'],
    lines: true,
  },
  vb: {
    ...base,
    line: ["'", 'Rem ', 'REM ', 'rem '],
    block: [],
    strings: [raw('"', '"', { doubled: true })],
    joins: ['&', '+'],
    lines: true,
    bare: true,
    folds: true,
  },
  ruby: {
    ...base,
    line: ['#'],
    block: [['=begin', '=end']],
    strings: [
      quote('%x(', ')', { shell: true, multi: true, interpolate: true }),
      quote('%x{', '}', { shell: true, multi: true, interpolate: true }),
      quote('%x[', ']', { shell: true, multi: true, interpolate: true }),
      quote('%Q(', ')', { interpolate: true, multi: true }),
      raw('%q(', ')', { multi: true }),
      quote('`', '`', { shell: true, multi: true, interpolate: true }),
      quote('"', '"', { interpolate: true, multi: true }),
      raw("'", "'", { multi: true }),
    ],
    interpolation: 'hash',
    joins: ['+', '<<'],
    lines: true,
    bare: true,
    patterns: true,
    sigils: true,
    special: (source, at) =>
      source.startsWith('<<', at) ? heredoc(source, at, /^<<[~-]?(?:"([A-Z_]\w{0,80})"|'([A-Z_]\w{0,80})'|([A-Z_]\w{0,80}))/, 'hash') : undefined,
  },
  php: {
    ...base,
    line: ['//', '#'],
    strings: [
      quote('`', '`', { shell: true, multi: true, interpolate: true }),
      quote('"', '"', { interpolate: true, multi: true }),
      raw("'", "'", { multi: true }),
    ],
    interpolation: 'dollar',
    joins: ['.'],
    sigils: true,
    bare: true,
    special: (source, at) =>
      source.startsWith('<<<', at) ? heredoc(source, at, /^<<<(?:"(\w{1,80})"|'(\w{1,80})'|(\w{1,80}))/, 'dollar') : undefined,
  },
  awk: { ...base, line: ['#'], block: [], strings: [DOUBLE], joins: [], lines: true, patterns: true },
  tcl: {
    ...base,
    line: ['#'],
    block: [],
    strings: [quote('"', '"', { multi: true, interpolate: true }), raw('{', '}', { multi: true })],
    interpolation: 'dollar',
    joins: [],
    lines: true,
    bare: true,
  },
  applescript: {
    ...base,
    line: ['--', '#'],
    block: [['(*', '*)']],
    strings: [quote('"', '"', { multi: true })],
    joins: ['&'],
    lines: true,
    bare: true,
    folds: true,
  },
  haskell: { ...base, line: ['--'], block: [['{-', '-}']], strings: [DOUBLE, CHAR], joins: ['++', '<>'], lines: true, bare: true },
  elixir: {
    ...base,
    line: ['#'],
    block: [],
    strings: [quote('"""', '"""', { multi: true, interpolate: true }), quote('"', '"', { interpolate: true }), SINGLE],
    interpolation: 'hash',
    joins: ['<>'],
    lines: true,
    bare: true,
  },
};

/** Fence tags and extensions to the row that reads them. */
export const ROW_OF: Readonly<Record<string, string>> = {
  c: 'c',
  h: 'c',
  cc: 'c',
  cpp: 'c',
  cxx: 'c',
  hpp: 'c',
  'c++': 'c',
  m: 'c',
  mm: 'c',
  objc: 'c',
  'objective-c': 'c',
  zig: 'c',
  ino: 'c',
  java: 'java',
  groovy: 'java',
  gradle: 'java',
  jsp: 'java',
  kt: 'kotlin',
  kts: 'kotlin',
  kotlin: 'kotlin',
  scala: 'scala',
  sc: 'scala',
  sbt: 'scala',
  cs: 'csharp',
  csharp: 'csharp',
  'c#': 'csharp',
  csx: 'csharp',
  fs: 'csharp',
  fsharp: 'csharp',
  fsx: 'csharp',
  rs: 'rust',
  rust: 'rust',
  swift: 'swift',
  dart: 'dart',
  go: 'go',
  golang: 'go',
  lua: 'lua',
  luau: 'lua',
  r: 'r',
  rscript: 'r',
  jl: 'julia',
  julia: 'julia',
  vb: 'vb',
  vbs: 'vb',
  vba: 'vb',
  vbscript: 'vb',
  bas: 'vb',
  vbe: 'vb',
  hta: 'vb',
  wsf: 'vb',
  wsh: 'vb',
  'visual basic': 'vb',
  vbnet: 'vb',
  rb: 'ruby',
  ruby: 'ruby',
  rake: 'ruby',
  gemspec: 'ruby',
  irb: 'ruby',
  cr: 'ruby',
  php: 'php',
  phtml: 'php',
  php5: 'php',
  phar: 'php',
  awk: 'awk',
  gawk: 'awk',
  nawk: 'awk',
  mawk: 'awk',
  tcl: 'tcl',
  tclsh: 'tcl',
  expect: 'tcl',
  exp: 'tcl',
  wish: 'tcl',
  hs: 'haskell',
  haskell: 'haskell',
  runhaskell: 'haskell',
  ex: 'elixir',
  exs: 'elixir',
  elixir: 'elixir',
  iex: 'elixir',
  nim: 'elixir',
  nims: 'elixir',
};
