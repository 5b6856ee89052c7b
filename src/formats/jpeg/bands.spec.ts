import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Work } from '../work.ts';
import { Band } from './bands.ts';
import { EntropyBits } from './entropy-bits.ts';
import { HuffmanTable } from './huffman.ts';
import { joinBand } from './joined-bands.ts';

const BLOCKS = 40;
const EXTRA = 10;
/** Two codes for each length from 2 to 7 bits: coefficients of size 1, ends of band, and a run of 16 zeros. */
const counts = Uint8Array.of(0, 2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0);
const symbols = Uint8Array.of(0x01, 0x11, 0x00, 0x21, 0x31, 0x41, 0x10, 0x71, 0xf0, 0xe1, 0x20, 0xb1);

/** The bits left after a scan of these bytes, and the history. */
function scanOf(
  bytes: Uint8Array,
  kind: 'first' | 'refinement',
  [first, last]: readonly [number, number],
  history: readonly number[],
  isJoined: boolean,
): unknown {
  const bits = new EntropyBits(bytes, new Work(1e9));
  const table = new HuffmanTable({ counts, symbols }, { kind, extra: EXTRA }, 0);
  const words = Uint32Array.from(history);
  const joined = isJoined ? joinBand(table) : undefined;
  const band = new Band(bits, table, { first, last, low: 1 }, words, joined);
  bits.start(0);
  try {
    if (kind === 'first') band.readFirst(0, BLOCKS);
    else band.readRefinement(0, BLOCKS);
  } catch (error) {
    return [(error as Error).message, ...words];
  }
  return [bits.end - bits.bit, ...words];
}

const band = fc.constantFrom<readonly [number, number]>([1, 63], [1, 5], [6, 63], [30, 40], [33, 33]);
// Without FF, because data end at a marker.
const data = fc.uint8Array({ minLength: 40, maxLength: 2_000, max: 0xfe });

it('should read the same first scan with joined and with single codes', () => {
  const none = new Array<number>(2 * BLOCKS).fill(0);
  fc.assert(
    fc.property(data, band, (bytes, range) => {
      expect(scanOf(bytes, 'first', range, none, true)).toEqual(scanOf(bytes, 'first', range, none, false));
    }),
  );
});

it('should read the same refinement scan with joined and with single codes', () => {
  const word = fc.oneof(fc.constant(0), fc.nat(0xff), fc.integer({ min: 0, max: 0xffff_ffff }));
  const history = fc.array(word, { minLength: 2 * BLOCKS, maxLength: 2 * BLOCKS });
  fc.assert(
    fc.property(data, band, history, (bytes, range, old) => {
      const joined = scanOf(bytes, 'refinement', range, old, true);
      expect(joined).toEqual(scanOf(bytes, 'refinement', range, old, false));
    }),
  );
});

it('should note the coefficients of a first scan at their places', () => {
  // Run 0 with size 1 has the code 00, the end of the band 100; a run of 4 zeros with size 1 has the code 1101.
  const text = `00111011100${'100'.repeat(BLOCKS - 1)}`;
  const bytes = Uint8Array.from(text.match(/.{1,8}/g) ?? [], (byte) =>
    Number.parseInt(byte.padEnd(8, '1'), 2),
  );
  const none = new Array<number>(2 * BLOCKS).fill(0);
  const expected = [(1 << 1) | (1 << 6), ...none.slice(1)];
  expect(scanOf(bytes, 'first', [1, 63], none, true)).toEqual([0, ...expected]);
  expect(scanOf(bytes, 'first', [1, 63], none, false)).toEqual([0, ...expected]);
});
