import { OutOfWork } from '../work.ts';
import type { Work } from '../work.ts';
import { Band } from './bands.ts';
import { JpegDamage } from './damage.ts';
import { RowEdges } from './edges.ts';
import type { Layout } from './edges.ts';
import { EntropyBits } from './entropy-bits.ts';
import type { Frame } from './frame.ts';
import type { HuffmanTables, Use } from './huffman.ts';
import { joinBand } from './joined-bands.ts';
import { isRestart, markerAt, RST0 } from './markers.ts';
import type { QuantizationTables } from './quantization.ts';
import { SampleRange } from './range.ts';
import { blocksInMcu } from './scan.ts';
import type { Scan, Selection } from './scan.ts';
import { hasSeam } from './seam.ts';
import { Reading, readMcus } from './sequential.ts';

/** Maximum memory in bytes for the coefficient history that refinement scans need. */
const MAX_HISTORY = 64 * 1024 * 1024;
/** Padding in bytes after the last block, which some encoders write and decoders ignore. */
const MAX_PADDING = 7;
/** The largest DC coefficient of 8-bit samples is 1,024 (A.3.3); fast transforms may exceed it slightly. */
const MAX_DC = 1_040;

/** Units of work for a block, besides its bytes, and to build a Huffman table. */
const UNITS_PER_BLOCK = 3;
const UNITS_PER_TABLE = 1_000;
/** The number of blocks from which joining codes pays off, and its units of work for a component. */
const MANY_BLOCKS = 16_384;
const UNITS_PER_JOIN = 35_000;

/** Reads the entropy-coded data of the scans of one frame. It computes only values that the checks need. */
export class ImageData {
  readonly #bytes: Uint8Array;
  readonly #frame: Frame;
  readonly #work: Work;
  readonly #bits: EntropyBits;
  readonly #histories = new Map<number, Uint32Array>();

  constructor(bytes: Uint8Array, frame: Frame, work: Work) {
    this.#bytes = bytes;
    this.#frame = frame;
    this.#work = work;
    this.#bits = new EntropyBits(bytes, work);
  }

  /**
   * Reads exactly the MCUs of a scan.
   *
   * @param restartInterval MCUs between two restart markers, 0 for none (B.2.4.4)
   * @returns the offset of the next marker
   * @throws JpegDamage
   * @throws OutOfWork
   */
  read(
    scan: Scan,
    start: number,
    huffman: HuffmanTables,
    quantization: QuantizationTables,
    restartInterval: number,
  ): number {
    const mcus = this.#mcusOf(scan);
    const blocks = mcus * scan.selections.reduce((sum, { index }) => sum + this.#blocksInMcu(scan, index), 0);
    // Each block takes at least one bit, except in an end-of-band run.
    const bits = 8 * (this.#bytes.length - start);
    if (scan.first === 0 && blocks > bits) throw new JpegDamage('image-data-incomplete', start);
    this.#work.spend(UNITS_PER_BLOCK * blocks + UNITS_PER_TABLE * scan.selections.length);
    const readPiece = this.#readerOf(scan, start, huffman, quantization, mcus, restartInterval === 0);
    let at = start;
    for (let mcu = 0, restarts = 0; ; restarts++) {
      this.#bits.start(at);
      const end = restartInterval === 0 ? mcus : Math.min(mcus, mcu + restartInterval);
      readPiece(mcu, end);
      at = this.#finish(end === mcus);
      mcu = end;
      if (mcu === mcus) return at;
      const code = markerAt(this.#bytes, at);
      if (this.#bytes[code] !== RST0 + (restarts & 7)) throw new JpegDamage('restart-mismatch', at);
      at = code + 1;
    }
  }

  #mcusOf({ selections }: Scan): number {
    const [selection] = selections;
    const component = selections.length === 1 ? this.#frame.components[selection?.index ?? 0] : undefined;
    return component === undefined ? this.#frame.mcus : component.columns * component.rows;
  }

  #layoutOf({ selections }: Scan, { index }: Selection): Layout {
    const { components, mcus, mcuColumns } = this.#frame;
    const component = components[index];
    if (component === undefined || selections.length > 1) {
      const { horizontal = 1, vertical = 1 } = component ?? {};
      return { columns: mcuColumns, rows: mcus / mcuColumns, horizontal, vertical };
    }
    const { columns, rows } = component;
    return { columns, rows, horizontal: 1, vertical: 1 };
  }

  #showsDamage({ range, edges }: Reading): boolean {
    return range.hasOutlier || (edges !== undefined && hasSeam(edges, this.#work));
  }

  /** In a scan of one component, each MCU is one block (A.2.2). */
  #blocksInMcu({ selections }: Scan, index: number): number {
    return selections.length === 1 ? 1 : blocksInMcu(this.#frame, index);
  }

  #readerOf(
    scan: Scan,
    at: number,
    huffman: HuffmanTables,
    quantization: QuantizationTables,
    mcus: number,
    isOnePiece: boolean,
  ): (mcu: number, end: number) => void {
    const extra = this.#frame.precision === 8 ? 10 : 14;
    const steps = scan.selections.map(({ index }) =>
      quantization.steps(this.#frame.components[index]?.quantizationTable ?? 0, at),
    );
    if (scan.first > 0)
      return this.#bandReader(
        scan,
        { kind: scan.high > 0 ? 'refinement' : 'first', extra },
        huffman,
        at,
        mcus,
      );

    const blocks = scan.selections.map(({ index }) => this.#blocksInMcu(scan, index));
    const inMcu = blocks.reduce((sum, count) => sum + count, 0);
    if (scan.high > 0) return (from, end) => this.#skipBits((end - from) * inMcu);

    const areJoined = mcus * inMcu >= MANY_BLOCKS;
    if (areJoined) this.#work.spend(UNITS_PER_JOIN * scan.selections.length);
    const readings: Reading[] = [];
    for (const [i, selection] of scan.selections.entries()) {
      const { precision } = this.#frame;
      const own = steps[i] ?? new Uint16Array(0);
      const dc = huffman.table(selection.dcTable, { kind: 'dc', extra }, at);
      const ac =
        scan.last > 0 ? huffman.table(selection.acTable, { kind: 'sequential', extra }, at) : undefined;
      const maxDc = Math.floor(((MAX_DC << (precision - 8)) / (own[0] ?? 1) + 1) / (1 << scan.low));
      const reading = new Reading(dc, ac, new SampleRange(own, precision), maxDc);
      if (areJoined) reading.join(readings);
      if (isOnePiece && ac !== undefined) reading.compare(new RowEdges(this.#layoutOf(scan, selection), own));
      readings.push(reading);
    }
    const mcu = readings.flatMap((reading, i) => new Array<Reading>(blocks[i] ?? 0).fill(reading));
    return (from, end) => {
      if (!readMcus(this.#bits, mcu, end - from)) throw this.#incomplete();
      if (end === mcus && readings.some((reading) => this.#showsDamage(reading)))
        throw new JpegDamage('image-data-corrupt', this.#bits.next);
    };
  }

  /** A refinement scan of DC has one bit for each block (G.1.2.1). */
  #skipBits(count: number): void {
    this.#bits.skip(count);
    if (this.#bits.bit > this.#bits.end) throw this.#incomplete();
  }

  #bandReader(
    scan: Scan,
    use: Use,
    huffman: HuffmanTables,
    at: number,
    blocks: number,
  ): (mcu: number, end: number) => void {
    const [selection] = scan.selections;
    if (selection === undefined) throw new JpegDamage('scan-invalid', at);
    const table = huffman.table(selection.acTable, use, at);
    const isJoined = blocks >= MANY_BLOCKS;
    if (isJoined) this.#work.spend(UNITS_PER_JOIN);
    const joined = isJoined ? joinBand(table) : undefined;
    return (from, end) => {
      const band = new Band(this.#bits, table, scan, this.#historyOf(scan, selection), joined);
      if (use.kind === 'first') band.readFirst(from, end);
      else band.readRefinement(from, end);
      if (this.#bits.bit > this.#bits.end) throw this.#incomplete();
    };
  }

  /** The coefficient history of a component; undefined when its scans need no refinement. */
  #historyOf({ low }: Scan, { index }: Selection): Uint32Array | undefined {
    const known = this.#histories.get(index);
    if (known !== undefined || low === 0) return known;
    const component = this.#frame.components[index];
    const words = component === undefined ? 0 : 2 * component.columns * component.rows;
    let held = 4 * words;
    for (const history of this.#histories.values()) held += history.byteLength;
    if (held > MAX_HISTORY) throw new OutOfWork();
    const history = new Uint32Array(words);
    this.#histories.set(index, history);
    return history;
  }

  /** Checks that a piece of data has no unread rest, and returns the offset of the next marker. */
  #finish(isLast: boolean): number {
    const bits = this.#bits;
    if (bits.due !== Infinity) bits.fill();
    const { rest } = bits;
    const isPadding =
      isLast && rest.length <= MAX_PADDING && rest.every((byte) => byte === 0 || byte === 0xff);
    if (!bits.isPadded) throw new JpegDamage('image-data-corrupt', bits.next - rest.length);
    if (rest.length > 0 && !isPadding) throw new JpegDamage('image-data-excess', bits.next - rest.length);
    return bits.next;
  }

  #incomplete(): JpegDamage {
    const { next } = this.#bits;
    return new JpegDamage(next < this.#bytes.length ? 'image-data-incomplete' : 'truncated', next);
  }
}

/** The offset of the marker after entropy-coded data that are not decoded. */
export function skipImageData(bytes: Uint8Array, start: number): number {
  for (let at = bytes.indexOf(0xff, start); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const code = bytes[at + 1];
    if (code !== undefined && code !== 0 && code !== 0xff && !isRestart(code)) return at;
  }
  throw new JpegDamage('truncated', bytes.length);
}
