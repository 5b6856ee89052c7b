import type { Work } from '../work.ts';
import { decimal, digitsEnd } from './characters.ts';
import { Damage } from './damage.ts';
import { skipBlanks } from './lexer.ts';
import { Scanner } from './scanner.ts';

/** What a pair of numbers and a byte of the stream cost, in units of work. */
const PAIR_COST = 64;
const BYTE_COST = 5;

/** Takes an object out of an object stream: its number, and the scanner that has just passed over it. */
export type ObjectVisitor = (number: number, scanner: Scanner) => void;

/**
 * Checks the content of an object stream (7.5.7): `count` pairs of object number and offset, and from `first` on the
 * objects.
 *
 * @param offset where in the document the stream is, for the verdict
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
    // Sound objects do not overlap: together they are no longer than the stream.
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
