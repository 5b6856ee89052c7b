import { Damage } from './damage.ts';
import { decode, type Decoded } from './decode.ts';
import type { Encryption } from './encryption/encryption.ts';
import { findErasedSectors } from './erased-sectors.ts';
import { type Filter, filtersOf } from './filters.ts';
import { isImage, sizeOf } from './images.ts';
import type { Inflater } from './inflater.ts';
import { numberOf } from './names.ts';
import type { ObjectTable, Value } from './object-table.ts';
import { objectIdAt, Scanner } from './scanner.ts';

const NAME = numberOf('Name');

/** A stream whose dictionary was scanned last. */
export interface Stream {
  readonly scanner: Scanner;
  /** Where the object starts, and its data; where they end. */
  readonly object: number;
  readonly start: number;
  readonly end: number;
  /** Superseded: what it refers to may have changed since. */
  readonly isSuperseded: boolean;
}

/** Decrypts and decodes streams, and checks their content as far as the stream itself tells what it is. */
export class StreamContents {
  readonly #table: ObjectTable;
  readonly #inflater: Inflater;
  /** Undefined when the document is not encrypted; null when it opens with another password. */
  readonly #encryption: Encryption | undefined | null;

  constructor(table: ObjectTable, inflater: Inflater, encryption: Encryption | undefined | null) {
    this.#table = table;
    this.#inflater = inflater;
    this.#encryption = encryption;
  }

  /**
   * The content of a stream; undefined when it went unchecked.
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
   * Checks a stream that nobody reads, and gives whether that tells whether it is whole. What has neither a checksum nor a
   * form of its own depends on what it is used for.
   *
   * @throws Damage stream-corrupt
   * @throws OutOfWork
   */
  check(stream: Stream): boolean {
    const decoded = this.#decode(stream, false);
    if (decoded === undefined || decoded.proven) return true;
    const erased = findErasedSectors(stream.scanner.bytes, stream.start, stream.end);
    if (erased >= 0) throw new Damage('stream-corrupt', erased);
    const { data, rest } = decoded;
    if (rest !== undefined) {
      if (rest.name === 'Brotli') this.#inflater.unchecked.add('filter');
      return true;
    }
    if (data === undefined || stream.isSuperseded) return true;
    if (!isImage(stream.scanner)) return false;
    const size = sizeOf(stream.scanner, this.#table);
    if (size !== undefined && data.length < size) throw new Damage('stream-corrupt', stream.start);
    return true;
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

/** The name of the crypt filter that a stream has of its own (7.4.10), which is Identity when it has no name. */
function cryptFilterOf(filters: readonly Filter[]): Value | 'identity' | undefined {
  const [first] = filters;
  if (first?.name !== 'Crypt') return undefined;
  if (first.parameters === undefined) return 'identity';
  const scanner = new Scanner(first.parameters.bytes);
  scanner.scan(first.parameters.at);
  return scanner.at(NAME) === 0 ? 'identity' : { bytes: scanner.bytes, at: scanner.at(NAME) };
}
