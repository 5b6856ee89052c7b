import { constants } from 'node:zlib';
import type { Unchecked } from '../content.ts';
import type { Work } from '../work.ts';
import { ZlibStream } from '../zlib-stream.ts';
import { Damage } from './damage.ts';
import { MAX_HELD_BYTES, Scratch } from './scratch.ts';

/** Bytes of output that zlib hands over at a time. */
const CHUNK_BYTES = 64 * 1024;

/** What a stream costs, in units of work: for itself, for each byte of it, and for each byte that it inflates to. */
const STREAM_COST = 512;
const INPUT_COST = 3;
const OUTPUT_COST = 1 / 16;
/** What it costs to compute the checksum of a byte that was inflated. */
const CHECKSUM_COST = 1;

/** Bytes before the deflated data, and of the Adler-32 behind them (RFC 1950 2.2). */
const HEADER_BYTES = 2;
const CHECKSUM_BYTES = 4;
const ADLER_MODULUS = 65_521;

/** What zlib says of data that end well behind a checksum of others. */
const WRONG_CHECKSUM = 'incorrect data check';

/** All data are read with the largest window: the size in their header is a hint (RFC 1950 2.2). */
const WINDOW_BITS = constants.Z_MAX_WINDOWBITS;
let zlib: ZlibStream | undefined;
const chunk = new Uint8Array(CHUNK_BYTES);
const NOTHING = new Uint8Array(0);
const ZERO = new Uint8Array(1);

/** Inflates FlateDecode data (7.4.4), as far as the work of the verification goes. */
export class Inflater {
  /** Why streams went unchecked so far. */
  readonly unchecked = new Set<Unchecked>();
  readonly work: Work;
  readonly scratch = new Scratch();

  constructor(work: Work) {
    this.work = work;
  }

  /** Whether so many bytes may be held at once; what would be more goes unchecked. */
  mayHold(bytes: number): boolean {
    if (bytes > MAX_HELD_BYTES) this.unchecked.add('budget');
    return bytes <= MAX_HELD_BYTES;
  }

  /**
   * The inflated data, their Adler-32 checked, in the scratch memory: it is used again by the second decoding after this
   * one. Undefined when they are more than may be held: they are sound, and cannot be read.
   *
   * @param offset where in the document the stream is, for the verdict
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
   * The same check for data that nobody reads: they go through a small buffer, whatever they inflate to.
   *
   * @param offset where in the document the stream is, for the verdict
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

  /** Whether data that are not finished are whole all the same. */
  #mayEndHere(data: Uint8Array, input: Uint8Array, stream: ZlibStream): boolean {
    // Some writers make no block for no data, a header and a checksum alone.
    const isWithoutBlock = input.length === HEADER_BYTES && data.length > HEADER_BYTES;
    return isWithoutBlock || endsInSyncFlush(input) || this.#lacksChecksumAlone(input, stream);
  }

  /**
   * Some writers cut the checksum short, but not the last of the deflated blocks. Then as many bytes as may be missing are
   * taken for a checksum. An unfinished block has to end first, and leaves too few of them. What is there of the checksum
   * must be right.
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

  /** The Adler-32 of what the data inflate to, once more (RFC 1950 section 9). */
  #checksumOf(input: Uint8Array, stream: ZlibStream): Uint8Array {
    let [a, b] = [1, 0];
    stream.start();
    for (let at = 0; ;) {
      const { made, left } = stream.step(constants.Z_SYNC_FLUSH, input, at, chunk);
      this.work.spend(CHECKSUM_COST * made);
      for (let i = 0; i < made; i++) {
        a = (a + (chunk[i] ?? 0)) % ADLER_MODULUS;
        b = (b + a) % ADLER_MODULUS;
      }
      if (made < chunk.length) return Uint8Array.of(b >>> 8, b, a >>> 8, a);
      at = input.length - left;
    }
  }
}

/** Streams without a byte are written for empty pages and appearances; some writers count the end of a line in. */
function isEmpty(data: Uint8Array): boolean {
  return data.length <= 2 && data.every((byte) => byte === 0x0a || byte === 0x0d);
}

/** The data without a checksum of 0 or 1: some writers never compute it, and chance makes it of no data but empty ones. */
function withoutUnusedChecksum(data: Uint8Array): Uint8Array {
  let end = data.length;
  if (data[end - 1] === 0x0a) end--;
  if (data[end - 1] === 0x0d) end--;
  const start = end - CHECKSUM_BYTES;
  const isUnused =
    data[start] === 0 && data[start + 1] === 0 && data[start + 2] === 0 && (data[start + 3] ?? 2) <= 1;
  return isUnused ? data.subarray(0, start) : data;
}

/** Whether the last block has come, and behind it the right checksum. */
function isFinished(stream: ZlibStream): boolean {
  return stream.step(constants.Z_FINISH, NOTHING, 0, chunk).error === undefined;
}

/** Some writers flush their compressor and never finish it: the data then end in an empty stored block, unchecked. */
function endsInSyncFlush(data: Uint8Array): boolean {
  const end = data.length;
  return data[end - 1] === 0xff && data[end - 2] === 0xff && data[end - 3] === 0 && data[end - 4] === 0;
}
