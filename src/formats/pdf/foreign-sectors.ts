import { SECTOR, sectorFrom } from '../sectors.ts';
import type { Work } from '../work.ts';

/** Bytes on each side that may happen to go on like the sector. */
const CHANCE = 2;
/** More sectors in one run are no damage, but a stream that is there twice. */
const MAX_RUN = 16 * SECTOR;
/** Different values of bytes in a sector that no pattern makes. */
const MIN_VALUES = 16;
/** What looking for copies or text costs for each byte, in units of work: most sectors are told by a few of theirs. */
const COST = 0.25;

/** The sectors of one document that hold what belongs elsewhere: text, or what another sector holds. */
export class ForeignSectors {
  readonly #bytes: Uint8Array;
  readonly #work: Work;
  /** For each sector of the document whether it holds the same as another one; found when first asked for. */
  #copies: Uint8Array | undefined;

  constructor(bytes: Uint8Array, work: Work) {
    this.#bytes = bytes;
    this.#work = work;
  }

  /**
   * Where whole sectors begin, within these bounds, that hold nothing but printable text while the bytes on both sides are
   * none, and most of those of a sector on each side, or -1. Content with binary strings has such text, too, at any offset:
   * hundreds of pieces in a large one, so that one may begin and end where sectors do. It stands between other text.
   *
   * @throws OutOfWork
   */
  findText(start: number, end: number): number {
    this.#work.spend(COST * Math.max(end - start, 0));
    for (let at = sectorFrom(start + 1); at + SECTOR < end; at += SECTOR) {
      const runEnd = this.#textEnd(at, end);
      const isWhole = runEnd - at >= SECTOR && runEnd < end && runEnd % SECTOR <= CHANCE;
      if (isWhole && this.#beginsText(at, start) && this.#isBetweenBinary(at, runEnd, start, end)) return at;
      // The run is not searched again.
      at = Math.max(at, runEnd - (runEnd % SECTOR) - SECTOR);
    }
    return -1;
  }

  /**
   * Where a sector begins, within these bounds, that is the copy of another sector of the document, while the bytes on both
   * sides of the two differ, but for a few by chance; or -1. Data that are there twice begin and end at any offset.
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

  /** Where text in ASCII or UTF-8 ends that goes on from an offset. */
  #textEnd(at: number, end: number): number {
    let runEnd = at;
    for (;;) {
      while (runEnd < end && isText(this.#bytes[runEnd] ?? 0)) runEnd++;
      // Where a sector begins, data look like a character by chance.
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
    // The run that was met last: how far apart the two are, and where the second ends.
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

  /** How many bytes before an offset are the same as those that are so far before them, as far as it matters. */
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

/** A number that is the same for sectors that are, and seldom for others. */
function keyOf(view: DataView, at: number): number {
  let key = 0;
  for (let word = 0; word < SECTOR; word += 64) key = (Math.imul(key, 31) + view.getUint32(at + word)) | 0;
  return key;
}

function isText(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Bytes of a character of UTF-8 that takes several (RFC 3629, section 3), or 0 where there is none. */
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

/** Whether a sector holds so many values that two are not the same by chance. */
function isVaried(bytes: Uint8Array, at: number): boolean {
  return new Set(bytes.subarray(at, at + SECTOR)).size >= MIN_VALUES;
}
