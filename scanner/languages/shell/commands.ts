/** What programs do, by name. The rows live in the themed tables; this file only joins them. Add a program by adding a row there. */
import { type Handler, tabled } from './command.ts';
import { FILE_ROWS } from './files.ts';
import { GIT_ROWS } from './git.ts';
import { HTTP_ROWS } from './http.ts';
import { NETWORK_ROWS } from './network.ts';
import { PACKAGE_ROWS } from './packages.ts';
import { REMOTE_ROWS } from './remote.ts';
import { SETTING_ROWS, settings } from './settings.ts';

const TABLES: readonly ReadonlyMap<string, Handler>[] = [
  tabled(HTTP_ROWS),
  tabled(NETWORK_ROWS),
  tabled(REMOTE_ROWS),
  tabled(GIT_ROWS),
  tabled(FILE_ROWS),
  tabled(PACKAGE_ROWS),
];

/** Programs whose output is made of their input and operands. */
export const FILTERS: ReadonlySet<string> = new Set(
  'cat head tail less more bat nl tac rev sort uniq wc cut strings od hexdump hd grep egrep fgrep rg ag sed gsed awk gawk mawk nawk tr jq yq fold fmt column paste comm join expand iconv xmllint pup htmlq base64 base32 xxd gzip gunzip zcat bzip2 xz zstd gpg openssl tee pv split csplit diff cmp md5sum sha1sum sha256sum sha512sum shasum cksum envsubst tar zip ts sponge dos2unix nl pr look col'.split(
    ' ',
  ),
);

const cache = new Map<string, Handler | undefined>();

/** Everything the tables say of a program, as one handler. Undefined for a program nobody knows. */
export function effectsOf(name: string): Handler | undefined {
  const key = name.replace(/[\d.]{1,8}$/, (digits) => (/^(?:pip|python|npm)/.test(name) ? '' : digits));
  if (cache.has(key)) return cache.get(key);
  const handlers = TABLES.map((table) => table.get(key)).filter((handler): handler is Handler => handler !== undefined);
  const set = SETTING_ROWS.get(key);
  if (set !== undefined) handlers.push(settings(set));
  const joined: Handler | undefined =
    handlers.length === 0
      ? undefined
      : (w, command) => {
          let output: ReturnType<Handler>;
          for (const handler of handlers) output = handler(w, command) ?? output;
          return output;
        };
  if (cache.size < 4_096) cache.set(key, joined);
  return joined;
}
