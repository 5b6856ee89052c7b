/** Bytes that one stream may hold in memory once decoded; what would be more cannot be read. */
export const MAX_HELD_BYTES = 16 * 1024 * 1024;

/**
 * Memory for what decoders make: two buffers that are used in turn, one for what is read and one for what is made of it.
 * A buffer for each stream would stay until the garbage collector comes, and a document can have thousands of them.
 */
export class Scratch {
  #current = new Uint8Array(0);
  #other = new Uint8Array(0);

  /** The buffer that was not used last, with room for so many bytes, at most MAX_HELD_BYTES. */
  next(bytes: number): Uint8Array {
    [this.#current, this.#other] = [this.#other, this.#current];
    return this.grow(bytes);
  }

  /** The buffer that was given last, with what is in it, and room for so many bytes. */
  grow(bytes: number): Uint8Array {
    const { length, buffer } = this.#current;
    if (bytes > length) {
      const wanted = Math.min(Math.max(bytes, 2 * length), MAX_HELD_BYTES);
      this.#current = new Uint8Array(buffer.transfer(wanted));
    }
    return this.#current;
  }
}
