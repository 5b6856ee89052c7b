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

/** Bytes of the longest part of an /ID that is read; they are 16. */
const MAX_ID = 1024;

/** More entries would take tens of megabytes, and there is no sound document that has them in what is delivered. */
const MAX_ENTRIES = 500_000;

/** What an entry costs, in units of work. */
const ENTRY_COST = 64;

const SPACE = 0x20;
const IN_USE = 0x6e;
const FREE = 0x66;

/** The cross-reference of a document (7.5.4, 7.5.8): all its sections, from the newest to the oldest. */
export class CrossReference {
  readonly bytes: Uint8Array;
  /** The object number of the catalog. */
  root = -1;
  /** Where the value of the trailer's /Encrypt stands, 0 when there is none; and the first string of its /ID (7.5.5). */
  encrypt = 0;
  id: Uint8Array = new Uint8Array(0);
  /** Where the last of the sections before `startxref` ends. */
  end = 0;
  /** By object number: the offset in `bytes`, 0 when free, minus the object stream's number when compressed. */
  readonly entries = new Map<number, number>();
  /** Offsets in `bytes` of objects that a newer section has replaced or freed. */
  readonly superseded = new Set<number>();
  /** The numbers of those that were replaced. */
  readonly replaced = new Set<number>();
  /** Where offsets count from. */
  readonly #base: number;
  readonly #startxref: Startxref;
  readonly #inflater: Inflater;
  readonly #scanner: Scanner;
  readonly #sections = new Set<number>();
  #entriesRead = 0;
  #bytesRead = 0;
  /** Objects that are free, though a newer section has the offset where they are: the numbers and the offsets. */
  readonly #freed = new Map<number, number>();
  /** Whether the offset that led to the section points at the white space before it. */
  #isDisplaced = false;
  /** Whether the offsets in the section do so too; undefined before the first. */
  #displaced: boolean | undefined;

  /**
   * @param base the offset that all others count from: 0, or that of the header
   * @throws Damage xref-malformed past MAX_ENTRIES, and whatever is wrong with a section
   * @throws OutOfWork
   */
  constructor(bytes: Uint8Array, base: number, startxref: Startxref, inflater: Inflater) {
    this.bytes = bytes;
    this.#base = base;
    this.#startxref = startxref;
    this.#inflater = inflater;
    this.#scanner = new Scanner(bytes);
    for (let offset = startxref.offset; offset >= 0;) offset = this.#readSection(offset);
    // An n that became an f: no older section has the object in use.
    for (const at of this.#freed.values()) throw new Damage('xref-entry-mismatch', at);
  }

  /** The offset of an object in `bytes`; minus the number of its object stream; 0 when there is no such object. */
  locate(number: number): number {
    return this.entries.get(number) ?? 0;
  }

  /** Reads the section at an offset, and gives the offset of the one before it, or -1. */
  #readSection(offset: number): number {
    const at = this.#enter(offset);
    return keywordAt(XREF, this.bytes, at) ? this.#readTable(at) : this.#readStream(at);
  }

  /** Where the section begins that an offset leads to. */
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
    // What a hybrid file hides from old readers (7.5.8.4) is free in its table; updates may name the same stream again.
    if (hidden > 0 && !this.#sections.has(this.#base + hidden)) {
      const at = this.#enter(hidden);
      // Its offsets and those of the table are written by different hands.
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
      // The offset of a free entry is the number of the next one. Some updates leave in it where the object was.
      const pointsAtIt = objectAt(bytes, this.#base + offset, number, generation) >= 0;
      if (pointsAtIt && !this.entries.has(number)) this.#freed.set(number, this.#base + offset);
      free.push(number);
    }
  }

  #readStream(start: number): number {
    const content = objectAt(this.bytes, start);
    if (content < 0) throw new Damage('xref-missing', start);
    this.#displaced = undefined;
    // Nobody finds the section by its own entry, which some writers get wrong.
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

  /** Notes what the dictionary scanned last says (7.5.5), and gives the offset of the section before it, or -1. */
  #readTrailer(start: number, end: number): number {
    const scanner = this.#scanner;
    if (!scanner.isDictionary) throw new Damage('trailer-malformed', start);
    // The sections of a sound chain neither return nor overlap: together they are no longer than the document.
    this.#bytesRead += end - start;
    const returns = this.#sections.has(start);
    if (returns || this.#bytesRead > this.bytes.length) throw new Damage('xref-malformed', start);
    this.#sections.add(start);
    if (end <= this.#startxref.at) this.end = Math.max(this.end, end);
    if (this.root < 0) {
      this.root = scanner.reference(ROOT);
      if (scanner.integer(SIZE) < 1 || this.root < 0) throw new Damage('trailer-malformed', start);
    }
    // Hybrid files and linearised ones may have it in one section alone.
    if (this.encrypt === 0 && scanner.at(ENCRYPT) !== 0) {
      this.encrypt = scanner.at(ENCRYPT);
      this.id = this.#firstString(scanner.at(ID));
    }
    if (scanner.at(PREV) === 0) return -1;
    const previous = scanner.integer(PREV);
    if (previous < 0) throw new Damage('trailer-malformed', scanner.at(PREV));
    // Some writers say 0 when there is none.
    return previous === 0 ? -1 : previous;
  }

  /** The first string of the array at this place; nothing when there is none. */
  #firstString(at: number): Uint8Array {
    const { bytes } = this;
    const isArray = at !== 0 && bytes[at] === LEFT_BRACKET;
    return isArray ? stringAt(bytes, skipBlanks(bytes, at + 1, MAX_BLANKS), MAX_ID) : new Uint8Array(0);
  }

  #addInUse(number: number, offset: number, generation: number): void {
    // Some writers keep deleted objects as in use at offset 0.
    if (offset === 0) {
      this.#add(number, 0);
      return;
    }
    const at = this.#base + offset;
    const displaced = isA(WHITE_SPACE, this.bytes, at);
    this.#displaced ??= displaced;
    // Writers that count badly do so for objects. That the section is off as well is the work of a byte put in before it.
    const isShifted = displaced !== this.#displaced && this.#isDisplaced;
    if (isShifted || objectAt(this.bytes, at, number, generation) < 0) {
      throw new Damage('xref-entry-mismatch', at);
    }
    if (this.#freed.get(number) === at) this.#freed.delete(number);
    this.#add(number, at);
  }

  /** Notes where an object is, unless a newer section has said so. */
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
