import type { Work } from '../work.ts';
import { PREFIX } from './markers.ts';

/** Bytes in the window. */
const WINDOW = 32 * 1024;
/** The maximum length of a block in bits: 64 codes of 16 bits with up to 15 more each. */
const MAX_BLOCK_BITS = 64 * 31;
/** Measured units of work to compute the samples of a block. */
const UNITS_PER_SAMPLES = 60;
/** Zero bytes after the window, so that the read of one block stays in the buffer. */
const SLACK = MAX_BLOCK_BITS / 8 + 8;
/** Measured units of work to read and decode a byte, and to move the window. */
const UNITS_PER_BYTE = 4;
const UNITS_PER_FILL = 50;

/**
 * The bits of one piece of entropy-coded data between two markers, without the stuffed zero after each FF (F.1.2.3).
 * `fill` moves a window over the data.
 */
export class EntropyBits {
  /** The window; bit positions count from its start. Its slack allows a 32-bit read at any bit. */
  readonly view: DataView;
  /** The position of the next bit. The caller advances it, to at most MAX_BLOCK_BITS after `due`. */
  bit = 0;
  /** From this position on, the caller must call `fill` before it reads a block. */
  // Not a small integer from the start, because V8 would make the code of `fill` anew for each image.
  due = Infinity;
  /** The position after the last bit of the window. After the last `fill`, this is the end of the data. */
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

  /** Starts a piece of data at this offset in the image. */
  start(at: number): void {
    this.#from = at;
    this.bit = 0;
    this.due = 0;
    this.end = 0;
  }

  /**
   * Moves the window forward until it holds a whole block or the rest of the data.
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

  /**
   * Skips bits that have no code.
   *
   * @throws OutOfWork
   */
  skip(count: number): void {
    for (let left = count; left > 0;) {
      if (this.bit >= this.due) this.fill();
      const step = Math.max(1, Math.min(left, this.due - this.bit));
      this.bit += step;
      left -= step;
    }
  }

  /**
   * Spends the units that the samples of a block take.
   *
   * @throws OutOfWork
   */
  spendOnSamples(): void {
    this.#work.spend(UNITS_PER_SAMPLES);
  }

  /** Offset in the image of the first byte after the window. */
  get next(): number {
    return this.#from;
  }

  /** Whether the bits up to the next byte are padding: all ones (F.1.2.3), or all zeros as from some encoders. */
  get isPadded(): boolean {
    const mask = 0xff >>> (this.bit & 7);
    const rest = this.view.getUint8(this.bit >>> 3) & mask;
    return mask === 0xff || rest === mask || rest === 0;
  }

  /** The unread bytes of the window, without a partly read byte. */
  get rest(): Uint8Array {
    return this.#window.subarray((this.bit + 7) >>> 3, this.end >>> 3);
  }
}
