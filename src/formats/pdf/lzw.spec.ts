import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OutOfWork, Work } from '../work.ts';
import { decodeLzw, lzwSize } from './lzw.ts';

const CLEAR_TABLE = 256;
const END_OF_DATA = 257;

const work = (): Work => new Work(100_000);

function encode(data: Uint8Array): Buffer {
  const codes: [code: number, width: number][] = [[CLEAR_TABLE, 9]];
  let table = new Map<string, number>();
  let width = 9;
  let prefix = '';
  const codeOf = (sequence: string): number => table.get(sequence) ?? sequence.charCodeAt(0);
  for (const byte of data) {
    const longer = prefix + String.fromCharCode(byte);
    if (longer.length === 1 || table.has(longer)) {
      prefix = longer;
      continue;
    }
    codes.push([codeOf(prefix), width]);
    table.set(longer, 258 + table.size);
    const free = 258 + table.size;
    if (free >= 1 << width) width++;
    if (free === 4094) {
      codes.push([CLEAR_TABLE, width]);
      table = new Map();
      width = 9;
    }
    prefix = longer.slice(-1);
  }
  if (prefix !== '') codes.push([codeOf(prefix), width]);
  codes.push([END_OF_DATA, 258 + table.size + 1 >= 1 << width ? width + 1 : width]);
  const bits = codes.map(([code, length]) => code.toString(2).padStart(length, '0')).join('');
  const bytes = bits.match(/.{1,8}/g) ?? [];
  return Buffer.from(bytes.map((octet) => parseInt(octet.padEnd(8, '0'), 2)));
}

function decode(data: Uint8Array): Buffer | undefined {
  const size = lzwSize(data, 1, work());
  if (size < 0) return undefined;
  const out = Buffer.alloc(size);
  decodeLzw(data, 1, out, work());
  return out;
}

describe('LZWDecode', () => {
  it('should decode the example of the standard', () => {
    const example = Buffer.from([45, 45, 45, 45, 45, 65, 45, 45, 45, 66]);
    expect(decode(Buffer.from('800b6050220c0c8501', 'hex'))).toEqual(example);
    expect(encode(example).toString('hex')).toBe('800b6050220c0c8501');
  });

  it('should decode any encoded data, and nothing after its end', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.uint8Array({ minLength: 9_000, maxLength: 12_000, max: 9 }),
      fc.uint8Array({ minLength: 9_000, maxLength: 12_000 }),
      fc.nat({ max: 20_000 }).map((length) => new Uint8Array(length)),
    );
    fc.assert(
      fc.property(bytes, (data) => {
        const decoded = decode(Buffer.concat([encode(data), Buffer.alloc(9, 0xff)]));
        return decoded?.equals(data) ?? false;
      }),
      { numRuns: 60 },
    );
  });

  it('should lengthen codes one code later when /EarlyChange is 0', () => {
    // 256 different bytes, one code each. The last 9-bit code is the 255th by default, and the 256th without the early
    // change.
    const bits = (codes: readonly number[], late: number): Buffer => {
      const text = codes.map((one, i) => one.toString(2).padStart(i < late ? 9 : 10, '0')).join('');
      return Buffer.from((text.match(/.{1,8}/g) ?? []).map((octet) => parseInt(octet.padEnd(8, '0'), 2)));
    };
    const codes = [CLEAR_TABLE, ...Array.from({ length: 256 }, (_, byte) => byte), END_OF_DATA];
    expect(lzwSize(bits(codes, 255), 1, work())).toBe(256);
    expect(lzwSize(bits(codes, 256), 0, work())).toBe(256);
    expect(lzwSize(bits(codes, 256), 1, work())).not.toBe(256);
  });

  it('should refuse a code that is not yet in the table', () => {
    expect(decode(Buffer.from('800b7050220c0c8501', 'hex'))).toBeUndefined();
    expect(decode(Buffer.from('some text that is no such code'))).toBeUndefined();
  });

  it('should spend work in proportion to the data', () => {
    expect(() => lzwSize(new Uint8Array(1_000), 1, new Work(1_000))).toThrow(OutOfWork);
    expect(() => {
      decodeLzw(new Uint8Array(1), 1, new Uint8Array(2_000), new Work(1_000));
    }).toThrow(OutOfWork);
  });
});
