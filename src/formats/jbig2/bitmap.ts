import { NotDecoded } from '../content.ts';
import type { Work } from '../work.ts';

/** Pixels of one byte each, row after row; 1 is black. */
export interface Bitmap {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** Maximum memory in bytes for one image, its globals included. */
const MAX_HELD = 32 * 1024 * 1024;
/** Bytes of a bitmap besides its pixels. */
const OVERHEAD = 256;
/** Units of work for each pixel of a new bitmap, and for each one that is combined. */
const UNITS_PER_NEW_PIXEL = 0.1;
const UNITS_PER_PIXEL = 0.5;
const UNITS_PER_ROW = 4;

/** How pixels are combined with those below (ITU-T T.88, 6.4.2 and 7.4.1.5). */
export const OR = 0;
const AND = 1;
const XOR = 2;
const XNOR = 3;

/** The bitmaps of one image and its globals, within bounds of work and memory. */
export class Bitmaps {
  readonly #work: Work;
  #held: number;

  /** @param held bytes that the globals hold already */
  constructor(work: Work, held = 0) {
    this.#work = work;
    this.#held = held;
  }

  /** Bytes that are held. */
  get held(): number {
    return this.#held;
  }

  /** Whether there is memory for one more bitmap of this size. */
  hasRoom(width: number, height: number): boolean {
    return this.#held + width * height + OVERHEAD <= MAX_HELD;
  }

  /**
   * Counts memory besides that of bitmaps.
   *
   * @throws NotDecoded when there is not as much
   */
  hold(bytes: number): void {
    if (this.#held + bytes > MAX_HELD) throw new NotDecoded('budget');
    this.#held += bytes;
  }

  /**
   * A white bitmap.
   *
   * @throws NotDecoded when there is no memory for it
   * @throws OutOfWork
   */
  create(width: number, height: number): Bitmap {
    this.hold(width * height + OVERHEAD);
    this.#work.spend(OVERHEAD + UNITS_PER_NEW_PIXEL * width * height);
    return { width, height, pixels: new Uint8Array(width * height) };
  }

  /**
   * Combines a bitmap with the part of another one below its upper left corner.
   *
   * @throws NotDecoded when it is a symbol that is not drawn
   * @throws OutOfWork
   */
  draw(bitmap: Bitmap, below: Bitmap, x: number, y: number, operator: number): void {
    if (bitmap.pixels.length < bitmap.width * bitmap.height) throw new NotDecoded('jbig2');
    const left = Math.max(0, -x);
    const right = Math.min(bitmap.width, below.width - x);
    const bottom = Math.min(bitmap.height, below.height - y);
    for (let row = Math.max(0, -y); row < bottom && left < right; row++) {
      this.#work.spend(UNITS_PER_ROW + UNITS_PER_PIXEL * (right - left));
      const source = row * bitmap.width;
      const target = (row + y) * below.width + x;
      for (let column = left; column < right; column++) {
        const pixel = bitmap.pixels[source + column] ?? 0;
        const old = below.pixels[target + column] ?? 0;
        below.pixels[target + column] = combine(pixel, old, operator);
      }
    }
  }
}

function combine(pixel: number, old: number, operator: number): number {
  switch (operator) {
    case OR:
      return pixel | old;
    case AND:
      return pixel & old;
    case XOR:
      return pixel ^ old;
    case XNOR:
      return pixel ^ old ^ 1;
    default:
      return pixel;
  }
}

/** The pixel in this place; 0 outside of the bitmap. */
export function pixelAt({ width, height, pixels }: Bitmap, x: number, y: number): number {
  return x >= 0 && x < width && y >= 0 && y < height ? (pixels[y * width + x] ?? 0) : 0;
}
