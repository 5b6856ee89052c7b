import type { WireFault } from '../../upstream/faults.ts';
import { closedLoop } from '../load.ts';
import type { Scenario } from '../scenario.ts';

/** Faults of the upstream, and the kinds of answers that each may cause. */
const cases: readonly (readonly [WireFault, ...string[]])[] = [
  ...[500, 502, 503, 429, 204, 403].map((status) => [{ kind: 'status', status }, 'upstream-failed'] as const),
  [{ kind: 'status', status: 503, retryAfter: '120' }, 'upstream-failed'],
  [{ kind: 'status', status: 404 }, 'document-not-found'],
  [{ kind: 'redirect', status: 301 }, 'upstream-failed'],
  [{ kind: 'redirect', status: 307 }, 'upstream-failed'],
  [{ kind: 'wrong-length', length: 'too-small' }, 'document-damaged', 'upstream-failed'],
  [{ kind: 'wrong-length', length: 'too-large' }, 'upstream-failed', 'deadline-exceeded'],
  [{ kind: 'wrong-length', length: 'repeated' }, 'upstream-failed'],
  [{ kind: 'wrong-length', length: 'malformed' }, 'upstream-failed'],
  [{ kind: 'wrong-type' }, 'intact'],
  [{ kind: 'wrong-type', contentType: 'text/html' }, 'intact'],
  [{ kind: 'wrong-type', contentType: '' }, 'intact'],
  [{ kind: 'unasked-partial' }, 'upstream-failed'],
  [{ kind: 'unasked-not-modified' }, 'upstream-failed'],
  [{ kind: 'unasked-gzip' }, 'upstream-failed'],
  [{ kind: 'header-bomb', bytes: 64 * 1024 }, 'upstream-failed'],
  [{ kind: 'header-bomb', bytes: 1024 * 1024 }, 'upstream-failed', 'deadline-exceeded'],
  [{ kind: 'truncate' }, 'upstream-failed'],
  [{ kind: 'interim', status: 103, count: 3 }, 'intact'],
  [{ kind: 'interim', status: 103, count: 2_000 }, 'intact', 'upstream-failed'],
  [{ kind: 'chunked' }, 'intact'],
  [{ kind: 'empty' }, 'document-damaged'],
  [{ kind: 'html' }, 'document-damaged'],
];

const STORM = ['upstream-failed', 'upstream-unavailable'];

export const wrongAnswers: Scenario = {
  name: 'wrong-answers',
  about: 'error storms, redirect loops, wrong lengths and types, 206, 304, gzip, header bombs',
  async run(stage) {
    const upstream = await stage.upstream({ damaged: 0 });
    const gateway = await stage.gateway(upstream, {
      DEADLINE_MS: 2_000,
      UPSTREAM_BODY_TIMEOUT_MS: 500,
      // Every request must reach the upstream, so the breaker must not open.
      BREAKER_MIN_SAMPLES: 100_000,
    });
    const target = stage.target(gateway.origin, upstream);
    for (const [fault, ...allowed] of cases) {
      await upstream.setFaults([{ ratio: 1, fault }]);
      const tally = await closedLoop(target, { requests: 30, connections: 30 });
      stage.check(
        `${Object.values(fault).join(' ').trim()}: ${allowed.join(' or ')}`,
        tally.count(...allowed) === tally.answers.length,
        tally.toString(),
      );
    }
    const asked = (await upstream.stats()).requests;
    const attempts = (await gateway.metrics()).sum('upstream_attempts_total');
    // The difference allows for readiness pings. Followed redirects would be hundreds.
    stage.check(
      'no redirect is followed',
      asked - attempts < 60,
      `${attempts} attempts, ${asked} requests upstream`,
    );

    const all = cases.map(([fault]) => ({ ratio: 1 / (2 * cases.length), fault }));
    await upstream.setFaults(all);
    const mixed = await closedLoop(target, { requests: 2_000, connections: 32 });
    stage.check(
      'all of them at once, half of the time: the contract only',
      mixed.flaws.length === 0,
      mixed.toString(),
    );

    const defaults = await stage.gateway(upstream);
    await upstream.setFaults([{ ratio: 1, fault: { kind: 'status', status: 500 } }]);
    const storm = await closedLoop(stage.target(defaults.origin, upstream), {
      requests: 2_000,
      connections: 32,
    });
    stage.check(
      `a storm of 500: ${STORM.join(' or ')}`,
      storm.count(...STORM) === storm.answers.length,
      storm.toString(),
    );
  },
};
