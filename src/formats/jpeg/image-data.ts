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

/** Maximum memory in bytes for the coefficient history that refinement scans need. */
const MAX_HISTORY = 64 * 1024 * 1024;
/** Padding in bytes after the last block, which some encoders write and decoders ignore. */
const MAX_PADDING = 7;
/** The largest DC coefficient of 8-bit samples is 1,024 (A.3.3); fast transforms may exceed it slightly. */
const MAX_DC = 1_040;

/** Units of work for a block, besides its bytes, and to build a Huffman table. */
const UNITS_PER_BLOCK = 3;
const UNITS_PER_TABLE = 1_000;
/** The number of blocks from which joining the codes of a table pays off, and its units of work per table. */
const MANY_BLOCKS = 16_384;
const UNITS_PER_JOIN = 15_000;

/** The state of one component during a scan. */
interface Reading {
  readonly dc: HuffmanTable | undefined;
  readonly ac: HuffmanTable | undefined;
  /** The maximum of the prediction. A greater one is outside the range of the samples. */
  readonly maxDc: number;
  prediction: number;
}

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

  /** In a scan of one component, each MCU is one block (A.2.2). */
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
