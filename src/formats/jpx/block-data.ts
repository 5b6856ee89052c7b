import type { Work } from '../work.ts';
import type { CodeBlocks } from './code-blocks.ts';
import { Passes } from './passes.ts';
import { CAUSAL, isRaw, passesInSegment, RESET, SYMBOLS } from './segments.ts';

/** What a sound segmentation symbol is. */
const SYMBOL = 10;

/** Bytes at the end of a codeword segment that sound data leave unread. */
const MAX_REST = 2;
/**
 * Bytes that sound data of this length lack at most. Encoders leave out what decoders make up, and cut code-blocks short
 * to limit the size of the file; short ones then lack many.
 */
const LONG = 64;
const MAX_MISSING = 32;

/** Units of work for a code-block, a coefficient in a pass, and a byte. */
const UNITS_PER_BLOCK = 500;
const UNITS_PER_COEFFICIENT = 1;
const UNITS_PER_BYTE = 40;

/** A code-block in a tile. */
export interface Block {
  /** Its number in the tile. */
  readonly number: number;
  /** The kind of its band. */
  readonly kind: number;
  readonly width: number;
  readonly height: number;
  readonly options: number;
}

/** Decodes the data of code-blocks. */
export class BlockData {
  readonly #blocks: CodeBlocks;
  readonly #data: Uint8Array;
  readonly #work: Work;
  readonly #passes = new Passes();
  #joined = new Uint8Array(0);

  /** @param data the data of the tile */
  constructor(blocks: CodeBlocks, data: Uint8Array, work: Work) {
    this.#blocks = blocks;
    this.#data = data;
    this.#work = work;
  }

  /**
   * Whether the passes of a code-block end where its data end.
   *
   * @throws OutOfWork
   */
  isWhole(block: Block): boolean {
    const blocks = this.#blocks;
    const { number, kind, width, height, options } = block;
    const passes = this.#passes;
    const coefficients = width * height;
    this.#work.spend(UNITS_PER_BLOCK + UNITS_PER_COEFFICIENT * coefficients * (blocks.passes[number] ?? 0));
    passes.start(kind, width, height, (options & CAUSAL) !== 0);
    let pass = 0;
    for (let piece = blocks.firstOf(number); piece >= 0;) {
      // The pieces of a codeword segment, which may be in several packets.
      const from = pass;
      const end = pass + passesInSegment(pass, options);
      const first = piece;
      let [length, pieces] = [0, 0];
      for (; piece >= 0 && pass < end; piece = blocks.after(piece), pieces++) {
        pass += blocks.passesOf(piece);
        length += blocks.lengthOf(piece);
      }
      this.#work.spend(UNITS_PER_BYTE * length);
      const isBypass = isRaw(from, options);
      if (pieces === 1) {
        const start = blocks.offsetOf(first);
        passes.open(this.#data, start, start + length, isBypass);
        if (!this.#decode(from, pass, options, start, start + length)) return false;
      } else {
        this.#join(first, pieces, length);
        passes.open(this.#joined, 0, length, isBypass);
        if (!this.#decode(from, pass, options, 0, length)) return false;
      }
    }
    return true;
  }

  #decode(from: number, to: number, options: number, start: number, end: number): boolean {
    const passes = this.#passes;
    for (let pass = from; pass < to; pass++) {
      switch (pass % 3) {
        case 0:
          passes.cleanup();
          // A block that the encoder cut short ends in made-up bits.
          if ((options & SYMBOLS) !== 0 && passes.symbol() !== SYMBOL && passes.missing === 0) return false;
          break;
        case 1:
          passes.significance();
          break;
        default:
          passes.refinement();
      }
      if ((options & RESET) !== 0) passes.resetContexts();
    }
    return isAtEnd(passes, start, end);
  }

  #join(first: number, pieces: number, length: number): void {
    const blocks = this.#blocks;
    if (this.#joined.length < length) this.#joined = new Uint8Array(2 * length);
    for (let i = 0, piece = first, at = 0; i < pieces; i++, piece = blocks.after(piece)) {
      const start = blocks.offsetOf(piece);
      this.#joined.set(this.#data.subarray(start, start + blocks.lengthOf(piece)), at);
      at += blocks.lengthOf(piece);
    }
  }
}

function isAtEnd(passes: Passes, start: number, end: number): boolean {
  (globalThis as any).STAT?.(end - passes.at, passes.missing, end - start);
  return end - passes.at <= MAX_REST && (end - start < LONG || passes.missing <= MAX_MISSING);
}
