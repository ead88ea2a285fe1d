/**
 * What a setting of an agent host or developer tool means for its user's safety: system, key, test of the value, effect. One table for every spelling, so that a shipped file
 * (`openclaw.json`), a command (`openclaw config set gateway.bind lan`) and a prose demand are judged alike. It holds what loosens a host; a value that tightens one has no
 * row. Sources: the hosts' own configuration references (OpenClaw, Claude Code, Codex, Gemini CLI, Cursor, VS Code, opencode, npm, pip, git), gathered 2026-11.
 */
import type { ConfigEffect } from '../model.ts';

export interface SettingRow {
  readonly system: string;
  /** On the dotted path of the key, list positions left out. */
  readonly key: RegExp;
  /** On the value as text; list items are tested one by one. */
  readonly value: RegExp;
  readonly effect: ConfigEffect;
}

const TRUE = /^(?:true|1|yes|on|enabled)$/i;
const FALSE = /^(?:false|0|no|off|none|null|disabled|never)$/i;
const STAR = /^(?:\*|\*:\*|\*\*|all|any|everyone)$/i;
const ANY = /[^\s]/;
const REMOTE = /^[a-z][a-z0-9+.-]{0,20}:\/\//i;
/** Programs that run whatever they are given. */
const EXECUTORS =
  'bash|sh|zsh|dash|ksh|fish|pwsh|powershell|cmd|python|python2|python3|node|nodejs|deno|bun|tsx|ts-node|perl|ruby|php|lua|awk|gawk|sed|find|xargs|env|eval|exec|docker|podman|kubectl|ssh|sudo|su|npx|uvx|uv|pipx|npm|pip|pip3|make|curl|wget|nc|ncat|socat|osascript|vim|vi|git|tar|rsync|nohup|timeout|watch|tmux|screen|crontab|systemctl';
const EXECUTOR = new RegExp(`^(?:.{0,200}/)?(?:${EXECUTORS})$`, 'i');
const HOST_MOUNT =
  /^(?:~|\/|\.\.|\$HOME|\$\{HOME\}|[A-Za-z]:\\?|\/(?:etc|root|home|Users|var|proc|sys|dev|run|opt|usr)\/?|(?:~|\$HOME|\$\{HOME\}|\/root|\/home\/[^/:]{1,60}|\/Users\/[^/:]{1,60})(?:\/(?:\.[^:]{0,100})?)?|[^:]{0,100}docker\.sock)(?::[^\n]{0,300})?$/;

const rows = (system: string, list: readonly (readonly [key: RegExp, value: RegExp, effect: ConfigEffect])[]): SettingRow[] =>
  list.map(([key, value, effect]) => ({ system, key, value, effect }));

const OPENCLAW = rows('openclaw', [
  [/^gateway\.(?:bind|host|listen|customBindHost)$/, /^(?!loopback$|localhost$|127\.|::1$|tailnet$|\[::1\])[^\s]/i, 'expose-port'],
  [
    /^(?:canvasHost|nodeHost|gateway\.http|gateway\.controlUi|browser)\.(?:bind|host|listen)$/,
    /^(?:lan|public|auto|0\.0\.0\.0|::|\*|\[::\])$/i,
    'expose-port',
  ],
  [/^gateway\.tailscale\.mode$/, /^funnel$/i, 'tunnel'],
  [/^gateway\.tunnel(?:\.|$)/, ANY, 'tunnel'],
  [/^gateway\.auth(?:\.mode|\.enabled|\.type)?$/, /^(?:none|off|false|disabled|open|no|0|null)$/i, 'disable-auth'],
  [/^gateway\.auth\.(?:token|password)$/, /^(?:|null)$/, 'disable-auth'],
  [/(?:^|\.)allowInsecureAuth$/, TRUE, 'disable-auth'],
  [/(?:^|\.)dangerously[A-Za-z]{0,60}Auth$/, TRUE, 'disable-auth'],
  [/^gateway\.controlUi\.allowedOrigins$/, STAR, 'disable-auth'],
  [/^gateway\.trustedProxies$/, /^(?:0\.0\.0\.0\/0|::\/0|\*)$/, 'disable-auth'],
  [/^gateway\.auth\.rateLimit(?:\.enabled)?$/, FALSE, 'disable-protection'],
  [/^gateway\.(?:remote\.url)$/, REMOTE, 'redirect-api'],
  [/^gateway\.nodes\.allowCommands$/, ANY, 'exec-allow-all'],
  [/^(?:devices|pairing|gateway\.(?:devices|pairing))\.(?:autoApprove|auto|trustAll|paired)(?:\.|$)/, /^(?!false$|0$|off$|no$)/i, 'add-device'],
  [/(?:^|\.)exec\.security$|^(?:defaults|agents\.[^.]{1,60})\.security$/, /^(?:full|all|off|none|unrestricted|allow)$/i, 'exec-allow-all'],
  [/(?:^|\.)exec\.ask$|^(?:defaults|agents\.[^.]{1,60})\.ask(?:Fallback)?$/, /^(?:off|never|none|false|no|full)$/i, 'disable-approval'],
  [/(?:^|\.)exec\.host$/, /^(?:gateway|node|host|local)$/i, 'disable-sandbox'],
  [/(?:^|\.)exec\.(?:safeBins|allowBins|safeBinTrustedDirs)$/, EXECUTOR, 'allow-code-executor'],
  [/(?:^|\.)exec\.safeBins$/, STAR, 'exec-allow-all'],
  [
    /(?:^|\.)exec\.allowlist(?:\.pattern|\.[^.]{1,60})?$|^(?:(?:defaults|agents\.[^.]{1,60})\.)?allowlist(?:\.pattern)?$/,
    /^(?:\*|\*\*|\/\*\*|\*\*\/\*)$/,
    'exec-allow-all',
  ],
  [
    /(?:^|\.)exec\.allowlist(?:\.pattern|\.[^.]{1,60})?$|^(?:(?:defaults|agents\.[^.]{1,60})\.)?allowlist(?:\.pattern)?$/,
    EXECUTOR,
    'allow-code-executor',
  ],
  [/(?:^|\.)exec\.applyPatch\.workspaceOnly$|(?:^|\.)fs\.workspaceOnly$/, FALSE, 'mount-host'],
  [/(?:^|\.)approvals(?:\.exec)?(?:\.enabled)?$/, FALSE, 'disable-approval'],
  [/(?:^|\.)autoAllowSkills$/, TRUE, 'exec-allow-all'],
  [/(?:^|\.)(?:autoApprove|auto_approve|skipApproval|yolo|requireApproval\.enabled)$/, /^(?:true|1|yes|on|all|\*|always)$/i, 'disable-approval'],
  [/(?:^|\.)(?:requireApproval|requireConfirmation|confirmations?)$/, FALSE, 'disable-approval'],
  [/(?:^|\.)elevated(?:\.enabled|Default)?$/, /^(?:true|1|yes|on|full|always)$/i, 'privileged'],
  [/(?:^|\.)elevated\.allowFrom(?:\.[^.]{1,60})?$/, STAR, 'privileged'],
  [/(?:^|\.)tools\.(?:allow|alsoAllow)$|(?:^|\.)tools\.profile$/, /^(?:\*|full|all)$/i, 'permission-bypass'],
  [/(?:^|\.)tools\.(?:allow|alsoAllow)$/, /^(?:gateway|group:automation|config)$/i, 'write-self'],
  [/(?:^|\.)tools\.deny$/, /^(?:\[\]|null|none)?$/i, 'permission-bypass'],
  [/(?:^|\.)sandbox(?:\.mode|\.enabled)?$/, /^(?:off|none|false|disabled|never|0|no)$/i, 'disable-sandbox'],
  [/(?:^|\.)sandbox\.docker\.network$/, /^(?:host|bridge)$/i, 'disable-sandbox'],
  [/(?:^|\.)sandbox\.docker\.readOnlyRoot$/, FALSE, 'disable-sandbox'],
  [/(?:^|\.)sandbox\.docker\.user$/, /^(?:root|0)(?::|$)/, 'privileged'],
  [/(?:^|\.)sandbox\.docker\.(?:binds|mounts|volumes)$/, HOST_MOUNT, 'mount-host'],
  [/(?:^|\.)sandbox\.docker\.(?:seccompProfile|apparmorProfile)$/, /unconfined/i, 'disable-protection'],
  [/(?:^|\.)sandbox\.docker\.capDrop$/, /^(?:\[\]|null|none)$/i, 'privileged'],
  [/(?:^|\.)sandbox\.docker\.(?:capAdd|privileged)$/, /^(?:ALL|SYS_ADMIN|true)$/i, 'privileged'],
  [/(?:^|\.)(?:noSandbox|no_sandbox)$/, TRUE, 'disable-sandbox'],
  [/(?:^|\.)(?:dmPolicy|groupPolicy|dm\.policy|dm_policy)$/, /^(?:open|all|any|\*|public)$/i, 'open-channel'],
  [/(?:^|\.)(?:allowFrom|groupAllowFrom|dm\.allowFrom|ownerAllowFrom|allow_from)$/, STAR, 'open-channel'],
  [/^commands\.useAccessGroups$/, FALSE, 'open-channel'],
  [/(?:^|\.)configWrites$|^commands\.(?:config|restart|plugins|mcp)$/, TRUE, 'write-self'],
  [/^commands\.bash(?:\.enabled)?$/, TRUE, 'exec-allow-all'],
  [/^skills\.(?:autoUpdate|auto_update|update\.auto)$|^update\.(?:auto|autoUpdate|auto\.enabled)$|(?:^|\.)autoUpdate$/, TRUE, 'auto-update'],
  [/^update\.channel$/, /^(?:dev|edge|nightly)$/i, 'auto-update'],
  [/^skills\.load\.(?:extraDirs|paths)$|^plugins\.(?:load\.paths|allow|installs\.[^.]{1,80}\.spec)$/, ANY, 'add-plugin'],
  [/^plugins\.entries\.[^.]{1,80}\.enabled$/, TRUE, 'add-plugin'],
  [/^logging\.(?:enabled|file)$|^audit(?:\.enabled)?$/, FALSE, 'disable-logging'],
  [/^logging\.(?:level|consoleLevel)$/, /^(?:silent|off|none|fatal)$/i, 'disable-logging'],
  [/^logging\.redactSensitive$/, FALSE, 'disable-protection'],
  [/(?:^|\.)loopDetection(?:\.enabled)?$/, FALSE, 'disable-protection'],
  [/(?:^|\.)(?:dangerouslyAllowPrivateNetwork|allowPrivateNetwork)$/, TRUE, 'disable-protection'],
  [/(?:^|\.)allowUnsafeExternalContent$/, TRUE, 'disable-protection'],
  [/(?:^|\.)dangerously[A-Za-z]{1,80}$/, TRUE, 'disable-protection'],
  [/^browser\.(?:cdpUrl|profiles\.[^.]{1,60}\.cdpUrl)$/, /^(?!https?:\/\/(?:127\.|localhost))[^\s]/i, 'redirect-api'],
  [/^models\.providers\.[^.]{1,80}\.baseUrl$/i, REMOTE, 'redirect-api'],
  [/^hooks\.(?:internal\.)?(?:entries\.[^.]{1,80}\.enabled|enabled|installs\.[^.]{1,80})$/, TRUE, 'add-hook'],
  [/^hooks\.(?:mappings\.transform\.module|internal\.load\.extraDirs|transformsDir)$/, ANY, 'add-hook'],
  [/^hooks\.(?:mappings\.)?(?:gmail\.)?allowUnsafeExternalContent$/, TRUE, 'disable-protection'],
  [/^discovery\.(?:mdns|wideArea)(?:\.mode|\.enabled)?$/, /^(?:full|true)$/i, 'expose-port'],
]);

const CLAUDE = rows('claude', [
  [/^permissions\.allow$/, /^(?:\*|Bash|Bash\((?:\*|:\*|\*:\*|\*\s\*)\)|BashOutput\(\*\)|PowerShell(?:\(\*\))?)$/i, 'exec-allow-all'],
  [/^permissions\.allow$/, new RegExp(`^Bash\\((?:sudo )?(?:${EXECUTORS})(?::\\*| ?\\*)\\)$`, 'i'), 'allow-code-executor'],
  [
    /^permissions\.allow$/,
    /^(?:Write|Edit|MultiEdit|NotebookEdit|Update)(?:\((?:\*|\*\*|\/\*{1,2}|\/\/.{0,200}|~.{0,200}|.{0,100}\.claude.{0,100})\))?$/,
    'permission-bypass',
  ],
  [
    /^permissions\.allow$/,
    /^Read\((?:\/\/?\*{1,2}|~\/?\*{0,2}|~\/\.(?:ssh|aws|gnupg|config|kube|docker|npmrc|netrc).{0,200})\)$/,
    'permission-bypass',
  ],
  [/^permissions\.allow$/, /^mcp__\*|^mcp__[\w-]{1,80}(?:__\*)?$/, 'auto-approve-mcp'],
  [/^permissions\.(?:allow|ask)$/, ANY, 'other'],
  [/^permissions\.defaultMode$|^defaultMode$/, /^(?:bypassPermissions|bypass|dontAsk)$/, 'permission-bypass'],
  [/^permissions\.defaultMode$|^defaultMode$/, /^(?:acceptEdits|auto)$/, 'disable-approval'],
  [
    /(?:^|\.)(?:skipDangerousModePermissionPrompt|dangerouslySkipPermissions|bypassPermissions|skipPermissions|bypassPermissionsModeAccepted|allowDangerouslySkipPermissions)$/,
    TRUE,
    'permission-bypass',
  ],
  [/(?:^|\.)(?:autoApprove|autoApproveAll|auto_approve|autoAccept)$/, /^(?:true|1|yes|on|all|\*|always)$/i, 'disable-approval'],
  [/^permissions\.additionalDirectories$/, HOST_MOUNT, 'mount-host'],
  [/(?:^|\.)enableAllProjectMcpServers$/, TRUE, 'auto-approve-mcp'],
  [/(?:^|\.)enabledMcpjsonServers$/, /^(?!\[\]$)/, 'auto-approve-mcp'],
  [/^disableAllHooks$/, TRUE, 'disable-protection'],
  [/^sandbox\.enabled$/, FALSE, 'disable-sandbox'],
  [/^sandbox\.(?:allowUnsandboxedCommands|autoAllowBashIfSandboxed|enableWeakerNestedSandbox)$/, TRUE, 'disable-sandbox'],
  [/^sandbox\.(?:excludedCommands|network\.allowUnixSockets)$/, /docker|^\*$|^bash|^sh$/, 'disable-sandbox'],
  [/^(?:enabledPlugins\.[^\n]{1,120})$/, TRUE, 'add-plugin'],
  [/^extraKnownMarketplaces\.[^\n]{1,120}\.source\.(?:repo|url|path|package)$/, ANY, 'add-plugin'],
  [/^cleanupPeriodDays$/, /^0$/, 'disable-logging'],
  [/^(?:hasTrustDialogAccepted|hasTrustDialogHooksAccepted|projects\.[^\n]{1,200}\.hasTrustDialogAccepted)$/, TRUE, 'permission-bypass'],
]);

const CODEX = rows('codex', [
  [/^(?:profiles\.[^.]{1,60}\.)?approval_policy$/, /^never$/, 'disable-approval'],
  [/^(?:profiles\.[^.]{1,60}\.)?sandbox_mode$/, /^danger-full-access$/, 'disable-sandbox'],
  [/^sandbox_workspace_write\.network_access$/, TRUE, 'disable-sandbox'],
  [/^sandbox_workspace_write\.writable_roots$/, HOST_MOUNT, 'mount-host'],
  [/^shell_environment_policy\.ignore_default_excludes$/, TRUE, 'disable-protection'],
  [/^projects\.[^\n]{1,200}\.trust_level$/, /^trusted$/, 'permission-bypass'],
  [/^history\.persistence$/, /^none$/, 'disable-logging'],
  [/^(?:model_providers\.[^.]{1,60}\.base_url|chatgpt_base_url|openai_base_url)$/, REMOTE, 'redirect-api'],
  [/^otel\.exporter(?:\.[^.]{1,60}){0,2}\.endpoint$/, REMOTE, 'redirect-api'],
  [/^(?:features\.)?(?:dangerously[_a-zA-Z]{0,60}|yolo)$/, TRUE, 'permission-bypass'],
]);

const GEMINI = rows('gemini', [
  [/^(?:autoAccept|tools\.autoAccept|general\.autoAccept)$/, TRUE, 'disable-approval'],
  [/^(?:general\.)?(?:defaultApprovalMode|approvalMode)$/, /^(?:yolo|auto_edit|autoEdit)$/, 'disable-approval'],
  [/^(?:sandbox|tools\.sandbox)$/, FALSE, 'disable-sandbox'],
  [/^(?:tools\.(?:allowed|core)|allowedTools|coreTools|autoAcceptTools)$/, /^(?:run_shell_command|ShellTool|\*)(?:\(\*?\))?$/, 'exec-allow-all'],
  [/^mcpServers\.[^.]{1,80}\.trust$/, TRUE, 'auto-approve-mcp'],
  [/^(?:security\.)?folderTrust(?:\.enabled)?$/, FALSE, 'permission-bypass'],
  [/^telemetry\.otlpEndpoint$/, REMOTE, 'redirect-api'],
  [/^(?:tools\.)?(?:toolDiscoveryCommand|toolCallCommand|discoveryCommand|callCommand)$/, ANY, 'add-hook'],
]);

const EDITORS = [
  ...rows('vscode', [
    [/^chat\.(?:tools\.)?(?:global\.)?(?:autoApprove|agent\.autoApprove|tools\.autoApprove)$/, TRUE, 'disable-approval'],
    [/^chat\.tools\.(?:terminal|edits|urls)\.autoApprove(?:\.[^\n]{0,200})?$/, TRUE, 'exec-allow-all'],
    [/^chat\.mcp\.(?:autostart|discovery\.enabled|access)$/, /^(?:true|always|newAndOutdated|all)$/, 'auto-approve-mcp'],
    [/^task\.allowAutomaticTasks$/, /^(?:on|true)$/, 'preload-code'],
    [/^security\.workspace\.trust\.(?:enabled|startupPrompt|emptyWindow)$/, /^(?:false|never)$/, 'permission-bypass'],
    [/^http\.proxyStrictSSL$/, FALSE, 'disable-tls'],
    [/^http\.proxy$/, REMOTE, 'redirect-api'],
    [/^github\.copilot\.advanced\.debug\.[A-Za-z.]{1,60}Url$/, REMOTE, 'redirect-api'],
    [
      /^(?:python\.(?:defaultInterpreterPath|pythonPath|condaPath|venvPath)|git\.path|eslint\.(?:nodePath|runtime)|typescript\.tsdk|php\.validate\.executablePath|go\.(?:goroot|alternateTools\.[\w-]{1,40})|rust-analyzer\.(?:server\.path|check\.overrideCommand)|terminal\.integrated\.automationProfile\.[\w.]{1,40}|terminal\.integrated\.(?:profiles|shell|shellArgs|defaultProfile)\.[^\n]{1,100})$/,
      /^(?:\.{1,2}\/|\$\{workspaceFolder\}|[^\n]{0,200}(?:[;&|`]|\$\(|-c\b|\bcurl\b))/,
      'preload-code',
    ],
    [
      /^terminal\.integrated\.env\.[a-z]{1,20}\.(?:LD_PRELOAD|DYLD_INSERT_LIBRARIES|BASH_ENV|ENV|PATH|NODE_OPTIONS|PYTHONSTARTUP|PYTHONPATH|PROMPT_COMMAND)$/,
      ANY,
      'preload-code',
    ],
    [/^claude[-A-Za-z]{0,12}\.(?:allowDangerouslySkipPermissions|dangerouslySkipPermissions)$/, TRUE, 'permission-bypass'],
    [/^claude[-A-Za-z]{0,12}\.initialPermissionMode$/, /^bypassPermissions$/, 'permission-bypass'],
    [
      /^(?:cursor|windsurf|cline|roo-cline|kiroAgent)\.[\w.]{0,60}(?:yolo|Yolo|autoApprove|autoRun|alwaysAllow|trustedCommands)[\w.]{0,40}$/,
      /^(?!false$|0$|\[\]$|\{\}$)/,
      'disable-approval',
    ],
  ]),
  ...rows('cursor', [
    [/^permissions\.allow$/, /^(?:Shell\((?:\*|\*\*|)\)|Shell|\*|Write\((?:\*|\*\*|\/\*{1,2})\))$/, 'exec-allow-all'],
    [/^permissions\.allow$/, new RegExp(`^Shell\\((?:${EXECUTORS})(?::\\*)?\\)$`), 'allow-code-executor'],
    [/^(?:approvalMode|approval_mode)$/, /^(?:unrestricted|never|auto)$/, 'disable-approval'],
    [/^sandbox(?:\.mode|\.enabled)?$/, FALSE, 'disable-sandbox'],
    [/^(?:terminalAllowlist|mcpAllowlist)$/, /^(?:\*|\*:\*)$/, 'exec-allow-all'],
  ]),
  ...rows('zed', [[/^agent\.always_allow_tool_actions$/, TRUE, 'disable-approval']]),
  ...rows('amp', [[/^amp\.dangerouslyAllowAll$/, TRUE, 'permission-bypass']]),
  ...rows('aider', [
    [/^yes(?:-always)?$/, TRUE, 'disable-approval'],
    [/^(?:openai-api-base|api-base)$/, REMOTE, 'redirect-api'],
    [/^(?:no-)?verify-ssl$/, FALSE, 'disable-tls'],
  ]),
  ...rows('opencode', [
    [/^permission(?:\.(?:\*|bash|external_directory)(?:\.\*)?)?$/, /^allow$/, 'exec-allow-all'],
    [/^permission\.(?:edit|webfetch|doom_loop)(?:\.\*)?$/, /^allow$/, 'disable-approval'],
    [/^plugin$/, ANY, 'add-plugin'],
    [/^provider\.[^.]{1,80}\.(?:options\.)?(?:baseURL|api)$/, REMOTE, 'redirect-api'],
    [/^instructions$/, REMOTE, 'auto-update'],
  ]),
];

const TOOLS = [
  ...rows('npm', [
    [/^(?:strict-ssl|strictSsl|enableStrictSsl)$/, FALSE, 'disable-tls'],
    [/^(?:unsafeHttpWhitelist)$/, ANY, 'disable-tls'],
    [
      /^(?:script-shell|scriptShell|git|node-options|onload-script|init-module|yarnPath|yarn-path|plugins\.path|plugins\.spec)$/,
      /[/\\.]|--require|--import|-r\b/,
      'preload-code',
    ],
    [/^(?:https?-proxy|proxy|httpsProxy|httpProxy|noproxy)$/, REMOTE, 'redirect-registry'],
    [/^(?:ignore-scripts)$/, FALSE, 'other'],
    [/^(?:enableScripts)$/, TRUE, 'other'],
    [/^(?:always-auth)$/, TRUE, 'other'],
    [/(?:^|:)_(?:auth|authToken|password)$/, ANY, 'other'],
  ]),
  ...rows('pip', [
    [/(?:^|\.)trusted-host$/, ANY, 'disable-tls'],
    [/(?:^|\.)(?:allow-insecure-host)$/, ANY, 'disable-tls'],
    [/(?:^|\.)proxy$/, ANY, 'redirect-registry'],
  ]),
  ...rows('cargo', [
    [
      /^build\.(?:rustc|rustc-wrapper|rustc-workspace-wrapper|rustdoc)$|^target\.[^\n]{1,100}\.(?:runner|linker)$|^env\.(?:RUSTC_WRAPPER|RUSTC|LD_PRELOAD)$|^credential-alias\.[^.]{1,60}$|^registr(?:y|ies)\.(?:[^.]{1,60}\.)?credential-provider$/,
      /^(?!(?:clang|gcc|cc|lld|rust-lld|sccache|wasm-bindgen-test-runner|[\w-]{1,60}-gcc|cargo:[\w:-]{1,60})$)/,
      'preload-code',
    ],
    [/^source\.[^.]{1,80}\.(?:replace-with|registry)$|^registries\.[^.]{1,80}\.index$|^registry\.(?:default|index)$/, ANY, 'redirect-registry'],
    [/^http\.(?:proxy)$/, ANY, 'redirect-registry'],
    [/^http\.check-revoke$/, FALSE, 'disable-tls'],
  ]),
  ...rows('git', [
    [
      /^core\.(?:hookspath|fsmonitor|sshcommand|pager|editor|askpass|gitproxy|alternaterefscommand)$/i,
      /^(?!(?:true|false|less|cat|vim?|nano|code --wait|\.husky(?:\/_)?|\.githooks)$)/,
      'preload-code',
    ],
    [/^core\.hookspath$/i, ANY, 'add-hook'],
    [
      /^(?:filter\.[^\n]{1,100}\.(?:clean|smudge|process)|diff\.[^\n]{1,100}\.(?:command|textconv)|merge\.[^\n]{1,100}\.driver|sequence\.editor|gpg\.(?:[a-z0-9]{1,10}\.)?program|uploadpack\.packobjectshook|credential\.(?:[^\n]{1,200}\.)?helper|pager\.[a-z-]{1,40}|interactive\.difffilter|sendemail\.[\w.-]{1,60}(?:cmd|server)|trailer\.[^\n]{1,60}\.(?:command|cmd)|browser\.[^.]{1,60}\.cmd|difftool\.[^.]{1,60}\.cmd|mergetool\.[^.]{1,60}\.cmd|remote\.[^\n]{1,100}\.(?:uploadpack|receivepack|vcs))$/i,
      /^(?!git-lfs |store$|cache|osxkeychain$|manager|libsecret$|wincred$|less$|cat$|!?gh auth git-credential|!?\/usr\/bin\/gh auth)/,
      'preload-code',
    ],
    [/^alias\.[^\n]{1,80}$/i, /^!/, 'preload-code'],
    [/^include(?:if\.[^\n]{1,100})?\.path$/i, ANY, 'preload-code'],
    [/^url\.[^\n]{1,300}\.(?:insteadof|pushinsteadof)$/i, ANY, 'redirect-registry'],
    [/^(?:remote\.[^\n]{1,100}\.url|submodule\.[^\n]{1,200}\.(?:url|update))$/i, /^(?:ext::|!|-)/, 'preload-code'],
    [/^protocol\.(?:[a-z]{1,20}\.)?allow$/i, /^always$/i, 'disable-protection'],
    [/^safe\.directory$/i, /^\*$/, 'disable-protection'],
    [/^http\.(?:[^\n]{1,200}\.)?sslverify$/i, FALSE, 'disable-tls'],
    [/^http\.(?:[^\n]{1,200}\.)?proxy$/i, ANY, 'redirect-registry'],
    [/^http\.(?:[^\n]{1,200}\.)?extraheader$/i, ANY, 'other'],
  ]),
  ...rows('docker', [
    [/(?:^|\.)privileged$/, TRUE, 'privileged'],
    [/(?:^|\.)(?:network_mode|networkMode|network|pid|ipc|userns_mode|uts)$/, /^host$/, 'disable-sandbox'],
    [/(?:^|\.)(?:cap_add|capAdd)$/, /^(?:CAP_)?(?:ALL|SYS_ADMIN|SYS_PTRACE|NET_ADMIN|SYS_MODULE|DAC_READ_SEARCH)$/i, 'privileged'],
    [/(?:^|\.)(?:security_opt|securityOpt)$/, /unconfined|label[:=]disable|no-new-privileges[:=]false/i, 'disable-protection'],
    [/(?:^|\.)(?:volumes|volumes\.source|binds|mounts|mounts\.source)$/, HOST_MOUNT, 'mount-host'],
    [/(?:^|\.)devices$/, /^\/dev\/(?:mem|kmem|sd[a-z]|nvme|disk)/, 'mount-host'],
    [/(?:^|\.)user$/, /^(?:root|0)(?::|$)/, 'privileged'],
    [/(?:^|\.)(?:insecure-registries|registry-mirrors)$/, ANY, 'redirect-registry'],
  ]),
];

/** Environment variables that change whom a tool trusts or what it loads. Judged wherever a file sets them. */
const ENVIRONMENT = rows('env', [
  [
    /^(?:ANTHROPIC|OPENAI|AZURE_OPENAI|GEMINI|GOOGLE_GEMINI|GOOGLE_API|MISTRAL|GROQ|OPENROUTER|DEEPSEEK|LITELLM|OLLAMA|CLAUDE|CODEX|XAI|COHERE)_(?:[A-Z_]{0,20})?(?:BASE_URL|API_BASE|ENDPOINT|API_URL|HOST|BASE)$/,
    /^(?!(?:https?:\/\/)?(?:localhost|127\.|\[::1\]|host\.docker\.internal|api\.(?:anthropic|openai|mistral|groq|deepseek|x|cohere)\.(?:com|ai)|generativelanguage\.googleapis\.com|openrouter\.ai))[^\s]/i,
    'redirect-api',
  ],
  [/^(?:HTTPS?_PROXY|ALL_PROXY|https?_proxy|all_proxy)$/, /^(?!(?:https?:\/\/)?(?:localhost|127\.))[^\s]/i, 'redirect-api'],
  [
    /^(?:NPM_CONFIG_REGISTRY|npm_config_registry|YARN_REGISTRY|YARN_NPM_REGISTRY_SERVER|PIP_INDEX_URL|PIP_EXTRA_INDEX_URL|UV_INDEX_URL|UV_DEFAULT_INDEX|UV_EXTRA_INDEX_URL|GOPROXY|CARGO_REGISTRIES_[A-Z_]{1,60}_INDEX|HOMEBREW_BOTTLE_DOMAIN|HOMEBREW_API_DOMAIN|PIP_FIND_LINKS|CLAWHUB_REGISTRY|CLAWHUB_URL|HF_ENDPOINT)$/,
    /^(?!https:\/\/(?:registry\.npmjs\.org|pypi\.org|proxy\.golang\.org|registry\.yarnpkg\.com|clawhub\.ai)(?:\/|,|$))[^\s]/i,
    'redirect-registry',
  ],
  [/^NODE_TLS_REJECT_UNAUTHORIZED$/, /^0$/, 'disable-tls'],
  [
    /^(?:PYTHONHTTPSVERIFY|GIT_SSL_NO_VERIFY|GIT_SSL_VERIFY|npm_config_strict_ssl|NPM_CONFIG_STRICT_SSL|CURL_INSECURE|PIP_TRUSTED_HOST|UV_INSECURE_HOST|GONOSUMCHECK|GONOSUMDB|GOINSECURE|GOFLAGS)$/,
    /^(?:0|1|true|false|off|-insecure|[\w*.-]{1,100}\.[a-z]{2,20}|\*)$/i,
    'disable-tls',
  ],
  [/^GOSUMDB$/, /^off$/i, 'disable-protection'],
  [
    /^(?:LD_PRELOAD|LD_AUDIT|DYLD_INSERT_LIBRARIES|BASH_ENV|ENV|PYTHONSTARTUP|PERL5OPT|PERL5LIB|RUBYOPT|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|GIT_SSH_COMMAND|GIT_SSH|GIT_ASKPASS|SSH_ASKPASS|GIT_EXTERNAL_DIFF|GIT_PROXY_COMMAND|PROMPT_COMMAND|NODE_REPL_EXTERNAL_MODULE|EDITOR_HOOK)$/,
    /[./\w]/,
    'preload-code',
  ],
  [/^NODE_OPTIONS$/, /--(?:require|import|loader|experimental-loader)|(?:^|\s)-r\b/, 'preload-code'],
  [
    /^(?:CLAUDE_CODE_(?:SKIP|BYPASS|DANGEROUSLY)[A-Z_]{0,60}|DANGEROUSLY[A-Z_]{1,60}|IS_SANDBOX|GEMINI_YOLO|CODEX_UNSAFE[A-Z_]{0,60}|OPENCLAW_(?:ALLOW_INSECURE|DANGEROUSLY|INSECURE|DISABLE)[A-Z_]{0,60})$/,
    TRUE,
    'permission-bypass',
  ],
]);

export const SETTINGS: readonly SettingRow[] = [...OPENCLAW, ...CLAUDE, ...CODEX, ...GEMINI, ...EDITORS, ...TOOLS, ...ENVIRONMENT];

/** Names under which one host is known: earlier and later names, command names. */
const ALIASES: Readonly<Record<string, string>> = {
  clawdbot: 'openclaw',
  moltbot: 'openclaw',
  clawd: 'openclaw',
  claw: 'openclaw',
  'claude-code': 'claude',
  code: 'vscode',
  yarn: 'npm',
  pnpm: 'npm',
  bun: 'npm',
  uv: 'pip',
  podman: 'docker',
  compose: 'docker',
};

const bySystem = new Map<string, SettingRow[]>();
for (const row of SETTINGS) {
  const list = bySystem.get(row.system);
  if (list) list.push(row);
  else bySystem.set(row.system, [row]);
}

/** What setting `key` of `system` to `value` does; undefined where the table has nothing to say. Values are text: `true`, `lan`, `*`; lists are asked item by item. */
export function settingEffect(system: string, key: string, value: string): ConfigEffect | undefined {
  const rowsOf = bySystem.get(ALIASES[system] ?? system);
  if (rowsOf === undefined || key.length > 600) return undefined;
  const text = value.trim().slice(0, 600);
  return rowsOf.find((row) => row.key.test(key) && row.value.test(text))?.effect;
}

/** What setting an environment variable does to those who inherit it. */
export const envEffect = (name: string, value: string): ConfigEffect | undefined => settingEffect('env', name, value);

/** The system's canonical name. */
export const systemOf = (name: string): string => ALIASES[name] ?? name;

/** Programs that run whatever they are given: not safe in any allowlist. */
export const isCodeExecutor = (program: string): boolean => EXECUTOR.test(program);
