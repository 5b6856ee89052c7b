import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OutOfWork, Work } from '../work.ts';
import { findCopiedBlock } from './copied-block.ts';
import { block, LAYOUT, samplesOf, SOUND, WIDTH, writing } from './pictures.fixture.ts';

const SIZE = 4096;

function search(samples: Uint8Array, layout = LAYOUT): number {
  return findCopiedBlock(samples, layout, new Work(1e9));
}

describe('findCopiedBlock', () => {
  it.each(SOUND)('should find none in %s, at any offset in the document', (_, picture) => {
    for (const row of [100, WIDTH]) {
      const samples = samplesOf(picture, row);
      for (const origin of [0, 137, 274, 411]) expect(search(samples, { ...LAYOUT, row, origin })).toBe(-1);
    }
  });

  it('should find a block that occurs in other columns too, where few values occur', () => {
    const samples = samplesOf(writing);
    samples.copyWithin(block(300), block(120), block(120) + SIZE);
    expect(search(samples)).toBe(block(300));
  });

  it.each([
    ['is in the same columns', 0, 120 + 75, SIZE],
    ['does not start at a sector', 250, 120, SIZE - 500],
    ['has less than two rows', 0, 120, 1024],
    ['is longer than 32 sectors', 0, 20, 36 * 512],
  ])('should take a copy that %s for a part of the picture', (_, shift, from, size) => {
    const samples = samplesOf(writing);
    samples.copyWithin(block(from + 75) + shift, block(from) + shift, block(from) + shift + size);
    const other = samplesOf(writing);
    other.copyWithin(block(300) + shift, block(from) + shift, block(from) + shift + size);
    // A multiple of 75 sectors is a multiple of 64 rows.
    expect(search(shift === 0 && from > 120 ? samples : other)).toBe(-1);
  });

  it('should take a copy between even bytes for a part of the picture', () => {
    const samples = new Uint8Array(WIDTH * 400).fill(255);
    const shape = samplesOf(writing).subarray(6000, 6000 + 2000);
    samples.set(shape, block(100) + 200);
    samples.set(shape, block(300) + 200);
    expect(search(samples)).toBe(-1);
  });

  it('should find none in rows of less than 96 bytes, in which patterns repeat', () => {
    for (const [row, found] of [
      [95, -1],
      [96, block(41)],
    ] as const) {
      const samples = samplesOf(writing, row);
      samples.copyWithin(block(41), block(10), block(10) + SIZE);
      expect(search(samples, { ...LAYOUT, row })).toBe(found);
    }
  });

  it('should find a copy beside a few even bytes, but not beside many', () => {
    const intact = samplesOf((_x, _y, random) => 8 * Math.floor(4 * random()));
    for (const [even, found] of [
      [20, block(300)],
      [50, -1],
    ] as const) {
      const samples = intact.slice();
      samples.copyWithin(block(300), block(120), block(120) + SIZE);
      for (const at of [block(120), block(300)]) samples.fill(0, at - even, at);
      expect(search(samples)).toBe(found);
    }
  });

  it('should take equal lines for a part of the picture', () => {
    const samples = samplesOf((x) => (x === 40 ? 0 : 255));
    expect(search(samples)).toBe(-1);
  });

  it('should find none in rows so long that two exceed a copy', () => {
    const samples = samplesOf(writing);
    samples.copyWithin(block(300), block(120), block(120) + 32 * 512);
    expect(search(samples, { ...LAYOUT, row: 8200 })).toBe(-1);
  });

  it('should spend work for the bytes, and throw OutOfWork beyond it', () => {
    const samples = samplesOf(writing);
    const work = new Work(1e6);
    findCopiedBlock(samples, LAYOUT, work);
    expect(1e6 - work.remaining).toBe(samples.length);
    expect(() => findCopiedBlock(samples, LAYOUT, new Work(samples.length - 1))).toThrow(OutOfWork);
  });

  it('should spend less than 35 units for a byte, whatever repeats', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 3000 }),
        fc.nat(511),
        (tile, row, origin) => {
          const samples = Uint8Array.from({ length: 60_000 }, (_, i) => tile[i % tile.length] ?? 0);
          for (let at = 5000; at < samples.length; at += 5000) samples[at] = at & 0xff;
          const work = new Work(1e9);
          findCopiedBlock(samples, { ...LAYOUT, row, origin }, work);
          expect(1e9 - work.remaining).toBeLessThan(35 * samples.length);
        },
      ),
      { numRuns: 30 },
    );
  });
});
