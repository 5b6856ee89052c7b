import { describe, expect, it } from '@jest/globals';
import { findErasedSectors } from './erased-sectors.ts';
import { damaged, intact, verify, withStream } from './verify.fixture.ts';

/** Bytes in which adjacent ones always differ. */
function varied(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => 1 + (index % 7)));
}

describe('findErasedSectors', () => {
  it.each([
    ['a sector', 512, 1024],
    ['several sectors', 1024, 5120],
  ])('should find %s of one value', (_, start, end) => {
    for (const value of [0, 255]) {
      expect(findErasedSectors(varied(8192).fill(value, start, end), 7, 8000)).toBe(start);
    }
  });

  it.each([
    ['is shorter than a sector', 512, 1023],
    ['starts before a sector', 511, 1024],
    ['ends after a sector', 512, 1025],
    ['extends to the end', 4096, 8192],
    ['starts where the search starts', 0, 1024],
  ])('should take a run that %s as data', (_, start, end) => {
    expect(findErasedSectors(varied(8192).fill(0, start, end), 0, 8192)).toBe(-1);
  });

  it('should find a sector after a long run, and search each byte once', () => {
    const bytes = varied(40_000).fill(9, 700, 30_000).fill(0, 30_208, 30_720);
    expect(findErasedSectors(bytes, 100, 40_000)).toBe(30_208);
    let reads = 0;
    const counted = new Proxy(varied(40_000).fill(9, 512, 30_000), {
      get: (target, key) => {
        reads++;
        return Reflect.get(target, key) as unknown;
      },
    });
    expect(findErasedSectors(counted, 0, 40_000)).toBe(-1);
    expect(reads).toBeLessThan(60_000);
  });

  it('should not search outside its bounds', () => {
    const bytes = varied(4096).fill(0, 1024, 2048);
    expect(findErasedSectors(bytes, 1100, 4096)).toBe(-1);
    expect(findErasedSectors(bytes, 0, 1900)).toBe(-1);
    expect(findErasedSectors(bytes, 0, 4096)).toBe(1024);
  });

  it('should report a document with erased samples as damaged', () => {
    const entries = '/Subtype/Image/Width 64/Height 64/BitsPerComponent 8/ColorSpace/DeviceGray';
    const content = withStream(varied(4096), entries).bytes();
    expect(verify(content)).toEqual(intact);
    expect(verify(content.fill(0, 1536, 2048))).toEqual(damaged('stream-corrupt'));
  });
});
