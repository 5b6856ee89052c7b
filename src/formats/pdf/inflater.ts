import { constants } from 'node:zlib';
import type { Unchecked } from '../content.ts';
import type { Work } from '../work.ts';
import { ZlibStream } from '../zlib-stream.ts';
import { Damage } from './damage.ts';
import { MAX_HELD_BYTES, Scratch } from './scratch.ts';

/** Bytes of output per call of zlib. */
const CHUNK_BYTES = 64 * 1024;

/** Units of work: for a stream, for each of its bytes, and for each inflated byte. */
const STREAM_COST = 512;
const INPUT_COST = 3;
const OUTPUT_COST = 1 / 16;
/** Units of work for the checksum of each inflated byte. */
const CHECKSUM_COST = 0.5;

/** Bytes of the header before the deflated data, and of the Adler-32 after them (RFC 1950 2.2). */
const HEADER_BYTES = 2;
const CHECKSUM_BYTES = 4;
const ADLER_MODULUS = 65_521;
/** Bytes after which the sums are reduced: until then they stay below 2^30. */
const ADLER_BLOCK = 2_048;

/** The error of zlib when the data end well, but their checksum is wrong. */
const WRONG_CHECKSUM = 'incorrect data check';

/** All data are inflated with the largest window, because the size in their header is only a hint (RFC 1950 2.2). */
const WINDOW_BITS = constants.Z_MAX_WINDOWBITS;
let zlib: ZlibStream | undefined;
const chunk = new Uint8Array(CHUNK_BYTES);
const NOTHING = new Uint8Array(0);
const ZERO = new Uint8Array(1);

/** Inflates FlateDecode data (7.4.4), within the work of the verification. */
export class Inflater {
  /** Why streams were not checked so far. */
  readonly unchecked = new Set<Unchecked>();
  readonly work: Work;
  readonly scratch = new Scratch();

  constructor(work: Work) {
    this.work = work;
  }

  /** Whether this number of bytes may be held in memory at once. If not, 'budget' is added to `unchecked`. */
  mayHold(bytes: number): boolean {
    if (bytes > MAX_HELD_BYTES) this.unchecked.add('budget');
    return bytes <= MAX_HELD_BYTES;
  }

  /**
   * Inflates the data into scratch memory and checks their Adler-32. The second next decoding overwrites the result.
   * Undefined when the inflated data are intact, but exceed MAX_HELD_BYTES.
   *
   * @param offset offset of the stream in the document, for the verdict
   * @throws Damage stream-corrupt
   * @throws OutOfWork
   */
  inflate(data: Uint8Array, offset: number): Uint8Array | undefined {
    let held = this.scratch.next(0);
    let length = 0;
    this.#run(data, offset, (made) => {
      const end = length + made.length;
      if (end <= MAX_HELD_BYTES) {
        held = this.scratch.grow(end);
        held.set(made, length);
      }
      length = end;
    });
    return this.mayHold(length) ? held.subarray(0, length) : undefined;
  }

  /**
   * Makes the same check without keeping the inflated data. A small buffer limits the memory.
   *
   * @param offset offset of the stream in the document, for the verdict
   * @throws Damage stream-corrupt
   * @throws OutOfWork
   */
  check(data: Uint8Array, offset: number): void {
    this.#run(data, offset, () => undefined);
  }

  #run(data: Uint8Array, offset: number, take: (made: Uint8Array) => void): void {
    if (isEmpty(data)) return;
    this.work.spend(STREAM_COST + INPUT_COST * data.length);
    zlib ??= new ZlibStream(WINDOW_BITS);
    zlib.start();
    const input = withoutUnusedChecksum(data);
    for (let at = 0; ;) {
      const { made, left, error } = zlib.step(constants.Z_SYNC_FLUSH, input, at, chunk);
      if (error !== undefined) throw new Damage('stream-corrupt', offset);
      this.work.spend(OUTPUT_COST * made);
      take(chunk.subarray(0, made));
      if (made < chunk.length) break;
      at = input.length - left;
    }
    if (!isFinished(zlib) && !this.#mayEndHere(data, input, zlib)) throw new Damage('stream-corrupt', offset);
  }

  /** Whether data are intact although the zlib stream is not finished. */
  #mayEndHere(data: Uint8Array, input: Uint8Array, stream: ZlibStream): boolean {
    // Some writers encode empty data without a block: only header and checksum.
    const isWithoutBlock = input.length === HEADER_BYTES && data.length > HEADER_BYTES;
    return isWithoutBlock || endsInSyncFlush(input) || this.#lacksChecksumAlone(input, stream);
  }

  /**
   * Some writers cut the checksum short, but not the deflated blocks. Adds a zero byte for each missing one, until zlib
   * compares checksums. In an unfinished block zlib needs more bytes than that. The existing bytes of the checksum must
   * be right.
   */
  #lacksChecksumAlone(input: Uint8Array, stream: ZlibStream): boolean {
    for (let missing = 1; missing <= CHECKSUM_BYTES; missing++) {
      const { error } = stream.step(constants.Z_SYNC_FLUSH, ZERO, 0, chunk);
      if (error === undefined) continue;
      if (error !== WRONG_CHECKSUM) return false;
      const there = input.subarray(input.length - CHECKSUM_BYTES + missing);
      const right = there.length === 0 ? there : this.#checksumOf(input, stream);
      return there.every((byte, at) => byte === right[at]);
    }
    return isFinished(stream);
  }

  /** Inflates the data again and computes their Adler-32 (RFC 1950 section 9). */
  #checksumOf(input: Uint8Array, stream: ZlibStream): Uint8Array {
    let [a, b] = [1, 0];
    stream.start();
    for (let at = 0; ;) {
      const { made, left } = stream.step(constants.Z_SYNC_FLUSH, input, at, chunk);
      this.work.spend(CHECKSUM_COST * made);
      for (let i = 0; i < made;) {
        for (const end = Math.min(i + ADLER_BLOCK, made); i < end; i++) {
          a += chunk[i] ?? 0;
          b += a;
        }
        a %= ADLER_MODULUS;
        b %= ADLER_MODULUS;
      }
      if (made < chunk.length) return Uint8Array.of(b >>> 8, b, a >>> 8, a);
      at = input.length - left;
    }
  }
}

/** Writers make empty streams for empty pages and appearances. Some include a line ending in the length. */
function isEmpty(data: Uint8Array): boolean {
  return data.length <= 2 && data.every((byte) => byte === 0x0a || byte === 0x0d);
}

/** The data without a checksum of 0 or 1. Some writers never compute it, and only empty data have it by chance. */
function withoutUnusedChecksum(data: Uint8Array): Uint8Array {
  let end = data.length;
  if (data[end - 1] === 0x0a) end--;
  if (data[end - 1] === 0x0d) end--;
  const start = end - CHECKSUM_BYTES;
  const isUnused =
    data[start] === 0 && data[start + 1] === 0 && data[start + 2] === 0 && (data[start + 3] ?? 2) <= 1;
  return isUnused ? data.subarray(0, start) : data;
}

/** Whether the last block was complete and followed by the right checksum. */
function isFinished(stream: ZlibStream): boolean {
  return stream.step(constants.Z_FINISH, NOTHING, 0, chunk).error === undefined;
}

/** Some writers flush their compressor and never finish it: the data end in an empty stored block. */
function endsInSyncFlush(data: Uint8Array): boolean {
  const end = data.length;
  return data[end - 1] === 0xff && data[end - 2] === 0xff && data[end - 3] === 0 && data[end - 4] === 0;
}
