/**
 * Perl, by tokens: quote-like operators with any delimiter, heredocs, interpolation; backticks, `system`, `exec`, two- and three-argument `open` to a pipe, string `eval`, LWP,
 * HTTP::Tiny, sockets wired to standard streams, MIME::Base64 and `pack`. Perl cannot be parsed without running it, so a call it hides well stays unseen; an `eval` of
 * something unknown is stated as such.
 */
import * as cells from '../../cells.ts';
import { known, partsOf, textOf } from '../../value.ts';
import { collapsed, type Language, shifted } from '../contract.ts';
import type { Api } from './apis.ts';
import { fold } from './fold.ts';
import { sideText, walkProgram } from './index.ts';
import { body, heredoc, type Token, tokenize } from './lexer.ts';
import { parse, split } from './program.ts';
import { ports, rangeOf, spawn, type Walk } from './run.ts';
import type { Syntax } from './syntax.ts';

const CLOSES: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '<': '>' };
const QUOTE_LIKE = /(?:qq|qx|qw|qr|q|m|s|tr|y)(?=[ \t]{0,4}[^\w\s,;=)])/y;

/** `q qq qw qx m s tr y` with their delimiters, and heredocs. */
function special(source: string, at: number, afterValue: boolean): Token | undefined {
  if (source.startsWith('<<', at) && (!afterValue || /^<<~?["'A-Z_]/.test(source.slice(at, at + 4)))) {
    const token = heredoc(source, at, /^<<~?(?:"([^"\n]{1,80})"|'([^'\n]{1,80})'|([A-Za-z_]\w{0,80}))/, 'perl');
    if (token !== undefined) return token;
  }
  if (/[\w$@%&{>-]/.test(source[at - 1] ?? '') && !(source[at - 1] === '{' || source[at - 1] === '-')) return undefined;
  QUOTE_LIKE.lastIndex = at;
  const word = QUOTE_LIKE.exec(source)?.[0];
  if (word === undefined || (afterValue && word.length < 2)) return undefined;
  let from = at + word.length;
  while (source[from] === ' ' || source[from] === '\t') from++;
  const open = source[from]!;
  if (open === '=' && source[from + 1] === '>') return undefined;
  if (open === '#' && from > at + word.length) return undefined;
  const close = CLOSES[open] ?? open;
  const nested = CLOSES[open] === undefined ? {} : { open };
  const read = body(source, from + 1, close, {
    escapes: word !== 'q' && word !== 'qw' && /^q/.test(word),
    interpolate: (word === 'qq' || word === 'qx') && open !== "'" ? 'perl' : undefined,
    multi: true,
    ...nested,
  });
  let end = Math.min(source.length, read.end + 1);
  if (word === 's' || word === 'tr' || word === 'y') {
    // A second part follows; with brackets it has its own pair.
    if (CLOSES[open] !== undefined) {
      while (end < source.length && source.charCodeAt(end) <= 32) end++;
      const second = source[end];
      if (second !== undefined)
        end = Math.min(
          source.length,
          body(source, end + 1, CLOSES[second] ?? second, {
            escapes: false,
            interpolate: undefined,
            multi: true,
            ...(CLOSES[second] === undefined ? {} : { open: second }),
          }).end + 1,
        );
    } else end = Math.min(source.length, body(source, end, close, { escapes: true, interpolate: undefined, multi: true }).end + 1);
  }
  if (/^(?:m|s|tr|y|qr)$/.test(word))
    return { kind: 'op', text: word === 's' && /^[a-z]{0,8}e/.test(source.slice(end, end + 8)) ? 's///e' : '/…/', start: at, end };
  const text = read.parts.map((part) => (typeof part === 'string' ? part : '')).join('');
  return { kind: word === 'qx' ? 'shell' : 'string', text, start: at, end, parts: read.parts, ...(read.literal ? { inner: from + 1 } : {}) };
}

const PERL: Syntax = {
  line: ['#'],
  block: [
    ['=pod', '\n=cut'],
    ['=head', '\n=cut'],
    ['=begin', '\n=cut'],
    ['=over', '\n=cut'],
    ['__END__', '\0'],
    ['__DATA__', '\0'],
  ],
  strings: [
    { open: '"', close: '"', escapes: true, multi: true, interpolate: true },
    { open: "'", close: "'", escapes: false, multi: true, interpolate: false },
    { open: '`', close: '`', escapes: true, multi: true, interpolate: true, shell: true },
  ],
  interpolation: 'perl',
  joins: ['.'],
  lines: false,
  bare: true,
  sigils: true,
  patterns: true,
  special,
};

const api = (does: Api['does'], match: RegExp, rest: Partial<Omit<Api, 'does' | 'match'>> = {}): Api => ({ does, match, ...rest });
const APIS: readonly Api[] = [
  api('shell', /^(?:CORE::|CORE::GLOBAL::)?(?:system|exec)$|^(?:capture|capturex|run|IPC::Run::run|IPC::System::Simple::(?:system|capture))$/),
  api('process', /^(?:open[23]|IPC::Open[23]::open[23])$/, { at: 2 }),
  api('eval', /^eval$/),
  api('import', /^(?:do|require)$/),
  api('request', /^(?:LWP::Simple::)?(?:get|getprint|getstore|mirror)$/, { method: 'GET' }),
  api('request', /\.(?:get|head|mirror|get_content|fetch)$/, { method: 'GET' }),
  api('request', /\.(?:post|put|post_form|upload|patch)$|^(?:POST|PUT)$/, { method: 'POST' }),
  api('request', /^(?:HTTP::Request(?:\.new)?|HTTP::Request->new|GET)$|\.request$/, { at: 1, method: 'GET' }),
  api('socket', /^(?:IO::Socket::(?:INET6?|SSL|IP)|Socket)\.new$|^(?:connect|sockaddr_in)$/),
  api('read', /^(?:read_file|slurp|opendir|glob|path|Path::Tiny::path)$/),
  api('write', /^(?:write_file|spew)$/),
  api('delete', /^(?:unlink|rmdir)$/),
  api('delete', /^(?:rmtree|remove_tree|File::Path::(?:rmtree|remove_tree))$/, { recursive: true }),
  api('decode', /^(?:MIME::Base64::)?decode_base64$|^MIME::Base64::decode$/, { codec: 'base64' }),
  api('decode', /^(?:unpack)$/, { codec: 'unpack', at: 1 }),
  api('decode', /^(?:uri_unescape|URI::Escape::uri_unescape)$/, { codec: 'url' }),
  api('encode', /^(?:MIME::Base64::)?encode_base64$/, { codec: 'base64' }),
  api('decompress', /^(?:uncompress|Compress::Zlib::(?:uncompress|memGunzip)|memGunzip|inflate)$/, { codec: 'gzip' }),
];

/** `open(FH, "|cmd")`, `open(FH, "-|", "cmd")`, `open(FH, "<", $path)`. */
function opens(walk: Walk): void {
  const { program, ctx } = walk;
  for (const call of openCalls(program)) {
    const values = call.args.map(([from, to]) => fold(program, from, to));
    const at = rangeOf(program, call.first, call.close);
    const handle = ctx.local(
      (program.tokens[call.args[0]?.[1] === undefined ? call.first : call.args[0]![1] - 1]?.text ?? 'handle').replace(/^[$*]/, ''),
    );
    const mode = textOf(values[1])?.trim() ?? '';
    const lead = partsOf(values[1] ?? known(''))[0];
    const two = typeof lead === 'string' ? lead.trim() : '';
    if (/^(?:-\||\|-)$/.test(mode) && values[2] !== undefined) {
      if (values.length > 3)
        spawn(
          walk,
          values[2],
          values.slice(3),
          at,
          call.args.slice(3).flatMap(([from, to]) => ports(walk, from, to, 'argv')),
          handle,
          'open',
        );
      else shellText(walk, values[2], call.args[2]!, handle);
    } else if (values.length === 2 && (two.startsWith('|') || two.endsWith('|'))) {
      const parts = partsOf(values[1]!).map((part, index, list) =>
        typeof part !== 'string'
          ? part
          : part.replace(index === 0 ? /^\s{0,20}\|/ : /(?!)/, '').replace(index === list.length - 1 ? /\|\s{0,20}$/ : /(?!)/, ''),
      );
      shellText(walk, { kind: 'template', parts }, call.args[1]!, handle);
    } else if (values.length === 2 && partsOf(values[1]!).at(-1) === '|') shellText(walk, values[1]!, call.args[1]!, handle);
    else if (/^[<>+]{1,3}&/.test(mode) || /^[<>+]{1,3}&/.test(two)) {
      // Standard streams tied to another handle: with a socket in the program, a shell runs on it.
      if (walk.connected && /^(?:STDIN|STDOUT|STDERR)$/.test(program.tokens[call.args[0]?.[0] ?? call.first]?.text ?? '')) walk.wired = true;
    } else {
      const path = values[2] ?? known(two.replace(/^[<>+]{1,3}\s{0,4}/, ''));
      if (/[>+]/.test(mode) || (values.length === 2 && two.startsWith('>'))) {
        ctx.fact(at.start, at.end, {
          kind: 'write',
          path,
          ...(/>>/.test(mode) || two.startsWith('>>') ? { append: true } : {}),
          ins: [{ cell: handle, role: 'content' }],
          outs: [{ cell: cells.path(path, ctx.unit.id), role: 'content' }],
        });
      } else
        ctx.fact(at.start, at.end, {
          kind: 'read',
          path,
          ins: [{ cell: cells.path(path, ctx.unit.id), role: 'path' }],
          outs: [{ cell: handle, role: 'value' }],
        });
    }
  }
}

interface OpenCall {
  readonly first: number;
  readonly close: number;
  readonly args: readonly (readonly [number, number])[];
}
function openCalls(program: Walk['program']): OpenCall[] {
  const out: OpenCall[] = [];
  const { tokens, partner } = program;
  tokens.forEach((token, index) => {
    if (token.kind !== 'word' || (token.text !== 'open' && token.text !== 'sysopen') || tokens[index - 1]?.text === '->') return;
    if (tokens[index + 1]?.text === '(' && partner[index + 1]! > index)
      out.push({ first: index, close: partner[index + 1]! + 1, args: split(tokens, partner, index + 2, partner[index + 1]!) });
    else {
      let end = index + 1;
      while (end < tokens.length && end < index + 60 && tokens[end]!.text !== ';' && tokens[end]!.text !== '||' && tokens[end]!.text !== 'or') end++;
      out.push({ first: index, close: end, args: split(tokens, partner, index + 1, end) });
    }
  });
  return out;
}

function shellText(walk: Walk, value: ReturnType<typeof fold>, range: readonly [number, number], handle: string): void {
  const { ctx, program } = walk;
  const at = rangeOf(program, range[0], range[1]);
  const parts = partsOf(value);
  const text = parts
    .map((part) => (typeof part === 'string' ? part : `\${${(part.env ?? part.name ?? 'value').replace(/\W/g, '_') || 'value'}}`))
    .join('');
  if (parts.some((part) => typeof part !== 'string'))
    ctx.fact(at.start, at.end, {
      kind: 'exec',
      how: 'shell',
      program: known('sh'),
      argv: [value],
      code: 'argument',
      ins: ports(walk, range[0], range[1], 'code'),
      outs: [{ cell: handle, role: 'value' }],
    });
  const token = range[1] - range[0] === 1 ? program.tokens[range[0]] : undefined;
  const literal = token?.inner !== undefined && token.text === text;
  const unit = ctx.embed('shell', text, literal ? shifted(token.inner, token.inner + text.length) : collapsed(at.start, at.end), {
    role: 'embedded',
    unwrapped: ['open'],
  });
  ctx.edge(ctx.cellsOf(unit).stdout, handle, at.start, at.end, 'pipe');
}

const perl: Language = {
  id: 'perl',
  read(source, ctx) {
    const tokens = tokenize(source, PERL, () => ctx.step());
    sideText(ctx, source, tokens);
    const program = parse('perl', PERL, tokens, APIS);
    walkProgram(program, ctx);
    const walk: Walk = {
      program,
      ctx,
      connected:
        program.calls.some((call) => call.api?.does === 'socket') ||
        program.tokens.some((token) => token.kind === 'word' && /^(?:IO::Socket|Socket|IO)$/.test(token.text)),
    };
    opens(walk);
    // `%ENV` as a whole, and single variables.
    program.tokens.forEach((token, index) => {
      if (token.kind !== 'word') return;
      if (token.text === '%ENV')
        ctx.fact(token.start, token.end, { kind: 'env', name: known('*'), outs: [{ cell: ctx.local('ENV'), role: 'value' }] });
      else if (token.text === '$ENV' && program.tokens[index + 1]?.text === '{') {
        const name = program.tokens[index + 2]?.text ?? '';
        ctx.fact(token.start, program.tokens[index + 3]?.end ?? token.end, {
          kind: 'env',
          name: known(name.replace(/^['"]|['"]$/g, '')),
          outs: [{ cell: ctx.local('ENV'), role: 'value' }],
        });
      }
    });
    if (walk.wired) {
      for (const call of program.calls) {
        if (!/^(?:exec|system)$/.test(call.name)) continue;
        const at = rangeOf(program, call.first, call.close);
        ctx.fact(at.start, at.end, { kind: 'exec', how: 'process', program: known('sh'), argv: [], socket: true });
      }
    }
  },
};
export default perl;
