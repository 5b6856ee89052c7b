import type { FaultRule } from '../../upstream/faults.ts';
import type { Footprint } from '../gateway.ts';
import { closedLoop, openLoop } from '../load.ts';
import type { Scenario } from '../scenario.ts';
import { timeUntil } from '../time-until.ts';

const PER_SECOND = 100;
/** Until the service has created workers, compiled code and buffers. */
const WARM_UP_S = 10;
/** The interval after which answers are counted and discarded. */
const ROUND_S = 60;
const SETTLE_MS = 12_000;
const MIB = 1024 * 1024;

const faults: readonly FaultRule[] = [
  { ratio: 1, fault: { kind: 'latency', ms: 10 } },
  { ratio: 0.02, fault: { kind: 'latency', ms: 500 } },
  { ratio: 0.02, fault: { kind: 'status', status: 503, retryAfter: '1' } },
  { ratio: 0.02, fault: { kind: 'status', status: 500 } },
  { ratio: 0.01, fault: { kind: 'reset-before-headers' } },
  { ratio: 0.01, fault: { kind: 'reset-in-body' } },
  { ratio: 0.01, fault: { kind: 'truncate' } },
  { ratio: 0.02, fault: { kind: 'wrong-type' } },
  { ratio: 0.01, fault: { kind: 'wrong-length', length: 'too-small' } },
  { ratio: 0.005, fault: { kind: 'wrong-length', length: 'too-large' } },
  { ratio: 0.1, fault: { kind: 'chunked' } },
  { ratio: 0.005, fault: { kind: 'drip', bytesPerSecond: 1 } },
  { ratio: 0.005, fault: { kind: 'endless', framing: 'chunked' } },
  { ratio: 0.01, fault: { kind: 'redirect', status: 302 } },
  { ratio: 0.005, fault: { kind: 'hang', after: 'request' } },
  { ratio: 0.005, fault: { kind: 'hang', after: 'half-body' } },
  { ratio: 0.01, fault: { kind: 'unasked-partial' } },
  { ratio: 0.01, fault: { kind: 'unasked-gzip' } },
  { ratio: 0.005, fault: { kind: 'header-bomb', bytes: 65_536 } },
  { ratio: 0.01, fault: { kind: 'empty' } },
  { ratio: 0.01, fault: { kind: 'html' } },
];

export const soak: Scenario = {
  name: 'soak',
  about: 'a mix of all faults for a minute, or for --minutes N',
  async run(stage) {
    const upstream = await stage.upstream({ documents: { pngBytes: 300_000 }, faults });
    const gateway = await stage.gateway(upstream, {
      MAX_DOCUMENT_BYTES: 2 * MIB,
      MAX_BUFFERED_BYTES: 256 * MIB,
      DEADLINE_MS: 3_000,
    });
    const fresh = gateway.sockets;
    const target = stage.target(gateway.origin, upstream);
    await openLoop(target, { perSecond: PER_SECOND, seconds: WARM_UP_S });
    // An aborted verification ends its worker, which holds a fifth of the memory. Each sample is taken with a worker.
    const footprint = async (): Promise<Footprint> => {
      await upstream.setFaults([]);
      await closedLoop(target, { requests: 20, connections: 1 });
      await gateway.quiet();
      return gateway.footprint();
    };
    const warm = await footprint();
    await upstream.setFaults(faults);

    const counts = { answers: 0, intact: 0, damaged: 0 };
    const flaws: string[] = [];
    for (let left = stage.minutes * 60 - WARM_UP_S; left > 0; left -= ROUND_S) {
      const tally = await openLoop(target, { perSecond: PER_SECOND, seconds: Math.min(left, ROUND_S) });
      counts.answers += tally.answers.length;
      counts.intact += tally.count('intact');
      counts.damaged += tally.count('damaged');
      flaws.push(...tally.flaws);
    }
    const held = await gateway.quiet();
    // Idle connections to the upstream are closed after a few seconds.
    const settledAfter = await timeUntil(() => gateway.sockets <= fresh, SETTLE_MS);
    const { sockets } = gateway;
    const end = await footprint();

    stage.check(
      '0 damaged delivered',
      counts.damaged === 0,
      flaws[0] ?? `${counts.damaged} of ${counts.answers}`,
    );
    stage.check('the contract only', flaws.length === 0, flaws[0] ?? `${counts.answers} answers`);
    stage.check(
      'at least 90 % are 200',
      counts.intact >= 0.9 * counts.answers,
      `${((100 * counts.intact) / counts.answers).toFixed(2)} %`,
    );
    stage.check('nothing is held for anyone', held === '', held === '' ? 'all gauges 0' : held);
    stage.check(
      'resident memory is within 10 % of after warm-up',
      end.mebibytes <= 1.1 * warm.mebibytes,
      `${warm.mebibytes.toFixed(0)} MiB, then ${end.mebibytes.toFixed(0)}`,
    );
    stage.check(
      'sockets are no more than before the load',
      settledAfter !== undefined,
      `${fresh} before, ${warm.sockets} after warm-up, ${sockets} at the end`,
    );
    stage.check(
      'handles are within 10 % of after warm-up',
      end.handles <= 1.1 * warm.handles,
      `${warm.handles}, then ${end.handles}`,
    );
  },
};
