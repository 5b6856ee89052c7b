import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Content } from '../content.ts';
import { OutOfWork, Work } from '../work.ts';
import { checkJbig2 } from './jbig2.ts';

const STRUCTURE: Content = { kind: 'unchecked', why: 'jbig2' };
const SIZE = { width: 64, height: 48 };
const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(' ', ''), 'hex');
const check = (...segments: Buffer[]): Content => checkJbig2(Buffer.concat(segments), SIZE, new Work(1e6));

/** A segment. `references` is the header between flags and length; by default it refers to no segment. */
function segment(type: number, data: Buffer, references = hex('00 01'), length = data.length): Buffer {
  const header = hex('00000001 00');
  header[4] = type;
  const end = Buffer.alloc(4);
  end.writeUInt32BE(length);
  return Buffer.concat([header, references, end, data]);
}

const PAGE = segment(48, hex('00000040 00000030 00000000 00000000 00 0000'));
const REGION_DATA = hex('00000040 00000030 00000000 00000000 00 00 03ff fdff 02fe fefe 1234ffac');
const REGION = segment(38, REGION_DATA);
const UNKNOWN = 0xffffffff;

describe('checkJbig2', () => {
  it.each([
    ['a page with a region', [PAGE, REGION]],
    ['a line ending after it', [PAGE, REGION, hex('0d0a')]],
    ['ends of the page and of a stripe', [PAGE, REGION, segment(50, hex('0000002f')), segment(49, hex(''))]],
    ['a page of unknown height', [hex(PAGE.toString('hex').replace('00000030', 'ffffffff')), REGION]],
    [
      'references, and a page with a long number',
      [PAGE, segment(0x46, REGION_DATA, hex('40 07 08 00000001'))],
    ],
    ['more references than four', [PAGE, segment(6, REGION_DATA, hex('e0000005 00 0102030405 01'))]],
    [
      'a region of unknown length',
      [PAGE, segment(38, Buffer.concat([REGION_DATA, hex('00000030')]), undefined, UNKNOWN)],
    ],
  ])('should check the structure of %s', (_, segments) => {
    expect(check(...segments)).toEqual(STRUCTURE);
  });

  it.each([
    ['no page', [REGION]],
    ['a page of another size', [hex(PAGE.toString('hex').replace('00000040', '00000041')), REGION]],
    ['a page of another height', [hex(PAGE.toString('hex').replace('00000030', '00000031')), REGION]],
    ['a page that says too little', [segment(48, Buffer.alloc(18))]],
    ['an undefined type', [PAGE, segment(33, REGION_DATA)]],
    ['a region that says too little', [PAGE, segment(38, REGION_DATA.subarray(0, 16))]],
    ['a segment that is cut short', [PAGE, REGION.subarray(0, -1)]],
    ['a header that is cut short', [PAGE, REGION, REGION.subarray(0, 9)]],
    ['an end of stripe of another length', [PAGE, segment(50, hex('00'))]],
    ['lost data', [PAGE, segment(38, Buffer.concat([REGION_DATA, Buffer.alloc(256), REGION_DATA]))]],
    [
      'a region of unknown length without an end',
      [PAGE, segment(38, REGION_DATA.subarray(0, -2), undefined, UNKNOWN)],
    ],
    ['another segment of unknown length', [PAGE, segment(6, REGION_DATA, undefined, UNKNOWN)]],
  ])('should refuse %s', (_, segments) => {
    expect(check(...segments).kind).toBe('damaged');
  });

  it('should take segments without a page for globals', () => {
    const globals = (bytes: Buffer): Content => checkJbig2(bytes, undefined, new Work(1e6));
    expect(globals(segment(0, hex('0000 03ff fdff 02fe fefe')))).toEqual(STRUCTURE);
    expect(globals(PAGE).kind).toBe('damaged');
    expect(globals(REGION).kind).toBe('damaged');
  });

  it('should spend work on every byte, and never throw', () => {
    const image = Buffer.concat([PAGE, REGION]);
    expect(() => checkJbig2(image, SIZE, new Work(image.length - 1))).toThrow(OutOfWork);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(255))), fc.nat(), (changes, cut) => {
        const copy = Buffer.from(image);
        for (const [at, byte] of changes) copy[at % copy.length] = byte;
        expect(['unchecked', 'damaged']).toContain(check(copy.subarray(0, cut % (copy.length + 1))).kind);
      }),
    );
  });
});
