/** Bits that bypass the arithmetic coder (ISO/IEC 15444-1, D.6). After a byte of FF, a zero bit is stuffed. */
export class RawBits {
  readonly #data: Uint8Array;
  readonly #end: number;
  #at: number;
  #byte = 0;
  #left = 0;

  /** Starts at `start`; the data end before `end`. Both are offsets in `data`, in bytes. */
  constructor(data: Uint8Array, start: number, end: number) {
    this.#data = data;
    this.#at = start;
    this.#end = end;
  }

  /** The offset after the last byte that was read. */
  get at(): number {
    return Math.min(this.#at, this.#end);
  }

  /** How many bytes were made up beyond the end of the data. */
  get missing(): number {
    return Math.max(this.#at - this.#end, 0);
  }

  /** The next bit; 1 beyond the end of the data. */
  read(): number {
    if (this.#left === 0) {
      this.#left = this.#byte === 0xff ? 7 : 8;
      this.#byte = this.#at < this.#end ? (this.#data[this.#at] ?? 0xff) : 0xff;
      this.#at++;
    }
    this.#left--;
    return (this.#byte >>> this.#left) & 1;
  }
}
