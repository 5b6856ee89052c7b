import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { byteRange } from './selection.ts';

describe('byteRange', () => {
  it.each([
    ['bytes=0-0', { first: 0, last: 0 }],
    ['bytes=0-99', { first: 0, last: 99 }],
    ['bytes=0-', { first: 0, last: 99 }],
    ['bytes=10-19', { first: 10, last: 19 }],
    ['bytes=99-', { first: 99, last: 99 }],
    ['bytes=50-1000', { first: 50, last: 99 }],
    ['bytes=-1', { first: 99, last: 99 }],
    ['bytes=-100', { first: 0, last: 99 }],
    ['bytes=-1000', { first: 0, last: 99 }],
    [`bytes=0-${'9'.repeat(400)}`, { first: 0, last: 99 }],
    [`bytes=-${'9'.repeat(400)}`, { first: 0, last: 99 }],
    ['BYTES=0-0', { first: 0, last: 0 }],
    ['bytes=000-001', { first: 0, last: 1 }],
  ])('should read %s of 100 bytes', (field, range) => {
    expect(byteRange(field, 100)).toEqual(range);
  });

  it.each(['bytes=100-', 'bytes=100-200', 'bytes=-0', `bytes=${'9'.repeat(400)}-`])(
    'should be unsatisfiable for %s of 100 bytes',
    (field) => {
      expect(byteRange(field, 100)).toBe('unsatisfiable');
    },
  );

  it.each([
    'bytes=5-2',
    'bytes=-',
    'bytes=',
    'bytes',
    'bytes=0-1,5-6',
    'bytes=0-0, -1',
    'bytes=a-b',
    'bytes=1',
    'bytes=--1',
    'bytes=+1-2',
    'bytes=0x0-0x1',
    'bytes=1.0-2',
    'bytes = 0-1',
    'bytes=0 - 1',
    'items=0-1',
    '0-1',
    '',
  ])('should ignore %j', (field) => {
    expect(byteRange(field, 100)).toBeUndefined();
  });

  it('should always be inside the content', () => {
    const number = fc.option(fc.bigInt({ min: 0n, max: 10n ** 30n }).map(String), { nil: '' });
    fc.assert(
      fc.property(number, number, fc.integer({ min: 1, max: 1_000 }), (from, to, length) => {
        const range = byteRange(`bytes=${from}-${to}`, length);
        if (range === undefined || range === 'unsatisfiable') return;
        expect(range.first).toBeGreaterThanOrEqual(0);
        expect(range.first).toBeLessThanOrEqual(range.last);
        expect(range.last).toBeLessThan(length);
      }),
    );
  });
});
