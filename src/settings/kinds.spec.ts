import { describe, expect, it } from '@jest/globals';
import { flag, milliseconds, oneOf, ratio, wholeNumber } from './kinds.ts';

const port = wholeNumber(0, 65_535);

describe('a whole number', () => {
  it.each(['0', '007', ' 80 ', '65535'])('should be taken as %j', (text) => {
    expect(port.parse(text)).toBe(Number(text));
  });

  it.each(['-1', '1.5', '1e3', '0x50', '65536', '٨٠', 'Infinity', 'NaN', '1_000', '99999999999999999999'])(
    'should not be taken as %j',
    (text) => {
      expect(port.safeParse(text).error?.issues.map(({ message }) => message)).toEqual([
        'must be a whole number from 0 to 65535',
      ]);
    },
  );
});

it('should take an hour at most for a time', () => {
  expect(milliseconds().safeParse('0').success).toBe(false);
  expect(milliseconds(0).parse('0')).toBe(0);
  expect(milliseconds().parse('3600000')).toBe(3_600_000);
  expect(milliseconds().safeParse('3600001').success).toBe(false);
});

it.each(['0', '1', '-0.1', 'half', '1.5', 'NaN'])('should not take %j for a share', (text) => {
  expect(ratio.parse('0.2')).toBe(0.2);
  expect(ratio.safeParse(text).error?.issues.map(({ message }) => message)).toEqual([
    'must be a number between 0 and 1',
  ]);
});

it('should take the words that it knows, and name them', () => {
  expect(oneOf('a', 'b', 'c').parse('b')).toBe('b');
  expect(oneOf('a', 'b', 'c').safeParse('d').error?.issues[0]?.message).toBe('must be a, b or c');
  expect([flag.parse('true'), flag.parse('false')]).toEqual([true, false]);
  expect(flag.safeParse('yes').error?.issues[0]?.message).toBe('must be true or false');
});
