/** Coefficients of one block in zigzag order. */
export type Block = readonly number[];

export interface TestComponent {
  readonly id: number;
  readonly horizontal: number;
  readonly vertical: number;
  /** In rows; the image has only whole MCUs. */
  readonly blocks: readonly Block[];
}

export interface TestScan {
  /** Indexes of the components. */
  readonly components: readonly number[];
  readonly first: number;
  readonly last: number;
  readonly high: number;
  readonly low: number;
}

export interface TestImage {
  /** In MCUs of all components. */
  readonly columns: number;
  readonly rows: number;
  readonly precision?: number;
  readonly components: readonly TestComponent[];
  /** Undefined for a sequential image with one scan. */
  readonly scans?: readonly TestScan[];
  readonly restartInterval?: number;
}

/** Every symbol except 255 has a code of 4, 8 or 12 bits, so that short and long codes are tested. */
const COUNTS = [0, 0, 0, 6, 0, 0, 0, 90, 0, 0, 0, 159, 0, 0, 0, 0];
const DC_SYMBOLS = Array.from({ length: 16 }, (_, symbol) => symbol);
const AC_SYMBOLS = Array.from({ length: 255 }, (_, symbol) => symbol);
const DC_COUNTS = [0, 0, 0, 6, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0];

export function segment(code: number, data: readonly number[]): Buffer {
  return Buffer.from([0xff, code, (data.length + 2) >>> 8, (data.length + 2) & 255, ...data]);
}

export const soi = Buffer.from([0xff, 0xd8]);
export const eoi = Buffer.from([0xff, 0xd9]);
export const dqt = segment(0xdb, [0, ...new Array<number>(64).fill(1)]);
export const dht = Buffer.concat([
  segment(0xc4, [0x00, ...DC_COUNTS, ...DC_SYMBOLS]),
  segment(0xc4, [0x10, ...COUNTS, ...AC_SYMBOLS]),
]);

/** A small JPEG with these coefficients. */
export function encode(image: TestImage): Buffer {
  const { scans = [sequentialScan(image)], restartInterval = 0 } = image;
  const dri = restartInterval > 0 ? [segment(0xdd, [restartInterval >>> 8, restartInterval & 255])] : [];
  const parts = scans.flatMap((scan) => [sos(image, scan), ...entropyCoded(image, scan)]);
  return Buffer.concat([soi, dqt, sof(image), dht, ...dri, ...parts, eoi]);
}

export function sof({ columns, rows, precision = 8, components, scans }: TestImage): Buffer {
  const width = 8 * columns * Math.max(...components.map(({ horizontal }) => horizontal));
  const height = 8 * rows * Math.max(...components.map(({ vertical }) => vertical));
  const code = scans === undefined ? (precision === 8 ? 0xc0 : 0xc1) : 0xc2;
  const headers = components.flatMap(({ id, horizontal, vertical }) => [id, (horizontal << 4) | vertical, 0]);
  return segment(code, [
    precision,
    ...[height >>> 8, height & 255, width >>> 8, width & 255],
    ...[components.length, ...headers],
  ]);
}

function sequentialScan({ components }: TestImage): TestScan {
  return { components: components.map((_, index) => index), first: 0, last: 63, high: 0, low: 0 };
}

export function sos(
  { components }: TestImage,
  { components: chosen, first, last, high, low }: TestScan,
): Buffer {
  const headers = chosen.flatMap((index) => [components[index]?.id ?? 0, 0]);
  return segment(0xda, [chosen.length, ...headers, first, last, (high << 4) | low]);
}

/** The pieces of a scan, with the restart markers between them. */
function entropyCoded(image: TestImage, scan: TestScan): Buffer[] {
  const mcus = mcusOf(image, scan);
  const interval = image.restartInterval ?? 0;
  const length = interval === 0 ? mcus.length : interval;
  const pieces: Buffer[] = [];
  for (let at = 0; at < mcus.length; at += length) {
    if (at > 0) pieces.push(Buffer.from([0xff, 0xd0 + ((at / length - 1) & 7)]));
    pieces.push(new ScanEncoder(scan).encode(mcus.slice(at, at + length)));
  }
  return pieces;
}

interface Placed {
  readonly component: number;
  readonly block: Block;
}

function mcusOf(image: TestImage, { components: chosen }: TestScan): Placed[][] {
  const [only] = chosen;
  if (chosen.length === 1 && only !== undefined) {
    return (image.components[only]?.blocks ?? []).map((block) => [{ component: only, block }]);
  }
  return Array.from({ length: image.columns * image.rows }, (_, mcu) =>
    chosen.flatMap((component) => {
      const { horizontal = 1, vertical = 1, blocks = [] } = image.components[component] ?? {};
      const row = Math.floor(mcu / image.columns) * vertical;
      const column = (mcu % image.columns) * horizontal;
      return Array.from({ length: horizontal * vertical }, (_, i) => {
        const at =
          (row + Math.floor(i / horizontal)) * image.columns * horizontal + column + (i % horizontal);
        return { component, block: blocks[at] ?? [] };
      });
    }),
  );
}

class ScanEncoder {
  readonly #scan: TestScan;
  readonly #bits: number[] = [];
  readonly #predictions = new Map<number, number>();
  #endOfBandRun = 0;
  #corrections: number[] = [];

  constructor(scan: TestScan) {
    this.#scan = scan;
  }

  encode(mcus: readonly (readonly Placed[])[]): Buffer {
    const { first, last, high } = this.#scan;
    for (const { component, block } of mcus.flat()) {
      if (first === 0 && high > 0) this.#put(((block[0] ?? 0) >> this.#scan.low) & 1, 1);
      else if (first === 0) this.#putDc(component, block);
      if (last === 0) continue;
      if (high > 0) this.#refine(block);
      else this.#putBand(block);
    }
    this.#endRun();
    return this.#bytes();
  }

  #putDc(component: number, block: Block): void {
    const value = (block[0] ?? 0) >> this.#scan.low;
    const difference = value - (this.#predictions.get(component) ?? 0);
    this.#predictions.set(component, value);
    const size = sizeOf(difference);
    this.#putCode(DC_COUNTS, size);
    this.#putValue(difference, size);
  }

  #putBand(block: Block): void {
    const { first, last, low } = this.#scan;
    let zeros = 0;
    for (let k = Math.max(first, 1); k <= last; k++) {
      const value = shifted(block[k] ?? 0, low);
      if (value === 0) {
        zeros++;
        continue;
      }
      this.#endRun();
      for (; zeros > 15; zeros -= 16) this.#putCode(COUNTS, 0xf0);
      this.#putCode(COUNTS, (zeros << 4) | sizeOf(value));
      this.#putValue(value, sizeOf(value));
      zeros = 0;
    }
    if (zeros > 0) this.#endOfBandRun++;
    // Sequential images have no end-of-band runs.
    if (first === 0) this.#endRun();
  }

  /** G.1.2.3 */
  #refine(block: Block): void {
    const { first, last, low } = this.#scan;
    const values = block.map((value) => Math.abs(shifted(value, low)));
    const lastNew = values.findLastIndex((value, k) => value === 1 && k >= first && k <= last);
    let zeros = 0;
    let corrections: number[] = [];
    for (let k = first; k <= last; k++) {
      const value = values[k] ?? 0;
      if (value === 0) {
        zeros++;
        continue;
      }
      for (; zeros > 15 && k <= lastNew; zeros -= 16, corrections = []) {
        this.#endRun();
        this.#putCode(COUNTS, 0xf0);
        this.#bits.push(...corrections);
      }
      if (value > 1) {
        corrections.push(value & 1);
        continue;
      }
      this.#endRun();
      this.#putCode(COUNTS, (zeros << 4) | 1);
      this.#bits.push((block[k] ?? 0) > 0 ? 1 : 0, ...corrections);
      corrections = [];
      zeros = 0;
    }
    if (zeros === 0 && corrections.length === 0) return;
    this.#endOfBandRun++;
    this.#corrections.push(...corrections);
  }

  #endRun(): void {
    if (this.#endOfBandRun === 0) return;
    const size = sizeOf(this.#endOfBandRun) - 1;
    this.#putCode(COUNTS, size << 4);
    this.#put(this.#endOfBandRun - (1 << size), size);
    this.#bits.push(...this.#corrections);
    this.#endOfBandRun = 0;
    this.#corrections = [];
  }

  /** Each symbol is its own index, so that the code follows from the lengths. */
  #putCode(counts: readonly number[], symbol: number): void {
    let code = 0;
    let index = 0;
    for (const [i, count] of counts.entries()) {
      if (symbol < index + count) {
        this.#put(code + symbol - index, i + 1);
        return;
      }
      code = (code + count) << 1;
      index += count;
    }
  }

  #putValue(value: number, size: number): void {
    this.#put(value < 0 ? value + (1 << size) - 1 : value, size);
  }

  #put(value: number, size: number): void {
    for (let bit = size - 1; bit >= 0; bit--) this.#bits.push((value >>> bit) & 1);
  }

  #bytes(): Buffer {
    while (this.#bits.length % 8 !== 0) this.#bits.push(1);
    const bytes: number[] = [];
    for (let at = 0; at < this.#bits.length; at += 8) {
      const byte = this.#bits.slice(at, at + 8).reduce((sum, bit) => 2 * sum + bit, 0);
      bytes.push(...(byte === 0xff ? [byte, 0] : [byte]));
    }
    return Buffer.from(bytes);
  }
}

/** The point transform of AC coefficients rounds towards zero (G.1.2.1). */
function shifted(value: number, low: number): number {
  return Math.sign(value) * (Math.abs(value) >>> low);
}

function sizeOf(value: number): number {
  return 32 - Math.clz32(Math.abs(value));
}
