/** What decides how many bytes the samples of an image take (8.9.5). */
export interface ImageShape {
  /** Samples in a row, and rows. */
  readonly width: number;
  readonly height: number;
  /** Bits of one component: 1, 2, 4, 8 or 16. */
  readonly bits: number;
  /** Components of the colour space; 1 for an image mask or an indexed colour space. */
  readonly components: number;
}

/**
 * How many bytes the samples of an image take: each row begins at a byte of its own (8.9.5.2). Undefined when the shape
 * is none that an image can have, or that cannot be known.
 */
export function imageBytes({ width, height, bits, components }: ImageShape): number | undefined {
  const isShape = isCount(width) && isCount(height) && isCount(components) && [1, 2, 4, 8, 16].includes(bits);
  if (!isShape) return undefined;
  return Math.ceil((width * components * bits) / 8) * height;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}
