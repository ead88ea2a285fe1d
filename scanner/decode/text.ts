/**
 * Judges decoded bytes: are they text, and whose language is it? Only structure that survives renaming counts (shebangs, syntax of well-known statements), never
 * words of a campaign. A wrong guess costs a parse with the wrong reader, so `prose` is the answer for text that no syntax explains.
 */

const strict = new TextDecoder('utf-8', { fatal: true });
const lossy = new TextDecoder('utf-8');

/** UTF-8 (BOM dropped), UTF-16 with a BOM or every other byte zero, else UTF-8 with replacement characters. */
export function bytesToText(bytes: Uint8Array): string {
  const [a, b] = bytes;
  if (a === 0xff && b === 0xfe) return new TextDecoder('utf-16le').decode(bytes.subarray(2));
  if (a === 0xfe && b === 0xff)
    return Buffer.from(bytes.subarray(2, 2 + ((bytes.length - 2) & ~1)))
      .swap16()
      .toString('utf16le');
  if (bytes.length >= 4 && bytes.length % 2 === 0 && zeros(bytes, 1) * 10 >= Math.min(bytes.length, 512) * 4)
    return new TextDecoder('utf-16le').decode(bytes);
  try {
    return strict.decode(bytes);
  } catch {
    return lossy.decode(bytes);
  }
}

/** Zero bytes at odd (1) or even (0) places among the first 512. */
function zeros(bytes: Uint8Array, odd: 0 | 1): number {
  let count = 0;
  for (let i = odd; i < bytes.length && i < 512; i += 2) if (bytes[i] === 0) count++;
  return count;
}

/** True if the bytes decode and hardly any control or replacement character is in them (at most one in fifty). */
export function looksLikeText(bytes: Uint8Array): boolean {
  if (bytes.length === 0) return false;
  const text = bytesToText(bytes.length > 65_536 ? bytes.subarray(0, 65_536) : bytes);
  let bad = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if ((code < 32 && code !== 9 && code !== 10 && code !== 13 && code !== 27) || code === 0xfffd || code === 127 || (code >= 128 && code < 160))
      bad++;
  }
  return bad * 50 <= text.length;
}

export type Guess = 'shell' | 'python' | 'javascript' | 'powershell' | 'prose';

/** Each sign is worth its weight; the highest sum of two or more wins. */
const SIGNS: readonly (readonly [Exclude<Guess, 'prose'>, number, RegExp])[] = [
  ['python', 3, /^[ \t]{0,16}(?:from [\w.]{1,40} import |def \w{1,40}\(|class \w{1,40}[(:])/m],
  ['python', 2, /(?:^|;)[ \t]{0,8}import [a-zA-Z_][\w.]{0,40}(?:[,;]|$| as )/m],
  ['python', 2, /\b(?:exec|eval|compile|getattr)\((?:base64|zlib|bytes|__import__|b?['"])|\b__import__\(/],
  ['python', 2, /^[ \t]{0,16}print\(|\bos\.(?:system|environ|popen)\b|\bsubprocess\.|\burllib\.request\b|\bsocket\.socket\(/m],
  ['javascript', 3, /\brequire\(\s?['"`]|\b(?:const|let|var) \w{1,40} ?=[^=]|\b(?:const|let|var) ?\{|=>\s?[{(]|\bmodule\.exports\b|\bnew Function\(/],
  [
    'javascript',
    2,
    /\bfunction(?: \w{1,40})?\(|\bconsole\.\w|\bprocess\.(?:env|exit|argv)\b|\bfetch\(\s?['"`]|\beval\(\s?(?:atob|Buffer)|\bawait \w|\bdocument\.\w|\bglobalThis\b/,
  ],
  [
    'powershell',
    3,
    /\$\w{1,60}\s?=\s?(?:New-Object|Get-|Invoke-|\[)|\b(?:Invoke-(?:Expression|WebRequest|RestMethod)|New-Object|Start-Process|Set-MpPreference|ForEach-Object|Get-\w{2,40}|Set-\w{2,40})\b/i,
  ],
  ['powershell', 2, /\bIEX\b|\biwr\b|\[System\.|\$env:\w|-ExecutionPolicy\b|-EncodedCommand\b/i],
  [
    'shell',
    3,
    /(?:^|[;&|(`\n]|&&)[ \t]{0,20}(?:sudo |exec |nohup )?(?:curl|wget|bash|sh|zsh|nc|ncat|chmod|chown|rm|mkdir|mkfifo|cat|cp|mv|tar|unzip|export|source|eval|base64|openssl|python3?|node|perl|crontab|ssh|scp|osascript|launchctl|systemctl|sed|awk|grep|find|xargs|tee|touch|cd|set|git|npm|npx|pip3?|apt|apt-get|brew|docker|printf|sleep|kill|whoami|id|uname)(?=[ \t;|&\n]|$)/,
  ],
  ['shell', 2, /\$\(|\|\s?(?:ba|z)?sh\b|>\s?\/dev\/(?:null|tcp)|\bfi\b[\s;]|;\s?then\b|;\s?do\b|2>&1|\/bin\/(?:ba|z)?sh\b/],
  ['shell', 2, /(?:^|\n)[ \t]{0,20}echo ["'$\w-]|^[A-Za-z_]\w{0,60}=(?:\S|$)/],
];

/** The language of decoded text. Undefined when it is not text at all or too short to say anything. */
export function guessLanguage(text: string): Guess | undefined {
  const head = text.slice(0, 20_000);
  if (head.trim().length < 2) return undefined;
  if (!looksLikeText(new TextEncoder().encode(head.slice(0, 4_000)))) return undefined;
  const shebang = /^#![^\n]{0,100}?(python|node|deno|bun|pwsh|sh\b|bash|zsh|ksh|dash)/.exec(head)?.[1];
  if (shebang !== undefined)
    return shebang === 'python' ? 'python' : shebang === 'pwsh' ? 'powershell' : /^(?:node|deno|bun)$/.test(shebang) ? 'javascript' : 'shell';
  const sums = { python: 0, javascript: 0, powershell: 0, shell: 0 };
  for (const [language, weight, sign] of SIGNS) if (sign.test(head)) sums[language] += weight;
  let best: Exclude<Guess, 'prose'> | undefined;
  for (const language of ['python', 'javascript', 'powershell', 'shell'] as const)
    if (sums[language] >= 2 && (best === undefined || sums[language] > sums[best])) best = language;
  if (best !== undefined) return best;
  return /[A-Za-z\u00c0-\uffff]{2}/.test(head) ? 'prose' : undefined;
}

/** The text that bytes stand for, if they look like text at all. */
export const toText = (bytes: Uint8Array): string | undefined => (looksLikeText(bytes) ? bytesToText(bytes) : undefined);
