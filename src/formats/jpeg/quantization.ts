import { JpegDamage } from './damage.ts';
import type { Segment } from './markers.ts';

const COEFFICIENTS = 64;
/** The number of tables in a decoder (B.2.4.1). */
const TABLES = 4;

/** Quantization tables by number. Only the step of the DC coefficient is stored. */
export class QuantizationTables {
  readonly #dcSteps = new Map<number, number>();

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
      this.#dcSteps.set(number, bytesPerStep === 1 ? view.getUint8(steps) : view.getUint16(steps));
    }
  }

  /**
   * The step of the DC coefficient in this table.
   *
   * @throws JpegDamage quantization-table-invalid when there is no such table
   */
  dcStep(number: number, at: number): number {
    const step = this.#dcSteps.get(number);
    if (step === undefined) throw invalid(at);
    return step;
  }
}

function invalid(at: number): JpegDamage {
  return new JpegDamage('quantization-table-invalid', at);
}
