import type { FastifyRequest } from 'fastify';
import { canonical, plainAddress } from '../http/forwarded-address.ts';

/**
 * The network of the client: its IPv4 address, or the first 64 bits of its IPv6 address, because one machine usually
 * owns a whole /64. Empty when the address is unknown.
 */
export function clientNetwork({ ip, socket }: FastifyRequest): string {
  // A proxy may pass on any text. `ip` is undefined when the client has disconnected.
  return networkOf(plainAddress(ip) ?? socket.remoteAddress ?? '');
}

export function networkOf(ip: string): string {
  const address = canonical(ip);
  if (!address.includes(':')) return address;
  // RFC 4291 section 2.2: groups of 16 bits; "::" stands for the missing groups, all zero.
  const [head = [], tail] = address.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const zeros = tail === undefined ? 0 : 8 - head.length - tail.length;
  const groups = [...head, ...Array.from({ length: zeros }, () => '0'), ...(tail ?? [])];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
