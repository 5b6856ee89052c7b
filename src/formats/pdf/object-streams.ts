import type { Work } from '../work.ts';
import { decimal, digitsEnd } from './characters.ts';
import { Damage } from './damage.ts';
import { skipBlanks } from './lexer.ts';
import { Scanner } from './scanner.ts';

/** Units of work for a pair of numbers and for each byte of the stream. */
const PAIR_COST = 64;
const BYTE_COST = 5;

/** Called for each object in an object stream, with its number and the scanner that scanned it last. */
export type ObjectVisitor = (number: number, scanner: Scanner) => void;

/**
 * Checks the content of an object stream (7.5.7): `count` pairs of object number and offset, then, from `first` on, the
 * objects.
 *
 * @param offset offset of the stream in the document, for the verdict
 * @throws Damage object-stream-malformed
 * @throws OutOfWork
 */
export function readObjectStream(
  content: Uint8Array,
  count: number,
  first: number,
  offset: number,
  work: Work,
  visit: ObjectVisitor,
): void {
  const scanner = new Scanner(content);
  let pairs = 0;
  let bytesScanned = 0;
  if (count < 0 || first < 0) throw malformed();
  work.spend(BYTE_COST * content.length);
  for (let i = 0; i < count; i++) {
    work.spend(PAIR_COST);
    const number = nextInteger();
    const at = first + nextInteger();
    if (pairs > first) throw malformed();
    try {
      scanner.scan(at);
    } catch {
      throw malformed();
    }
    // Objects do not overlap: their total length is at most that of the stream.
    bytesScanned += scanner.end - at;
    if (bytesScanned > content.length) throw malformed();
    visit(number, scanner);
  }

  function nextInteger(): number {
    const start = skipBlanks(content, pairs);
    pairs = digitsEnd(content, start);
    const value = decimal(content, start, pairs);
    if (value < 0) throw malformed();
    return value;
  }

  function malformed(): Damage {
    return new Damage('object-stream-malformed', offset);
  }
}
