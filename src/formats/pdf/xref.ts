import {
  decimal,
  digitsEnd,
  isA,
  keyword,
  keywordAt,
  LEFT_BRACKET,
  skipWhiteSpace,
  WHITE_SPACE,
} from './characters.ts';
import { Damage } from './damage.ts';
import type { Inflater } from './inflater.ts';
import { skipBlanks } from './lexer.ts';
import { numberOf } from './names.ts';
import { MAX_BLANKS, objectAt, objectIdAt, Scanner } from './scanner.ts';
import type { Startxref } from './startxref.ts';
import { stringAt } from './strings.ts';
import { readXrefStream } from './xref-stream.ts';

const XREF = keyword('xref');
const TRAILER = keyword('trailer');

const SIZE = numberOf('Size');
const ROOT = numberOf('Root');
const PREV = numberOf('Prev');
const XREF_STM = numberOf('XRefStm');
const ENCRYPT = numberOf('Encrypt');
const ID = numberOf('ID');

/** Bytes that are read of a part of /ID, which normally has 16. */
const MAX_ID = 1024;

/** The maximum number of entries. More would take tens of megabytes; no delivered document has so many. */
const MAX_ENTRIES = 500_000;

/** Units of work for an entry. */
const ENTRY_COST = 64;

const SPACE = 0x20;
const IN_USE = 0x6e;
const FREE = 0x66;

/** The cross-reference of a document (7.5.4, 7.5.8): all sections, from the newest to the oldest. */
export class CrossReference {
  readonly bytes: Uint8Array;
  /** The object number of the catalog. */
  root = -1;
  /** The offset of the value of /Encrypt in the trailer, 0 if there is none; and the first string of /ID (7.5.5). */
  encrypt = 0;
  id: Uint8Array = new Uint8Array(0);
  /** The end of the last section before `startxref`. */
  end = 0;
  /** For each object number: the offset in `bytes`; 0 if free; minus the object stream number if compressed. */
  readonly entries = new Map<number, number>();
  /** Offsets in `bytes` of objects that a newer section has replaced or freed. */
  readonly superseded = new Set<number>();
  /** The numbers of objects that a newer section has replaced. */
  readonly replaced = new Set<number>();
  /** The offset that all other offsets are relative to. */
  readonly #base: number;
  readonly #startxref: Startxref;
  readonly #inflater: Inflater;
  readonly #scanner: Scanner;
  readonly #sections = new Set<number>();
  #entriesRead = 0;
  #bytesRead = 0;
  /** Free objects whose entry has the offset of the object: their numbers and offsets. */
  readonly #freed = new Map<number, number>();
  /** Whether the offset of the current section points to white space before it. */
  #isDisplaced = false;
  /** Whether the offsets in the current section point to white space; undefined before the first. */
  #displaced: boolean | undefined;

  /**
   * @param base the offset that all others are relative to: 0, or that of the header
   * @throws Damage xref-malformed beyond MAX_ENTRIES, and any damage of a section
   * @throws OutOfWork
   */
  constructor(bytes: Uint8Array, base: number, startxref: Startxref, inflater: Inflater) {
    this.bytes = bytes;
    this.#base = base;
    this.#startxref = startxref;
    this.#inflater = inflater;
    this.#scanner = new Scanner(bytes);
    for (let offset = startxref.offset; offset >= 0;) offset = this.#readSection(offset);
    // An entry n was damaged to f: no older section has the object in use.
    for (const at of this.#freed.values()) throw new Damage('xref-entry-mismatch', at);
  }

  /** The offset of an object in `bytes`; minus the number of its object stream; 0 when there is none. */
  locate(number: number): number {
    return this.entries.get(number) ?? 0;
  }

  /** Reads the section at an offset, and returns the offset of the previous section, or -1. */
  #readSection(offset: number): number {
    const at = this.#enter(offset);
    return keywordAt(XREF, this.bytes, at) ? this.#readTable(at) : this.#readStream(at);
  }

  /** The start of the section at an offset. */
  #enter(offset: number): number {
    const at = skipBlanks(this.bytes, this.#base + offset, MAX_BLANKS);
    this.#isDisplaced = at > this.#base + offset;
    return at;
  }

  #readTable(start: number): number {
    const { bytes } = this;
    const free: number[] = [];
    this.#displaced = undefined;
    let at = skipWhiteSpace(bytes, start + XREF.length);
    while (!keywordAt(TRAILER, bytes, at)) {
      const firstEnd = digitsEnd(bytes, at);
      const countStart = skipWhiteSpace(bytes, firstEnd);
      const countEnd = digitsEnd(bytes, countStart);
      const first = decimal(bytes, at, firstEnd);
      const end = first + decimal(bytes, countStart, countEnd);
      if (first < 0 || end < first) throw new Damage('xref-malformed', at);
      at = skipWhiteSpace(bytes, countEnd);
      for (let number = first; number < end; number++) {
        this.#readEntry(number, at, free);
        at = skipWhiteSpace(bytes, at + 18);
      }
    }
    const scanner = this.#scanner;
    scanner.scan(at + TRAILER.length);
    const hidden = scanner.integer(XREF_STM);
    const previous = this.#readTrailer(start, scanner.end);
    // In a hybrid file, /XRefStm has objects that are free in the table (7.5.8.4). Updates may name the same stream
    // again.
    if (hidden > 0 && !this.#sections.has(this.#base + hidden)) {
      const at = this.#enter(hidden);
      // /XRefStm and `startxref` may be wrong in different ways.
      this.#isDisplaced = false;
      this.#readStream(at);
    }
    for (const number of free) this.#add(number, 0);
    return previous;
  }

  /** Reads an entry of a table: `nnnnnnnnnn ggggg n`. */
  #readEntry(number: number, at: number, free: number[]): void {
    const { bytes } = this;
    const offset = decimal(bytes, at, at + 10);
    const generation = decimal(bytes, at + 11, at + 16);
    const type = bytes[at + 17];
    const isEntry =
      offset >= 0 &&
      bytes[at + 10] === SPACE &&
      generation >= 0 &&
      bytes[at + 16] === SPACE &&
      (type === IN_USE || type === FREE) &&
      isA(WHITE_SPACE, bytes, at + 18);
    if (!isEntry) throw new Damage('xref-malformed', at);
    if (type === IN_USE) {
      this.#addInUse(number, offset, generation);
    } else {
      // The offset of a free entry is the number of the next free object. Some updates leave the offset of the object.
      const pointsAtIt = objectAt(bytes, this.#base + offset, number, generation) >= 0;
      if (pointsAtIt && !this.entries.has(number)) this.#freed.set(number, this.#base + offset);
      free.push(number);
    }
  }

  #readStream(start: number): number {
    const content = objectAt(this.bytes, start);
    if (content < 0) throw new Damage('xref-missing', start);
    this.#displaced = undefined;
    // The entry of the section itself is not needed, and some writers get it wrong.
    const own = objectIdAt(this.bytes, start).number;
    const scanner = this.#scanner;
    scanner.scan(content);
    const end = readXrefStream(scanner, this.#inflater, (number, type, second, third) => {
      if (type === 0) this.#add(number, 0);
      else if (type === 1 && number === own) this.#add(number, start);
      else if (type === 1) this.#addInUse(number, second, third);
      else if (type === 2) this.#add(number, -second);
    });
    return this.#readTrailer(start, end);
  }

  /** Records the dictionary scanned last (7.5.5), and returns the offset of the previous section, or -1. */
  #readTrailer(start: number, end: number): number {
    const scanner = this.#scanner;
    if (!scanner.isDictionary) throw new Damage('trailer-malformed', start);
    // Sections do not repeat or overlap: their total length is at most that of the document.
    this.#bytesRead += end - start;
    const returns = this.#sections.has(start);
    if (returns || this.#bytesRead > this.bytes.length) throw new Damage('xref-malformed', start);
    this.#sections.add(start);
    if (end <= this.#startxref.at) this.end = Math.max(this.end, end);
    if (this.root < 0) {
      this.root = scanner.reference(ROOT);
      if (scanner.integer(SIZE) < 1 || this.root < 0) throw new Damage('trailer-malformed', start);
    }
    // Hybrid and linearised files may have /Encrypt in one section only.
    if (this.encrypt === 0 && scanner.at(ENCRYPT) !== 0) {
      this.encrypt = scanner.at(ENCRYPT);
      this.id = this.#firstString(scanner.at(ID));
    }
    if (scanner.at(PREV) === 0) return -1;
    const previous = scanner.integer(PREV);
    if (previous < 0) throw new Damage('trailer-malformed', scanner.at(PREV));
    // Some writers write 0 for no previous section.
    return previous === 0 ? -1 : previous;
  }

  /** The first string of the array at this offset; empty when there is none. */
  #firstString(at: number): Uint8Array {
    const { bytes } = this;
    const isArray = at !== 0 && bytes[at] === LEFT_BRACKET;
    return isArray ? stringAt(bytes, skipBlanks(bytes, at + 1, MAX_BLANKS), MAX_ID) : new Uint8Array(0);
  }

  #addInUse(number: number, offset: number, generation: number): void {
    // Some writers keep deleted objects in use at offset 0.
    if (offset === 0) {
      this.#add(number, 0);
      return;
    }
    const at = this.#base + offset;
    const displaced = isA(WHITE_SPACE, this.bytes, at);
    this.#displaced ??= displaced;
    // Some writers miscount the offsets of objects. If that of the section is off too, a byte was inserted before it.
    const isShifted = displaced !== this.#displaced && this.#isDisplaced;
    if (isShifted || objectAt(this.bytes, at, number, generation) < 0) {
      throw new Damage('xref-entry-mismatch', at);
    }
    if (this.#freed.get(number) === at) this.#freed.delete(number);
    this.#add(number, at);
  }

  /** Records the position of an object, unless a newer section has one. */
  #add(number: number, place: number): void {
    if (++this.#entriesRead > MAX_ENTRIES) throw new Damage('xref-malformed');
    this.#inflater.work.spend(ENTRY_COST);
    const newer = this.entries.get(number);
    if (newer === undefined) this.entries.set(number, place);
    else if (place > 0 && place !== newer) {
      this.superseded.add(place);
      this.replaced.add(number);
    }
  }
}
