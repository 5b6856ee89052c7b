import { describe, expect, it } from '@jest/globals';
import { FailureThrottle } from './failure-throttle.ts';

const acme = { name: 'acme' };
const other = { name: 'other' };

/** A throttle with a limit of three failures a minute, and its clock. */
function throttle(): { throttle: FailureThrottle; wait: (ms: number) => void } {
  let now = 5_000;
  return { throttle: new FailureThrottle(3, { now: () => now }), wait: (ms) => (now += ms) };
}

const fail = (one: FailureThrottle, address: string, times: number): boolean[] =>
  Array.from({ length: times }, () => one.failed(address));

describe('FailureThrottle', () => {
  it('should throttle an address that sent too many wrong keys until its minute is over', () => {
    const { throttle: one, wait } = throttle();
    expect(fail(one, 'a', 2)).toEqual([false, false]);
    expect(one.secondsLeft('a')).toBe(0);
    wait(20_000);
    expect(fail(one, 'a', 1)).toEqual([true]);
    expect(one.secondsLeft('a')).toBe(40);
    wait(39_500);
    expect(one.secondsLeft('a')).toBe(1);
    wait(501);
    expect(one.secondsLeft('a')).toBe(0);
    expect(fail(one, 'a', 3)).toEqual([false, false, true]);
  });

  it('should not affect other addresses', () => {
    const { throttle: one } = throttle();
    fail(one, 'a', 3);
    expect(one.secondsLeft('b')).toBe(0);
    expect(one.passes('b', acme)).toBe(true);
  });

  it('should accept consumers that are known from the address, and reject others', () => {
    const { throttle: one, wait } = throttle();
    expect(one.passes('a', acme)).toBe(true);
    fail(one, 'a', 3);
    expect(one.passes('a', acme)).toBe(true);
    expect(one.passes('a', other)).toBe(false);
    expect(one.passes('b', other)).toBe(true);
    expect(one.passes('a', other)).toBe(false);
    wait(60_001);
    expect(one.passes('a', other)).toBe(true);
    fail(one, 'a', 3);
    expect(one.passes('a', other)).toBe(true);
  });

  it('should report once that an address is throttled', () => {
    const { throttle: one } = throttle();
    expect(fail(one, 'a', 6).filter(Boolean)).toHaveLength(1);
  });

  it('should remember a bounded number of addresses, the last ones', () => {
    const { throttle: one } = throttle();
    for (let index = 0; index < 20_000; index += 1) fail(one, `address-${index}`, 3);
    expect(one.secondsLeft('address-0')).toBe(0);
    expect(one.secondsLeft('address-19999')).toBe(60);
  });

  it('should be off at 0', () => {
    expect(new FailureThrottle(0).isOn).toBe(false);
    expect(new FailureThrottle(1).isOn).toBe(true);
  });
});
