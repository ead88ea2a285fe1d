/** Scripts that a program writes: their text is read as what it will be. Shared by the readers of programming languages. */
import { guessLanguage } from '../../decode/codecs.ts';
import type { Value } from '../../model.ts';
import { show, textOf } from '../../value.ts';
import type { Abs } from './abstract.ts';
import type { Machine, Place } from './machine.ts';
import { embedOnce, isComputed } from './shellwords.ts';

const SCRIPT: readonly (readonly [RegExp, string])[] = [
  [/\.(?:sh|bash|zsh|command)$|\/\.(?:bashrc|zshrc|profile|bash_profile|zprofile|zshenv)$/, 'shell'],
  [/\.pyw?$|\.pth$/, 'python'],
  [/\.(?:js|mjs|cjs)$/, 'javascript'],
  [/\.ps1$/, 'powershell'],
  [/\.(?:md|mdc|txt)$|\.cursorrules$/i, 'prose'],
];

export function readWritten(m: Machine, at: Place, path: Value, content: Abs): void {
  const text = textOf(content.value);
  if (text === undefined || text.length < 8) return;
  const name = show(path);
  const language = /^#!/.test(text) ? guessLanguage(text) : SCRIPT.find(([pattern]) => pattern.test(name))?.[1];
  if (language === undefined || (language === 'prose' && !/[A-Za-z]{3}/.test(text))) return;
  embedOnce(m, at, language, text, content, `written to ${name.slice(0, 60)}`);
}

/** Decoders that hide text; escapes and joins that every program uses do not. */
const HIDES = /^(?:base\d\d|b\d\d|ascii85|z85|hex|rot|xor|zlib|gzip|bz2|lzma|marshal|chr|reverse)/;

/**
 * What a program prints is what its reader gets to see next. Text that stands nowhere in the program, because it is decoded or computed first, is read like any other text:
 * `print(b85decode(…))` under "instructions" is how commands are kept out of sight.
 */
export function readPrinted(m: Machine, at: Place, content: Abs | undefined): void {
  if (content === undefined || content.num !== undefined || content.list || content.dict) return;
  const text = textOf(content.value);
  if (text === undefined || text.length < 16 || !/[A-Za-z]{3}/.test(text)) return;
  const via = content.via?.filter((name) => HIDES.test(name)) ?? [];
  if (via.length === 0 && !isComputed(m.source, text)) return;
  const language = guessLanguage(text);
  embedOnce(
    m,
    at,
    language === undefined ? 'prose' : language,
    text,
    { ...content, span: undefined, via: via.length > 0 ? via : ['computed'] },
    'printed',
  );
  if (language !== undefined && language !== 'prose') return;
  // Lines among the sentences that are commands.
  const commands = text.split(/\r?\n/).filter((line) => COMMAND_LINE.test(line));
  if (commands.length > 0)
    embedOnce(m, at, 'shell', commands.join('\n'), { ...content, span: undefined, via: via.length > 0 ? via : ['computed'] }, 'printed command');
}

/** A line that starts like a command and goes on like one; prose about `curl` does not. */
const COMMAND_LINE =
  /^[ \t>$#]{0,8}(?:[a-z][\w./-]{1,40}(?: [\w./:@=+~,-]{1,200}){0,12} ?(?:&&|\|\||[|;&]) ?[\w./-]|(?:curl|wget|bash|sh|zsh|powershell|pwsh|iwr|irm|python3?|node|npx|sudo|chmod|base64|eval|nc) )/;
