/**
 * What language a fragment without a label is in, and whether an inline fragment is a command. Judged by its own shape only: prompts, shebangs, first words,
 * brackets. Refuses nothing; `undefined` means "treat it as prose". Stops commands hidden in fences labelled `text` or not labelled at all.
 */

/** Programs that documentation tells people to type. A first word of this list plus an argument makes a command. */
const programs = new Set(
  (
    'apt apt-get aria2c awk aws az bash base64 brew bun bunx bzip2 cargo cat cd certutil chattr chgrp chmod chown clawhub claude cmake cmd codex conda cp crontab ' +
    'cscript curl cut dd defaults deno dig diff direnv docker docker-compose doas echo env eval exec expect export find firebase ftp fuser gcloud gem gh git gitlab go gpg ' +
    'gradle grep gunzip gzip head helm history host hostname iptables irm iwr iex jq kill killall kubectl launchctl ln ls lsof make md5sum mkdir mkfifo mount mshta msiexec mv mvn ' +
    'nc ncat netcat nmap node nohup npm npx nslookup open openclaw clawdbot moltbot openssl osascript pacman passwd perl php pip pip3 pipx pkill pnpm podman poetry powershell ' +
    'pwsh printenv printf ps psql pyenv python python2 python3 rclone reg regsvr32 rm rmdir rsync ruby rundll32 rustup scp screen sed sftp sh sha256sum shred source socat sqlite3 ' +
    'ssh ssh-keygen ssh-keyscan strace su sudo svn systemctl tail tar tee telnet terraform touch tr unzip uv uvx vercel volta wget which wmic wscript xargs xattr xcode-select xcrun xz ' +
    'yarn yum dnf zip zsh zypper'
  ).split(' '),
);

/** Words of the list that are also English: in running text they need more than one plain word behind them. */
const englishToo = new Set(
  'cat cd cut diff echo env export find go head history host kill make mount open reg screen source tail tee touch tr which exec expect node reg'.split(
    ' ',
  ),
);

const prompt = /^[ \t]{0,8}(?:\$|>|%|#|PS [^>\n]{0,80}>|[\w.-]{1,40}@[\w.-]{1,60}[:~][^$#\n]{0,60}[$#])[ \t]+(?=\S)/;
const dollarPrompt = /^[ \t]{0,8}(?:\$|PS [^>\n]{0,80}>|[\w.-]{1,40}@[\w.-]{1,60}[:~][^$#\n]{0,60}[$#])[ \t]+(?=\S)/;
const assignment = /^[A-Za-z_][A-Za-z0-9_]*=\S*$/;

/** First word of a command line once prompt, `sudo`, `env`, `NAME=value` and a path are gone; and the words behind it. */
export function headOf(line: string): { readonly program: string; readonly rest: readonly string[] } {
  const words = line
    .replace(dollarPrompt, '')
    .trim()
    .slice(0, 2000)
    .split(/[ \t]+/);
  let index = 0;
  while (index < words.length - 1 && (assignment.test(words[index]!) || /^(?:sudo|doas|nohup|time|command|env|exec|-[A-Za-z]+)$/.test(words[index]!)))
    index++;
  const word = words[index] ?? '';
  return { program: word.slice(word.lastIndexOf('/') + 1).replace(/\.exe$/i, ''), rest: words.slice(index + 1) };
}

const isProgram = (program: string): boolean => programs.has(program) || programs.has(program.toLowerCase().replace(/[\d.]{1,12}$/, ''));
const pathLike = /^(?:\.{1,2}|~)\/[\w.@/-]{1,200}$/;
const optionLike = /^(?:--?[A-Za-z]|[./~$"'<{|&>]|.{0,200}[./=:@*\\$])/;

/** True if a span of inline code is plainly a command: a known program with arguments, a script path with arguments, or a pipe between commands. */
export function isCommand(code: string): boolean {
  if (code.length < 4 || code.length > 4000 || code.includes('\n\n')) return false;
  if (/[|&;]/.test(code)) {
    const stages = code.split(/\|\|?|&&|;/).slice(0, 40);
    if (stages.length > 1 && stages.filter((stage) => isProgram(headOf(stage).program)).length >= Math.min(2, stages.length)) return true;
  }
  const { program, rest } = headOf(code);
  if (/^(?:[A-Za-z_]\w{0,60}=)?["']?(?:\$\(|`|<\()[ \t]{0,4}(?:curl|wget|base64|iwr|irm)\b/.test(code)) return true;
  if (pathLike.test(code.trim().split(/[ \t]+/)[0] ?? '') && rest.length > 0 && /\.(?:sh|py|js|ts|rb|ps1|bash|zsh|command)$/.test(program))
    return true;
  if (!isProgram(program) || rest.length === 0) return false;
  if (/^[=:,]/.test(rest[0]!)) return false;
  return !englishToo.has(program) || rest.some((word) => optionLike.test(word));
}

const pythonLine = /^(?:import [\w.]+|from [\w.]+ import |def \w+\(|class \w+[(:]|if __name__ == |print\(|async def |with open\()/m;
const scriptLine =
  /^(?:const |let |var |import .{1,120} from ['"]|export (?:default|const|function)|function \w*\(|(?:await )?fetch\(|require\(|module\.exports|console\.log\()/m;
const powershellLine =
  /^[ \t]{0,8}(?:(?:Get|Set|New|Invoke|Start|Remove|Add|Write|Import|Install|Expand|Out)-[A-Z]\w+|\$\w+ ?=|iex\b|irm\b|iwr\b|\[System\.)/m;

/** Language of a code fragment that carries no usable label. Looks at no more than its first 4,000 characters. */
export function sniff(
  code: string,
): 'shell' | 'console' | 'python' | 'javascript' | 'json' | 'yaml' | 'html' | 'powershell' | 'markdown' | undefined {
  const head = code.slice(0, 4000);
  const lines = head.split(/\r?\n/).filter((line) => line.trim() !== '');
  const first = lines[0]?.trim() ?? '';
  if (first.startsWith('#!')) return /python/.test(first) ? 'python' : /node|deno|bun/.test(first) ? 'javascript' : 'shell';
  if (/^(?:<!doctype html|<html|<svg|<\?xml|<script|<div|<body)/i.test(first)) return 'html';
  if (/^[[{]/.test(first) && /[\]}][;,]?\s*$/.test(code.slice(-20))) return /^[[{]\s*(?:["[{\d\]}]|$)/.test(first) ? 'json' : undefined;
  if (first === '---' && lines.some((line, index) => index > 0 && /^[\w-]{1,60}:/.test(line))) return 'markdown';
  if (lines.some((line) => dollarPrompt.test(line) && headOf(line.replace(prompt, '')).program !== '')) return 'console';
  const commands = lines.filter((line) => !line.trim().startsWith('#') && commandLine(line)).length;
  const statements = lines.filter((line) => !line.trim().startsWith('#') && !/^[ \t]/.test(line)).length;
  if (pythonLine.test(head) && commands * 2 <= statements) return 'python';
  if (powershellLine.test(head) && commands * 2 <= statements) return 'powershell';
  if (commands > 0 && commands * 2 >= statements) return 'shell';
  if (scriptLine.test(head)) return 'javascript';
  if (/^#{1,6} \S/m.test(head) && lines.length > 2) return 'markdown';
  // A map has a key once; the same word before every colon ("Read: a", "Read: b") is a list of orders or a script of a talk.
  const keys = lines.flatMap((line) => /^[\w."'-]{1,80}(?=:(?:[ \t]|$))/.exec(line)?.[0] ?? []);
  if (keys.length > 2 && new Set(keys).size * 2 < keys.length) return undefined;
  if (lines.length > 1 && lines.every((line) => /^[ \t]*(?:- |#|[\w."'-]{1,80}:(?:[ \t]|$))/.test(line))) return 'yaml';
  return undefined;
}

/** True if a line on its own reads as a command rather than as a sentence. */
export function commandLine(line: string): boolean {
  const trimmed = line.trim();
  if (trimmed.startsWith('`')) return false;
  if (trimmed === '' || /[.:!?]$/.test(trimmed.replace(/\.[\w]{1,8}$/, ''))) return isCommand(trimmed) && /[|>$]|--?\w/.test(trimmed);
  return isCommand(trimmed) || (pathLike.test(trimmed) && /\.(?:sh|py|js|rb|ps1|command)$/.test(trimmed));
}

/** Command lines of a terminal transcript with the offset of each; output lines are left out. Empty if it has no prompt. */
export function transcript(code: string): { readonly text: string; readonly pieces: readonly { readonly at: number; readonly from: number }[] } {
  let text = '';
  const pieces: { at: number; from: number }[] = [];
  let continued = false;
  for (let from = 0; from < code.length; ) {
    const feed = code.indexOf('\n', from);
    const end = feed < 0 ? code.length : feed;
    const line = code.slice(from, end);
    const mark = dollarPrompt.exec(line);
    if (mark !== null || continued) {
      const skip = mark === null ? 0 : mark[0].length;
      pieces.push({ at: text.length, from: from + skip });
      text += `${line.slice(skip)}\n`;
      continued = /\\\r?$/.test(line);
    } else continued = false;
    from = end + 1;
  }
  return { text, pieces };
}
