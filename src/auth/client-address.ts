import type { FastifyRequest } from 'fastify';
import { canonical, plainAddress } from '../http/forwarded-address.ts';

/**
 * Where a request comes from, as far as one caller can be told from another: an IPv4 address, or the first 64 bits of
 * an IPv6 address, since one machine has all the rest.
 */
export function clientNetwork({ ip, socket }: FastifyRequest): string {
  // What a proxy passes on may be any text. Of a client that has left, Fastify gives undefined.
  return networkOf(plainAddress(ip) ?? socket.remoteAddress ?? '');
}

export function networkOf(ip: string): string {
  const address = canonical(ip);
  if (!address.includes(':')) return address;
  // RFC 4291 section 2.2: groups of 16 bits, of which "::" stands for as many zeros as are missing.
  const [head = [], tail] = address.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const zeros = tail === undefined ? 0 : 8 - head.length - tail.length;
  const groups = [...head, ...Array.from({ length: zeros }, () => '0'), ...(tail ?? [])];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
