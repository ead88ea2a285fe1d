/**
 * What a path on a user's machine means. One row a place: pattern on the normalised path (home is `~`, separators `/`), the class, a label for people.
 * Sources: MITRE ATT&CK T1552.001/.004, T1555, T1543, T1546, T1053; vendors' own documentation of where their tools keep state. Gathered 2026-11.
 */
import { normalisePath } from '../cells.ts';
import type { Value } from '../model.ts';
import { partsOf } from '../value.ts';

export type PathClass =
  /** Private keys, cloud and service credentials, password stores, browser logins, keychains, wallets. */
  | 'credential'
  /** `.env` files: credentials of a project. Common in honest skills, so a class of its own. */
  | 'dotenv'
  /** The agent's own credentials and sessions: provider keys, gateway tokens, MCP configuration with keys. */
  | 'agent-secret'
  /** Files that set what an agent may do: settings, permissions, hooks, MCP servers. */
  | 'agent-config'
  /** Files an agent reads as instructions or memory each time: CLAUDE.md, AGENTS.md, SOUL.md, MEMORY.md. */
  | 'agent-memory'
  /** Folders of other skills and plugins. */
  | 'agent-skills'
  | 'shell-history'
  /** Start-up files of shells and sessions. */
  | 'shell-rc'
  | 'cron'
  | 'launchd'
  | 'systemd'
  | 'autostart'
  | 'git-hook'
  | 'python-startup'
  | 'preload'
  | 'sudoers'
  | 'hosts-file'
  | 'system-secret'
  | 'system-log'
  | 'agent-log'
  | 'tool-config'
  | 'docker-socket'
  | 'device'
  | 'temp'
  | 'home'
  | 'root'
  | 'other';

interface Row {
  readonly class: PathClass;
  readonly label: string;
  readonly match: RegExp;
}
const row = (pathClass: PathClass, label: string, match: RegExp): Row => ({ class: pathClass, label, match });

/** First match wins. Patterns see the normalised path with the user's home as `~`. */
const ROWS: readonly Row[] = [
  row('credential', 'SSH private key', /(?:^|\/)\.ssh\/(?:id_[a-z0-9_]{1,20}|identity|[^/]{0,60}\.pem|[^/]{0,60}_rsa)$/),
  row('other', 'SSH public key', /(?:^|\/)\.ssh\/(?:[^/]{0,80}\.pub|known_hosts)$/),
  row('tool-config', 'SSH configuration', /(?:^|\/)\.ssh\/config$/),
  row('shell-rc', 'SSH authorized keys', /(?:^|\/)\.ssh\/(?:authorized_keys2?|rc)$/),
  row('credential', 'SSH keys', /(?:^|\/)\.ssh(?:\/\*{0,2})?$/),
  row('credential', 'GnuPG keys', /(?:^|\/)\.gnupg(?:\/|$)/),
  row('credential', 'AWS credentials', /(?:^|\/)\.aws(?:\/(?:credentials|config|sso(?:\/.{0,200})?|\*{0,2}))?$/),
  row('credential', 'Azure credentials', /(?:^|\/)\.azure(?:\/|$)/),
  row('credential', 'Google Cloud credentials', /(?:^|\/)(?:\.config\/gcloud(?:\/|$)|application_default_credentials\.json$)/),
  row('credential', 'Kubernetes credentials', /(?:^|\/)\.kube(?:\/config)?$/),
  row('credential', 'Docker credentials', /(?:^|\/)\.docker\/config\.json$/),
  row('credential', 'netrc', /(?:^|\/)[._]netrc$/),
  row('credential', 'git credentials', /(?:^|\/)(?:\.git-credentials|\.config\/git\/credentials)$/),
  row('credential', 'GitHub CLI token', /(?:^|\/)\.config\/(?:gh|hub)(?:\/(?:hosts\.yml)?)?$/),
  row('credential', 'npm token', /^~\/\.npmrc$/),
  row('credential', 'PyPI token', /(?:^|\/)\.pypirc$/),
  row('credential', 'database passwords', /(?:^|\/)(?:\.pgpass|\.my\.cnf|\.mylogin\.cnf)$/),
  row(
    'credential',
    'package registry credentials',
    /(?:^|\/)(?:\.cargo\/credentials(?:\.toml)?|\.gem\/credentials|\.m2\/settings\.xml|\.gradle\/gradle\.properties)$/,
  ),
  row(
    'credential',
    'infrastructure credentials',
    /(?:^|\/)(?:\.terraform\.d\/credentials\.tfrc\.json|\.vault-token|\.config\/doctl\/config\.yaml|\.fly\/config\.yml|\.netlify\/config\.json|\.config\/rclone\/rclone\.conf|\.s3cfg|\.boto)$/,
  ),
  row(
    'credential',
    'Codespaces secrets',
    /(?:^|\/)workspaces\/\.codespaces\/shared\/(?:\.?user-secrets[\w.-]{0,40}|\.env[\w.-]{0,20}|environment-variables\.json)$/,
  ),
  row('credential', 'Terraform state', /\.tfstate(?:\.backup)?$/),
  row('credential', 'keychain', /(?:^|\/)(?:Library\/Keychains|\.local\/share\/keyrings|\.password-store)(?:\/|$)|login\.keychain(?:-db)?$/),
  row('credential', 'password manager data', /(?:1Password|Bitwarden|KeePass|LastPass|Dashlane)[^/]{0,40}(?:\/|$)|\.kdbx$|\.agilekeychain(?:\/|$)/i),
  row('other', 'browser integration', /\/(?:NativeMessagingHosts|DevToolsActivePort)(?:\/|$)/),
  row(
    'credential',
    'browser profile',
    /(?:Google\/Chrome|google-chrome|Chromium|chromium|BraveSoftware|Brave-Browser|Microsoft\/?\s?Edge|microsoft-edge|Mozilla\/Firefox|\.mozilla\/firefox|Firefox\/Profiles|Vivaldi|Opera Software|Arc\/User Data|Apple\.Safari|Library\/Safari)(?:\/|$)/i,
  ),
  row(
    'credential',
    'browser logins',
    /(?:^|\/)(?:Login Data|Cookies|Cookies\.binarycookies|Web Data|Local State|logins\.json|key4\.db|cookies\.sqlite|Local Extension Settings)$/i,
  ),
  row(
    'credential',
    'messenger session',
    /(?:^|\/)(?:Telegram Desktop\/tdata|tdata|discord\/Local Storage|Slack\/(?:storage|Cookies)|Signal\/(?:config\.json|sql))(?:\/|$)?/i,
  ),
  row(
    'credential',
    'wallet',
    /(?:^|\/)(?:wallet\.dat|\.bitcoin|\.ethereum|\.electrum|\.monero|\.config\/solana(?:\/id\.json)?|\.solana|\.exodus|Exodus|Atomic\/Local Storage|Ledger Live|Phantom|MetaMask|keystore\/UTC--.{0,80})(?:\/|$)?/,
  ),
  row(
    'agent-secret',
    'agent credentials',
    /(?:^|\/)\.(?:openclaw|clawdbot|moltbot)\/(?:credentials|agents|devices?|identity|auth|sessions|oauth|secrets|\.env)(?:[/.].{0,200})?$/,
  ),
  row(
    'agent-secret',
    'agent credentials',
    /(?:^|\/)(?:auth-profiles\.json|\.claude\/\.credentials\.json|\.claude\.json|\.codex\/auth\.json|\.gemini\/oauth_creds\.json|\.config\/github-copilot(?:\/.{0,100})?|\.local\/share\/opencode\/auth\.json|\.config\/clawhub\/config\.json|\.config\/clawdhub\/config\.json)$/,
  ),
  row(
    'agent-log',
    'agent transcripts',
    /(?:^|\/)\.(?:claude\/projects|claude\/history\.jsonl|codex\/(?:sessions|history\.jsonl)|openclaw\/(?:logs|transcripts)|clawdbot\/logs)(?:\/|$)/,
  ),
  row(
    'agent-config',
    'agent settings',
    /(?:^|\/)(?:\.?openclaw(?:\/openclaw)?\.json5?|clawdbot\.json5?|moltbot\.json5?|\.claude\/settings(?:\.local)?\.json|\.codex\/config\.toml|\.gemini\/settings\.json|\.cursor\/(?:mcp|hooks|cli-config|permissions)\.json|\.mcp\.json|mcp\.json|mcp_config\.json|claude_desktop_config\.json|opencode\.jsonc?|\.claude\/hooks(?:\/.{0,100})?|exec-approvals\.json|\.vscode\/(?:settings|tasks|mcp)\.json)$/,
  ),
  row(
    'agent-memory',
    'agent instructions',
    /(?:^|\/)(?:CLAUDE(?:\.local)?|AGENTS|GEMINI|SOUL|MEMORY|IDENTITY|USER|HEARTBEAT|TOOLS|BOOTSTRAP)\.md$|(?:^|\/)(?:\.cursorrules|\.windsurfrules|\.clinerules|\.github\/copilot-instructions\.md)$|(?:^|\/)\.cursor\/rules(?:\/|$)/,
  ),
  row(
    'agent-skills',
    'skills folder',
    /(?:^|\/)\.(?:openclaw|clawdbot|moltbot|claude|codex|agents|cursor|gemini)\/(?:workspace\/)?(?:skills|plugins|extensions|commands|agents|subagents)(?:\/|$)/,
  ),
  row('agent-config', 'agent home', /^~\/\.(?:openclaw|clawdbot|moltbot|claude|codex)$/),
  row('dotenv', '.env file', /(?:^|\/)\.env(?:\.(?!example|sample|template|dist)[A-Za-z0-9_-]{1,40})?$/),
  row(
    'shell-history',
    'shell history',
    /(?:^|\/)(?:\.(?:bash|zsh|sh|psql|mysql|python|node_repl|sqlite)_history|\.local\/share\/fish\/fish_history|ConsoleHost_history\.txt)$/,
  ),
  row(
    'shell-rc',
    'shell start-up file',
    /^(?:~\/|\$\{[^}]{0,80}\}\/?|\/etc\/skel\/)?(?:\.(?:bashrc|bash_profile|bash_login|profile|bash_logout|zshrc|zprofile|zshenv|zlogin|kshrc|cshrc|tcshrc|xprofile|xinitrc|xsessionrc)|\.config\/fish\/(?:config\.fish|conf\.d(?:\/.{0,80})?))$|(?:^|\/)Microsoft\.(?:PowerShell|VSCode)_profile\.ps1$|^\/etc\/(?:profile|bash\.bashrc|zshrc|environment)(?:\.d)?(?:\/|$)|^\$?\{?PROFILE\}?$/,
  ),
  row('cron', 'cron', /^\/etc\/(?:crontab|cron\.(?:d|daily|hourly|weekly|monthly))(?:\/|$)|^\/var\/spool\/cron(?:\/|$)/),
  row('launchd', 'launchd', /(?:^|\/)Library\/Launch(?:Agents|Daemons)(?:\/|$)/),
  row('systemd', 'systemd unit', /(?:^|\/)(?:etc\/systemd|lib\/systemd|\.config\/systemd)(?:\/|$)|^\/etc\/init\.d(?:\/|$)|^\/etc\/rc\.local$/),
  row('autostart', 'autostart entry', /(?:^|\/)\.config\/autostart(?:\/|$)|Start Menu\/Programs\/Startup(?:\/|$)/i),
  row('git-hook', 'git hook', /(?:^|\/)\.git\/hooks(?:\/|$)|(?:^|\/)\.githooks(?:\/|$)|(?:^|\/)\.husky(?:\/|$)/),
  row('python-startup', 'Python start-up file', /(?:^|\/)(?:sitecustomize|usercustomize)\.py$|site-packages\/[^/]{1,80}\.pth$/),
  row('preload', 'loader configuration', /^\/etc\/ld\.so\.(?:preload|conf)/),
  row('sudoers', 'sudoers', /^\/etc\/sudoers(?:\.d)?(?:\/|$)|^\/etc\/pam\.d(?:\/|$)/),
  row('hosts-file', 'hosts file', /^\/etc\/(?:hosts|resolv\.conf)$/),
  row(
    'system-secret',
    'system secret',
    /^\/etc\/(?:shadow|gshadow|master\.passwd)$|^\/(?:var\/)?run\/secrets(?:\/|$)|^\/proc\/(?:self|\d{1,10}|\*|1)\/environ$|\/Windows\/System32\/config\/(?:SAM|SYSTEM)$/,
  ),
  row('docker-socket', 'Docker socket', /docker\.sock$/),
  row('system-log', 'system log', /^\/var\/log(?:\/|$)|^\/var\/(?:run\/utmp|adm)/),
  row(
    'tool-config',
    'tool configuration',
    /(?:^|\/)(?:\.npmrc|\.yarnrc(?:\.yml)?|\.pip\/pip\.conf|pip\.conf|pip\.ini|\.gitconfig|\.config\/pip(?:\/pip\.conf)?|\.cargo\/config(?:\.toml)?|\.condarc|\.gemrc|bunfig\.toml|uv\.toml|\.curlrc|\.wgetrc|\.envrc)$/,
  ),
  row('device', 'device', /^\/dev\/(?!null$|stdin$|stdout$|stderr$|tty$|zero$|u?random$|fd\/|tcp\/|udp\/|shm\/)/),
  row('temp', 'temporary file', /^(?:\/tmp|\/var\/tmp|\/private\/tmp|\$\{(?:TMPDIR|TEMP|TMP)\}|%TEMP%)(?:\/|$)/i),
  row(
    'root',
    'file system root',
    /^(?:\/\*?|[A-Za-z]:\/?\*?|\/(?:etc|usr|bin|sbin|lib|var|boot|opt|home|root|Users|System|Library|Applications)\/?\*?)$/,
  ),
  row('home', 'home folder', /^~(?:\/\*{0,2})?$/),
];

export interface PathMeaning {
  readonly class: PathClass;
  readonly label: string;
  /** Normalised text, holes as `${NAME}`. */
  readonly path: string;
}

const memo = new Map<string, PathMeaning>();

/** Classifies a path as text. Real home folders (`/Users/x`, `/home/x`, `/root`, `C:/Users/x`, `%APPDATA%`, `$env:APPDATA`) count as `~`. */
export function meaningOf(text: string): PathMeaning {
  const known = memo.get(text);
  if (known !== undefined) return known;
  const path = normalisePath(text.slice(0, 600))
    .replace(/^(?:\/(?:Users|home)\/[^/]{1,60}|\/root|[A-Za-z]:\/Users\/[^/]{1,60}|\$\{(?:home|HOME_DIR|homedir|home_dir)\})(?=\/|$)/, '~')
    .replace(/^(?:%(?:LOCAL)?APPDATA%|\$\{(?:LOCAL)?APPDATA\})(?=\/)/i, '~/AppData')
    .replace(/^\$\{XDG_CONFIG_HOME\}(?=\/)/, '~/.config');
  const found = ROWS.find((candidate) => candidate.match.test(path));
  const meaning: PathMeaning = { class: found?.class ?? 'other', label: found?.label ?? 'file', path };
  if (memo.size < 20_000) memo.set(text, meaning);
  return meaning;
}

/** Classifies a value; an unknown start (`${dir}/id_rsa`) is judged by what is known of its tail. */
export function pathOf(value: Value): PathMeaning {
  if (value.kind === 'unknown') return { class: 'other', label: 'unknown path', path: '${…}' };
  return meaningOf(
    partsOf(value)
      .map((part) => (typeof part === 'string' ? part : `\${${part.env ?? part.name ?? '…'}}`))
      .join(''),
  );
}

/** Classes whose content is a secret wherever it goes. */
export const SECRET_CLASSES: ReadonlySet<PathClass> = new Set(['credential', 'agent-secret', 'system-secret', 'shell-history', 'dotenv']);
/** Classes that make something run later. */
export const PERSISTENT_CLASSES: ReadonlySet<PathClass> = new Set([
  'shell-rc',
  'cron',
  'launchd',
  'systemd',
  'autostart',
  'git-hook',
  'python-startup',
  'preload',
]);
