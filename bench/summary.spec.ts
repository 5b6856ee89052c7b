import { describe, expect, it } from '@jest/globals';
import { capacityTable, sizingTable } from './capacity.ts';
import { goalsOf, isMet } from './goals.ts';
import { run, sample } from './summary.fixture.ts';
import { atRest, difference, isHelperBound, maxResident, quantity, ratio } from './summary.ts';

const where = { workload: 'mix', proxy: 'gateway', mode: 'saturated' } as const;

describe('a quantity', () => {
  it('should be its median over the rounds of the workload, proxy and mode', () => {
    const samples = [
      sample({ round: 1, cpuMicros: 100 }),
      sample({ round: 2, cpuMicros: 130 }),
      sample({ round: 3, cpuMicros: 110 }),
      sample({ cpuMicros: 1, proxy: 'nginx' }),
      sample({ cpuMicros: 2, mode: 'paced' }),
      sample({ cpuMicros: 3, workload: 'png' }),
    ];
    expect(quantity(run(samples), where, 'cpuMicros')).toEqual({ median: 110, min: 100, max: 130 });
  });

  it('should be undefined when it was not measured', () => {
    expect(quantity(run([]), where, 'cpuMicros')).toBeUndefined();
  });
});

describe('a ratio', () => {
  it('should be computed within each round, where a slow machine affects both', () => {
    const samples = [
      sample({ round: 1, cpuMicros: 120 }),
      sample({ round: 1, cpuMicros: 60, proxy: 'node-http' }),
      sample({ round: 2, cpuMicros: 480 }),
      sample({ round: 2, cpuMicros: 240, proxy: 'node-http' }),
    ];
    expect(ratio(run(samples), where, 'node-http', 'cpuMicros')).toEqual({ median: 2, min: 2, max: 2 });
    expect(difference(run(samples), where, 'node-http', 'cpuMicros')).toEqual({
      median: 150,
      min: 60,
      max: 240,
    });
  });

  it('should skip rounds without the other proxy', () => {
    const samples = [sample({ round: 1 }), sample({ round: 2, proxy: 'node-http' })];
    expect(ratio(run(samples), where, 'node-http', 'cpuMicros')).toBeUndefined();
  });
});

describe('the footprint', () => {
  const rests = [
    { round: 1, proxy: 'gateway', startMs: 400, residentBytes: 100e6 },
    { round: 2, proxy: 'gateway', startMs: 600, residentBytes: 104e6 },
    { round: 1, proxy: 'fastify', startMs: 200, residentBytes: 70e6 },
    { round: 2, proxy: 'fastify', startMs: 200, residentBytes: 70e6 },
  ];

  it('should be that of idle processes, compared within the round', () => {
    expect(atRest(run([], rests), 'gateway', 'startMs')).toMatchObject({ median: 500 });
    expect(atRest(run([], rests), 'gateway', 'startMs', 'fastify')).toEqual({ median: 2.5, min: 2, max: 3 });
  });

  it('should be the maximum of each round under load', () => {
    const samples = [
      sample({ residentBytes: 150e6 }),
      sample({ residentBytes: 170e6, workload: 'pdf' }),
      sample({ residentBytes: 160e6, round: 2 }),
    ];
    expect(maxResident(run(samples), 'gateway')).toEqual({ median: 165e6, min: 160e6, max: 170e6 });
  });
});

describe('a throughput', () => {
  it('should count as limited by the load generator when that used a whole core', () => {
    expect(isHelperBound(run([sample({ loadCores: 0.99 })]), where)).toBe(true);
    expect(isHelperBound(run([sample({ loadCores: 0.3 })]), where)).toBe(false);
  });
});

describe('the goals', () => {
  const goal = (name: string, cpuMicros: number): boolean | undefined => {
    const samples = [
      sample({ workload: 'png', cpuMicros }),
      sample({ workload: 'png', cpuMicros: 100, proxy: 'node-http' }),
    ];
    const found = goalsOf(run(samples)).find((each) => each.name === name);
    if (found === undefined) throw new Error(`there is no goal ${name}`);
    return isMet(found);
  };

  it('should be met at the maximum, and missed above it', () => {
    expect(goal('CPU, PNG, all different, to node:http', 130)).toBe(true);
    expect(goal('CPU, PNG, all different, to node:http', 131)).toBe(false);
  });

  it('should be neither met nor missed without a measurement', () => {
    expect(goal('CPU, /health, to a bare Fastify', 100)).toBeUndefined();
  });
});

describe('the capacity', () => {
  const measured = run([
    sample({ workload: 'mix-different', cpuMicros: 200, perSecond: 5_000, bytesPerSecond: 150e6 }),
  ]);

  it('should follow from the cost of a document', () => {
    const { rows } = capacityTable(measured);
    // 1 s / 200 µs; 30 KB each; 150 MB are 1/6.67 of a GB; 64 × 200 µs.
    expect(rows).toEqual([['mix-different', '200', '30.0', '5,000', '150', '33,333', '12.8']]);
  });

  it('should have one more pod than the rate needs', () => {
    const { rows } = sizingTable(measured);
    expect(rows.map(([rate, cores, pods]) => [rate, cores, pods])).toEqual([
      ['100', '0.02', '3'],
      ['1,000', '0.20', '3'],
      ['10,000', '2.00', '5'],
      ['100,000', '20', '35'],
    ]);
  });
});
