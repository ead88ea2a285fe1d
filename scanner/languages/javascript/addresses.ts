/** Addresses of requests: of strings, URL objects and option objects; base addresses of configured clients; certificate checks switched off. */
import type { Value } from '../../model.ts';
import { prefixOf } from '../../value.ts';
import { option } from './options.ts';
import { type At, cellsOf, type Run } from './run.ts';
import { add, asString, stringOf, type Thing, text, toValue, UNKNOWN, union } from './thing.ts';

/** Is the host part of an address complete before the first hole? */
export const hostKnown = (value: Value): boolean =>
  /^(?:[a-z][\w+.-]{0,12}:)?\/\/[^/?#]{1,300}[/?#]/i.test(prefixOf(value)) || (value.kind === 'known' && value.text.includes('://'));

/** The address of a string or URL object. */
export function urlOf(thing: Thing): Value {
  const href = option(thing, 'href');
  return toValue(asString(href ?? thing));
}

/** Certificate checks switched off in options or an agent. */
export function insecureIn(...things: readonly (Thing | undefined)[]): boolean {
  return things.some((thing) => {
    if (thing === undefined) return false;
    for (const name of ['rejectUnauthorized', 'strictSSL', 'checkServerIdentity']) {
      const given = option(thing, name);
      if (given?.known && given.prim === false) return true;
    }
    for (const name of ['agent', 'httpsAgent', 'dispatcher', 'https', 'tls', 'connect', 'requestCert']) {
      const inner = option(thing, name);
      if (inner !== undefined && inner !== thing && option(inner, 'rejectUnauthorized')?.prim === false) return true;
      const deeper = option(inner, 'connect');
      if (deeper !== undefined && option(deeper, 'rejectUnauthorized')?.prim === false) return true;
    }
    return false;
  });
}

/** Base address and path. */
export function based(r: Run, base: Thing | undefined, url: Thing | undefined, at: At): Thing {
  if (url === undefined) return base ?? UNKNOWN;
  if (base === undefined || /^[a-z][\w+.-]{0,12}:\/\//i.test(prefixOf(toValue(asString(url))))) return url;
  const left = asString(base);
  const leftText = stringOf(left);
  const rightText = stringOf(url);
  const slash = leftText !== undefined && !leftText.endsWith('/') && rightText !== undefined && !rightText.startsWith('/') ? '/' : '';
  return add(slash === '' ? left : add(left, text(slash), left.cells), asString(url), union(cellsOf(r, base, at), cellsOf(r, url, at)));
}

/** The address in the options of `http.request`. */
export function fromOptions(r: Run, options: Thing, scheme: string, at: At): Thing {
  const host = option(options, 'hostname') ?? option(options, 'host');
  if (host === undefined) {
    const socket = option(options, 'socketPath');
    if (socket !== undefined) return add(text('unix:'), asString(socket), socket.cells);
    return option(options, 'url') ?? option(options, 'uri') ?? option(options, 'href') ?? { cells: options.cells };
  }
  const port = option(options, 'port');
  const path = option(options, 'path') ?? option(options, 'pathname');
  const protocol = stringOf(option(options, 'protocol'))?.replace(/:$/, '') ?? scheme;
  const number = port?.known ? String(port.prim) : undefined;
  const usual = number === undefined || number === '443' || number === '80';
  const parts = [
    text(`${protocol}://`),
    asString(host),
    ...(usual ? [] : [text(`:${number}`)]),
    ...(path === undefined ? [text('/')] : [asString(path)]),
  ];
  const from = union(cellsOf(r, host, at), path === undefined ? [] : cellsOf(r, path, at));
  return parts.reduce((all, part) => add(all, part, from));
}
