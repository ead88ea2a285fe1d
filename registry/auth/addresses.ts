/**
 * Who is at the other end. The socket's address is the only one that cannot be invented; `X-Forwarded-For` is believed only as far as a chain of trusted proxies wrote it,
 * read from the right. IPv4 in IPv6 clothes (`::ffff:192.0.2.1`) is IPv4.
 */
import ipaddr from 'ipaddr.js';

/** Parsing an IPv6 address costs more than all the rest of a request's admission; the last few are remembered. */
function remembered(make: (address: string) => string): (address: string) => string {
  const known = new Map<string, string>();
  return (address) => {
    if (!address.includes(':')) return address;
    let made = known.get(address);
    if (made === undefined) {
      made = make(address);
      if (known.size >= 1000) known.clear();
      known.set(address, made);
    }
    return made;
  };
}

const parsed = (address: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined => {
  const bare = address.split('%', 1)[0]!;
  return ipaddr.isValid(bare) ? ipaddr.process(bare) : undefined;
};

/** One spelling per address; what is no address stays as it is. */
export const plainAddress = remembered((address) => parsed(address)?.toString() ?? address);

const networkOf =
  (groups: number) =>
  (address: string): string => {
    const one = parsed(address);
    if (one === undefined || one.kind() === 'ipv4') return one?.toString() ?? address;
    const network = (one as ipaddr.IPv6).parts.slice(0, groups).map((part) => part.toString(16));
    return `${network.join(':')}::/${groups * 16}`;
  };

/** What limits are counted by: an IPv4 address, or the /64 of an IPv6 one, because a single host commonly has all of it. */
export const addressKey = remembered(networkOf(4));

/** The site that an address belongs to: the /48 of an IPv6 one, which is what one customer may have in all. IPv4 addresses are each their own. */
export const siteKey = remembered(networkOf(3));

/** A test for "is one of these addresses or in one of these networks". What is no address is in none. */
export function networks(list: readonly string[]): (address: string) => boolean {
  const ranges = list.map((one) => {
    if (one.includes('/')) return ipaddr.parseCIDR(one);
    const address = ipaddr.process(one);
    return [address, address.kind() === 'ipv4' ? 32 : 128] as [typeof address, number];
  });
  return (address) => {
    if (ranges.length === 0 || !ipaddr.isValid(address)) return false;
    const one = ipaddr.process(address);
    return ranges.some(([range, bits]) => range.kind() === one.kind() && one.match(range as never, bits));
  };
}

/** Longest chain of proxies that is looked at. */
const hops = 20;

/** The client's address from the socket's and the `X-Forwarded-For` header, with the proxies that are trusted. Same rule as Fastify's trustProxy. */
export function clientAddress(trusted: readonly string[]): (peer: string | undefined, forwarded: string | string[] | undefined) => string {
  const isTrusted = networks(trusted);
  return (peer, forwarded) => {
    let address = plainAddress(peer ?? '');
    if (trusted.length === 0 || forwarded === undefined || !isTrusted(address)) return address;
    const chain = (Array.isArray(forwarded) ? forwarded.join(',') : forwarded).split(',').slice(-hops).reverse();
    for (const hop of chain) {
      const bare = hop.trim();
      // Whoever writes something else is taken for the client itself.
      if (!ipaddr.isValid(bare)) return address;
      address = plainAddress(bare);
      if (!isTrusted(address)) return address;
    }
    return address;
  };
}
