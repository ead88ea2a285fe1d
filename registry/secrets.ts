/**
 * Secrets by reference: settings say where a secret lies, never what it is. A reference is one of
 *
 * - `file:/run/secrets/hook` or `{ file: "/run/secrets/hook" }`
 * - `env:HOOK_SECRET` or `{ env: "HOOK_SECRET" }`; if the variable HOOK_SECRET_FILE is set instead, the file that it names
 * - `command:/usr/local/bin/fetch-secret`, or with arguments `{ command: ["/usr/bin/pass", "show", "hook"] }`: no shell, what it prints
 * - `vault:<mount>/<path>#<key>` or `{ vault: { mount, path, key } }`: HashiCorp Vault's (and OpenBao's) KV version 2 over HTTP
 *
 * One line end at the end is cut off. Empty secrets are refused. Messages and errors name the reference, never the value, nor what a command wrote; a text that is no reference is
 * not repeated either, because it may be the secret itself. Stops secrets in config files, in logs and in files that everybody on the machine can read.
 */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { isAbsolute, join, normalize } from 'node:path';
import { visible } from '../scanner/report/escape.ts';
import { RegistryError } from './errors.ts';
import { readVault, type VaultRef, type VaultSettings, vaultRef } from './vault.ts';

export interface SecretContext {
  /** The process environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where relative file names start; the working folder by default. */
  readonly base?: string;
  /** Over VAULT_ADDR, VAULT_NAMESPACE, VAULT_TOKEN_FILE and VAULT_TOKEN of the environment. */
  readonly vault?: VaultSettings;
  /** Folders whose files may be readable by everybody, because the whole machine is one container: `/run/secrets` by default. */
  readonly sharedFolders?: readonly string[];
}

export type SecretRef =
  | string
  | { readonly file: string }
  | { readonly env: string }
  | { readonly command: readonly string[] }
  | { readonly vault: string | VaultRef };

/** Largest secret, in bytes. */
const most = 64 * 1024;
const commandTime = 10_000;

/**
 * The secret that a reference names. `ref` may be anything, as it comes from a settings file.
 * Throws RegistryError `bad-config` naming the reference and what to do.
 */
export async function resolveSecret(ref: unknown, context: SecretContext): Promise<string> {
  const known = parseRef(ref);
  const name = nameOf(known);
  switch (known.kind) {
    case 'file':
      return clean(await readSecretFile(known.file, name, context), name);
    case 'env':
      return fromEnvironment(known.env, name, context);
    case 'command':
      return clean(await run(known.command, name, context), name);
    case 'vault':
      return clean(await readVault(known.vault, name, await vaultSettings(context)), name);
  }
}

/** The secret in the variable NAME, or in the file that NAME_FILE names; undefined if neither is set. Throws RegistryError `bad-config`, also if both are. */
export async function envSecret(name: string, context: SecretContext): Promise<string | undefined> {
  if ((context.env[name] ?? '') === '' && (context.env[`${name}_FILE`] ?? '') === '') return undefined;
  return fromEnvironment(name, `env:${name}`, context);
}

type Parsed =
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'env'; readonly env: string }
  | { readonly kind: 'command'; readonly command: readonly string[] }
  | { readonly kind: 'vault'; readonly vault: VaultRef };

const expected = 'expected file:PATH, env:NAME, command:PROGRAM, vault:MOUNT/PATH#KEY, or the same as a record such as { file: PATH }';

function parseRef(ref: unknown): Parsed {
  if (typeof ref === 'string') {
    const colon = ref.indexOf(':');
    const rest = ref.slice(colon + 1);
    switch (ref.slice(0, Math.max(0, colon))) {
      case 'file':
        return fileRef(rest);
      case 'env':
        return envRef(rest);
      case 'command':
        if (/\s/.test(rest))
          throw bad('a reference command:… names a program and nothing else; with arguments write { command: [PROGRAM, ARGUMENT, …] }');
        return commandRef([rest]);
      case 'vault':
        return { kind: 'vault', vault: vaultRef(rest) };
    }
    throw bad(`a secret was given as a text that is no reference (it is not repeated here); ${expected}`);
  }
  if (typeof ref === 'object' && ref !== null) {
    const keys = Object.keys(ref);
    const [key] = keys;
    const value = (ref as Record<string, unknown>)[key ?? ''];
    if (keys.length === 1) {
      if (key === 'file' && typeof value === 'string') return fileRef(value);
      if (key === 'env' && typeof value === 'string') return envRef(value);
      if (key === 'command' && Array.isArray(value) && value.every((one) => typeof one === 'string')) return commandRef(value);
      if (key === 'vault') return { kind: 'vault', vault: vaultRef(value) };
    }
  }
  throw bad(`a secret was given as something that is no reference; ${expected}`);
}

function fileRef(file: string): Parsed {
  if (file === '' || file.includes('\0')) throw bad('a reference file:… names no file');
  return { kind: 'file', file };
}

function envRef(env: string): Parsed {
  // Anything else may be a secret that somebody put after `env:`.
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(env)) throw bad('a reference env:… names no environment variable (letters, digits and _)');
  return { kind: 'env', env };
}

function commandRef(command: readonly string[]): Parsed {
  const [program] = command;
  if (program === undefined || !isAbsolute(program) || command.some((one) => one.includes('\0')))
    throw bad('a reference command:… needs the full path of a program, such as /usr/local/bin/fetch-secret');
  return { kind: 'command', command };
}

/** The reference as messages show it. Arguments of a command are left out: people put secrets there. */
function nameOf(ref: Parsed): string {
  switch (ref.kind) {
    case 'file':
      return `file:${visible(ref.file)}`;
    case 'env':
      return `env:${ref.env}`;
    case 'command':
      return `command:${visible(ref.command[0]!)}`;
    case 'vault':
      return `vault:${visible(`${ref.vault.mount}/${ref.vault.path}#${ref.vault.key}`)}`;
  }
}

const bad = (says: string, cause?: unknown): RegistryError =>
  new RegistryError('bad-config', `Secret: ${says}.`, cause === undefined ? {} : { cause });

/** One line end less, and not empty. */
function clean(text: string, name: string): string {
  const secret = text.replace(/\r?\n$/, '');
  if (secret === '') throw bad(`${name} is empty`);
  return secret;
}

async function fromEnvironment(variable: string, name: string, context: SecretContext): Promise<string> {
  const value = context.env[variable] ?? '';
  const file = context.env[`${variable}_FILE`] ?? '';
  if (value !== '' && file !== '') throw bad(`both ${variable} and ${variable}_FILE are set; unset one`);
  if (file !== '') return clean(await readSecretFile(file, `file:${visible(file)} (from ${variable}_FILE)`, context), name);
  if (value === '') throw bad(`${name}: the environment has neither ${variable} nor ${variable}_FILE`);
  return clean(value, name);
}

async function readSecretFile(file: string, name: string, context: SecretContext): Promise<string> {
  const path = isAbsolute(file) ? normalize(file) : join(context.base ?? process.cwd(), file);
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    // Without waiting for a writer, should it be a pipe.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw bad(`${name} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`);
  }
  try {
    const at = await handle.stat();
    if (!at.isFile()) throw bad(`${name} is not a plain file`);
    if (at.size > most) throw bad(`${name} is larger than ${most / 1024} KiB`);
    const shared = (context.sharedFolders ?? ['/run/secrets']).some((folder) => path.startsWith(`${normalize(folder)}/`));
    if ((at.mode & 0o007) !== 0 && !shared)
      throw bad(`${name} can be read by everybody on this machine (mode ${(at.mode & 0o777).toString(8)}); run: chmod o= ${visible(path)}`);
    const buffer = Buffer.alloc(most + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    if (bytesRead > most) throw bad(`${name} is larger than ${most / 1024} KiB`);
    return utf8(buffer.subarray(0, bytesRead), name);
  } finally {
    await handle.close();
  }
}

function utf8(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw bad(`${name} is not UTF-8 text`);
  }
}

/** What a program prints. Its error output may hold anything and is thrown away; what it printed is not kept in the error either. */
function run(command: readonly string[], name: string, context: SecretContext): Promise<string> {
  return new Promise((done, failed) => {
    const child = execFile(
      command[0]!,
      command.slice(1),
      { encoding: 'buffer', timeout: commandTime, killSignal: 'SIGKILL', maxBuffer: most, env: { ...context.env }, windowsHide: true },
      (error, stdout) => {
        if (error === null) {
          try {
            done(utf8(stdout, name));
          } catch (cause) {
            failed(cause);
          }
          return;
        }
        const { code, killed, signal } = error as NodeJS.ErrnoException & { killed?: boolean; signal?: string };
        failed(
          bad(
            code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER'
              ? `${name} printed more than ${most / 1024} KiB`
              : killed === true
                ? `${name} took longer than ${commandTime / 1000} s`
                : signal !== undefined && signal !== null
                  ? `${name} was ended by ${signal}`
                  : `${name} failed (${typeof code === 'number' ? `exit code ${code}` : (code ?? 'error')}); run it by hand to see why`,
          ),
        );
      },
    );
    child.stdin?.end();
  });
}

async function vaultSettings(context: SecretContext): Promise<Required<Pick<VaultSettings, 'address' | 'token'>> & VaultSettings> {
  const address = context.vault?.address ?? context.env['VAULT_ADDR'] ?? '';
  if (address === '') throw bad('a reference vault:… needs the address of Vault: set VAULT_ADDR');
  const namespace = context.vault?.namespace ?? context.env['VAULT_NAMESPACE'];
  const token =
    context.vault?.token ??
    (context.vault?.tokenFile === undefined
      ? await envSecret('VAULT_TOKEN', context)
      : clean(await readSecretFile(context.vault.tokenFile, `file:${visible(context.vault.tokenFile)}`, context), 'the Vault token'));
  if (token === undefined) throw bad('a reference vault:… needs a token: set VAULT_TOKEN_FILE to a file that holds it');
  return { address, token, ...(namespace === undefined || namespace === '' ? {} : { namespace }) };
}
