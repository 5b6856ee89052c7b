import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MqDecoder } from './mq-decoder.ts';
import { MqEncoder } from './mq-encoder.fixture.ts';

/** The test sequence of T.88, H.2. */
const DECISIONS = '00020051000000c00352872aaaaaaaaa82c02000fcd79ef6bf7fed904f46a3bf';
const CODED = '84c73bfce1a1430402200000410dbb86f4317fff88ff37471adb6adfffac';

const bitsOf = (bytes: Uint8Array): number[] =>
  Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0'))
    .join('')
    .split('')
    .map(Number);

function encode(decisions: readonly number[], contextOf: (index: number) => number): Buffer {
  const encoder = new MqEncoder();
  const contexts = new Uint8Array(4);
  decisions.forEach((decision, i) => {
    encoder.encode(contexts, contextOf(i), decision);
  });
  return encoder.finish();
}

function decode(decoder: MqDecoder, count: number, contextOf: (index: number) => number): number[] {
  const contexts = new Uint8Array(4);
  return Array.from({ length: count }, (_, i) => decoder.decode(contexts, contextOf(i)));
}

/** Decisions that are mostly 0, mostly 1 or even. */
const anyDecisions = fc
  .tuple(fc.constantFrom(1, 8, 15), fc.array(fc.nat(15), { maxLength: 3_000 }))
  .map(([limit, values]) => values.map((value) => (value < limit ? 0 : 1)));

describe('MqDecoder', () => {
  it('should decode the test sequence of the specification', () => {
    const coded = Buffer.from(CODED, 'hex');
    const decisions = bitsOf(Buffer.from(DECISIONS, 'hex'));
    const decoder = new MqDecoder(coded, 0, coded.length);
    expect(decode(decoder, 256, () => 0)).toEqual(decisions);
    expect(coded.length - decoder.at).toBeLessThanOrEqual(2);
    expect(encode(decisions, () => 0).toString('hex')).toBe(CODED);
  });

  it('should decode what was encoded, and read it to its end', () => {
    fc.assert(
      fc.property(anyDecisions, fc.nat(7), fc.nat(7), (decisions, before, after) => {
        const data = encode(decisions, (i) => i & 3);
        const padded = Buffer.concat([Buffer.alloc(before, 7), data, Buffer.alloc(after, 7)]);
        const decoder = new MqDecoder(padded, before, before + data.length);
        expect(decode(decoder, decisions.length, (i) => i & 3)).toEqual(decisions);
        expect(before + data.length - decoder.at).toBeLessThanOrEqual(2);
        expect(decoder.missing).toBeLessThanOrEqual(2);
      }),
    );
  });

  it('should count the bytes that it makes up beyond the end, and at a marker', () => {
    const decisions = Array.from({ length: 4_000 }, (_, i) => (i * i * 7) & (i >> 3) & 1);
    const data = encode(decisions, () => 0);
    for (const end of [0, 1, data.length >> 1]) {
      const decoder = new MqDecoder(data, 0, end);
      decode(decoder, decisions.length, () => 0);
      expect(decoder.at).toBe(end);
      expect(decoder.missing).toBeGreaterThan(2);
    }
    const marked = Buffer.from(data);
    marked.set([0xff, 0xac], 20);
    const decoder = new MqDecoder(marked, 0, marked.length);
    decode(decoder, decisions.length, () => 0);
    expect(decoder.at).toBe(21);
    expect(decoder.missing).toBeGreaterThan(2);
  });
});
