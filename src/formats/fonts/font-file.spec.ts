import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Content } from '../content.ts';
import { OutOfWork, Work } from '../work.ts';
import { cff, entry, index, MOVED, sfnt, TRIANGLE, trueType, type1 } from './build.fixture.ts';
import { checkFontFile } from './font-file.ts';

const TRUE_TYPE = 0x00010000;
const OTTO = 0x4f54544f;
const WHOLE: Content = { kind: 'whole' };
const SUMMED = ['glyf', 'head', 'hhea', 'hmtx', 'loca', 'maxp'];

const check = (font: Uint8Array): Content => checkFontFile(font, new Work(1e8));
const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(' ', ''), 'hex');

describe('checkFontFile', () => {
  it('should spend work on every byte', () => {
    const fonts = [sfnt(TRUE_TYPE, trueType([TRIANGLE])), cff({ glyphs: [hex('0e')] }), type1('closefile')];
    for (const font of fonts) {
      expect(check(font)).toEqual(WHOLE);
      expect(() => checkFontFile(font, new Work(font.length - 1))).toThrow(OutOfWork);
    }
  });

  it('should refuse data that are not a font, and never throw', () => {
    for (const bytes of [hex(''), hex('00'), hex('00010000'), hex('74746366 00010000'), Buffer.from('%!')]) {
      expect(check(bytes).kind).toBe('damaged');
    }
    const fonts = [
      sfnt(TRUE_TYPE, trueType([TRIANGLE, MOVED]), SUMMED),
      cff({ glyphs: [hex('0e'), hex('8b0a0e')], locals: [hex('0b')], select: hex('00 00 00') }),
      type1('closefile'),
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...fonts),
        fc.array(fc.tuple(fc.nat(), fc.nat(255))),
        fc.nat(),
        (font, changes, cut) => {
          const copy = Buffer.from(font);
          for (const [at, byte] of changes) copy[at % copy.length] = byte;
          expect(['whole', 'damaged']).toContain(check(copy.subarray(0, cut % (copy.length + 1))).kind);
        },
      ),
    );
  });
});

describe('TrueType fonts', () => {
  const tables = trueType([TRIANGLE, MOVED]);

  it('should refuse each byte that differs in tables whose checksums are right', () => {
    const font = sfnt(TRUE_TYPE, { ...tables, name: Buffer.alloc(8) }, ['name']);
    expect(check(font)).toEqual(WHOLE);
    for (const name of ['glyf', 'hmtx', 'loca', 'maxp']) {
      const copy = Buffer.from(font);
      const at = font.readUInt32BE(font.indexOf(name) + 8);
      copy[at + 3] = ~(copy[at + 3] ?? 0);
      expect(check(copy)).toEqual({ kind: 'damaged', at });
    }
  });

  it.each([
    [
      'the end of a table is not a whole word',
      { glyf: Buffer.concat([tables['glyf'] ?? hex(''), hex('010203')]) },
    ],
    ['names were changed', { name: Buffer.alloc(9, 1), post: Buffer.alloc(9, 1), cmap: Buffer.alloc(9, 1) }],
    ['names and mapping were changed', { name: Buffer.alloc(9, 1), cmap: Buffer.alloc(9, 1) }],
    ['metrics were cut', { hhea: Buffer.alloc(36), 'OS/2': Buffer.alloc(78) }],
  ])('should accept checksums that subset writers did not update: %s', (_, changed) => {
    const font = sfnt(TRUE_TYPE, { ...tables, ...changed });
    for (const name of Object.keys(changed)) {
      const sum = font.indexOf(name) + 4;
      if (name === 'glyf') font.writeUInt32BE((font.readUInt32BE(sum) - 0x02030000) >>> 0, sum);
      else font.writeUInt32BE(5, sum);
    }
    expect(check(font)).toEqual(WHOLE);
  });

  it('should accept a checksum of head with the adjustment, and checksums of 0', () => {
    const font = sfnt(TRUE_TYPE, tables);
    const head = font.indexOf('head');
    const adjustment = font.readUInt32BE(font.readUInt32BE(head + 8) + 8);
    font.writeUInt32BE((font.readUInt32BE(head + 4) - adjustment) >>> 0, head + 4);
    font.writeUInt32BE(0, font.indexOf('hmtx') + 4);
    expect(check(font)).toEqual(WHOLE);
  });

  it.each([
    ['an unknown version', sfnt(7, tables)],
    ['a mapping whose checksum alone is wrong', sfnt(TRUE_TYPE, { ...tables, cmap: hex('00') }, ['cmap'])],
    ['a directory that is cut short', sfnt(TRUE_TYPE, tables).subarray(0, 40)],
    ['a table that is cut short', sfnt(TRUE_TYPE, { name: hex('00'), ...tables }).subarray(0, -40)],
    [
      'a glyph whose points are too many',
      sfnt(TRUE_TYPE, trueType([hex('00010000000000640064ffff0000373737')]), SUMMED),
    ],
    ['a glyph that is too short', sfnt(TRUE_TYPE, trueType([TRIANGLE.subarray(0, 20)]), SUMMED)],
    [
      'a glyph that is too long',
      sfnt(TRUE_TYPE, trueType([Buffer.concat([TRIANGLE, hex('00000000')])]), SUMMED),
    ],
    ['a glyph without a header', sfnt(TRUE_TYPE, trueType([hex('0001')]), SUMMED)],
    [
      'contours out of order',
      sfnt(TRUE_TYPE, trueType([hex('00020000000000640064000200010000373737010203040506')]), SUMMED),
    ],
    ['a missing component', sfnt(TRUE_TYPE, trueType([MOVED]), SUMMED)],
    [
      'components without an end',
      sfnt(TRUE_TYPE, trueType([TRIANGLE, hex('ffff0000000000640064002200011020')]), SUMMED),
    ],
    ['an index out of order', sfnt(TRUE_TYPE, { ...tables, loca: hex('000000000000001700000000') }, SUMMED)],
    [
      'an index that leads out',
      sfnt(TRUE_TYPE, { ...tables, loca: hex('000000000000001700000099') }, SUMMED),
    ],
    ['no head', sfnt(TRUE_TYPE, { ...tables, head: hex('00') }, SUMMED)],
    ['no maxp', sfnt(TRUE_TYPE, { ...tables, maxp: hex('00') }, SUMMED)],
  ])('should refuse %s', (_, font) => {
    expect(check(font).kind).toBe('damaged');
  });

  it('should accept glyphs without checksums, including blank ones and short offsets', () => {
    const long = trueType([Buffer.alloc(0), TRIANGLE]);
    const head = Buffer.from(long['head'] ?? []);
    head.writeUInt16BE(0, 50);
    const short = { ...long, head, glyf: Buffer.concat([TRIANGLE, hex('00')]), loca: hex('0000 0000 000c') };
    expect(check(sfnt(TRUE_TYPE, short, SUMMED))).toEqual(WHOLE);
    expect(check(sfnt(TRUE_TYPE, trueType([TRIANGLE, MOVED, Buffer.alloc(40)]), SUMMED))).toEqual(WHOLE);
  });

  it('should check each font of a collection, and the outlines of an OpenType font', () => {
    const font = sfnt(TRUE_TYPE, tables);
    const shifted = Buffer.concat([hex('74746366 00010000 00000001 00000010'), font]);
    for (let table = 28; table < 28 + 16 * 6; table += 16) {
      shifted.writeUInt32BE(shifted.readUInt32BE(table + 8) + 16, table + 8);
    }
    expect(check(shifted)).toEqual(WHOLE);
    shifted.writeUInt32BE(99_999, 12);
    expect(check(shifted).kind).toBe('damaged');
    const names = ['CFF ', 'maxp'];
    const maxp = hex('00005000 0001');
    expect(check(sfnt(OTTO, { 'CFF ': cff({ glyphs: [hex('0e')] }), maxp }, names))).toEqual(WHOLE);
    expect(check(sfnt(OTTO, { 'CFF ': cff({ glyphs: [hex('00')] }), maxp }, names)).kind).toBe('damaged');
  });
});

describe('CFF fonts', () => {
  it.each([
    ['a width and lines', '8b 8b8b15 8b8b05 8b06 8b8b07 8b8b8b8b8b8b08 0e'],
    [
      'curves',
      '8b8b8b8b8b1a 8b8b8b8b1b 8b8b8b8b1e 8b8b8b8b8b1f 8b8b8b8b8b8b8b8b18 8b8b8b8b8b8b8b8b19 8b04 8b16 0e',
    ],
    ['numbers of all lengths', '1c0102 ff00010000 f700 fb00 05 0e'],
    ['hints and their masks', '8b8b01 8b8b03 8b8b12 8b8b17 8b8b13 f8 14 f8 0e'],
    [
      'flexes',
      '8b8b8b8b8b8b8b0c22 8b8b8b8b8b8b8b8b8b8b8b8b8b0c23 8b8b8b8b8b8b8b8b8b0c24 8b8b8b8b8b8b8b8b8b8b8b0c25 0e',
    ],
    ['arithmetic', '8b8b0c0a 8b8b8b0c16 0c17 0c1b 0c12 15 0e'],
    ['subroutines, and one whose number is computed', '208b 8b0c0a 0a'],
    ['local and global subroutines', '20 0a 20 1d 0e'],
    ['an end that is left out', '8b8b15'],
  ])('should accept %s', (_, charstring) => {
    const font = cff({
      glyphs: [hex('0e'), hex(charstring)],
      locals: [hex('8b8b15 0b')],
      globals: [hex('0b')],
    });
    expect(check(font)).toEqual(WHOLE);
  });

  it.each([
    ['a reserved operator', '00'],
    ['a reserved operator of two bytes', '0c63'],
    ['an operator of two bytes that is cut short', '0c'],
    ['a missing operand', '8b15'],
    ['operands that make no pairs', '8b8b8b05'],
    ['operands that make no curves', '8b8b8b8b8b8b8b08'],
    ['too few for a flex', '8b0c23'],
    ['a number that is cut short', '1c00'],
    ['a mask that is cut short', '8b8b01 13'],
    ['more operands than fit', '8b'.repeat(49)],
    ['a missing subroutine', '8b0a'],
    ['a subroutine without a number', '0a'],
    ['subroutines that call each other without an end', '210a'],
    ['a return to nowhere', '0b'],
  ])('should refuse %s', (_, charstring) => {
    const font = cff({ glyphs: [hex('0e'), hex(charstring)], locals: [hex('0b'), hex('210a')] });
    expect(check(font).kind).toBe('damaged');
  });

  it.each([
    ['each glyph', '00 00 00'],
    ['ranges of glyphs', '03 0001 0000 00 0002'],
  ])('should follow a CID-keyed font to the subroutines of %s', (_, select) => {
    const parts = { glyphs: [hex('0e'), hex('200a')], locals: [hex('0e')] };
    expect(check(cff({ ...parts, select: hex(select) }))).toEqual(WHOLE);
    expect(check(cff({ ...parts, locals: [], select: hex(select) })).kind).toBe('damaged');
    expect(check(cff({ ...parts, select: hex(select).fill(1, 1) })).kind).toBe('damaged');
    expect(check(cff({ ...parts, select: hex('09') })).kind).toBe('damaged');
  });

  it.each(['00 0001', '01 0001 00', '02 0001 0000'])('should read a charset %s', (charset) => {
    const glyphs = [hex('0e'), hex('0e')];
    expect(check(cff({ glyphs, charset: hex(charset) }))).toEqual(WHOLE);
    expect(check(cff({ glyphs, charset: hex(charset).fill(7, 0, 1) })).kind).toBe('damaged');
  });

  it('should refuse offsets outside the font', () => {
    const font = cff({ glyphs: [hex('0e'), hex('0e')] });
    const top = font.indexOf(entry(18, 6).subarray(-1), 20);
    expect(top).toBeGreaterThan(0);
    for (const at of [0, 2, 6]) {
      const copy = Buffer.from(font);
      copy[at] = 0xee;
      expect(check(copy).kind).toBe('damaged');
    }
    expect(check(font.subarray(0, -30)).kind).toBe('damaged');
    expect(index([]).length).toBe(2);
  });
});

describe('Type 1 fonts', () => {
  it('should accept the encrypted portion in bytes, in hexadecimal digits and in the segments of a PFB file', () => {
    const font = type1('dup /Private 8 dict dup begin\nmark currentfile closefile\n');
    const start = font.indexOf('eexec') + 6;
    const clear = font.subarray(0, start);
    const encrypted = font.subarray(start);
    expect(check(Buffer.concat([font, Buffer.from('0'.repeat(64) + '\ncleartomark')]))).toEqual(WHOLE);
    expect(
      check(Buffer.concat([clear, Buffer.from(encrypted.toString('hex').replaceAll(/.{32}/g, '$&\n'))])),
    ).toEqual(WHOLE);
    const segment = (type: number, data: Buffer): Buffer => {
      const header = Buffer.alloc(6, 0x80);
      header[1] = type;
      header.writeUInt32LE(data.length, 2);
      return Buffer.concat([header, data]);
    };
    const pfb = Buffer.concat([segment(1, clear), segment(2, encrypted), hex('8003')]);
    expect(check(pfb)).toEqual(WHOLE);
    expect(check(pfb.subarray(0, -20)).kind).toBe('damaged');
  });

  it('should refuse each byte that differs in the encrypted portion', () => {
    const font = type1('dup /Private mark currentfile closefile');
    for (let at = font.indexOf('eexec') + 6; at < font.length; at++) {
      const copy = Buffer.from(font);
      copy[at] = (copy[at] ?? 0) ^ 4;
      expect(check(copy).kind).toBe('damaged');
    }
  });

  it('should refuse a font without its encrypted portion, or with zeros in its text', () => {
    expect(check(Buffer.from('%!PS-AdobeFont-1.0: A')).kind).toBe('damaged');
    expect(check(type1('closefile', '%!PS-\0\0currentfile eexec\n'))).toEqual({ kind: 'damaged', at: 5 });
  });
});
