import { describe, expect, it } from '@jest/globals';
import { OutOfWork, Work } from '../work.ts';
import { block, LAYOUT, photo, samplesOf, SOUND } from './pictures.fixture.ts';
import { findProse } from './prose.ts';

const PROSE = 'A disk returns the sector of another file: für uns ein Text, <b>with</b> some marks.\n';

function search(samples: Uint8Array, layout = LAYOUT): number {
  return findProse(samples, layout, new Work(1e9));
}

function prose(bytes: number): Uint8Array {
  return Buffer.alloc(bytes, PROSE);
}

describe('findProse', () => {
  it.each(SOUND)('should find none in %s', (_, picture) => {
    expect(search(samplesOf(picture))).toBe(-1);
  });

  it.each([512, 4096, 8192])('should find %i bytes of words', (bytes) => {
    const samples = samplesOf(photo);
    samples.set(prose(bytes), block(120));
    expect(search(samples)).toBe(block(120));
  });

  it.each([
    ['does not fill a sector', 40, 900],
    ['is longer than sixteen sectors', 0, 17 * 512],
  ])('should take text that %s for a part of the picture', (_, shift, bytes) => {
    const samples = samplesOf(photo);
    samples.set(prose(bytes), block(120) + shift);
    expect(search(samples)).toBe(-1);
  });

  it('should take a picture of text in bytes as it is', () => {
    expect(search(prose(5120))).toBe(-1);
    const samples = samplesOf(photo);
    samples.set(prose(block(3)), 0);
    expect(search(samples)).toBe(-1);
  });

  it.each([
    ['letters without blanks', (i: number) => 0x61 + (i % 26)],
    ['letters and blanks that are not between letters', (i: number) => (i % 8 < 3 ? 0x20 : 0x61 + (i % 26))],
    ['blanks and marks between few letters', (i: number) => (i % 3 === 0 ? 0x61 : i % 2 === 0 ? 0x20 : 0x2d)],
    ['words and a control character', (i: number) => (i === 500 ? 1 : (PROSE.codePointAt(i % 40) ?? 0))],
    ['words of another script', (i: number) => (i % 6 === 5 ? 0x20 : i % 6 === 4 ? 0xe9 : 0x61)],
  ])('should take %s for samples', (_, value) => {
    const samples = samplesOf(photo);
    samples.set(
      Uint8Array.from({ length: 512 }, (_value, i) => value(i)),
      block(120),
    );
    expect(search(samples)).toBe(-1);
  });

  it('should take gradual colours of which one component has the value of a blank as they are', () => {
    const samples = samplesOf((x) => (x % 3 === 0 ? 32 : 65 + ((x >> 4) % 26)));
    samples.fill(0, 0, block(100));
    samples.fill(0, block(104));
    expect(search(samples, { ...LAYOUT, distance: 3 })).toBe(-1);
    expect(search(samples)).toBe(block(100));
  });

  it('should spend work for each byte, and throw OutOfWork beyond it', () => {
    const samples = samplesOf(photo);
    const work = new Work(1e6);
    findProse(samples, LAYOUT, work);
    expect(1e6 - work.remaining).toBe(samples.length / 4);
    expect(() => findProse(samples, LAYOUT, new Work(samples.length / 5))).toThrow(OutOfWork);
  });
});
