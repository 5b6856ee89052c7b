import { describe, expect, it } from '@jest/globals';
import { verify } from '../src/verification/verification.ts';
import { type Body, damagedPdfs, pdfs, pngs } from './upstream-documents.ts';

const options = { level: 'deep', units: 2 ** 28 } as const;
const bytesOf = ({ pieces }: Body): Buffer => Buffer.concat(pieces);

describe.each([
  ['PDFs of 13 KB', pdfs, 13_000],
  ['PNGs of 48 KB', pngs, 48_000],
  ['PDFs of 10 KB', pdfs, 10_000],
  ['PNGs of 1 MB', pngs, 1_000_000],
])('different %s', (_name, make, size) => {
  const next = make(size, 'different');
  const documents = Array.from({ length: 600 }, () => bytesOf(next())).slice(0, 60_000_000 / size);

  it('should have exactly that size', () => {
    expect(new Set(documents.map(({ length }) => length))).toEqual(new Set([size]));
  });

  it('should all differ', () => {
    expect(new Set(documents.map((bytes) => bytes.toString('latin1'))).size).toBe(documents.length);
  });

  it('should all pass deep verification', () => {
    const verdicts = documents.map((bytes) => verify(bytes, options).verdict);
    expect(verdicts.filter((verdict) => !verdict.intact || !verdict.complete)).toEqual([]);
  });
});

describe('the same documents', () => {
  it('should be the same', () => {
    const next = pdfs(13_000, 'same');
    expect(bytesOf(next()).equals(bytesOf(next()))).toBe(true);
  });
});

describe('damaged documents', () => {
  it('should fail verification', () => {
    expect(verify(bytesOf(damagedPdfs(13_000)()), options).verdict.intact).toBe(false);
  });
});
