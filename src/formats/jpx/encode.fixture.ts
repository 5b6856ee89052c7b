import { MqEncoder } from '../mq/mq-encoder.fixture.ts';
import {
  CONTEXTS,
  FIRST_REFINEMENT,
  INITIAL,
  INVERTED,
  RUN_LENGTH,
  SIGN,
  SIGNIFICANCE,
  UNIFORM,
} from './contexts.ts';

/** Neighbours in the order of the bits of a state. */
const OFFSETS = [
  [0, -1],
  [0, 1],
  [-1, 0],
  [1, 0],
  [-1, -1],
  [1, -1],
  [-1, 1],
  [1, 1],
] as const;

export interface CodedBlock {
  readonly data: Buffer;
  readonly passes: number;
  readonly bitPlanes: number;
}

/** Codes coefficients in the passes of Annex D, one codeword segment, with segmentation symbols if asked for. */
export function encodeBlock(width: number, coefficients: readonly number[], hasSymbols = false): CodedBlock {
  const height = coefficients.length / width;
  const encoder = new MqEncoder();
  const contexts = new Uint8Array(CONTEXTS);
  contexts.set(INITIAL);
  const isSignificant = new Set<number>();
  const isVisited = new Set<number>();
  const isRefined = new Set<number>();
  const bitPlanes = 32 - Math.clz32(Math.max(...coefficients.map(Math.abs)));
  const encode = (context: number, decision: number): void => {
    encoder.encode(contexts, context, decision);
  };
  const bitOf = (i: number, plane: number): number => (Math.abs(coefficients[i] ?? 0) >> plane) & 1;
  const stateOf = (i: number): number => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return OFFSETS.reduce((state, [dx, dy], bit) => {
      const j = i + dx + dy * width;
      const isInside = x + dx >= 0 && x + dx < width && y + dy >= 0 && y + dy < height;
      if (!isInside || !isSignificant.has(j)) return state;
      return state | (1 << bit) | ((coefficients[j] ?? 0) < 0 && bit < 4 ? 1 << (bit + 8) : 0);
    }, 0);
  };
  const become = (i: number): void => {
    const state = stateOf(i);
    const entry = SIGN[(state & 15) | ((state >> 4) & 0xf0)] ?? 0;
    encode(entry & ~INVERTED, ((coefficients[i] ?? 0) < 0 ? 1 : 0) ^ (entry >> 7));
    isSignificant.add(i);
  };
  const encodeSignificance = (i: number, plane: number): void => {
    encode(SIGNIFICANCE[0]?.[stateOf(i) & 255] ?? 0, bitOf(i, plane));
    if (bitOf(i, plane) === 1) become(i);
  };
  const columns = (visit: (column: number[]) => void): void => {
    for (let top = 0; top < height; top += 4)
      for (let x = 0; x < width; x++)
        visit([0, 1, 2, 3].filter((y) => top + y < height).map((y) => (top + y) * width + x));
  };
  for (let plane = bitPlanes - 1; plane >= 0; plane--) {
    if (plane < bitPlanes - 1) {
      columns((column) => {
        for (const i of column) {
          if (isSignificant.has(i) || (stateOf(i) & 255) === 0) continue;
          encodeSignificance(i, plane);
          isVisited.add(i);
        }
      });
      columns((column) => {
        for (const i of column) {
          if (!isSignificant.has(i) || isVisited.has(i)) continue;
          encode(FIRST_REFINEMENT + (isRefined.has(i) ? 2 : (stateOf(i) & 255) > 0 ? 1 : 0), bitOf(i, plane));
          isRefined.add(i);
        }
      });
    }
    columns((column) => {
      let from = 0;
      const isEmpty = column.every((i) => !isSignificant.has(i) && !isVisited.has(i) && stateOf(i) === 0);
      if (column.length === 4 && isEmpty) {
        const run = column.findIndex((i) => bitOf(i, plane) === 1);
        encode(RUN_LENGTH, run < 0 ? 0 : 1);
        if (run < 0) return;
        encode(UNIFORM, run >> 1);
        encode(UNIFORM, run & 1);
        become(column[run] ?? 0);
        from = run + 1;
      }
      for (const i of column.slice(from))
        if (!isSignificant.has(i) && !isVisited.has(i)) encodeSignificance(i, plane);
    });
    isVisited.clear();
    if (hasSymbols) for (const bit of [1, 0, 1, 0]) encode(UNIFORM, bit);
  }
  return { data: encoder.finish().subarray(0, -2), passes: 3 * bitPlanes - 2, bitPlanes };
}

/** A packet with one code-block in the first layer (B.10). */
export function packet({ data, passes, bitPlanes }: CodedBlock, allBitPlanes: number): Buffer {
  let bits = '11' + '0'.repeat(allBitPlanes - bitPlanes) + '1';
  if (passes > 5) bits += '1111' + (passes - 6).toString(2).padStart(5, '0');
  else bits += ['0', '10', '1100', '1101', '1110'][passes - 1] ?? '';
  const lengthBits = Math.max(3, data.length.toString(2).length);
  const more = Math.max(lengthBits - 3 - Math.floor(Math.log2(passes)), 0);
  bits += '1'.repeat(more) + '0';
  bits += data.length.toString(2).padStart(3 + more + Math.floor(Math.log2(passes)), '0');
  const header: number[] = [];
  for (let at = 0; at < bits.length;) {
    const count = header.at(-1) === 0xff ? 7 : 8;
    header.push(parseInt(bits.slice(at, at + count).padEnd(count, '0'), 2));
    at += count;
  }
  if (header.at(-1) === 0xff) header.push(0);
  return Buffer.concat([Buffer.from(header), data]);
}

export interface Image {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly layers: number;
  /** Options of the code-blocks. */
  readonly options: number;
  /** Scod: 2 for SOP, 4 for EPH. */
  readonly flags?: number;
}

/** Magnitude bit-planes of the images that `codestream` makes. */
export const BIT_PLANES = 11;

/** A codestream of one tile without decomposition, so that each component has one packet in each layer. */
export function codestream(image: Image, packets: readonly Buffer[]): Buffer {
  const { width, height, components, layers, options, flags = 0 } = image;
  const size = Buffer.alloc(40 + 3 * components);
  size.writeUInt16BE(0xff51);
  size.writeUInt16BE(38 + 3 * components, 2);
  for (const at of [6, 22]) {
    size.writeUInt32BE(width, at);
    size.writeUInt32BE(height, at + 4);
  }
  size.writeUInt16BE(components, 38);
  for (let i = 0; i < components; i++) size.set([7, 1, 1], 40 + 3 * i);
  const style = Buffer.from([0xff, 0x52, 0, 12, flags, 0, 0, layers, 0, 0, 4, 4, options, 1]);
  const quantization = Buffer.from([0xff, 0x5c, 0, 4, 0x40, (BIT_PLANES - 1) << 3]);
  const start = Buffer.from('ff90000a0000000000000001ff93', 'hex');
  const data = Buffer.concat(packets);
  start.writeUInt32BE(start.length + data.length, 6);
  return Buffer.concat([
    Buffer.from('ff4f', 'hex'),
    size,
    style,
    quantization,
    start,
    data,
    Buffer.from('ffd9', 'hex'),
  ]);
}
