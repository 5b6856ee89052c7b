import { setTimeout as delay } from 'node:timers/promises';
import { openLoop } from '../load.ts';
import type { Scenario } from '../scenario.ts';

const IN_FLIGHT = 8;
const LATENCY_MS = 50;
/** Attempts per second that the gateway can make: 160. */
const CAPACITY = (IN_FLIGHT * 1_000) / LATENCY_MS;
const UNLOADED = 60;
const OFFERED = 5 * CAPACITY;
const SECONDS = 30;

export const overload: Scenario = {
  name: 'overload',
  about: `${OFFERED} requests a second for ${SECONDS} s at a capacity of ${CAPACITY}`,
  async run(stage) {
    const upstream = await stage.upstream({
      faults: [{ ratio: 1, fault: { kind: 'latency', ms: LATENCY_MS } }],
    });
    const gateway = await stage.gateway(upstream, {
      UPSTREAM_MAX_IN_FLIGHT: IN_FLIGHT,
      UPSTREAM_QUEUE_LENGTH: IN_FLIGHT,
    });
    const target = stage.target(gateway.origin, upstream);
    const unloaded = await openLoop(target, { perSecond: UNLOADED, seconds: 8 });

    const load = openLoop(target, { perSecond: OFFERED, seconds: SECONDS });
    const resident: number[] = [];
    for (let second = 1; second < SECONDS; second += 1) {
      await delay(1_000);
      resident.push(gateway.mebibytes());
    }
    const loaded = await load;

    const calm = unloaded.latencies(({ kind }) => kind === 'intact');
    const accepted = loaded.latencies(({ kind }) => kind === 'intact');
    const shed = loaded.latencies(({ kind }) => kind === 'overloaded');
    const metrics = await gateway.metrics();
    const series = (le: string): number =>
      metrics.sum('http_request_duration_seconds_bucket', 'status="503"', `le="${le}"`);
    const within50ms = series('0.05') / series('+Inf');
    const rest = loaded.answers.length - loaded.count('intact', 'overloaded');
    const served = loaded.count('intact') / SECONDS;
    const [early, late] = [resident.slice(0, 10), resident.slice(-10)].map((part) => Math.max(...part));

    stage.check(
      'unloaded, all are served',
      unloaded.share('intact') > 0.99,
      `${unloaded.toString()}, p99 ${calm.p99} ms`,
    );
    stage.check(
      'accepted requests keep their p99 within 3 × of unloaded',
      accepted.p99 <= 3 * calm.p99,
      `${accepted.p99} ms, ${(accepted.p99 / calm.p99).toFixed(2)} ×`,
    );
    stage.check('the rest are 503 overloaded', rest === 0, loaded.toString());
    stage.check(
      '503 in under 50 ms: the median client',
      shed.p50 < 50,
      `p50 ${shed.p50}, p95 ${shed.p95}, p99 ${shed.p99}, max ${shed.max} ms`,
    );
    stage.check(
      '503 in under 50 ms: the service itself',
      within50ms >= 0.99,
      `${(100 * within50ms).toFixed(2)} % within 50 ms`,
    );
    stage.check(
      'it goes on delivering at its capacity',
      served >= 0.7 * CAPACITY,
      `${served.toFixed(0)} a second`,
    );
    stage.check(
      'resident memory is bounded',
      (late ?? NaN) <= 1.1 * (early ?? NaN),
      `${early?.toFixed(0)} MiB at most in the first 10 s, ${late?.toFixed(0)} in the last`,
    );
  },
};
