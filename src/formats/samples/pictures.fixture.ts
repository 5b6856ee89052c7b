import { expect } from '@jest/globals';
import fc from 'fast-check';
import type { Layout } from './noise.ts';

export const WIDTH = 600;
export const HEIGHT = 400;
export const ORIGIN = 300;
export const LAYOUT: Layout = { origin: ORIGIN, row: WIDTH, distance: 1 };

export type Picture = (x: number, y: number, random: () => number) => number;

/** A repeatable sequence of pseudorandom numbers from 0 to 1. */
export function numbers(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export function samplesOf(picture: Picture, width = WIDTH): Uint8Array {
  const next = numbers();
  return Uint8Array.from({ length: width * HEIGHT }, (_, i) =>
    picture(i % width, Math.floor(i / width), next),
  );
}

/** Gradual changes with some grain. */
export function photo(x: number, y: number, random: () => number): number {
  return 120 + 60 * Math.sin(x / 70) * Math.cos(y / 50) + 50 * Math.sin(x / 19 + y / 23) + 6 * random();
}

/** A picture in which a byte holds eight samples: wide discs. */
export function discs(x: number, y: number): number {
  let byte = 0;
  for (let bit = 0; bit < 8; bit++)
    byte = 2 * byte + (Math.sin((8 * x + bit) / 90) * Math.sin(y / 40) > 0.2 ? 1 : 0);
  return byte;
}

/** Strokes of no regular shape on an even ground. */
export function writing(x: number, y: number): number {
  const column = Math.floor(x / 9) + 71 * Math.floor(y / 16);
  return y % 16 < 11 && (Math.imul(column, 2_654_435_761) >>> (8 + ((y % 16) >> 2) + (x % 9))) % 3 === 0
    ? 20
    : 255;
}

const PICTURES: Readonly<Record<string, Picture>> = {
  'a photo': photo,
  'one value': () => 255,
  noise: (_x, _y, random) => 256 * random(),
  dithering: (x, y, random) => (photo(x, y, random) > 256 * random() ? 255 : 0),
  'a halftone': (x, y) => (((x % 6) - 3) ** 2 + ((y % 6) - 3) ** 2 < 3 + y / 50 ? 0 : 255),
  stars: (_x, _y, random) => (random() > 0.998 ? 255 : 8),
  writing: writing,
  'a scan of text': (x, y, random) =>
    240 + 9 * random() - (y % 24 < 12 && (x * 7 + (y >> 2) * 13) % 31 < 9 ? 200 : 0),
  'a chart with bars': (x, y) =>
    x % 40 < 28 && y > 60 + (((x - (x % 40)) * 37) % 300) ? 40 + (x - (x % 40)) / 5 : 255,
  'a table with lines': (x, y) => (x % 100 === 0 || y % 20 === 0 ? 0 : 255),
  stripes: (_x, y) => (y % 2 === 0 ? 30 : 220),
  'equal tiles': (x, y) => ((x % 32) * (y % 32) * 5) & 0xff,
  'a mosaic': (x, y) => ((x >> 4) * 89 + (y >> 4) * 57) & 0xff,
  'diagonal stripes in a part': (x, y) => (y > 90 && y < 290 && (x + y) % 7 < 3 ? 0 : 255),
  'single lines over a photo': (x, y, random) => (y % 37 === 0 && x > 200 ? 0 : photo(x, y, random)),
};

/** Intact pictures in which lines, edges and textures start and end anywhere. */
export const SOUND: readonly (readonly [string, Picture])[] = Object.entries(PICTURES);

/** Offset in the samples of a block of the document. */
export function block(number: number, size = 512): number {
  return size * number - ORIGIN;
}

export function exchange(samples: Uint8Array, one: number, other: number, size = 512): void {
  const content = samples.slice(one, one + size);
  samples.copyWithin(one, other, other + size);
  samples.set(content, other);
}

/** Checks that a search of any bytes finds only offsets at sector boundaries of the document. */
export function expectSectorBoundaries(search: (samples: Uint8Array, layout: Layout) => number): void {
  const layouts = fc.record({
    origin: fc.nat(100_000),
    row: fc.integer({ min: 1, max: 9000 }),
    distance: fc.integer({ min: 0, max: 4 }),
  });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20_000, size: 'max' }), layouts, (samples, layout) => {
      const at = search(samples, layout);
      expect(at === -1 || (layout.origin + at) % 512 === 0).toBe(true);
    }),
    { numRuns: 50 },
  );
}
