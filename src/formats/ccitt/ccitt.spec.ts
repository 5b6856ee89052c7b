import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OutOfWork, Work } from '../work.ts';
import { checkCcitt } from './ccitt.ts';
import type { CcittParameters } from './ccitt.ts';
import { bytesOf, END_OF_LINE, row1d, row2d, runCode } from './encode.fixture.ts';
import type { Row } from './encode.fixture.ts';

const UNITS = 1_000_000;

function check(data: Uint8Array, parameters: Partial<CcittParameters>): string {
  const defaults = {
    k: 0,
    columns: 1_728,
    rows: 0,
    endOfLine: false,
    encodedByteAlign: false,
    damagedRowsBeforeError: 0,
  };
  return checkCcitt(data, { ...defaults, ...parameters }, new Work(UNITS)).kind;
}

function white(columns: number): Row {
  return new Array<0>(columns).fill(0);
}

/** Images whose rows change near the changes of the row above, or at any column. */
const anyImage = fc
  .record({
    columns: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 41, max: 3_000 })),
    seeds: fc.array(fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(3))), {
      minLength: 1,
      maxLength: 8,
    }),
    near: fc.boolean(),
  })
  .map(({ columns, seeds, near }) => {
    const rows = seeds.map((seed, y) => {
      const changes = (near ? (seeds[0] ?? []) : seed).map(
        ([at], i) => Math.floor(at * (columns + 1)) + (near ? (seed[i]?.[1] ?? y) : 0),
      );
      const toggles = new Set(changes);
      let pixel: 0 | 1 = 0;
      return Array.from(
        { length: columns },
        (_, x) => (pixel = toggles.has(x) ? (pixel === 0 ? 1 : 0) : pixel),
      );
    });
    return { columns, rows };
  });

interface Coding {
  readonly name: string;
  readonly parameters: Partial<CcittParameters>;
  readonly encode: (rows: readonly Row[]) => string;
  readonly end: string;
}

const tagged = (rows: readonly Row[], row: Row, y: number): string =>
  y % 3 === 0 ? `1${row1d(row)}` : `0${row2d(row, rows[y - 1] ?? [])}`;
const aligned = (rows: readonly string[]): string =>
  rows.map((row) => row.padEnd(Math.ceil(row.length / 8) * 8, '0')).join('');

const codings: readonly Coding[] = [
  {
    name: 'T.6',
    parameters: { k: -1 },
    encode: (rows) => rows.map((row, y) => row2d(row, rows[y - 1] ?? white(row.length))).join(''),
    end: END_OF_LINE.repeat(2),
  },
  {
    name: 'T.6 with aligned rows',
    parameters: { k: -1, encodedByteAlign: true },
    encode: (rows) => aligned(rows.map((row, y) => row2d(row, rows[y - 1] ?? white(row.length)))),
    end: END_OF_LINE.repeat(2),
  },
  {
    name: 'T.4 in one dimension',
    parameters: { k: 0, endOfLine: true },
    encode: (rows) => rows.map((row) => END_OF_LINE + row1d(row)).join(''),
    end: END_OF_LINE.repeat(6),
  },
  {
    name: 'T.4 with fill before the end of a line',
    parameters: { k: 0, endOfLine: true },
    encode: (rows) => rows.map((row, y) => '0'.repeat(9 * y) + END_OF_LINE + row1d(row)).join(''),
    end: END_OF_LINE.repeat(6),
  },
  {
    name: 'T.4 without ends of lines',
    parameters: { k: 0 },
    encode: (rows) => rows.map(row1d).join(''),
    end: '',
  },
  {
    name: 'T.4 with aligned rows',
    parameters: { k: 0, encodedByteAlign: true },
    encode: (rows) => aligned(rows.map(row1d)),
    end: '',
  },
  {
    name: 'T.4 in two dimensions',
    parameters: { k: 4, endOfLine: true },
    encode: (rows) => rows.map((row, y) => END_OF_LINE + tagged(rows, row, y)).join(''),
    end: `${END_OF_LINE}1`.repeat(6),
  },
  {
    name: 'T.4 in two dimensions without ends of lines',
    parameters: { k: 4 },
    encode: (rows) => rows.map((row, y) => tagged(rows, row, y)).join(''),
    end: '',
  },
];

describe.each(codings)('$name', ({ parameters, encode, end }) => {
  it('should be intact with all rows, with or without a row count and an end-of-block pattern', () => {
    fc.assert(
      fc.property(anyImage, fc.boolean(), ({ columns, rows }, hasEnd) => {
        const data = bytesOf(encode(rows) + (hasEnd ? end : ''));
        expect(check(data, { ...parameters, columns, rows: rows.length })).toBe('whole');
        expect(check(data, { ...parameters, columns })).toBe('whole');
      }),
      { numRuns: 50 },
    );
  });

  it('should be damaged with fewer rows', () => {
    fc.assert(
      fc.property(anyImage, fc.boolean(), ({ columns, rows }, hasEnd) => {
        const data = bytesOf(encode(rows) + (hasEnd ? end : ''));
        expect(check(data, { ...parameters, columns, rows: rows.length + 1 })).toBe('damaged');
      }),
      { numRuns: 50 },
    );
  });

  it('should give a result for any changed bytes', () => {
    const change = fc.tuple(fc.nat(), fc.nat(255));
    fc.assert(
      fc.property(anyImage, fc.array(change), ({ columns, rows }, changes) => {
        const data = bytesOf(encode(rows) + end);
        for (const [at, value] of changes) data[at % data.length] = value;
        expect(check(data, { ...parameters, columns, rows: rows.length })).toMatch(/^(?:whole|damaged)$/);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the codes', () => {
  it.each([
    [0, 0, '00110101'],
    [1_728, 0, '01001101100110101'],
    [63, 0, '00110100'],
    [5_184, 0, '00000001111100000001111101101100110101'.slice(0, 24) + '11011' + '00110101'],
    [0, 1, '0000110111'],
    [2_623, 1, '000000011111000001100111'],
  ] as const)('should be those of T.4 for a run of %i in colour %i', (run, colour, bits) => {
    expect(runCode(run, colour)).toBe(bits);
    const row = colour === 0 ? bits : runCode(0, 0) + bits;
    expect(check(bytesOf(row), { columns: Math.max(run, 1), rows: 1 })).toBe(run > 0 ? 'whole' : 'damaged');
  });
});

describe('damage', () => {
  const rows = [white(20), [...white(5), 1, 1, 1, ...white(12)], white(20)] as const;
  const t6 = rows.map((row, y) => row2d(row, rows[y - 1] ?? white(20))).join('');
  const sized = { k: -1, columns: 20, rows: 3 };

  it.each([
    ['a code that is in no table', '0000000 1 1111', sized],
    ['the extension for uncompressed pixels', '0000001 111', sized],
    ['a run that leads out of the row', `001${runCode(18, 0)}${runCode(3, 1)}`, sized],
    ['a change that is not after the last one', `001${runCode(2, 0)}${runCode(2, 1)} 0001`, sized],
    ['a change beyond the row', '011', sized],
    ['a run in colour 1 that leads out of the row', runCode(21, 0), { columns: 20, rows: 1 }],
    ['a row cut short', runCode(10, 0), { columns: 20, rows: 1 }],
    ['more than its rows', `${t6}1111 0101`, sized],
    ['the end of the block before its rows', `${t6.slice(0, 1)}${END_OF_LINE.repeat(2)}`, sized],
    ['a missing end of line', row1d(white(20)).repeat(2), { columns: 20, rows: 2, endOfLine: true }],
    [
      'ones between aligned rows',
      `${row1d(white(20))}1`.repeat(2),
      { columns: 20, rows: 2, encodedByteAlign: true },
    ],
    ['no data', '', { columns: 20 }],
    ['no columns', '1', { ...sized, columns: 0 }],
  ])('should be %s', (_, bits, parameters) => {
    expect(check(bytesOf(bits), parameters)).toBe('damaged');
  });

  it('should not be zeros or a line ending after the last row, or data after the end-of-block pattern', () => {
    expect(check(bytesOf(t6), sized)).toBe('whole');
    expect(check(Buffer.concat([bytesOf(t6), Buffer.alloc(100)]), sized)).toBe('whole');
    expect(check(Buffer.concat([bytesOf(t6), Buffer.from('\r\n')]), sized)).toBe('whole');
    expect(check(Buffer.concat([bytesOf(t6), Buffer.from('\r\n')]), { ...sized, rows: 0 })).toBe('whole');
    expect(check(Buffer.concat([bytesOf(t6 + END_OF_LINE.repeat(2)), Buffer.from('more')]), sized)).toBe(
      'whole',
    );
    expect(check(Buffer.concat([bytesOf(t6), Buffer.from('more')]), sized)).toBe('damaged');
  });

  it('should be accepted in as many rows as the parameters allow, when the next row is found', () => {
    const line = END_OF_LINE + row1d(white(20));
    const data = bytesOf(`${line}${END_OF_LINE}00000000 1 ${line}${END_OF_LINE.repeat(6)}`);
    const parameters = { columns: 20, rows: 3, endOfLine: true };
    expect(check(data, parameters)).toBe('damaged');
    expect(check(data, { ...parameters, damagedRowsBeforeError: 1 })).toBe('whole');
  });

  it('should be reported with its offset', () => {
    const data = Buffer.concat([bytesOf('1'.repeat(80)), Buffer.alloc(1, 1), Buffer.alloc(9, 0xff)]);
    const parameters = {
      k: -1,
      columns: 8,
      rows: 200,
      endOfLine: false,
      encodedByteAlign: false,
      damagedRowsBeforeError: 0,
    };
    expect(checkCcitt(data, parameters, new Work(UNITS))).toEqual({ kind: 'damaged', at: 10 });
  });
});

describe('the work', () => {
  it('should be limited by the bytes for any parameters', () => {
    const data = Buffer.alloc(1_000, 0xff);
    const parameters = {
      k: -1,
      columns: 2 ** 31 - 1,
      rows: 2 ** 31 - 1,
      endOfLine: false,
      encodedByteAlign: false,
      damagedRowsBeforeError: 0,
    };
    const work = new Work(UNITS);
    expect(checkCcitt(data, parameters, work).kind).toBe('damaged');
    expect(work.remaining).toBeGreaterThan(UNITS - 120_000);
    expect(() => checkCcitt(data, parameters, new Work(1_000))).toThrow(OutOfWork);
  });
});
