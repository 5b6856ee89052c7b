import type { Run } from './summary.ts';
import { maxResident, quantity } from './summary.ts';
import { format, type Table } from './table.ts';
import { type Workload, workloads } from './workloads.ts';

/** The resources of a pod in config/base/deployment.yaml, and the target of horizontalpodautoscaler.yaml. */
export const POD = { busyCores: 0.6, memoryMebibytes: 512, maxInFlight: 64 };
/** Attempts for each document when 10 % are damaged. */
const ATTEMPTS = 1 / 0.9;
/** The response time of the upstream in the examples, in seconds. */
const UPSTREAM_SECONDS = 0.02;
const RATES = [100, 1_000, 10_000, 100_000];
const DOCUMENTS: readonly Workload['name'][] = ['mix', 'mix-different', 'png', 'pdf', 'pdf-same'];

/** The processor time and the size of one document. */
interface Cost {
  readonly micros: number;
  readonly bytes: number;
}

function costOf(run: Run, workload: Workload['name']): Cost | undefined {
  const where = { workload, proxy: 'gateway', mode: 'saturated' } as const;
  const micros = quantity(run, where, 'cpuMicros')?.median;
  const bytes = quantity(run, where, 'bytesPerSecond')?.median;
  const perSecond = quantity(run, where, 'perSecond')?.median;
  if (micros === undefined || bytes === undefined || perSecond === undefined) return undefined;
  return { micros, bytes: bytes / perSecond };
}

/** The capacity of one core and of one GB for each kind of document. */
export function capacityTable(run: Run): Table {
  const resident = maxResident(run, 'gateway')?.median ?? NaN;
  const rows = workloads
    .filter(({ name }) => DOCUMENTS.includes(name))
    .flatMap(({ name }) => {
      const cost = costOf(run, name);
      if (cost === undefined) return [];
      const perCore = 1e6 / cost.micros;
      return [
        [
          name,
          format(cost.micros, 0),
          format(cost.bytes / 1e3, 1),
          format(perCore, 0),
          format((perCore * cost.bytes) / 1e6, 0),
          format((perCore * 1e9) / resident, 0),
          format((POD.maxInFlight * cost.micros) / 1e3, 1),
        ],
      ];
    });
  return {
    columns: [
      'documents',
      'CPU µs',
      'mean KB',
      'requests/s per core',
      'MB/s per core',
      'requests/s per GB',
      'upstream ms at which 64 in flight limit',
    ],
    rows,
  };
}

/** The resources for several request rates, with the mix of different documents. */
export function sizingTable(run: Run): Table {
  const cost = costOf(run, 'mix-different') ?? costOf(run, 'mix');
  const columns = [
    'requests/s',
    'cores',
    'pods',
    'memory GiB',
    'Gbit/s from the upstream',
    'Gbit/s to clients',
    `attempts in flight, upstream ${UPSTREAM_SECONDS * 1000} ms`,
    'of each pod',
  ];
  if (cost === undefined) return { columns, rows: [] };
  const rows = RATES.map((rate) => {
    const cores = (rate * cost.micros) / 1e6;
    const pods = Math.max(3, Math.ceil(cores / POD.busyCores) + 1);
    const gigabits = (rate * cost.bytes * 8) / 1e9;
    const inFlight = rate * ATTEMPTS * UPSTREAM_SECONDS;
    return [
      rate.toLocaleString('en-GB'),
      format(cores, cores < 10 ? 2 : 0),
      format(pods, 0),
      format((pods * POD.memoryMebibytes) / 1024, 1),
      format(gigabits * ATTEMPTS, 2),
      format(gigabits, 2),
      format(inFlight, 0),
      format(inFlight / pods, 1),
    ];
  });
  return { columns, rows };
}
