import type { Bitmap } from './bitmap.ts';
import type { CodedData } from './coded-data.ts';
import { Integers, SymbolIds } from './integers.ts';
import { Jbig2Damage, NotDecoded } from './outcome.ts';
import { refine, type Refinement } from './refinement.ts';

/** The largest width and height of a symbol. PDFium refuses larger ones. */
export const MAX_SYMBOL_SIZE = 65_535;
/** Bits of the number of a symbol; each number takes a byte. */
const MAX_ID_BITS = 22;
/** Units of work for an instance of a symbol. */
const UNITS_PER_INSTANCE = 300;

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

/** The decoders of the integers of text regions. */
export class TextIntegers {
  readonly ids: SymbolIds;
  readonly strip = new Integers();
  readonly first = new Integers();
  readonly next = new Integers();
  readonly row = new Integers();
  readonly isRefined = new Integers();
  readonly width = new Integers();
  readonly height = new Integers();
  readonly x = new Integers();
  readonly y = new Integers();

  /**
   * @param symbols how many symbols have a number
   * @throws NotDecoded when there are too many
   * @throws OutOfWork
   */
  constructor(symbols: number, data: CodedData) {
    const bits = symbols <= 1 ? 0 : Math.ceil(Math.log2(symbols));
    if (bits > MAX_ID_BITS) throw new NotDecoded('budget');
    data.work.spend(2 ** bits);
    this.ids = new SymbolIds(bits);
  }
}

/** The next integer, where OOB is not allowed. */
export function integer(integers: Integers, data: CodedData): number {
  return integers.read(data.decoder) ?? damaged();
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
  data: CodedData,
  parameters: TextParameters,
  integers: TextIntegers,
  symbols: readonly Bitmap[],
  target: Bitmap | undefined,
): void {
  const { decoder, work, bitmaps } = data;
  const { instances, strip, offset, isTransposed, isBottom, isRight, operator } = parameters;
  let stripT = -strip * integer(integers.strip, data);
  let first = 0;
  for (let count = 0; count < instances;) {
    stripT += strip * integer(integers.strip, data);
    first += integer(integers.first, data);
    for (let s = first; ;) {
      work.spend(UNITS_PER_INSTANCE);
      data.checkEnough();
      const t = stripT + (strip === 1 ? 0 : integer(integers.row, data));
      const symbol = symbols[integers.ids.read(decoder)] ?? damaged();
      const bitmap = refined(data, parameters.refinement, integers, symbol);
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
      const step = integers.next.read(decoder);
      if (step === undefined) break;
      if (count === instances) damaged();
      s += step + offset;
    }
  }
}

/** The bitmap of an instance of a symbol (6.4.11). */
function refined(
  data: CodedData,
  refinement: Refinement | undefined,
  integers: TextIntegers,
  symbol: Bitmap,
): Bitmap {
  if (refinement === undefined || integer(integers.isRefined, data) === 0) return symbol;
  const moreWidth = integer(integers.width, data);
  const moreHeight = integer(integers.height, data);
  const dx = Math.floor(moreWidth / 2) + integer(integers.x, data);
  const dy = Math.floor(moreHeight / 2) + integer(integers.y, data);
  const bitmap = createSymbol(data, symbol.width + moreWidth, symbol.height + moreHeight);
  refine(data, refinement, bitmap, symbol, dx, dy, false);
  return bitmap;
}

/**
 * A bitmap for a symbol of this size.
 *
 * @throws Jbig2Damage
 * @throws NotDecoded
 * @throws OutOfWork
 */
export function createSymbol(data: CodedData, width: number, height: number): Bitmap {
  checkSymbolSize(width, height);
  return data.bitmaps.create(width, height);
}

/** @throws Jbig2Damage */
export function checkSymbolSize(width: number, height: number): void {
  if (width < 0 || height < 0 || width > MAX_SYMBOL_SIZE || height > MAX_SYMBOL_SIZE) damaged();
}
