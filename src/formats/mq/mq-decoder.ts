/** Qe, next state after an MPS, next state after an LPS, and whether an LPS switches the MPS (ITU-T T.88, Table E.1). */
const STATES: readonly (readonly [qe: number, nmps: number, nlps: number, isSwitch: 0 | 1])[] = [
  [0x5601, 1, 1, 1],
  [0x3401, 2, 6, 0],
  [0x1801, 3, 9, 0],
  [0x0ac1, 4, 12, 0],
  [0x0521, 5, 29, 0],
  [0x0221, 38, 33, 0],
  [0x5601, 7, 6, 1],
  [0x5401, 8, 14, 0],
  [0x4801, 9, 14, 0],
  [0x3801, 10, 14, 0],
  [0x3001, 11, 17, 0],
  [0x2401, 12, 18, 0],
  [0x1c01, 13, 20, 0],
  [0x1601, 29, 21, 0],
  [0x5601, 15, 14, 1],
  [0x5401, 16, 14, 0],
  [0x5101, 17, 15, 0],
  [0x4801, 18, 16, 0],
  [0x3801, 19, 17, 0],
  [0x3401, 20, 18, 0],
  [0x3001, 21, 19, 0],
  [0x2801, 22, 19, 0],
  [0x2401, 23, 20, 0],
  [0x2201, 24, 21, 0],
  [0x1c01, 25, 22, 0],
  [0x1801, 26, 23, 0],
  [0x1601, 27, 24, 0],
  [0x1401, 28, 25, 0],
  [0x1201, 29, 26, 0],
  [0x1101, 30, 27, 0],
  [0x0ac1, 31, 28, 0],
  [0x09c1, 32, 29, 0],
  [0x08a1, 33, 30, 0],
  [0x0521, 34, 31, 0],
  [0x0441, 35, 32, 0],
  [0x02a1, 36, 33, 0],
  [0x0221, 37, 34, 0],
  [0x0141, 38, 35, 0],
  [0x0111, 39, 36, 0],
  [0x0085, 40, 37, 0],
  [0x0049, 41, 38, 0],
  [0x0025, 42, 39, 0],
  [0x0015, 43, 40, 0],
  [0x0009, 44, 41, 0],
  [0x0005, 45, 42, 0],
  [0x0001, 45, 43, 0],
  [0x5601, 46, 46, 0],
];

/**
 * The same for a context: twice the number of its state, plus its MPS. An initial context is thus twice the number of
 * its initial state: 0 in JBIG2.
 */
export const QE = new Uint16Array(2 * STATES.length);
export const AFTER_MPS = new Uint8Array(2 * STATES.length);
export const AFTER_LPS = new Uint8Array(2 * STATES.length);
STATES.forEach(([qe, nmps, nlps, isSwitch], state) => {
  for (const mps of [0, 1]) {
    QE[2 * state + mps] = qe;
    AFTER_MPS[2 * state + mps] = 2 * nmps + mps;
    AFTER_LPS[2 * state + mps] = 2 * nlps + (mps ^ isSwitch);
  }
});

/** Above this, a byte after 0xFF makes a marker, which ends the data (E.3.4). */
const MAX_AFTER_FF = 0x8f;

/**
 * The adaptive binary arithmetic decoder of JBIG2 and JPEG 2000 (ITU-T T.88 Annex E, in the software conventions of
 * Annex G; ITU-T T.800 Annex C). It takes 1-bits for what follows the data, and counts the bytes that it made up.
 * Decoding spends no work: the caller does so for each block of decisions.
 */
export class MqDecoder {
  #data: Uint8Array;
  #end: number;
  #at: number;
  #missing = 0;
  #a = 0x8000;
  /** 32 bits. */
  #c: number;
  /** Shifts until the next byte is needed. */
  #shifts = 0;

  /** Starts decoding at `start`; the data end before `end`. Both are offsets in `data`, in bytes. */
  constructor(data: Uint8Array, start: number, end: number) {
    this.#data = data;
    this.#end = end;
    this.#at = start;
    if (start >= end) this.#missing = 1;
    this.#c = (this.#byteAt(start) ^ 0xff) << 16;
    this.#readByte();
    this.#c <<= 7;
    this.#shifts -= 7;
  }

  /** Offset in the data after the last byte that was read: the end of the data, or that of a marker's first byte. */
  get at(): number {
    return Math.min(this.#at + 1, this.#end);
  }

  /** How many bytes were made up, beyond the end of the data or in the place of a marker. */
  get missing(): number {
    return this.#missing;
  }

  /** Decodes one decision, 0 or 1, and adapts the context at the index `cx` of `contexts` (E.3.2). */
  decode(contexts: Uint8Array, cx: number): number {
    const state = contexts[cx] ?? 0;
    const qe = QE[state] ?? 0;
    let a = this.#a - qe;
    if (this.#c >>> 16 < a) {
      if (a >= 0x8000) {
        this.#a = a;
        return state & 1;
      }
      const isMps = a >= qe;
      contexts[cx] = (isMps ? AFTER_MPS[state] : AFTER_LPS[state]) ?? 0;
      this.#renormalize(a);
      return isMps ? state & 1 : (state & 1) ^ 1;
    }
    this.#c -= a << 16;
    const isMps = a < qe;
    a = qe;
    contexts[cx] = (isMps ? AFTER_MPS[state] : AFTER_LPS[state]) ?? 0;
    this.#renormalize(a);
    return isMps ? state & 1 : (state & 1) ^ 1;
  }

  #renormalize(interval: number): void {
    let a = interval;
    do {
      if (this.#shifts === 0) this.#readByte();
      a <<= 1;
      this.#c <<= 1;
      this.#shifts--;
    } while (a < 0x8000);
    this.#a = a;
  }

  /** BYTEIN: a byte after 0xFF has a stuffed bit. Once a marker is reached, nothing is added to the inverted register. */
  #readByte(): void {
    const isAfterFf = this.#byteAt(this.#at) === 0xff;
    const byte = this.#byteAt(this.#at + 1);
    this.#shifts = 8;
    if (isAfterFf && byte > MAX_AFTER_FF) {
      this.#missing++;
      return;
    }
    this.#at++;
    if (this.#at >= this.#end) this.#missing++;
    this.#c += isAfterFf ? 0xfe00 - (byte << 9) : 0xff00 - (byte << 8);
    if (isAfterFf) this.#shifts = 7;
  }

  #byteAt(at: number): number {
    return at < this.#end ? (this.#data[at] ?? 0xff) : 0xff;
  }
}
