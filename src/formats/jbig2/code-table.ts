import { Jbig2Damage } from './damage.ts';
import { Bits, HuffmanTable, type Line } from './huffman.ts';
import type { SegmentData } from './segment-data.ts';

/** The lines of a table take at least two bits each; so many are plenty. */
const MAX_LINES = 65_536;
const UNITS_PER_LINE = 40;

/** A table that a document brings with it. */
export interface CodeTable {
  readonly table: HuffmanTable;
}

/**
 * Reads a code table (ITU-T T.88, B.2).
 *
 * @throws Jbig2Damage
 * @throws NotDecoded
 * @throws OutOfWork
 */
export function readCodeTable(data: SegmentData): CodeTable {
  const flags = data.byte();
  const low = data.signedWord();
  const high = data.signedWord();
  const bits = new Bits(data.bytes, data.at, data.segment.dataEnd);
  const prefixBits = ((flags >> 1) & 7) + 1;
  const rangeBits = ((flags >> 4) & 7) + 1;
  const lines: Line[] = [];
  let value = low;
  while (value < high) {
    data.work.spend(UNITS_PER_LINE);
    const prefix = bits.read(prefixBits);
    const range = bits.read(rangeBits);
    if (range > 32 || lines.length === MAX_LINES) throw new Jbig2Damage();
    lines.push({ prefix, range, low: value, kind: 'value' });
    value += 2 ** range;
  }
  lines.push({ prefix: bits.read(prefixBits), range: 32, low: low - 1, kind: 'low' });
  lines.push({ prefix: bits.read(prefixBits), range: 32, low: value, kind: 'value' });
  if ((flags & 1) !== 0) lines.push({ prefix: bits.read(prefixBits), range: 0, low: 0, kind: 'oob' });
  data.bitmaps.hold(64 * lines.length);
  data.finishBits(bits);
  return { table: new HuffmanTable(lines) };
}
