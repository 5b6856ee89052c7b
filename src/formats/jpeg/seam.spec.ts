import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jpeg } from '../jpeg.ts';
import { OutOfWork, Work } from '../work.ts';
import type { Layout } from './edges.ts';
import { RowEdges } from './edges.ts';
import { type Block, encode, type TestScan } from './encode.fixture.ts';
import { ZIGZAG } from './range.ts';
import { hasSeam } from './seam.ts';

const SIDE = 8;
const COLUMNS = 40;
const ROWS = 10;

/** The value of all samples of this column of blocks in this row of samples. */
type Picture = (column: number, y: number) => number;

/** Waves on a slope, as in a photo out of focus. */
const photo: Picture = (column, y) =>
  y / 8 + 25 * Math.sin(column / 9 + y / 50) + 12 * Math.sin(column / 3 - y / 23) - 20;

/** For each row of samples: the waves of the coefficients in column 0 (A.3.3). */
const WAVES = Array.from({ length: SIDE }, (_, y) =>
  Array.from(
    { length: SIDE },
    (_, k) => Math.cos(((2 * y + 1) * k * Math.PI) / 16) * (k === 0 ? 1 : Math.SQRT2),
  ),
);

/** The DCT of a block whose rows have these values. */
function blockOf(rows: readonly number[]): Block {
  const block = new Array<number>(64).fill(0);
  for (const [k, at] of ZIGZAG.entries()) {
    if ((at & 7) !== 0) continue;
    let sum = 0;
    for (const [y, value] of rows.entries()) sum += value * (WAVES[y]?.[at >>> 3] ?? 0);
    block[k] = Math.round(sum);
  }
  return block;
}

interface Drawn {
  readonly picture: Picture;
  readonly horizontal?: number;
  readonly vertical?: number;
  /** The MCU from which on the mean is changed, and by how much. */
  readonly from?: number;
  readonly change?: number;
  readonly restartInterval?: number;
  /** Whether there is only the first component, so that each of its blocks is an MCU, whatever its sampling is. */
  readonly isGray?: boolean;
  readonly scans?: readonly TestScan[];
}

/** A picture with this sampling of its first component. */
function draw({
  picture,
  horizontal = 1,
  vertical = 1,
  from = 0,
  change = 0,
  restartInterval = 0,
  isGray = horizontal * vertical === 1,
  scans,
}: Drawn): Buffer {
  const draws = (across: number, down: number, changes: boolean): Block[] =>
    Array.from({ length: COLUMNS * across * ROWS * down }, (_, i) => {
      const [column, row] = [i % (COLUMNS * across), Math.floor(i / (COLUMNS * across))];
      const mcu = isGray ? i : Math.floor(row / down) * COLUMNS + Math.floor(column / across);
      const by = changes && mcu >= from ? change : 0;
      return blockOf(
        Array.from({ length: SIDE }, (_, y) => picture(column / across, (SIDE * row + y) / down) + by),
      );
    });
  const one = { id: 1, horizontal, vertical, blocks: draws(horizontal, vertical, true) };
  const other = { id: 2, horizontal: 1, vertical: 1, blocks: draws(1, 1, false) };
  const components = isGray ? [one] : [one, other];
  const image = { columns: COLUMNS, rows: ROWS, components, restartInterval };
  return encode(scans === undefined ? image : { ...image, scans });
}

const verdict = (drawn: Drawn): unknown => jpeg.verify(draw(drawn), { level: 'deep', units: 1e9 });
const intact = { intact: true, complete: true };
const at = (row: number, column: number): number => row * COLUMNS + column;

describe('a change of all samples from some block on', () => {
  it('should be found in any row and column, but near the borders', () => {
    const place = fc.record({
      row: fc.integer({ min: 1, max: ROWS - 3 }),
      column: fc.integer({ min: 5, max: COLUMNS - 5 }),
      change: fc.integer({ min: 12, max: 40 }),
      sign: fc.constantFrom(-1, 1),
    });
    fc.assert(
      fc.property(place, ({ row, column, change, sign }) => {
        const from = at(row, column);
        expect(verdict({ picture: photo, from, change: sign * change })).toMatchObject({
          intact: false,
          reason: 'image-data-corrupt',
        });
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    [2, 2],
    [2, 1],
    [1, 2],
  ])('should be found where the component has %i x %i blocks in an MCU', (horizontal, vertical) => {
    const drawn = { picture: photo, horizontal, vertical, from: at(4, 20) };
    expect(verdict({ ...drawn, change: 20 })).toMatchObject({ intact: false });
    expect(verdict(drawn)).toEqual(intact);
  });

  it('should be found where each block is an MCU, whatever the sampling is', () => {
    const drawn = { picture: photo, horizontal: 2, vertical: 2, isGray: true };
    for (const row of [8, 9, 10, 11]) {
      const from = 2 * COLUMNS * row + COLUMNS;
      expect([row, verdict({ ...drawn, from, change: 20 })]).toMatchObject([row, { intact: false }]);
    }
    expect(verdict(drawn)).toEqual(intact);
  });

  it('should be found though text hides where it begins', () => {
    const text: Picture = (column, y) =>
      column > 8 && column < 30 && Math.floor(y) % 5 > 1 ? (column * 37 + Math.floor(y) * 53) % 90 : 80;
    expect(verdict({ picture: text })).toEqual(intact);
    expect(verdict({ picture: text, from: at(5, 18), change: -40 })).toMatchObject({ intact: false });
  });

  it.each([-1, 1])('should be found though greater changes hide more than a third of it (%i)', (sign) => {
    const stripes: Picture = (column, y) => {
      const wave = 36 * Math.sin((Math.floor(y / SIDE) * Math.PI) / 2);
      return photo(column, y) - (column > 8 && column < 24 ? sign * wave : 0);
    };
    expect(verdict({ picture: stripes })).toEqual(intact);
    expect(verdict({ picture: stripes, from: at(4, 30), change: sign * 24 })).toMatchObject({
      intact: false,
    });
  });

  it('should not count when it is hardly visible', () => {
    expect(verdict({ picture: photo, from: at(4, 20), change: 1 })).toEqual(intact);
  });

  it('should not be looked for in a progressive picture, where edges need more than one scan', () => {
    const scans = [
      { components: [0], first: 0, last: 0, high: 0, low: 0 },
      { components: [0], first: 1, last: 63, high: 0, low: 0 },
    ];
    expect(verdict({ picture: photo, from: at(4, 20), change: 20, scans })).toEqual(intact);
  });

  it('should not be looked for between restart markers, which end it', () => {
    expect(verdict({ picture: photo, from: at(4, 20), change: 20, restartInterval: 7 })).toEqual(intact);
  });
});

describe('a sound picture', () => {
  const dark = (column: number, y: number, edge: number): number => photo(column, y) - (y >= edge ? 40 : 0);
  const row = SIDE * 5;

  it.each<[string, Picture]>([
    ['an edge along a row of blocks', (column, y) => dark(column, y, row)],
    ['a sloping edge', (column, y) => dark(column, y, row + SIDE - (SIDE * column) / COLUMNS)],
    [
      'things that end in rows next to each other, but not at blocks',
      (column, y) => dark(column, y, row + (column < 20 ? 12 : 4)),
    ],
    [
      'a line along two rows of blocks',
      (column, y) =>
        y >= row + (column < 20 ? SIDE : 0) - 1 && y < row + (column < 20 ? SIDE : 0) ? 90 : photo(column, y),
    ],
    [
      'a bar on one side',
      (column, y) => (column >= 20 && y >= row && y < row + SIDE ? 60 : photo(column, y)),
    ],
    ['noise', (column, y) => (column * 7919 + Math.floor(y) * 104_729) % 97],
  ])('should be accepted with %s', (_, picture) => {
    expect(verdict({ picture })).toEqual(intact);
    expect(verdict({ picture, horizontal: 2, vertical: 2 })).toEqual(intact);
  });
});

describe('the edges between rows', () => {
  const steps = new Uint16Array(64).fill(1);
  const view = new DataView(new ArrayBuffer(8));

  /** Adds blocks with these DC coefficients in the order of the scan; what is skipped is undefined afterwards. */
  function add(layout: Layout, dcs: readonly number[]): RowEdges {
    const edges = new RowEdges(layout, steps);
    for (let i = 0; i < dcs.length;) i += edges.add(view, 0, dcs[i] ?? 0, undefined);
    return edges;
  }

  it('should be those of the lowest blocks of an MCU and of the highest of the one below', () => {
    const edges = add({ columns: 2, rows: 2, horizontal: 2, vertical: 2 }, [
      ...[1, 0, 80, 0, 2, 0, 160, 0],
      ...[96, 0, 3, 0, 240, 0, 4, 0],
    ]);
    expect([...edges.atEdge]).toEqual([0, 0, 2, 10]);
    expect([...edges.ofMeans]).toEqual([0, 0, 2, 10]);
  });

  it('should be compared in 32 to 63 columns', () => {
    const columns = [1, 32, 63, 64, 65, 100, 1_000].map((columns) => {
      const dcs = Array.from({ length: 2 * columns }, (_, i) => 8 * (i % columns) * (i < columns ? 1 : 2));
      const edges = add({ columns, rows: 2, horizontal: 1, vertical: 1 }, dcs);
      // Every n-th column, of which the value in the second row is twice that in the first.
      const every = Math.max(1, Math.floor(columns / 32));
      expect([...edges.atEdge.subarray(edges.columns)]).toEqual(
        Array.from({ length: edges.columns }, (_, i) => i * every),
      );
      return edges.columns;
    });
    expect(columns).toEqual([1, 32, 63, 32, 33, 34, 33]);
  });
});

describe('a seam', () => {
  const rows = 10;
  const steps = new Uint16Array(64).fill(8);
  const [row, column] = [4, 16];

  /** Edges that change by 10 from one column to another of two rows, where all others change by 1 or -1. */
  function edges(from: number, to: number, ofMeans = 10): RowEdges {
    const made = new RowEdges({ columns: COLUMNS, rows, horizontal: 1, vertical: 1 }, steps);
    expect(made.columns).toBe(COLUMNS);
    for (let i = 0; i < made.atEdge.length; i++) made.atEdge[i] = i % 3 === 0 ? -1 : 1;
    const start = row * COLUMNS;
    made.atEdge.fill(10, start + from, start + to);
    made.ofMeans.fill(ofMeans, start + from, start + to);
    return made;
  }

  it('should go from a column of one row to the column before it in the next', () => {
    expect(hasSeam(edges(column, column + COLUMNS), new Work(1e9))).toBe(true);
  });

  it.each([
    ['begin before', column - 6, column + COLUMNS],
    ['begin after', column + 6, column + COLUMNS],
    ['end before', column, column + COLUMNS - 6],
    ['end after', column, column + COLUMNS + 6],
    ['be the whole row', 0, COLUMNS],
    ['be both rows', 0, 2 * COLUMNS],
  ])('should not %s', (_, from, to) => {
    expect(hasSeam(edges(from, to), new Work(1e9))).toBe(false);
  });

  it.each([4, 16])('should change the means of blocks as well, unlike %i', (ofMeans) => {
    expect(hasSeam(edges(column, column + COLUMNS, ofMeans), new Work(1e9))).toBe(false);
  });

  it('should be looked for within the units of work', () => {
    const many = new RowEdges({ columns: 8_000, rows: 2_000, horizontal: 1, vertical: 1 }, steps);
    expect(() => hasSeam(many, new Work(1e6))).toThrow(OutOfWork);
    expect(hasSeam(many, new Work(1e8))).toBe(false);
  });
});
