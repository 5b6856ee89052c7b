import { JpxDamage } from './damage.ts';

const LENGTH = 38;
const COMPONENT_LENGTH = 3;
const MAX_COMPONENTS = 16384;
const MAX_TILES = 65535;

/** An area from its first to before its last column and row. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The image and its tiles on the reference grid (ISO/IEC 15444-1, A.5.1 and B.3). */
export interface ImageSize {
  /** The capabilities that a decoder needs (Rsiz). */
  readonly capabilities: number;
  /** Horizontal and vertical distance of the samples of each component. */
  readonly components: readonly (readonly [horizontal: number, vertical: number])[];
  readonly tiles: number;
  areaOf(tile: number): Area;
}

/**
 * Reads SIZ.
 *
 * @param at the offset of its length field
 * @throws JpxDamage
 */
export function readImageSize(view: DataView, at: number): ImageSize {
  const word = (index: number): number => view.getUint32(at + 4 + 4 * index);
  const image: Area = { left: word(2), top: word(3), right: word(0), bottom: word(1) };
  const [width, height, left, top] = [word(4), word(5), word(6), word(7)];
  const count = view.getUint16(at + 36);
  const isSound =
    image.right > image.left &&
    image.bottom > image.top &&
    width > 0 &&
    height > 0 &&
    left <= image.left &&
    top <= image.top &&
    left + width > image.left &&
    top + height > image.top &&
    count > 0 &&
    count <= MAX_COMPONENTS &&
    view.getUint16(at) === LENGTH + COMPONENT_LENGTH * count;
  const columns = Math.ceil((image.right - left) / width);
  const tiles = columns * Math.ceil((image.bottom - top) / height);
  if (!isSound || tiles > MAX_TILES) throw new JpxDamage(at);
  const components: [number, number][] = [];
  for (let i = 0, entry = at + LENGTH; i < count; i++, entry += COMPONENT_LENGTH) {
    const distances: [number, number] = [view.getUint8(entry + 1), view.getUint8(entry + 2)];
    if (distances[0] === 0 || distances[1] === 0) throw new JpxDamage(entry);
    components.push(distances);
  }
  return {
    capabilities: view.getUint16(at + 2),
    components,
    tiles,
    areaOf(tile) {
      const x = left + width * (tile % columns);
      const y = top + height * Math.floor(tile / columns);
      return {
        left: Math.max(x, image.left),
        top: Math.max(y, image.top),
        right: Math.min(x + width, image.right),
        bottom: Math.min(y + height, image.bottom),
      };
    },
  };
}
