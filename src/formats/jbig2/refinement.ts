import { NotDecoded } from '../content.ts';
import { type Bitmap, pixelAt } from './bitmap.ts';
import type { CodedData } from './coded-data.ts';

/** How bitmaps are refined: the template, 0 or 1; the places of its adaptive pixels; the contexts, which are changed. */
export interface Refinement {
  readonly template: number;
  /** Column and row of the pixel of the new bitmap, then of that of the old one. */
  readonly adaptive: readonly number[];
  readonly contexts: Uint8Array;
}

/** The number of contexts of either template. */
export const REFINEMENT_CONTEXTS = 1 << 13;
/** The usual places of the adaptive pixels. */
export const USUAL_PLACES: readonly number[] = [-1, -1, -1, -1];
/** The contexts that say whether the rule of typical pixels changes for a row (Figures 14 and 15). */
const TYPICAL = [0x100, 0x080] as const;
/** Units of work for each row and pixel. */
const UNITS_PER_ROW = 20;
const UNITS_PER_PIXEL = 8;

/**
 * Decodes a bitmap that refines another one (ITU-T T.88, 6.3.5).
 *
 * @param dx column of the new bitmap in which the old one begins; `dy` is the row
 * @param isTypical whether pixels in even surroundings may be predicted (TPGRON)
 * @throws Jbig2Damage
 * @throws NotDecoded when the old bitmap is not drawn
 * @throws OutOfWork
 */
export function refine(
  data: CodedData,
  { template, adaptive, contexts }: Refinement,
  target: Bitmap,
  old: Bitmap,
  dx: number,
  dy: number,
  isTypical: boolean,
): void {
  // Symbols in Huffman codes are not drawn.
  if (old.pixels.length < old.width * old.height) throw new NotDecoded('jbig2');
  const { decoder, work } = data;
  const { width, height, pixels } = target;
  const [newX = 0, newY = 0, oldX = 0, oldY = 0] = adaptive;
  let isPredicted = 0;
  for (let y = 0; y < height; y++) {
    work.spend(UNITS_PER_ROW + UNITS_PER_PIXEL * width);
    if (isTypical) isPredicted ^= decoder.decode(contexts, template === 0 ? TYPICAL[0] : TYPICAL[1]);
    for (let x = 0; x < width; x++) {
      const column = x - dx;
      const row = y - dy;
      const even = isPredicted === 1 ? evenPixel(old, column, row) : -1;
      if (even >= 0) {
        pixels[y * width + x] = even;
        continue;
      }
      let context =
        pixelAt(target, x - 1, y) | (pixelAt(target, x + 1, y - 1) << 1) | (pixelAt(target, x, y - 1) << 2);
      if (template === 0) {
        context |=
          (pixelAt(target, x + newX, y + newY) << 3) |
          (pixelAt(old, column + 1, row + 1) << 4) |
          (pixelAt(old, column, row + 1) << 5) |
          (pixelAt(old, column - 1, row + 1) << 6) |
          (pixelAt(old, column + 1, row) << 7) |
          (pixelAt(old, column, row) << 8) |
          (pixelAt(old, column - 1, row) << 9) |
          (pixelAt(old, column + 1, row - 1) << 10) |
          (pixelAt(old, column, row - 1) << 11) |
          (pixelAt(old, column + oldX, row + oldY) << 12);
      } else {
        context |=
          (pixelAt(target, x - 1, y - 1) << 3) |
          (pixelAt(old, column + 1, row + 1) << 4) |
          (pixelAt(old, column, row + 1) << 5) |
          (pixelAt(old, column + 1, row) << 6) |
          (pixelAt(old, column, row) << 7) |
          (pixelAt(old, column - 1, row) << 8) |
          (pixelAt(old, column, row - 1) << 9);
      }
      pixels[y * width + x] = decoder.decode(contexts, context);
    }
    data.checkEnough();
  }
}

/** The colour of a pixel and its eight neighbours; -1 when they differ (6.3.5.6). */
function evenPixel(bitmap: Bitmap, x: number, y: number): number {
  const pixel = pixelAt(bitmap, x, y);
  for (let row = y - 1; row <= y + 1; row++)
    for (let column = x - 1; column <= x + 1; column++) if (pixelAt(bitmap, column, row) !== pixel) return -1;
  return pixel;
}
