import type { Work } from '../work.ts';
import { Damage } from './damage.ts';

/** Units of work for each byte of the data. */
const COST = 3;

/**
 * Undoes the TIFF predictor (7.4.4.4): each sample is the difference from the sample to its left.
 *
 * @throws OutOfWork
 */
export function undoTiffPredictor(data: Uint8Array, columns: number, work: Work): Uint8Array {
  work.spend(COST * data.length);
  const out = Uint8Array.from(data);
  for (let at = 0; at < out.length; at++) {
    if (at % columns !== 0) out[at] = (out[at] ?? 0) + (out[at - 1] ?? 0);
  }
  return out;
}

/**
 * Undoes the PNG predictors (7.4.4.4): each row starts with the number of its predictor.
 *
 * @throws Damage xref-malformed
 * @throws OutOfWork
 */
export function undoPngPredictor(data: Uint8Array, columns: number, work: Work): Uint8Array {
  work.spend(COST * data.length);
  const rowLength = columns + 1;
  const out = new Uint8Array(data.length - Math.ceil(data.length / rowLength));
  let to = 0;
  for (let row = 0; row < data.length; row += rowLength) {
    const predictor = data[row] ?? 0;
    const end = Math.min(row + rowLength, data.length);
    for (let from = row + 1; from < end; from++, to++) {
      const isFirstColumn = from === row + 1;
      const left = isFirstColumn ? 0 : (out[to - 1] ?? 0);
      const up = out[to - columns] ?? 0;
      const upLeft = isFirstColumn ? 0 : (out[to - columns - 1] ?? 0);
      out[to] = (data[from] ?? 0) + prediction(predictor, left, up, upLeft);
    }
  }
  return out;
}

function prediction(predictor: number, left: number, up: number, upLeft: number): number {
  switch (predictor) {
    case 0:
      return 0;
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) >> 1;
    case 4:
      return paeth(left, up, upLeft);
    default:
      throw new Damage('xref-malformed');
  }
}

function paeth(left: number, up: number, upLeft: number): number {
  const estimate = left + up - upLeft;
  const toLeft = Math.abs(estimate - left);
  const toUp = Math.abs(estimate - up);
  const toUpLeft = Math.abs(estimate - upLeft);
  if (toLeft <= toUp && toLeft <= toUpLeft) return left;
  return toUp <= toUpLeft ? up : upLeft;
}
