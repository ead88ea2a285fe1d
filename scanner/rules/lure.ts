/** What the SOC rules share: which places hand out something opaque, and which are where everybody gets their tools. */
import { addressOf, installerOf } from '../data/hosts.ts';
import type { Value } from '../model.ts';

const ARTEFACT = /\.(?:zip|7z|rar|exe|msi|dmg|pkg|appimage|deb|rpm|apk|iso|cab|scpt|jar|bin|run|bat|cmd|ps1|vbs|lnk|tgz|tar\.gz|tar\.xz)$/i;

/** A file that nobody can read before running it. */
export const artefact = (value: Value): boolean => ARTEFACT.test(addressOf(value).path) && /^(?:https?|ftp)$/.test(addressOf(value).scheme);

/** A place where anybody can put anything: paste sites, file drops, tunnels, shorteners, bare addresses. */
export const opaquePlace = (value: Value): boolean =>
  ['paste', 'file-drop', 'tunnel', 'shortener', 'raw-ip', 'webhook-catcher'].includes(addressOf(value).class);

/** A program, not an archive: what it does is known only once it runs. */
const PROGRAM = /\.(?:exe|msi|msix|dmg|pkg|appimage|deb|rpm|apk|scpt|jar|bin|run|bat|cmd|ps1|vbs|lnk|hta|command|app)$/i;
export const program = (value: Value): boolean => PROGRAM.test(addressOf(value).path) && /^(?:https?|ftp)$/.test(addressOf(value).scheme);

/** Pages and shares that anybody can fill under a name that everybody trusts. */
const AUTHORED = [
  'docs.google.com',
  'drive.google.com',
  'sites.google.com',
  'script.google.com',
  'forms.gle',
  'storage.googleapis.com',
  'notion.site',
  'notion.so',
  't.me',
  'telegram.me',
  'telegra.ph',
  'discord.gg',
  'discordapp.com',
  'dropbox.com',
  'dropboxusercontent.com',
  'onedrive.live.com',
  '1drv.ms',
  'sharepoint.com',
  's3.amazonaws.com',
  'blob.core.windows.net',
  'r2.dev',
  'gist.github.com',
  'gist.githubusercontent.com',
  'gitbook.io',
  'medium.com',
  'substack.com',
  'blogspot.com',
  'wordpress.com',
  'weebly.com',
  'wixsite.com',
  'carrd.co',
  'linktr.ee',
  'tumblr.com',
  'hackmd.io',
  'evernote.com',
  'coda.io',
  'sites.pages.dev',
  'glitch.me',
  'replit.app',
  'ipfs.io',
  'dweb.link',
];

/** Somebody's page or share on a service that hosts anybody's. */
export function authored(value: Value): boolean {
  const { host } = addressOf(value);
  return AUTHORED.some((name) => host === name || host.endsWith(`.${name}`)) || /(?:^|\.)s3[.-][\w-]{2,20}\.amazonaws\.com$/.test(host);
}

/** Where everybody gets their tools: vendors' documented installers, package registries, and the documentation of well-known projects. */
const VENDORS = new Set([
  'brew.sh',
  'docker.com',
  'nodejs.org',
  'python.org',
  'rustup.rs',
  'rust-lang.org',
  'go.dev',
  'golang.org',
  'git-scm.com',
  'microsoft.com',
  'visualstudio.com',
  'apple.com',
  'google.com',
  'cloud.google.com',
  'amazon.com',
  'amazonaws.com',
  'ffmpeg.org',
  'postgresql.org',
  'mysql.com',
  'mongodb.com',
  'redis.io',
  'hashicorp.com',
  'terraform.io',
  'kubernetes.io',
  'k8s.io',
  'helm.sh',
  'npmjs.com',
  'pypi.org',
  'astral.sh',
  'bun.sh',
  'deno.com',
  'deno.land',
  'openai.com',
  'anthropic.com',
  'claude.ai',
  'claude.com',
  'openclaw.ai',
  'clawd.bot',
  'molt.bot',
  'clawhub.ai',
  'ollama.com',
  'tailscale.com',
  'ubuntu.com',
  'debian.org',
  'stripe.com',
  'supabase.com',
  'vercel.com',
  'expo.dev',
  'android.com',
  'jetbrains.com',
  'anaconda.com',
  'conda.io',
  'nvidia.com',
  'adoptium.net',
  'oracle.com',
  'java.com',
  'gnupg.org',
  'imagemagick.org',
  'videolan.org',
  'libreoffice.org',
  'pandoc.org',
  'latex-project.org',
  'tug.org',
  'r-project.org',
  'julialang.org',
  'ruby-lang.org',
  'rubyinstaller.org',
  'php.net',
  'getcomposer.org',
  'flutter.dev',
  'dart.dev',
  'swift.org',
  'kotlinlang.org',
  'scala-lang.org',
  'llvm.org',
  'cmake.org',
  'cursor.com',
  'zed.dev',
  '1password.com',
  'bitwarden.com',
  'obsidian.md',
  'notion.so',
  'slack.com',
  'discord.com',
  'telegram.org',
  'signal.org',
  'wireshark.org',
  'nmap.org',
  'kali.org',
  'portswigger.net',
  'sysinternals.com',
  'chocolatey.org',
  'scoop.sh',
  'nixos.org',
  'cygwin.com',
  'msys2.org',
  'virtualbox.org',
  'vmware.com',
  'chromium.org',
  'mozilla.org',
  'playwright.dev',
  'selenium.dev',
]);

export function knownPlace(value: Value): boolean {
  const address = addressOf(value);
  if (authored(value)) return false;
  if (installerOf(value) !== undefined || address.class === 'registry') return true;
  return VENDORS.has(address.domain) || VENDORS.has(address.host);
}
