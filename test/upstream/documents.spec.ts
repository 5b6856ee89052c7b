import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { VerifyOptions } from '../../src/formats/format.ts';
import { jpeg } from '../../src/formats/jpeg.ts';
import { pdf } from '../../src/formats/pdf.ts';
import { png } from '../../src/formats/png.ts';
import { damage, makeDocuments, makePdf, makePng } from './documents.ts';
import { makeJpeg } from './jpeg.ts';

const deep: VerifyOptions = { level: 'deep', units: 2 ** 28 };
const intact = { intact: true, complete: true };

describe('the PDF', () => {
  it('should be intact and have exactly the requested size, for any size and seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4_096, max: 40_000 }), fc.nat(), (bytes, seed) => {
        const file = makePdf({ bytes, seed });
        expect(file.length).toBe(bytes);
        expect(pdf.verify(file, deep)).toEqual(intact);
      }),
      { numRuns: 50 },
    );
  });

  it('should have a correct startxref, and a correct offset for every object', () => {
    const file = makePdf().toString('latin1');
    const xref = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(file)?.[1]);
    expect(file.slice(xref, xref + 5)).toBe('xref\n');
    const entries = [...file.slice(xref).matchAll(/^(\d{10}) 00000 n $/gm)].map((entry) => Number(entry[1]));
    expect(entries.length).toBeGreaterThan(4);
    entries.forEach((offset, index) => {
      expect(file.slice(offset).startsWith(`${index + 1} 0 obj\n`)).toBe(true);
    });
  });

  it('should have many Flate streams when it is large', () => {
    const file = makePdf({ bytes: 1_000_000 });
    expect(file.toString('latin1').match(/FlateDecode/g)?.length).toBeGreaterThan(250);
    expect(pdf.verify(file, deep)).toEqual(intact);
  });

  it('should be rejected below its minimum size', () => {
    expect(() => makePdf({ bytes: 4_095 })).toThrow(
      new RangeError('a PDF of 4095 bytes is too small, 4096 will do'),
    );
  });
});

describe('the PNG', () => {
  it('should be intact and have exactly the requested size, for any size and seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_024, max: 100_000 }), fc.nat(), (bytes, seed) => {
        const file = makePng({ bytes, seed });
        expect(file.length).toBe(bytes);
        expect(png.verify(file, deep)).toEqual(intact);
      }),
      { numRuns: 50 },
    );
  });

  it('should be rejected below its minimum size', () => {
    expect(() => makePng({ bytes: 1_023 })).toThrow(
      new RangeError('a PNG of 1023 bytes is too small, 1024 will do'),
    );
  });
});

describe('the JPEG', () => {
  it('should be intact and have exactly the requested size, for any size and seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_024, max: 300_000 }), fc.nat(), (bytes, seed) => {
        const file = makeJpeg({ bytes, seed });
        expect(file.length).toBe(bytes);
        expect(jpeg.verify(file, deep)).toEqual(intact);
      }),
      { numRuns: 30 },
    );
  });

  it('should be rejected below its minimum size', () => {
    expect(() => makeJpeg({ bytes: 1_023 })).toThrow(
      new RangeError('a JPEG of 1023 bytes is too small, 1024 will do'),
    );
  });
});

describe('the set of documents', () => {
  it('should be the same for the same seed, and different for another seed', () => {
    expect(makeDocuments({ seed: 7 })).toEqual(makeDocuments({ seed: 7 }));
    const [one, other] = [makeDocuments({ seed: 7 }), makeDocuments({ seed: 8 })];
    expect(one.pdf.equals(other.pdf)).toBe(false);
    expect(one.png.equals(other.png)).toBe(false);
  });

  it('should have the sizes of the documents of the real upstream', () => {
    const { pdf: whole, png: image } = makeDocuments();
    expect([whole.length, image.length]).toEqual([13_000, 48_000]);
  });

  it('should have a damaged PDF whose start and end look valid', () => {
    const { damaged, pdf: whole } = makeDocuments();
    expect(pdf.recognises(damaged)).toBe(true);
    const ending = (bytes: Buffer): string => bytes.toString('latin1').slice(bytes.lastIndexOf('startxref'));
    expect(ending(damaged)).toBe(ending(whole));
    expect(damaged.length).toBeGreaterThan(whole.length * 1.5);
    expect(pdf.verify(damaged, deep).intact).toBe(false);
    expect(pdf.verify(damaged, { ...deep, level: 'structure' }).intact).toBe(false);
  });

  it('should not change when it is damaged twice', () => {
    const once = damage(makePdf());
    expect(damage(once).equals(once)).toBe(true);
  });
});
