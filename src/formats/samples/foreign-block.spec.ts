import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OutOfWork, Work } from '../work.ts';
import { findForeignBlock } from './foreign-block.ts';
import {
  block,
  discs,
  LAYOUT,
  numbers,
  photo,
  type Picture,
  samplesOf,
  SOUND,
  expectSectorBoundaries,
} from './pictures.fixture.ts';

/** Rows that are longer than a sector and shorter than two pages of memory. */
const WIDE = 1300;
const WIDE_LAYOUT = { ...LAYOUT, row: WIDE };
/** A sector that starts in the middle of a row. */
const SECTOR_IN_ROW = 254;

function search(samples: Uint8Array, layout = WIDE_LAYOUT): number {
  return findForeignBlock(samples, layout, new Work(1e9));
}

/** Vertical lines, of which each continues over all rows. */
function lines(x: number): number {
  return Math.imul(x >> 1, 2_654_435_761) >>> 31 === 0 ? 40 : 255;
}

const DAMAGE: readonly (readonly [string, Picture, (size: number) => Uint8Array])[] = [
  ['one value in a photo', photo, (size) => new Uint8Array(size).fill(255)],
  ['zeros between lines', lines, (size) => new Uint8Array(size)],
  ['noise in a photo', photo, (size) => noise(size)],
  ['zeros in a photo', photo, (size) => new Uint8Array(size)],
  ['noise between lines', lines, (size) => noise(size)],
];

function noise(size: number): Uint8Array {
  const random = numbers(7);
  return Uint8Array.from({ length: size }, () => 256 * random());
}

describe('findForeignBlock', () => {
  it.each(SOUND)('should find none in %s, at any offset in the document', (_, picture) => {
    for (const width of [100, WIDE]) {
      const samples = samplesOf(picture, width);
      for (const [origin, distance] of [
        [0, 0],
        [137, 1],
        [274, 1],
      ] as const)
        expect(search(samples, { ...LAYOUT, row: width, origin, distance })).toBe(-1);
    }
  });

  describe.each(DAMAGE)('%s', (_, picture, content) => {
    const intact = samplesOf(picture, WIDE);

    it.each([512, 4096])('should be found in %i bytes', (size) => {
      const samples = intact.slice();
      samples.set(content(size), block(SECTOR_IN_ROW));
      expect(search(samples)).toBe(block(SECTOR_IN_ROW));
    });

    it.each([
      ['starts before a sector', -150, 512],
      ['ends behind a sector', 0, 700],
      ['starts before a sector and covers rows', -150, 4096],
      ['ends behind a sector and covers rows', 0, 4300],
    ])('should be a part of the picture when it %s', (_case, shift, size) => {
      const samples = intact.slice();
      const whole = Buffer.concat([content(4096), content(4096)]);
      samples.set(whole.subarray(0, size), block(SECTOR_IN_ROW) + shift);
      expect(search(samples)).toBe(-1);
    });
  });

  it('should find rows of the same picture in another place', () => {
    const samples = samplesOf(photo, WIDE);
    samples.copyWithin(block(SECTOR_IN_ROW), 200_000, 204_096);
    expect(search(samples)).toBe(block(SECTOR_IN_ROW));
  });

  it('should find them where several samples share a byte', () => {
    const samples = samplesOf(discs, 200);
    const layout = { ...LAYOUT, row: 200, distance: 0 };
    expect(search(samples, layout)).toBe(-1);
    samples.set(noise(4096), block(40));
    expect(search(samples, layout)).toBe(block(40));
  });

  it('should take a row of which parts differ, or that differs beside a block, for a part of the picture', () => {
    const start = block(SECTOR_IN_ROW);
    const edge = samplesOf((x, y, random) => (y * WIDE + x < start ? 20 : 200) + 8 * random(), WIDE);
    edge.fill(110, start, start + 512);
    expect(search(edge)).toBe(-1);
    const line = samplesOf(photo, WIDE);
    line.fill(0, start, start + 512);
    expect(search(line)).toBe(start);
    line.fill(0, start + 650, start + 900);
    line.fill(0, start - 400, start - 150);
    expect(search(line)).toBe(-1);
  });

  it('should take what starts or ends with a row for a part of the picture', () => {
    const row = 1024;
    const samples = samplesOf(photo, row);
    const layout = { ...LAYOUT, row, origin: 0 };
    samples.fill(255, 100 * row, 100 * row + 512);
    samples.fill(255, 200 * row + 512, 201 * row);
    expect(search(samples, layout)).toBe(-1);
    samples.fill(255, 300 * row + 256, 300 * row + 768);
    expect(search(samples, { ...layout, origin: 256 })).toBe(300 * row + 256);
  });

  it.each([63, 500])('should find none in rows of %i bytes, to which no size can be compared', (row) => {
    const samples = samplesOf(photo, row);
    samples.set(noise(512), block(30));
    expect(search(samples, { ...LAYOUT, row })).toBe(-1);
  });

  it('should spend work for the bytes and for what is suspect, and throw OutOfWork beyond it', () => {
    const spentOn = (samples: Uint8Array): number => {
      const work = new Work(1e9);
      findForeignBlock(samples, WIDE_LAYOUT, work);
      return 1e9 - work.remaining;
    };
    const even = samplesOf(() => 255, WIDE);
    const uneven = samplesOf((_x, _y, random) => (random() > 0.99 ? 255 : 0), WIDE);
    expect(spentOn(even)).toBeGreaterThan(0.9 * even.length);
    expect(spentOn(even)).toBeLessThanOrEqual(even.length);
    expect(spentOn(uneven)).toBeGreaterThan(spentOn(even));
    expect(spentOn(uneven)).toBeLessThan(20 * uneven.length);
    expect(() => findForeignBlock(even, WIDE_LAYOUT, new Work(even.length / 2))).toThrow(OutOfWork);
  });

  it('should find only blocks that start at a sector boundary, in any bytes', () => {
    expectSectorBoundaries(search);
  });

  it('should find most noise at sector boundaries away from the ends of rows', () => {
    let found = 0;
    let tried = 0;
    const intact = samplesOf(photo, WIDE);
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 900 }), fc.constantFrom(512, 1024, 4096), (number, size) => {
        const samples = intact.slice();
        const start = block(number);
        const isAtMargin = (at: number): boolean => (at + 16) % WIDE < 32;
        fc.pre(![start, start + size].some(isAtMargin));
        samples.set(noise(size), start);
        found += search(samples) === start ? 1 : 0;
        tried++;
      }),
      { numRuns: 30, seed: 1 },
    );
    expect(found / tried).toBeGreaterThan(0.5);
  });
});
