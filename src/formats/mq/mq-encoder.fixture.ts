import { AFTER_LPS, AFTER_MPS, QE } from './mq-decoder.ts';

/** The arithmetic encoder of ITU-T T.88 Annex E.2, with the contexts of `MqDecoder`. */
export class MqEncoder {
  /** The first byte is not part of the data. */
  readonly #bytes: number[] = [0];
  #a = 0x8000;
  #c = 0;
  #shifts = 12;

  encode(contexts: Uint8Array, cx: number, decision: number): void {
    const state = contexts[cx] ?? 0;
    const qe = QE[state] ?? 0;
    const isMps = decision === (state & 1);
    this.#a -= qe;
    if (isMps && this.#a >= 0x8000) {
      this.#c += qe;
      return;
    }
    if (this.#a < qe === isMps) this.#a = qe;
    else this.#c += qe;
    contexts[cx] = (isMps ? AFTER_MPS[state] : AFTER_LPS[state]) ?? 0;
    do {
      this.#a <<= 1;
      this.#c <<= 1;
      if (--this.#shifts === 0) this.#writeByte();
    } while (this.#a < 0x8000);
  }

  /** The data with the marker at their end (E.2.9). */
  finish(): Buffer {
    const limit = this.#c + this.#a;
    this.#c |= 0xffff;
    if (this.#c >= limit) this.#c -= 0x8000;
    for (let i = 0; i < 2; i++) {
      this.#c <<= this.#shifts;
      this.#writeByte();
    }
    if (this.#bytes.at(-1) === 0xff) this.#bytes.pop();
    return Buffer.from([...this.#bytes.slice(1), 0xff, 0xac]);
  }

  #writeByte(): void {
    const last = this.#bytes.length - 1;
    if (this.#bytes[last] !== 0xff && this.#c >= 0x8000000) {
      this.#bytes[last] = (this.#bytes[last] ?? 0) + 1;
      this.#c &= 0x7ffffff;
    }
    this.#shifts = this.#bytes[last] === 0xff ? 7 : 8;
    this.#bytes.push(this.#c >>> (27 - this.#shifts));
    this.#c &= (1 << (27 - this.#shifts)) - 1;
  }
}
