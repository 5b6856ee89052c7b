import type { Work } from '../work.ts';
import type { Bitmap, Bitmaps } from './bitmap.ts';
import { Jbig2Damage } from './damage.ts';
import type { Refinement } from './refinement.ts';

/** The largest width and height of a symbol. PDFium refuses larger ones. */
const MAX_SYMBOL_SIZE = 65_535;
/** Units of work for an instance of a symbol. */
const UNITS_PER_INSTANCE = 300;

/** What decoding may use. */
export interface Memory {
  readonly work: Work;
  readonly bitmaps: Bitmaps;
}

/** Parameters of a text region (ITU-T T.88, Table 9). */
export interface TextParameters {
  readonly instances: number;
  /** 1, 2, 4 or 8 rows. */
  readonly strip: number;
  readonly offset: number;
  readonly isTransposed: boolean;
  /** The corner of a symbol that its coordinates mean. */
  readonly isBottom: boolean;
  readonly isRight: boolean;
  readonly operator: number;
  /** Undefined when symbols are not refined. */
  readonly refinement: Refinement | undefined;
}

/** Reads the values of a text region, in one of the two codings. Its methods throw Jbig2Damage. */
export interface TextCoder {
  strip(): number;
  first(): number;
  /** The distance to the next symbol; undefined at the end of a strip. */
  next(): number | undefined;
  /** The row in the strip. */
  row(): number;
  id(): number;
  isRefined(): boolean;
  /** By how much a refined symbol is wider and higher than the old one, and where that is in it. */
  sizes(): readonly [width: number, height: number, x: number, y: number];
  refine(refinement: Refinement, bitmap: Bitmap, old: Bitmap, dx: number, dy: number): void;
}

export function damaged(): never {
  throw new Jbig2Damage();
}

/**
 * Decodes a text region (ITU-T T.88, 6.4.5).
 *
 * @param target takes the pixels, if they are needed
 * @throws Jbig2Damage
 * @throws NotDecoded
 * @throws OutOfWork
 */
export function decodeText(
  { work, bitmaps }: Memory,
  parameters: TextParameters,
  coder: TextCoder,
  symbols: readonly Bitmap[],
  target: Bitmap | undefined,
): void {
  const { instances, strip, offset, isTransposed, isBottom, isRight, operator } = parameters;
  let stripT = -strip * coder.strip();
  let first = 0;
  for (let count = 0; count < instances;) {
    stripT += strip * coder.strip();
    first += coder.first();
    for (let s = first; ;) {
      work.spend(UNITS_PER_INSTANCE);
      const t = stripT + (strip === 1 ? 0 : coder.row());
      const symbol = symbols[coder.id()] ?? damaged();
      const bitmap = refined({ work, bitmaps }, parameters.refinement, coder, symbol);
      const advance = (isTransposed ? bitmap.height : bitmap.width) - 1;
      const isAtEnd = isTransposed ? isBottom : isRight;
      if (isAtEnd) s += advance;
      if (target !== undefined) {
        const x = (isTransposed ? t : s) - (isRight ? bitmap.width - 1 : 0);
        const y = (isTransposed ? s : t) - (isBottom ? bitmap.height - 1 : 0);
        bitmaps.draw(bitmap, target, x, y, operator);
      }
      if (!isAtEnd) s += advance;
      count++;
      const step = coder.next();
      if (step === undefined) break;
      if (count === instances) damaged();
      s += step + offset;
    }
  }
}

/** The bitmap of an instance of a symbol (6.4.11). */
function refined(
  memory: Memory,
  refinement: Refinement | undefined,
  coder: TextCoder,
  symbol: Bitmap,
): Bitmap {
  if (refinement === undefined || !coder.isRefined()) return symbol;
  const [width, height, x, y] = coder.sizes();
  const bitmap = createSymbol(memory, symbol.width + width, symbol.height + height);
  coder.refine(refinement, bitmap, symbol, Math.floor(width / 2) + x, Math.floor(height / 2) + y);
  return bitmap;
}

/**
 * A bitmap for a symbol of this size.
 *
 * @throws Jbig2Damage
 * @throws NotDecoded
 * @throws OutOfWork
 */
export function createSymbol({ bitmaps }: Memory, width: number, height: number): Bitmap {
  checkSymbolSize(width, height);
  return bitmaps.create(width, height);
}

/** @throws Jbig2Damage */
export function checkSymbolSize(width: number, height: number): void {
  if (width < 0 || height < 0 || width > MAX_SYMBOL_SIZE || height > MAX_SYMBOL_SIZE) damaged();
}
