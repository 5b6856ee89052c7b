import { NotDecoded } from '../content.ts';

/** Maximum memory for the pieces of all code-blocks of a tile, in bytes. */
const MAX_MEMORY = 32 * 1024 * 1024;
const FIRST_CAPACITY = 256;
/** Numbers for a piece: its offset in the data, its length in bytes, its passes, and the next piece of the block. */
const FIELDS = 4;

/** What the packet headers say about the code-blocks of a tile. */
export class CodeBlocks {
  /** Bits that a length takes at least (Lblock, B.10.7.1); 0 before the block is included. */
  readonly lengthBits: Uint8Array;
  readonly zeroBitPlanes: Uint8Array;
  readonly passes: Uint16Array;
  readonly #first: Int32Array;
  readonly #last: Int32Array;
  #pieces = new Int32Array(FIELDS * FIRST_CAPACITY);
  #count = 0;

  constructor(blocks: number) {
    this.lengthBits = new Uint8Array(blocks);
    this.zeroBitPlanes = new Uint8Array(blocks);
    this.passes = new Uint16Array(blocks);
    this.#first = new Int32Array(blocks).fill(-1);
    this.#last = new Int32Array(blocks).fill(-1);
  }

  /**
   * Adds a piece to a block. Its offset is set later.
   *
   * @returns the number of the piece
   * @throws NotDecoded when the pieces take too much memory
   */
  add(block: number, passes: number, length: number): number {
    const piece = this.#count++;
    const at = FIELDS * piece;
    if (at >= this.#pieces.length) {
      if (8 * this.#pieces.length > MAX_MEMORY) throw new NotDecoded('budget');
      const larger = new Int32Array(2 * this.#pieces.length);
      larger.set(this.#pieces);
      this.#pieces = larger;
    }
    this.#pieces[at + 1] = length;
    this.#pieces[at + 2] = passes;
    this.#pieces[at + 3] = -1;
    const last = this.#last[block] ?? -1;
    if (last < 0) this.#first[block] = piece;
    else this.#pieces[FIELDS * last + 3] = piece;
    this.#last[block] = piece;
    this.passes[block] = (this.passes[block] ?? 0) + passes;
    return piece;
  }

  /** The number of all pieces so far. */
  get count(): number {
    return this.#count;
  }

  /** The first piece of a block, or -1. */
  firstOf(block: number): number {
    return this.#first[block] ?? -1;
  }

  /** The piece of the same block that follows, or -1. */
  after(piece: number): number {
    return this.#pieces[FIELDS * piece + 3] ?? -1;
  }

  setOffset(piece: number, offset: number): void {
    this.#pieces[FIELDS * piece] = offset;
  }

  offsetOf(piece: number): number {
    return this.#pieces[FIELDS * piece] ?? 0;
  }

  lengthOf(piece: number): number {
    return this.#pieces[FIELDS * piece + 1] ?? 0;
  }

  passesOf(piece: number): number {
    return this.#pieces[FIELDS * piece + 2] ?? 0;
  }
}
