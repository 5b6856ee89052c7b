import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { VerifyOptions } from './format.ts';
import { dht, dqt, encode, eoi, segment, sof, soi, sos } from './jpeg/encode.fixture.ts';
import type { Block, TestImage, TestScan } from './jpeg/encode.fixture.ts';
import { ZIGZAG } from './jpeg/range.ts';
import { checkJpeg, jpeg } from './jpeg.ts';
import { OutOfWork, Work } from './work.ts';

const deep: VerifyOptions = { level: 'deep', units: 64 * 1024 * 1024 };
const intact = { intact: true, complete: true };
const whole = { kind: 'whole' };

function reason(bytes: Uint8Array, options = deep): string {
  const verdict = jpeg.verify(bytes, options);
  return verdict.intact ? 'none' : verdict.reason;
}

function check(bytes: Uint8Array): string {
  return checkJpeg(bytes, new Work(deep.units)).kind;
}

function block(...coefficients: readonly number[]): Block {
  return [...coefficients, ...new Array<number>(64 - coefficients.length).fill(0)];
}

/** A DC coefficient and few others, as in real images: all samples are in their range with steps of 1. */
const anyBlock = fc
  .oneof(
    fc.record({
      dc: fc.integer({ min: -1_000, max: 1_000 }),
      large: fc.constant([1, 0]),
      ac: fc.constant([]),
    }),
    fc.record({
      dc: fc.integer({ min: -200, max: 200 }),
      large: fc.tuple(fc.integer({ min: 1, max: 63 }), fc.integer({ min: -250, max: 250 })),
      ac: fc.array(fc.tuple(fc.integer({ min: 1, max: 63 }), fc.integer({ min: -7, max: 7 })), {
        maxLength: 20,
      }),
    }),
  )
  .map(({ dc, large, ac }) => {
    const coefficients = new Array<number>(64).fill(0);
    coefficients[0] = dc;
    for (const [k = 0, value = 0] of [...ac, large]) coefficients[k] = value;
    return coefficients;
  });

/** Spectral selection and successive approximation with two bits. */
function progression(components: number): TestScan[] {
  const all = Array.from({ length: components }, (_, index) => index);
  const bands = (scan: Omit<TestScan, 'components'>): TestScan[] =>
    all.map((component) => ({ ...scan, components: [component] }));
  return [
    { components: all, first: 0, last: 0, high: 0, low: 1 },
    ...bands({ first: 1, last: 5, high: 0, low: 2 }),
    ...bands({ first: 6, last: 63, high: 0, low: 2 }),
    ...bands({ first: 1, last: 63, high: 2, low: 1 }),
    { components: all, first: 0, last: 0, high: 1, low: 0 },
    ...bands({ first: 1, last: 63, high: 1, low: 0 }),
  ];
}

const anyImage: fc.Arbitrary<TestImage> = fc
  .record({
    columns: fc.integer({ min: 1, max: 4 }),
    rows: fc.integer({ min: 1, max: 3 }),
    precision: fc.constantFrom(8, 12),
    sampling: fc.constantFrom<[number, number][]>(
      [[1, 1]],
      [
        [2, 2],
        [1, 1],
        [1, 1],
      ],
      [
        [2, 1],
        [2, 1],
        [1, 1],
      ],
      [
        [1, 1],
        [1, 1],
        [1, 1],
        [1, 1],
      ],
    ),
    restartInterval: fc.constantFrom(0, 0, 1, 3),
    isProgressive: fc.boolean(),
  })
  .chain(({ sampling, isProgressive, columns, rows, ...image }) =>
    fc
      .tuple(
        ...sampling.map(([horizontal, vertical]) => {
          const length = columns * rows * horizontal * vertical;
          return fc.array(anyBlock, { minLength: length, maxLength: length });
        }),
      )
      .map((blocks) => ({
        ...image,
        columns,
        rows,
        components: sampling.map(([horizontal, vertical], index) => ({
          id: index + 1,
          horizontal,
          vertical,
          blocks: blocks[index] ?? [],
        })),
        ...(isProgressive ? { scans: progression(sampling.length) } : {}),
      })),
  );

/** The coefficients of 4 × 4 blocks of black and white squares of this many samples. */
function checkerboard(period: number): Block[] {
  const cosine = (x: number, u: number): number =>
    (u === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * x + 1) * u * Math.PI) / 16);
  const sample = (x: number, y: number): number =>
    (Math.floor(x / period) + Math.floor(y / period)) % 2 === 0 ? 127 : -128;
  return Array.from({ length: 16 }, (_, at) =>
    ZIGZAG.map((index) => {
      let sum = 0;
      for (let i = 0; i < 64; i++)
        sum +=
          sample(8 * (at & 3) + (i & 7), 8 * (at >> 2) + (i >> 3)) *
          cosine(i & 7, index & 7) *
          cosine(i >> 3, index >> 3);
      return sum;
    }),
  );
}

const grey: TestImage = {
  columns: 3,
  rows: 1,
  components: [{ id: 1, horizontal: 1, vertical: 1, blocks: [block(10, 5), block(12), block(7, 0, -3)] }],
};
const file = encode(grey);
const data = file.subarray(file.indexOf(Buffer.from([0xff, 0xda])) + 10, -2);
const scan: TestScan = { components: [0], first: 0, last: 63, high: 0, low: 0 };
const header = Buffer.concat([soi, dqt, sof(grey), dht]);

function withScans(...scans: readonly Partial<TestScan>[]): Buffer {
  return encode({ ...grey, scans: scans.map((each) => ({ ...scan, ...each })) });
}

describe('a whole JPEG', () => {
  it('should be accepted, sequential or progressive, with restart markers and of any sampling', () => {
    fc.assert(
      fc.property(anyImage, (image) => {
        const bytes = encode(image);
        expect(jpeg.verify(bytes, deep)).toEqual(intact);
        expect(checkJpeg(bytes, new Work(deep.units))).toEqual(whole);
      }),
      { numRuns: 300 },
    );
  });

  it('should be accepted with a scan of one component, which has no blocks outside the image', () => {
    // Two MCUs of 16 × 16 samples for 17 × 9 pixels. The scan of the first component has two rows of three blocks.
    const blocks = Array.from({ length: 6 }, () => block(3));
    const chroma = Array.from({ length: 2 }, () => block(4));
    const image: TestImage = {
      columns: 2,
      rows: 1,
      components: [
        { id: 1, horizontal: 2, vertical: 2, blocks },
        { id: 2, horizontal: 1, vertical: 1, blocks: chroma },
        { id: 3, horizontal: 1, vertical: 1, blocks: chroma },
      ],
      scans: [0, 1, 2].flatMap((component) => [
        { components: [component], first: 0, last: 0, high: 0, low: 0 },
        { components: [component], first: 1, last: 63, high: 0, low: 0 },
      ]),
    };
    const bytes = encode(image);
    const frame = bytes.indexOf(Buffer.from([0xff, 0xc2]));
    bytes.writeUInt16BE(9, frame + 5);
    bytes.writeUInt16BE(17, frame + 7);
    expect(jpeg.verify(bytes, deep)).toEqual(intact);
  });

  it.each<[string, Buffer]>([
    [
      'fill bytes before a marker',
      Buffer.concat([file.subarray(0, -2), Buffer.from([0xff, 0xff, 0xff]), eoi]),
    ],
    ['bytes after its end', Buffer.concat([file, Buffer.from('preview'), file])],
    ['zeros before its end', Buffer.concat([file.subarray(0, -2), Buffer.alloc(7), eoi])],
    [
      'a restart marker at the end of its data',
      Buffer.concat([file.subarray(0, -2), Buffer.from([0xff, 0xd0]), eoi]),
    ],
    ['a thumbnail in a segment', Buffer.concat([soi, segment(0xe1, [...file]), file.subarray(2)])],
    [
      'a comment, and a second word on its lines',
      Buffer.concat([header, segment(0xfe, [1]), segment(0xdc, [0, 8]), sos(grey, scan), data, eoi]),
    ],
    [
      'an Adobe segment',
      Buffer.concat([
        soi,
        segment(0xee, [...Buffer.from('Adobe\0\x64\0\0\0\0\0', 'latin1')]),
        file.subarray(2),
      ]),
    ],
  ])('should be accepted with %s', (_, bytes) => {
    expect(jpeg.verify(bytes, deep)).toEqual(intact);
  });

  it('should be accepted without Huffman tables, with those of Annex K', () => {
    // DC category 0 and end of block: 00 and 1010 for luminance.
    const bits = Buffer.from([0b00101000, 0b10100010, 0b10111111]);
    const bytes = Buffer.concat([soi, dqt, sof(grey), sos(grey, scan), bits, eoi]);
    expect(jpeg.verify(bytes, deep)).toEqual(intact);
  });

  it('should be accepted with more data than the window holds', () => {
    const blocks = Array.from({ length: 2_000 }, (_, i) =>
      Array.from({ length: 64 }, (_, k) => (k === 0 ? i % 100 : 7)),
    );
    const bytes = encode({
      columns: 40,
      rows: 50,
      components: [{ id: 1, horizontal: 1, vertical: 1, blocks }],
    });
    expect(bytes.length).toBeGreaterThan(100_000);
    expect(jpeg.verify(bytes, deep)).toEqual(intact);
    expect(reason(Buffer.concat([bytes.subarray(0, -1_000), eoi]))).toBe('image-data-incomplete');
  });

  it('should be accepted at level structure without decoding its data', () => {
    const garbled = Buffer.concat([header, sos(grey, scan), Buffer.alloc(50, 0x5a), eoi]);
    expect(jpeg.verify(garbled, { ...deep, level: 'structure' })).toEqual(intact);
    expect(jpeg.verify(garbled, deep).intact).toBe(false);
  });
});

describe('a JPEG whose data are not decoded', () => {
  it.each([
    [0xc3, 'jpeg-lossless'],
    [0xc9, 'jpeg-arithmetic'],
    [0xca, 'jpeg-arithmetic'],
    [0xcb, 'jpeg-lossless'],
  ])('should be accepted with SOF %#x as unchecked', (code, why) => {
    const bytes = Buffer.from(code === 0xca ? withScans({ last: 0 }) : file);
    bytes[bytes.indexOf(sof(grey).subarray(2)) - 1] = code;
    expect(jpeg.verify(bytes, deep)).toEqual({ intact: true, complete: false, unchecked: [why] });
    expect(checkJpeg(bytes, new Work(1e6))).toEqual({ kind: 'unchecked', why });
    expect(reason(bytes.subarray(0, -2))).toBe('truncated');
  });

  it('should include a JPEG that exceeds its units', () => {
    expect(jpeg.verify(file, { ...deep, units: 100 })).toEqual({
      intact: true,
      complete: false,
      unchecked: ['budget'],
    });
    expect(() => checkJpeg(file, new Work(100))).toThrow(OutOfWork);
  });
});

describe('an image within a document', () => {
  it('should be intact without EOI when its data are complete', () => {
    expect(check(file.subarray(0, -2))).toBe('whole');
    expect(check(file.subarray(0, -3))).toBe('damaged');
    expect(reason(file.subarray(0, -2))).toBe('truncated');
  });

  it('should need EOI while scans may be missing', () => {
    const scans = progression(1);
    expect(check(encode({ ...grey, scans }).subarray(0, -2))).toBe('whole');
    expect(check(encode({ ...grey, scans: scans.slice(0, -1) }).subarray(0, -2))).toBe('damaged');
  });

  it('should give the offset of its damage', () => {
    expect(checkJpeg(Buffer.from('no'), new Work(1_000))).toEqual({ kind: 'damaged', at: 0 });
  });
});

describe('damage', () => {
  it('should be found when any end is missing', () => {
    fc.assert(
      fc.property(anyImage, (image) => {
        const bytes = encode(image);
        for (let length = 0; length < bytes.length; length += 7)
          expect(jpeg.verify(bytes.subarray(0, length), deep).intact).toBe(false);
      }),
      { numRuns: 30 },
    );
  });

  it('should give a verdict for changed bytes at any offset', () => {
    const change = fc.tuple(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 8 }));
    fc.assert(
      fc.property(anyImage, fc.array(change, { minLength: 1, maxLength: 4 }), (image, changes) => {
        const bytes = encode(image);
        for (const [at, values] of changes)
          bytes.set(values.subarray(0, bytes.length - (at % bytes.length)), at % bytes.length);
        expect(typeof jpeg.verify(bytes, deep).intact).toBe('boolean');
        expect(typeof jpeg.verify(bytes, { ...deep, level: 'structure' }).intact).toBe('boolean');
      }),
      { numRuns: 500 },
    );
  });

  it('should limit the work by the bytes for a frame of any size', () => {
    const huge = Buffer.from(encode({ ...grey, scans: progression(1) }));
    const frame = huge.indexOf(Buffer.from([0xff, 0xc2]));
    huge.writeUInt16BE(65_500, frame + 5);
    huge.writeUInt16BE(65_500, frame + 7);
    const work = new Work(100_000);
    expect(checkJpeg(huge, work).kind).toBe('damaged');
    expect(work.remaining).toBeGreaterThan(90_000);
  });
});

describe('the reasons', () => {
  const progressive = (...scans: readonly Partial<TestScan>[]): Buffer => withScans(...scans);
  const dc = { last: 0 };
  const changed = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.from(file);
    change(bytes);
    return bytes;
  };
  const rgb = {
    ...grey,
    components: [1, 2, 3].map((id) => ({
      id,
      horizontal: 1,
      vertical: 1,
      blocks: grey.components[0]?.blocks ?? [],
    })),
  };
  const adobe = (transform: number): Buffer =>
    segment(0xee, [...Buffer.from('Adobe\0\x64\0\0\0\0', 'latin1'), transform]);
  const restarting = encode({ ...grey, restartInterval: 1 });
  const restart = (bytes: Buffer, number: number): number =>
    bytes.indexOf(Buffer.from([0xff, 0xd0 + number]));

  it.each<[string, string, Buffer]>([
    ['marker-missing', 'another format', Buffer.from('GIF89a')],
    ['marker-missing', 'bytes between segments', Buffer.concat([soi, Buffer.from([0]), file.subarray(2)])],
    [
      'truncated',
      'a segment that is longer than the file',
      Buffer.concat([soi, Buffer.from([0xff, 0xe0, 0xff, 0xff, 0])]),
    ],
    ['truncated', 'a file of one marker', soi],
    [
      'segment-invalid',
      'a length that does not count itself',
      Buffer.concat([soi, Buffer.from([0xff, 0xe0, 0, 1]), file.subarray(2)]),
    ],
    [
      'segment-invalid',
      'a restart interval of three bytes',
      Buffer.concat([soi, segment(0xdd, [0, 0, 1]), file.subarray(2)]),
    ],
    [
      'segment-invalid',
      'JFIF 2',
      Buffer.concat([
        soi,
        segment(0xe0, [...Buffer.from('JFIF\0\x02\0\0\0\x01\0\x01\0\0', 'latin1')]),
        file.subarray(2),
      ]),
    ],
    [
      'segment-invalid',
      'an Adobe transform that there is not for three components',
      Buffer.concat([soi, adobe(2), encode(rgb).subarray(2)]),
    ],
    ['marker-unexpected', 'a second SOI', Buffer.concat([soi, file])],
    ['marker-unexpected', 'a second frame', Buffer.concat([soi, sof(grey), file.subarray(2)])],
    [
      'marker-unexpected',
      'a hierarchical frame',
      changed((bytes) => (bytes[bytes.indexOf(sof(grey)) + 1] = 0xc5)),
    ],
    [
      'marker-unexpected',
      'a scan before the frame',
      Buffer.concat([soi, dqt, dht, sos(grey, scan), data, eoi]),
    ],
    [
      'quantization-table-invalid',
      'a table cut short',
      Buffer.concat([soi, segment(0xdb, [0, 1, 1]), file.subarray(2)]),
    ],
    [
      'quantization-table-invalid',
      'table 4',
      Buffer.concat([soi, segment(0xdb, [4, ...new Array<number>(64).fill(1)]), file.subarray(2)]),
    ],
    [
      'quantization-table-invalid',
      'a component without its table',
      Buffer.concat([soi, sof(grey), dht, sos(grey, scan), data, eoi]),
    ],
    [
      'huffman-table-invalid',
      'a table cut short',
      Buffer.concat([soi, segment(0xc4, [0, 1]), file.subarray(2)]),
    ],
    [
      'huffman-table-invalid',
      'more codes than there are symbols',
      Buffer.concat([soi, segment(0xc4, [0, 0, 3, ...new Array<number>(14).fill(0), 1]), file.subarray(2)]),
    ],
    [
      'huffman-table-invalid',
      'table 4',
      Buffer.concat([soi, segment(0xc4, [4, 0, 1, ...new Array<number>(14).fill(0), 1]), file.subarray(2)]),
    ],
    [
      'huffman-table-invalid',
      'a code of ones alone',
      Buffer.concat([
        header,
        segment(0xc4, [0, 2, ...new Array<number>(15).fill(0), 1, 2]),
        sos(grey, scan),
        data,
        eoi,
      ]),
    ],
    [
      'huffman-table-invalid',
      'a table number that the scan alone knows',
      changed((bytes) => (bytes[bytes.indexOf(sos(grey, scan)) + 6] = 0x22)),
    ],
    ['frame-invalid', 'no height', changed((bytes) => bytes.writeUInt16BE(0, bytes.indexOf(sof(grey)) + 5))],
    ['frame-invalid', 'no width', changed((bytes) => bytes.writeUInt16BE(0, bytes.indexOf(sof(grey)) + 7))],
    ['frame-invalid', '9 bits', changed((bytes) => (bytes[bytes.indexOf(sof(grey)) + 4] = 9))],
    [
      'frame-invalid',
      'two components in a header for one',
      changed((bytes) => (bytes[bytes.indexOf(sof(grey)) + 9] = 2)),
    ],
    ['frame-invalid', 'sampling by 0', changed((bytes) => (bytes[bytes.indexOf(sof(grey)) + 11] = 0x10))],
    [
      'scan-invalid',
      'a component that the frame lacks',
      changed((bytes) => (bytes[bytes.indexOf(sos(grey, scan)) + 5] = 2)),
    ],
    ['scan-invalid', 'a component twice', Buffer.concat([file.subarray(0, -2), sos(grey, scan), data, eoi])],
    [
      'scan-invalid',
      'a header for another number of components',
      Buffer.concat([header, segment(0xda, [2, 1, 0, 0, 63, 0]), data, eoi]),
    ],
    [
      'scan-invalid',
      'a band in a sequential image',
      Buffer.concat([header, sos(grey, { ...scan, last: 0 }), data, eoi]),
    ],
    ['scan-invalid', 'a band of DC and AC coefficients', progressive({ last: 5 })],
    ['scan-invalid', 'AC coefficients before DC', progressive({ first: 1 })],
    ['scan-invalid', 'a refinement of what nothing is known of', progressive({ ...dc, high: 1 })],
    ['scan-invalid', 'a refinement by two bits', progressive({ ...dc, low: 2 }, { ...dc, high: 2, low: 0 })],
    ['image-missing', 'no scan', Buffer.concat([header, eoi])],
    [
      'image-missing',
      'no scan of a component',
      Buffer.concat([soi, dqt, sof(rgb), dht, sos(grey, scan), data, eoi]),
    ],
    ['image-data-incomplete', 'no data', Buffer.concat([header, sos(grey, scan), eoi])],
    [
      'image-data-incomplete',
      'the data of two blocks for three',
      Buffer.concat([header, sos(grey, scan), data.subarray(0, -1), eoi]),
    ],
    [
      'image-data-excess',
      'a byte more',
      Buffer.concat([header, sos(grey, scan), data, Buffer.from([1]), eoi]),
    ],
    [
      'image-data-excess',
      'eight zeros more',
      Buffer.concat([header, sos(grey, scan), data, Buffer.alloc(8), eoi]),
    ],
    [
      'image-data-corrupt',
      'padding of zeros and ones',
      Buffer.concat([header, sos(grey, scan), Buffer.from([0x18, 0, 0, 0b10]), eoi]),
    ],
    [
      'image-data-corrupt',
      'a code that is in no table',
      Buffer.concat([header, sos(grey, scan), Buffer.from([0xfe, 0xfe, 0xfe]), eoi]),
    ],
    [
      'image-data-corrupt',
      'a DC coefficient out of range',
      encode({
        ...grey,
        components: [{ id: 1, horizontal: 1, vertical: 1, blocks: [block(1_200), block(1_300), block()] }],
      }),
    ],
    [
      'restart-mismatch',
      'restart markers out of order',
      (() => {
        const bytes = Buffer.from(restarting);
        bytes[restart(bytes, 1) + 1] = 0xd2;
        return bytes;
      })(),
    ],
    [
      'image-data-incomplete',
      'a restart marker too early',
      Buffer.concat([
        restarting.subarray(0, restart(restarting, 0) - 1),
        restarting.subarray(restart(restarting, 0)),
      ]),
    ],
    [
      'image-data-excess',
      'no restart marker',
      Buffer.concat([
        restarting.subarray(0, restart(restarting, 0)),
        restarting.subarray(restart(restarting, 0) + 2),
      ]),
    ],
  ])('should be %s for %s', (expected, _, bytes) => {
    expect(reason(bytes)).toBe(expected);
  });

  it('should be image-data-corrupt for a run that exceeds the block', () => {
    // DC category 0, then runs of 16 zeros: the fourth exceeds the block. 14 codes of 12 bits follow that of symbol F0.
    const zrl = (0xf0 - 96 + ((6 << 4) + 90) * 16).toString(2).padStart(12, '0');
    const bits = `0000${zrl.repeat(4)}`.padEnd(64, '1');
    const bytes = Buffer.from(bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? []);
    expect(reason(Buffer.concat([header, sos(grey, scan), bytes, eoi]))).toBe('image-data-corrupt');
  });

  it('should be image-data-corrupt for a run of blocks beyond the last', () => {
    const bytes = progressive(dc, { first: 1 });
    const frame = bytes.indexOf(Buffer.from([0xff, 0xc2]));
    const many = encode({
      ...grey,
      columns: 4,
      components: [{ id: 1, horizontal: 1, vertical: 1, blocks: [block(1), block(1), block(1), block(1)] }],
      scans: [
        { ...scan, last: 0 },
        { ...scan, first: 1 },
      ],
    });
    const ac = many.lastIndexOf(Buffer.from([0xff, 0xda]));
    const own = bytes.lastIndexOf(Buffer.from([0xff, 0xda]));
    expect(frame).toBeGreaterThan(0);
    expect(reason(Buffer.concat([bytes.subarray(0, own), many.subarray(ac)]))).toBe('image-data-corrupt');
  });
});

describe('the range of the samples', () => {
  /** With equal steps, whose energy is 64 × 16² by default. White is 127 × 8 / 16, which is 63.5. */
  const image = (
    blocks: readonly Block[],
    { precision = 8, rows = 1, step = 16 }: { precision?: number; rows?: number; step?: number } = {},
  ): Buffer => {
    const component = { id: 1, horizontal: 1, vertical: 1, blocks };
    const bytes = encode({ columns: blocks.length / rows, rows, precision, components: [component] });
    const steps = segment(0xdb, [0, ...new Array<number>(64).fill(step)]);
    return Buffer.concat([soi, steps, bytes.subarray(soi.length + dqt.length)]);
  };
  /** White, and a coefficient of this many steps, of whose energy about half is beyond white. */
  const white = (coefficient: number): Block => block(63, 0, 0, 0, coefficient);
  const grey = (coefficient: number): Block => block(5, 0, 0, 0, coefficient);

  it('should bound the energy beyond white by that of the steps', () => {
    expect(reason(image(new Array<Block>(10).fill(white(14))))).toBe('none');
    expect(reason(image(new Array<Block>(10).fill(white(30))))).toBe('image-data-corrupt');
    expect(check(image(new Array<Block>(10).fill(white(30))))).toBe('damaged');
    expect(reason(image(new Array<Block>(10).fill(grey(30))))).toBe('none');
  });

  it('should bound the energy beyond black', () => {
    const black = (coefficient: number): Block => block(-64, 0, 0, 0, coefficient);
    expect(reason(image(new Array<Block>(10).fill(black(14))))).toBe('none');
    expect(reason(image(new Array<Block>(10).fill(black(30))))).toBe('image-data-corrupt');
  });

  it('should not accept one block that is far more beyond white than all others', () => {
    expect(reason(image([white(14), white(3), white(3)]))).toBe('image-data-corrupt');
    expect(reason(image([white(14), white(12), white(3)]))).toBe('none');
    expect(reason(image([white(3), white(3), white(3)]))).toBe('none');
    expect(reason(image([grey(14), white(3), white(3)]))).toBe('none');
  });

  it('should take the only block beyond white for rare rather than damaged, up to twice the energy', () => {
    const among = (count: number): Buffer => image([white(6), ...new Array<Block>(count).fill(white(3))]);
    expect(reason(among(3))).toBe('none');
    expect(reason(among(30))).toBe('image-data-corrupt');
    expect(reason(image([white(14), grey(3), grey(3)]))).toBe('image-data-corrupt');
  });

  it('should see it among so many blocks that codes are joined', () => {
    const many = (at: number, damaged: Block): Buffer =>
      image(
        Array.from({ length: 17_000 }, (_, i) => (i === at ? damaged : i % 100 === 0 ? white(2) : block(63))),
        { rows: 170 },
      );
    expect(reason(many(0, white(2)))).toBe('none');
    expect(reason(many(16_999, white(-15)))).toBe('image-data-corrupt');
    expect(reason(many(5_000, white(500)))).toBe('image-data-corrupt');
  });

  it('should have 16 times the width for 12 bits', () => {
    const precise = (coefficient: number): Block => block(1_023, 0, 0, 0, coefficient);
    expect(reason(image(new Array<Block>(10).fill(white(60)), { precision: 12 }))).toBe('none');
    expect(reason(image(new Array<Block>(10).fill(precise(14)), { precision: 12 }))).toBe('none');
    expect(reason(image(new Array<Block>(10).fill(precise(30)), { precision: 12 }))).toBe(
      'image-data-corrupt',
    );
  });

  it('should hold for sharp black and white at any quality', () => {
    for (const period of [1, 3, 5, 64]) {
      const coefficients = checkerboard(period);
      for (const step of [1, 2, 5, 16, 40, 120, 255]) {
        const blocks = coefficients.map((each) => each.map((value) => Math.round(value / step)));
        expect([step, period, reason(image(blocks, { rows: 4, step }))]).toEqual([step, period, 'none']);
      }
    }
  });
});

describe('recognition', () => {
  it('should need SOI and the start of a marker', () => {
    expect(jpeg.recognises(file)).toBe(true);
  });

  it.each(['', '\xff\xd8', '%PDF-1.7', '\x89PNG', 'GIF89a'])('should not hold for %j', (text) => {
    expect(jpeg.recognises(Buffer.from(text, 'latin1'))).toBe(false);
  });
});
