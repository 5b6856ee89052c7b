import type { Rounds } from './rounds.ts';
import type { Spread } from './statistics.ts';
import { atRest, difference, maxResident, ratio } from './summary.ts';
import type { Workload } from './workloads.ts';

/** A maximum for a cost of the gateway, and the measured cost. */
export interface Goal {
  readonly name: string;
  readonly atMost: number;
  readonly unit: '×' | 'ms' | 'MB';
  /** Undefined if it was not measured. */
  readonly measured: Spread | undefined;
}

/** Whether the median is at most the maximum. Undefined if it was not measured. */
export function isMet({ atMost, measured }: Goal): boolean | undefined {
  return measured && measured.median <= atMost;
}

export function goalsOf(run: Rounds): readonly Goal[] {
  const cpu = (workload: Workload['name'], to: string, proxy = 'gateway'): Spread | undefined =>
    ratio(run, { workload, proxy, mode: 'saturated' }, to, 'cpuMicros');
  return [
    { name: 'CPU, mix, to node:http', atMost: 1.3, unit: '×', measured: cpu('mix', 'node-http') },
    {
      name: 'CPU, PNG, all different, to node:http',
      atMost: 1.3,
      unit: '×',
      measured: cpu('png', 'node-http'),
    },
    {
      name: 'CPU, PDF, structure, all different, to node:http',
      atMost: 1.5,
      unit: '×',
      measured: cpu('pdf', 'node-http', 'gateway-structure'),
    },
    {
      name: 'CPU, PDF, deep, all different, to node:http',
      atMost: 2.8,
      unit: '×',
      measured: cpu('pdf', 'node-http'),
    },
    {
      name: 'CPU, PDF, deep, verified before, to node:http',
      atMost: 1.3,
      unit: '×',
      measured: cpu('pdf-same', 'node-http'),
    },
    {
      name: 'CPU, mix, to Express with http-proxy-middleware',
      atMost: 0.85,
      unit: '×',
      measured: cpu('mix', 'http-proxy-middleware'),
    },
    { name: 'CPU, mix, to Express with axios', atMost: 0.45, unit: '×', measured: cpu('mix', 'axios') },
    {
      name: 'p99 at 500/s, mix, more than node:http',
      atMost: 1,
      unit: 'ms',
      measured: difference(run, { workload: 'mix', proxy: 'gateway', mode: 'paced' }, 'node-http', 'p99'),
    },
    {
      name: 'p99 at 500/s, PDF, deep, more than node:http',
      atMost: 1,
      unit: 'ms',
      measured: difference(run, { workload: 'pdf', proxy: 'gateway', mode: 'paced' }, 'node-http', 'p99'),
    },
    { name: 'CPU, /health, to a bare Fastify', atMost: 1.8, unit: '×', measured: cpu('health', 'fastify') },
    { name: 'start to first 200', atMost: 600, unit: 'ms', measured: atRest(run, 'gateway', 'startMs') },
    {
      name: 'start to first 200, to a bare Fastify',
      atMost: 2.5,
      unit: '×',
      measured: atRest(run, 'gateway', 'startMs', 'fastify'),
    },
    {
      name: 'resident memory at rest',
      atMost: 110,
      unit: 'MB',
      measured: megabytes(atRest(run, 'gateway', 'residentBytes')),
    },
    {
      name: 'resident memory under 64 connections',
      atMost: 210,
      unit: 'MB',
      measured: megabytes(maxResident(run, 'gateway')),
    },
  ];
}

function megabytes(bytes: Spread | undefined): Spread | undefined {
  return bytes && { median: bytes.median / 1e6, min: bytes.min / 1e6, max: bytes.max / 1e6 };
}
