/** The maximum size in bytes of one decoded stream in memory. Larger streams are not read. */
export const MAX_HELD_BYTES = 16 * 1024 * 1024;

/**
 * Memory for decoded data: two buffers in turn, one for the input of a decoder and one for its output. One buffer per
 * stream would occupy memory until garbage collection, and a document can have thousands of streams.
 */
export class Scratch {
  #current = new Uint8Array(0);
  #other = new Uint8Array(0);

  /** The buffer not used last, enlarged to at least this size; at most MAX_HELD_BYTES. */
  next(bytes: number): Uint8Array {
    [this.#current, this.#other] = [this.#other, this.#current];
    return this.grow(bytes);
  }

  /** The buffer used last, enlarged to at least this size, with its content. */
  grow(bytes: number): Uint8Array {
    const { length, buffer } = this.#current;
    if (bytes > length) {
      const wanted = Math.min(Math.max(bytes, 2 * length), MAX_HELD_BYTES);
      this.#current = new Uint8Array(buffer.transfer(wanted));
    }
    return this.#current;
  }
}
