import type { Work } from '../work.ts';
import type { CodeBlocks } from './code-blocks.ts';
import { Passes } from './passes.ts';
import { CAUSAL, isRaw, passesInSegment, RESET, SYMBOLS } from './segments.ts';

/** What a sound segmentation symbol is. */
const SYMBOL = 10;

/** Bytes at the end of a codeword segment that sound data leave unread at most: twice of what was seen. */
const MAX_REST = 8;
/**
 * Bytes that sound data of this length lack at most. Encoders leave out what decoders make up, and cut code-blocks short
 * to limit the size of the file; short ones then lack many.
 */
const LONG = 64;
const MAX_MISSING = 32;

/** Units of work for a code-block, a coefficient in a pass, and a byte. */
const UNITS_PER_BLOCK = 800;
const UNITS_PER_COEFFICIENT = 1.5;
const UNITS_PER_BYTE = 80;

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

  /** The units of work that `isWhole` takes. */
  unitsFor({ number, width, height }: Block): number {
    const blocks = this.#blocks;
    let bytes = 0;
    for (let piece = blocks.firstOf(number); piece >= 0; piece = blocks.after(piece))
      bytes += blocks.lengthOf(piece);
    const coefficients = width * height * (blocks.passes[number] ?? 0);
    return UNITS_PER_BLOCK + UNITS_PER_COEFFICIENT * coefficients + UNITS_PER_BYTE * bytes;
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
    this.#work.spend(this.unitsFor(block));
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
  return end - passes.at <= MAX_REST && (end - start < LONG || passes.missing <= MAX_MISSING);
}
