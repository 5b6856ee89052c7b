import { onesIn } from '../bits.ts';

/** The coefficients from `first` to `last` as a bit mask of two words: 0 to 31, 32 to 63. */
export function wordsOf(first: number, last: number): readonly [number, number] {
  let low = 0;
  let high = 0;
  for (let k = first; k <= last; k++) {
    if (k < 32) low |= 1 << k;
    else high |= 1 << (k - 32);
  }
  return [low, high];
}

/** The low word of two words without their lowest 0 to 63 bits. */
export function lowAfter(count: number, low: number, high: number): number {
  return count < 32 ? (low >>> count) | ((high << 1) << (31 - count)) : (high >>> (count - 32)) | 0;
}

/** The low word of two words with these bits at this position, 0 to 63. */
export function lowOf(ones: number, at: number): number {
  return at < 32 ? ones << at : 0;
}

/** The high word of two words with these bits at this position, 0 to 63. */
export function highOf(ones: number, at: number): number {
  // In two steps, because the position may be 0.
  return at < 32 ? (ones >>> 1) >>> (31 - at) : ones << (at - 32);
}

/** The high word of two words without their lowest 0 to 63 bits. */
export function highAfter(count: number, high: number): number {
  return count < 32 ? (high >>> count) | 0 : 0;
}

/** The number of the next coefficients that have this many zeros in them. More than 64 when there are fewer zeros. */
export function lengthOf(zeros: number, low: number, high: number): number {
  // Skipping nonzero coefficients may reach others.
  let length = zeros;
  for (let skipped = 0; length < 32; length = zeros + skipped) {
    const count = onesIn(low & ((1 << length) - 1));
    if (count === skipped) return length;
    skipped = count;
  }
  let left = zeros;
  for (let at = 0; at < 64; at++) {
    if ((((at < 32 ? low : high) >>> (at & 31)) & 1) === 0) left--;
    if (left === 0) return at + 1;
  }
  return 65;
}
