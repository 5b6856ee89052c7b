import { type Globals, NO_GLOBALS, readGlobals, UNREAD_GLOBALS } from '../jbig2/jbig2.ts';
import { findCopiedBlock } from '../samples/copied-block.ts';
import { findExchange } from '../samples/exchange.ts';
import { findForeignBlock } from '../samples/foreign-block.ts';
import { findNoise } from '../samples/noise.ts';
import { findProse } from '../samples/prose.ts';
import { Damage } from './damage.ts';
import { decode, type Decoded } from './decode.ts';
import type { Encryption } from './encryption/encryption.ts';
import { findErasedSectors } from './erased-sectors.ts';
import { type Filter, filtersOf } from './filters.ts';
import { ForeignSectors } from './foreign-sectors.ts';
import { imageBytes } from './image-size.ts';
import { checkImage, isImage, shapeOf } from './images.ts';
import type { Inflater } from './inflater.ts';
import { numberOf } from './names.ts';
import type { ObjectTable, Value } from './object-table.ts';
import { objectIdAt, Scanner } from './scanner.ts';
import { dataStart } from './streams.ts';

const NAME = numberOf('Name');
const LENGTH = numberOf('Length');
const FILTER = numberOf('Filter');
const JBIG2_GLOBALS = numberOf('JBIG2Globals');
/** Bytes of the initialization vector at the start of AES data (7.6.2). */
const AES_BLOCK = 16;
/**
 * Units of work for each byte of a document that decoding JBIG2 leaves. Many pages of scans take more than there are; then
 * the structure of the last ones is checked at least. Other checks took 2 to 8.
 */
const RESERVE_PER_BYTE = 8;
/** Each finds the offset of one kind of damage in the samples of an image, or -1. */
const SAMPLE_CHECKS = [findNoise, findExchange, findForeignBlock, findCopiedBlock, findProse] as const;
const NOTHING = new Uint8Array(0);

/** A stream whose dictionary was scanned last. */
export interface Stream {
  readonly scanner: Scanner;
  /** Start of the object, start of the data, end of the data. */
  readonly object: number;
  readonly start: number;
  readonly end: number;
  /** Whether an update replaced the object. The objects that it refers to may have changed then. */
  readonly isSuperseded: boolean;
}

/** Decrypts and decodes streams, and checks their content as far as possible without knowing their use. */
export class StreamContents {
  readonly #table: ObjectTable;
  readonly #inflater: Inflater;
  /** Undefined when the document is not encrypted; null when the empty password does not open it. */
  readonly #encryption: Encryption | undefined | null;
  readonly #foreign: ForeignSectors;
  /** The shared segments of JBIG2 images that were read last, with their object number. */
  #globals: { readonly number: number; readonly globals: Globals } | undefined;

  constructor(table: ObjectTable, inflater: Inflater, encryption: Encryption | undefined | null) {
    this.#table = table;
    this.#inflater = inflater;
    this.#encryption = encryption;
    this.#foreign = new ForeignSectors(table.xref.bytes, inflater.work);
  }

  /**
   * The content of a stream; undefined when it was not checked.
   *
   * @throws Damage stream-corrupt
   * @throws OutOfWork
   */
  read(stream: Stream): Uint8Array | undefined {
    const decoded = this.#decode(stream, true);
    if (decoded?.rest !== undefined) this.#inflater.unchecked.add('filter');
    return decoded?.rest === undefined ? decoded?.data : undefined;
  }

  /**
   * The content of the stream with this object number; undefined when there is none or it was not checked.
   *
   * @throws Damage stream-corrupt
   * @throws OutOfWork
   */
  readObject(number: number): Uint8Array | undefined {
    const { xref } = this.#table;
    const object = xref.locate(number);
    const value = this.#table.find(number);
    if (value === undefined || object <= 0) return undefined;
    const scanner = new Scanner(xref.bytes);
    scanner.scan(value.at);
    const start = scanner.isDictionary ? dataStart(xref.bytes, scanner.end) : -1;
    const end = start + this.#table.integer(xref.bytes, scanner.at(LENGTH));
    if (start < 0 || end < start) return undefined;
    return this.read({ scanner, object, start, end, isSuperseded: false });
  }

  /**
   * Checks a stream whose content the caller does not need. False when the stream has neither a checksum nor a format
   * of its own: then only its use can show damage.
   *
   * @throws Damage stream-corrupt
   * @throws OutOfWork
   */
  check(stream: Stream): boolean {
    const decoded = this.#decode(stream, false);
    if (decoded === undefined || decoded.proven) return true;
    this.#checkSectors(stream);
    const { data, rest } = decoded;
    if (rest !== undefined) {
      this.#checkImage(stream, rest, data ?? NOTHING);
      return true;
    }
    if (data === undefined || stream.isSuperseded) return true;
    if (!isImage(stream.scanner)) return false;
    this.#checkSamples(stream, data);
    return true;
  }

  /** Checks that no sector of a stream was erased or contains foreign data. */
  #checkSectors({ scanner, start, end }: Stream): void {
    const erased = findErasedSectors(scanner.bytes, start, end);
    if (erased >= 0) throw new Damage('stream-corrupt', erased);
    const text = this.#foreign.findText(start, end);
    if (text >= 0) throw new Damage('stream-corrupt', text);
    const copy = this.#foreign.findCopy(start, end);
    if (copy >= 0) throw new Damage('stream-corrupt', copy);
  }

  #checkSamples({ scanner, start, end }: Stream, data: Uint8Array): void {
    const shape = shapeOf(scanner, this.#table);
    const size = imageBytes(shape);
    if (size === undefined) return;
    if (data.length < size) throw new Damage('stream-corrupt', start);
    // In encoded samples, a damaged sector of the document has no fixed position.
    if (scanner.at(FILTER) !== 0) return;
    const origin = data.length === end - start ? start : start + AES_BLOCK;
    const { bits, components, height } = shape;
    if (bits > 8) return;
    const layout = { origin, row: size / height, distance: bits === 8 ? components : 0 };
    const samples = data.subarray(0, size);
    const { work } = this.#inflater;
    for (const find of SAMPLE_CHECKS)
      if (find(samples, layout, work) >= 0) throw new Damage('stream-corrupt', start);
  }

  #checkImage(stream: Stream, codec: Filter, decoded: Uint8Array): void {
    const { scanner, isSuperseded } = stream;
    const number = codec.name === 'JBIG2' ? globalsOf(codec) : -1;
    // Reading the globals overwrites decoded data.
    const data = number < 0 ? decoded : decoded.slice();
    const globals = number < 0 ? NO_GLOBALS : isSuperseded ? UNREAD_GLOBALS : this.#readGlobals(number);
    const isDamaged = globals.content.kind === 'damaged';
    const found = checkImage(codec, data, scanner, this.#table, globals, this.#inflater.work, this.#reserve);
    if (isDamaged || found.kind === 'damaged') throw new Damage('stream-corrupt', stream.start);
    if (found.kind === 'unchecked') this.#inflater.unchecked.add(found.why);
  }

  /** The units of work that decoding an image leaves for the other checks of the document. */
  get #reserve(): number {
    return RESERVE_PER_BYTE * this.#table.xref.bytes.length;
  }

  /** The segments in the stream with this object number. All images of a document may share the same ones. */
  #readGlobals(number: number): Globals {
    if (this.#globals?.number === number) return this.#globals.globals;
    const data = this.readObject(number);
    const globals =
      data === undefined ? UNREAD_GLOBALS : readGlobals(data, this.#inflater.work, this.#reserve);
    this.#globals = { number, globals };
    return globals;
  }

  #decode(stream: Stream, isRead: boolean): Decoded | undefined {
    const { scanner, start, isSuperseded } = stream;
    if (this.#encryption === null) {
      this.#inflater.unchecked.add('password');
      return undefined;
    }
    const filters = filtersOf(scanner, isSuperseded ? undefined : this.#table, start);
    if (filters === undefined) {
      if (!isSuperseded) this.#inflater.unchecked.add('filter');
      return undefined;
    }
    const data = this.#decrypted(stream, filters);
    return data === undefined ? undefined : decode(filters, data, start, this.#inflater, isRead);
  }

  #decrypted({ scanner, object, start, end }: Stream, filters: readonly Filter[]): Uint8Array | undefined {
    const raw = scanner.bytes.subarray(start, end);
    const encryption = this.#encryption;
    if (encryption === undefined || encryption === null) return raw;
    const { work, unchecked } = this.#inflater;
    const id = objectIdAt(scanner.bytes, object);
    const data = encryption.decrypt(scanner, cryptFilterOf(filters), raw, id, start, work);
    if (data === undefined) unchecked.add('filter');
    return data;
  }
}

/** The name of the stream's own crypt filter (7.4.10), which is Identity by default. */
function cryptFilterOf(filters: readonly Filter[]): Value | 'identity' | undefined {
  const [first] = filters;
  if (first?.name !== 'Crypt') return undefined;
  if (first.parameters === undefined) return 'identity';
  const scanner = new Scanner(first.parameters.bytes);
  scanner.scan(first.parameters.at);
  return scanner.at(NAME) === 0 ? 'identity' : { bytes: scanner.bytes, at: scanner.at(NAME) };
}

/** The number of the stream with the segments that JBIG2 images share, or -1. */
function globalsOf({ parameters }: Filter): number {
  if (parameters === undefined) return -1;
  const scanner = new Scanner(parameters.bytes);
  scanner.scan(parameters.at);
  return scanner.reference(JBIG2_GLOBALS);
}
