/**
 * The nouns of the scanner. Read this file first: every stage takes some of these and gives others.
 *
 *   load -> Skill -> languages -> Fact, Edge, Unit -> flow -> Flow -> rules -> Finding -> policy -> Verdict -> Report
 *
 * It promises plain data only: no methods with behaviour, no I/O, nothing that cannot be structured-cloned between threads.
 */

// ---------------------------------------------------------------------------------------------------------------- Skill and File

/** Index of a file in {@link Skill.files}. */
export type FileId = number;

/** UTF-16 offsets into the text of a file, end exclusive. `0..0` in a file without text (binary, link) stands for the whole file. */
export interface Span {
  readonly file: FileId;
  readonly start: number;
  readonly end: number;
}

/** What a file is, judged by its content first and its name last. */
export type FileKind =
  | 'text'
  /** A recognised format that nothing on the way executes: raster image, font, audio, video, PDF without active content. */
  | 'inert'
  /** A container whose members were listed, and read where they are text (zip, tar, docx, jar, wheel). */
  | 'archive'
  /** Machine code or bytecode: ELF, Mach-O, PE, wasm, class, pyc. */
  | 'executable'
  /** A symbolic or hard link, device, FIFO or socket; never followed. `target` says where it points. */
  | 'link'
  /** Bytes that no signature explains. */
  | 'unknown';

export interface File {
  readonly id: FileId;
  /** Path inside the skill: `/`-separated, NFC as shipped, no leading slash, no `.` or `..`. Members of archives: `outer.zip!/inner/path`. */
  readonly path: string;
  readonly kind: FileKind;
  /** Size in bytes as shipped, before any cut. */
  readonly size: number;
  /** sha256 of the bytes, lower-case hex. For links: of the target text. */
  readonly sha256: string;
  /** The decoded text for kind `text`; empty otherwise. Never cut: a file over the limit has no text and a problem instead. */
  readonly text: string;
  /** Raw bytes where something later needs them (assets that code may decode); absent for text. At most `limits.keepBytes`. */
  readonly bytes?: Uint8Array;
  /** Encoding the text was decoded from. */
  readonly encoding?: 'utf-8' | 'utf-8-bom' | 'utf-16le' | 'utf-16be' | 'latin-1';
  /** What the signature table or the shebang says: `png`, `elf`, `pyc`, `zip`, `sh`, `python`… */
  readonly signature?: string;
  readonly executable: boolean;
  readonly target?: string;
}

/** Something wrong with the package itself, found while loading. Rules COV-* and OBF-* turn problems into findings. */
export interface Problem {
  readonly code:
    | 'too-many-files'
    | 'too-many-bytes'
    | 'file-too-large'
    | 'too-deep'
    | 'ratio-bomb'
    | 'time-limit'
    | 'malformed-archive'
    | 'ambiguous-archive'
    | 'encrypted-archive'
    | 'nested-archive-unread'
    | 'symlink'
    | 'hardlink'
    | 'device'
    | 'path-escape'
    | 'path-unsafe'
    | 'case-collision'
    | 'unicode-collision'
    | 'duplicate-path'
    | 'nested-repository'
    | 'submodule'
    | 'lfs-pointer'
    | 'undecodable-text'
    | 'type-mismatch'
    | 'appended-archive'
    | 'unreadable';
  readonly path: string;
  /** The file it belongs to, when one was kept. */
  readonly file?: FileId;
  /** One sentence for a person. Contains hostile text only through `path` and quoted values; reports escape it. */
  readonly says: string;
  /** True when something that could hold instructions or code was not read: the scan is then incomplete. */
  readonly incomplete: boolean;
}

/** Where the skill came from, as the user named it. Not part of the deterministic report body except `name`. */
export interface Origin {
  readonly kind: 'folder' | 'file' | 'tar' | 'zip' | 'stdin' | 'git' | 'registry' | 'memory';
  readonly given: string;
  /** Name shown to people: last path segment, `@owner/slug@version`, … */
  readonly name: string;
  readonly commit?: string;
}

export interface Skill {
  readonly origin: Origin;
  readonly files: readonly File[];
  readonly problems: readonly Problem[];
  /** `sha256:<hex>` over sorted (path, kind, sha256): independent of archive order, times and modes. */
  readonly digest: string;
}

// ------------------------------------------------------------------------------------------------------------------------- Values

/** A hole in a template: something not known statically. `env` names the environment variable if that is what fills it. */
export interface Hole {
  readonly env?: string;
  /** Source spelling, for people. */
  readonly name?: string;
}

/** What we know about a string at analysis time. Partial constants survive (`https://api.x.example/${ID}`). See value.ts. */
export type Value =
  | { readonly kind: 'known'; readonly text: string }
  | { readonly kind: 'template'; readonly parts: readonly (string | Hole)[] }
  | { readonly kind: 'unknown' };

// -------------------------------------------------------------------------------------------------------------------------- Units

export type UnitId = number;

/** Who makes this piece of code or text take effect. Ordered from most to least certain. */
export type Reach =
  /** The host, a package manager or an editor runs or loads it without being asked. */
  | 'automatic'
  /** SKILL.md (or a file it sends the agent to) tells the agent or the person to run, read or follow it. */
  | 'instructed'
  /** Shipped and runnable, but nothing in the skill mentions it. */
  | 'callable'
  /** Quoted, prohibited, or documentation nobody is told to follow. */
  | 'mentioned';

/** Use versus mention, judged by structure only. */
export type Stance =
  /** Meant to be done. */
  | 'use'
  /** An illustration: sample output, sample of somebody else's file, one of several alternatives. Could be copied, is not commanded. */
  | 'example'
  /** Talked about: quoted, negated, prohibited, listed as an attack, a string constant in a detector. */
  | 'mention';

/**
 * A region of one language: a whole file, a fence in Markdown, the argument of `bash -c`, a decoded blob, a hook's command.
 * Units form a tree; a fact belongs to the innermost one.
 */
export interface Unit {
  readonly id: UnitId;
  readonly parent?: UnitId;
  readonly at: Span;
  readonly language: string;
  readonly role: UnitRole;
  readonly stance: Stance;
  /** What the reader of the parent knows about how it takes effect; flow/reach.ts completes it. */
  readonly reach?: Reach;
  /** Why, in words: `SessionStart hook`, `npm postinstall`, `fence under "Setup"`. */
  readonly note?: string;
  /** How the text was uncovered, outermost first: `base64`, `bash -c`, `heredoc`, `zlib`. Empty when it stands there in plain sight. */
  readonly unwrapped: readonly string[];
  /** Headings above it, outermost first (Markdown only). */
  readonly section?: readonly string[];
}
export type UnitRole =
  | 'file'
  | 'fence'
  | 'inline'
  | 'frontmatter'
  | 'comment'
  | 'html'
  | 'embedded'
  | 'decoded'
  | 'hook'
  | 'config'
  | 'cell'
  | 'prose';

// ---------------------------------------------------------------------------------------------------------- Cells, ports and edges

/**
 * A named place where data rests: a variable, a parameter, a return value, a pipe, a file, an environment variable.
 * Opaque to everyone but cells.ts, which makes them. Two facts that name the same cell exchange data through it.
 */
export type Cell = string;

/** What data does at a port. A tainted `argv` is not code execution; a tainted `code` is. */
export type Role = 'code' | 'data' | 'body' | 'query' | 'header' | 'url' | 'path' | 'argv' | 'stdin' | 'content' | 'response' | 'value' | 'key';

export interface Port {
  readonly cell: Cell;
  readonly role: Role;
}

/** Data moves from one cell to another without a fact of its own: assignment, argument to parameter, return to call result, pipe. */
export interface Edge {
  readonly from: Cell;
  readonly to: Cell;
  readonly at: Span;
  readonly how: 'assign' | 'call' | 'return' | 'pipe' | 'file' | 'concat' | 'import';
}

// -------------------------------------------------------------------------------------------------------------------------- Facts

export type FactId = number;

interface FactBase {
  readonly id: FactId;
  readonly at: Span;
  readonly unit: UnitId;
  /** Overrides the unit's stance (prose clauses have their own). */
  readonly stance?: Stance;
  /** Function that contains it, if any. */
  readonly fn?: string;
  /** Condition that guards it, as written (date, host, user, count…), if any. */
  readonly guard?: string;
  readonly ins?: readonly Port[];
  readonly outs?: readonly Port[];
}

/** A program is spawned or code is run. */
export interface ExecFact extends FactBase {
  readonly kind: 'exec';
  readonly how: 'process' | 'shell' | 'eval' | 'import' | 'deserialize' | 'source' | 'native' | 'reflect';
  /** Program or API as it resolves: `bash`, `curl`, `python3`, `eval`, `pickle.loads`. Basename where it was a path. */
  readonly program: Value;
  readonly argv: readonly Value[];
  /** Where the code comes from, if it runs code. The matching port in `ins` has role `code`. */
  readonly code?: 'stdin' | 'argument' | 'file' | 'url';
  /** The code stands in the command itself, in full and undisguised, and is read as code of the skill. */
  readonly spelled?: boolean;
  /** Script path when `code` is `file`; module name for imports. */
  readonly path?: Value;
  /** `sudo`, `su`, `doas`, `runas`, `osascript-admin`. */
  readonly elevated?: string;
  /** Standard streams wired to a network socket: a reverse or bind shell. */
  readonly socket?: boolean;
}

/** Bytes leave or enter over the network. Body, query and header ports are in `ins`, the response port (role `response`) in `outs`. */
export interface RequestFact extends FactBase {
  readonly kind: 'request';
  readonly url: Value;
  /** Upper case HTTP method or protocol word: `GET`, `POST`, `DNS`, `ICMP`, `TCP`, `SSH`, `FTP`, `SMTP`, `WS`, `GIT`. */
  readonly method: string;
  /** Program or API: `curl`, `requests.post`, `fetch`, `git`, `dig`, `nc`. */
  readonly tool: string;
  /** Certificate checks off. */
  readonly insecure?: boolean;
  /** True if the bytes received are compared with a digest or signature that stands in the skill. */
  readonly verified?: boolean;
  /** True if the call carries data out (POST, upload, query from a variable). */
  readonly sends?: boolean;
}

export interface ReadFact extends FactBase {
  readonly kind: 'read';
  readonly path: Value;
  /** Whole tree (glob, walk, tar of a folder). */
  readonly many?: boolean;
}

export interface WriteFact extends FactBase {
  readonly kind: 'write';
  readonly path: Value;
  readonly append?: boolean;
  /** Content if it is known. */
  readonly content?: Value;
  /** Mode bits make it executable or setuid: `+x`, `4755`. */
  readonly mode?: string;
}

export interface DeleteFact extends FactBase {
  readonly kind: 'delete';
  readonly path: Value;
  readonly recursive?: boolean;
  readonly force?: boolean;
  /** `overwrite` for shred, dd, mkfs, truncate; `vcs` for reset --hard, push --force and clean -fdx. */
  readonly how?: 'remove' | 'overwrite' | 'vcs' | 'database';
}

/** An environment variable is read; `name` is `*` for the whole environment. */
export interface EnvFact extends FactBase {
  readonly kind: 'env';
  readonly name: Value;
}

/** Something of the user's is captured through an API or tool rather than a file. */
export interface CaptureFact extends FactBase {
  readonly kind: 'capture';
  readonly what: 'clipboard' | 'keystrokes' | 'screen' | 'camera' | 'microphone' | 'history' | 'keychain' | 'browser' | 'wallet' | 'process-list';
  readonly tool: string;
}

/** A credential in plain text in the skill. Never holds the secret itself. */
export interface SecretFact extends FactBase {
  readonly kind: 'secret';
  /** `aws-access-key`, `github-token`, `private-key`, … from data/secrets.ts. */
  readonly shape: string;
  /** First and last few characters, the rest starred. */
  readonly redacted: string;
}

/** Data changes form. Flows pass through it from `ins` to `outs`. */
export interface TransformFact extends FactBase {
  readonly kind: 'transform';
  readonly op: 'decode' | 'encode' | 'compress' | 'decompress' | 'encrypt' | 'decrypt' | 'build';
  /** `base64`, `hex`, `gzip`, `xor`, `chr`, `rot13`, `openssl`, `marshal`… */
  readonly codec: string;
}

/** Something is arranged to run later or again. Writes into known places are recognised by rules; this is for tools and APIs. */
export interface PersistFact extends FactBase {
  readonly kind: 'persist';
  readonly mechanism:
    | 'cron'
    | 'at'
    | 'launchd'
    | 'systemd'
    | 'rc-file'
    | 'login-item'
    | 'run-key'
    | 'scheduled-task'
    | 'git-hook'
    | 'python-startup'
    | 'agent-hook'
    | 'agent-cron'
    | 'service'
    | 'preload';
  readonly command?: Value;
  readonly path?: Value;
}

/** A package, image, action, model or tool is installed or run from a registry, URL, repository or file. */
export interface InstallFact extends FactBase {
  readonly kind: 'install';
  /** `npm`, `npx`, `pip`, `uvx`, `pipx`, `gem`, `go`, `cargo`, `brew`, `apt`, `docker`, `mcp`, `clawhub`, `git`, … */
  readonly manager: string;
  readonly name: Value;
  readonly version?: string;
  /** Exact version or digest. */
  readonly pinned: boolean;
  readonly from: 'registry' | 'url' | 'vcs' | 'file';
  /** Non-default index, registry or proxy. */
  readonly registry?: Value;
  /** True if it also runs at once (npx, uvx, docker run). */
  readonly runs?: boolean;
  /** Lifecycle scripts are explicitly on or off. */
  readonly scripts?: boolean;
}

/** A setting of a host, tool or operating system is changed, by command, by written file or by a file that is shipped for auto-loading. */
export interface ConfigFact extends FactBase {
  readonly kind: 'config';
  /** `openclaw`, `claude`, `codex`, `cursor`, `vscode`, `npm`, `pip`, `git`, `docker`, `firewall`, `os`, `mcp`, `direnv`, `ssh`, … */
  readonly system: string;
  /** Setting as that system spells it: `gateway.bind`, `permissions.allow`, `registry`. */
  readonly key: string;
  readonly value: Value;
  readonly effect: ConfigEffect;
  /** How: a shell command or API runs it, a shipped file has it, prose asks for it. */
  readonly via: 'command' | 'file' | 'prose';
}
export type ConfigEffect =
  | 'expose-port'
  | 'tunnel'
  | 'disable-auth'
  | 'print-token'
  | 'add-device'
  | 'exec-allow-all'
  | 'allow-code-executor'
  | 'disable-approval'
  | 'disable-sandbox'
  | 'mount-host'
  | 'privileged'
  | 'open-channel'
  | 'auto-update'
  | 'disable-logging'
  | 'disable-protection'
  | 'permission-bypass'
  | 'auto-approve-mcp'
  | 'add-mcp'
  | 'add-hook'
  | 'add-plugin'
  | 'redirect-registry'
  | 'redirect-api'
  | 'disable-tls'
  | 'preload-code'
  | 'write-self'
  | 'other';

/** The process listens, or a tunnel makes something local reachable. */
export interface ListenFact extends FactBase {
  readonly kind: 'listen';
  readonly host: Value;
  readonly port?: Value;
  /** Tunnel program: ngrok, cloudflared, … */
  readonly tunnel?: string;
}

/** A clause of prose that directs, forbids or describes an action. See languages/prose. */
export interface InstructFact extends FactBase {
  readonly kind: 'instruct';
  readonly verb: VerbClass;
  readonly objects: readonly ProseObject[];
  /** Outside place the action is aimed at: URL, host, address, handle. */
  readonly destination?: Value;
  readonly actor: 'agent' | 'user' | 'other' | 'unknown';
  readonly polarity: 'do' | 'dont';
  readonly modality: 'must' | 'should' | 'may' | 'describes';
  /** When it applies, as written (`if …`, `after 3 runs`, `unless asked`). */
  readonly condition?: string;
  /** The clause as a reader sees it: hidden characters gone, confusables folded, white space collapsed. At most 400 characters. */
  readonly clause: string;
  /** Number of the block (paragraph, list item, row) in its file, for nearness. */
  readonly block: number;
  readonly section: readonly string[];
  /** Language of the lexicon that matched: `en`, `de`, … */
  readonly tongue: string;
}
export type VerbClass =
  | 'run'
  | 'install'
  | 'download'
  | 'open'
  | 'copy'
  | 'paste'
  | 'unlock'
  | 'decode'
  | 'follow'
  | 'ignore'
  | 'override'
  | 'conceal'
  | 'reveal'
  | 'send'
  | 'read'
  | 'collect'
  | 'write'
  | 'remember'
  | 'delete'
  | 'approve'
  | 'skip'
  | 'disable'
  | 'enable'
  | 'update'
  | 'persist'
  | 'pay'
  | 'publish'
  | 'impersonate'
  | 'require'
  | 'warn'
  | 'rate'
  | 'repeat';
export interface ProseObject {
  readonly class: ProseObjectClass;
  readonly text: string;
  readonly at: Span;
}
export type ProseObjectClass =
  | 'instructions'
  | 'safety'
  | 'system-prompt'
  | 'context'
  | 'user'
  | 'confirmation'
  | 'secret'
  | 'environment'
  | 'credential-file'
  | 'agent-memory'
  | 'agent-config'
  | 'agent-secret'
  | 'skill-self'
  | 'other-skill'
  | 'file'
  | 'command'
  | 'script'
  | 'terminal'
  | 'web-page'
  | 'link'
  | 'archive'
  | 'executable'
  | 'password'
  | 'tool'
  | 'package'
  | 'remote-content'
  | 'encoded-text'
  | 'action'
  | 'trace'
  | 'log'
  | 'scanner'
  | 'sandbox'
  | 'money'
  | 'message'
  | 'persona'
  | 'verdict';

/** A link, image or bare address in prose. */
export interface LinkFact extends FactBase {
  readonly kind: 'link';
  readonly url: Value;
  readonly text: string;
  readonly form: 'link' | 'image' | 'auto' | 'code' | 'html';
  readonly block: number;
  readonly section: readonly string[];
}

/** Something is hidden from a person who reads the file in the usual way. */
export interface HideFact extends FactBase {
  readonly kind: 'hide';
  readonly how:
    | 'tag-characters'
    | 'zero-width'
    | 'bidi'
    | 'confusable'
    | 'variation-selectors'
    | 'private-use'
    | 'html-comment'
    | 'collapsed'
    | 'invisible-style'
    | 'off-screen'
    | 'alt-text'
    | 'padding'
    | 'long-literal'
    | 'role-marker'
    | 'active-content';
  /** What was hidden, decoded, at most 400 characters. */
  readonly text?: string;
}

/** What the skill says of itself. Declarations explain, they never excuse by themselves: the attacker writes them. */
export interface DeclareFact extends FactBase {
  readonly kind: 'declare';
  readonly what:
    | 'name'
    | 'description'
    | 'version'
    | 'homepage'
    | 'author'
    | 'license'
    | 'tool'
    | 'env'
    | 'bin'
    | 'host'
    | 'config'
    | 'install'
    | 'always'
    | 'trigger'
    | 'os'
    | 'compatibility'
    | 'unknown-key'
    | 'spec-error';
  readonly value: Value;
  /** For `spec-error`: the sentence. For `install`: the kind (brew, node, go, uv, download). */
  readonly detail?: string;
}

/** A loop without bound, fan-out of agent calls, or a gate that delays behaviour. */
export interface ControlFact extends FactBase {
  readonly kind: 'control';
  readonly what: 'unbounded-loop' | 'fan-out' | 'date-gate' | 'host-gate' | 'user-gate' | 'count-gate' | 'ci-gate' | 'debugger-gate';
  readonly detail: string;
}

/** Something we could not read. Policy fails closed on it when it matters. */
export interface OpaqueFact extends FactBase {
  readonly kind: 'opaque';
  readonly why: 'parse-error' | 'limit' | 'time' | 'unknown-language' | 'undecodable' | 'dynamic' | 'crash' | 'encrypted' | 'depth';
  readonly detail: string;
  /** True if the scan is incomplete because of it. `dynamic` facts (an eval of an unknown) are not: rules judge them. */
  readonly incomplete: boolean;
}

export type Fact =
  | ExecFact
  | RequestFact
  | ReadFact
  | WriteFact
  | DeleteFact
  | EnvFact
  | CaptureFact
  | SecretFact
  | TransformFact
  | PersistFact
  | InstallFact
  | ConfigFact
  | ListenFact
  | InstructFact
  | LinkFact
  | HideFact
  | DeclareFact
  | ControlFact
  | OpaqueFact;
export type FactKind = Fact['kind'];
export type FactOf<K extends FactKind> = Extract<Fact, { kind: K }>;
/** A fact as a reader states it: the context adds id, unit and span. */
export type FactDraft = { [K in FactKind]: Omit<FactOf<K>, 'id' | 'unit' | 'at'> }[FactKind];

// -------------------------------------------------------------------------------------------------------------------------- Flows

export interface Step {
  readonly at: Span;
  readonly says: string;
}

/** Data can get from one fact to a port of another. */
export interface Flow {
  readonly from: Fact;
  readonly to: Fact;
  /** Role of the port of `to` that the data reaches. */
  readonly role: Role;
  /** Transforms on the way, in order. */
  readonly through: readonly TransformFact[];
  readonly steps: readonly Step[];
}

// ------------------------------------------------------------------------------------------------------------- Findings and verdict

export type RuleId = string;
export type Severity = 'info' | 'low' | 'medium' | 'high' | 'critical';
/** What a finding may do alone: stop the install, ask for a person, or only be listed as a capability. */
export type Gate = 'block' | 'review' | 'capability';
/** 1 a hint, 2 likely, 3 certain from the structure. */
export type Confidence = 1 | 2 | 3;

export interface Finding {
  /** `EXE-002` */
  readonly rule: RuleId;
  readonly severity: Severity;
  readonly gate: Gate;
  readonly confidence: Confidence;
  /** What happens, where it comes from, what it reaches: "runs code fetched from get.example". */
  readonly says: string;
  readonly facts: readonly [Fact, ...Fact[]];
  readonly flow?: Flow;
  readonly reach: Reach;
  /** Normalised evidence: what stays equal when lines move. Exceptions and ids bind to it. */
  readonly evidence: string;
}

export type Decision = 'pass' | 'review' | 'block' | 'incomplete';

// ------------------------------------------------------------------------------------------------------------------- Capabilities

/** What a skill can do, one entry for each distinct ability. `kind` + `key` identify it, so two manifests diff by set operations. */
export interface CapabilityEntry {
  readonly kind: CapabilityKind;
  /** Program name, host, variable name, path class, mechanism, `npm:left-pad`… `dynamic` where it cannot be known statically. */
  readonly key: string;
  /** Details that are part of the ability: methods, paths, versions, pinned. Arrays sorted. */
  readonly details: Readonly<Record<string, string | boolean | readonly string[]>>;
  readonly reach: Reach;
  readonly evidence: readonly ReportPlace[];
}
export type CapabilityKind =
  | 'program'
  | 'host'
  | 'env'
  | 'read'
  | 'write'
  | 'delete'
  | 'credential'
  | 'agent-file'
  | 'capture'
  | 'persistence'
  | 'package'
  | 'trigger'
  | 'listen'
  | 'setting'
  | 'dynamic-code'
  | 'unknown';
export interface Capability {
  readonly schema: 'skillward.capability.v1';
  readonly entries: readonly CapabilityEntry[];
  readonly declared: {
    readonly env: readonly string[];
    readonly bins: readonly string[];
    readonly hosts: readonly string[];
    readonly tools: readonly string[];
    readonly install: readonly string[];
  };
  /** Keys `kind:key` used but not declared, and declared but never seen. Only where a declaration scheme exists. */
  readonly undeclared: readonly string[];
  readonly unused: readonly string[];
  /** sha256 over the canonical JSON of kind, key and details: changes exactly when abilities change. */
  readonly digest: string;
}

/** One row of the coverage ledger: every file appears once. */
export interface LedgerRow {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly kind: FileKind;
  /** Languages that read it, outermost first. */
  readonly languages: readonly string[];
  readonly status: 'read' | 'listed' | 'partial' | 'unread';
  readonly reach: Reach;
  /** Why it is partial, unread or only listed. */
  readonly why?: string;
}

// ------------------------------------------------------------------------------------------------------------------------ Report

/** A place as people and tools want it. Lines and columns count from 1; columns in UTF-16 units. Offsets count UTF-16 units from 0. */
export interface ReportPlace {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly start: number;
  readonly end: number;
}
export interface ReportStep extends ReportPlace {
  readonly says: string;
  /** The lines around it, cut to 240 characters each, for code frames. First element is line `firstLine`. */
  readonly firstLine: number;
  readonly lines: readonly string[];
}
export interface ReportFinding {
  /** `<rule>-<16 hex>`: survives line shifts, renames of unrelated files and re-runs. */
  readonly id: string;
  readonly rule: RuleId;
  readonly slug: string;
  readonly title: string;
  readonly severity: Severity;
  readonly gate: Gate;
  readonly confidence: Confidence;
  readonly reach: Reach;
  readonly says: string;
  /** What to do about it, one sentence. */
  readonly fix: string;
  /** Normalised evidence that ids and exceptions bind to. */
  readonly evidence: string;
  /** The primary place is the last step; a finding without flow has its facts as steps. */
  readonly steps: readonly [ReportStep, ...ReportStep[]];
  /** How it was uncovered: `base64`, `bash -c`. */
  readonly unwrapped: readonly string[];
  /** An exception of the policy that covers it. */
  readonly excepted?: { readonly owner: string; readonly reason: string; readonly expires: string };
}
export interface Report {
  readonly schema: 'skillward.report.v1';
  readonly tool: { readonly name: 'skillward'; readonly version: string };
  readonly skill: {
    readonly name: string;
    readonly description: string;
    readonly origin: string;
    readonly digest: string;
    readonly files: number;
    readonly bytes: number;
  };
  readonly rules: { readonly digest: string; readonly count: number };
  readonly policy: { readonly name: string; readonly digest: string; readonly asOf: string };
  readonly verdict: { readonly decision: Decision; readonly says: string; readonly because: readonly string[] };
  readonly findings: readonly ReportFinding[];
  readonly capability: Capability;
  readonly coverage: {
    readonly complete: boolean;
    readonly ledger: readonly LedgerRow[];
    readonly problems: readonly { readonly path: string; readonly says: string }[];
    /** Present if a clock cut the reading of these paths short: this report is not what another run need find. */
    readonly stopped?: readonly string[];
  };
  /** Present with `--against`: what was added since the other version. */
  readonly changes?: { readonly against: string; readonly added: readonly CapabilityEntry[]; readonly removed: readonly CapabilityEntry[] };
}

// ------------------------------------------------------------------------------------------------------------------------ Change

/** A sentence that directs somebody, as the prose readers found it, so that two versions can be compared by what they tell the agent. */
export interface Instruction {
  readonly clause: string;
  readonly verb: VerbClass;
  readonly destination?: string;
  readonly reach: Reach;
  readonly place: ReportPlace;
}

/** What one scan gives to a comparison: the report, and what a report does not carry. Plain data; it is what caches keep. */
export interface Examined {
  readonly report: Report;
  readonly instructions: readonly Instruction[];
  /** Finding id to its text as tokens (change/shape.ts): equal for two findings that differ only in layout. Two versions are matched by it. */
  readonly shapes: Readonly<Record<string, string>>;
  /** What makes the scan incomplete, with the digest of the file where there is one. */
  readonly unread: readonly { readonly path: string; readonly says: string; readonly reachable: boolean; readonly sha256?: string }[];
  /** What shipped settings let pass without asking, or tell a host to ask about or to refuse. A grant that came and a refusal that went are growth. */
  readonly permissions: readonly { readonly kind: 'allow' | 'ask' | 'deny'; readonly what: string; readonly path: string }[];
}

/** An ability that came, or that is reached more directly than before (`was`). */
export interface Growth {
  readonly entry: CapabilityEntry;
  /** What it may do alone: grave abilities block, others ask for a person, trivial ones are only listed. */
  readonly gate: Gate;
  /** `kind:key`, and what is new of it: what approvals bind to. */
  readonly evidence: string;
  /** The reach it had, where only that grew. */
  readonly was?: Reach;
  /** Present where the ability itself was there before: only the details that `entry` names are new. */
  readonly known?: true;
}

/** An ability that is gone, or has less to it (`stays`; `details` are those that went), or is reached less directly (`now`). */
export interface Shrinkage extends CapabilityEntry {
  readonly stays?: true;
  readonly now?: Reach;
}

export interface FileChange {
  readonly path: string;
  readonly how: 'added' | 'removed' | 'changed' | 'moved';
  /** Where it stood, if it was moved. */
  readonly from?: string;
  readonly kind: FileKind;
  readonly before?: { readonly size: number; readonly sha256: string };
  readonly after?: { readonly size: number; readonly sha256: string };
}

/** A package, action or image whose version, source or pin differs. */
export interface PinChange {
  /** `npm:left-pad` */
  readonly name: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** `pinned`, `unpinned` or `changed`: what happened to it. */
  readonly how: 'added' | 'removed' | 'changed' | 'unpinned' | 'pinned';
  readonly place?: ReportPlace;
}

export interface Side {
  readonly name: string;
  readonly origin: string;
  readonly digest: string;
  readonly decision: Decision;
  readonly files: number;
  readonly bytes: number;
}

/** What differs between two versions of a skill, and what that means. A missing `before` is a new skill, a missing `after` a removed one. */
export interface Change {
  readonly schema: 'skillward.change.v1';
  readonly tool: Report['tool'];
  readonly rules: Report['rules'];
  readonly policy: Report['policy'];
  readonly before: Side | null;
  readonly after: Side | null;
  /** The verdict on the change, not on either version: `pass` when nothing came that needs a person. */
  readonly verdict: { readonly decision: Decision; readonly says: string; readonly because: readonly string[] };
  /** True exactly when capabilities and findings are equal. */
  readonly silent: boolean;
  readonly files: { readonly changes: readonly FileChange[]; readonly same: number };
  readonly findings: {
    readonly appeared: readonly ReportFinding[];
    readonly stayed: readonly ReportFinding[];
    readonly went: readonly ReportFinding[];
  };
  readonly capability: { readonly grown: readonly Growth[]; readonly removed: readonly Shrinkage[] };
  readonly instructions: { readonly added: readonly Instruction[]; readonly removed: readonly Instruction[] };
  readonly pins: readonly PinChange[];
  /** What could not be read in the new version and was not equally unread before. */
  readonly unread: readonly { readonly path: string; readonly says: string }[];
}
