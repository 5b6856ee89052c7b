import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytesOf, row2d } from '../ccitt/encode.fixture.ts';
import type { Content } from '../content.ts';
import { MqEncoder } from '../mq/mq-encoder.fixture.ts';
import { OutOfWork, Work } from '../work.ts';
import {
  dictionary,
  encodeRefinement,
  genericRegion,
  halftone,
  page,
  patterns,
  type Picture,
  region,
  segment,
  textRegion,
  uint32,
  USUAL,
} from './encode.fixture.ts';
import { checkJbig2, type Globals, NO_GLOBALS, readGlobals, UNREAD_GLOBALS } from './jbig2.ts';

const WHOLE: Content = { kind: 'whole' };
const UNCHECKED: Content = { kind: 'unchecked', why: 'jbig2' };
const SIZE = { width: 64, height: 48 };
const UNITS = 10_000_000;
const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(' ', ''), 'hex');

function check(segments: readonly Buffer[], size = SIZE, globals: Globals = NO_GLOBALS): Content {
  return checkJbig2(Buffer.concat(segments), size, globals, new Work(UNITS), 0);
}

/** A picture of discs, lines and noise: the same for the same seed. */
function picture(width: number, height: number, seed = 1): Picture {
  let state = seed;
  const noise = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 24;
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => {
      const isDisc = (x % 24) ** 2 + (y % 24) ** 2 < 200;
      return Number(isDisc !== (y % 16 === 7) || noise() < 8);
    }),
  );
}

const PICTURE = picture(64, 48);
const PAGE = page(64, 48);
const DATA = genericRegion(PICTURE);
const REGION = segment(1, 38, [], DATA);
const SYMBOLS = [picture(9, 12), picture(14, 12, 2), picture(11, 12, 3)];
const DICTIONARY = segment(1, 0, [], dictionary(SYMBOLS));
const TEXT = textRegion(64, 48, SYMBOLS.length, [
  [0, 2],
  [2, 5],
  [1, -3],
  [1, 90],
]);

/** A segment with other bytes in its header: flags, references, length. */
function headed(type: number, references: Buffer, length: number, data: Buffer): Buffer {
  return Buffer.concat([hex('00000001'), Buffer.of(type), references, uint32(length), data]);
}
const DEFAULT = hex('00 01');
const UNKNOWN = 0xffffffff;
const changed = (bytes: Buffer, at: number, value: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at] = value;
  return copy;
};

describe('the segments of an image', () => {
  it.each([
    ['a page with a region', [PAGE, REGION]],
    ['a line ending after it', [PAGE, REGION, hex('0d0a')]],
    [
      'ends of the page and of a stripe',
      [PAGE, REGION, segment(2, 50, [], uint32(47)), segment(3, 49, [], hex(''))],
    ],
    ['a page of unknown height', [page(64, UNKNOWN), REGION]],
    ['a page with a long number', [PAGE, headed(0x66, hex('00 00000001'), DATA.length, DATA)]],
    ['more references than four', [PAGE, headed(38, hex('e0000005 00 0102030405 01'), DATA.length, DATA)]],
    ['a region of unknown length', [PAGE, headed(38, DEFAULT, UNKNOWN, Buffer.concat([DATA, uint32(48)]))]],
  ])('should be whole with %s', (_, segments) => {
    expect(check(segments)).toEqual(WHOLE);
  });

  it.each([
    ['no page', [REGION]],
    ['a page of another size', [page(65, 48), REGION]],
    ['a page of another height', [page(64, 49), REGION]],
    ['a page that says too little', [segment(0, 48, [], Buffer.alloc(18)), REGION]],
    ['an undefined type', [PAGE, segment(1, 33, [], DATA)]],
    ['a region that says too little', [PAGE, segment(1, 38, [], DATA.subarray(0, 16))]],
    ['a region without its flags', [PAGE, segment(1, 38, [], DATA.subarray(0, 17))]],
    ['a segment that is cut short', [PAGE, REGION.subarray(0, -1)]],
    ['a header that is cut short', [PAGE, REGION, REGION.subarray(0, 9)]],
    ['an end of stripe of another length', [PAGE, segment(2, 50, [], hex('00'))]],
    ['lost data', [PAGE, segment(1, 62, [], Buffer.concat([DATA, Buffer.alloc(256), DATA]))]],
    ['a region of unknown length without an end', [PAGE, headed(38, DEFAULT, UNKNOWN, DATA.subarray(0, -2))]],
    ['another segment of unknown length', [PAGE, headed(6, DEFAULT, UNKNOWN, DATA)]],
  ])('should be damaged with %s', (_, segments) => {
    expect(check(segments).kind).toBe('damaged');
  });

  it('should be reported with the offset of the damaged one', () => {
    const at = PAGE.length + REGION.length;
    expect(check([PAGE, REGION, segment(2, 38, [], Buffer.concat([DATA, DATA]))])).toEqual({
      kind: 'damaged',
      at,
    });
  });
});

describe('generic regions', () => {
  it.each([0, 1, 2, 3])('should be decoded to their end with template %i', (template) => {
    const places = fc
      .tuple(fc.integer({ min: -128, max: 127 }), fc.integer({ min: -128, max: -1 }))
      .filter(([x, y]) => x !== 0 || y !== 0);
    const count = (USUAL[template]?.length ?? 0) / 2;
    const adaptive = fc.oneof(
      fc.constant(USUAL[template]),
      fc.array(places, { minLength: count, maxLength: count }).map((all) => all.flat()),
    );
    const anySize = fc.tuple(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 100 }), fc.nat());
    fc.assert(
      fc.property(anySize, adaptive, fc.boolean(), ([width, height, seed], where, isTypical) => {
        const rows = picture(width, height, seed);
        // Some rows are copies of the one above.
        const drawn = rows.map((row, y) => (isTypical && y % 3 > 0 ? (rows[y - (y % 3)] ?? row) : row));
        const data = genericRegion(drawn, template, where, isTypical);
        const image = [page(width, height), segment(1, 38, [], data)];
        expect(check(image, { width, height })).toEqual(WHOLE);
      }),
      { numRuns: 30 },
    );
  });

  it('should be damaged when data are left, or are not enough', () => {
    const short = (bytes: number): Buffer => segment(1, 38, [], DATA.subarray(0, -bytes));
    expect(check([PAGE, short(2)])).toEqual(WHOLE);
    expect(check([PAGE, short(DATA.length >> 1)]).kind).toBe('damaged');
    expect(check([PAGE, segment(1, 38, [], Buffer.concat([DATA, Buffer.alloc(4)]))]).kind).toBe('damaged');
    expect(check([PAGE, segment(1, 38, [], changed(DATA, DATA.length >> 1, 0xff))]).kind).toBe('damaged');
  });

  it('should be whole when nothing but the end of the data is left, since all of it was stripped', () => {
    expect(check([PAGE, segment(1, 38, [], Buffer.concat([DATA.subarray(0, 26), hex('ffac')]))])).toEqual(
      WHOLE,
    );
  });

  it('should be decoded with MMR', () => {
    const rows = PICTURE.map((row) => row.map((bit) => (bit === 1 ? 1 : 0)));
    const bits = rows.map((row, y) => row2d(row, rows[y - 1] ?? row.map(() => 0))).join('');
    const mmr = Buffer.concat([region(64, 48), hex('01'), bytesOf(bits)]);
    expect(check([PAGE, segment(1, 38, [], mmr)])).toEqual(WHOLE);
    expect(check([PAGE, segment(1, 38, [], mmr.subarray(0, -9))]).kind).toBe('damaged');
    expect(check([PAGE, segment(1, 36, [], mmr)])).toEqual(UNCHECKED);
  });
});

describe('symbols and text', () => {
  const text = (data: Buffer): Buffer => segment(2, 6, [1], data);

  it('should be decoded to their end', () => {
    expect(check([PAGE, DICTIONARY, text(TEXT)])).toEqual(WHOLE);
    expect(check([PAGE, DICTIONARY, text(textRegion(64, 48, 3, [[2, -1_000]]))])).toEqual(WHOLE);
  });

  it('should be decoded with the globals of the image', () => {
    const globals = readGlobals(DICTIONARY, new Work(UNITS), 0);
    expect(globals.content).toEqual(WHOLE);
    expect(check([PAGE, text(TEXT)], SIZE, globals)).toEqual(WHOLE);
    expect(check([PAGE, text(TEXT)]).kind).toBe('damaged');
    expect(check([PAGE, text(TEXT)], SIZE, UNREAD_GLOBALS)).toEqual(UNCHECKED);
    for (const alien of [PAGE, REGION]) {
      expect(readGlobals(alien, new Work(UNITS), 0).content.kind).toBe('damaged');
    }
  });

  it.each([
    ['a symbol that is not there', text(textRegion(64, 48, 4, [[3, 0]]))],
    ['fewer instances', text(changed(TEXT, 22, 3))],
    ['more instances', text(changed(TEXT, 22, 5))],
    ['data that are left', text(Buffer.concat([TEXT, Buffer.alloc(4)]))],
  ])('should be damaged with %s', (_, damaged) => {
    expect(check([PAGE, DICTIONARY, damaged]).kind).toBe('damaged');
  });

  it.each([
    ['one symbol less', 17, 2],
    ['one symbol more', 17, 4],
    ['one exported symbol less', 13, 2],
    ['four billion symbols', 14, 0xff],
  ])('should be damaged with %s', (_, at, value) => {
    const damaged = changed(dictionary(SYMBOLS), at, value);
    expect(readGlobals(segment(1, 0, [], damaged), new Work(UNITS), 0).content.kind).toBe('damaged');
  });
});

describe('refinement regions', () => {
  const encoder = new MqEncoder();
  encodeRefinement(encoder, new Uint8Array(1 << 10), picture(64, 48, 2), PICTURE);
  const refined = Buffer.concat([region(64, 48), hex('01'), encoder.finish()]);
  const old = segment(1, 36, [], DATA);

  it('should be decoded to their end', () => {
    expect(check([PAGE, old, segment(2, 42, [1], refined)])).toEqual(WHOLE);
    const damaged = changed(refined, 60, 0xff);
    expect(check([PAGE, old, segment(2, 42, [1], damaged)]).kind).toBe('damaged');
  });

  it('should be unchecked when they refine the page', () => {
    expect(check([PAGE, REGION, segment(2, 42, [], refined)])).toEqual(UNCHECKED);
  });
});

describe('halftones', () => {
  // Five patterns take numbers of three bits.
  const dictionary5 = segment(1, 16, [], patterns(picture(40, 6)));
  const planes = [1, 2, 3].map((seed) => picture(8, 6, seed));

  it('should be decoded to their end', () => {
    const data = halftone(48, planes, false);
    expect(check([PAGE, dictionary5, segment(2, 22, [1], data)])).toEqual(WHOLE);
    expect(check([PAGE, dictionary5, segment(2, 22, [], data)]).kind).toBe('damaged');
    const less = segment(1, 16, [], patterns(picture(32, 6)));
    const more = Buffer.concat([data.subarray(0, -2), Buffer.alloc(9, 1)]);
    expect(check([PAGE, less, segment(2, 22, [1], more)]).kind).toBe('damaged');
    const long = Buffer.concat([patterns(picture(40, 6)), Buffer.alloc(4)]);
    expect(check([PAGE, segment(1, 16, [], long)]).kind).toBe('damaged');
  });

  it('should be decoded without the places that are outside', () => {
    const wide = planes.map((plane) => plane.map((row) => [...row, 0, 0]));
    expect(check([PAGE, dictionary5, segment(2, 22, [1], halftone(48, wide, true))])).toEqual(WHOLE);
  });

  it('should be unchecked when other regions refer to them', () => {
    const intermediate = segment(2, 20, [1], halftone(48, planes, false));
    expect(check([PAGE, dictionary5, intermediate])).toEqual(UNCHECKED);
  });
});

describe('what is not decoded', () => {
  it.each([
    ['a region in colours', [segment(1, 38, [], changed(DATA, 16, 8))]],
    ['an adaptive pixel after the current one', [segment(1, 38, [], changed(DATA, 19, 0))]],
  ])('should leave %s unchecked', (_, segments) => {
    expect(check([PAGE, ...segments])).toEqual(UNCHECKED);
  });
});

describe('the bounds', () => {
  const image = Buffer.concat([PAGE, REGION]);
  const BUDGET: Content = { kind: 'unchecked', why: 'budget' };

  it('should limit the work, whatever the size', () => {
    const work = new Work(UNITS);
    expect(checkJbig2(image, SIZE, NO_GLOBALS, work, 0)).toEqual(WHOLE);
    expect(work.remaining).toBeLessThan(UNITS - 3 * 64 * 48);
    const huge = Buffer.concat([region(1 << 17, UNKNOWN), DATA.subarray(17, 26), hex('ffac')]);
    expect(check([PAGE, segment(1, 38, [], huge)])).toEqual(BUDGET);
    expect(() => checkJbig2(image, SIZE, NO_GLOBALS, new Work(image.length - 1), 0)).toThrow(OutOfWork);
  });

  it('should leave work for other checks, and check the structure then', () => {
    const reserve = 5_000;
    const work = new Work(reserve + image.length);
    expect(checkJbig2(image, SIZE, NO_GLOBALS, work, reserve)).toEqual(BUDGET);
    expect(work.remaining).toBeGreaterThan(reserve - 1_000);
    expect(checkJbig2(image.subarray(0, -1), SIZE, NO_GLOBALS, work, reserve).kind).toBe('damaged');
  });

  it('should limit the memory', () => {
    const wide = Buffer.concat([region(UNKNOWN, 1), DATA.subarray(17)]);
    expect(check([PAGE, segment(1, 38, [], wide)])).toEqual(BUDGET);
    const large = Buffer.concat([region(9_000, 9_000), DATA.subarray(17)]);
    expect(check([PAGE, segment(1, 36, [], large)])).toEqual(BUDGET);
  });

  it('should give a result for any bytes, and mostly refuse them', () => {
    const images = [
      [PAGE, REGION],
      [PAGE, DICTIONARY, segment(2, 6, [1], TEXT)],
    ].map((all) => Buffer.concat(all));
    let refused = 0;
    let runs = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...images),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.option(fc.nat(), { freq: 3 }),
        (image, changes, cut) => {
          const copy = Buffer.from(image);
          for (const [at, byte] of changes) copy[at % copy.length] = byte;
          const end = cut === null ? copy.length : cut % copy.length;
          if (copy.subarray(0, end).equals(image)) return;
          runs++;
          try {
            const { kind } = check([copy.subarray(0, end)]);
            expect(['whole', 'unchecked', 'damaged']).toContain(kind);
            if (kind === 'damaged') refused++;
          } catch (error) {
            expect(error).toBeInstanceOf(OutOfWork);
          }
        },
      ),
      { numRuns: 500 },
    );
    expect(refused / runs).toBeGreaterThan(0.75);
  });
});
