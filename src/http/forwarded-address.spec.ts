import { describe, expect, it } from '@jest/globals';
import { canonical, plainAddress, trustedProxy } from './forwarded-address.ts';

describe('plainAddress', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1:51008', '192.0.2.1'],
    [' 192.0.2.1:80\t', '192.0.2.1'],
    ['192.0.2.1:', '192.0.2.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['2001:db8::1:443', '2001:db8::1:443'],
    ['2001:db8:0:0:0:0:0:1:443', '2001:db8:0:0:0:0:0:1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['"[2001:db8::1]:443"', '2001:db8::1'],
    ['[::ffff:192.0.2.1]:443', '::ffff:192.0.2.1'],
    ['[fe80::1%eth0]:443', 'fe80::1%eth0'],
  ])('should be in %j: %j', (entry, address) => {
    expect(plainAddress(entry)).toBe(address);
  });

  it.each([
    '',
    'unknown',
    '_hidden',
    'host:80',
    '192.0.2.1:http',
    '192.0.2.256',
    '[192.0.2.1',
    ':80',
    '[]:80',
  ])('should not be in %j', (entry) => {
    expect(plainAddress(entry)).toBeUndefined();
  });
});

describe('canonical', () => {
  it.each([
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
    ['192.0.2.1', '192.0.2.1'],
  ])('should make one text of %s: %s', (ip, text) => {
    expect(canonical(ip)).toBe(text);
  });
});

describe('trustedProxy', () => {
  it('should trust no proxy by default', () => {
    expect(trustedProxy(undefined)).toBe(false);
  });

  it('should go by the place alone when it is a number', () => {
    const trusts = trustedProxy(2);
    expect(trusts && [trusts('x', 0), trusts('x', 1), trusts('x', 2)]).toEqual([true, true, false]);
  });

  it.each([
    ['10.1.2.3', true],
    ['10.1.2.3:443', true],
    ['::ffff:10.1.2.3', true],
    ['[::ffff:a01:203]:443', true],
    ['11.1.2.3', false],
    ['192.0.2.1', true],
    ['192.0.2.2', false],
    ['fd00::1', true],
    ['[fd00::1]:443', true],
    ['fd00:0:0:1::1', false],
    ['::1', true],
    ['172.16.5.5', true],
    ['172.32.5.5', false],
    ['fe80::1%eth0', true],
    ['unknown', false],
    ['', false],
  ])('should tell whether %j is in the networks: %j', (entry, expected) => {
    const trusts = trustedProxy([
      '10.0.0.0/8',
      '192.0.2.1',
      'fd00::/64',
      '::1',
      '::ffff:172.16.0.0/108',
      'fe80::1%eth0',
    ]);
    expect(trusts && trusts(entry, 1)).toBe(expected);
  });

  it('should trust every address when configured', () => {
    const trusts = trustedProxy(['0.0.0.0/0', '::/0']);
    expect(trusts && [trusts('192.0.2.1', 1), trusts('2001:db8::1', 1)]).toEqual([true, true]);
  });
});
