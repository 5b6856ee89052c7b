import { MqDecoder } from '../mq/mq-decoder.ts';
import * as tables from './contexts.ts';
import { RawBits } from './raw-bits.ts';

// V8 reads imported constants each time that they are used, which would slow the loops down.
const {
  ABOVE,
  ABOVE_LEFT,
  ABOVE_RIGHT,
  BELOW,
  BELOW_LEFT,
  BELOW_RIGHT,
  CAUSAL_MASK,
  FIRST_REFINEMENT,
  INVERTED,
  LEFT,
  NEIGHBOURS,
  REFINED,
  RIGHT,
  RUN_LENGTH,
  SIGN,
  SIGN_SHIFT,
  SIGNIFICANCE,
  SIGNIFICANT,
  UNIFORM,
  VISITED,
} = tables;

/** Rows of a stripe. */
const STRIPE = 4;
/** The states of the largest code-block, of 1,024 × 4 coefficients, with a column and a stripe on each side. */
const MAX_STATES = 3 * STRIPE * 1026;
/** Flags of two states in one word. */
const ANY_NEIGHBOUR = NEIGHBOURS * 0x10001;
const ANY_SIGNIFICANT = SIGNIFICANT * 0x10001;
const NOT_VISITED = ~(VISITED * 0x10001);
const NOTHING = new Uint8Array(0);

/**
 * Decodes the coding passes of a code-block (ISO/IEC 15444-1, Annex D) to which coefficients are significant and
 * negative, which is all that the decoding of more depends on. Magnitudes are not kept.
 */
export class Passes {
  /** Stripe after stripe, column after column, so that two words have the states of a column. */
  readonly #states = new Uint16Array(MAX_STATES);
  readonly #words = new Int32Array(this.#states.buffer);
  readonly #contexts = new Uint8Array(tables.CONTEXTS);
  #significance: Uint8Array = NOTHING;
  #width = 0;
  #height = 0;
  /** The distance of two stripes, and the index of the first state inside the block. */
  #stride = 0;
  #first = 0;
  /** What is seen of the states in the last row of a stripe. */
  #mask = -1;
  #isRaw = false;
  #mq = new MqDecoder(NOTHING, 0, 0);
  #raw = new RawBits(NOTHING, 0, 0);

  /** Starts a code-block. Its states are all zero, and its contexts initial. */
  start(kind: number, width: number, height: number, isCausal: boolean): void {
    this.#significance = SIGNIFICANCE[kind] ?? NOTHING;
    this.#width = width;
    this.#height = height;
    this.#stride = STRIPE * (width + 2);
    this.#first = this.#stride + STRIPE;
    this.#mask = isCausal ? CAUSAL_MASK : -1;
    this.#states.fill(0, 0, this.#stride * (Math.ceil(height / STRIPE) + 2));
    this.resetContexts();
  }

  resetContexts(): void {
    this.#contexts.set(tables.INITIAL);
  }

  /** Starts a codeword segment. */
  open(data: Uint8Array, start: number, end: number, isRaw: boolean): void {
    this.#isRaw = isRaw;
    if (isRaw) this.#raw = new RawBits(data, start, end);
    else this.#mq = new MqDecoder(data, start, end);
  }

  /** The offset after what was read of the segment. */
  get at(): number {
    return this.#isRaw ? this.#raw.at : this.#mq.at;
  }

  /** The bytes that were made up beyond the end of the segment. */
  get missing(): number {
    return this.#isRaw ? this.#raw.missing : this.#mq.missing;
  }

  /** The pass for coefficients that have significant neighbours (D.3.1). */
  significance(): void {
    const states = this.#states;
    const words = this.#words;
    const contexts = this.#significance;
    const mask = this.#mask;
    for (let top = 0, column = this.#first; top < this.#height; top += STRIPE, column += 2 * STRIPE) {
      const rows = Math.min(STRIPE, this.#height - top);
      for (let x = 0; x < this.#width; x++, column += STRIPE) {
        const all = (words[column >> 1] ?? 0) | (words[(column >> 1) + 1] ?? 0);
        if ((all & ANY_NEIGHBOUR) === 0) continue;
        for (let y = 0; y < rows; y++) {
          const i = column + y;
          let state = states[i] ?? 0;
          if (y === STRIPE - 1) state &= mask;
          if ((state & NEIGHBOURS) === 0 || (state & SIGNIFICANT) !== 0) continue;
          if (this.#decide(contexts[state & NEIGHBOURS] ?? 0) !== 0) this.#become(i, y, state);
          states[i] = (states[i] ?? 0) | VISITED;
        }
      }
    }
  }

  /** The pass for one more bit of significant coefficients (D.3.3). */
  refinement(): void {
    const states = this.#states;
    const words = this.#words;
    const mask = this.#mask;
    for (let top = 0, column = this.#first; top < this.#height; top += STRIPE, column += 2 * STRIPE) {
      const rows = Math.min(STRIPE, this.#height - top);
      for (let x = 0; x < this.#width; x++, column += STRIPE) {
        const all = (words[column >> 1] ?? 0) | (words[(column >> 1) + 1] ?? 0);
        if ((all & ANY_SIGNIFICANT) === 0) continue;
        for (let y = 0; y < rows; y++) {
          const i = column + y;
          let state = states[i] ?? 0;
          if ((state & (SIGNIFICANT | VISITED)) !== SIGNIFICANT) continue;
          states[i] = state | REFINED;
          if (y === STRIPE - 1) state &= mask;
          const context = (state & REFINED) !== 0 ? 2 : (state & NEIGHBOURS) !== 0 ? 1 : 0;
          this.#decide(FIRST_REFINEMENT + context);
        }
      }
    }
  }

  /** The pass for all other coefficients (D.3.4). */
  cleanup(): void {
    const states = this.#states;
    const words = this.#words;
    const contexts = this.#significance;
    const mask = this.#mask;
    for (let top = 0, column = this.#first; top < this.#height; top += STRIPE, column += 2 * STRIPE) {
      const rows = Math.min(STRIPE, this.#height - top);
      for (let x = 0; x < this.#width; x++, column += STRIPE) {
        const word = column >> 1;
        let y = 0;
        if (rows === STRIPE && this.#isInsignificant(column)) {
          if (this.#decide(RUN_LENGTH) === 0) continue;
          y = 2 * this.#decide(UNIFORM);
          y += this.#decide(UNIFORM);
          this.#become(column + y, y, (states[column + y] ?? 0) & (y === STRIPE - 1 ? mask : -1));
          y++;
        }
        for (; y < rows; y++) {
          const i = column + y;
          let state = states[i] ?? 0;
          if ((state & (SIGNIFICANT | VISITED)) !== 0) continue;
          if (y === STRIPE - 1) state &= mask;
          if (this.#decide(contexts[state & NEIGHBOURS] ?? 0) !== 0) this.#become(i, y, state);
        }
        words[word] = (words[word] ?? 0) & NOT_VISITED;
        words[word + 1] = (words[word + 1] ?? 0) & NOT_VISITED;
      }
    }
  }

  /** Whether no coefficient of a column is significant or has a significant neighbour. */
  #isInsignificant(column: number): boolean {
    const last = this.#states[column + STRIPE - 1] ?? 0;
    const first = this.#words[column >> 1] ?? 0;
    return first === 0 && (this.#states[column + 2] ?? 0) === 0 && (last & this.#mask) === 0;
  }

  /** Reads the segmentation symbol after a cleanup pass (D.5): 1010 in sound data. */
  symbol(): number {
    let symbol = 0;
    for (let i = 0; i < 4; i++) symbol = 2 * symbol + this.#decide(UNIFORM);
    return symbol;
  }

  /** Decodes the sign of a coefficient that becomes significant (D.3.2), and tells its neighbours. */
  #become(i: number, y: number, state: number): void {
    const states = this.#states;
    const above = y > 0 ? i - 1 : i - this.#stride + STRIPE - 1;
    const below = y < STRIPE - 1 ? i + 1 : i + this.#stride - STRIPE + 1;
    const entry = SIGN[(state & 15) | ((state >>> (SIGN_SHIFT - 4)) & 0xf0)] ?? 0;
    const decision = this.#decide(entry & ~INVERTED);
    const isNegative = this.#isRaw ? decision : decision ^ (entry >>> 7);
    const signed = 1 | (isNegative << SIGN_SHIFT);
    states[i] = (states[i] ?? 0) | SIGNIFICANT;
    states[above - STRIPE] = (states[above - STRIPE] ?? 0) | BELOW_RIGHT;
    states[above] = (states[above] ?? 0) | (BELOW * signed);
    states[above + STRIPE] = (states[above + STRIPE] ?? 0) | BELOW_LEFT;
    states[i - STRIPE] = (states[i - STRIPE] ?? 0) | (RIGHT * signed);
    states[i + STRIPE] = (states[i + STRIPE] ?? 0) | (LEFT * signed);
    states[below - STRIPE] = (states[below - STRIPE] ?? 0) | ABOVE_RIGHT;
    states[below] = (states[below] ?? 0) | (ABOVE * signed);
    states[below + STRIPE] = (states[below + STRIPE] ?? 0) | ABOVE_LEFT;
  }

  #decide(context: number): number {
    return this.#isRaw ? this.#raw.read() : this.#mq.decode(this.#contexts, context);
  }
}
