import { MqEncoder } from '../mq/mq-encoder.fixture.ts';

/** Rows of pixels; 1 is black. */
export type Picture = readonly (readonly number[])[];

/** Column and row of each pixel of a context, from the highest bit; undefined for an adaptive one (T.88, 6.2.5.3). */
const TEMPLATES = [
  'A -1-2 0-2 1-2 A A -2-1 -1-1 0-1 1-1 2-1 A -4+0 -3+0 -2+0 -1+0',
  '-1-2 0-2 1-2 2-2 -2-1 -1-1 0-1 1-1 2-1 A -3+0 -2+0 -1+0',
  '-1-2 0-2 1-2 -2-1 -1-1 0-1 1-1 A -2+0 -1+0',
  '-3-1 -2-1 -1-1 0-1 1-1 A -4+0 -3+0 -2+0 -1+0',
].map((text) => text.split(' ').map((place) => (place === 'A' ? undefined : placeOf(place))));
/** Which adaptive pixel each of them is, from the highest bit. */
const ORDER = [[3, 1, 2, 0], [0], [0], [0]] as const;
export const USUAL = [
  [3, -1, -3, -1, 2, -2, -2, -2],
  [3, -1],
  [2, -1],
  [2, -1],
] as const;
const TYPICAL = [0x9b25, 0x0795, 0x00e5, 0x0195] as const;

function placeOf(text: string): [number, number] {
  const [, x, y] = /^(-?\d)([-+]\d)$/.exec(text) ?? [];
  return [Number(x), Number(y)];
}

const pixel = (picture: Picture, x: number, y: number): number => picture[y]?.[x] ?? 0;

/** Encodes pictures in turn, with the same contexts (6.2.5.7). */
class GenericEncoder {
  readonly #contexts = new Uint8Array(1 << 16);
  readonly #places: (readonly [number, number])[];
  readonly #typical: number;
  readonly #encoder: MqEncoder;

  constructor(encoder: MqEncoder, template: number, adaptive: readonly number[] = USUAL[template] ?? []) {
    let count = 0;
    this.#encoder = encoder;
    this.#places = (TEMPLATES[template] ?? []).map((place) => {
      if (place !== undefined) return place;
      const index = ORDER[template]?.[count++] ?? 0;
      return [adaptive[2 * index] ?? 0, adaptive[2 * index + 1] ?? 0];
    });
    this.#typical = TYPICAL[template] ?? 0;
  }

  /** `isCoded` says which columns have coded pixels; the others are white. */
  encode(picture: Picture, isTypical = false, isCoded: (column: number) => boolean = () => true): void {
    let wasCopy = false;
    for (const [y, row] of picture.entries()) {
      const isCopy = isTypical && row.every((bit, x) => bit === pixel(picture, x, y - 1));
      if (isTypical) this.#encoder.encode(this.#contexts, this.#typical, isCopy === wasCopy ? 0 : 1);
      wasCopy = isCopy;
      if (isCopy) continue;
      for (const [x, bit] of row.entries()) {
        if (!isCoded(x)) continue;
        const context = this.#places.reduce((bits, [dx, dy]) => 2 * bits + pixel(picture, x + dx, y + dy), 0);
        this.#encoder.encode(this.#contexts, context, bit);
      }
    }
  }
}

/** Offset and bits of the value after each prefix (Table A.1). */
const RANGES = [
  [0, 2, '0'],
  [4, 4, '10'],
  [20, 6, '110'],
  [84, 8, '1110'],
  [340, 12, '11110'],
  [4_436, 32, '11111'],
] as const;

/** Encodes the integers of one procedure (A.2); undefined is OOB. */
class IntegerEncoder {
  readonly #contexts = new Uint8Array(512);
  readonly #encoder: MqEncoder;

  constructor(encoder: MqEncoder) {
    this.#encoder = encoder;
  }

  encode(value: number | undefined): void {
    const size = Math.abs(value ?? 0);
    const [offset, bits, prefix] = RANGES.findLast(([from]) => size >= from) ?? RANGES[0];
    const sign = value === undefined || value < 0 ? '1' : '0';
    let previous = 1;
    for (const digit of sign + prefix + (size - offset).toString(2).padStart(bits, '0')) {
      this.#encoder.encode(this.#contexts, previous, Number(digit));
      const next = 2 * previous + Number(digit);
      previous = previous < 256 ? next : (next & 511) | 256;
    }
  }
}

/** An encoder of numbers of this many bits (A.3). */
function idEncoder(encoder: MqEncoder, bits: number): (id: number) => void {
  const contexts = new Uint8Array(1 << bits);
  return (id) => {
    let previous = 1;
    for (const digit of bits === 0 ? '' : id.toString(2).padStart(bits, '0')) {
      encoder.encode(contexts, previous, Number(digit));
      previous = 2 * previous + Number(digit);
    }
  };
}

/** Encodes what a picture changes in an old one of the same size, with template 1 (6.3.5.7). */
export function encodeRefinement(
  encoder: MqEncoder,
  contexts: Uint8Array,
  picture: Picture,
  old: Picture,
): void {
  for (const [y, row] of picture.entries())
    for (const [x, bit] of row.entries()) {
      const bits = [
        ...[
          [0, -1],
          [-1, 0],
          [0, 0],
          [1, 0],
          [0, 1],
          [1, 1],
        ].map(([dx = 0, dy = 0]) => pixel(old, x + dx, y + dy)),
        ...[
          [-1, -1],
          [0, -1],
          [1, -1],
          [-1, 0],
        ].map(([dx = 0, dy = 0]) => pixel(picture, x + dx, y + dy)),
      ];
      encoder.encode(
        contexts,
        bits.reduce((all, one) => 2 * all + one, 0),
        bit,
      );
    }
}

export function uint32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => bytes.writeUInt32BE(value, 4 * i));
  return bytes;
}

/** A segment of the first page that refers to others (7.2). */
export function segment(number: number, type: number, references: readonly number[], data: Buffer): Buffer {
  const header = Buffer.of(type, references.length << 5, ...references, 1);
  return Buffer.concat([uint32(number), header, uint32(data.length), data]);
}

/** Page information (7.4.8). */
export function page(width: number, height: number): Buffer {
  return segment(0, 48, [], Buffer.concat([uint32(width, height, 0, 0), Buffer.alloc(3)]));
}

/** Region information (7.4.1) of a region at the upper left corner of the page. */
export function region(width: number, height: number): Buffer {
  return Buffer.concat([uint32(width, height, 0, 0), Buffer.alloc(1)]);
}

/** The data of a generic region (7.4.6). */
export function genericRegion(
  picture: Picture,
  template = 0,
  adaptive: readonly number[] = USUAL[template] ?? [],
  isTypical = false,
): Buffer {
  const encoder = new MqEncoder();
  new GenericEncoder(encoder, template, adaptive).encode(picture, isTypical);
  const flags = Buffer.of((template << 1) | (isTypical ? 8 : 0), ...adaptive.map((place) => place & 255));
  return Buffer.concat([region(picture[0]?.length ?? 0, picture.length), flags, encoder.finish()]);
}

/** The data of a symbol dictionary (7.4.2) that exports all of its symbols, which are of one height. */
export function dictionary(symbols: readonly Picture[]): Buffer {
  const encoder = new MqEncoder();
  const generic = new GenericEncoder(encoder, 0);
  const [heights, widths, exported] = [0, 0, 0].map(() => new IntegerEncoder(encoder));
  heights?.encode(symbols[0]?.length ?? 0);
  let width = 0;
  for (const symbol of symbols) {
    const own = symbol[0]?.length ?? 0;
    widths?.encode(own - width);
    width = own;
    generic.encode(symbol);
  }
  widths?.encode(undefined);
  exported?.encode(0);
  exported?.encode(symbols.length);
  const flags = Buffer.of(0, 0, ...USUAL[0].map((place) => place & 255));
  return Buffer.concat([flags, uint32(symbols.length, symbols.length), encoder.finish()]);
}

/** The data of a text region (7.4.3): one line of instances, each with the distance to the one before. */
export function textRegion(
  width: number,
  height: number,
  symbols: number,
  instances: readonly (readonly [id: number, distance: number])[],
): Buffer {
  const encoder = new MqEncoder();
  const [strip, first, next] = [0, 0, 0].map(() => new IntegerEncoder(encoder));
  const encodeId = idEncoder(encoder, Math.ceil(Math.log2(symbols)));
  strip?.encode(0);
  strip?.encode(3);
  for (const [i, [id, distance]] of instances.entries()) {
    (i === 0 ? first : next)?.encode(distance);
    encodeId(id);
  }
  next?.encode(undefined);
  const flags = Buffer.of(0, 0x10);
  return Buffer.concat([region(width, height), flags, uint32(instances.length), encoder.finish()]);
}

const OTHER_PLACES = [-3, -1, 2, -2, -2, -2] as const;

/** The data of a pattern dictionary (7.4.4); the patterns of 8 pixels are side by side in the picture. */
export function patterns(picture: Picture): Buffer {
  const encoder = new MqEncoder();
  new GenericEncoder(encoder, 0, [-8, 0, ...OTHER_PLACES]).encode(picture);
  const count = (picture[0]?.length ?? 0) / 8;
  return Buffer.concat([Buffer.of(0, 8, picture.length), uint32(count - 1), encoder.finish()]);
}

/** The data of a halftone region (7.4.5) of 64 columns. Its grid has a place for each 8 pixels from the left corner. */
export function halftone(height: number, planes: readonly Picture[], isSkipping: boolean): Buffer {
  const encoder = new MqEncoder();
  const generic = new GenericEncoder(encoder, 0, [3, -1, ...OTHER_PLACES]);
  for (const plane of planes) generic.encode(plane, false, (column) => !isSkipping || column < 8);
  const grid = uint32(planes[0]?.[0]?.length ?? 0, planes[0]?.length ?? 0, 0, 0);
  const flags = Buffer.of(isSkipping ? 8 : 0);
  return Buffer.concat([region(64, height), flags, grid, Buffer.of(8, 0, 0, 0), encoder.finish()]);
}
