import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Content } from '../content.ts';
import { OutOfWork, Work } from '../work.ts';
import { checkJpx } from './jpx.ts';
import { kindOf } from './kind.fixture.ts';

const STRUCTURE: Content = { kind: 'unchecked', why: 'jpx' };
const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(' ', ''), 'hex');
const UNITS = 1e6;
const check = (bytes: Uint8Array): Content => checkJpx(bytes, new Work(UNITS));

const SOC = hex('ff4f');
const EOC = hex('ffd9');
/** 64 × 64 samples of one component in tiles of 32 × 64, with an extension, so that the data are not decoded. */
const SIZ = hex(
  'ff51 0029 4000 00000040 00000040 00000000 00000000 00000020 00000040 00000000 00000000 0001 070101',
);
const COD = hex('ff52 000c 00000001010504040001');
const QCD = hex('ff5c 0004 4048');
const MAIN = Buffer.concat([SOC, SIZ, COD, QCD, hex('ff64 0004 0001')]);

function tilePart(tile: number, data: Buffer, isOpen = false): Buffer {
  const start = hex('ff90 000a 0000 00000000 0001 ff93');
  start.writeUInt16BE(tile, 4);
  start.writeUInt32BE(isOpen ? 0 : start.length + data.length, 6);
  return Buffer.concat([start, data]);
}

const DATA = hex('c1f3d8 0000 9f24ba');
const CODESTREAM = Buffer.concat([MAIN, tilePart(0, DATA), tilePart(1, DATA), EOC]);

function box(type: string, content: Buffer, length = content.length + 8): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(length);
  header.write(type, 4, 'latin1');
  return Buffer.concat([header, content]);
}

const SIGNATURE = box('jP  ', hex('0d0a870a'));
const JP2 = Buffer.concat([SIGNATURE, box('ftyp', hex('6a703220 00000000')), box('jp2c', CODESTREAM)]);

describe('checkJpx', () => {
  it.each([
    ['a codestream alone', CODESTREAM],
    ['a JP2 file', JP2],
    ['a box that takes what is left', Buffer.concat([SIGNATURE, box('jp2c', CODESTREAM, 0)])],
    [
      'a long box',
      Buffer.concat([SIGNATURE, box('jp2c', Buffer.concat([hex('00000000 000000aa'), CODESTREAM]), 1)]),
    ],
    ['the end of a line', Buffer.concat([JP2, hex('0d0a')])],
    ['a tile-part that is open', Buffer.concat([MAIN, tilePart(0, DATA), tilePart(1, DATA, true), EOC])],
    ['a tile in parts', Buffer.concat([MAIN, tilePart(1, DATA), tilePart(0, DATA), tilePart(1, DATA), EOC])],
    ['a codestream without its end marker', CODESTREAM.subarray(0, -2)],
    [
      'zeros up to the end of a tile-part',
      Buffer.concat([MAIN, tilePart(0, Buffer.alloc(900)), tilePart(1, DATA)]),
    ],
  ])('should check the structure of %s', (_, bytes) => {
    if (_ === 'a long box') bytes.writeUInt32BE(16 + CODESTREAM.length, SIGNATURE.length + 12);
    expect(check(bytes)).toEqual(STRUCTURE);
  });

  it.each([
    ['nothing', hex('')],
    ['another format', Buffer.alloc(99, 7)],
    ['a JP2 file without a codestream', Buffer.concat([SIGNATURE, box('ftyp', hex('6a703220 00000000'))])],
    ['a box that is cut short', JP2.subarray(0, -9)],
    ['a box that is shorter than its header', Buffer.concat([SIGNATURE, box('jp2c', CODESTREAM, 4)])],
    [
      'a codestream without coding style',
      Buffer.concat([SOC, SIZ, QCD, tilePart(0, DATA), tilePart(1, DATA), EOC]),
    ],
    [
      'a codestream without quantization',
      Buffer.concat([SOC, SIZ, COD, tilePart(0, DATA), tilePart(1, DATA), EOC]),
    ],
    ['a codestream without a tile', Buffer.concat([MAIN, tilePart(0, DATA), EOC])],
    [
      'a tile index out of range',
      Buffer.concat([MAIN, tilePart(0, DATA), tilePart(1, DATA), tilePart(2, DATA), EOC]),
    ],
    [
      'a tile-part that is too long',
      Buffer.concat([MAIN, tilePart(0, DATA), tilePart(1, DATA).subarray(0, -1)]),
    ],
    ['bytes between tile-parts', Buffer.concat([MAIN, tilePart(0, DATA), hex('00'), tilePart(1, DATA), EOC])],
    [
      'lost data',
      Buffer.concat([MAIN, tilePart(0, Buffer.concat([Buffer.alloc(256), DATA])), tilePart(1, DATA), EOC]),
    ],
    [
      'a size of nothing',
      Buffer.concat([SOC, hex(SIZ.toString('hex').replace('00000020', '00000000')), COD]),
    ],
    [
      'components that are not described',
      Buffer.concat([SOC, hex(SIZ.toString('hex').replace('0001070101', '0002070101'))]),
    ],
  ])('should refuse %s', (_, bytes) => {
    expect(check(bytes).kind).toBe('damaged');
  });

  it('should spend work on every byte, and throw for nothing but its want', () => {
    expect(() => checkJpx(JP2, new Work(JP2.length - 1))).toThrow(OutOfWork);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(255))), fc.nat(), (changes, cut) => {
        const copy = Buffer.from(JP2);
        for (const [at, byte] of changes) copy[at % copy.length] = byte;
        expect(['unchecked', 'damaged']).toContain(kindOf(copy.subarray(0, cut % (copy.length + 1)), UNITS));
      }),
    );
  });
});
