/**
 * Files that hosts run or load without being asked: path, host, what in it runs. Shipped inside a skill folder they may take effect when the folder is opened, installed or trusted.
 * `live` rows take effect where they lie; the others only once somebody copies them into place or names them. First match wins. A table without parsers, so that choosing
 * a reader costs nothing.
 */
export type ManifestKind =
  | 'package'
  | 'lock'
  | 'npm-ini'
  | 'npm-yaml'
  | 'npm-toml'
  | 'gyp'
  | 'pyproject'
  | 'python-run'
  | 'pth'
  | 'setup-cfg'
  | 'requirements'
  | 'pipfile'
  | 'pip-ini'
  | 'pip-toml'
  | 'conda'
  | 'gemfile'
  | 'go-mod'
  | 'brewfile'
  | 'cargo'
  | 'cargo-config'
  | 'build-rs'
  | 'composer'
  | 'deno'
  | 'devbox'
  | 'mise'
  | 'envrc'
  | 'git-hook'
  | 'git-config'
  | 'git-attributes'
  | 'pre-commit'
  | 'lefthook'
  | 'claude'
  | 'hooks'
  | 'cursor-hooks'
  | 'kiro-hook'
  | 'mcp'
  | 'codex'
  | 'gemini'
  | 'cursor'
  | 'cursor-environment'
  | 'opencode'
  | 'openclaw'
  | 'zed'
  | 'amp'
  | 'aider'
  | 'plugin'
  | 'marketplace'
  | 'metadata'
  | 'vscode-tasks'
  | 'vscode-launch'
  | 'vscode-settings'
  | 'code-workspace'
  | 'devcontainer'
  | 'idea'
  | 'plist'
  | 'systemd'
  | 'desktop'
  | 'crontab'
  | 'reg'
  | 'command-lines';

export interface AutoloadRow {
  readonly match: RegExp;
  readonly kind: ManifestKind;
  readonly host: string;
  /** What in it runs or takes effect, for people. */
  readonly runs: string;
  readonly live: boolean;
}

const row = (match: RegExp, kind: ManifestKind, host: string, runs: string, live = true): AutoloadRow => ({ match, kind, host, runs, live });

export const AUTOLOAD: readonly AutoloadRow[] = [
  // Coding agents
  row(
    /(?:^|\/)\.claude\/(?:settings(?:\.local)?|managed-settings)\.json$|(?:^|\/)managed-settings\.json$/i,
    'claude',
    'claude',
    'hooks, helper commands and permissions on start',
  ),
  row(/(?:^|\/)\.claude\.json$/i, 'claude', 'claude', 'MCP servers and trust on start'),
  row(/(?:^|\/)\.(?:factory|augment|qoder|codebuddy)\/settings(?:\.local)?\.json$/i, 'claude', 'claude', 'hooks and permissions on start'),
  row(
    /(?:^|\/)\.(?:gemini|qwen)\/settings\.json$|(?:^|\/)gemini-extension\.json$/i,
    'gemini',
    'gemini',
    'hooks, tool commands and MCP servers on start',
  ),
  row(/(?:^|\/)\.codex\/(?:config|[\w-]{1,40}\.config)\.toml$/i, 'codex', 'codex', 'notify command, approval, sandbox and MCP servers on start'),
  row(
    /(?:^|\/)\.cursor\/hooks\.json$|(?:^|\/)\.(?:windsurf|codeium|github|copilot|codex)\/(?:hooks\/[\w.-]{1,80}|hooks)\.json$/i,
    'cursor-hooks',
    'cursor',
    'hooks on agent events',
  ),
  row(/(?:^|\/)\.kiro\/hooks\/[^/]{1,100}$/i, 'kiro-hook', 'kiro', 'hooks on agent events'),
  row(/(?:^|\/)hooks\/hooks\.json$|(?:^|\/)hooks\.json$/i, 'hooks', 'claude', 'plugin hooks on agent events'),
  row(
    /(?:^|\/)(?:\.mcp|\.cursor\/mcp|\.vscode\/mcp|\.roo\/mcp|\.kiro\/settings\/mcp|\.amazonq\/mcp|\.junie\/mcp\/mcp|\.windsurf\/mcp_config|\.codeium\/(?:windsurf\/)?mcp_config|\.gemini\/mcp|\.trae\/mcp|\.continue\/mcpServers\/[\w.-]{1,60})\.json$/i,
    'mcp',
    'mcp',
    'MCP servers when the folder is opened',
  ),
  row(
    /(?:^|\/)(?:mcp|mcp[-_]config|mcp[-_]servers|mcp[-_]settings|cline_mcp_settings|claude_desktop_config|mcporter)\.json$/i,
    'mcp',
    'mcp',
    'MCP servers once it is copied into place',
    false,
  ),
  row(/(?:^|\/)\.cursor\/(?:cli|cli-config|permissions|sandbox)\.json$/i, 'cursor', 'cursor', 'permissions on start'),
  row(/(?:^|\/)\.cursor\/environment\.json$/i, 'cursor-environment', 'cursor', 'install and start commands of background agents'),
  row(/(?:^|\/)\.?opencode(?:\/opencode)?\.jsonc?$/i, 'opencode', 'opencode', 'plugins, permissions and MCP servers on start'),
  row(
    /(?:^|\/)(?:openclaw|clawdbot|moltbot)\.json5?$|(?:^|\/)\.(?:openclaw|clawdbot|moltbot)\/(?:config|settings|exec-approvals|cron\/jobs)\.json5?$|(?:^|\/)exec-approvals\.json$/i,
    'openclaw',
    'openclaw',
    'gateway, tools, channels and hooks on start',
    false,
  ),
  row(/(?:^|\/)\.zed\/settings\.json$/i, 'zed', 'zed', 'context servers and tool approval on start'),
  row(/(?:^|\/)\.amp\/settings\.jsonc?$/i, 'amp', 'amp', 'MCP servers and approval on start'),
  row(/(?:^|\/)\.aider\.conf\.ya?ml$/i, 'aider', 'aider', 'test and lint commands on start'),
  row(/(?:^|\/)\.(?:claude|cursor|codex|factory)-plugin\/plugin\.json$/i, 'plugin', 'claude', 'hooks and MCP servers when the plugin is on'),
  row(/(?:^|\/)\.(?:claude|cursor|codex|factory|agents)-plugin\/marketplace\.json$/i, 'marketplace', 'claude', 'plugins it offers', false),
  row(
    /(?:^|\/)(?:_meta|skill|manifest|metadata|(?:openclaw|clawdbot|moltbot)\.plugin|openclaw-skill|clawdbot-skill|clawhub|clawdhub|plugin|claw|agent-card)\.json$/i,
    'metadata',
    'openclaw',
    'name and description in every session',
    false,
  ),
  // Editors and containers
  row(/(?:^|\/)\.(?:vscode|cursor|zed)\/tasks\.json$/i, 'vscode-tasks', 'vscode', 'tasks with runOn folderOpen'),
  row(/(?:^|\/)\.vscode\/launch\.json$/i, 'vscode-launch', 'vscode', 'launch configurations on request', false),
  row(/(?:^|\/)\.vscode\/settings\.json$/i, 'vscode-settings', 'vscode', 'interpreters, terminals and approvals when the folder is trusted'),
  row(/\.code-workspace$/i, 'code-workspace', 'vscode', 'settings and tasks when the workspace is opened'),
  row(
    /(?:^|\/)(?:\.devcontainer(?:\/[^/]{1,80})?\/devcontainer|\.devcontainer|devcontainer)\.json$/i,
    'devcontainer',
    'vscode',
    'lifecycle commands when the container is built',
  ),
  row(/(?:^|\/)\.idea\/.{1,200}\.xml$|(?:^|\/)\.run\/[^/]{1,100}\.run\.xml$/i, 'idea', 'jetbrains', 'run configurations on request', false),
  // Git
  row(
    /(?:^|\/)(?:\.git|\.bare|[^/]{1,80}\.git)\/hooks\/[^/]{1,100}$|(?:^|\/)\.git\/modules\/.{1,200}\/hooks\/[^/]{1,100}$/i,
    'git-hook',
    'git',
    'hooks on commit, checkout, merge and push',
  ),
  row(/(?:^|\/)\.(?:husky|githooks|git-hooks)\/(?!_\/)[^/.]{1,60}$/i, 'git-hook', 'git', 'hooks once hooksPath points there'),
  row(
    /(?:^|\/)(?:\.git\/(?:modules\/.{1,200}\/)?config(?:\.worktree)?|\.gitconfig|\.gitmodules|\.git\/info\/config)$/i,
    'git-config',
    'git',
    'pagers, filters, fsmonitor and helpers on any git command',
  ),
  row(/(?:^|\/)(?:\.gitattributes|\.git\/info\/attributes)$/i, 'git-attributes', 'git', 'filters on checkout'),
  row(/(?:^|\/)\.pre-commit-(?:config|hooks)\.ya?ml$/i, 'pre-commit', 'git', 'hooks on commit once installed'),
  row(/(?:^|\/)\.?lefthook(?:-local)?\.(?:ya?ml)$/i, 'lefthook', 'git', 'hooks on commit once installed'),
  // Packages
  row(/(?:^|\/)package\.json$/i, 'package', 'npm', 'install scripts on npm install'),
  row(
    /(?:^|\/)(?:package-lock|npm-shrinkwrap)\.json$|(?:^|\/)(?:yarn|bun|poetry|uv|pdm|Gemfile|Cargo|composer|mix|flake|deno|pixi)\.lock$|(?:^|\/)(?:pnpm-lock\.yaml|Pipfile\.lock|go\.sum|conda-lock\.yml|shrinkwrap\.yaml|gems\.locked)$/i,
    'lock',
    'npm',
    'addresses that packages come from',
    false,
  ),
  row(/(?:^|\/)\.?(?:npmrc|yarnrc|pnpmrc)$/i, 'npm-ini', 'npm', 'registry and script settings on install'),
  row(/(?:^|\/)\.yarnrc\.ya?ml$/i, 'npm-yaml', 'npm', 'registry, plugins and yarnPath on install'),
  row(/(?:^|\/)\.?bunfig\.toml$/i, 'npm-toml', 'npm', 'registry and preloads on install'),
  row(/(?:^|\/)[^/]{1,60}\.gypi?$/i, 'gyp', 'npm', 'command expansions when node-gyp runs on install'),
  row(/(?:^|\/)pyproject\.toml$/i, 'pyproject', 'pip', 'build backend on pip install'),
  row(
    /(?:^|\/)(?:setup|conftest|sitecustomize|usercustomize|hatch_build|pdm_build|_custom_build)\.py$/,
    'python-run',
    'pip',
    'whole file on pip install, pytest or interpreter start',
  ),
  row(/\.pth$/i, 'pth', 'python', 'import lines when any Python starts'),
  row(/(?:^|\/)setup\.cfg$/i, 'setup-cfg', 'pip', 'dependencies on pip install', false),
  row(
    /(?:^|\/)(?:[a-z]{0,20}[-_.]?requirements?(?:[-_.][\w-]{1,40}){0,2}|constraints(?:[-_.][\w-]{1,40})?)\.(?:txt|in|pip)$|(?:^|\/)requirements\/[\w.-]{1,60}\.(?:txt|in)$/i,
    'requirements',
    'pip',
    'dependencies and index on pip install',
    false,
  ),
  row(/(?:^|\/)Pipfile$/i, 'pipfile', 'pip', 'dependencies and index on pipenv install', false),
  row(/(?:^|\/)(?:\.?pip\.(?:conf|ini)|\.pypirc|\.?pydistutils\.cfg)$/i, 'pip-ini', 'pip', 'index on pip install'),
  row(/(?:^|\/)uv\.toml$/i, 'pip-toml', 'pip', 'index on uv'),
  row(
    /(?:^|\/)(?:\.?condarc|environment[\w.-]{0,40}\.ya?ml|conda[\w.-]{0,40}\.ya?ml)$/i,
    'conda',
    'conda',
    'channels and packages on conda env create',
    false,
  ),
  row(/(?:^|\/)(?:Gemfile|gems\.rb)$/i, 'gemfile', 'gem', 'Ruby code on bundle install', false),
  row(/(?:^|\/)go\.(?:mod|work)$/i, 'go-mod', 'go', 'module replacements on build', false),
  row(/(?:^|\/)Brewfile$/i, 'brewfile', 'brew', 'taps and casks on brew bundle', false),
  row(/(?:^|\/)Cargo\.toml$/i, 'cargo', 'cargo', 'build script on cargo build', false),
  row(/(?:^|\/)\.cargo\/config(?:\.toml)?$/i, 'cargo-config', 'cargo', 'wrappers, runners and registries on any cargo command'),
  row(/(?:^|\/)build\.rs$/i, 'build-rs', 'cargo', 'whole file on cargo build'),
  row(/(?:^|\/)composer\.json$/i, 'composer', 'composer', 'scripts on composer install'),
  row(/(?:^|\/)deno\.jsonc?$/i, 'deno', 'deno', 'tasks and imports on request', false),
  row(/(?:^|\/)devbox\.json$/i, 'devbox', 'devbox', 'init hook when the shell starts'),
  row(
    /(?:^|\/)(?:\.?mise(?:\.local)?|\.config\/mise(?:\/config)?|\.?rtx)\.toml$/i,
    'mise',
    'mise',
    'hooks and environment when the folder is entered',
  ),
  row(
    /(?:^|\/)\.envrc(?:\.local)?$|(?:^|\/)\.autoenv(?:\.zsh|\.sh)?$|(?:^|\/)\.in(?:\.zsh|\.bash)?$/i,
    'envrc',
    'direnv',
    'whole file when the folder is entered',
  ),
  // Operating system
  row(/\.plist$/i, 'plist', 'launchd', 'program at login once installed', false),
  row(/\.(?:service|timer|socket)$/i, 'systemd', 'systemd', 'program at boot once installed', false),
  row(/\.desktop$/i, 'desktop', 'desktop', 'program at login or on a double click', false),
  row(
    /(?:^|\/)crontab(?:\.txt)?$|\.(?:cron|crontab)$|(?:^|\/)cron\.d\/[^/]{1,80}$/i,
    'crontab',
    'cron',
    'commands on schedule once installed',
    false,
  ),
  row(/\.reg$/i, 'reg', 'windows', 'registry keys once merged', false),
  row(/\.inf$|(?:^|\/)udev\/.{1,100}\.rules$|(?:^|\/)rules\.d\/[^/]{1,100}\.rules$/i, 'command-lines', 'os', 'commands on plug-in or setup', false),
];

/** Pages and shell scripts outside dot folders and cron folders fall under no row; asking this first spares small skills the compiling of all the others. */
const PAGE = /^(?!\.|cron\.d\/)(?:(?!\/\.|\/cron\.d\/)[^\n]){1,990}\.(?:md|sh|bash)$/;

/** The row a path falls under; undefined for ordinary files. */
export const autoloadOf = (path: string): AutoloadRow | undefined =>
  path.length > 1_000 || PAGE.test(path) ? undefined : AUTOLOAD.find((candidate) => candidate.match.test(path));

/** For the list of languages: is this file read by the manifest reader? */
export const isManifest = (path: string): boolean => autoloadOf(path) !== undefined;
