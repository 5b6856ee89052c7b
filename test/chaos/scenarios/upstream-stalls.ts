import type { WireFault } from '../../upstream/faults.ts';
import type { Footprint } from '../gateway.ts';
import { closedLoop } from '../load.ts';
import type { Scenario } from '../scenario.ts';
import { timeUntil } from '../time-until.ts';

const DEADLINE_MS = 1_200;
/** The delay that a busy machine may add. */
const NOISE_MS = 800;
const AT_ONCE = 32;
const ROUNDS = 3;
const MIB = 1024 * 1024;
const MAX_DOCUMENT_BYTES = MIB;

const stalls: readonly WireFault[] = [
  { kind: 'hang', after: 'request' },
  { kind: 'hang', after: 'headers' },
  { kind: 'hang', after: 'half-body' },
  { kind: 'drip', bytesPerSecond: 1 },
  { kind: 'endless', framing: 'chunked' },
  { kind: 'endless', framing: 'content-length' },
];

export const upstreamStalls: Scenario = {
  name: 'upstream-stalls',
  about: 'the upstream hangs, drips a byte a second, or never ends',
  async run(stage) {
    const upstream = await stage.upstream();
    const gateway = await stage.gateway(upstream, {
      DEADLINE_MS,
      UPSTREAM_HEADERS_TIMEOUT_MS: 500,
      MAX_DOCUMENT_BYTES,
      MAX_BUFFERED_BYTES: 128 * MIB,
      // Every request must reach the upstream, so the breaker must not open.
      BREAKER_MIN_SAMPLES: 100_000,
    });
    const before = await gateway.footprint();
    const rounds: Footprint[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const fault of stalls) {
        await upstream.setFaults([{ ratio: 1, fault }]);
        const tally = await closedLoop(stage.target(gateway.origin, upstream), {
          requests: AT_ONCE,
          connections: AT_ONCE,
        });
        const { max } = tally.latencies();
        const expected = tally.count('deadline-exceeded', 'upstream-failed', 'document-damaged');
        const how = Object.values(fault).join(' ');
        stage.check(
          `round ${round}, ${how}: 504 or 502 by the deadline`,
          expected === AT_ONCE && max <= DEADLINE_MS + NOISE_MS,
          `${tally.toString()}, within ${max} ms`,
        );
      }
      const left = await gateway.quiet();
      stage.check(
        `round ${round}: nothing is held for anyone`,
        left === '',
        left === '' ? 'all gauges 0' : left,
      );
      rounds.push(await gateway.footprint());
    }
    const freed = await timeUntil(() => gateway.sockets <= before.sockets, 10_000);
    const resident = rounds.map(({ mebibytes }) => mebibytes);
    const growth = resident.slice(1).map((mebibytes, round) => mebibytes - (resident[round] ?? NaN));

    stage.check(
      'no socket is left',
      freed !== undefined,
      `${before.sockets} before, ${gateway.sockets} after`,
    );
    // A leak of documents would grow by more than this in every round. The allocator may grow once.
    stage.check(
      'resident memory does not grow by a wave of documents in each round',
      Math.min(...growth) < (AT_ONCE * MAX_DOCUMENT_BYTES) / MIB,
      `${resident.map((mebibytes) => mebibytes.toFixed(0)).join(', ')} MiB after each round`,
    );
  },
};
