import { describe, expect, it } from '@jest/globals';
import { barChart, lineChart } from './svg.ts';

/** Throws when the tags do not match. */
function assertWellFormed(svg: string): void {
  const open: string[] = [];
  for (const [, slash, name = '', self] of svg.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)) {
    if (slash === '/') expect(open.pop()).toBe(name);
    else if (self !== '/') open.push(name);
  }
  expect(open).toEqual([]);
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
}

describe('a bar chart', () => {
  const svg = barChart({
    title: 'Cost',
    subtitle: 'a < b & c',
    unit: 'µs',
    bars: [
      { label: 'one', value: 50, min: 40, max: 60, isOurs: false },
      { label: 'two', value: 100, min: 90, max: 120, isOurs: true },
    ],
  });

  it('should be well formed, with escaped text', () => {
    assertWellFormed(svg);
    expect(svg).toContain('a &lt; b &amp; c');
  });

  it('should draw bars in proportion', () => {
    const widths = [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width));
    expect(widths).toHaveLength(2);
    expect((widths[1] ?? 0) / (widths[0] ?? 0)).toBeCloseTo(2, 1);
  });

  it('should have colours for dark pages', () => {
    expect(svg).toContain('prefers-color-scheme: dark');
  });
});

describe('a line chart', () => {
  const svg = lineChart({
    title: 'Growth',
    subtitle: '',
    x: String,
    y: String,
    series: [
      {
        label: 'linear',
        points: [
          [10, 1],
          [100, 10],
          [1_000, 100],
        ],
      },
    ],
  });

  it('should be well formed', () => {
    assertWellFormed(svg);
  });

  it('should draw proportional values as a straight line', () => {
    const [[x1, y1], [x2, y2], [x3, y3]] = [...svg.matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g)].map(
      ([, x, y]) => [Number(x), Number(y)] as const,
    ) as [[number, number], [number, number], [number, number]];
    expect((y2 - y1) / (x2 - x1)).toBeCloseTo((y3 - y2) / (x3 - x2), 2);
  });

  it('should label its decades', () => {
    for (const value of ['>10<', '>100<', '>1000<', '>1<']) expect(svg).toContain(value);
  });
});
