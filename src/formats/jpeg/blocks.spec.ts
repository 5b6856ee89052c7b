import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Work } from '../work.ts';
import { readBlock } from './blocks.ts';
import { EntropyBits } from './entropy-bits.ts';
import type { HuffmanTable } from './huffman.ts';
import { HuffmanTables } from './huffman.ts';

const EXTRA = 10;
const tables = new HuffmanTables();
const dc = tables.table(0, { kind: 'dc', extra: EXTRA }, 0);
const plain = tables.table(0, { kind: 'sequential', extra: EXTRA }, 0);
const joined = new HuffmanTables().table(0, { kind: 'sequential', extra: EXTRA }, 0);
joined.joinCodes();

/** The blocks in these bytes, each as its DC difference and its bits, up to the first damaged one. */
function blocksIn(bytes: Uint8Array, ac: HuffmanTable): unknown[] {
  const bits = new EntropyBits(bytes, new Work(1e9));
  const blocks: unknown[] = [];
  bits.start(0);
  try {
    while (bits.bit <= bits.end) {
      if (bits.bit >= bits.due) bits.fill();
      const { bit } = bits;
      blocks.push([readBlock(bits, dc, ac), bits.bit - bit]);
      if (bits.bit >= bits.end) break;
    }
  } catch (error) {
    blocks.push((error as Error).message);
  }
  return blocks;
}

it('should read the same blocks with joined and with single codes', () => {
  // Without FF, because data end at a marker.
  const data = fc.uint8Array({ minLength: 1, maxLength: 2_000, max: 0xfe });
  fc.assert(
    fc.property(data, (bytes) => {
      expect(blocksIn(bytes, joined)).toEqual(blocksIn(bytes, plain));
    }),
    { numRuns: 500 },
  );
});

it('should not read the next block when a block ends with its last coefficient', () => {
  // DC 0 has the code 00. Run 0 with size 1 has the code 00 and one more bit; 63 of these fill a block.
  const block = `00${'001'.repeat(63)}`;
  const text = block.repeat(4);
  const bytes = Uint8Array.from(text.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
  const whole = [0, block.length];
  expect(blocksIn(bytes, joined).slice(0, 3)).toEqual([whole, whole, whole]);
});
