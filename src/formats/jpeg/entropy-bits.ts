import type { Work } from '../work.ts';
import { PREFIX } from './markers.ts';

/** Bytes that are taken in at a time. */
const WINDOW = 32 * 1024;
/** Bits that one block takes at most: 64 codes of 16 bits, each with up to 15 more. */
const MAX_BLOCK_BITS = 64 * 31;
/** Bytes behind the window that may be looked at while a block is read. */
const SLACK = MAX_BLOCK_BITS / 8 + 8;
/** What taking in and decoding a byte costs, measured, and what moving the window on costs beside it. */
const UNITS_PER_BYTE = 4;
const UNITS_PER_FILL = 50;

/**
 * The bits of one piece of entropy-coded data, from a marker to the next, with the zeros taken out that are stuffed
 * behind each FF (F.1.2.3). They come through a window that `fill` moves on.
 */
export class EntropyBits {
  /** The window; bits are counted from its start. The 25 bits from any bit on are there as one big-endian number. */
  readonly view: DataView;
  /** The next bit. Those who read move it, to at most MAX_BLOCK_BITS past `due`. */
  bit = 0;
  /** The bit from which on there is too little for a whole block without `fill`. */
  due = 0;
  /** The bit at which the window ends, and with it the data once nothing is left to fill in. */
  end = 0;
  readonly #bytes: Uint8Array;
  readonly #work: Work;
  readonly #window: Uint8Array;
  #from = 0;

  constructor(bytes: Uint8Array, work: Work) {
    this.#bytes = bytes;
    this.#work = work;
    this.#window = new Uint8Array(Math.min(WINDOW, bytes.length) + SLACK);
    this.view = new DataView(this.#window.buffer);
  }

  /** Begins a piece at this offset in the image. */
  start(at: number): void {
    this.#from = at;
    this.bit = 0;
    this.due = 0;
    this.end = 0;
  }

  /**
   * Moves the window on, so that it holds a whole block or the rest of the data.
   *
   * @throws OutOfWork
   */
  fill(): void {
    const window = this.#window;
    const bytes = this.#bytes;
    const capacity = window.length - SLACK;
    const used = this.bit >>> 3;
    window.copyWithin(0, used, this.end >>> 3);
    this.bit &= 7;
    let to = (this.end >>> 3) - used;
    let from = this.#from;
    const begin = from;
    while (to < capacity && from < bytes.length) {
      const byte = bytes[from] ?? 0;
      if (byte === PREFIX) {
        if (from + 1 >= bytes.length || bytes[from + 1] !== 0) break;
        from++;
      }
      from++;
      window[to++] = byte;
    }
    this.#from = from;
    this.#work.spend(UNITS_PER_FILL + UNITS_PER_BYTE * (from - begin));
    window.fill(0, to, to + SLACK);
    this.end = 8 * to;
    this.due = to < capacity ? Infinity : this.end - MAX_BLOCK_BITS;
  }

  /** Offset in the image of what follows the bytes that were taken in. */
  get next(): number {
    return this.#from;
  }

  /** Whether the bits up to the next byte are padding: all set (F.1.2.3), or all clear as some encoders have it. */
  get isPadded(): boolean {
    const mask = 0xff >>> (this.bit & 7);
    const rest = this.view.getUint8(this.bit >>> 3) & mask;
    return mask === 0xff || rest === mask || rest === 0;
  }

  /** The bytes that were taken in and not read yet, without the one whose bits are read in part. */
  get rest(): Uint8Array {
    return this.#window.subarray((this.bit + 7) >>> 3, this.end >>> 3);
  }
}
