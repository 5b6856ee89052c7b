import { NotDecoded } from '../content.ts';
import type { Bitmap } from './bitmap.ts';
import type { CodedData } from './coded-data.ts';

/** The pixels that make a context (ITU-T T.88, 6.2.5.3), when the adaptive ones are in their usual places. */
interface Template {
  /** Pixels of the two rows above, and how many of them are right of the current one; pixels of the current row. */
  readonly second: number;
  readonly secondRight: number;
  readonly first: number;
  readonly firstRight: number;
  readonly current: number;
  /** The context that says whether a row is the copy of the one above (Figures 8 to 11). */
  readonly typical: number;
  /** The usual places of the adaptive pixels, and their bits in the context. */
  readonly adaptive: readonly (readonly [x: number, y: number, bit: number])[];
}

const TEMPLATE_0: Template = {
  second: 5,
  secondRight: 2,
  first: 7,
  firstRight: 3,
  current: 4,
  typical: 0x9b25,
  adaptive: [
    [3, -1, 4],
    [-3, -1, 10],
    [2, -2, 11],
    [-2, -2, 15],
  ],
};

const TEMPLATES: readonly Template[] = [
  TEMPLATE_0,
  {
    second: 4,
    secondRight: 2,
    first: 6,
    firstRight: 3,
    current: 3,
    typical: 0x0795,
    adaptive: [[3, -1, 3]],
  },
  {
    second: 3,
    secondRight: 1,
    first: 5,
    firstRight: 2,
    current: 2,
    typical: 0x00e5,
    adaptive: [[2, -1, 2]],
  },
  {
    second: 0,
    secondRight: 0,
    first: 6,
    firstRight: 2,
    current: 4,
    typical: 0x0195,
    adaptive: [[2, -1, 4]],
  },
];

/** Rows that are decoded before the last ones move to the top of the window. */
const BLOCK = 32;
/** Pixels right of a row that belong to contexts. */
const MARGIN = 4;
/** PDFium refuses half of it. */
const MAX_WIDTH = 131_072;
/** Units of work: to begin a region, for each row, for each pixel. */
const UNITS_PER_REGION = 100;
const UNITS_PER_ROW = 20;
const UNITS_PER_PIXEL = 3;

function templateOf(number: number): Template {
  return TEMPLATES[number] ?? TEMPLATE_0;
}

/** The number of contexts of a template, which is 0 to 3. */
export function contextsOf(template: number): number {
  const { second, first, current } = templateOf(template);
  return 1 << (second + first + current);
}

/** The number of adaptive pixels of a template. */
export function adaptivePixelsOf(template: number): number {
  return templateOf(template).adaptive.length;
}

/** Decodes bitmaps with the generic region procedure (ITU-T T.88, 6.2.5), all with the same contexts. */
export class GenericRegions {
  readonly #data: CodedData;
  readonly #contexts: Uint8Array;
  readonly #template: Template;
  /** Adaptive pixels in unusual places: column, row and bit of each. */
  readonly #moved: readonly (readonly [x: number, y: number, bit: number])[];
  readonly #keptBits: number;
  /** Rows above the current one that contexts need, and columns beside it. */
  readonly #above: number;
  readonly #left: number;
  readonly #right: number;
  #window = new Uint8Array(0);
  #stride = 0;

  /**
   * @param adaptive columns and rows of the adaptive pixels, relative to the current one
   * @param contexts are changed
   * @throws NotDecoded when an adaptive pixel is not before the current one
   */
  constructor(data: CodedData, template: number, adaptive: readonly number[], contexts: Uint8Array) {
    this.#data = data;
    this.#contexts = contexts;
    this.#template = templateOf(template);
    const places = this.#template.adaptive.map(
      ([, , bit], i) => [adaptive[2 * i] ?? 0, adaptive[2 * i + 1] ?? 0, bit] as const,
    );
    if (places.some(([x, y]) => y > 0 || (y === 0 && x >= 0))) throw new NotDecoded('jbig2');
    this.#moved = places.filter(([x, y], i) => {
      const [usualX, usualY] = this.#template.adaptive[i] ?? [0, 0];
      return x !== usualX || y !== usualY;
    });
    this.#keptBits = this.#moved.reduce((bits, [, , bit]) => bits & ~(1 << bit), -1);
    this.#above = Math.max(2, ...this.#moved.map(([, y]) => -y));
    this.#left = Math.max(0, ...this.#moved.map(([x]) => -x));
    this.#right = Math.max(MARGIN, ...this.#moved.map(([x]) => x));
  }

  /**
   * Decodes a bitmap.
   *
   * @param isTypical whether rows may be marked as copies of the one above (TPGDON)
   * @param target takes the pixels, if they are needed
   * @param skip pixels that are not coded, for each that is 1
   * @throws Jbig2Damage
   * @throws NotDecoded
   * @throws OutOfWork
   */
  decode(width: number, height: number, isTypical: boolean, target?: Bitmap, skip?: Bitmap): void {
    const { decoder, work } = this.#data;
    this.#open(width);
    const top = this.#above;
    let isCopy = 0;
    for (let y = 0, row = top; y < height; y++, row++) {
      work.spend(UNITS_PER_ROW + UNITS_PER_PIXEL * width);
      if (row === top + BLOCK) {
        this.#window.copyWithin(0, BLOCK * this.#stride, (BLOCK + top) * this.#stride);
        row = top;
      }
      const start = row * this.#stride + this.#left;
      if (isTypical) isCopy ^= decoder.decode(this.#contexts, this.#template.typical);
      if (isCopy === 1) this.#window.copyWithin(start, start - this.#stride, start - this.#stride + width);
      else if (skip === undefined && this.#moved.length === 0) this.#decodeRow(start, width);
      else this.#decodeUnusualRow(start, width, skip, y * width);
      this.#data.checkEnough();
      target?.pixels.set(this.#window.subarray(start, start + width), y * width);
    }
  }

  /** Makes a white window of rows, with what is outside of them. */
  #open(width: number): void {
    if (width > MAX_WIDTH) throw new NotDecoded('budget');
    this.#stride = this.#left + width + this.#right;
    const size = (this.#above + BLOCK) * this.#stride;
    this.#data.work.spend(UNITS_PER_REGION + size / 8);
    if (size > this.#window.length) this.#window = new Uint8Array(size);
    else this.#window.fill(0, 0, size);
  }

  #decodeRow(start: number, width: number): void {
    const { decoder } = this.#data;
    const contexts = this.#contexts;
    const window = this.#window;
    const { second, secondRight, first, firstRight, current } = this.#template;
    const secondMask = (1 << second) - 1;
    const firstMask = (1 << first) - 1;
    const currentMask = (1 << current) - 1;
    const secondShift = first + current;
    let above2 = start - 2 * this.#stride;
    let above1 = start - this.#stride;
    let bits2 = 0;
    let bits1 = 0;
    let bits0 = 0;
    for (let i = 0; i < secondRight; i++) bits2 = (bits2 << 1) | (window[above2++] ?? 0);
    for (let i = 0; i < firstRight; i++) bits1 = (bits1 << 1) | (window[above1++] ?? 0);
    for (let at = start, end = start + width; at < end; at++) {
      bits2 = ((bits2 << 1) | (window[above2++] ?? 0)) & secondMask;
      bits1 = ((bits1 << 1) | (window[above1++] ?? 0)) & firstMask;
      const pixel = decoder.decode(contexts, (bits2 << secondShift) | (bits1 << current) | bits0);
      window[at] = pixel;
      bits0 = ((bits0 << 1) | pixel) & currentMask;
    }
  }

  /** The same with adaptive pixels in other places, and with pixels that are not coded. */
  #decodeUnusualRow(start: number, width: number, skip: Bitmap | undefined, skipStart: number): void {
    const { decoder } = this.#data;
    const window = this.#window;
    const { second, secondRight, first, firstRight, current } = this.#template;
    const above2 = start - 2 * this.#stride + secondRight;
    const above1 = start - this.#stride + firstRight;
    let bits2 = 0;
    let bits1 = 0;
    let bits0 = 0;
    for (let i = -secondRight; i < 0; i++) bits2 = (bits2 << 1) | (window[above2 + i] ?? 0);
    for (let i = -firstRight; i < 0; i++) bits1 = (bits1 << 1) | (window[above1 + i] ?? 0);
    for (let x = 0; x < width; x++) {
      bits2 = ((bits2 << 1) | (window[above2 + x] ?? 0)) & ((1 << second) - 1);
      bits1 = ((bits1 << 1) | (window[above1 + x] ?? 0)) & ((1 << first) - 1);
      let context = ((bits2 << (first + current)) | (bits1 << current) | bits0) & this.#keptBits;
      for (const [column, row, bit] of this.#moved)
        context |= (window[start + x + row * this.#stride + column] ?? 0) << bit;
      const isSkipped = skip?.pixels[skipStart + x] === 1;
      const pixel = isSkipped ? 0 : decoder.decode(this.#contexts, context);
      window[start + x] = pixel;
      bits0 = ((bits0 << 1) | pixel) & ((1 << current) - 1);
    }
  }
}
