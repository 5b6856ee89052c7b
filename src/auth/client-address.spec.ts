import { SocketAddress } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FastifyRequest } from 'fastify';
import { clientNetwork, networkOf } from './client-address.ts';

describe('clientNetwork', () => {
  const of = (ip: string | undefined, remoteAddress?: string): string =>
    clientNetwork({ ip, socket: { remoteAddress } } as FastifyRequest);

  it('should be that of the client, as forwarded by the proxies', () => {
    expect(of('2001:db8::6', '192.0.2.1')).toBe('2001:db8:0:0::/64');
  });

  it('should be the same with a port and without', () => {
    expect(of('192.0.2.9:51008', '192.0.2.1')).toBe('192.0.2.9');
    expect(of('[2001:db8::6]:443', '192.0.2.1')).toBe('2001:db8:0:0::/64');
  });

  it('should be that of the connection when a proxy forwards an invalid address', () => {
    expect(of('somebody', '192.0.2.1')).toBe('192.0.2.1');
    expect(of('')).toBe('');
  });

  it('should be empty when the client has disconnected', () => {
    expect(of(undefined)).toBe('');
  });
});

describe('networkOf', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:2::6', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['1::', '1:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::ffff:192.0.2.1%1', '192.0.2.1'],
    ['1::ffff:1', '1:0:0:0::/64'],
    ['1:2::3:4:5', '1:2:0:0::/64'],
    ['1::2:3:4:5:6:7', '1:0:2:3::/64'],
    ['', ''],
  ])('of %j should be %j', (ip, network) => {
    expect(networkOf(ip)).toBe(network);
  });

  it('should be the same for all spellings of the 2^64 addresses of a /64, and differ between networks', () => {
    const group = fc.integer({ min: 0, max: 0xffff });
    const half = fc.tuple(group, group, group, group);
    fc.assert(
      fc.property(half, half, half, (network, one, two) => {
        const address = (host: readonly number[]): string =>
          [...network, ...host].map((each) => each.toString(16)).join(':');
        const short = new SocketAddress({ address: address(two), family: 'ipv6' }).address;
        // Of an IPv4-mapped address, only the last 32 bits count.
        fc.pre(!short.startsWith('::ffff:'));
        expect(networkOf(short)).toBe(networkOf(address(one)));
        expect(networkOf(address([...one]).replace(/^[^:]+/, 'fffe'))).not.toBe(
          networkOf(address(one).replace(/^[^:]+/, 'fffd')),
        );
      }),
    );
  });
});
