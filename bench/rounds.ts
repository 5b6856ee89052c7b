import { setTimeout as delay } from 'node:timers/promises';
import type { Proxy } from './proxies.ts';
import type { ProxyProcess } from './proxy-process.ts';
import type { Measurement, Stage } from './stage.ts';
import type { Workload } from './workloads.ts';

/** The number of rounds, and the length of each window in seconds. */
export interface Plan {
  readonly rounds: number;
  /** The first warm-up of a proxy in a round. */
  readonly firstWarmUp: number;
  readonly warmUp: number;
  readonly saturated: number;
  readonly paced: number;
}

export interface Sample extends Measurement {
  readonly round: number;
  readonly workload: Workload['name'];
  readonly proxy: string;
  readonly mode: 'saturated' | 'paced';
}

/** A proxy after its start, before the first request. */
export interface Rest {
  readonly round: number;
  readonly proxy: string;
  readonly startMs: number;
  readonly residentBytes: number;
}

export interface Rounds {
  readonly samples: readonly Sample[];
  readonly rests: readonly Rest[];
}

export const CONNECTIONS = 64;
export const PER_SECOND = 500;
const REST_MS = 1_000;

/**
 * Measures every workload on its proxies in turn, in several rounds. Only results of the same round are compared,
 * because a slow machine slows all proxies of a round. Each round starts the proxies again, because no two processes
 * are compiled alike, and in another order.
 */
export async function playRounds(
  stage: Stage,
  workloads: readonly Workload[],
  proxies: readonly Proxy[],
  plan: Plan,
  report: (line: string) => void,
): Promise<Rounds> {
  const samples: Sample[] = [];
  const rests: Rest[] = [];
  for (let round = 1; round <= plan.rounds; round += 1) {
    const [first] = workloads;
    if (first === undefined) break;
    const upstreamPort = await stage.serve(first.serving);
    const running = new Map<string, ProxyProcess>();
    for (const proxy of rotate(proxies, round)) {
      running.set(proxy.name, await stage.start(proxy, upstreamPort));
    }
    await delay(REST_MS);
    for (const { name: proxy, startMs, residentBytes } of running.values()) {
      rests.push({ round, proxy, startMs, residentBytes });
    }
    const warm = new Set<string>();
    for (const workload of workloads) {
      await stage.serve(workload.serving);
      const measured = workload.proxies.flatMap((name) => running.get(name) ?? []);
      for (const proxy of rotate(measured, round)) {
        const load = { path: workload.path, connections: CONNECTIONS };
        await stage.measure(proxy, {
          ...load,
          seconds: warm.has(proxy.name) ? plan.warmUp : plan.firstWarmUp,
        });
        warm.add(proxy.name);
        const of = { round, workload: workload.name, proxy: proxy.name };
        const saturated = await stage.measure(proxy, { ...load, seconds: plan.saturated });
        samples.push({ ...of, mode: 'saturated', ...saturated });
        if (workload.isPaced) {
          const paced = await stage.measure(proxy, { ...load, seconds: plan.paced, perSecond: PER_SECOND });
          samples.push({ ...of, mode: 'paced', ...paced });
        }
        report(
          `round ${round}/${plan.rounds}  ${workload.name.padEnd(13)}  ${proxy.name.padEnd(21)}  ` +
            `${saturated.cpuMicros.toFixed(1).padStart(6)} µs  ${saturated.perSecond.toFixed(0).padStart(6)}/s`,
        );
      }
    }
    for (const proxy of running.values()) await proxy.stop();
  }
  return { samples, rests };
}

function rotate<T>(items: readonly T[], by: number): readonly T[] {
  const start = by % Math.max(1, items.length);
  return [...items.slice(start), ...items.slice(0, start)];
}
