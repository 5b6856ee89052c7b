import { JpxDamage } from './damage.ts';

/** The bits of packet headers (ISO/IEC 15444-1, B.10.1). After a byte of FF, a zero bit is stuffed. */
export class HeaderBits {
  readonly #data: Uint8Array;
  /** The offset of the next byte. The caller sets it to the start of a header. */
  at = 0;
  #byte = 0;
  #left = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  /** @throws JpxDamage at the end of the data, or when a stuffed bit is not zero */
  read(): number {
    if (this.#left === 0) this.#next();
    this.#left--;
    return (this.#byte >>> this.#left) & 1;
  }

  /** Reads a number of up to 31 bits. */
  number(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value = (value << 1) | this.read();
    return value;
  }

  /** Ends a header: skips the bits up to the next byte, and the byte with the bit that is stuffed after FF. */
  finish(): void {
    if (this.#byte === 0xff) this.#next();
    this.#byte = 0;
    this.#left = 0;
  }

  #next(): void {
    const byte = this.#data[this.at];
    if (byte === undefined) throw new JpxDamage(this.at);
    this.#left = this.#byte === 0xff ? 7 : 8;
    if (this.#left === 7 && byte > 0x7f) throw new JpxDamage(this.at);
    this.#byte = byte;
    this.at++;
  }
}
