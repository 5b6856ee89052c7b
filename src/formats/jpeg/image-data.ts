import { OutOfWork } from '../work.ts';
import type { Work } from '../work.ts';
import { Band, readBlock } from './blocks.ts';
import { JpegDamage } from './damage.ts';
import { EntropyBits } from './entropy-bits.ts';
import type { Frame } from './frame.ts';
import type { HuffmanTable, HuffmanTables, Use } from './huffman.ts';
import { isRestart, markerAt, RST0 } from './markers.ts';
import type { QuantizationTables } from './quantization.ts';
import { blocksInMcu } from './scan.ts';
import type { Scan, Selection } from './scan.ts';

/** Bytes of memory for what refinement scans have to know of the scans before them. */
const MAX_HISTORY = 64 * 1024 * 1024;
/** Bytes behind the last block that decoders pass over, as some encoders pad their data. */
const MAX_PADDING = 7;
/** The largest DC coefficient of 8-bit samples is 1,024 (A.3.3); fast transforms are a little less exact. */
const MAX_DC = 1_040;

/** What a block costs beside its bytes, and a Huffman table that is made ready. */
const UNITS_PER_BLOCK = 3;
const UNITS_PER_TABLE = 1_000;
/** Blocks of a scan for which it pays to join the codes of its tables, and what that costs for each table. */
const MANY_BLOCKS = 16_384;
const UNITS_PER_JOIN = 15_000;

/** A component while a scan is read. */
interface Reading {
  readonly dc: HuffmanTable | undefined;
  readonly ac: HuffmanTable | undefined;
  /** The most that the prediction may be; more would be out of the range of the samples. */
  readonly maxDc: number;
  prediction: number;
}

/** Reads the entropy-coded data of the scans of one frame, block by block. Values are taken out only where they tell. */
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
   * Reads exactly the MCUs of a scan, and gives the offset behind them, where the next marker is.
   *
   * @param restartInterval MCUs between two restart markers, 0 for none (B.2.4.4)
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
    // Each block takes a bit at least, but for those that the end of a band is announced for.
    const bits = 8 * (this.#bytes.length - start);
    if (scan.first === 0 && blocks > bits) throw new JpegDamage('image-data-incomplete', start);
    this.#work.spend(UNITS_PER_BLOCK * blocks + UNITS_PER_TABLE * scan.selections.length);
    const readMcus = this.#readerOf(scan, start, huffman, quantization, blocks >= MANY_BLOCKS);
    let at = start;
    for (let mcu = 0, restarts = 0; ; restarts++) {
      this.#bits.start(at);
      const end = restartInterval === 0 ? mcus : Math.min(mcus, mcu + restartInterval);
      readMcus(mcu, end);
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

  /** A scan of one component has MCUs of one block (A.2.2). */
  #blocksInMcu({ selections }: Scan, index: number): number {
    return selections.length === 1 ? 1 : blocksInMcu(this.#frame, index);
  }

  #readerOf(
    scan: Scan,
    at: number,
    huffman: HuffmanTables,
    quantization: QuantizationTables,
    hasManyBlocks: boolean,
  ): (mcu: number, end: number) => void {
    const extra = this.#frame.precision === 8 ? 10 : 14;
    const steps = scan.selections.map(({ index }) =>
      quantization.dcStep(this.#frame.components[index]?.quantizationTable ?? 0, at),
    );
    if (scan.first > 0)
      return this.#bandReader(scan, { kind: scan.high > 0 ? 'refinement' : 'first', extra }, huffman, at);

    const hasAc = scan.last > 0;
    const mcu = scan.selections.flatMap((selection, i): Reading[] => {
      const reading = {
        dc: scan.high > 0 ? undefined : huffman.table(selection.dcTable, { kind: 'dc', extra }, at),
        ac: hasAc ? huffman.table(selection.acTable, { kind: 'sequential', extra }, at) : undefined,
        maxDc: Math.floor(((MAX_DC << (this.#frame.precision - 8)) / (steps[i] ?? 1) + 1) / (1 << scan.low)),
        prediction: 0,
      };
      if (hasManyBlocks && reading.ac !== undefined) {
        this.#work.spend(UNITS_PER_JOIN);
        reading.ac.joinCodes();
      }
      return new Array<Reading>(this.#blocksInMcu(scan, selection.index)).fill(reading);
    });
    return (from, end) => this.#readMcus(mcu, end - from);
  }

  #readMcus(mcu: readonly Reading[], count: number): void {
    const bits = this.#bits;
    for (const reading of mcu) reading.prediction = 0;
    for (let i = 0; i < count; i++) {
      for (const reading of mcu) {
        if (bits.bit >= bits.due) bits.fill();
        if (reading.dc === undefined) {
          bits.bit++;
        } else {
          const prediction = reading.prediction + readBlock(bits, reading.dc, reading.ac);
          if (Math.abs(prediction) > reading.maxDc) throw new JpegDamage('image-data-corrupt', bits.next);
          reading.prediction = prediction;
        }
        if (bits.bit > bits.end) throw this.#incomplete();
      }
    }
  }

  #bandReader(scan: Scan, use: Use, huffman: HuffmanTables, at: number): (mcu: number, end: number) => void {
    const [selection] = scan.selections;
    if (selection === undefined) throw new JpegDamage('scan-invalid', at);
    const table = huffman.table(selection.acTable, use, at);
    return (from, end) => {
      const band = new Band(this.#bits, table, scan, this.#historyOf(scan, selection));
      if (use.kind === 'first') band.readFirst(from, end);
      else band.readRefinement(from, end);
      if (this.#bits.bit > this.#bits.end) throw this.#incomplete();
    };
  }

  /** What is known of the coefficients of a component; nothing when its scans leave no bits open. */
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

  /** Checks that nothing is left of a piece of data, and gives the offset of the marker behind it. */
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

/** The offset of the marker that ends entropy-coded data which are not decoded. */
export function skipImageData(bytes: Uint8Array, start: number): number {
  for (let at = bytes.indexOf(0xff, start); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const code = bytes[at + 1];
    if (code !== undefined && code !== 0 && code !== 0xff && !isRestart(code)) return at;
  }
  throw new JpegDamage('truncated', bytes.length);
}
