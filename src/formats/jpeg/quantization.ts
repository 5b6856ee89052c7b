import { JpegDamage } from './damage.ts';
import type { Segment } from './markers.ts';

const COEFFICIENTS = 64;
/** The number of tables in a decoder (B.2.4.1). */
const TABLES = 4;

/** Quantization tables by number. */
export class QuantizationTables {
  readonly #tables = new Map<number, Uint16Array>();

  /**
   * Reads a DQT segment (B.2.4.1).
   *
   * @throws JpegDamage quantization-table-invalid
   */
  define({ view, at }: Segment): void {
    for (let pos = 0; pos < view.byteLength;) {
      const precisionAndNumber = view.getUint8(pos);
      const bytesPerStep = precisionAndNumber >>> 4 === 0 ? 1 : 2;
      const number = precisionAndNumber & 15;
      const steps = pos + 1;
      pos = steps + COEFFICIENTS * bytesPerStep;
      if (number >= TABLES || pos > view.byteLength) throw invalid(at + steps);
      const stepAt = (k: number): number =>
        bytesPerStep === 1 ? view.getUint8(steps + k) : view.getUint16(steps + 2 * k);
      this.#tables.set(
        number,
        Uint16Array.from({ length: COEFFICIENTS }, (_, k) => stepAt(k)),
      );
    }
  }

  /**
   * The steps of the coefficients in this table, in zigzag order.
   *
   * @throws JpegDamage quantization-table-invalid when there is no such table
   */
  steps(number: number, at: number): Uint16Array {
    const steps = this.#tables.get(number);
    if (steps === undefined) throw invalid(at);
    return steps;
  }
}

function invalid(at: number): JpegDamage {
  return new JpegDamage('quantization-table-invalid', at);
}
