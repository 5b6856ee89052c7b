import { NotDecoded } from '../content.ts';
import type { Bitmap } from './bitmap.ts';
import type { CodedData } from './coded-data.ts';
import { Integers, SymbolIds } from './integers.ts';
import { refine, type Refinement } from './refinement.ts';
import { damaged, type TextCoder } from './text-region.ts';

/** Bits of the number of a symbol; each number takes a byte. */
const MAX_ID_BITS = 22;

/** The bits of the numbers of so many symbols. */
export function idBits(symbols: number): number {
  return symbols <= 1 ? 0 : Math.ceil(Math.log2(symbols));
}

/** The next integer, where OOB is not allowed. */
export function integer(integers: Integers, data: CodedData): number {
  return integers.read(data.decoder) ?? damaged();
}

/** The values of text in arithmetic coding (ITU-T T.88, 6.4 and Annex A). */
export class ArithmeticText implements TextCoder {
  readonly #data: CodedData;
  readonly #ids: SymbolIds;
  readonly #strip = new Integers();
  readonly #first = new Integers();
  readonly #next = new Integers();
  readonly #row = new Integers();
  readonly #isRefined = new Integers();
  readonly #width = new Integers();
  readonly #height = new Integers();
  readonly #x = new Integers();
  readonly #y = new Integers();

  /**
   * @param symbols how many symbols have a number
   * @throws NotDecoded when there are too many
   * @throws OutOfWork
   */
  constructor(symbols: number, data: CodedData) {
    const bits = idBits(symbols);
    if (bits > MAX_ID_BITS) throw new NotDecoded('budget');
    data.work.spend(2 ** bits);
    this.#ids = new SymbolIds(bits);
    this.#data = data;
  }

  strip(): number {
    return integer(this.#strip, this.#data);
  }

  first(): number {
    return integer(this.#first, this.#data);
  }

  next(): number | undefined {
    return this.#next.read(this.#data.decoder);
  }

  row(): number {
    return integer(this.#row, this.#data);
  }

  id(): number {
    this.#data.checkEnough();
    return this.#ids.read(this.#data.decoder);
  }

  isRefined(): boolean {
    return integer(this.#isRefined, this.#data) !== 0;
  }

  sizes(): readonly [width: number, height: number, x: number, y: number] {
    const width = integer(this.#width, this.#data);
    const height = integer(this.#height, this.#data);
    return [width, height, ...this.place()];
  }

  /** Where the old bitmap is in a refined one. */
  place(): readonly [x: number, y: number] {
    const x = integer(this.#x, this.#data);
    return [x, integer(this.#y, this.#data)];
  }

  refine(refinement: Refinement, bitmap: Bitmap, old: Bitmap, dx: number, dy: number): void {
    refine(this.#data, refinement, bitmap, old, dx, dy, false);
  }
}
