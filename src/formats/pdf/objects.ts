import { keywordAt } from './characters.ts';
import { Damage } from './damage.ts';
import type { Inflater } from './inflater.ts';
import { skipBlanks } from './lexer.ts';
import { numberOf } from './names.ts';
import { readObjectStream } from './object-streams.ts';
import type { ObjectTable } from './object-table.ts';
import { ENDOBJ, objectAt, objectEnd, Scanner } from './scanner.ts';
import type { StreamContents } from './stream-content.ts';
import { dataStart, streamEnd } from './streams.ts';

const TYPE = numberOf('Type');
const XREF = numberOf('XRef');
const OBJ_STM = numberOf('ObjStm');
const LENGTH = numberOf('Length');
const N = numberOf('N');
const FIRST = numberOf('First');

/** Units of work for an object, besides its streams. */
const OBJECT_COST = 256;

/**
 * Checks every object of the cross-reference and its stream. Object streams come first, because other objects may refer
 * to objects in them.
 *
 * @returns the numbers of the streams that only their use can show to be damaged
 * @throws Damage xref-entry-mismatch, object-malformed, object-stream-malformed, stream-length-mismatch, stream-corrupt
 * @throws OutOfWork
 */
export function checkObjects(table: ObjectTable, contents: StreamContents, inflater: Inflater): Set<number> {
  const { xref } = table;
  const { bytes } = xref;
  const scanner = new Scanner(bytes, true);
  const unproven = new Set<number>();
  let bytesScanned = 0;

  const objectStreams = new Set<number>();
  for (const place of xref.entries.values()) if (place < 0) objectStreams.add(-place);
  for (const number of objectStreams) {
    const at = xref.locate(number);
    if (at <= 0) throw new Damage('xref-entry-mismatch');
    checkObject(at, number);
  }
  for (const [number, place] of xref.entries) {
    // An update may keep the entries of objects that its new object stream no longer contains.
    const isMissing =
      place < 0 && table.isRead(-place) && !table.isCompressed(number) && !xref.replaced.has(-place);
    if (isMissing) throw new Damage('object-stream-malformed', xref.locate(-place));
  }
  for (const [number, at] of xref.entries) if (at > 0 && !objectStreams.has(number)) checkObject(at, number);
  for (const at of xref.superseded) checkObject(at);
  return unproven;

  /** @param number the object number; undefined for a superseded object */
  function checkObject(at: number, number?: number): void {
    inflater.work.spend(OBJECT_COST);
    const end = checkContent(at, objectAt(bytes, at), number);
    // Objects do not overlap: their total length is at most that of the document.
    bytesScanned += end - at;
    if (bytesScanned > bytes.length) throw new Damage('xref-entry-mismatch', at);
  }

  /** The end of the object whose content starts at `content`, as far as it is known. */
  function checkContent(object: number, content: number, number: number | undefined): number {
    const begin = skipBlanks(bytes, content);
    // Every reader takes an object without a value as null.
    if (keywordAt(ENDOBJ, bytes, begin)) return begin;
    scanner.scan(begin);
    const start = scanner.isDictionary ? dataStart(bytes, scanner.end) : -1;
    if (objectStreams.has(number ?? -1) && (start < 0 || !scanner.isName(TYPE, OBJ_STM))) {
      throw new Damage('object-stream-malformed', content);
    }
    if (start < 0) return objectEnd(bytes, scanner.end);
    const length = streamLength(number !== undefined);
    if (length === undefined) return start;
    const end = streamEnd(bytes, start + length);
    checkStream(object, start, start + length, number);
    return objectEnd(bytes, end);
  }

  /** Checks the stream whose dictionary was scanned last. */
  function checkStream(object: number, start: number, end: number, number: number | undefined): void {
    // Cross-reference streams were already read, and are not encrypted.
    if (scanner.isName(TYPE, XREF)) return;
    const stream = { scanner, object, start, end, isSuperseded: number === undefined };
    if (scanner.isName(TYPE, OBJ_STM)) {
      const content = contents.read(stream);
      if (content !== undefined) checkObjectStream(content, start, number);
    } else if (!contents.check(stream) && number !== undefined) unproven.add(number);
  }

  function checkObjectStream(content: Uint8Array, start: number, number: number | undefined): void {
    const [count, first] = [scanner.integer(N), scanner.integer(FIRST)];
    const isHeld = number !== undefined && objectStreams.has(number) && table.hold(number, content);
    if (number !== undefined && !isHeld && objectStreams.has(number)) inflater.unchecked.add('budget');
    readObjectStream(content, count, first, start, inflater.work, (compressed, object) => {
      if (isHeld && xref.locate(compressed) === -number) table.note(compressed, object.start);
    });
  }

  /**
   * /Length of the dictionary that was scanned last. Undefined when it is unknown: it is in an object stream that was
   * not read, or the stream is superseded and its separate /Length may have changed since.
   */
  function streamLength(isCurrent: boolean): number | undefined {
    const direct = scanner.integer(LENGTH);
    if (direct >= 0) return direct;
    if (!isCurrent) return undefined;
    const number = scanner.reference(LENGTH);
    const length = number < 0 ? -1 : table.integer(bytes, scanner.at(LENGTH));
    if (length >= 0) return length;
    if (number < 0 || !table.isUnread(number)) throw new Damage('stream-length-mismatch', scanner.end);
    return undefined;
  }
}
