import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { sizeChart } from './chart.ts';
import { type Growth, growthGoals, sizeTable, stretchTable } from './growth-summary.ts';
import { sectionsOf } from './page.ts';
import { replaceSections } from './sections.ts';
import { run, sample } from './summary.fixture.ts';

/** A service with these growing costs. */
function growth({ perConnection = 0, exponent = 1, leakedPerStretch = 0, perStretch = 0 } = {}): Growth {
  const { at, commit, machine } = run([]);
  const measured = sample({});
  return {
    at,
    commit,
    machine,
    connections: [1, 8, 64, 512].flatMap((connections) =>
      ['gateway', 'node-http'].map((proxy) => ({
        ...measured,
        proxy,
        mode: 'saturated' as const,
        round: 1,
        connections,
        cpuMicros: 100 + (proxy === 'gateway' ? perConnection * connections : 0),
      })),
    ),
    sizes: (['pdf', 'png'] as const).flatMap((document) =>
      [1e4, 1e6, 5e6, 2e7].flatMap((bytes) =>
        ['gateway', 'node-http'].map((proxy) => ({
          ...measured,
          proxy,
          document,
          bytes,
          cpuMicros: bytes ** exponent / 10,
        })),
      ),
    ),
    stretches: Array.from({ length: 41 }, (_, index) => ({
      ...measured,
      asked: index * 25_000,
      ids: Math.max(1, index * 25_000),
      cpuMicros: 100 + perStretch * index,
      residentBytes: 150e6 + leakedPerStretch * index,
    })),
  };
}

const missed = (costs: Growth): readonly string[] =>
  growthGoals(costs)
    .filter(({ measured, atMost }) => (measured?.median ?? NaN) > atMost)
    .map(({ name }) => name);

describe('the goals of growth', () => {
  it('should be met by costs that grow only with the size', () => {
    expect(missed(growth())).toEqual([]);
  });

  it('should be missed by a cost of each connection', () => {
    expect(missed(growth({ perConnection: 0.1 }))).toEqual([
      'CPU, 1 to 512 connections, most to least',
      'the same, as multiples of node:http',
    ]);
  });

  it('should be missed by a memory leak', () => {
    expect(missed(growth({ leakedPerStretch: 1e6 }))).toEqual([
      'resident memory over them, the most of the second half to the first',
    ]);
  });

  it('should be missed by a cost of each id', () => {
    expect(missed(growth({ perStretch: 1 }))).toEqual(['CPU, the second half of 1,000,000 ids to one id']);
  });

  it('should be missed by costs that grow faster than the size', () => {
    expect(missed(growth({ exponent: 1.2 }))).toHaveLength(2);
  });
});

describe('the tables of growth', () => {
  it('should show the cost of a byte', () => {
    expect(sizeTable(growth()).rows.at(-1)).toEqual([
      '20 MB',
      ...['2,000,000', '100.00', '2,000,000', '100.00', '2,000,000', '100.00'],
    ]);
  });

  it('should show ten parts of the long run, and the one before it', () => {
    const ids = stretchTable(growth()).rows.map(([first]) => first);
    expect([ids.length, ids[0], ids.at(-1)]).toEqual([11, '1', '1,000,000']);
  });
});

describe('the page on performance', () => {
  it('should have a section for every result', () => {
    const page = readFileSync(new URL('../docs/performance.md', import.meta.url), 'utf8');
    const measured = run([sample({}), sample({ workload: 'mix-different' })]);
    const written = replaceSections(page, sectionsOf(measured, growth()));
    expect(written).toContain('| gateway |');
    expect(sizeChart(growth())).toContain('>10 MB<');
  });
});
