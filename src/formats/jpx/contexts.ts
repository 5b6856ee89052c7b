import { HH, HL } from './geometry.ts';

/** State of a coefficient: which neighbours are significant, */
export const ABOVE = 1;
export const BELOW = 2;
export const LEFT = 4;
export const RIGHT = 8;
export const ABOVE_LEFT = 16;
export const ABOVE_RIGHT = 32;
export const BELOW_LEFT = 64;
export const BELOW_RIGHT = 128;
/** whether those above, below, left and right are negative, at these bits above, */
export const SIGN_SHIFT = 8;
/** whether it is significant, was coded in the significance pass of this bit-plane, was refined before. */
export const SIGNIFICANT = 0x1000;
export const VISITED = 0x2000;
export const REFINED = 0x4000;

export const NEIGHBOURS = 0xff;
/** Without the neighbours below, which are in the next stripe (ISO/IEC 15444-1, D.7). */
export const CAUSAL_MASK = ~(BELOW | BELOW_LEFT | BELOW_RIGHT | (BELOW << SIGN_SHIFT));

/** Numbers of contexts (Tables D.1 to D.5). */
const FIRST_SIGN = 9;
export const FIRST_REFINEMENT = 14;
export const RUN_LENGTH = 17;
export const UNIFORM = 18;
export const CONTEXTS = 19;

/** Set in an entry of SIGN when the decoded bit is inverted. */
export const INVERTED = 0x80;

/** Twice the initial state of each context (Table D.7). */
export const INITIAL = new Uint8Array(CONTEXTS);
INITIAL[0] = 2 * 4;
INITIAL[RUN_LENGTH] = 2 * 3;
INITIAL[UNIFORM] = 2 * 46;

const has = (state: number, bit: number): number => ((state & bit) === 0 ? 0 : 1);

/** The context of significance, from the neighbours, for each kind of band (Table D.1). */
export const SIGNIFICANCE: readonly Uint8Array[] = [0, 1, 2, 3].map((kind) =>
  Uint8Array.from({ length: 256 }, (_, state) => {
    const horizontal = has(state, LEFT) + has(state, RIGHT);
    const vertical = has(state, ABOVE) + has(state, BELOW);
    const diagonal =
      has(state, ABOVE_LEFT) + has(state, ABOVE_RIGHT) + has(state, BELOW_LEFT) + has(state, BELOW_RIGHT);
    if (kind === HH) return diagonalContext(diagonal, horizontal + vertical);
    return kind === HL
      ? straightContext(vertical, horizontal, diagonal)
      : straightContext(horizontal, vertical, diagonal);
  }),
);

function straightContext(along: number, across: number, diagonal: number): number {
  if (along === 2) return 8;
  if (along === 1) return across > 0 ? 7 : diagonal > 0 ? 6 : 5;
  if (across > 0) return 2 + across;
  return Math.min(diagonal, 2);
}

function diagonalContext(diagonal: number, straight: number): number {
  if (diagonal >= 3) return 8;
  if (diagonal === 2) return straight > 0 ? 7 : 6;
  return 3 * diagonal + Math.min(straight, 2);
}

/** The context of the sign, from the straight neighbours and, four bits above, their signs (Table D.2, D.3). */
export const SIGN: Uint8Array = Uint8Array.from({ length: 256 }, (_, state) => {
  const signOf = (bit: number): number => has(state, bit) * (1 - 2 * has(state, bit << 4));
  const horizontal = Math.sign(signOf(LEFT) + signOf(RIGHT));
  const vertical = Math.sign(signOf(ABOVE) + signOf(BELOW));
  const sum = 3 * horizontal + vertical;
  return (FIRST_SIGN + Math.abs(sum)) | (sum < 0 ? INVERTED : 0);
});
