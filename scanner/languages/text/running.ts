/**
 * Commands that stand in running text without backticks or a fence: a line that is nothing but a command, and a pipeline or substitution that ends in an interpreter in the
 * middle of a sentence. Stops `curl … | bash` written as a plain paragraph, which an agent runs all the same. A sentence about a tool ("git is …") is no command: it has
 * small words that no command line has.
 */
import { commandLine, headOf } from './sniff.ts';

export interface Running {
  readonly start: number;
  readonly end: number;
  /** What a shell would read: continued lines joined, as long as the place itself. */
  readonly text: string;
}

/** Words that make a line a sentence. */
const sentence =
  /(?:^|\s)(?:the|an?|is|are|was|will|can|should|must|may|you|your|it|its|this|that|these|those|which|of|when|if|because|has|have|does|uses?|using|via|into|their|our|we|not|only|also|be|been|both|between|supports?|provides?|allows?|commands?|before|after|then|or)(?=\s|[,.;:!?]|$)/i;
const argument =
  /(?:^|\s)(?:--?[A-Za-z][\w-]{0,40}|[./~$"'][^\s]{1,200}|[^\s]{0,200}[/=@][^\s]{1,200}|[\w-]{1,60}\.(?:py|sh|js|mjs|ts|rb|pl|ps1|exe|pkg|dmg|zip|tar|gz|txt|json|ya?ml))(?=\s|$)/;
/** Heads of commands that bring something from outside or make text out of nothing. */
const heads =
  /(?:^|[\s("'“:])((?:sudo )?(?:curl|wget|iwr|irm|Invoke-WebRequest|Invoke-RestMethod|base64|echo|printf|fetch|aria2c)[ \t](?=\S)|(?:(?:sudo )?(?:ba|z|da|k)?sh|eval|source|python3?|node|iex|powershell|pwsh|cmd)[ \t][^\n|;]{0,40}?(?=\$\(|<\(|"\$\(|-c |\(irm|\(iwr|\(New-Object))/g;
/** The interpreter at the end of a pipe, with its options; what stands behind it is text again. */
const sink =
  /\|[ \t]{0,3}(?:sudo[ \t](?:-\w{1,3}[ \t])?)?(?:env[ \t])?(?:\/(?:usr\/)?bin\/)?(?:ba|z|da|k)?(?:sh|python[23]?|perl|ruby|node|deno|php|iex|powershell|pwsh|cmd|Invoke-Expression|osascript)\b(?:[ \t]-{1,2}[\w-]{0,20}){0,4}/gi;

/** Lines that a shell reads as one are joined, character for character, so that offsets stay. */
const joined = (text: string): string =>
  text.replace(/\\\n|\n(?=[ \t]{0,40}\|)/g, (end) => ' '.repeat(end.length)).replace(/\|[ \t]{0,8}\n/g, (end) => end.replace('\n', ' '));

/** Places of commands in the text of a block, in order, not overlapping. */
export function runningCommands(block: string): Running[] {
  const text = joined(block);
  const found: Running[] = [];
  for (let from = 0; from < text.length && found.length < 200; ) {
    const feed = text.indexOf('\n', from);
    const end = feed < 0 ? text.length : feed;
    if (end - from <= 4000) {
      const line = text.slice(from, end);
      const lead = /^[ \t]{0,20}(?:[$>%][ \t])?/.exec(line)![0].length;
      const body = line.slice(lead);
      if (body.length > 5 && !body.includes('`') && plainCommand(body)) found.push({ start: from + lead, end, text: text.slice(from + lead, end) });
      else for (const inner of inSentence(line)) found.push({ ...inner, start: from + inner.start, end: from + inner.end });
    }
    from = end + 1;
  }
  return found;
}

/** A line that is a command and nothing else. */
function plainCommand(line: string): boolean {
  const head = headOf(line).program;
  if (head !== head.toLowerCase() || !commandLine(line)) return false;
  sink.lastIndex = 0;
  if (sink.test(line) && /^\S/.test(line))
    return (
      /^(?:sudo )?(?:curl|wget|echo|printf|base64|cat|irm|iwr)\b/i.test(line) &&
      line.split(/\s+/).length < 40 &&
      !sentence.test(line.slice(line.lastIndexOf('|')))
    );
  return !sentence.test(line) && argument.test(line);
}

/** Pipelines and substitutions that end in an interpreter, in the middle of a line. */
export function inSentence(line: string): Running[] {
  if (!/[|(]/.test(line)) return [];
  const found: Running[] = [];
  heads.lastIndex = 0;
  for (let head = heads.exec(line); head !== null && found.length < 20; head = heads.exec(line)) {
    const start = head.index + head[0].length - head[1]!.length;
    if (line.slice(0, start).split('`').length % 2 === 0) continue;
    const tail = line.slice(start, start + 1500);
    const stop = tail.search(/`|\.\s+[A-Z]|[.;]\s*$/);
    const part = stop < 0 ? tail : tail.slice(0, stop);
    let end = -1;
    sink.lastIndex = 0;
    for (let piped = sink.exec(part); piped !== null; piped = sink.exec(part)) end = piped.index + piped[0].length;
    if (end < 0) {
      const close = /(?:\$\(|<\(|\()\s{0,4}(?:curl|wget|irm|iwr|echo|New-Object)[^)]{4,400}\)[)"']{0,3}/.exec(part);
      if (close !== null) end = close.index + close[0].length;
    }
    // Something must come from somewhere: an address, a variable, or a blob.
    if (end < 0 || !/:\/\/|\$\{?\w|[\w-]\.[a-z]{2,}\/|[A-Za-z0-9+/]{24}/.test(part.slice(0, end))) continue;
    found.push({ start, end: start + end, text: line.slice(start, start + end) });
    heads.lastIndex = start + end;
  }
  return found;
}
