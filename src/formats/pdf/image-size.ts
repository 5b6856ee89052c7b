/** The properties that determine the length of the samples of an image (8.9.5). */
export interface ImageShape {
  /** Samples per row, and rows. */
  readonly width: number;
  readonly height: number;
  /** Bits per component: 1, 2, 4, 8 or 16. */
  readonly bits: number;
  /** Components of the colour space; 1 for an image mask or an indexed colour space. */
  readonly components: number;
}

/**
 * The length of the samples of an image in bytes. Each row starts at a byte boundary (8.9.5.2). Undefined when the
 * shape is invalid or unknown.
 */
export function imageBytes({ width, height, bits, components }: ImageShape): number | undefined {
  const isShape = isCount(width) && isCount(height) && isCount(components) && [1, 2, 4, 8, 16].includes(bits);
  if (!isShape) return undefined;
  return Math.ceil((width * components * bits) / 8) * height;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}
