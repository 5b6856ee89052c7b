import type { Machine } from './machine.ts';
import type { Plan, Rest, Rounds, Sample } from './rounds.ts';
import { median, spread, type Spread } from './statistics.ts';
import type { Workload } from './workloads.ts';

/** The results of a benchmark and its machine, stored in a file for tables and charts. */
export interface Run extends Rounds {
  readonly at: string;
  readonly commit: string | undefined;
  readonly machine: Machine;
  readonly plan: Plan;
}

type Quantity = {
  [Key in keyof Sample]: Sample[Key] extends number ? Key : never;
}[keyof Sample];

/** The workload, proxy and mode of samples. */
export interface Where {
  readonly workload: Workload['name'];
  readonly proxy: string;
  readonly mode: Sample['mode'];
}

/** A quantity over the rounds. Undefined if it was not measured. */
export function quantity(run: Rounds, where: Where, key: Quantity): Spread | undefined {
  const values = find(run, where).map((sample) => sample[key]);
  return values.length === 0 ? undefined : spread(values);
}

/** A quantity divided by that of another proxy in the same round. */
export function ratio(run: Rounds, where: Where, to: string, key: Quantity): Spread | undefined {
  return paired(run, where, to, (mine, theirs) => mine[key] / theirs[key]);
}

/** A quantity minus that of another proxy in the same round. */
export function difference(run: Rounds, where: Where, to: string, key: Quantity): Spread | undefined {
  return paired(run, where, to, (mine, theirs) => mine[key] - theirs[key]);
}

/** A quantity of processes after their start. */
export function atRest(
  run: Rounds,
  proxy: string,
  key: 'startMs' | 'residentBytes',
  to?: string,
): Spread | undefined {
  const of = (name: string, round: number): Rest | undefined =>
    run.rests.find((rest) => rest.proxy === name && rest.round === round);
  const values = run.rests
    .filter((rest) => rest.proxy === proxy)
    .flatMap((rest) => (to === undefined ? rest[key] : rest[key] / (of(to, rest.round)?.[key] ?? NaN)))
    .filter((value) => !Number.isNaN(value));
  return values.length === 0 ? undefined : spread(values);
}

/** The maximum resident memory of each round, over all workloads. */
export function maxResident(run: Rounds, proxy: string): Spread | undefined {
  const byRound = Map.groupBy(
    run.samples.filter((sample) => sample.proxy === proxy),
    ({ round }) => round,
  );
  const values = [...byRound.values()].map((samples) =>
    Math.max(...samples.map(({ residentBytes }) => residentBytes)),
  );
  return values.length === 0 ? undefined : spread(values);
}

/** Whether requests were rejected, so that the results are not the cost of answers. */
export function isShedding(run: Rounds, where: Where): boolean {
  return find(run, where).some(({ shed, requests }) => shed > requests / 1_000);
}

/** Whether the upstream or the load generator used a whole processor, and so limited the throughput. */
export function isHelperBound(run: Rounds, where: Where): boolean {
  const samples = find(run, where);
  return median(samples.map(({ upstreamCores, loadCores }) => Math.max(upstreamCores, loadCores))) > 0.95;
}

function find({ samples }: Rounds, { workload, proxy, mode }: Where): readonly Sample[] {
  return samples.filter((each) => each.workload === workload && each.proxy === proxy && each.mode === mode);
}

function paired(
  run: Rounds,
  where: Where,
  to: string,
  compare: (mine: Sample, theirs: Sample) => number,
): Spread | undefined {
  const others = find(run, { ...where, proxy: to });
  const values = find(run, where).flatMap((mine) => {
    const theirs = others.find(({ round }) => round === mine.round);
    return theirs === undefined ? [] : compare(mine, theirs);
  });
  return values.length === 0 ? undefined : spread(values);
}
