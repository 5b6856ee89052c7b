import type { Goal } from './goals.ts';
import type { ConnectionPoint, SizePoint, Stretch } from './growth-series.ts';
import type { Machine } from './machine.ts';
import { fitLine, median } from './statistics.ts';
import { format, type Table } from './table.ts';

/** The measured growth of costs, stored in its own file like `Run`. */
export interface Growth {
  readonly at: string;
  readonly commit: string | undefined;
  readonly machine: Machine;
  readonly connections: readonly ConnectionPoint[];
  readonly sizes: readonly SizePoint[];
  readonly stretches: readonly Stretch[];
}

/** For smaller documents, the fixed cost matters more than the size. */
const LARGE_BYTES = 1_000_000;

export function growthGoals({ connections, sizes, stretches }: Growth): readonly Goal[] {
  const ours = connectionCosts(connections, 'gateway', 'saturated');
  const floor = new Map(connectionCosts(connections, 'node-http', 'saturated'));
  const mostToLeast = (costs: readonly number[]): number => Math.max(...costs) / Math.min(...costs);
  const one = stretches.find(({ ids }) => ids === 1)?.cpuMicros ?? NaN;
  const run = stretches.filter(({ asked }) => asked > 0);
  const half = (from: number): readonly Stretch[] =>
    run.slice((from * run.length) / 2, ((from + 1) * run.length) / 2);
  // The maximum of each half, because one cycle of heap growth takes more requests than a part has.
  const most = (part: readonly Stretch[]): number => Math.max(...part.map((each) => each.residentBytes));
  const goal = (name: string, atMost: number, measured: number): Goal => ({
    name,
    atMost,
    unit: '×',
    measured: Number.isNaN(measured) ? undefined : { median: measured, min: measured, max: measured },
  });
  return [
    goal('CPU, 1 to 512 connections, most to least', 1.15, mostToLeast(ours.map(([, cost]) => cost))),
    goal(
      'the same, as multiples of node:http',
      1.15,
      mostToLeast(ours.map(([count, cost]) => cost / (floor.get(count) ?? NaN))),
    ),
    goal(
      `CPU, the second half of ${run.at(-1)?.asked.toLocaleString('en-GB') ?? 0} ids to one id`,
      1.15,
      median(half(1).map(({ cpuMicros }) => cpuMicros)) / one,
    ),
    goal(
      'resident memory over them, the most of the second half to the first',
      1.05,
      most(half(1)) / most(half(0)),
    ),
    ...(['pdf', 'png'] as const).map((document) =>
      goal(`CPU, 1 to 20 MB, ${document}, decades for each decade of size`, 1.1, exponent(sizes, document)),
    ),
  ];
}

/** The slope on logarithmic axes: 1 if the cost is proportional to the size. */
function exponent(sizes: readonly SizePoint[], document: SizePoint['document']): number {
  const points = sizeCosts(sizes, 'gateway', document).filter(([bytes]) => bytes >= LARGE_BYTES);
  return fitLine(points.map(([bytes, cost]) => [Math.log10(bytes), Math.log10(cost)] as const)).slope;
}

/** The median cost for each number of connections. */
export function connectionCosts(
  points: readonly ConnectionPoint[],
  proxy: string,
  mode: ConnectionPoint['mode'],
): readonly (readonly [connections: number, micros: number])[] {
  const own = points.filter((point) => point.proxy === proxy && point.mode === mode);
  return [...Map.groupBy(own, ({ connections }) => connections)].map(
    ([connections, group]) => [connections, median(group.map(({ cpuMicros }) => cpuMicros))] as const,
  );
}

export function sizeCosts(
  points: readonly SizePoint[],
  proxy: string,
  document: SizePoint['document'],
): readonly (readonly [bytes: number, micros: number])[] {
  return points
    .filter((point) => point.proxy === proxy && point.document === document)
    .map(({ bytes, cpuMicros }) => [bytes, cpuMicros] as const);
}

export function connectionTable({ connections }: Growth): Table {
  const series = [
    ['gateway', 'saturated'],
    ['node-http', 'saturated'],
    ['gateway', 'paced'],
    ['node-http', 'paced'],
  ] as const;
  const costs = series.map(([proxy, mode]) => new Map(connectionCosts(connections, proxy, mode)));
  const counts = [...new Set(connections.map((point) => point.connections))];
  return {
    columns: [
      'connections',
      'gateway µs',
      'node-http µs',
      'gateway µs at 1,000/s',
      'node-http µs at 1,000/s',
    ],
    rows: counts.map((count) => [String(count), ...costs.map((cost) => format(cost.get(count), 0))]),
  };
}

export function sizeTable({ sizes }: Growth): Table {
  const series = [
    sizeCosts(sizes, 'gateway', 'pdf'),
    sizeCosts(sizes, 'gateway', 'png'),
    sizeCosts(sizes, 'node-http', 'pdf'),
  ].map((costs) => new Map(costs));
  const all = [...new Set(sizes.map(({ bytes }) => bytes))];
  return {
    columns: ['size', 'gateway PDF µs', 'ns/byte', 'gateway PNG µs', 'ns/byte', 'node-http µs', 'ns/byte'],
    rows: all.map((bytes) => [
      sizeName(bytes),
      ...series.flatMap((costs) => {
        const cost = costs.get(bytes);
        return [format(cost, 0), format(cost && (cost * 1000) / bytes, 2)];
      }),
    ]),
  };
}

export function sizeName(bytes: number): string {
  return bytes < 1e6 ? `${bytes / 1e3} KB` : `${bytes / 1e6} MB`;
}

/** Ten parts of a long run, and the ones before it. */
export function stretchTable({ stretches }: Growth): Table {
  const run = stretches.filter(({ asked }) => asked > 0);
  const step = Math.ceil(run.length / 10);
  const shown = [
    ...stretches.filter(({ asked }) => asked === 0),
    ...run.filter((_, index) => (index + 1) % step === 0),
  ];
  return {
    columns: ['ids', 'CPU µs', 'resident MB', 'requests/s'],
    rows: shown.map(({ ids, cpuMicros, residentBytes, perSecond }) => [
      ids.toLocaleString('en-GB'),
      format(cpuMicros, 0),
      format(residentBytes / 1e6, 0),
      format(perSecond, 0),
    ]),
  };
}
