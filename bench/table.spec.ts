import { describe, expect, it } from '@jest/globals';
import { run, sample } from './summary.fixture.ts';
import { goalTable, toMarkdown, toText, workloadTable } from './table.ts';
import { workloads } from './workloads.ts';

const mix = workloads.find(({ name }) => name === 'mix');
if (mix === undefined) throw new Error('there is no mix');

describe('the table of a workload', () => {
  it('should have a row with a ratio for each measured proxy', () => {
    const measured = run([
      sample({ proxy: 'node-http', cpuMicros: 60 }),
      sample({ proxy: 'gateway', cpuMicros: 90 }),
      sample({ proxy: 'gateway', mode: 'paced', p50: 0.3, p99: 0.9 }),
    ]);
    expect(workloadTable(measured, mix).rows).toEqual([
      ['node-http', '60', '60 to 60', '1.00', '8,000', '0.96', '7.0', '15.0', '-', '-'],
      ['gateway', '90', '90 to 90', '1.50', '8,000', '0.96', '7.0', '15.0', '0.30', '0.90'],
    ]);
  });

  it('should mark throughput that the load generator limits, and rejected load', () => {
    const throughput = (values: Parameters<typeof sample>[0]): string | undefined =>
      workloadTable(run([sample(values)]), mix).rows[0]?.[4];
    expect(throughput({ loadCores: 0.99 })).toBe('8,000 *');
    expect(throughput({ shed: 500 })).toBe('8,000 !');
    expect(throughput({})).toBe('8,000');
  });
});

describe('the table of goals', () => {
  it('should say which goals are met, missed or not measured', () => {
    const one = (value: number): { median: number; min: number; max: number } => ({
      median: value,
      min: value,
      max: value,
    });
    const { rows } = goalTable([
      { name: 'a', atMost: 1.35, unit: '×', measured: one(1.3) },
      { name: 'b', atMost: 600, unit: 'ms', measured: one(601) },
      { name: 'c', atMost: 1, unit: 'ms', measured: undefined },
    ]);
    expect(rows).toEqual([
      ['a', '1.35 ×', '1.30 ×', '1.30 to 1.30', 'met'],
      ['b', '600 ms', '601 ms', '601 to 601', 'not met'],
      ['c', '1 ms', '-', '-', 'not measured'],
    ]);
  });
});

describe('a table', () => {
  const table = {
    columns: ['name', 'value'],
    rows: [
      ['a', '1'],
      ['long name', '1,000'],
    ],
  };

  it('should have aligned columns on the terminal', () => {
    expect(toText(table)).toBe('name       value\na              1\nlong name  1,000');
  });

  it('should be Markdown in the format of Prettier', () => {
    expect(toMarkdown(table)).toBe(
      [
        '| name      | value |',
        '| --------- | ----: |',
        '| a         |     1 |',
        '| long name | 1,000 |',
      ].join('\n'),
    );
  });
});
