import type { Definition } from './huffman.ts';

const SIZES = '000102030405060708090a0b';

/** Tables K.3 to K.6 by class and number as in DHT: the number of codes of 1 to 16 bits, and their symbols. */
const TABLES: Readonly<Record<number, readonly [counts: string, symbols: string]>> = {
  0x00: ['00010501010101010100000000000000', SIZES],
  0x01: ['00030101010101010101010000000000', SIZES],
  0x10: [
    '0002010303020403050504040000017d',
    '0102030004110512213141061351610722711432' +
      '8191a1082342b1c11552d1f02433627282090a16' +
      plain(
        [0x17, 0x1a],
        [0x25, 0x2a],
        [0x34, 0x3a],
        [0x43, 0x4a],
        [0x53, 0x5a],
        [0x63, 0x6a],
        [0x73, 0x7a],
      ) +
      plain([0x83, 0x8a], [0x92, 0x9a], [0xa2, 0xaa], [0xb2, 0xba], [0xc2, 0xca], [0xd2, 0xda]) +
      plain([0xe1, 0xea], [0xf1, 0xfa]),
  ],
  0x11: [
    '00020102040403040705040400010277',
    '0001020311040521310612415107617113223281' +
      '08144291a1b1c109233352f0156272d10a162434e125f1' +
      plain(
        [0x17, 0x1a],
        [0x26, 0x2a],
        [0x35, 0x3a],
        [0x43, 0x4a],
        [0x53, 0x5a],
        [0x63, 0x6a],
        [0x73, 0x7a],
      ) +
      plain([0x82, 0x8a], [0x92, 0x9a], [0xa2, 0xaa], [0xb2, 0xba], [0xc2, 0xca], [0xd2, 0xda]) +
      plain([0xe2, 0xea], [0xf2, 0xfa]),
  ],
};

/** The table of Annex K.3 for a class and number as in DHT. */
export function standardTable(key: number): Definition | undefined {
  const table = TABLES[key];
  if (table === undefined) return undefined;
  return { counts: Buffer.from(table[0], 'hex'), symbols: Buffer.from(table[1], 'hex') };
}

function plain(...ranges: readonly (readonly [number, number])[]): string {
  let digits = '';
  for (const [first, last] of ranges)
    for (let symbol = first; symbol <= last; symbol++) digits += symbol.toString(16);
  return digits;
}
