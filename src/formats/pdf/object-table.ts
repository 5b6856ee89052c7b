import { keyword, keywordAt } from './characters.ts';
import { skipBlanks } from './lexer.ts';
import { ENDOBJ, integerAt, MAX_BLANKS, objectAt, referenceAt } from './scanner.ts';
import type { CrossReference } from './xref.ts';

/** The position of an object or a part of it, in the document or in the content of an object stream. */
export interface Value {
  readonly bytes: Uint8Array;
  readonly at: number;
}

const NULL = keyword('null');

/** The maximum length of a chain of references. A longer one is a circle. */
const MAX_HOPS = 8;
/** The maximum total size in bytes of the object stream contents in memory. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;
/** A position in the contents of object streams is CONTENT_SIZE times the content's index, plus the offset. */
const CONTENT_SIZE = 2 ** 32;

/** Finds objects by number, including those in object streams that were read. */
export class ObjectTable {
  readonly xref: CrossReference;
  readonly #contents: Uint8Array[] = [];
  #heldBytes = 0;
  /** For each object number, the position in the contents of object streams. */
  readonly #compressed = new Map<number, number>();
  /** Numbers of the object streams whose content is in memory. */
  readonly #readStreams = new Set<number>();

  constructor(xref: CrossReference) {
    this.xref = xref;
  }

  /** Whether the content of an object stream is in memory. */
  isRead(stream: number): boolean {
    return this.#readStreams.has(stream);
  }

  /** Whether an object was found in its object stream. */
  isCompressed(number: number): boolean {
    return this.#compressed.has(number);
  }

  /** Stores a copy of the content of an object stream; false when that exceeds the memory limit. */
  hold(stream: number, content: Uint8Array): boolean {
    this.#heldBytes += content.length;
    if (this.#heldBytes > MAX_HELD_BYTES) return false;
    this.#contents.push(content.slice());
    this.#readStreams.add(stream);
    return true;
  }

  /** Records the position of an object in the content that was stored last. */
  note(number: number, at: number): void {
    this.#compressed.set(number, (this.#contents.length - 1) * CONTENT_SIZE + at);
  }

  /** Whether an object is in an object stream that was not read. */
  isUnread(number: number): boolean {
    const place = this.xref.locate(number);
    return place < 0 && !this.isRead(-place);
  }

  /** The object with this number; undefined when it is null, missing (7.3.10) or not read. */
  find(number: number): Value | undefined {
    const place = this.xref.locate(number);
    if (place === 0) return undefined;
    if (place < 0) {
      const compressed = this.#compressed.get(number) ?? -1;
      const bytes = this.#contents[Math.floor(compressed / CONTENT_SIZE)];
      return bytes === undefined ? undefined : valueAt(bytes, compressed % CONTENT_SIZE);
    }
    const { bytes } = this.xref;
    const content = objectAt(bytes, place);
    return content < 0 ? undefined : valueAt(bytes, skipBlanks(bytes, content, MAX_BLANKS));
  }

  /** The value at this offset, with references resolved; undefined for null. */
  resolve(bytes: Uint8Array, at: number): Value | undefined {
    let value = valueAt(bytes, at);
    for (let hops = 0; value !== undefined && hops < MAX_HOPS; hops++) {
      const number = referenceAt(value.bytes, value.at);
      if (number < 0) return value;
      value = this.find(number);
    }
    return undefined;
  }

  /** The integer at this offset, with references resolved; -1 when it is not an integer or is negative. */
  integer(bytes: Uint8Array, at: number): number {
    const value = at === 0 ? undefined : this.resolve(bytes, at);
    return value === undefined ? -1 : integerAt(value.bytes, value.at);
  }
}

function valueAt(bytes: Uint8Array, at: number): Value | undefined {
  const isNull = keywordAt(NULL, bytes, at) || keywordAt(ENDOBJ, bytes, at);
  return isNull ? undefined : { bytes, at };
}
