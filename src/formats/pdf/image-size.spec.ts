import { describe, expect, it } from '@jest/globals';
import { imageBytes } from './image-size.ts';

describe('imageBytes', () => {
  it.each([
    [{ width: 10, height: 3, bits: 1, components: 1 }, 6],
    [{ width: 16, height: 3, bits: 1, components: 1 }, 6],
    [{ width: 3, height: 2, bits: 4, components: 3 }, 10],
    [{ width: 5, height: 7, bits: 8, components: 4 }, 140],
    [{ width: 5, height: 7, bits: 16, components: 1 }, 70],
  ])('should start each row of %j at a byte boundary', (shape, bytes) => {
    expect(imageBytes(shape)).toBe(bytes);
  });

  it.each([
    { width: 0, height: 3, bits: 8, components: 1 },
    { width: 1.5, height: 3, bits: 8, components: 1 },
    { width: 3, height: -1, bits: 8, components: 1 },
    { width: 3, height: 3, bits: 3, components: 1 },
    { width: 3, height: 3, bits: 8, components: 0 },
    { width: NaN, height: 3, bits: 8, components: 1 },
  ])('should not know the length of %j', (shape) => {
    expect(imageBytes(shape)).toBeUndefined();
  });
});
