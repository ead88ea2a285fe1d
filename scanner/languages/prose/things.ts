/**
 * Things that mean the same in every tongue: addresses, paths, file names, names of settings and of secrets, commands, encoded blobs. A thing is found by its shape in one
 * run of characters without spaces; tables say what its name stands for. Nothing is fetched or opened. Stops probe 17 (a lure in a tongue we do not speak still names things).
 */
import type { ProseObjectClass } from '../../model.ts';

export interface Thing {
  readonly class: ProseObjectClass | undefined;
  /** An outside place: URL, host, address, handle. */
  readonly place?: string;
}

type Row = readonly [needle: string, cls: ProseObjectClass];

/** Last path segments, lower case. */
const names: ReadonlyMap<string, ProseObjectClass> = new Map<string, ProseObjectClass>([
  ...(
    [
      'id_rsa',
      'id_ed25519',
      'id_ecdsa',
      'id_dsa',
      '.env',
      '.env.local',
      '.env.production',
      '.netrc',
      '.pgpass',
      '.npmrc',
      '.pypirc',
      '.git-credentials',
      'credentials.json',
      'secrets.json',
      'secrets.yaml',
      'secrets.yml',
      'secrets.toml',
      'wallet.dat',
      'keystore.json',
      'kubeconfig',
      'login.keychain',
      'login.keychain-db',
      'shadow',
      '.vault-token',
      'token.json',
      'service-account.json',
      'id_rsa.pub',
      'logins.json',
      'key4.db',
      'cookies.sqlite',
      '.dockercfg',
      'known_hosts',
      'authorized_keys',
    ] as const
  ).map((name) => [name, 'credential-file'] as const),
  ...(
    [
      'claude.md',
      'claude.local.md',
      'agents.md',
      'agents.override.md',
      'soul.md',
      'memory.md',
      'identity.md',
      'user.md',
      'tools.md',
      'heartbeat.md',
      'bootstrap.md',
      'gemini.md',
      '.cursorrules',
      '.windsurfrules',
      '.clinerules',
      'copilot-instructions.md',
      'memories.md',
    ] as const
  ).map((name) => [name, 'agent-memory'] as const),
  ...(
    [
      'openclaw.json',
      'clawdbot.json',
      'moltbot.json',
      'settings.local.json',
      '.claude.json',
      '.mcp.json',
      'mcp.json',
      'claude_desktop_config.json',
      'exec-approvals.json',
      'mcp_settings.json',
      'mcp_config.json',
    ] as const
  ).map((name) => [name, 'agent-config'] as const),
  ...(['auth-profiles.json', '.credentials.json', 'auth.json'] as const).map((name) => [name, 'agent-secret'] as const),
  ['skill.md', 'skill-self'],
  ...(['.bash_history', '.zsh_history', '.python_history', 'fish_history'] as const).map((name) => [name, 'trace'] as const),
]);
/** Pieces of paths, lower case; first hit decides. */
const pieces: readonly Row[] = [
  ['.openclaw/credentials', 'agent-secret'],
  ['.clawdbot/credentials', 'agent-secret'],
  ['.claude/settings', 'agent-config'],
  ['.codex/config', 'agent-config'],
  ['.ssh', 'credential-file'],
  ['.aws', 'credential-file'],
  ['.gnupg', 'credential-file'],
  ['.kube/config', 'credential-file'],
  ['.docker/config.json', 'credential-file'],
  ['.config/gh', 'credential-file'],
  ['.config/gcloud', 'credential-file'],
  ['.azure/', 'credential-file'],
  ['library/keychains', 'credential-file'],
  ['/etc/passwd', 'credential-file'],
  ['/etc/shadow', 'credential-file'],
  ['/run/secrets', 'credential-file'],
  ['login data', 'credential-file'],
  ['.env.', 'credential-file'],
  ['.claude/skills', 'other-skill'],
  ['.openclaw/skills', 'other-skill'],
  ['.codex/skills', 'other-skill'],
  ['launchagents', 'file'],
  ['/sessions/', 'log'],
];
const endings: ReadonlyMap<string, ProseObjectClass> = new Map<string, ProseObjectClass>([
  ...(['zip', 'rar', '7z', 'tgz', 'gz', 'xz', 'bz2', 'tar', 'zst', 'cab', 'iso'] as const).map((end) => [end, 'archive'] as const),
  ...(['exe', 'dmg', 'pkg', 'msi', 'deb', 'rpm', 'appimage', 'apk', 'jar', 'app', 'bin', 'scr', 'msix', 'dll', 'com.exe'] as const).map(
    (end) => [end, 'executable'] as const,
  ),
  ...(
    [
      'sh',
      'bash',
      'zsh',
      'ps1',
      'bat',
      'cmd',
      'vbs',
      'scpt',
      'applescript',
      'command',
      'py',
      'js',
      'mjs',
      'cjs',
      'ts',
      'rb',
      'pl',
      'php',
      'lua',
      'hta',
      'wsf',
    ] as const
  ).map((end) => [end, 'script'] as const),
  ...(['pem', 'key', 'p12', 'pfx', 'jks', 'kdbx', 'keychain', 'ppk', 'ovpn'] as const).map((end) => [end, 'credential-file'] as const),
  ['log', 'log'],
  ...(
    [
      'md',
      'txt',
      'json',
      'yaml',
      'yml',
      'toml',
      'csv',
      'pdf',
      'docx',
      'xml',
      'html',
      'htm',
      'ini',
      'cfg',
      'conf',
      'db',
      'sqlite',
      'jsonl',
      'tsx',
      'jsx',
      'css',
      'png',
      'jpg',
      'jpeg',
      'gif',
      'svg',
      'mp4',
      'mp3',
      'wav',
      'rs',
      'go',
      'java',
      'c',
      'h',
      'cpp',
      'cs',
      'swift',
      'kt',
      'sql',
      'xlsx',
      'pptx',
      'doc',
      'lock',
      'env',
      'plist',
      'service',
      'tf',
      'ipynb',
      'webp',
      'proto',
      'vue',
      'scss',
      'mdx',
      'mdc',
      'rst',
      'pub',
      'crt',
      'cert',
      'whl',
    ] as const
  ).map((end) => [end, 'file'] as const),
]);
const domains: ReadonlySet<string> = new Set(
  'com net org io ai dev app xyz top ru cn co me info site online invalid example test localhost uk de fr eu us in jp kr br tech cloud link click shop live store space biz gg fun icu pw cc tk onion run page to ly sh gov edu local internal ngrok host website work life world vip club pro rest'.split(
    ' ',
  ),
);
/** Settings of agent hosts that stand in prose as bare words, lower case. */
const settings: readonly string[] = [
  'dmpolicy',
  'allowfrom',
  'safebins',
  'bypasspermissions',
  'dangerouslydisabledeviceauth',
  'allowinsecureauth',
  'autoupdate',
  'skipdangerousmodepermissionprompt',
  'enableallprojectmcpservers',
  'disableallhooks',
  'approvalpolicy',
  'approval_policy',
  'sandbox_mode',
  'sandboxmode',
  'defaultmode',
  'dangerously-skip-permissions',
  'dangerously-bypass-approvals-and-sandbox',
  'elevateddefault',
  'groupalowfrom',
  'grouppolicy',
  'trustedproxies',
  'dangerouslydisablesandbox',
  'autoapprove',
  'alwaysallow',
  'loopdetection',
];
const settingHeads: ReadonlySet<string> = new Set([
  'gateway',
  'exec',
  'sandbox',
  'tools',
  'approvals',
  'permissions',
  'channels',
  'agents',
  'skills',
  'commands',
  'mcpservers',
  'hooks',
  'elevated',
  'session',
  'logging',
]);
const programs: ReadonlySet<string> = new Set(
  'curl wget bash sh zsh sudo npm npx pnpm yarn pip pip3 pipx uv uvx python python3 node deno bun git docker kubectl brew apt apt-get yum dnf cargo go gem ruby perl php powershell pwsh cmd iex irm osascript open xattr chmod chown rm cp mv cat tar unzip 7z base64 openssl ssh scp rsync nc ncat crontab launchctl systemctl openclaw clawdbot moltbot clawhub clawdhub claude codex gh aws gcloud az terraform make env printenv export echo source eval mshta certutil rundll32 regsvr32 schtasks reg ngrok cloudflared'.split(
    ' ',
  ),
);
const secretTails = [
  '_KEY',
  '_TOKEN',
  '_SECRET',
  '_PASSWORD',
  '_PASS',
  '_CREDENTIALS',
  '_PAT',
  '_PRIVATE_KEY',
  '_API_KEY',
  '_WEBHOOK',
  '_COOKIE',
  '_MNEMONIC',
];

const isUpper = (text: string): boolean => /^[A-Z][A-Z0-9_]{2,80}$/.test(text);

/** A 40+ character run that looks like base64 or long hex, but not like a digest, a path or a word. */
export function looksEncoded(text: string): boolean {
  if (text.length < 24) return false;
  if (!/^[A-Za-z0-9+/_=-]+$/.test(text)) return false;
  if (/^[0-9a-fA-F]+$/.test(text)) return text.length > 128;
  const slashes = text.split('/').length - 1;
  if (slashes > text.length / 12) return false;
  if (text.includes('-') && text.includes('_')) return false;
  const kinds = Number(/[a-z]/.test(text)) + Number(/[A-Z]/.test(text)) + Number(/[0-9]/.test(text));
  if (kinds < 3) return false;
  // Words glued by dashes or camel case are names; encoded text changes case and kind far more often.
  let changes = 0;
  for (let i = 1; i < text.length; i++) if (kindOf(text.charCodeAt(i)) !== kindOf(text.charCodeAt(i - 1))) changes++;
  return changes > text.length / 4 && (text.length >= 40 || text.endsWith('='));
}
const kindOf = (code: number): number => (code >= 97 && code <= 122 ? 1 : code >= 65 && code <= 90 ? 2 : code >= 48 && code <= 57 ? 3 : 4);

function ofPath(path: string): ProseObjectClass | undefined {
  const lower = path.toLowerCase();
  const query = lower.search(/[?#]/);
  const clean = query < 0 ? lower : lower.slice(0, query);
  for (const [needle, cls] of pieces) {
    const at = clean.indexOf(needle);
    if (at >= 0 && (needle[0] !== '.' || at === 0 || clean[at - 1] === '/' || clean[at - 1] === '\\')) return cls;
  }
  const slash = Math.max(clean.lastIndexOf('/'), clean.lastIndexOf('\\'));
  const name = clean.slice(slash + 1);
  const byName = names.get(name);
  if (byName !== undefined) return byName;
  const dot = name.lastIndexOf('.');
  return dot > 0 || (dot === 0 && name.length > 1) ? endings.get(name.slice(dot + 1)) : undefined;
}

const schemes = [
  'http://',
  'https://',
  'ftp://',
  'ws://',
  'wss://',
  'sftp://',
  'hxxp://',
  'hxxps://',
  'ssh://',
  'git://',
  'ipfs://',
  'smtp://',
  'smtps://',
  's3://',
  'gs://',
  'tcp://',
  'udp://',
  'data:',
];

/** What one run of characters is; undefined when it is an ordinary word. */
export function thingOf(text: string): Thing | undefined {
  if (text.length < 2 || text.length > 4_000) return undefined;
  const lower = text.toLowerCase();
  for (const scheme of schemes) {
    if (!lower.startsWith(scheme)) continue;
    const rest = text.slice(scheme.length);
    const slash = rest.indexOf('/');
    const byPath = slash > 0 ? ofPath(rest.slice(slash)) : undefined;
    const cls = byPath === 'archive' || byPath === 'executable' || byPath === 'script' ? byPath : 'link';
    return { class: cls, place: text };
  }
  const at = text.indexOf('@');
  if (at > 0 && at < text.length - 3 && !text.includes('/') && /^[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}$/.test(text))
    return { class: undefined, place: text };
  // `user@host:path`, as scp and rsync write it.
  if (at > 0 && /^[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}:[^\s]{0,300}$/.test(text))
    return { class: 'link', place: `ssh://${text.slice(at + 1, text.indexOf(':', at))}/` };
  if (/^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?::\d{1,5})?(?:\/[^\s]{0,300})?$/.test(text)) {
    const bare = text.startsWith('0.0.0.0') || text.startsWith('127.');
    return bare ? { class: undefined } : { class: 'link', place: text };
  }
  if (isUpper(text)) {
    if (secretTails.some((tail) => text.endsWith(tail))) return { class: 'secret' };
    return undefined;
  }
  if (text.startsWith('$') && isUpper(text.slice(1).replace(/[{}]/g, '')))
    return { class: secretTails.some((tail) => text.replace(/[{}]/g, '').endsWith(tail)) ? 'secret' : undefined };
  const flag = lower.replace(/^-{1,2}/, '');
  const assigned = flag.search(/[=:]/);
  const bare = assigned < 0 ? flag : flag.slice(0, assigned);
  if (settings.includes(bare.slice(bare.lastIndexOf('.') + 1))) return { class: 'agent-config' };
  const hasSlash = text.includes('/') || text.includes('\\');
  const dot = text.indexOf('.');
  if (hasSlash) {
    if (looksEncoded(text)) return { class: 'encoded-text' };
    const cls = ofPath(text);
    const slash = text.indexOf('/');
    const authority = slash > 0 ? lower.slice(0, slash) : '';
    const port = authority.indexOf(':');
    const head = port > 0 ? authority.slice(0, port) : authority;
    const tail = head.slice(head.lastIndexOf('.') + 1);
    if (head.includes('.') && !head.startsWith('.') && domains.has(tail) && /^[\w.-]+$/.test(head))
      return { class: cls === 'archive' || cls === 'executable' || cls === 'script' ? cls : 'link', place: text };
    if (cls !== undefined) return { class: cls };
    return /^(?:~|\.{1,2}|\/|[a-zA-Z]:\\)/.test(text) && text.length > 2 ? { class: 'file' } : undefined;
  }
  if (dot >= 0 && dot < text.length - 1) {
    const cls = ofPath(text);
    const tail = lower.slice(lower.lastIndexOf('.') + 1);
    if (cls !== undefined && !(tail === 'com' || tail === 'app' || tail === 'env')) return { class: cls };
    const head = lower.slice(0, dot);
    if (settingHeads.has(head) && /^[a-z]+(?:\.[\w*-]+){1,5}$/i.test(text)) return { class: 'agent-config' };
    if (dot > 0 && domains.has(tail) && /^[\w-]+(?:\.[\w-]+)+(?::\d{1,5})?$/.test(lower) && /[a-z]/.test(head)) return { class: 'link', place: text };
    return cls === undefined ? undefined : { class: cls };
  }
  const byName = names.get(lower);
  if (byName !== undefined && lower !== 'shadow') return { class: byName };
  if (looksEncoded(text)) return { class: 'encoded-text' };
  return undefined;
}

/** What the text between backticks is when it holds no natural language: a command, a thing, or just code. */
export function codeOf(text: string): Thing | undefined {
  const trimmed = text.trim();
  const space = trimmed.indexOf(' ');
  if (space < 0) return thingOf(trimmed) ?? (programs.has(trimmed.toLowerCase()) ? { class: 'command' } : undefined);
  const head = trimmed.slice(0, space);
  const headName = head.slice(head.lastIndexOf('/') + 1).toLowerCase();
  if (programs.has(headName)) return { class: 'command', ...placeIn(trimmed) };
  if (/^[./~$]/.test(head) || /(?:^| )--?[a-z]|[|;&<>{}()=$]/i.test(trimmed)) return { class: 'command', ...placeIn(trimmed) };
  return undefined;
}

/** The first web address inside a command. */
function placeIn(text: string): { place?: string } {
  const at = text.search(/https?:\/\//);
  if (at < 0) return {};
  const end = text.slice(at).search(/[\s"'`|)]/);
  return { place: end < 0 ? text.slice(at) : text.slice(at, at + end) };
}
