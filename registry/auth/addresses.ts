/**
 * Who is at the other end. The socket's address is the only one that cannot be invented; `X-Forwarded-For` is believed only as far as a chain of trusted proxies wrote it,
 * read from the right. IPv4 in IPv6 clothes (`::ffff:192.0.2.1`) is IPv4.
 */
import ipaddr from 'ipaddr.js';

/** One spelling per address; what is no address stays as it is. */
export const plainAddress = (address: string): string => {
  if (!address.includes(':')) return address;
  const bare = address.split('%', 1)[0]!;
  return ipaddr.isValid(bare) ? ipaddr.process(bare).toString() : address;
};

/** What limits are counted by: an IPv4 address, or the /64 of an IPv6 one, because a single host commonly has all of it. */
export function addressKey(address: string): string {
  if (!address.includes(':')) return address;
  const bare = address.split('%', 1)[0]!;
  if (!ipaddr.isValid(bare)) return address;
  const parsed = ipaddr.process(bare);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return `${(parsed as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}

/** A test for "is one of these addresses or in one of these networks". What is no address is in none. */
export function networks(list: readonly string[]): (address: string) => boolean {
  const ranges = list.map((one) => {
    if (one.includes('/')) return ipaddr.parseCIDR(one);
    const address = ipaddr.process(one);
    return [address, address.kind() === 'ipv4' ? 32 : 128] as [typeof address, number];
  });
  return (address) => {
    if (ranges.length === 0 || !ipaddr.isValid(address)) return false;
    const parsed = ipaddr.process(address);
    return ranges.some(([range, bits]) => range.kind() === parsed.kind() && parsed.match(range as never, bits));
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
