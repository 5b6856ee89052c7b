import { setTimeout as delay } from 'node:timers/promises';
import type { Gateway } from '../gateway.ts';
import { openLoop } from '../load.ts';
import type { Scenario } from '../scenario.ts';
import { Tally } from '../tally.ts';
import { timeUntil } from '../time-until.ts';

const PER_SECOND = 200;
const BEFORE_S = 5;
const DEAD_S = 10;
const AFTER_S = 4;
/** Settings of the service that the checks depend on. */
const DEADLINE_MS = 10_000;
const RECOVERY_MS = 2_000;
/** The delay that a busy machine may add. */
const NOISE_MS = 250;

export const upstreamDead: Scenario = {
  name: 'upstream-dead',
  about: `the upstream is dead for ${DEAD_S} s under ${PER_SECOND} requests a second`,
  async run(stage) {
    const upstream = await stage.upstream();
    const gateway = await stage.gateway(upstream);
    const tally = new Tally();
    const seconds = BEFORE_S + DEAD_S + AFTER_S;
    const load = openLoop(stage.target(gateway.origin, upstream), { perSecond: PER_SECOND, seconds }, tally);
    await delay(BEFORE_S * 1_000);
    await upstream.down();
    const diedAt = performance.now();
    const died = { sent: tally.sent, attempts: await failedAttempts(gateway) };
    const openedAfter = await timeUntil(() => tally.count('upstream-unavailable') > 0, DEAD_S * 1_000);
    const opened = { sent: tally.sent, attempts: await failedAttempts(gateway) };
    await delay(Math.max(0, DEAD_S * 1_000 - (performance.now() - diedAt)));
    await upstream.up();
    const upAt = performance.now();
    await load;

    const slowest = tally.latencies().max;
    const refused = tally.latencies(({ kind }) => kind === 'upstream-unavailable');
    const metrics = await gateway.metrics();
    const series = (le: string): number =>
      metrics.sum('http_request_duration_seconds_bucket', 'status="503"', `le="${le}"`);
    const within10ms = series('0.01') / series('+Inf');
    const requests = opened.sent - died.sent;
    const attempts = opened.attempts - died.attempts;
    const notServed = tally.answers.filter(({ kind, at }) => kind !== 'intact' && at > upAt);
    const lastFailure = Math.max(0, ...notServed.map(({ at }) => at - upAt));
    const servedAfter = tally.answers.filter(({ at }) => at > upAt + RECOVERY_MS);
    const whole = tally.count('intact', 'upstream-failed', 'upstream-unavailable', 'document-damaged');

    stage.check('every answer is one of the contract', whole === tally.answers.length, tally.toString());
    stage.check(
      'every answer comes within the deadline',
      slowest <= DEADLINE_MS + NOISE_MS,
      `${slowest} ms at most`,
    );
    stage.check('the breaker opens', openedAfter !== undefined, `after ${openedAfter ?? '?'} ms`);
    stage.check(
      'the breaker answers 503 in under 20 ms: the median client',
      refused.p50 < 20,
      `p50 ${refused.p50}, p95 ${refused.p95}, p99 ${refused.p99} ms`,
    );
    stage.check(
      'the breaker answers 503 in under 20 ms: the service itself',
      within10ms >= 0.95,
      `${(100 * within10ms).toFixed(2)} % within 10 ms`,
    );
    stage.check(
      'attempts are at most 1.25 × requests until it opens',
      attempts <= 1.25 * requests,
      `${attempts} for ${requests}: ${(attempts / requests).toFixed(2)}`,
    );
    stage.check(
      'full service within 2 s of recovery',
      lastFailure <= RECOVERY_MS && servedAfter.length > 0,
      `last failure ${Math.round(lastFailure)} ms after it, ${servedAfter.length} served later`,
    );
  },
};

/** Attempts that failed because the upstream was dead. */
async function failedAttempts(gateway: Gateway): Promise<number> {
  const metrics = await gateway.metrics();
  return ['connect', 'reset', 'truncated']
    .map((outcome) => metrics.sum('upstream_attempts_total', `outcome="${outcome}"`))
    .reduce((total, count) => total + count, 0);
}
