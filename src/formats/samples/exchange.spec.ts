import { describe, expect, it } from '@jest/globals';
import { damaged, intact, verify, withStream } from '../pdf/verify.fixture.ts';
import { OutOfWork, Work } from '../work.ts';
import { findExchange } from './exchange.ts';
import { findNoise } from './noise.ts';
import {
  block,
  discs,
  exchange,
  HEIGHT,
  LAYOUT,
  numbers,
  photo,
  samplesOf,
  SOUND,
  WIDTH,
  expectSectorBoundaries,
} from './pictures.fixture.ts';

function search(samples: Uint8Array, layout = LAYOUT): number {
  return findExchange(samples, layout, new Work(1e9));
}

describe('findExchange', () => {
  it('should make the verdict on a document with such samples, and only then', () => {
    const entries = `/Subtype/Image/Width ${WIDTH}/Height ${HEIGHT}/BitsPerComponent 8/ColorSpace/DeviceGray`;
    const bytes = withStream(Buffer.from(samplesOf(photo)), entries).bytes();
    expect(verify(bytes)).toEqual(intact);
    exchange(bytes, 512 * 120, 512 * 300);
    expect(verify(bytes)).toEqual(damaged('stream-corrupt'));
    exchange(bytes, 512 * 120, 512 * 300);
    exchange(bytes, 512 * 120 + 200, 512 * 300 + 200);
    expect(verify(bytes)).toEqual(intact);
  });

  it.each(SOUND)('should find none in %s, at any offset in the document', (_, picture) => {
    const samples = samplesOf(picture);
    for (let origin = 0; origin < 512; origin += 37) expect(search(samples, { ...LAYOUT, origin })).toBe(-1);
  });

  it.each([512, 4096])(
    'should find two blocks of %i bytes that were exchanged, where no noise is found',
    (size) => {
      const samples = samplesOf(photo);
      const [one, other] = [block(size === 512 ? 120 : 15, size), block(size === 512 ? 300 : 40, size)];
      exchange(samples, one, other, size);
      expect([one, other]).toContain(search(samples));
      expect(findNoise(samples, LAYOUT, new Work(1e9))).toBe(-1);
    },
  );

  it.each([3, 4])('should find them among samples of %i components', (distance) => {
    const samples = samplesOf(photo);
    exchange(samples, block(120), block(300));
    expect([block(120), block(300)]).toContain(search(samples, { ...LAYOUT, distance }));
  });

  it('should find them when decryption garbled the 16 bytes at the start of each and behind it', () => {
    const samples = samplesOf(photo);
    exchange(samples, block(120), block(300));
    const random = numbers(7);
    for (const at of [block(120), block(121), block(300), block(301)])
      samples.set(
        Uint8Array.from({ length: 16 }, () => 256 * random()),
        at,
      );
    expect([block(120), block(300)]).toContain(search(samples));
  });

  it('should find them where several samples share a byte', () => {
    const samples = samplesOf(discs);
    const layout = { ...LAYOUT, distance: 0 };
    expect(search(samples, layout)).toBe(-1);
    exchange(samples, block(120), block(303));
    expect([block(120), block(303)]).toContain(search(samples, layout));
  });

  it.each([
    ['do not start at a sector', 200, 512],
    ['are longer than a sector', 0, 900],
  ])('should take parts that fit in two places but %s for a part of the picture', (_, shift, bytes) => {
    const samples = samplesOf(photo);
    exchange(samples, block(120) + shift, block(300) + shift, bytes);
    expect(search(samples)).toBe(-1);
  });

  it('should take one block that fits nowhere for a part of the picture', () => {
    const samples = samplesOf(photo);
    samples.copyWithin(block(120), block(300) + 77, block(301) + 77);
    expect(search(samples)).toBe(-1);
  });

  it('should find none in rows of few bytes', () => {
    const samples = samplesOf(photo);
    exchange(samples, block(120), block(300));
    expect(search(samples, { ...LAYOUT, row: 95 })).toBe(-1);
  });

  it('should spend work for the bytes and the pairs, and throw OutOfWork beyond it', () => {
    const work = new Work(1e6);
    findExchange(
      samplesOf(() => 255),
      LAYOUT,
      work,
    );
    const spent = 1e6 - work.remaining;
    expect(spent).toBeGreaterThan(0.5 * WIDTH * (HEIGHT - 10));
    expect(() => findExchange(samplesOf(photo), LAYOUT, new Work(spent / 2))).toThrow(OutOfWork);
    const more = new Work(1e6);
    findExchange(
      samplesOf((_x, _y, random) => 256 * random()),
      LAYOUT,
      more,
    );
    expect(more.remaining).toBeLessThanOrEqual(work.remaining);
  });

  it('should find only blocks that start at a sector boundary, in any bytes', () => {
    expectSectorBoundaries(search);
  });
});
