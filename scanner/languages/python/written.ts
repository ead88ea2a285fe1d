/** Scripts that a program writes: their text is read as what it will be. Shared by the readers of programming languages. */
import { guessLanguage } from '../../decode/codecs.ts';
import type { Value } from '../../model.ts';
import { show, textOf } from '../../value.ts';
import type { Abs } from './abstract.ts';
import type { Machine, Place } from './machine.ts';
import { embedOnce } from './shellwords.ts';

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
