/** Options of code-blocks (ISO/IEC 15444-1, Table A.19). */
export const BYPASS = 1;
export const RESET = 2;
export const TERMINATE = 4;
export const CAUSAL = 8;
export const PREDICTABLE = 16;
export const SYMBOLS = 32;
export const KNOWN_OPTIONS = 63;

/** The first pass that may bypass the arithmetic coder: after the fourth bit-plane with a cleanup pass (Table D.9). */
const FIRST_BYPASS = 10;
const MANY = 0xffff;

/** The number of passes from this one to the end of its codeword segment (Table D.8, D.9). */
export function passesInSegment(pass: number, options: number): number {
  if ((options & TERMINATE) !== 0) return 1;
  if ((options & BYPASS) === 0) return MANY;
  if (pass < FIRST_BYPASS) return FIRST_BYPASS - pass;
  // Two passes of raw bits, then a cleanup pass.
  const phase = (pass - FIRST_BYPASS) % 3;
  return phase === 2 ? 1 : 2 - phase;
}

/** Whether a pass has raw bits. */
export function isRaw(pass: number, options: number): boolean {
  return (options & BYPASS) !== 0 && pass >= FIRST_BYPASS && (pass - FIRST_BYPASS) % 3 < 2;
}
