import type { MqDecoder } from '../mq/mq-decoder.ts';

/** Bits and offset of the value after each prefix: 0, 10, 110, 1110, 11110, 11111 (ITU-T T.88, Table A.1). */
const RANGES: readonly (readonly [bits: number, offset: number])[] = [
  [2, 0],
  [4, 4],
  [6, 20],
  [8, 84],
  [12, 340],
  [32, 4_436],
];
const CONTEXTS = 512;
/** From here on, a context is of the last eight bits, and of the fact that there were as many. */
const MANY_BITS = 256;

/** Decodes the integers of one procedure, such as IADH (ITU-T T.88, A.2). */
export class Integers {
  readonly #contexts = new Uint8Array(CONTEXTS);
  #previous = 1;

  /** The next integer; undefined for the value OOB. */
  read(decoder: MqDecoder): number | undefined {
    this.#previous = 1;
    const sign = this.#bit(decoder);
    let range = 0;
    while (range < RANGES.length - 1 && this.#bit(decoder) === 1) range++;
    const [bits, offset] = RANGES[range] ?? [0, 0];
    let value = 0;
    for (let i = 0; i < bits; i++) value = 2 * value + this.#bit(decoder);
    value += offset;
    if (sign === 0) return value;
    return value === 0 ? undefined : -value;
  }

  #bit(decoder: MqDecoder): number {
    const previous = this.#previous;
    const bit = decoder.decode(this.#contexts, previous);
    const next = (previous << 1) | bit;
    this.#previous = previous < MANY_BITS ? next : (next & (CONTEXTS - 1)) | MANY_BITS;
    return bit;
  }
}

/** Decodes numbers of symbols, which have a fixed length (ITU-T T.88, A.3). */
export class SymbolIds {
  readonly #length: number;
  readonly #contexts: Uint8Array;

  /** @param length bits of a number; memory for as many contexts is needed as there are numbers */
  constructor(length: number) {
    this.#length = length;
    this.#contexts = new Uint8Array(2 ** length);
  }

  read(decoder: MqDecoder): number {
    let id = 1;
    for (let i = 0; i < this.#length; i++) id = (id << 1) | decoder.decode(this.#contexts, id);
    return id - (1 << this.#length);
  }
}
