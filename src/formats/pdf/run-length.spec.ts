import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeRunLength, runLengthBytes } from './run-length.ts';

const literal = fc
  .uint8Array({ minLength: 1, maxLength: 128 })
  .map((bytes) => ({ bytes, code: Buffer.from([bytes.length - 1, ...bytes]) }));
const repeated = fc.tuple(fc.integer({ min: 2, max: 128 }), fc.nat({ max: 255 })).map(([count, byte]) => ({
  bytes: new Uint8Array(count).fill(byte),
  code: Buffer.from([257 - count, byte]),
}));
const runs = fc.array(fc.oneof(literal, repeated)).map((all) => ({
  bytes: Buffer.concat(all.map(({ bytes }) => bytes)),
  code: Buffer.concat(all.map(({ code }) => code)),
}));

describe('decodeRunLength', () => {
  it.each([[[]], [[128]], [[128, 13, 10]]])('should decode runs that end in %j', (end) => {
    fc.assert(
      fc.property(runs, ({ bytes, code }) => {
        const data = Buffer.from([...code, ...end]);
        expect(Buffer.from(decodeRunLength(data) ?? [])).toEqual(bytes);
        expect(runLengthBytes(data)).toBe(bytes.length);
      }),
    );
  });

  it.each([
    ['a literal run that is cut short', [2, 65, 66]],
    ['a repeated run that is cut short', [200]],
    ['data after the end', [0, 65, 128, 0, 66, 128]],
  ])('should refuse %s', (_, data) => {
    expect(decodeRunLength(Buffer.from(data))).toBeUndefined();
    expect(runLengthBytes(Buffer.from(data))).toBe(-1);
  });
});
