import { existsSync, readFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { VerifyOptions } from './format.ts';
import { png } from './png.ts';

const options: VerifyOptions = { level: 'deep', units: 0 };
const intact = { intact: true, complete: true };
const samples = new URL('../../../shared/samples/', import.meta.url);

const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const iend = chunk('IEND');

function chunk(type: string, data: Uint8Array = Buffer.alloc(0)): Buffer {
  const typeAndData = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  return Buffer.concat([uint32(data.length), typeAndData, uint32(crc32(typeAndData))]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

interface Header {
  width?: number;
  height?: number;
  bitDepth?: number;
  colourType?: number;
  compression?: number;
  filter?: number;
  interlace?: number;
}

function ihdr(header: Header = {}): Buffer {
  const { width = 1, height = 1, bitDepth = 8, colourType = 0 } = header;
  const { compression = 0, filter = 0, interlace = 0 } = header;
  const rest = Buffer.from([bitDepth, colourType, compression, filter, interlace]);
  return chunk('IHDR', Buffer.concat([uint32(width), uint32(height), rest]));
}

function file(...chunks: Buffer[]): Buffer {
  return Buffer.concat([signature, ...chunks]);
}

const zlibHeader = Buffer.from([0x78, 0x9c]);
const idat = chunk('IDAT', deflateSync(Buffer.from([0, 0x7f])));
const plte = chunk('PLTE', Buffer.alloc(6));
const minimal = file(ihdr(), idat, iend);

function reason(bytes: Uint8Array): string {
  const verdict = png.verify(bytes, options);
  return verdict.intact ? 'none' : verdict.reason;
}

/**
 * Any file that the chunk rules allow: all colour types, private and APNG chunks before and after one to four IDATs.
 */
const anyPng = fc
  .record({
    pixel: fc.constantFrom(
      ...[1, 2, 4, 8, 16].map((bitDepth) => ({ colourType: 0, bitDepth })),
      ...[1, 2, 4, 8].map((bitDepth) => ({ colourType: 3, bitDepth })),
      ...[2, 4, 6].flatMap((colourType) => [8, 16].map((bitDepth) => ({ colourType, bitDepth }))),
    ),
    width: fc.integer({ min: 1, max: 0x7fffffff }),
    height: fc.integer({ min: 1, max: 0x7fffffff }),
    interlace: fc.constantFrom(0, 1),
    suggestedPalette: fc.boolean(),
    idats: fc
      .array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 4 })
      .map(([, ...rest]) => [zlibHeader, ...rest]),
    before: fc.array(fc.tuple(fc.constantFrom('tEXt', 'acTL', 'prVt'), fc.uint8Array({ maxLength: 20 })), {
      maxLength: 3,
    }),
    after: fc.array(fc.tuple(fc.constantFrom('tIME', 'fcTL', 'fdAT'), fc.uint8Array({ maxLength: 20 })), {
      maxLength: 3,
    }),
  })
  .map(({ pixel, width, height, interlace, suggestedPalette, idats, before, after }) => {
    const { colourType } = pixel;
    const hasPalette = colourType === 3 || (suggestedPalette && (colourType === 2 || colourType === 6));
    return file(
      ihdr({ ...pixel, width, height, interlace }),
      ...before.map(([type, data]) => chunk(type, data)),
      ...(hasPalette ? [plte] : []),
      ...idats.map((data) => chunk('IDAT', data)),
      ...after.map(([type, data]) => chunk(type, data)),
      iend,
    );
  });

describe('a whole PNG', () => {
  it('should be accepted when it is the smallest possible', () => {
    expect(png.verify(minimal, options)).toEqual(intact);
  });

  it('should be accepted with any colour type, bit depth, interlace method and ancillary chunks', () => {
    fc.assert(
      fc.property(anyPng, (bytes) => {
        expect(png.recognises(bytes)).toBe(true);
        expect(png.verify(bytes, options)).toEqual(intact);
        expect(png.verify(bytes, { level: 'structure', units: 0 })).toEqual(intact);
      }),
    );
  });

  it('should be accepted in a view that starts inside its buffer', () => {
    const buffer = Buffer.concat([Buffer.alloc(3), minimal, Buffer.alloc(5)]);
    expect(png.verify(buffer.subarray(3, 3 + minimal.length), options)).toEqual(intact);
  });
});

describe('damage', () => {
  it('should be found for every single flipped bit', () => {
    const bytes = file(ihdr({ colourType: 3 }), chunk('tEXt', Buffer.from('a\0b')), plte, idat, iend);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(`${bit} ${reason(flipped)}`).not.toBe(`${bit} none`);
    }
  });

  it('should be found for every flipped bit of any PNG', () => {
    fc.assert(
      fc.property(anyPng, fc.nat(), (bytes, n) => {
        const bit = n % (bytes.length * 8);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(reason(bytes)).not.toBe('none');
      }),
    );
  });

  it('should be found for every proper prefix, as a truncation', () => {
    fc.assert(
      fc.property(anyPng, (bytes) => {
        for (let length = 0; length < bytes.length; length++) {
          const verdict = png.verify(bytes.subarray(0, length), options);
          expect(verdict).toEqual({ intact: false, reason: 'truncated', offset: length });
        }
      }),
    );
  });

  it('should be found after a round trip through a text decoder', () => {
    expect(reason(Buffer.from(minimal.toString('utf8')))).toBe('signature-mismatch');
  });

  it('should be reported with the offset of its chunk', () => {
    const bytes = Buffer.from(minimal);
    const at = signature.length + ihdr().length;
    bytes[at + 10] = 0xaa;
    expect(png.verify(bytes, options)).toEqual({ intact: false, reason: 'crc-mismatch', offset: at });
  });

  it('should never make it throw, for random bytes with or without a signature', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, signed) => {
        const input = signed ? Buffer.concat([signature, bytes]) : bytes;
        expect(png.verify(input, options).intact).toBe(false);
      }),
    );
  });

  it('should never make it throw, on random chunks with right CRCs', () => {
    const type = fc.oneof(
      fc.constantFrom('IHDR', 'PLTE', 'IDAT', 'IEND'),
      fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    );
    const chunks = fc.array(fc.tuple(type, fc.uint8Array({ maxLength: 15 })));
    fc.assert(
      fc.property(chunks, (list) => {
        const bytes = file(...list.map(([name, data]) => chunk(name, data)));
        expect(typeof png.verify(bytes, options).intact).toBe('boolean');
      }),
    );
  });

  it('should take time in proportion to the bytes for any number of empty chunks', () => {
    const empty = chunk('tEXt');
    const bytes = file(ihdr(), Buffer.alloc(empty.length * 200_000, empty));
    const start = performance.now();
    expect(reason(bytes)).toBe('truncated');
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});

describe('the reasons', () => {
  it.each<[string, string, Buffer]>([
    ['signature-mismatch', "another format's first bytes", Buffer.from('%PDF-1.7\n')],
    [
      'signature-mismatch',
      'a signature whose line ending was converted',
      Buffer.from(minimal.toString('latin1').replace('\r\n', '\n'), 'latin1'),
    ],
    ['truncated', 'no bytes at all', Buffer.alloc(0)],
    ['truncated', 'a file without its last chunk', file(ihdr(), idat)],
    [
      'chunk-length-invalid',
      'a length with its top bit set',
      file(ihdr(), Buffer.concat([uint32(0x80000000), Buffer.from('IDAT\0\0\0\0')])),
    ],
    [
      'chunk-type-invalid',
      'a type with a character that is not a letter',
      file(ihdr(), chunk('ID@T'), idat, iend),
    ],
    ['chunk-unknown', 'a critical chunk that nobody knows', file(ihdr(), chunk('ABCD'), idat, iend)],
    ['header-missing', 'a file that starts with its image data', file(idat, iend)],
    ['header-missing', 'a chunk before IHDR', file(chunk('tEXt'), ihdr(), idat, iend)],
    ['header-invalid', 'IHDR a byte too short', file(chunk('IHDR', Buffer.alloc(12)), idat, iend)],
    ['header-invalid', 'no width', file(ihdr({ width: 0 }), idat, iend)],
    ['header-invalid', 'a height past 2^31 - 1', file(ihdr({ height: 0x80000000 }), idat, iend)],
    ['header-invalid', 'a bit depth that no colour type has', file(ihdr({ bitDepth: 3 }), idat, iend)],
    [
      'header-invalid',
      'a bit depth that this colour type lacks',
      file(ihdr({ colourType: 2, bitDepth: 4 }), idat, iend),
    ],
    ['header-invalid', 'colour type 1', file(ihdr({ colourType: 1 }), idat, iend)],
    ['header-invalid', 'colour type 5', file(ihdr({ colourType: 5 }), idat, iend)],
    ['header-invalid', 'an unknown compression method', file(ihdr({ compression: 1 }), idat, iend)],
    ['header-invalid', 'an unknown filter method', file(ihdr({ filter: 1 }), idat, iend)],
    ['header-invalid', 'an unknown interlace method', file(ihdr({ interlace: 2 }), idat, iend)],
    ['chunk-misplaced', 'a second IHDR', file(ihdr(), ihdr(), idat, iend)],
    ['chunk-misplaced', 'a second PLTE', file(ihdr({ colourType: 2 }), plte, plte, idat, iend)],
    ['chunk-misplaced', 'PLTE after IDAT', file(ihdr({ colourType: 2 }), idat, plte, iend)],
    ['chunk-misplaced', 'IDATs with a chunk between them', file(ihdr(), idat, chunk('tEXt'), idat, iend)],
    ['palette-missing', 'indexed colour without PLTE', file(ihdr({ colourType: 3 }), idat, iend)],
    ['palette-invalid', 'PLTE in a greyscale image', file(ihdr({ colourType: 0 }), plte, idat, iend)],
    [
      'palette-invalid',
      'PLTE in a greyscale image with alpha',
      file(ihdr({ colourType: 4 }), plte, idat, iend),
    ],
    ['palette-invalid', 'an empty PLTE', file(ihdr({ colourType: 3 }), chunk('PLTE'), idat, iend)],
    [
      'palette-invalid',
      'PLTE with a part of an entry',
      file(ihdr({ colourType: 3 }), chunk('PLTE', Buffer.alloc(4)), idat, iend),
    ],
    [
      'palette-invalid',
      'PLTE with 257 entries',
      file(ihdr({ colourType: 3 }), chunk('PLTE', Buffer.alloc(771)), idat, iend),
    ],
    ['image-data-missing', 'a file without IDAT', file(ihdr(), iend)],
    ['image-data-missing', 'a file of empty IDATs', file(ihdr(), chunk('IDAT'), chunk('IDAT'), iend)],
    ['image-data-corrupt', 'image data of one byte', file(ihdr(), chunk('IDAT', Buffer.from([0x78])), iend)],
    [
      'image-data-corrupt',
      'another method than deflate',
      file(ihdr(), chunk('IDAT', Buffer.from([0x79, 0x9a])), iend),
    ],
    [
      'image-data-corrupt',
      'a window that there is not',
      file(ihdr(), chunk('IDAT', Buffer.from([0x88, 0x1c])), iend),
    ],
    [
      'image-data-corrupt',
      'a preset dictionary',
      file(ihdr(), chunk('IDAT', Buffer.from([0x78, 0xbb])), iend),
    ],
    [
      'image-data-corrupt',
      'a zlib header with a wrong check',
      file(ihdr(), chunk('IDAT', Buffer.from([0x78, 0x9d])), iend),
    ],
    ['trailer-invalid', 'IEND with data', file(ihdr(), idat, chunk('IEND', Buffer.from('x')))],
    ['trailing-data', 'a line feed after IEND', Buffer.concat([minimal, Buffer.from('\n')])],
    ['trailing-data', 'a second image after the first', Buffer.concat([minimal, minimal])],
  ])('should be %s for %s', (expected, _, bytes) => {
    expect(reason(bytes)).toBe(expected);
  });
});

describe('the image data at the level full', () => {
  const full: VerifyOptions = { level: 'full', units: 2 ** 24 };
  const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

  /** The number of rows of all passes, from the figure of §8.1: the pass of each pixel in an 8 × 8 tile. */
  function rowsOf({ width = 1, height = 1, bitDepth = 8, colourType = 0, interlace = 0 }: Header): number[] {
    const tile = [
      '16462646',
      '77777777',
      '56565656',
      '77777777',
      '36463646',
      '77777777',
      '56565656',
      '77777777',
    ];
    const channels = CHANNELS[colourType] ?? 1;
    if (interlace === 0) return new Array<number>(height).fill(Math.ceil((width * bitDepth * channels) / 8));
    const rows: number[] = [];
    for (let pass = 1; pass <= 7; pass++) {
      for (let y = 0; y < height; y++) {
        let pixels = 0;
        for (let x = 0; x < width; x++) if (Number(tile[y % 8]?.[x % 8]) === pass) pixels++;
        if (pixels > 0) rows.push(Math.ceil((pixels * bitDepth * channels) / 8));
      }
    }
    return rows;
  }

  function image(header: Header, change: (raw: Buffer) => Buffer = (raw) => raw, pieces = 1): Buffer {
    const raw = Buffer.concat(rowsOf(header).map((bytes, y) => Buffer.alloc(1 + bytes, y).fill(y % 5, 0, 1)));
    const deflated = deflateSync(change(raw));
    const length = Math.ceil(deflated.length / pieces);
    const idats = Array.from({ length: pieces }, (_, i) =>
      chunk('IDAT', deflated.subarray(i * length, (i + 1) * length)),
    );
    return file(ihdr(header), ...(header.colourType === 3 ? [plte] : []), ...idats, iend);
  }

  function fullReason(bytes: Uint8Array): string {
    const verdict = png.verify(bytes, full);
    return verdict.intact ? 'none' : verdict.reason;
  }

  const anyHeader = fc
    .record({
      width: fc.integer({ min: 1, max: 20 }),
      height: fc.integer({ min: 1, max: 20 }),
      pixel: fc.constantFrom(
        ...[1, 2, 4, 8, 16].map((bitDepth) => ({ colourType: 0, bitDepth })),
        ...[1, 2, 4, 8].map((bitDepth) => ({ colourType: 3, bitDepth })),
        ...[2, 4, 6].flatMap((colourType) => [8, 16].map((bitDepth) => ({ colourType, bitDepth }))),
      ),
      interlace: fc.constantFrom(0, 1),
    })
    .map(({ pixel, ...header }) => ({ ...header, ...pixel }));

  it('should be intact when they inflate to exactly the rows of the image, interlaced or not', () => {
    fc.assert(
      fc.property(anyHeader, fc.integer({ min: 1, max: 4 }), (header, pieces) => {
        expect(png.verify(image(header, undefined, pieces), full)).toEqual(intact);
        expect(fullReason(image(header, (raw) => raw.subarray(0, -1)))).toBe('image-data-incomplete');
        expect(fullReason(image(header, (raw) => Buffer.concat([raw, Buffer.alloc(1)])))).toBe(
          'image-data-excess',
        );
      }),
      { numRuns: 50 },
    );
  });

  it('should be intact when they exceed the buffer', () => {
    const header = { width: 1_000, height: 300, colourType: 2 };
    expect(png.verify(image(header, undefined, 3), full)).toEqual(intact);
  });

  it('should be refused with an undefined filter type', () => {
    const bytes = image({ width: 3, height: 3 }, (raw) => raw.fill(5, 4, 5));
    expect(fullReason(bytes)).toBe('filter-invalid');
    expect(reason(bytes)).toBe('none');
  });

  it('should be refused when they cannot be inflated, or their checksum is wrong', () => {
    const deflated = deflateSync(Buffer.from([0, 0x7f]));
    const changed = (at: number, bits: number): Buffer => {
      const bytes = Buffer.from(deflated);
      bytes.writeUInt8(bytes.readUInt8(at) ^ bits, at);
      return file(ihdr(), chunk('IDAT', bytes), iend);
    };
    // Changes the type of the first block from 1 to the invalid 3.
    expect(fullReason(changed(2, 0b100))).toBe('image-data-corrupt');
    expect(fullReason(changed(deflated.length - 1, 1))).toBe('image-data-corrupt');
    expect(fullReason(file(ihdr(), chunk('IDAT', deflated.subarray(0, -2)), iend))).toBe(
      'image-data-incomplete',
    );
  });

  it('should be refused when they refer to data before the window in their header', () => {
    const noise = Buffer.from(
      Array.from({ length: 2_000 }, (_, i) => (i === 0 ? 0 : (i * i * 7_919) >>> 5) & 255),
    );
    const raw = Buffer.concat([noise, noise]);
    const deflated = deflateSync(raw);
    // Declares a window of 256 bytes instead of 32 KiB, with the check bits of the header.
    deflated.set([0x08, 0x1d], 0);
    const bytes = file(ihdr({ width: 1_999, height: 2 }), chunk('IDAT', deflated), iend);
    expect(fullReason(bytes)).toBe('image-data-corrupt');
    expect(reason(bytes)).toBe('none');
  });

  it('should not be checked beyond the units, for any inflated length', () => {
    const bytes = image({ width: 20_000, height: 500 });
    expect(png.verify(bytes, { level: 'full', units: 200_000 })).toEqual({
      intact: true,
      complete: false,
      unchecked: ['budget'],
    });
  });
});

describe('recognition', () => {
  it('should hold for a PNG whose signature lost its line ending', () => {
    expect(png.recognises(Buffer.from('\x89PNG\n\x1a\n', 'latin1'))).toBe(true);
  });

  it.each(['', '\x89PN', '%PDF-1.7', 'GIF89a', '<html>'])('should not hold for %j', (text) => {
    expect(png.recognises(Buffer.from(text, 'latin1'))).toBe(false);
  });
});

if (existsSync(samples)) {
  describe("the upstream's real PNG", () => {
    const sample = readFileSync(new URL('dummy.png', samples));

    it('should be accepted', () => {
      expect(png.verify(sample, options)).toEqual(intact);
    });

    it('should be refused with any one of 2,000 bits flipped, and as any of 2,000 prefixes', () => {
      for (let i = 0; i < 2_000; i++) {
        const at = Math.floor((i / 2_000) * sample.length);
        const flipped = Buffer.from(sample);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << (i % 8));
        expect(reason(flipped)).not.toBe('none');
        expect(reason(sample.subarray(0, at))).toBe('truncated');
      }
    });
  });
}
