import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { drawWeighted, seededRandom } from './random.ts';

describe('the seeded generator', () => {
  it('should give the same numbers from 0 to 1 for the same seed', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const [one, other] = [seededRandom(seed), seededRandom(seed)];
        for (let i = 0; i < 20; i++) {
          const number = one();
          expect(number).toBe(other());
          expect(number).toBeGreaterThanOrEqual(0);
          expect(number).toBeLessThan(1);
        }
      }),
    );
  });

  it.each([0, 1, 2, -1, 0x5bd1e995])('should be evenly distributed for seed %d', (seed) => {
    const random = seededRandom(seed);
    const counts = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < 20_000; i++) {
      const bin = Math.floor(random() * 10);
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 2_000)).toBeLessThan(250);
  });
});

describe('a weighted draw', () => {
  const items = [
    { name: 'none', weight: 0 },
    { name: 'three', weight: 3 },
    { name: 'one', weight: 1 },
    { name: 'nothing', weight: 0 },
  ];

  it('should draw by weight, and never an item without weight', () => {
    const random = seededRandom(1);
    const drawn = Array.from({ length: 4_000 }, () => drawWeighted(items, random).name);
    expect(new Set(drawn)).toEqual(new Set(['three', 'one']));
    expect(Math.abs(drawn.filter((name) => name === 'one').length - 1_000)).toBeLessThan(150);
  });

  it('should draw an item for the largest number below 1', () => {
    expect(drawWeighted(items, () => 1 - 2 ** -53).name).toBe('one');
  });

  it('should throw when there is nothing to draw', () => {
    expect(() => drawWeighted([{ weight: 0 }], seededRandom(1))).toThrow(RangeError);
  });
});
