/** The maximum of the values in a window. */
export const MAX_VALUE = 64;
/** Added to means, and to the numbers of values that are 0 and above 0, before one is divided by another. */
const GRAIN = 3;
const PRIOR = 2;
/** Values of adjacent bytes are alike, so that one counts as half of an independent one, and is limited. */
const SHARE = 0.5;
const MAX_GAIN = 3;
const MIN_EVIDENCE = -3;

const gains = new Float64Array(MAX_VALUE + 1);

/**
 * The evidence that values rise in the middle of a window and nowhere else in it: the natural logarithm of how many
 * times more likely that place is than a place on average, at most ln(length + 1). It is 0 when the values do not
 * tell, and negative when they fall or rise elsewhere. A share of the values is taken to be 0, and the others to be
 * distributed exponentially.
 *
 * @param window an even number of values from 0 to MAX_VALUE
 */
export function evidenceOfRise(window: Uint8Array): number {
  const half = window.length / 2;
  const low = totalOf(window, 0, half);
  const high = totalOf(window, half, window.length);
  if (high.sum <= low.sum)
    return Math.max(MIN_EVIDENCE, 2 * Math.log((high.sum / half + GRAIN) / (low.sum / half + GRAIN)));
  setGains(low, high, half);
  let likelihoods = 1;
  let gain = 0;
  for (let i = half - 1; i >= 0; i--) {
    gain += gains[window[i] ?? 0] ?? 0;
    likelihoods += Math.exp(gain);
  }
  gain = 0;
  for (let i = half; i < window.length; i++) {
    gain -= gains[window[i] ?? 0] ?? 0;
    likelihoods += Math.exp(gain);
  }
  return Math.log((window.length + 1) / likelihoods);
}

interface Total {
  readonly sum: number;
  /** The number of values above 0. */
  readonly count: number;
}

function totalOf(values: Uint8Array, start: number, end: number): Total {
  let sum = 0;
  let count = 0;
  for (let i = start; i < end; i++) {
    const value = values[i] ?? 0;
    sum += value;
    if (value > 0) count++;
  }
  return { sum, count };
}

/** The logarithms of how many times more likely each value is behind the rise than before it. */
function setGains(low: Total, high: Total, half: number): void {
  const lowMean = GRAIN + low.sum / (low.count + PRIOR);
  const highMean = GRAIN + high.sum / (high.count + PRIOR);
  gains[0] = SHARE * Math.log((half - high.count + PRIOR) / (half - low.count + PRIOR));
  const level = Math.log((high.count + PRIOR) / (low.count + PRIOR)) - Math.log(highMean / lowMean);
  const slope = 1 / lowMean - 1 / highMean;
  for (let value = 1; value <= MAX_VALUE; value++)
    gains[value] = Math.max(-MAX_GAIN, Math.min(MAX_GAIN, SHARE * (level + value * slope)));
}
