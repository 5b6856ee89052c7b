import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';

/**
 * Where a request comes from, as far as one caller can be told from another: an IPv4 address, or the first 64 bits of
 * an IPv6 address, since one machine has all the rest.
 */
export function clientNetwork({ ip, socket }: FastifyRequest): string {
  // What a proxy passes on may be any text.
  return networkOf(isIP(ip) === 0 ? (socket.remoteAddress ?? '') : ip);
}

export function networkOf(ip: string): string {
  if (!ip.includes(':')) return ip;
  const mapped = /^::ffff:([\d.]+)$/i.exec(ip)?.[1];
  if (mapped !== undefined) return mapped;
  // RFC 4291 section 2.2: groups of 16 bits, of which "::" stands for as many zeros as are missing.
  const [head = [], tail] = ip.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const zeros = tail === undefined ? 0 : 8 - head.length - tail.length;
  const groups = [...head, ...Array.from({ length: zeros }, () => '0'), ...(tail ?? [])];
  return `${groups
    .slice(0, 4)
    .map((group) => parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
