import { describe, expect, it } from '@jest/globals';
import { OutOfWork, Work } from '../work.ts';
import { findNoise } from './noise.ts';
import { block, HEIGHT, LAYOUT, numbers, ORIGIN, WIDTH, expectSectorBoundaries } from './pictures.fixture.ts';

/** A picture with gradual changes and some grain. */
function picture(): Uint8Array {
  const next = numbers();
  return Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => {
    const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
    return 120 + 60 * Math.sin(x / 70) * Math.cos(y / 50) + 6 * next();
  });
}

function noise(bytes: number): Uint8Array {
  const next = numbers(9);
  return Uint8Array.from({ length: bytes }, () => 256 * next());
}

function search(samples: Uint8Array, distance = 1, origin = ORIGIN): number {
  return findNoise(samples, { ...LAYOUT, origin, distance }, new Work(1e9));
}

describe('findNoise', () => {
  it('should find none in a picture, at any offset in the document', () => {
    const samples = picture();
    for (let origin = 0; origin < 512; origin += 37) expect(search(samples, 1, origin)).toBe(-1);
  });

  it.each([
    [512, 1],
    [4096, 1],
    [512, 3],
  ])('should find %i bytes of noise among samples that are %i bytes apart', (bytes, distance) => {
    const samples = picture();
    samples.set(noise(bytes), block(200));
    expect(search(samples, distance)).toBe(block(200));
  });

  it('should find noise where several samples share a byte', () => {
    const samples = new Uint8Array(WIDTH * HEIGHT).fill(0xff);
    for (let i = 0; i < samples.length; i += 31) samples[i] = i & 0x7f;
    expect(search(samples, 0)).toBe(-1);
    samples.set(noise(1024), block(60));
    expect(search(samples, 0)).toBe(block(60));
  });

  it.each([
    ['starts before a sector', -40, 1064],
    ['ends after a sector', 0, 1064],
    ['is longer than eight sectors', 0, 4608],
  ])('should take noise that %s as part of the picture', (_, shift, bytes) => {
    const samples = picture();
    samples.set(noise(bytes), block(200) + shift);
    expect(search(samples)).toBe(-1);
  });

  it.each([-1, 1])('should take noise in the row %i beside as well for a part of the picture', (rows) => {
    const samples = picture();
    samples.set(noise(512), block(200));
    samples.set(noise(512), block(200) + rows * WIDTH);
    expect(search(samples)).toBe(-1);
  });

  it('should take noise at the start or the end, or everywhere, as part of the picture', () => {
    expect(search(noise(WIDTH * HEIGHT))).toBe(-1);
    const samples = picture();
    samples.set(noise(block(2)), 0);
    samples.set(noise(samples.length - block(460)), block(460));
    expect(search(samples)).toBe(-1);
  });

  it('should spend work for each byte, and throw OutOfWork beyond it', () => {
    const work = new Work(1e6);
    findNoise(picture(), LAYOUT, work);
    expect(1e6 - work.remaining).toBe(2 * WIDTH * HEIGHT);
    expect(() => findNoise(picture(), LAYOUT, new Work(WIDTH * HEIGHT))).toThrow(OutOfWork);
  });

  it('should find only noise that starts at a sector boundary, in any bytes', () => {
    expectSectorBoundaries((samples, { distance, origin }) => search(samples, distance, origin));
  });
});
