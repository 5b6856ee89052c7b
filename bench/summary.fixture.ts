import type { Sample } from './rounds.ts';
import type { Run } from './summary.ts';

/** A sample of the mix at saturation, with these values. */
export function sample(values: Partial<Sample>): Sample {
  return {
    round: 1,
    workload: 'mix',
    proxy: 'gateway',
    mode: 'saturated',
    requests: 10_000,
    shed: 0,
    failures: 0,
    perSecond: 8_000,
    bytesPerSecond: 240e6,
    cpuMicros: 120,
    cores: 0.96,
    p50: 7,
    p99: 15,
    residentBytes: 150e6,
    upstreamCores: 0.3,
    loadCores: 0.2,
    ...values,
  };
}

export function run(samples: readonly Sample[], rests: Run['rests'] = []): Run {
  return {
    at: '2026-11-21T03:00:00.000Z',
    commit: 'abc1234',
    machine: { processor: 'a processor', cores: 2, kernel: '6.1', node: 'v26.10.0', nginx: undefined },
    plan: { rounds: 3, firstWarmUp: 1, warmUp: 1, saturated: 1, paced: 1 },
    samples,
    rests,
  };
}
