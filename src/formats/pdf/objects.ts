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

/** What an object costs beside its streams, in units of work. */
const OBJECT_COST = 256;

/**
 * Checks every object that the cross-reference leads to, and the content of their streams. Object streams come first, so
 * that other objects may refer to what is in them.
 *
 * @returns the numbers of the streams that are sound as far as they tell, which depends on what they are used for
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
    // An update may leave the entries of objects that it does without as they were.
    const isMissing =
      place < 0 && table.isRead(-place) && !table.isCompressed(number) && !xref.replaced.has(-place);
    if (isMissing) throw new Damage('object-stream-malformed', xref.locate(-place));
  }
  for (const [number, at] of xref.entries) if (at > 0 && !objectStreams.has(number)) checkObject(at, number);
  for (const at of xref.superseded) checkObject(at);
  return unproven;

  /** @param number the object's, unless it is superseded */
  function checkObject(at: number, number?: number): void {
    inflater.work.spend(OBJECT_COST);
    const end = checkContent(at, objectAt(bytes, at), number);
    // Sound objects do not overlap: together they are no longer than the document.
    bytesScanned += end - at;
    if (bytesScanned > bytes.length) throw new Damage('xref-entry-mismatch', at);
  }

  /** Gives where the object ends whose content begins at `content`, as far as that is known. */
  function checkContent(object: number, content: number, number: number | undefined): number {
    const begin = skipBlanks(bytes, content);
    // An object without a value is null to every reader.
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
    // Those of the cross-reference were read, and are not encrypted.
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
   * /Length of the dictionary that was scanned last, or undefined when it cannot be known: it is in an object stream
   * that went unread, and so does this one; or in an object of its own which may have changed since the stream was
   * superseded.
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
