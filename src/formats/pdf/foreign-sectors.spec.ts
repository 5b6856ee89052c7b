import { describe, expect, it } from '@jest/globals';
import { OutOfWork, Work } from '../work.ts';
import { ForeignSectors } from './foreign-sectors.ts';
import { damaged, intact, verify, withStream } from './verify.fixture.ts';

/** A repeatable sequence of pseudorandom bytes: text if `isText`, otherwise none of them text. */
function scattered(length: number, isText = false): Buffer {
  let state = 1;
  return Buffer.from(
    Array.from({ length }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return isText ? 0x20 + ((state >>> 24) % 95) : 128 + (state >>> 25);
    }),
  );
}

function search(bytes: Uint8Array, units = 1e6): ForeignSectors {
  return new ForeignSectors(bytes, new Work(units));
}

describe('ForeignSectors', () => {
  it.each([
    ['a sector', 512, 1024],
    ['several sectors', 1024, 5120],
    ['a sector with text before it by chance', 1022, 1536],
    ['a sector with text after it by chance', 1024, 1538],
  ])('should find %s of text', (_, start, end) => {
    const bytes = scattered(8192).fill(scattered(end - start, true), start, end);
    expect(search(bytes).findText(7, 8000)).toBe(Math.ceil(start / 512) * 512);
  });

  it.each(['é', '€', '😀'])('should find text with characters such as %s', (character) => {
    const bytes = scattered(8192).fill(scattered(512, true), 1024, 1536);
    bytes.write(character, 1200);
    expect(search(bytes).findText(7, 8000)).toBe(1024);
    bytes[1200] = 0x80;
    expect(search(bytes).findText(7, 8000)).toBe(-1);
  });

  it.each([
    ['is shorter than a sector', 512, 1020],
    ['starts before a sector', 500, 1024],
    ['ends after a sector', 512, 1030],
    ['starts where the search starts', 0, 1024],
    ['extends to the end', 4096, 8192],
  ])('should take text that %s as data', (_, start, end) => {
    const bytes = scattered(8192).fill(scattered(end - start, true), start, end);
    expect(search(bytes).findText(0, 8192)).toBe(-1);
  });

  it('should take text between other text as content with binary strings', () => {
    const bytes = scattered(8192, true);
    for (let at = 512; at < 8192; at += 512) bytes.fill(scattered(100), at - 100, at);
    bytes.fill(0x20, 2048, 2560);
    expect(search(bytes).findText(0, 8192)).toBe(-1);
  });

  it.each([
    ['the next sector', 1024, 1536, 512],
    ['a sector far away', 1024, 6144, 512],
    ['eight sectors', 512, 8192, 4096],
  ])('should find a copy at %s', (_, from, to, length) => {
    const bytes = scattered(16_384);
    bytes.copy(bytes, to, from, from + length);
    expect(search(bytes).findCopy(to - 100, to + length + 100)).toBe(to);
    expect(search(bytes).findCopy(12_800, 16_000)).toBe(-1);
  });

  it.each([
    ['starts and ends inside sectors', 1000, 6120, 1000],
    ['is long', 512, 20_480, 16_384],
  ])('should take a copy that %s as data', (_, from, to, length) => {
    const bytes = scattered(40_960);
    bytes.copy(bytes, to, from, from + length);
    expect(search(bytes).findCopy(0, 40_960)).toBe(-1);
  });

  it('should take sectors with few values as a pattern', () => {
    const bytes = scattered(8192).map((byte) => byte & 7);
    bytes.copyWithin(4096, 1024, 1536);
    expect(search(bytes).findCopy(0, 8192)).toBe(-1);
  });

  it('should spend work for each byte, and throw OutOfWork beyond it', () => {
    expect(() => search(scattered(8192), 2000).findCopy(0, 8192)).toThrow(OutOfWork);
    expect(() => search(scattered(8192), 2000).findText(0, 8192)).toThrow(OutOfWork);
  });

  it.each(['text', 'a copy'])('should report a document whose samples hold %s as damaged', (kind) => {
    const entries = '/Subtype/Image/Width 64/Height 128/BitsPerComponent 8/ColorSpace/DeviceGray';
    const content = withStream(scattered(8192), entries).bytes();
    expect(verify(content)).toEqual(intact);
    if (kind === 'text') content.fill(scattered(512, true), 4096, 4608);
    else content.copyWithin(4096, 2048, 2560);
    expect(verify(content)).toEqual(damaged('stream-corrupt'));
  });
});
