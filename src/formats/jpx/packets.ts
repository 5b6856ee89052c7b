import { NotDecoded } from '../content.ts';
import type { Work } from '../work.ts';
import { CodeBlocks } from './code-blocks.ts';
import type { TileStyle } from './coding.ts';
import { JpxDamage } from './damage.ts';
import { HeaderBits } from './header-bits.ts';
import { passesInSegment } from './segments.ts';
import { TagTrees } from './tag-tree.ts';
import type { Tile } from './tile.ts';

const SOP = 0xff91;
const SOP_LENGTH = 6;
const EPH = 0xff92;
const FIRST_LENGTH_BITS = 3;
/** Longer lengths and more bit-planes are not possible. */
const MAX_LENGTH_BITS = 31;
const MAX_ZERO_BIT_PLANES = 80;
const MAX_PASSES = 3 * MAX_ZERO_BIT_PLANES;

/** Units of work for a packet and for a code-block in it. */
const UNITS_PER_PACKET = 40;
const UNITS_PER_BLOCK = 30;

/** Decodes the packets of a tile (ISO/IEC 15444-1, B.9 and B.10) into its code-blocks. */
export class Packets {
  readonly blocks: CodeBlocks;
  /** The offset after the packets that were read. */
  at = 0;
  readonly #tile: Tile;
  readonly #style: TileStyle;
  readonly #options: Uint8Array;
  readonly #data: Uint8Array;
  readonly #work: Work;
  readonly #bits: HeaderBits;
  readonly #inclusion: TagTrees;
  readonly #zeroBitPlanes: TagTrees;
  /** Layers that were read of each precinct. */
  readonly #layers: Uint16Array;
  #count = 0;
  /** Whether the first packet has the number 0. */
  #isNumbered = false;

  /** @param options the options of the code-blocks of each component */
  constructor(tile: Tile, style: TileStyle, options: Uint8Array, data: Uint8Array, work: Work) {
    this.#tile = tile;
    this.#style = style;
    this.#options = options;
    this.#data = data;
    this.#work = work;
    this.#bits = new HeaderBits(data);
    this.#inclusion = new TagTrees(tile.nodes);
    this.#zeroBitPlanes = new TagTrees(tile.nodes);
    this.#layers = new Uint16Array(tile.precincts);
    this.blocks = new CodeBlocks(tile.blocks);
  }

  /** Whether the packets of the first layer were read, and those of each later layer from the first to the last or none. */
  get areWholeLayers(): boolean {
    const [first = 0] = this.#layers;
    return first > 0 && this.#layers.every((layers) => layers === first);
  }

  /** Whether all data were read. */
  get isAtEnd(): boolean {
    return this.at === this.#data.length;
  }

  /**
   * Reads the next packet, unless a progression before had it.
   *
   * @throws JpxDamage
   * @throws NotDecoded
   * @throws OutOfWork
   */
  read(precinct: number, layer: number): void {
    const read = this.#layers[precinct] ?? 0;
    if (layer < read) {
      this.#work.spend(1);
      return;
    }
    if (layer > read) throw new NotDecoded('jpx');
    this.#layers[precinct] = layer + 1;
    this.#work.spend(UNITS_PER_PACKET);
    this.#skipSop();
    const first = this.blocks.count;
    this.#bits.at = this.at;
    if (this.#bits.read() === 1) this.#readHeader(precinct, layer);
    this.#bits.finish();
    this.at = this.#bits.at;
    if (this.#style.hasEph) {
      if (this.#wordAt(this.at) !== EPH) throw new JpxDamage(this.at);
      this.at += 2;
    }
    this.#takeData(first);
  }

  /** Skips SOP (A.8.1), which has the number of the packet in the tile. Some writers have numbers of another order. */
  #skipSop(): void {
    const count = this.#count++;
    if (!this.#style.hasSop || this.#wordAt(this.at) !== SOP) return;
    const number = this.#wordAt(this.at + 4);
    if (count === 0) this.#isNumbered = number === 0;
    const isNext = !this.#isNumbered || number === (count & 0xffff);
    if (this.#wordAt(this.at + 2) !== SOP_LENGTH - 2 || !isNext) throw new JpxDamage(this.at);
    this.at += SOP_LENGTH;
  }

  #readHeader(precinct: number, layer: number): void {
    const tile = this.#tile;
    const options = this.#options[tile.component[precinct] ?? 0] ?? 0;
    const end = tile.firstCell[precinct + 1] ?? 0;
    for (let cell = tile.firstCell[precinct] ?? 0; cell < end; cell++) {
      const [columns, rows] = [tile.columns[cell] ?? 0, tile.rows[cell] ?? 0];
      let block = tile.firstBlock[cell] ?? 0;
      this.#work.spend(UNITS_PER_BLOCK * columns * rows);
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++, block++)
          if (this.#isIncluded(cell, block, column, row, layer)) this.#readBlock(block, options);
    }
  }

  /** Whether a code-block has data in this packet (B.10.4). Reads its zero bit-planes the first time (B.10.5). */
  #isIncluded(cell: number, block: number, column: number, row: number, layer: number): boolean {
    const bits = this.#bits;
    if (this.blocks.lengthBits[block] !== 0) return bits.read() === 1;
    const tile = this.#tile;
    const [base, columns, rows] = [tile.firstNode[cell] ?? 0, tile.columns[cell] ?? 0, tile.rows[cell] ?? 0];
    if (this.#inclusion.decode(bits, base, columns, rows, column, row, layer + 1) > layer) return false;
    const zeros = this.#zeroBitPlanes.decode(bits, base, columns, rows, column, row, MAX_ZERO_BIT_PLANES);
    const bitPlanes = tile.bitPlanes[cell] ?? 0;
    if (zeros === MAX_ZERO_BIT_PLANES || (bitPlanes > 0 && zeros >= bitPlanes)) throw new JpxDamage(bits.at);
    this.blocks.zeroBitPlanes[block] = zeros;
    this.blocks.lengthBits[block] = FIRST_LENGTH_BITS;
    return true;
  }

  /** Reads the number of passes and their lengths (B.10.6, B.10.7). */
  #readBlock(block: number, options: number): void {
    const bits = this.#bits;
    const { blocks } = this;
    let left = this.#passes();
    let lengthBits = blocks.lengthBits[block] ?? 0;
    while (bits.read() === 1) lengthBits++;
    if ((blocks.passes[block] ?? 0) + left > MAX_PASSES) throw new JpxDamage(bits.at);
    blocks.lengthBits[block] = lengthBits;
    while (left > 0) {
      const passes = Math.min(left, passesInSegment(blocks.passes[block] ?? 0, options));
      const count = lengthBits + 31 - Math.clz32(passes);
      if (count > MAX_LENGTH_BITS) throw new JpxDamage(bits.at);
      blocks.add(block, passes, bits.number(count));
      left -= passes;
    }
  }

  /** The number of passes (Table B.4). */
  #passes(): number {
    const bits = this.#bits;
    if (bits.read() === 0) return 1;
    if (bits.read() === 0) return 2;
    const two = bits.number(2);
    if (two < 3) return 3 + two;
    const five = bits.number(5);
    return five < 31 ? 6 + five : 37 + bits.number(7);
  }

  /** Takes the data of the pieces from this one on, which follow the header. */
  #takeData(first: number): void {
    const { blocks } = this;
    for (let piece = first; piece < blocks.count; piece++) {
      blocks.setOffset(piece, this.at);
      this.at += blocks.lengthOf(piece);
      if (this.at > this.#data.length) throw new JpxDamage(this.#data.length);
    }
  }

  #wordAt(at: number): number {
    return ((this.#data[at] ?? 0) << 8) | (this.#data[at + 1] ?? 0);
  }
}
