import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Content } from '../content.ts';
import { OutOfWork, Work } from '../work.ts';
import { Bits, HuffmanTable, standardTable } from './huffman.ts';
import { checkJbig2, NO_GLOBALS } from './jbig2.ts';

const bytes = (digits: string): Buffer => Buffer.from(digits.replaceAll(' ', ''), 'hex');

/** The example of ITU-T T.88, H.1: each line is a segment. The first page is in Huffman codes and MMR. */
const SHARED = bytes('000000000001000000001800010000000100000001e9cbf40026af04bff0782fe00040');
const HUFFMAN = [
  '0000000130000100000013 00000040000000380000000000000000010000',
  '000000020001010000001c 00010000000200000002e5cdf80079e0841081f08210861079f00080',
  '00000003074200020100000031 ' +
    '00000025000000080000000400000001000c0900100000000501100000000000000000000000000000000c4007087041d0',
  '000000042700010000002c ' +
    '000000360000002c000000040000000b000126a071cea7fffffffffffffffffffffffffffffffffffffff8f0',
  '000000051001010000002d ' +
    '0104040000000f20d184611845f2f97c8f11c39e45f2f97d42850aaa84622feeec446222352a0a83b9dcee7780',
].map(bytes);
const MMR_HALFTONE = bytes(
  '0000000617200501000000570000002000000024000000100000000f00010000000800000009000000000000000004000000aaaaaaaa8008008036d5556b5ad40040042ee952d2d2d28aa54a00200223e09524b4928a4a925492d24a292a4940040040',
);
const ARITHMETIC = [
  '0000000830000200000013 00000040000000380000000000000000010000',
  '000000090001020000001b 080002ff00000002000000024fe78c200e1dc7cf0111c4b26fffac',
  '0000000a07400009020000001f 00000025000000080000000400000001000c08000000058d6e5a124085ffac',
  '0000000b27000200000023 000000360000002c000000040000000b000803fffdff02fefefe04eeed87fbcb2bffac',
  '0000000c1001020000001c 0604040000000f90716b6d99a7aa497df2e5481fdc68bc6e40bbffac',
  '0000000d17200c020000003e ' +
    '0000002000000024000000100000000f0002000000080000000900000000000000000400000087cb821e66a414eb3c4a15faccd6f3b16f4cedbfa7bfffac',
].map(bytes);
const REFINED = [
  '0000000f30000300000013 00000025000000080000000000000000010000',
  '0000001000010000000016 080002ff00000001000000014fe78d681b142f3fffac',
  '000000110021100300000020 080202ffffffffff00000003000000024fe9d7d590c3b526a7fb6d14983fffac',
  '000000120720110300000025 ' + '00000025000000080000000000000000008c1200000004a95c8bf4c37d966a28e5768fffac',
].map(bytes);

function check(segments: readonly Buffer[], width = 64, height = 56): Content {
  return checkJbig2(Buffer.concat(segments), { width, height }, NO_GLOBALS, new Work(1e7), 0);
}

describe('the example of the specification', () => {
  it('should be decoded to its end', () => {
    expect(check([SHARED, ...HUFFMAN])).toEqual({ kind: 'whole' });
    expect(check([SHARED, ...HUFFMAN, MMR_HALFTONE])).toEqual({ kind: 'unchecked', why: 'jbig2' });
    expect(check([SHARED, ...ARITHMETIC])).toEqual({ kind: 'whole' });
    expect(check(REFINED, 37, 8)).toEqual({ kind: 'whole' });
  });

  it.each([
    ['the shared symbols', SHARED, []],
    ...HUFFMAN.slice(1).map(
      (segment, i) => [`segment ${i + 2}`, segment, [SHARED, ...HUFFMAN.slice(0, i + 1)]] as const,
    ),
  ])('should be damaged with bytes left after %s, or too few', (_, segment, before) => {
    // The length is before the data, of which the first lines have two bytes for each.
    const at = segment.length - lengthOf(segment) - 4;
    for (const change of [5, -3]) {
      const data = Buffer.concat([segment, Buffer.alloc(8, 0x55)]).subarray(0, segment.length + change);
      data.writeUInt32BE(lengthOf(segment) + change, at);
      const page = before.length === 0 ? HUFFMAN.slice(0, 1) : [];
      expect(check([...before, ...page, data]).kind).toBe('damaged');
    }
  });

  it('should give a result for any changed bytes', () => {
    const pages = [
      [SHARED, ...HUFFMAN],
      [SHARED, ...ARITHMETIC],
    ].map((page) => Buffer.concat(page));
    fc.assert(
      fc.property(fc.constantFrom(...pages), fc.nat(), fc.nat(255), (page, at, value) => {
        const copy = Buffer.from(page);
        copy[at % copy.length] = value;
        try {
          expect(['whole', 'unchecked', 'damaged']).toContain(check([copy]).kind);
        } catch (error) {
          expect(error).toBeInstanceOf(OutOfWork);
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** The length of the data in the header of a segment with a short page number. */
function lengthOf(segment: Buffer): number {
  const references = (segment[5] ?? 0) >> 5;
  return segment.readUInt32BE(7 + references);
}

describe('HuffmanTable', () => {
  const read = (table: HuffmanTable, digits: string): number | undefined => {
    const padded = digits.replaceAll(' ', '').padEnd(64, '0');
    const data = Buffer.from((padded.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
    return table.read(new Bits(data, 0, data.length));
  };

  it.each([
    [1, '0 1010', 10],
    [1, '10 00000011', 19],
    [1, '111' + '0'.repeat(31) + '1', 65_809],
    [2, '111111', undefined],
    [2, '0', 0],
    [3, '11111111' + '0'.repeat(30) + '10', -259],
    [8, '01', undefined],
    [14, '100', -2],
    [14, '0', 0],
    [15, '0', 0],
    [15, '100', -1],
  ])('should read a value of table B.%i from %s', (number, digits, value) => {
    expect(read(standardTable(number), digits)).toBe(value);
  });

  it('should have complete standard tables', () => {
    for (let number = 1; number <= 15; number++)
      for (let seed = 0; seed < 256; seed++)
        expect(() =>
          read(standardTable(number), seed.toString(2).padStart(8, '0') + '1'.repeat(40)),
        ).not.toThrow();
  });

  it('should refuse a code that no line has, and a value beyond the data', () => {
    const table = new HuffmanTable([{ prefix: 2, range: 4, low: 0, kind: 'value' }]);
    expect(read(table, '00 0111')).toBe(7);
    expect(() => read(table, '11')).toThrow();
    expect(() => table.read(new Bits(Buffer.of(0), 0, 0))).toThrow();
    expect(() => standardTable(1).read(new Bits(Buffer.of(0xff), 0, 1))).toThrow();
  });
});
