import { MqDecoder } from '../mq/mq-decoder.ts';
import type { Work } from '../work.ts';
import type { Bitmaps } from './bitmap.ts';
import { Jbig2Damage } from './damage.ts';

/**
 * Bytes that may stay unread. The decoder stops at the marker 0xFF 0xAC and reads the first byte of it: sound files
 * leave one byte, or none when their encoder wrote no marker. This allows for encoders that flush more than they have
 * to. Damaged data seldom end so near.
 */
const MAX_UNREAD = 4;
/**
 * Bytes that the decoder may make up. It reads ahead: sound files take up to two. An encoder may also strip pairs of
 * 0x7F 0xFF from the end, since the decoder makes up the same bits: files that test this take 22.
 */
const MAX_MISSING = 32;
/** The end of the data. When nothing else is left of them, everything was stripped. */
const MARKER = [0xff, 0xac] as const;
/** Units of work for a coded byte: most bits adapt a context, which is slow compared with a predicted pixel. */
const UNITS_PER_BYTE = 80;

/** The arithmetically coded data of one segment, with what decoding them takes. */
export class CodedData {
  readonly decoder: MqDecoder;
  readonly work: Work;
  readonly bitmaps: Bitmaps;
  readonly #end: number;
  readonly #maxMissing: number;

  /**
   * The data are the bytes from `start` to before `end`.
   *
   * @throws OutOfWork
   */
  constructor(bytes: Uint8Array, start: number, end: number, work: Work, bitmaps: Bitmaps) {
    work.spend(UNITS_PER_BYTE * (end - start));
    this.decoder = new MqDecoder(bytes, start, end);
    this.work = work;
    this.bitmaps = bitmaps;
    this.#end = end;
    const isMarker = end - start === 2 && bytes[start] === MARKER[0] && bytes[start + 1] === MARKER[1];
    this.#maxMissing = isMarker ? Infinity : MAX_MISSING;
  }

  /**
   * Checks that the decoder has not gone on beyond the data.
   *
   * @throws Jbig2Damage
   */
  checkEnough(): void {
    if (this.decoder.missing > this.#maxMissing) throw new Jbig2Damage();
  }

  /**
   * Checks that everything was read, and nothing beyond. Arithmetic coding has no checksum, but damaged data almost
   * never end where they should.
   *
   * @throws Jbig2Damage
   */
  finish(): void {
    this.checkEnough();
    if (this.#end - this.decoder.at > MAX_UNREAD) throw new Jbig2Damage();
  }
}
