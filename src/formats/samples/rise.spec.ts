import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { numbers } from './pictures.fixture.ts';
import { evidenceOfRise, MAX_VALUE } from './rise.ts';

/** Values from 0 to `low`, and from 0 to `high` from the place of the rise on. */
function risingAt(place: number, low = 4, high = 60, random = numbers()): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, i) => (i < place ? low : high) * random());
}

describe('evidenceOfRise', () => {
  it('should be high in the middle of a sharp rise alone', () => {
    expect(evidenceOfRise(risingAt(128))).toBeGreaterThan(4);
    for (const place of [96, 112, 144, 160]) expect(evidenceOfRise(risingAt(place))).toBeLessThan(0);
  });

  it.each([
    ['the values are all 0', new Uint8Array(256)],
    ['the values are all equal', new Uint8Array(256).fill(9)],
  ])('should be 0 when %s', (_, window) => {
    expect(evidenceOfRise(window)).toBe(0);
  });

  it('should be low when the values hardly rise, and negative when they fall', () => {
    expect(evidenceOfRise(risingAt(128, 30, 33))).toBeLessThan(1);
    expect(evidenceOfRise(risingAt(128, 60, 4))).toBeLessThan(-2);
  });

  it('should tell less of a rise to values that are mostly 0', () => {
    const sparse = Uint8Array.from({ length: 256 }, (_, i) => (i >= 128 && i % 16 === 7 ? 60 : 0));
    expect(evidenceOfRise(sparse)).toBeGreaterThan(1);
    expect(evidenceOfRise(sparse)).toBeLessThan(evidenceOfRise(risingAt(128)));
  });

  it('should be at most the logarithm of the number of places, for any values', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 64, maxLength: 64, max: MAX_VALUE }), (window) => {
        expect(evidenceOfRise(window)).toBeLessThanOrEqual(Math.log(65));
      }),
    );
  });

  it('should be right about a rise at a random place: e to its power is about 1 on average', () => {
    const random = numbers(5);
    let sum = 0;
    for (let i = 0; i < 2000; i++)
      sum += Math.exp(evidenceOfRise(risingAt(Math.floor(256 * random()), 4, 60, random)));
    expect(sum / 2000).toBeLessThan(1.5);
  });
});
