import { SECTOR, sectorFrom } from '../sectors.ts';
import type { Work } from '../work.ts';

/** Bytes on each side that may match by chance. */
const CHANCE = 2;
/** The maximum length of damage in bytes. A longer copy is a stream that occurs twice. */
const MAX_RUN = 16 * SECTOR;
/** The minimum number of different byte values in a sector, so that it is not a simple pattern. */
const MIN_VALUES = 16;
/** Units of work for each byte. A few bytes are enough to reject most sectors. */
const COST = 0.25;

/** Finds sectors of a document that contain foreign data: text, or a copy of another sector. */
export class ForeignSectors {
  readonly #bytes: Uint8Array;
  readonly #work: Work;
  /** 1 for each sector of the document that has a copy or is one; computed at the first use. */
  #copies: Uint8Array | undefined;

  constructor(bytes: Uint8Array, work: Work) {
    this.#bytes = bytes;
    this.#work = work;
  }

  /**
   * Offset of whole sectors of printable text within these bounds, or -1. The bytes next to them must not be text, nor
   * most of the bytes of one sector on each side: large content with binary strings contains hundreds of such texts,
   * and a few of these start and end at sector boundaries, but between other text.
   *
   * @throws OutOfWork
   */
  findText(start: number, end: number): number {
    this.#work.spend(COST * Math.max(end - start, 0));
    for (let at = sectorFrom(start + 1); at + SECTOR < end; at += SECTOR) {
      const runEnd = this.#textEnd(at, end);
      const isWhole = runEnd - at >= SECTOR && runEnd < end && runEnd % SECTOR <= CHANCE;
      if (isWhole && this.#beginsText(at, start) && this.#isBetweenBinary(at, runEnd, start, end)) return at;
      // The rest of the run needs no search.
      at = Math.max(at, runEnd - (runEnd % SECTOR) - SECTOR);
    }
    return -1;
  }

  /**
   * Offset of a sector within these bounds that is equal to another sector of the document, or -1. The bytes next to
   * the two must differ, apart from CHANCE: data that a document repeats start and end at any offset.
   *
   * @throws OutOfWork
   */
  findCopy(start: number, end: number): number {
    this.#copies ??= this.#findCopies();
    const first = sectorFrom(start + 1) / SECTOR;
    const last = Math.ceil(end / SECTOR) - 1;
    const at = first < last ? this.#copies.subarray(first, last).indexOf(1) : -1;
    return at < 0 ? -1 : (first + at) * SECTOR;
  }

  /** The end of the ASCII or UTF-8 text that continues at an offset. */
  #textEnd(at: number, end: number): number {
    let runEnd = at;
    for (;;) {
      while (runEnd < end && isText(this.#bytes[runEnd] ?? 0)) runEnd++;
      // Close to a sector boundary, binary data may look like UTF-8 by chance.
      const character = runEnd % SECTOR <= CHANCE ? 0 : utf8Length(this.#bytes, runEnd);
      if (character === 0 || runEnd + character > end) return runEnd;
      runEnd += character;
    }
  }

  #beginsText(at: number, start: number): boolean {
    for (let before = at - 1; before >= at - 1 - CHANCE; before--) {
      if (before < start) return false;
      if (!isText(this.#bytes[before] ?? 0)) return true;
    }
    return false;
  }

  #isBetweenBinary(at: number, runEnd: number, start: number, end: number): boolean {
    const before = this.#bytes.subarray(Math.max(at - SECTOR, start), at);
    const behind = this.#bytes.subarray(runEnd, Math.min(runEnd + SECTOR, end));
    const texts = countText(before) + countText(behind);
    return 2 * texts <= before.length + behind.length;
  }

  #findCopies(): Uint8Array {
    const bytes = this.#bytes;
    this.#work.spend(COST * bytes.length);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const latest = new Map<number, number>();
    const copies = new Uint8Array(Math.ceil(bytes.length / SECTOR));
    // The last run of equal bytes: the distance between the copies, and the end of the second.
    let apart = 0;
    let runEnd = 0;
    for (let at = SECTOR; at + SECTOR < bytes.length; at += SECTOR) {
      const key = keyOf(view, at);
      const other = latest.get(key);
      latest.set(key, at);
      if (other === undefined || (at - other === apart && at < runEnd) || !isVaried(bytes, at)) continue;
      apart = at - other;
      const start = at - this.#sameBytesBefore(at, apart);
      runEnd = at + this.#sameBytesFrom(at, apart);
      const first = sectorFrom(start);
      const isCut = first - start <= CHANCE && runEnd % SECTOR <= CHANCE && runEnd - start <= MAX_RUN;
      if (!isCut) continue;
      const count = Math.floor((runEnd - first) / SECTOR);
      copies.fill(1, first / SECTOR, first / SECTOR + count);
      copies.fill(1, (first - apart) / SECTOR, (first - apart) / SECTOR + count);
    }
    return copies;
  }

  /** The number of bytes before `at` that equal those `apart` bytes earlier, up to about MAX_RUN. */
  #sameBytesBefore(at: number, apart: number): number {
    const bytes = this.#bytes;
    let run = 0;
    while (run <= MAX_RUN && at - apart > run && bytes[at - run - 1] === bytes[at - apart - run - 1]) run++;
    this.#work.spend(run);
    return run;
  }

  #sameBytesFrom(at: number, apart: number): number {
    const bytes = this.#bytes;
    let run = 0;
    while (run <= MAX_RUN && at + run < bytes.length && bytes[at + run] === bytes[at - apart + run]) run++;
    this.#work.spend(run);
    return run;
  }
}

/** A hash of a sector. */
function keyOf(view: DataView, at: number): number {
  let key = 0;
  for (let word = 0; word < SECTOR; word += 64) key = (Math.imul(key, 31) + view.getUint32(at + word)) | 0;
  return key;
}

function isText(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** The length in bytes of a multi-byte UTF-8 character (RFC 3629, section 3), or 0. */
function utf8Length(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  for (let i = 1; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  return length;
}

function countText(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (isText(byte)) count++;
  return count;
}

/** Whether a sector has so many byte values that two sectors are not equal by chance. */
function isVaried(bytes: Uint8Array, at: number): boolean {
  return new Set(bytes.subarray(at, at + SECTOR)).size >= MIN_VALUES;
}
