import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OutOfWork, Work } from '../work.ts';
import { ascii85Bound, asciiHexBound, decodeAscii85, decodeAsciiHex } from './ascii-filters.ts';

const bytes = (content: string): Buffer => Buffer.from(content, 'latin1');

function fromHex(content: string, units = 10_000): Uint8Array | undefined {
  const data = bytes(content);
  return decodeAsciiHex(data, new Uint8Array(asciiHexBound(data)).fill(0xff), new Work(units));
}

function from85(content: string, units = 10_000): Uint8Array | undefined {
  const data = bytes(content);
  return decodeAscii85(data, new Uint8Array(ascii85Bound(data)).fill(0xff), new Work(units));
}

function encodeAscii85(data: Uint8Array): string {
  let out = '';
  for (let at = 0; at < data.length; at += 4) {
    const group = Buffer.alloc(4);
    const length = Buffer.from(data.subarray(at, at + 4)).copy(group);
    let value = group.readUInt32BE();
    let digits = '';
    for (let i = 0; i < 5; i++, value = Math.floor(value / 85))
      digits = String.fromCharCode(33 + (value % 85)) + digits;
    out += length === 4 && digits === '!!!!!' ? 'z' : digits.slice(0, length + 1);
  }
  return `${out}~>`;
}

describe('decodeAsciiHex', () => {
  it('should decode what was encoded', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (data) => {
        const hex = Buffer.from(data).toString('hex');
        expect(fromHex(`${hex}>`)).toEqual(data);
        expect(fromHex(hex.toUpperCase().replaceAll(/../g, '$& \n'))).toEqual(data);
      }),
    );
  });

  it('should read a missing last digit as 0, and stop at the end-of-data marker', () => {
    expect(fromHex('414>xyz')).toEqual(new Uint8Array([0x41, 0x40]));
  });

  it('should refuse other characters', () => {
    expect(fromHex('4g>')).toBeUndefined();
  });
});

describe('decodeAscii85', () => {
  it('should decode what was encoded', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.constant(new Uint8Array(9))), (data) => {
        expect(from85(encodeAscii85(data))).toEqual(data);
        expect(from85(`<~${encodeAscii85(data).replaceAll(/.{3}(?!>)/g, '$&\n')}`)).toEqual(data);
      }),
    );
  });

  it.each(['abcdv~>', 'abzcd~>', 'uuuuu~>', 'ab\u00e9~>'])('should refuse %j', (content) => {
    expect(from85(content)).toBeUndefined();
  });
});

describe('both', () => {
  it('should spend work in proportion to the data', () => {
    expect(() => fromHex('4'.repeat(1_000), 1_000)).toThrow(OutOfWork);
    expect(() => from85('z'.repeat(1_000), 1_000)).toThrow(OutOfWork);
  });

  it('should check data without a buffer for the result', () => {
    const nowhere = new Uint8Array(0);
    expect(decodeAsciiHex(bytes('4142>'), nowhere, new Work(100))).toEqual(nowhere);
    expect(decodeAscii85(bytes('zzz~>'), nowhere, new Work(100))).toEqual(nowhere);
    expect(decodeAscii85(bytes('uuuuu~>'), nowhere, new Work(100))).toBeUndefined();
  });
});
