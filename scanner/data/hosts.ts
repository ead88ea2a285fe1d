/**
 * What a network address means: scheme, host, registrable domain and class. The tables hold well-known public services, not indicators of any attack: whether using one is
 * bad is for rules to say. Sources: the services' own documentation; RFC 1918, 4193, 5737, 6598, 6890 for ranges; gathered 2026-11.
 */
import type { Value } from '../model.ts';
import { partsOf } from '../value.ts';

export type HostClass =
  | 'paste'
  | 'webhook-catcher'
  | 'chat-webhook'
  | 'tunnel'
  | 'shortener'
  | 'file-drop'
  | 'metadata'
  | 'private'
  | 'loopback'
  | 'raw-ip'
  | 'code-host'
  | 'raw-code'
  | 'registry'
  | 'installer'
  | 'dynamic'
  | 'other';

export interface Address {
  readonly scheme: string;
  /** Lower case, without port. `` when dynamic. */
  readonly host: string;
  /** eTLD+1, by a short list of two-level suffixes. */
  readonly domain: string;
  readonly port: string;
  readonly path: string;
  readonly query: string;
  readonly class: HostClass;
  /** Non-ASCII or punycode labels. */
  readonly international: boolean;
  readonly userinfo: boolean;
}

const PASTE = [
  'pastebin.com',
  'paste.ee',
  'dpaste.org',
  'dpaste.com',
  'hastebin.com',
  'rentry.co',
  'rentry.org',
  'controlc.com',
  'ghostbin.com',
  'ghostbin.co',
  'pastes.dev',
  'paste.rs',
  'termbin.com',
  'ix.io',
  'sprunge.us',
  'glot.io',
  'justpaste.it',
  'textbin.net',
  'pastelink.net',
  'privatebin.net',
  'bpa.st',
  'write.as',
  'telegra.ph',
  'paste.mozilla.org',
  'p.ip.fi',
  'clbin.com',
  'notes.io',
];
const CATCHERS = [
  'webhook.site',
  'requestbin.com',
  'requestbin.net',
  'pipedream.net',
  'hookbin.com',
  'beeceptor.com',
  'interact.sh',
  'oast.fun',
  'oast.pro',
  'oast.live',
  'oast.site',
  'oast.online',
  'oast.me',
  'burpcollaborator.net',
  'oastify.com',
  'canarytokens.com',
  'requestcatcher.com',
  'dnslog.cn',
  'ceye.io',
  'postb.in',
  'mockbin.org',
  'ptsv3.com',
  'smee.io',
  'hookdeck.com',
  'webhook.cool',
  'typedwebhook.tools',
  'rbndr.us',
];
const TUNNELS = [
  'ngrok.io',
  'ngrok.app',
  'ngrok-free.app',
  'ngrok-free.dev',
  'ngrok.dev',
  'trycloudflare.com',
  'serveo.net',
  'localhost.run',
  'lhr.life',
  'loca.lt',
  'localtunnel.me',
  'bore.pub',
  'pinggy.io',
  'pinggy.link',
  'telebit.io',
  'pagekite.me',
  'tunnelto.dev',
  'devtunnels.ms',
  'zrok.io',
  'playit.gg',
  'onion.ly',
  'onion.to',
];
const SHORTENERS = [
  'bit.ly',
  'tinyurl.com',
  'goo.gl',
  't.co',
  'is.gd',
  'v.gd',
  'ow.ly',
  'buff.ly',
  'rebrand.ly',
  'cutt.ly',
  'shorturl.at',
  't.ly',
  'rb.gy',
  'tiny.cc',
  'shorte.st',
  'adf.ly',
  'bl.ink',
  's.id',
  'lnkd.in',
  'qr.ae',
  'clck.ru',
  'u.to',
  'urlz.fr',
  'tny.im',
  'git.io',
  'short.gy',
];
const DROPS = [
  'transfer.sh',
  'file.io',
  '0x0.st',
  'anonfiles.com',
  'bashupload.com',
  'temp.sh',
  'gofile.io',
  'catbox.moe',
  'litterbox.catbox.moe',
  'tmpfiles.org',
  'filebin.net',
  'oshi.at',
  'uguu.se',
  'mega.nz',
  'mediafire.com',
  'sendspace.com',
  'wetransfer.com',
  'ufile.io',
  'pixeldrain.com',
  'uploadfiles.io',
  'krakenfiles.com',
];
const CODE_HOSTS = [
  'github.com',
  'gitlab.com',
  'bitbucket.org',
  'codeberg.org',
  'sourceforge.net',
  'gitee.com',
  'sr.ht',
  'dev.azure.com',
  'huggingface.co',
  'git.sr.ht',
];
const RAW_CODE = [
  'raw.githubusercontent.com',
  'gist.githubusercontent.com',
  'gist.github.com',
  'objects.githubusercontent.com',
  'codeload.github.com',
  'cdn.jsdelivr.net',
  'unpkg.com',
  'raw.githack.com',
  'rawcdn.githack.com',
  'esm.sh',
  'cdn.skypack.dev',
  'glitch.me',
  'gitlab.io',
  'github.io',
  'pages.dev',
  'workers.dev',
  'vercel.app',
  'netlify.app',
  'replit.app',
  'repl.co',
  'web.app',
  'firebaseapp.com',
  'onrender.com',
  'surge.sh',
  'herokuapp.com',
  'railway.app',
  'fly.dev',
  'deno.dev',
];
const REGISTRIES = [
  'registry.npmjs.org',
  'npmjs.com',
  'pypi.org',
  'files.pythonhosted.org',
  'test.pypi.org',
  'crates.io',
  'static.crates.io',
  'rubygems.org',
  'proxy.golang.org',
  'repo.maven.apache.org',
  'repo1.maven.org',
  'docker.io',
  'registry-1.docker.io',
  'ghcr.io',
  'quay.io',
  'gcr.io',
  'mcr.microsoft.com',
  'public.ecr.aws',
  'packagist.org',
  'nuget.org',
  'api.nuget.org',
  'deb.debian.org',
  'archive.ubuntu.com',
  'formulae.brew.sh',
  'clawhub.ai',
  'clawhub.com',
  'registry.yarnpkg.com',
  'jsr.io',
  'npm.jsr.io',
  'conda.anaconda.org',
  'download.pytorch.org',
  'registry.npmmirror.com',
  'pypi.tuna.tsinghua.edu.cn',
  'mirrors.aliyun.com',
  'npm.pkg.github.com',
];
const METADATA = [
  '169.254.169.254',
  'metadata.google.internal',
  'metadata.goog',
  '100.100.100.200',
  '169.254.170.2',
  'fd00:ec2::254',
  '192.0.0.192',
  'instance-data',
  'metadata.azure.com',
];

/**
 * Vendors' own one-line installers: exact host and path prefix, as their documentation prints them. Running one is still remote code, but code that its vendor asks people to run so;
 * EXE-002 asks for review instead of blocking. An operator can empty the list by policy.
 */
export const INSTALLERS: readonly { readonly host: string; readonly path: RegExp; readonly name: string }[] = [
  { host: 'sh.rustup.rs', path: /^\/?$/, name: 'rustup' },
  { host: 'static.rust-lang.org', path: /^\/rustup\//, name: 'rustup' },
  { host: 'raw.githubusercontent.com', path: /^\/Homebrew\/install\/(?:HEAD|master|main)\/(?:un)?install\.sh$/, name: 'Homebrew' },
  { host: 'raw.githubusercontent.com', path: /^\/nvm-sh\/nvm\/v[\d.]{1,12}\/install\.sh$/, name: 'nvm' },
  { host: 'raw.githubusercontent.com', path: /^\/ohmyzsh\/ohmyzsh\/master\/tools\/install\.sh$/, name: 'Oh My Zsh' },
  { host: 'raw.githubusercontent.com', path: /^\/helm\/helm\/(?:main|master)\/scripts\/get-helm-[34]$/, name: 'Helm' },
  { host: 'raw.githubusercontent.com', path: /^\/golangci\/golangci-lint\/(?:HEAD|main|master)\/install\.sh$/, name: 'golangci-lint' },
  {
    host: 'raw.githubusercontent.com',
    path: /^\/(?:aquasecurity\/trivy|anchore\/(?:syft|grype)|trufflesecurity\/trufflehog|infracost\/infracost)\/(?:main|master)\/(?:contrib\/|scripts\/)?install\.sh$/,
    name: 'security tool installer',
  },
  { host: 'raw.githubusercontent.com', path: /^\/k3d-io\/k3d\/main\/install\.sh$/, name: 'k3d' },
  { host: 'astral.sh', path: /^\/(?:uv|ruff)\/(?:[\d.]{1,12}\/)?install\.(?:sh|ps1)$/, name: 'uv' },
  { host: 'bun.sh', path: /^\/install(?:\.ps1)?$/, name: 'Bun' },
  { host: 'bun.com', path: /^\/install(?:\.ps1)?$/, name: 'Bun' },
  { host: 'deno.land', path: /^\/(?:x\/install\/)?install\.(?:sh|ps1)$/, name: 'Deno' },
  { host: 'get.docker.com', path: /^\/?$/, name: 'Docker' },
  { host: 'get.pnpm.io', path: /^\/install\.(?:sh|ps1)$/, name: 'pnpm' },
  { host: 'get.volta.sh', path: /^\/?$/, name: 'Volta' },
  { host: 'fnm.vercel.app', path: /^\/install$/, name: 'fnm' },
  { host: 'install.python-poetry.org', path: /^\/?$/, name: 'Poetry' },
  { host: 'pyenv.run', path: /^\/?$/, name: 'pyenv' },
  { host: 'bootstrap.pypa.io', path: /^\/(?:pip\/[\d.]{1,6}\/)?get-pip\.py$/, name: 'pip' },
  { host: 'get.sdkman.io', path: /^\/?$/, name: 'SDKMAN' },
  { host: 'get.k3s.io', path: /^\/?$/, name: 'k3s' },
  { host: 'get.helm.sh', path: /^\/.{0,80}$/, name: 'Helm' },
  { host: 'ollama.com', path: /^\/install\.(?:sh|ps1)$/, name: 'Ollama' },
  { host: 'ollama.ai', path: /^\/install\.sh$/, name: 'Ollama' },
  { host: 'tailscale.com', path: /^\/install\.sh$/, name: 'Tailscale' },
  { host: 'claude.ai', path: /^\/install\.(?:sh|ps1|cmd)$/, name: 'Claude Code' },
  { host: 'openclaw.ai', path: /^\/install(?:-cli)?\.(?:sh|ps1)$/, name: 'OpenClaw' },
  { host: 'clawd.bot', path: /^\/install(?:-cli)?\.(?:sh|ps1)$/, name: 'OpenClaw' },
  { host: 'molt.bot', path: /^\/install(?:-cli)?\.(?:sh|ps1)$/, name: 'OpenClaw' },
  { host: 'fly.io', path: /^\/install\.(?:sh|ps1)$/, name: 'flyctl' },
  { host: 'sdk.cloud.google.com', path: /^\/?$/, name: 'Google Cloud SDK' },
  { host: 'aka.ms', path: /^\/(?:InstallAzureCLI(?:Deb|Linux)|install-azd\.(?:sh|ps1)|install-artifacts-credprovider\.(?:sh|ps1))$/i, name: 'Azure' },
  { host: 'cli.github.com', path: /^\/packages\//, name: 'GitHub CLI' },
  { host: 'deb.nodesource.com', path: /^\/setup_(?:[\dx.]{1,6}|lts\.x|current\.x)$/, name: 'NodeSource' },
  { host: 'rpm.nodesource.com', path: /^\/setup_/, name: 'NodeSource' },
  { host: 'install.determinate.systems', path: /^\/nix$/, name: 'Nix' },
  { host: 'nixos.org', path: /^\/nix\/install$/, name: 'Nix' },
  { host: 'starship.rs', path: /^\/install\.sh$/, name: 'Starship' },
  { host: 'mise.run', path: /^\/?$/, name: 'mise' },
  { host: 'mise.jdx.dev', path: /^\/install\.sh$/, name: 'mise' },
  { host: 'just.systems', path: /^\/install\.sh$/, name: 'just' },
  { host: 'cursor.com', path: /^\/install$/, name: 'Cursor' },
  { host: 'opencode.ai', path: /^\/install$/, name: 'opencode' },
  { host: 'foundry.paradigm.xyz', path: /^\/?$/, name: 'Foundry' },
  { host: 'release.solana.com', path: /^\/(?:stable|v[\d.]{1,12})\/install$/, name: 'Solana' },
  { host: 'release.anza.xyz', path: /^\/(?:stable|v[\d.]{1,12})\/install$/, name: 'Solana' },
  { host: 'cli.sentry.dev', path: /^\/install$/, name: 'Sentry CLI' },
  { host: 'sentry.io', path: /^\/get-cli\/$/, name: 'Sentry CLI' },
  { host: 'get.pulumi.com', path: /^\/?$/, name: 'Pulumi' },
  { host: 'chocolatey.org', path: /^\/install\.ps1$/, name: 'Chocolatey' },
  { host: 'community.chocolatey.org', path: /^\/install\.ps1$/, name: 'Chocolatey' },
  { host: 'get.scoop.sh', path: /^\/?$/, name: 'Scoop' },
  { host: 'rclone.org', path: /^\/install\.sh$/, name: 'rclone' },
  { host: 'proton.me', path: /^\/download\/pass-cli\/install\.(?:sh|ps1)$/, name: 'Proton Pass' },
  { host: 'storage.googleapis.com', path: /^\/container-diff\/latest\/container-diff-(?:linux|darwin)-amd64$/, name: 'container-diff' },
  { host: 'apt.llvm.org', path: /^\/llvm\.sh$/, name: 'LLVM' },
  { host: 'fluxcd.io', path: /^\/install\.sh$/, name: 'Flux' },
  { host: 'raw.githubusercontent.com', path: /^\/babashka\/babashka\/master\/install$/, name: 'Babashka' },
  { host: 'github.com', path: /^\/j178\/prek\/releases\/(?:latest\/download|download\/v[\d.]{1,12})\/prek-installer\.(?:sh|ps1)$/, name: 'prek' },
  { host: 'get.containerlab.dev', path: /^\/?$/, name: 'Containerlab' },
  { host: 'get.docker.com', path: /^\/rootless$/, name: 'Docker' },
  { host: 'storage.googleapis.com', path: /^\/cloud-samples-data\/adc\/setup_adc\.sh$/, name: 'Google Cloud' },
  { host: 'dl.cloudsmith.io', path: /^\/public\/mull-project\/mull-stable\/setup\.(?:deb|rpm)\.sh$/, name: 'Mull' },
  { host: 'dl.cloudsmith.io', path: /^\/public\/caddy\/stable\/(?:setup\.deb\.sh|gpg\.key)$/, name: 'Caddy' },
  { host: 'packagecloud.io', path: /^\/install\/repositories\/github\/git-lfs\/script\.(?:deb|rpm)\.sh$/, name: 'Git LFS' },
  { host: 'raw.githubusercontent.com', path: /^\/kubernetes-sigs\/kustomize\/master\/hack\/install_kustomize\.sh$/, name: 'Kustomize' },
  { host: 'raw.githubusercontent.com', path: /^\/rancher\/k3d\/main\/install\.sh$/, name: 'k3d' },
  {
    host: 'raw.githubusercontent.com',
    path: /^\/(?:nektos\/act|terraform-linters\/tflint|aquasecurity\/(?:kube-bench|tfsec))\/master\/(?:install|install_linux|scripts\/install_linux)\.sh$/,
    name: 'tool installer',
  },
  { host: 'repo.anaconda.com', path: /^\/miniconda\/Miniconda3-[\w.-]{1,60}\.sh$/, name: 'Miniconda' },
  { host: 'linkerd.io', path: /^\/(?:install|install-edge|install2(?:\.sh)?)$/, name: 'Linkerd' },
  { host: 'run.linkerd.io', path: /^\/(?:install|install-edge|install2?(?:\.sh)?)$/, name: 'Linkerd' },
  { host: 'istio.io', path: /^\/downloadIstio(?:ctl)?$/, name: 'Istio' },
  { host: 'get.jetify.com', path: /^\/devbox$/, name: 'Devbox' },
  { host: 'get.jetpack.io', path: /^\/devbox$/, name: 'Devbox' },
  { host: 'cli.doppler.com', path: /^\/install\.sh$/, name: 'Doppler' },
  { host: 'dl.dagger.io', path: /^\/dagger\/install\.sh$/, name: 'Dagger' },
  { host: 'get.rvm.io', path: /^\/?$/, name: 'RVM' },
  { host: 'get-ghcup.haskell.org', path: /^\/?$/, name: 'GHCup' },
  { host: 'get.modular.com', path: /^\/?$/, name: 'Modular' },
  { host: 'pixi.sh', path: /^\/install\.(?:sh|ps1)$/, name: 'Pixi' },
  { host: 'get.nextflow.io', path: /^\/?$/, name: 'Nextflow' },
  { host: 'railway.app', path: /^\/install\.sh$/, name: 'Railway' },
  { host: 'railway.com', path: /^\/install\.sh$/, name: 'Railway' },
  { host: 'get.tur.so', path: /^\/install\.sh$/, name: 'Turso' },
  { host: 'cli.coderabbit.ai', path: /^\/install\.sh$/, name: 'CodeRabbit' },
  { host: 'app.factory.ai', path: /^\/cli$/, name: 'Factory' },
  { host: 'ampcode.com', path: /^\/install\.sh$/, name: 'Amp' },
  { host: 'download.newrelic.com', path: /^\/install\/newrelic-cli\/scripts\/install\.sh$/, name: 'New Relic' },
  { host: 'install.datadoghq.com', path: /^\/scripts\/install_script_agent7\.sh$/, name: 'Datadog' },
  { host: 'install.duckdb.org', path: /^\/?$/, name: 'DuckDB' },
  { host: 'clickhouse.com', path: /^\/?$/, name: 'ClickHouse' },
  { host: 'install.zerotier.com', path: /^\/?$/, name: 'ZeroTier' },
  { host: 'pkgs.tailscale.com', path: /^\/stable\//, name: 'Tailscale' },
  { host: 'packages.wazuh.com', path: /^\/4\.[\dx]{1,3}\/wazuh-install\.sh$/, name: 'Wazuh' },
  { host: 'dot.net', path: /^\/v1\/dotnet-install\.(?:sh|ps1)$/, name: '.NET' },
];

const SECOND_LEVEL = new Set([
  'co.uk',
  'org.uk',
  'ac.uk',
  'gov.uk',
  'com.au',
  'net.au',
  'org.au',
  'co.jp',
  'ne.jp',
  'or.jp',
  'co.kr',
  'com.br',
  'com.cn',
  'net.cn',
  'org.cn',
  'com.tw',
  'com.hk',
  'com.sg',
  'co.in',
  'co.nz',
  'co.za',
  'com.mx',
  'com.tr',
  'com.ar',
  'co.il',
  'github.io',
  'gitlab.io',
  'pages.dev',
  'workers.dev',
  'vercel.app',
  'netlify.app',
  'herokuapp.com',
  'web.app',
  'firebaseapp.com',
  'onrender.com',
  'fly.dev',
  'deno.dev',
  'amazonaws.com',
  'blogspot.com',
  'azurewebsites.net',
  'cloudfront.net',
  'r2.dev',
  'repl.co',
  'replit.app',
  'glitch.me',
  'surge.sh',
  'ngrok.io',
  'ngrok-free.app',
  'trycloudflare.com',
  'run.app',
  'supabase.co',
]);

export function domainOf(host: string): string {
  const labels = host.split('.');
  if (labels.length <= 2 || /^[\d.]+$/.test(host) || host.includes(':')) return host;
  const two = labels.slice(-2).join('.');
  return SECOND_LEVEL.has(two) ? labels.slice(-3).join('.') : two;
}

const within = (host: string, list: readonly string[]): boolean => list.some((entry) => host === entry || host.endsWith(`.${entry}`));

/** Dotted, decimal, octal and hexadecimal spellings of IPv4, as inet_aton takes them. Undefined if it is none. */
export function ipv4Of(host: string): string | undefined {
  if (!/^[0-9a-fx.]{1,60}$/i.test(host)) return undefined;
  const pieces = host.split('.');
  if (pieces.length > 4 || pieces.some((piece) => !/^(?:0x[0-9a-f]{1,8}|\d{1,12})$/i.test(piece))) return undefined;
  const numbers = pieces.map((piece) =>
    /^0x/i.test(piece) ? Number.parseInt(piece, 16) : piece.length > 1 && piece.startsWith('0') ? Number.parseInt(piece, 8) : Number(piece),
  );
  const last = numbers.pop()!;
  if (numbers.some((number) => !(number <= 255)) || !(last < 256 ** (4 - numbers.length))) return undefined;
  let value = last;
  numbers.forEach((number, index) => {
    value += number * 256 ** (3 - index);
  });
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

function privateRange(ip: string): 'loopback' | 'private' | 'metadata' | undefined {
  const [a = 0, b = 0] = ip.split('.').map(Number);
  if (a === 127 || ip === '0.0.0.0') return 'loopback';
  if (METADATA.includes(ip)) return 'metadata';
  if (a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 100 && b >= 64 && b < 128) || (a === 169 && b === 254))
    return 'private';
  return undefined;
}

export function classOfHost(host: string): HostClass {
  if (host === '') return 'dynamic';
  if (host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || host === '::1' || host === 'host.docker.internal') return 'loopback';
  const ip = ipv4Of(host);
  if (ip !== undefined) return privateRange(ip) ?? 'raw-ip';
  if (host.startsWith('[') || /^[0-9a-f]*:[0-9a-f:]+$/i.test(host))
    return METADATA.includes(host.replace(/[[\]]/g, '')) ? 'metadata' : /^\[?(?:fe80|f[cd])/i.test(host) ? 'private' : 'raw-ip';
  if (within(host, METADATA)) return 'metadata';
  if (within(host, PASTE)) return 'paste';
  if (within(host, CATCHERS)) return 'webhook-catcher';
  if (within(host, TUNNELS)) return 'tunnel';
  if (within(host, SHORTENERS)) return 'shortener';
  if (within(host, DROPS)) return 'file-drop';
  if (within(host, RAW_CODE)) return 'raw-code';
  if (within(host, CODE_HOSTS)) return 'code-host';
  if (within(host, REGISTRIES)) return 'registry';
  if (host.endsWith('.local') || host.endsWith('.internal') || host.endsWith('.lan') || (!host.includes('.') && /^[a-z0-9-]+$/.test(host)))
    return 'private';
  return 'other';
}

const CHAT = [
  { host: 'discord.com', path: '/api/webhooks/' },
  { host: 'discordapp.com', path: '/api/webhooks/' },
  { host: 'hooks.slack.com', path: '/' },
  { host: 'api.telegram.org', path: '/bot' },
  { host: 'webhook.office.com', path: '/' },
  { host: 'oapi.dingtalk.com', path: '/robot/' },
  { host: 'qyapi.weixin.qq.com', path: '/cgi-bin/webhook/' },
  { host: 'open.feishu.cn', path: '/open-apis/bot/' },
];

const memo = new Map<string, Address>();

/** Takes an address apart. Holes in the host make it `dynamic`; holes in path or query do not. Text without scheme counts as https when it looks like a host. */
export function addressOf(value: Value): Address {
  const text =
    value.kind === 'unknown'
      ? '\u0000'
      : partsOf(value)
          .map((part) => (typeof part === 'string' ? part : '\u0000'))
          .join('');
  const known = memo.get(text);
  if (known !== undefined) return known;
  const address = parse(text.trim());
  if (memo.size < 20_000) memo.set(text, address);
  return address;
}

function parse(text: string): Address {
  const match = /^(?:([a-z][a-z0-9+.-]{0,20}):\/\/)?([^/?#\s]{0,300})([^?#\s]{0,2000})(?:\?([^#\s]{0,2000}))?/i.exec(text);
  let authority = match?.[2] ?? '';
  const scheme = (match?.[1] ?? '').toLowerCase();
  const userinfo = authority.includes('@');
  if (userinfo) authority = authority.slice(authority.lastIndexOf('@') + 1);
  let port = '';
  const colon = /^(.*?)(?::(\d{1,5}|\u0000))?$/s.exec(authority);
  let host = (colon?.[1] ?? authority).toLowerCase().replace(/\.$/, '');
  port = colon?.[2] ?? '';
  const dynamic = host.includes('\u0000') || host === '' || /[<>{}$]/.test(host);
  // `${sub}.vendor.example` is still the vendor's.
  const tail = dynamic ? /\u0000\.([a-z0-9-]+(?:\.[a-z0-9-]+)+)$/.exec(host)?.[1] : undefined;
  if (dynamic) host = tail ?? '';
  const path = match?.[3] ?? '';
  let hostClass = classOfHost(host);
  if (host !== '' && CHAT.some((entry) => (host === entry.host || host.endsWith(`.${entry.host}`)) && path.startsWith(entry.path)))
    hostClass = 'chat-webhook';
  return {
    scheme: scheme || (host === '' ? '' : 'https'),
    host,
    domain: domainOf(host),
    port,
    path,
    query: match?.[4] ?? '',
    class: hostClass,
    international: /[^\x00-\x7f]/.test(host) || /(?:^|\.)xn--/.test(host),
    userinfo,
  };
}

/** The vendor whose documented installer this is, by exact host and path. Query strings and ports make it something else. */
export function installerOf(value: Value): string | undefined {
  if (value.kind !== 'known') return undefined;
  const address = addressOf(value);
  if (address.scheme !== 'https' || address.port !== '' || address.userinfo || address.query !== '') return undefined;
  return INSTALLERS.find((entry) => entry.host === address.host && entry.path.test(address.path || '/'))?.name;
}
