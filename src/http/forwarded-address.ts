import { BlockList, isIP, SocketAddress } from 'node:net';

/**
 * The address in an entry of X-Forwarded-For. No standard defines that header: proxies write addresses with a port
 * (`192.0.2.1:4711`, `[2001:db8::1]:443`), and IPv6 addresses in brackets, as RFC 7239 section 6 has them in `Forwarded`.
 *
 * @param entry empty for a connection that is closed already: then Node knows no address
 * @returns undefined for what is no address
 */
export function plainAddress(entry = ''): string | undefined {
  // Without a proxy it is always one.
  if (isIP(entry) !== 0) return entry;
  const text = entry.trim().replace(/^"(.*)"$/, '$1');
  const withoutPort = text.replace(/:\d*$/, '');
  // An IPv6 address that is bare may end like a port.
  return [text, withoutPort].map((each) => each.replace(/^\[(.*)\]$/, '$1')).find((each) => isIP(each) !== 0);
}

/** An address in the one form that RFC 5952 gives it, without its zone; an IPv4 address in IPv6 is an IPv4 address. */
export function canonical(ip: string): string {
  const [address = ''] = ip.split('%');
  if (isIP(address) !== 6) return address;
  const short = new SocketAddress({ address, family: 'ipv6' }).address;
  return /^::ffff:([\d.]+)$/.exec(short)?.[1] ?? short;
}

/** Whether an entry of X-Forwarded-For is by a proxy that is trusted, by its place in the chain: 0 is the connection. */
export type TrustedProxy = (entry: string, hop: number) => boolean;

/**
 * @param proxies how many of the last entries are trusted, or the addresses and networks that are, such as 10.0.0.0/8;
 *   undefined for none
 */
export function trustedProxy(proxies: number | readonly string[] | undefined): TrustedProxy | false {
  if (proxies === undefined) return false;
  // Nobody's address is known: whoever sets a number vouches for the way in.
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
