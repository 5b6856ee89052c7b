import { NotDecoded } from '../content.ts';
import type { Bitmap } from './bitmap.ts';
import { Jbig2Damage } from './damage.ts';
import { contextsOf, GenericRegions } from './generic-region.ts';
import { checkMmr } from './region-segments.ts';
import type { Region, SegmentData } from './segment-data.ts';

/** Number and size of the patterns of a dictionary. */
export interface Patterns {
  readonly count: number;
  readonly patternWidth: number;
  readonly patternHeight: number;
}

/** Flags of a pattern dictionary (ITU-T T.88, 7.4.4.1.1) and of a halftone region (7.4.5.1.1). */
const MMR = 0x01;
const SKIP = 0x08;
/** Units of work to find out whether a place of the grid is outside of the region. */
const UNITS_PER_PLACE = 2;

/** The adaptive pixels other than the first one (Table 27 and C.5). */
const OTHER_PLACES = [-3, -1, 2, -2, -2, -2] as const;

/**
 * Decodes a pattern dictionary (ITU-T T.88, 7.4.4). Its patterns are not drawn.
 *
 * @throws Jbig2Damage
 * @throws NotDecoded
 * @throws OutOfWork
 */
export function decodePatterns(data: SegmentData): Patterns {
  const flags = data.byte();
  const template = (flags >> 1) & 3;
  const patternWidth = data.byte();
  const patternHeight = data.byte();
  const count = data.word() + 1;
  const all = { width: count * patternWidth, height: patternHeight };
  if ((flags & MMR) !== 0) {
    checkMmr(data.rest(), all, data.work);
  } else {
    const coded = data.coded();
    const places = [-patternWidth, 0, ...OTHER_PLACES];
    new GenericRegions(coded, template, places, new Uint8Array(contextsOf(template))).decode(
      all.width,
      all.height,
      false,
    );
    coded.finish();
  }
  return { count, patternWidth, patternHeight };
}

/**
 * Decodes a halftone region (7.4.5) with the bit planes of its grey values (Annex C). It is not drawn.
 *
 * @throws Jbig2Damage
 * @throws NotDecoded
 * @throws OutOfWork
 */
export function decodeHalftone(data: SegmentData, patterns: Patterns | undefined): void {
  const region = data.region();
  const flags = data.byte();
  const template = (flags >> 1) & 3;
  const grid = {
    width: data.word(),
    height: data.word(),
    x: data.signedWord(),
    y: data.signedWord(),
    stepX: data.short(),
    stepY: data.short(),
  };
  if (patterns === undefined) throw new Jbig2Damage();
  // In MMR coding, the end of a bit plane is not known.
  if ((flags & MMR) !== 0) throw new NotDecoded('jbig2');
  const coded = data.coded();
  const places = [template <= 1 ? 3 : 2, -1, ...OTHER_PLACES];
  const planes = new GenericRegions(coded, template, places, new Uint8Array(contextsOf(template)));
  const skip = (flags & SKIP) === 0 ? undefined : outsideOf(data, region, grid, patterns);
  for (let plane = Math.ceil(Math.log2(patterns.count)); plane > 0; plane--)
    planes.decode(grid.width, grid.height, false, undefined, skip);
  coded.finish();
  if (data.segment.isIntermediate) throw new NotDecoded('jbig2');
}

interface Grid extends Region {
  /** In 256ths of a pixel. */
  readonly x: number;
  readonly y: number;
  readonly stepX: number;
  readonly stepY: number;
}

/** The places of the grid whose pattern is outside of the region (6.6.5.1). */
function outsideOf(
  { bitmaps, work }: SegmentData,
  { width, height }: Region,
  grid: Grid,
  { patternWidth, patternHeight }: Patterns,
): Bitmap {
  const outside = bitmaps.create(grid.width, grid.height);
  for (let row = 0; row < grid.height; row++) {
    work.spend(UNITS_PER_PLACE * grid.width);
    for (let column = 0; column < grid.width; column++) {
      const x = Math.floor((grid.x + row * grid.stepY + column * grid.stepX) / 256);
      const y = Math.floor((grid.y + row * grid.stepX - column * grid.stepY) / 256);
      const isInside = x + patternWidth > 0 && x < width && y + patternHeight > 0 && y < height;
      outside.pixels[row * grid.width + column] = isInside ? 0 : 1;
    }
  }
  return outside;
}
