import { constants, inflateRawSync, inflateSync } from 'node:zlib';
import { Damage } from './damage.ts';

/** Bytes that one stream may hold in memory once decoded; a larger one goes unchecked. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;
/** Bytes that are put together from chunks, which takes them twice; what is larger is inflated in one piece. */
const MAX_JOINED_BYTES = 4 * 1024 * 1024;
/** zlib hands its output over in chunks: one that fits most streams whole saves joining them. */
const TYPICAL_RATIO = 3;
const MIN_CHUNK = 256;
const MAX_CHUNK = 64 * 1024;

/** What inflating anything takes at least, in bytes that could be inflated in that time. */
const MIN_COST = 2 * 1024;

/** Bytes of the zlib header before the deflated data (RFC 1950). */
const ZLIB_HEADER = 2;

/** Inflates FlateDecode data (7.4.4) until the bytes that they may amount to are used up. */
export class Inflater {
  /** False once a stream went unchecked for lack of bytes. */
  complete = true;
  #remaining: number;

  constructor(maxInflatedBytes: number) {
    this.#remaining = maxInflatedBytes;
  }

  /** Whether so many bytes may be held at once; what would be more goes unchecked. */
  mayHold(bytes: number): boolean {
    if (bytes > MAX_HELD_BYTES) this.complete = false;
    return bytes <= MAX_HELD_BYTES;
  }

  /**
   * The inflated data with their Adler-32 checked, or undefined when they go unchecked.
   *
   * @param offset where in the document the stream is, for the verdict
   * @throws Damage stream-corrupt
   */
  inflate(data: Uint8Array, offset: number): Uint8Array | undefined {
    if (isEmpty(data)) return data.subarray(0, 0);
    const limit = Math.min(this.#remaining, MAX_HELD_BYTES);
    const chunk = Math.min(Math.max(TYPICAL_RATIO * data.length, MIN_CHUNK), MAX_CHUNK);
    const inflated =
      inflateWithin(Math.min(limit, MAX_JOINED_BYTES), chunk, data, offset) ??
      (limit > MAX_JOINED_BYTES ? inflateWithin(limit, limit, data, offset) : undefined);
    this.#remaining -= Math.max(inflated?.length ?? limit, MIN_COST);
    if (inflated === undefined) this.complete = false;
    return inflated;
  }
}

/** Streams without a byte are written for empty pages and appearances; some writers count the end of a line in. */
function isEmpty(data: Uint8Array): boolean {
  return data.length <= 2 && data.every((byte) => byte === 0x0a || byte === 0x0d);
}

/** The inflated data; undefined when they are more than `maxOutputLength` bytes. */
function inflateWithin(
  maxOutputLength: number,
  chunkSize: number,
  data: Uint8Array,
  offset: number,
): Uint8Array | undefined {
  if (maxOutputLength < 1) return undefined;
  try {
    return inflate(data, maxOutputLength, chunkSize);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'Z_DATA_ERROR' || code === 'Z_BUF_ERROR' || code === 'Z_NEED_DICT') {
      throw new Damage('stream-corrupt', offset);
    }
    return undefined;
  }
}

function inflate(data: Uint8Array, maxOutputLength: number, chunkSize: number): Buffer {
  try {
    const finishFlush = endsInSyncFlush(data) ? constants.Z_SYNC_FLUSH : constants.Z_FINISH;
    return inflateSync(data, { maxOutputLength, chunkSize, finishFlush });
  } catch (error) {
    // Some writers cut the checksum short, but not the last of the deflated blocks.
    if (codeOf(error) !== 'Z_BUF_ERROR') throw error;
    return inflateRawSync(data.subarray(ZLIB_HEADER), { maxOutputLength, chunkSize });
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/** Some writers flush their compressor and never finish it: the data then end in an empty stored block, unchecked. */
function endsInSyncFlush(data: Uint8Array): boolean {
  const end = data.length;
  return data[end - 1] === 0xff && data[end - 2] === 0xff && data[end - 3] === 0 && data[end - 4] === 0;
}
