import { JpegDamage } from './damage.ts';
import type { Frame } from './frame.ts';
import type { Segment } from './markers.ts';

const MAX_COMPONENTS = 4;
/** Maximum number of blocks in an MCU (B.2.3). */
const MAX_BLOCKS = 10;
const LAST_COEFFICIENT = 63;
/** The limit of the point transform in libjpeg and in G.1.1.1.2. */
const MAX_SHIFT = 13;

/** A component in a scan header. */
export interface Selection {
  /** Index of the component in the frame. */
  readonly index: number;
  readonly dcTable: number;
  readonly acTable: number;
}

/** A scan header (B.2.3). */
export interface Scan {
  readonly selections: readonly Selection[];
  /** First and last coefficient, in zigzag order. */
  readonly first: number;
  readonly last: number;
  /** Low bits missing before this scan (0 in the first scan of a coefficient) and after it. */
  readonly high: number;
  readonly low: number;
}

/**
 * Reads an SOS segment.
 *
 * @throws JpegDamage scan-invalid
 */
export function readScan({ view, at }: Segment, frame: Frame): Scan {
  const count = view.byteLength < 1 ? 0 : view.getUint8(0);
  if (count < 1 || count > MAX_COMPONENTS || view.byteLength !== 4 + 2 * count) throw invalid(at);
  const selections: Selection[] = [];
  for (let i = 0; i < count; i++) {
    const id = view.getUint8(1 + 2 * i);
    const tables = view.getUint8(2 + 2 * i);
    // Components have the order of the frame. Some encoders give all of them the same id.
    const previous = selections.at(-1)?.index ?? -1;
    const index = frame.components.findIndex((component, at) => at > previous && component.id === id);
    if (index < 0) throw invalid(at);
    selections.push({ index, dcTable: tables >>> 4, acTable: tables & 15 });
  }
  const blocks = selections.reduce((sum, { index }) => sum + blocksInMcu(frame, index), 0);
  if (count > 1 && blocks > MAX_BLOCKS) throw invalid(at);
  const parameters = 1 + 2 * count;
  const approximation = view.getUint8(parameters + 2);
  return {
    selections,
    first: view.getUint8(parameters),
    last: view.getUint8(parameters + 1),
    high: approximation >>> 4,
    low: approximation & 15,
  };
}

/** Blocks per MCU of a component in a scan of several components (A.2.3). */
export function blocksInMcu({ components }: Frame, index: number): number {
  const component = components[index];
  return component === undefined ? 0 : component.horizontal * component.vertical;
}

/** The bits of each coefficient that are still missing after the scans so far (G.1.1.1). */
export class Progress {
  /** The missing bits for each component and coefficient; -1 before its first scan. */
  readonly #lacking: Int8Array;
  readonly #frame: Frame;

  constructor(frame: Frame) {
    this.#frame = frame;
    this.#lacking = new Int8Array(64 * frame.components.length).fill(-1);
  }

  /**
   * Adds a scan.
   *
   * @throws JpegDamage scan-invalid when it does not continue the previous scans
   */
  add(scan: Scan, at: number): void {
    const isLegal = this.#frame.isProgressive ? isProgressive(scan) : isSequential(scan);
    if (!isLegal) throw invalid(at);
    for (const { index } of scan.selections) {
      const lacking = this.#lacking.subarray(64 * index, 64 * index + 64);
      if (scan.first > 0 && lacking[0] === -1) throw invalid(at);
      // A sequential image has only one scan per component.
      if (!this.#frame.isProgressive && lacking[0] !== -1) throw invalid(at);
      for (let k = scan.first; k <= scan.last; k++)
        if (scan.high !== Math.max(lacking[k] ?? 0, 0)) throw invalid(at);
      lacking.fill(scan.low, scan.first, scan.last + 1);
    }
  }

  /** Whether each component had a scan. */
  get hasAll(): boolean {
    return this.#frame.components.every((_, index) => this.#lacking[64 * index] !== -1);
  }

  /** Whether no further scan is possible. */
  get isFinal(): boolean {
    return this.#lacking.every((bits) => bits === 0);
  }
}

function isSequential({ first, last, high, low }: Scan): boolean {
  return first === 0 && last === LAST_COEFFICIENT && high === 0 && low === 0;
}

/** G.1.1.1.1: only DC, or a band of AC coefficients of one component. */
function isProgressive({ selections, first, last, high, low }: Scan): boolean {
  const isBand =
    first === 0 ? last === 0 : first <= last && last <= LAST_COEFFICIENT && selections.length === 1;
  return isBand && (high === 0 || low === high - 1) && low <= MAX_SHIFT;
}

function invalid(at: number): JpegDamage {
  return new JpegDamage('scan-invalid', at);
}
