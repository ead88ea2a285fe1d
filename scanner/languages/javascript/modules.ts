/**
 * Names: which spellings mean the same module or API, which identifiers are global, and the table of what each API does. A dotted name is canonical after `canonical`.
 */
import { CODE } from './apis/code.ts';
import { FILES } from './apis/files.ts';
import { FORMS } from './apis/forms.ts';
import { NETWORK } from './apis/network.ts';
import type { Row } from './apis/row.ts';
import { USER } from './apis/user.ts';

const ROWS: ReadonlyMap<string, Row> = new Map(Object.entries({ ...CODE, ...FILES, ...NETWORK, ...USER, ...FORMS }));

export const rowOf = (name: string): Row | undefined => ROWS.get(name);

/** Modules that are another module under a different name. */
const SAME: Readonly<Record<string, string>> = {
  'fs/promises': 'fs',
  'fs-extra': 'fs',
  'graceful-fs': 'fs',
  'mz/fs': 'fs',
  'mz/child_process': 'child_process',
  'dns/promises': 'dns',
  'timers/promises': 'timers-promises',
  'path/posix': 'path',
  'path/win32': 'path',
  'stream/promises': 'stream',
  'node-fetch': 'fetch',
  'cross-fetch': 'fetch',
  'isomorphic-fetch': 'fetch',
  'whatwg-fetch': 'fetch',
  'undici-fetch': 'fetch',
  'isomorphic-ws': 'ws',
  'request-promise-native': 'request-promise',
  'js-base64': 'js-base64',
  buffer: 'buffer',
  'node-pty-prebuilt-multiarch': 'node-pty',
  '@lydell/node-pty': 'node-pty',
  'axios/dist/node/axios.cjs': 'axios',
  shelljs: 'shelljs',
  'shelljs/global': 'shelljs',
  'zx/core': 'zx',
  'cross-spawn-promise': 'cross-spawn',
  'fetch-blob': 'fetch-blob',
};

export const BUILTIN: ReadonlySet<string> = new Set(
  'assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain events fs http http2 https inspector module net os path perf_hooks process punycode querystring readline repl stream string_decoder sys timers tls trace_events tty url util v8 vm wasi worker_threads zlib test'.split(
    ' ',
  ),
);

/** `node:fs/promises` is `fs`. */
export function moduleName(specifier: string): string {
  const bare = specifier.startsWith('node:')
    ? specifier.slice(5)
    : specifier.startsWith('npm:')
      ? specifier.slice(4).replace(/(?<=.)@[^/@]{1,60}$/, '')
      : specifier;
  return Object.hasOwn(SAME, bare) ? SAME[bare]! : bare;
}

const ALIASES: Readonly<Record<string, string>> = {
  'process.mainModule.require': 'require',
  'module.require': 'require',
  'require.main.require': 'require',
  'module.constructor._load': 'module._load',
  'module.Module._load': 'module._load',
  'module.createRequire()': 'require',
  'Bun.$': '$shell',
  'zx.$': '$shell',
  'execa.$': '$shell',
  'dax-sh.default': '$shell',
  'zx.fetch': 'fetch',
  'zx.fs': 'fs',
  'zx.os': 'os',
  'zx.path': 'path',
  'shelljs.ShellString': 'shelljs.ShellString',
  'undici.fetch': 'fetch',
  'fetch.fetch': 'fetch',
  'fetch.default': 'fetch',
  'axios.axios': 'axios',
  'axios.default': 'axios',
  'buffer.Buffer': 'Buffer',
  'buffer.atob': 'atob',
  'buffer.btoa': 'btoa',
  'util.TextDecoder': 'TextDecoder',
  'util.TextEncoder': 'TextEncoder',
  'url.URL': 'URL',
  'url.URLSearchParams': 'URLSearchParams',
  'process.process': 'process',
  'vm.default': 'vm',
  'timers.setInterval': 'setInterval',
  'timers.setTimeout': 'setTimeout',
  'Deno.env.get': 'Deno.env.get',
  'Bun.env': 'process.env',
  'import.meta.env': 'import.meta.env',
  'Deno.args': 'process.argv',
  'Bun.argv': 'process.argv',
  jQuery: '$',
  'http.http': 'http',
  'net.Stream': 'net.Socket',
  'net.createServer()': 'server()',
  'net.Server()': 'server()',
  'tls.createServer()': 'server()',
  'http.createServer()': 'server()',
  'http.Server()': 'server()',
  'https.createServer()': 'server()',
  'http2.createServer()': 'server()',
  'http2.createSecureServer()': 'server()',
  'express.default': 'express',
  'ssh2.ssh2': 'ssh2',
  'follow-redirects.https': 'https',
  'follow-redirects.http': 'http',
  'fetch.Request': 'Request',
  'Function.prototype.constructor': 'Function',
};

/** Roots whose own names may repeat in a default import. */
export function canonical(name: string): string {
  if (name.length > 160) return '';
  if (Object.hasOwn(ALIASES, name)) return ALIASES[name]!;
  if (name.startsWith('fs.promises.')) return `fs.${name.slice(12)}`;
  if (name === 'fs.promises') return 'fs';
  if (name.startsWith('dns.promises.')) return `dns.${name.slice(13)}`;
  if (name === 'dns.promises') return 'dns';
  if (name.endsWith('.default') && !name.startsWith('rel:')) return name.slice(0, -8);
  return name;
}

export const GLOBAL_OBJECTS: ReadonlySet<string> = new Set(['globalThis', 'global', 'window', 'self', 'top', 'parent', 'frames', 'root', 'GLOBAL']);

/** Free identifiers that name an API. Modules of Node are here too: snippets in documentation leave the import out. */
export const GLOBALS: ReadonlySet<string> = new Set([
  ...'process require module exports eval Function Buffer atob btoa unescape escape decodeURIComponent decodeURI encodeURIComponent encodeURI parseInt parseFloat isNaN fetch Request Headers FormData URL URLSearchParams XMLHttpRequest WebSocket EventSource Image Audio Worker importScripts navigator document location history localStorage sessionStorage indexedDB console setTimeout setInterval setImmediate queueMicrotask execScript Reflect Object Array String Number Boolean Symbol JSON Math Date RegExp Promise Proxy Map Set WeakMap WeakSet Error TextEncoder TextDecoder structuredClone performance crypto Deno Bun chrome browser $ jQuery axios CryptoJS Uint8Array Uint16Array ArrayBuffer DataView Int8Array Blob File FileReader alert execa shelljs $fetch ethers Web3 web3 bootstrap Application'.split(
    ' ',
  ),
  ...[...BUILTIN].filter(
    (name) =>
      !'assert constants domain events stream sys test url util console timers module punycode repl path process string_decoder cluster'
        .split(' ')
        .includes(name),
  ),
  'path',
  'util',
  'url',
  'stream',
]);

/** Objects on which a computed call that cannot be folded hides what runs. */
export const REFLECTIVE: ReadonlySet<string> = new Set([
  'global',
  'global.this',
  'child_process',
  'vm',
  'module',
  'worker_threads',
  'Reflect',
  'Deno',
  'Bun',
]);
