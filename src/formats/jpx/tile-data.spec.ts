import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Content } from '../content.ts';
import { Work } from '../work.ts';
import { BIT_PLANES, codestream, encodeBlock, type Image, packet } from './encode.fixture.ts';
import { checkJpx } from './jpx.ts';
import { kindOf } from './kind.fixture.ts';
import { SYMBOLS } from './segments.ts';

const UNITS = 10_000_000;
const check = (bytes: Uint8Array, units = UNITS): Content => checkJpx(bytes, new Work(units));

/** Smooth and noisy coefficients of both signs, most of them small. */
const coefficients = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, i) => {
    const noise = Math.imul(i + seed, 2_654_435_761) >>> 8;
    return ((noise & 0xff) >> ((noise >> 8) % 8)) * ((noise >> 12) % 2 === 0 ? 1 : -1);
  });

const IMAGE: Image = { width: 32, height: 30, components: 2, layers: 1, options: 0 };
const BLOCKS = [1, 2].map((seed) => encodeBlock(IMAGE.width, coefficients(IMAGE.width * IMAGE.height, seed)));
const PACKETS = BLOCKS.map((block) => packet(block, BIT_PLANES));
const [FIRST = Buffer.alloc(0), SECOND = Buffer.alloc(0)] = PACKETS;
const [BLOCK] = BLOCKS;
const WHOLE = codestream(IMAGE, PACKETS);
const EMPTY = Buffer.from([0]);

/** The packet of the first code-block with other data. */
const packetOf = (data: Buffer, passes = BLOCK?.passes ?? 0): Buffer =>
  packet({ data, passes, bitPlanes: BLOCK?.bitPlanes ?? 0 }, BIT_PLANES);
const DATA = BLOCK?.data ?? Buffer.alloc(0);

describe('the data of a tile', () => {
  it.each<[string, Buffer]>([
    ['packets of all components', WHOLE],
    ['an empty packet', codestream(IMAGE, [FIRST, EMPTY])],
    ['a second layer', codestream({ ...IMAGE, layers: 2 }, [FIRST, SECOND, EMPTY, EMPTY])],
    ['a last layer that is left out', codestream({ ...IMAGE, layers: 2 }, PACKETS)],
    [
      'a code-block that was cut short by a byte',
      codestream(IMAGE, [packetOf(DATA.subarray(0, -1)), SECOND]),
    ],
  ])('should be whole with %s', (_, bytes) => {
    expect(check(bytes)).toEqual({ kind: 'whole' });
  });

  it.each<[string, Buffer]>([
    ['a packet missing', codestream(IMAGE, [FIRST])],
    ['a packet of a layer missing', codestream({ ...IMAGE, layers: 2 }, [FIRST, SECOND, EMPTY])],
    ['all packets missing', codestream(IMAGE, [])],
    ['a byte after the packets', codestream(IMAGE, [FIRST, SECOND, EMPTY])],
    ['a byte lost', codestream(IMAGE, [FIRST.subarray(0, -1), SECOND])],
    ['data that are too long', codestream(IMAGE, [FIRST, SECOND.subarray(0, -1)])],
    [
      'bytes after the passes of a code-block',
      codestream(IMAGE, [packetOf(Buffer.concat([DATA, DATA])), SECOND]),
    ],
    [
      'half of the data of a code-block',
      codestream(IMAGE, [packetOf(DATA.subarray(0, DATA.length / 2)), SECOND]),
    ],
    ['a bit-plane too few', codestream(IMAGE, [packetOf(DATA, (BLOCK?.passes ?? 0) - 3), SECOND])],
    [
      'more bit-planes empty than there can be',
      codestream(IMAGE, [Buffer.alloc(20, 0xc0).fill(0, 1), SECOND]),
    ],
    ['a stuffed bit of one', codestream(IMAGE, [Buffer.from([0xff, 0xff, 0xff]), SECOND])],
  ])('should be damaged with %s', (_, bytes) => {
    expect(check(bytes).kind).toBe('damaged');
  });

  it('should have its packets in their order when they are numbered', () => {
    const image = { ...IMAGE, flags: 2 };
    const numbered = (number: number, data: Buffer): Buffer =>
      Buffer.concat([Buffer.from([0xff, 0x91, 0, 4, 0, number]), data]);
    expect(check(codestream(image, PACKETS))).toEqual({ kind: 'whole' });
    expect(
      check(
        codestream(
          image,
          PACKETS.map((data, i) => numbered(i, data)),
        ),
      ),
    ).toEqual({ kind: 'whole' });
    expect(
      check(
        codestream(
          image,
          PACKETS.map((data, i) => numbered(7 - i, data)),
        ),
      ),
    ).toEqual({ kind: 'whole' });
    expect(
      check(
        codestream(
          image,
          PACKETS.map((data, i) => numbered(2 * i, data)),
        ),
      ).kind,
    ).toBe('damaged');
  });

  it('should have the end of each packet header marked when that is announced', () => {
    const image = { ...IMAGE, flags: 4 };
    const marked = Buffer.from([0, 0xff, 0x92]);
    expect(check(codestream(image, [marked, marked]))).toEqual({ kind: 'whole' });
    expect(check(codestream(image, [marked, EMPTY])).kind).toBe('damaged');
  });

  it('should have its segmentation symbols', () => {
    const image = { ...IMAGE, components: 1, options: SYMBOLS };
    const values = coefficients(IMAGE.width * IMAGE.height, 3);
    const coded = packet(encodeBlock(IMAGE.width, values, true), BIT_PLANES);
    expect(check(codestream(image, [coded]))).toEqual({ kind: 'whole' });
    const without = packet(encodeBlock(IMAGE.width, values), BIT_PLANES);
    expect(check(codestream(image, [without])).kind).toBe('damaged');
  });

  it('should be whole whatever the coefficients are', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.integer({ min: -1023, max: 1023 }), { minLength: 400, maxLength: 400 }),
        (width, height, values) => {
          const own = values.slice(0, width * height);
          fc.pre(own.some((value) => value !== 0));
          const image = { width, height, components: 1, layers: 1, options: 0 };
          expect(check(codestream(image, [packet(encodeBlock(width, own), BIT_PLANES)]))).toEqual({
            kind: 'whole',
          });
        },
      ),
    );
  });

  it('should show most changed sectors', () => {
    let found = 0;
    for (let seed = 0; seed < 50; seed++) {
      const copy = Buffer.from(WHOLE);
      const at = 100 + 17 * seed;
      for (let i = at; i < at + 64; i++) copy[i] = (Math.imul(i + seed, 2_654_435_761) >>> 16) & 0xff;
      if (check(copy).kind === 'damaged') found++;
    }
    expect(found).toBeGreaterThan(40);
  });

  it('should not throw but for want of work, whatever is changed or cut', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }), fc.nat(), (changes, cut) => {
        const copy = Buffer.from(WHOLE);
        for (const [at, byte] of changes) copy[at % copy.length] = byte;
        expect(['whole', 'unchecked', 'damaged']).toContain(kindOf(copy, UNITS));
        expect(['unchecked', 'damaged']).toContain(kindOf(copy.subarray(0, cut % (WHOLE.length - 2)), UNITS));
      }),
    );
  });

  it('should go unchecked when it would take too much work or memory', () => {
    expect(check(WHOLE, 100_000)).toEqual({ kind: 'unchecked', why: 'budget' });
    const huge = { ...IMAGE, width: 0xfffffff, height: 0xffff };
    expect(check(codestream(huge, PACKETS))).toEqual({ kind: 'unchecked', why: 'budget' });
    // Four million code-blocks: enough work, but not enough memory.
    const large = codestream({ ...IMAGE, width: 0x10000, height: 0x10000 }, PACKETS);
    expect(check(large, 1_000_000_000)).toEqual({ kind: 'unchecked', why: 'budget' });
  });

  it('should go unchecked with options that are not known', () => {
    expect(check(codestream({ ...IMAGE, options: 64 }, PACKETS))).toEqual({ kind: 'unchecked', why: 'jpx' });
  });
});
