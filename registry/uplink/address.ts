/**
 * Which hosts an import may ask, and which addresses they may have. Stops server-side request forgery: an importer naming an inner host, a name that resolves inward
 * (also only the second time it is asked), and every other spelling of an inner address (the URL parser has made them one before they get here).
 *
 * An entry of the list is a host (`clawhub.ai`: https on its usual port) or an origin (`http://127.0.0.1:8080`). An inner address that is written as such is meant; a *name* that
 * resolves to inner addresses needs `private+` before it. Link-local, metadata, multicast and unspecified addresses are never asked.
 */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { visible } from '../../scanner/report/escape.ts';
import { RegistryError } from '../errors.ts';

export interface Upstream {
  readonly origin: string;
  /** Without brackets and without a final dot. */
  readonly host: string;
  /** Its addresses may be private or loopback ones. */
  readonly inner: boolean;
}

const never = new Set(['168.63.129.16', '100.100.100.200', 'fd00:ec2::254', 'fd20:ce::254']);
const innerRanges = new Set(['private', 'loopback', 'uniqueLocal', 'carrierGradeNat']);

/** Whether a connection to this address (as a resolver or a socket names it) may be made. */
export function addressAllowed(text: string, inner: boolean): boolean {
  // Strict: the library also reads `127.1`, and takes `::1.2.3.4` for the mapped address, which it is not.
  if (isIP(text) === 0 || (text.includes(':') && text.includes('.') && !/^(?:::ffff:|64:ff9b::)/i.test(text))) return false;
  let address = ipaddr.parse(text);
  if (address.kind() === 'ipv6') {
    const six = address as ipaddr.IPv6;
    if (six.zoneId !== undefined) return false;
    if (six.isIPv4MappedAddress()) address = six.toIPv4Address();
    // NAT64 carries the address of an IPv4 host in its last four bytes.
    else if (six.range() === 'rfc6052') address = new ipaddr.IPv4(six.toByteArray().slice(12));
  }
  if (never.has(address.toString())) return false;
  const range = address.range();
  if (inner && innerRanges.has(range)) return true;
  // What the library calls unicast in IPv6 is everything that has no other name; addresses of the Internet are in 2000::/3.
  return range === 'unicast' && (address.kind() === 'ipv4' || ((address as ipaddr.IPv6).parts[0]! & 0xe000) === 0x2000);
}

/** Hosts compare without brackets and final dot. */
export const hostOf = (url: URL): string =>
  url.hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();

/** Reads the list of the settings. Throws RegistryError `bad-config` naming the entry. */
export function upstreamsOf(allow: readonly string[]): Upstream[] {
  return allow.map((entry) => {
    const marked = entry.startsWith('private+');
    const text = marked ? entry.slice('private+'.length) : entry;
    const full = /^https?:\/\//.test(text) ? text : `https://${text}`;
    const url = URL.canParse(full) ? new URL(full) : undefined;
    if (url === undefined || url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '')
      throw new RegistryError(
        'bad-config',
        `upstream.allow: ${visible(entry)} is neither a host nor an origin. Write clawhub.ai, https://skills.example:8443, or private+https://skills.corp.example for a host of your own network.`,
      );
    const host = hostOf(url);
    return { origin: url.origin, host, inner: marked || host === 'localhost' || ipaddr.isValid(host) };
  });
}

/** A token under a name that no upstream has would never be sent, and nobody would know why. @throws RegistryError `bad-config` naming it */
export function needTokenNames(names: readonly string[], upstreams: readonly Upstream[]): void {
  const known = new Set(upstreams.flatMap(({ origin, host }) => [origin, host]));
  const wrong = names.find((name) => !known.has(name));
  if (wrong === undefined) return;
  throw new RegistryError(
    'bad-config',
    `upstream.tokens: ${visible(wrong)} is none of upstream.allow. ${known.size === 0 ? 'Put the upstream there first.' : `Name an upstream by host or origin: ${[...known].map(visible).join(', ')}.`}`,
  );
}

/** The entry that lets this address be asked, and the address of the registry there (it may have a path). Throws RegistryError: `bad-input` for what is no address of a registry, `forbidden` for one that is not on the list. */
export function allowedUpstream(text: string, list: readonly Upstream[]): { readonly url: URL; readonly upstream: Upstream } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new RegistryError('bad-input', `${visible(text).slice(0, 200)} is not the address of a registry. Write https://host.`);
  if (url.username !== '' || url.password !== '')
    throw new RegistryError(
      'bad-input',
      'The address of the upstream has a user name or password in it. Put a token into the settings (upstream.tokens) instead.',
    );
  const upstream = list.find(
    (one) =>
      one.origin === url.origin ||
      (hostOf(url) === one.host && new URL(one.origin).port === url.port && new URL(one.origin).protocol === url.protocol),
  );
  if (upstream === undefined)
    throw new RegistryError(
      'forbidden',
      `This registry does not import from ${url.origin}. ${list.length === 0 ? 'No upstream is allowed' : `It imports from ${list.map((one) => one.origin).join(', ')}`}; whoever runs it lists upstreams under upstream.allow.`,
    );
  if (!addressAllowedHost(upstream.host, upstream.inner)) throw refusedAddress(upstream.host);
  return { url, upstream };
}

/** A host that is an address already never reaches the resolver. */
const addressAllowedHost = (host: string, inner: boolean): boolean => !ipaddr.isValid(host) || addressAllowed(host, inner);

export const refusedAddress = (host: string): RegistryError =>
  new RegistryError(
    'forbidden',
    `${visible(host)} is at an inner, local or reserved address, which is not asked. If it is a registry of your own network, list it as private+https://… under upstream.allow.`,
  );
