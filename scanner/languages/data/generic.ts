/**
 * Strings of any data file. SKILL.md may send the agent to a file of steps, prompts or test data: sentences in it are read as prose, command lines as shell, addresses as
 * links. Nothing is left out by count: past the first strings, sentences are read in batches that keep their places, so padding a table hides nothing. A file with more
 * text than that is an open gap, not silence.
 */
import { guessLanguage } from '../../decode/codecs.ts';
import { known } from '../../value.ts';
import { type ReadContext, shifted } from '../contract.ts';
import { type Doc, report } from './doc.ts';
import type { Node, Place, TextNode } from './tree.ts';
import { glue, mapOf, mapOfWeave, thread, weave } from './weave.ts';

/** Strings read one by one; more go into batches. */
const SINGLE = 120;
/** Characters of one batch and of all sentences of a file. */
const BATCH = 16_000;
const TOTAL = 1_200_000;
const LINKS = 300;
const COMMANDS = 400;

/** Keys whose strings are commands in the formats people invent. */
const COMMAND_KEY =
  /^(?:cmds?|commands?|command_?lines?|run|runs|exec|execute|shell|bash|sh|script|scripts|entry_?point|install|setup|setup_?command|pre_?install|post_?install|pre_?run|post_?run|on_?start|on_?load|startup|bootstrap|before|after|hook|hooks|steps?|actions?|verify|test|build|start|init|invoke|program|executable)$/i;
/** A fetched file that is run further along the line, whatever the line begins with. */
const CHAINED =
  /(?:&&|;|\|\|?|&)[ \t]{0,4}(?:curl|wget|iwr|irm)[ \t][^\n;|&]{0,400}(?:&&|&|;|\|)[ \t]{0,4}(?:sudo[ \t]{1,4})?(?:bash|sh|zsh|python3?|node|chmod|powershell|pwsh|iex)\b/;
/** Lines that nobody writes as a sentence. */
const HARD_COMMAND =
  /^(?:sudo |\$ )?(?:curl|wget|bash|sh|zsh|python3?|node|npx|npm|pnpm|pip3?|uvx?|powershell|pwsh|iwr|irm|iex|chmod|osascript|nc|ncat|base64|eval|docker|brew|apt-get|git|echo|cat|openssl|crontab|ssh|scp|rm|nohup) [^\n]{0,400}(?:[|&;<>`$]|:\/\/| -{1,2}[A-Za-z])/;
const URL = /^(?:https?|wss?|ftps?|ssh|git|sftp|tcp|udp):\/\/[^\s]{3,2000}$/;
const FILE = /^(?:\.{0,2}\/)?[\w@.-]{1,80}(?:\/[\w@.-]{1,80}){0,12}\.(?:sh|bash|zsh|py|js|mjs|cjs|ts|ps1|rb|pl|php|bat|cmd|exe|lua)(?:\s|$)/;

/** At least four words with letters of any script; scripts without spaces count by length. */
function isSentence(text: string): boolean {
  if (text.length < 8) return false;
  let words = 0;
  for (const match of text.slice(0, 4_000).matchAll(/[\p{L}\p{M}]{2,60}/gu)) {
    words++;
    if (words >= 4) return true;
    if (/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u.test(match[0]) && match[0].length >= 6) return true;
  }
  // Spelled-out or invisible letters also make sentences: what has many format characters is read.
  return /\p{Cf}{4}/u.test(text);
}

export const isCommand = (key: string, text: string): boolean =>
  text.length < 20_000 &&
  (HARD_COMMAND.test(text) || CHAINED.test(text.slice(0, 4_000)) || (COMMAND_KEY.test(key) && (FILE.test(text) || guessLanguage(text) === 'shell')));

/** Reads every string that no reader of known files has explained. `key` of a list item is the key of its list. */
export function readStrings(doc: Doc): void {
  const { ctx, source } = doc;
  report(doc);
  let singles = 0;
  let links = 0;
  let commands = 0;
  let total = 0;
  let batch = weave();
  const flush = (): void => {
    if (batch.text !== '') ctx.embed('prose', batch.text, mapOfWeave(batch), { role: 'config' });
    batch = weave();
  };
  const sentence = (node: TextNode): void => {
    total += node.text.length;
    if (total > TOTAL) return;
    if (singles < SINGLE) {
      singles++;
      ctx.embed('prose', node.text, mapOf(source, node), { role: 'config' });
      return;
    }
    if (batch.text.length > 0) glue(batch, '\n\n');
    thread(batch, source, node);
    if (batch.text.length >= BATCH) flush();
  };
  const visit = (node: Node, key: string): void => {
    ctx.step();
    if (doc.used.has(node)) return;
    if (node.kind === 'map') for (const entry of node.entries) visit(entry.value, entry.key);
    else if (node.kind === 'list') for (const item of node.items) visit(item, key);
    else if (node.kind === 'text') {
      const { text } = node;
      if (URL.test(text)) {
        if (links++ < LINKS)
          ctx.fact(node.start, node.end, { kind: 'link', url: known(text), text: key.slice(0, 80), form: 'code', block: 0, section: [] });
      } else if (isCommand(key, text.trim()) && commands < COMMANDS) {
        commands++;
        ctx.embed('shell', text, mapOf(source, node), { role: 'config', note: `value of ${key.slice(0, 60)}` });
        // A line of shell may be a sentence as well; reading it twice costs little and settles nothing wrongly.
        if (isSentence(text) && text.length > 200) sentence(node);
      } else if (isSentence(text)) sentence(node);
    }
  };
  if (doc.tree.root !== undefined) visit(doc.tree.root, '');
  flush();
  comments(doc, doc.tree.comments);
  if (total > TOTAL) ctx.opaque(0, source.length, 'limit', `more than ${TOTAL} characters of sentences in a data file`);
  // A text that is not what its name says is read as what it then is: a text.
  if (doc.tree.root === undefined || doc.tree.problems.some((problem) => problem.why === 'parse-error')) {
    if (!readAsCode(ctx, source) && isSentence(source))
      ctx.embed('prose', source, shifted(0, source.length), { role: 'config', note: 'not well-formed, read as text' });
  } else if (source.startsWith('#!')) readAsCode(ctx, source);
}

/** A script under the name of a data file is still a script: an interpreter does not look at names. Returns whether it was one. */
export function readAsCode(ctx: ReadContext, source: string): boolean {
  if (ctx.unit.role !== 'file') return false;
  const guess = guessLanguage(source);
  if (guess === undefined || guess === 'prose') return false;
  ctx.embed(guess, source, shifted(0, source.length), { role: 'embedded', note: 'a script under the name of a data file' });
  return true;
}

/** Comments of the file as one text. */
function comments(doc: Doc, places: readonly Place[]): void {
  let batch = weave();
  const flush = (): void => {
    if (isSentence(batch.text)) doc.ctx.embed('prose', batch.text, mapOfWeave(batch), { role: 'comment' });
    batch = weave();
  };
  let line = -1;
  for (const place of places) {
    doc.ctx.step();
    const text = doc.source.slice(place.start, place.end);
    if (text.trim() === '') continue;
    // Neighbouring lines are one paragraph.
    if (batch.text !== '')
      glue(batch, line >= 0 && place.start - line <= 200 && !doc.source.slice(line, place.start).includes('\n\n') ? '\n' : '\n\n');
    thread(batch, doc.source, { kind: 'text', text, start: place.start, end: place.end, inner: place.start, quote: '' });
    line = place.end;
    if (batch.text.length >= BATCH) flush();
  }
  flush();
}
