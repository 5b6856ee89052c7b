import { JpegDamage } from './damage.ts';
import type { Frame } from './frame.ts';
import type { Segment } from './markers.ts';

const MAX_COMPONENTS = 4;
/** Blocks in an MCU (B.2.3). */
const MAX_BLOCKS = 10;
const LAST_COEFFICIENT = 63;
/** libjpeg's bound on the point transform; G.1.1.1.2 has 13 as well. */
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
  /** Bits that earlier scans left open, 0 in the first scan of a coefficient, and that this one leaves open. */
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
    // In the order of the frame; some encoders give all components the same id.
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

/** Blocks of a component in an MCU of several components (A.2.3). */
export function blocksInMcu({ components }: Frame, index: number): number {
  const component = components[index];
  return component === undefined ? 0 : component.horizontal * component.vertical;
}

/** What the scans of a frame have told so far: the bits that each coefficient still lacks (G.1.1.1). */
export class Progress {
  /** For each component and coefficient the bits that it lacks, -1 before its first scan. */
  readonly #lacking: Int8Array;
  readonly #frame: Frame;

  constructor(frame: Frame) {
    this.#frame = frame;
    this.#lacking = new Int8Array(64 * frame.components.length).fill(-1);
  }

  /**
   * Notes a scan.
   *
   * @throws JpegDamage scan-invalid when it does not follow from those before it
   */
  add(scan: Scan, at: number): void {
    const isLegal = this.#frame.isProgressive ? isProgressive(scan) : isSequential(scan);
    if (!isLegal) throw invalid(at);
    for (const { index } of scan.selections) {
      const lacking = this.#lacking.subarray(64 * index, 64 * index + 64);
      if (scan.first > 0 && lacking[0] === -1) throw invalid(at);
      // A second sequential scan of a component has no meaning.
      if (!this.#frame.isProgressive && lacking[0] !== -1) throw invalid(at);
      for (let k = scan.first; k <= scan.last; k++)
        if (scan.high !== Math.max(lacking[k] ?? 0, 0)) throw invalid(at);
      lacking.fill(scan.low, scan.first, scan.last + 1);
    }
  }

  /** Whether each component was in a scan. */
  get hasAll(): boolean {
    return this.#frame.components.every((_, index) => this.#lacking[64 * index] !== -1);
  }

  /** Whether there is nothing that another scan could tell. */
  get isFinal(): boolean {
    return this.#lacking.every((bits) => bits === 0);
  }
}

function isSequential({ first, last, high, low }: Scan): boolean {
  return first === 0 && last === LAST_COEFFICIENT && high === 0 && low === 0;
}

/** G.1.1.1.1: DC alone, or a band of AC coefficients of one component. */
function isProgressive({ selections, first, last, high, low }: Scan): boolean {
  const isBand =
    first === 0 ? last === 0 : first <= last && last <= LAST_COEFFICIENT && selections.length === 1;
  return isBand && (high === 0 || low === high - 1) && low <= MAX_SHIFT;
}

function invalid(at: number): JpegDamage {
  return new JpegDamage('scan-invalid', at);
}
