import { BlockList, isIP, SocketAddress } from 'node:net';

/**
 * The address in an entry of X-Forwarded-For; undefined without one. No standard defines the header: proxies add
 * ports (`192.0.2.1:4711`, `[2001:db8::1]:443`) and put IPv6 addresses in brackets, like RFC 7239 section 6.
 * @param entry empty for a closed connection, whose address Node does not know
 */
export function plainAddress(entry = ''): string | undefined {
  // Without a proxy, the entry is always a plain address.
  if (isIP(entry) !== 0) return entry;
  const text = entry.trim().replace(/^"(.*)"$/, '$1');
  const withoutPort = text.replace(/:\d*$/, '');
  // The end of a bare IPv6 address may look like a port, so the whole text is tried first.
  return [text, withoutPort].map((each) => each.replace(/^\[(.*)\]$/, '$1')).find((each) => isIP(each) !== 0);
}

/** The form of RFC 5952, without a zone. An IPv4-mapped IPv6 address becomes an IPv4 address. */
export function canonical(ip: string): string {
  const [address = ''] = ip.split('%');
  if (isIP(address) !== 6) return address;
  const short = new SocketAddress({ address, family: 'ipv6' }).address;
  return /^::ffff:([\d.]+)$/.exec(short)?.[1] ?? short;
}

/**
 * Whether an entry of X-Forwarded-For comes from a trusted proxy. `hop` is its position: 0 is the connection.
 * @param proxies the number of trusted proxies, or their addresses and networks such as 10.0.0.0/8
 */
export function trustedProxy(
  proxies: number | readonly string[] | undefined,
): ((entry: string, hop: number) => boolean) | false {
  if (proxies === undefined) return false;
  // With a number, the operator guarantees that every request passes so many proxies.
  if (typeof proxies === 'number') return (_entry, hop) => hop < proxies;
  const list = new BlockList();
  for (const network of proxies) {
    const [address = '', prefix] = network.split('/');
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return (entry) => {
    const address = canonical(plainAddress(entry) ?? '');
    return address !== '' && list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
  };
}
