import { keywordAt, skipWhiteSpace } from './characters.ts';
import { Damage } from './damage.ts';
import type { Inflater } from './inflater.ts';
import { skipBlanks } from './lexer.ts';
import { numberOf } from './names.ts';
import { readObjectStream } from './object-streams.ts';
import { ENDOBJ, objectEnd, integerAt, MAX_SPACE, objectAt, Scanner } from './scanner.ts';
import { dataStart, decodeStream, streamEnd } from './streams.ts';
import type { CrossReference } from './xref.ts';

const PAGES = numberOf('Pages');
const TYPE = numberOf('Type');
const XREF = numberOf('XRef');
const OBJ_STM = numberOf('ObjStm');
const LENGTH = numberOf('Length');
const N = numberOf('N');
const FIRST = numberOf('First');

/** What an object costs beside its streams, in units of work. */
const OBJECT_COST = 256;

/** Checks every object that the cross-reference leads to, and the content of their streams. */
export function checkObjects(xref: CrossReference, inflater: Inflater): void {
  const { bytes } = xref;
  const scanner = new Scanner(bytes);
  /** Integers out of object streams, by object number: they may be the /Length of other streams. */
  const integers = new Map<number, number>();
  /** Object streams whose content was read, and the objects that were found where the cross-reference says they are. */
  const readStreams = new Set<number>();
  const found = new Set<number>();
  let bytesScanned = 0;

  const objectStreams = new Set<number>();
  for (const place of xref.entries.values()) if (place < 0) objectStreams.add(-place);
  for (const number of objectStreams) {
    const at = xref.locate(number);
    if (at <= 0) throw new Damage('xref-entry-mismatch');
    checkObject(at, number);
  }
  for (const [number, place] of xref.entries) {
    // An update may leave the entries of objects that it does without as they were.
    const isMissing = readStreams.has(-place) && !found.has(number) && !xref.replaced.has(-place);
    if (isMissing) throw new Damage('object-stream-malformed', xref.locate(-place));
  }
  for (const [number, at] of xref.entries) if (at > 0 && !objectStreams.has(number)) checkObject(at, number);
  for (const at of xref.superseded) checkObject(at);

  /** @param number the object's, unless it is superseded */
  function checkObject(at: number, number?: number): void {
    inflater.work.spend(OBJECT_COST);
    const end = checkContent(objectAt(bytes, at), number);
    // Sound objects do not overlap: together they are no longer than the document.
    bytesScanned += end - at;
    if (bytesScanned > bytes.length) throw new Damage('xref-entry-mismatch', at);
  }

  /** Gives where the object ends whose content begins here, as far as that is known. */
  function checkContent(at: number, number: number | undefined): number {
    const start = skipBlanks(bytes, at);
    // An object without a value is null to every reader.
    if (keywordAt(ENDOBJ, bytes, start)) return start;
    scanner.scan(start);
    if (number === xref.root) checkCatalog(scanner);
    const data = scanner.isDictionary ? dataStart(bytes, scanner.end) : -1;
    if (objectStreams.has(number ?? -1) && (data < 0 || !scanner.isName(TYPE, OBJ_STM))) {
      throw new Damage('object-stream-malformed', at);
    }
    if (data < 0) return objectEnd(bytes, scanner.end);
    const length = streamLength(number !== undefined);
    return length === undefined ? data : objectEnd(bytes, checkStream(data, length, number));
  }

  /** Gives where the stream ends whose dictionary was scanned last. */
  function checkStream(start: number, length: number, number: number | undefined): number {
    const end = streamEnd(bytes, start + length);
    if (!xref.encrypted && !scanner.isName(TYPE, XREF)) {
      const isObjectStream = scanner.isName(TYPE, OBJ_STM);
      const content = decodeStream(scanner, start, start + length, inflater, isObjectStream);
      if (content !== undefined && isObjectStream) {
        const [count, first] = [scanner.integer(N), scanner.integer(FIRST)];
        readObjectStream(content, count, first, start, inflater.work, (compressed, object) => {
          if (number !== undefined && xref.locate(compressed) === -number)
            checkCompressed(compressed, object);
        });
        if (number !== undefined) readStreams.add(number);
      }
    }
    return end;
  }

  /**
   * /Length of the dictionary that was scanned last, or undefined when it cannot be known: it is in an object stream
   * that went unread, and so does this one; or in an object of its own which may have changed since the stream was
   * superseded.
   */
  function streamLength(isCurrent: boolean): number | undefined {
    const direct = scanner.integer(LENGTH);
    if (direct >= 0) return direct;
    if (!isCurrent) return undefined;
    const number = scanner.reference(LENGTH);
    const place = number < 0 ? 0 : xref.locate(number);
    if (place < 0) {
      const compressed = integers.get(number);
      if (compressed !== undefined) return compressed;
      if (readStreams.has(-place)) throw new Damage('stream-length-mismatch', scanner.end);
      inflater.complete = false;
      return undefined;
    }
    const content = place === 0 ? -1 : objectAt(bytes, place);
    const length = content < 0 ? -1 : integerAt(bytes, skipWhiteSpace(bytes, content, MAX_SPACE));
    if (length < 0) throw new Damage('stream-length-mismatch', scanner.end);
    return length;
  }

  function checkCompressed(number: number, object: Scanner): void {
    found.add(number);
    const value = integerAt(object.bytes, object.start);
    if (value >= 0) integers.set(number, value);
    if (number === xref.root) checkCatalog(object);
  }

  /** 7.7.2: the dictionary scanned last is the catalog, and must lead to the pages. */
  function checkCatalog(catalog: Scanner): void {
    if (xref.locate(catalog.reference(PAGES)) === 0) throw new Damage('catalog-missing');
  }
}
