import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Work } from '../work.ts';
import { EntropyBits } from './entropy-bits.ts';
import { HuffmanTables } from './huffman.ts';
import { SampleRange } from './range.ts';
import { Reading, readMcus } from './sequential.ts';

const EXTRA = 10;
const tables = new HuffmanTables();

/** A component whose samples are in their range with any coefficients, since all steps are 0. */
function reading(): Reading {
  const dc = tables.table(0, { kind: 'dc', extra: EXTRA }, 0);
  const ac = tables.table(0, { kind: 'sequential', extra: EXTRA }, 0);
  return new Reading(dc, ac, new SampleRange(new Uint16Array(64), 8), Infinity);
}

const plain = reading();
const joined = reading();
joined.join([]);

/** The blocks in these bytes, each as its DC difference and its bits, up to the first damaged one. */
function blocksIn(bytes: Uint8Array, component: Reading, isNear = false): unknown[] {
  const bits = new EntropyBits(bytes, new Work(1e9));
  const blocks: unknown[] = [];
  bits.start(0);
  try {
    for (;;) {
      if (bits.bit >= bits.due) bits.fill();
      const { bit } = bits;
      component.plainAc = isNear ? undefined : component.ac;
      if (!readMcus(bits, [component], 1)) break;
      blocks.push([component.prediction, bits.bit - bit]);
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

it('should read the same blocks with and without their values', () => {
  const data = fc.uint8Array({ minLength: 1, maxLength: 2_000, max: 0xfe });
  fc.assert(
    fc.property(data, (bytes) => {
      const blocks = blocksIn(bytes, plain);
      expect(blocksIn(bytes, plain, true)).toEqual(blocks);
      expect(blocksIn(bytes, joined, true)).toEqual(blocks);
    }),
    { numRuns: 500 },
  );
});

it('should take the joined codes of a component with the same tables', () => {
  const other = reading();
  other.join([joined]);
  expect(other.joinedDc).toBe(joined.joinedDc);
  expect(other.joinedAc).toBe(joined.joinedAc);
});

it('should not read the next block when a block ends with its last coefficient', () => {
  // DC 0 has the code 00. Run 0 with size 1 has the code 00 and one more bit; 63 of these fill a block.
  const block = `00${'001'.repeat(63)}`;
  const text = block.repeat(4);
  const bytes = Uint8Array.from(text.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
  const whole = [0, block.length];
  expect(blocksIn(bytes, joined).slice(0, 3)).toEqual([whole, whole, whole]);
});
