import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { API_KEY, type Gateway } from '../gateway.ts';
import { closedLoop } from '../load.ts';
import type { Scenario } from '../scenario.ts';
import { timeUntil } from '../time-until.ts';

const CLIENTS = 1_000;
const AT_ONCE = 50;
/** About the duration of an answer, so that clients leave in the queue, during an attempt and during the answer. */
const STAY_MS = 400;
const SETTLE_MS = 15_000;
const IN_FLIGHT = 16;
const QUEUED = 64;
/** Far below every timeout of the service, and enough for a busy machine. */
const AT_ONCE_MS = 1_000;

export const clientsLeave: Scenario = {
  name: 'clients-leave',
  about: `clients leave midway, ${CLIENTS} times, at random moments`,
  async run(stage) {
    const upstream = await stage.upstream({
      // Large enough for a worker, and larger than the socket buffers.
      documents: { pngBytes: 1_000_000 },
      faults: [
        { ratio: 1, fault: { kind: 'latency', ms: 20 } },
        { ratio: 0.5, fault: { kind: 'latency', ms: 100 } },
        { ratio: 0.1, fault: { kind: 'reset-in-body' } },
        { ratio: 0.2, fault: { kind: 'drip', bytesPerSecond: 4_000_000 } },
      ],
    });
    const gateway = await stage.gateway(upstream, {
      UPSTREAM_MAX_IN_FLIGHT: IN_FLIGHT,
      UPSTREAM_QUEUE_LENGTH: QUEUED,
      UPSTREAM_QUEUE_TIMEOUT_MS: 10_000,
    });
    const fresh = gateway.sockets;
    const target = stage.target(gateway.origin, upstream);
    // Creates the workers and buffers that the service keeps, which are not leaks.
    await closedLoop(target, { requests: 100, connections: AT_ONCE });
    await gateway.quiet();
    const before = await gateway.footprint();

    const port = Number(new URL(gateway.origin).port);
    let left = CLIENTS;
    let answered = 0;
    const worker = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        if (await askAndLeave(port, left, Math.random() * STAY_MS)) answered += 1;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));

    const held = await gateway.quiet();
    stage.check(
      'no place in flight or in the queue and no byte is held',
      held === '',
      held === '' ? 'all gauges 0' : held,
    );
    // Idle connections to the upstream are closed after a few seconds.
    const settledAfter = await timeUntil(
      async () => gateway.sockets <= fresh && (await upstream.stats()).openSockets <= fresh,
      SETTLE_MS,
    );
    const after = await gateway.footprint();
    const metrics = await gateway.metrics();
    const cancelled = metrics.sum('http_request_duration_seconds_count', 'status="499"');
    const served = await closedLoop(target, { requests: 50, connections: 8 });

    stage.check(
      'no socket is left, here or at the upstream',
      settledAfter !== undefined,
      `${fresh} before, ${after.sockets} after`,
    );
    stage.check(
      'no timer or other handle is left',
      after.timers <= before.timers && after.handles <= before.handles,
      `${after.timers} timers of ${after.handles} handles; before, ${before.timers} of ${before.handles}`,
    );
    stage.check(
      'no memory is left',
      after.mebibytes <= 1.1 * before.mebibytes,
      `${before.mebibytes.toFixed(0)} MiB before, ${after.mebibytes.toFixed(0)} after`,
    );
    stage.check(
      'many left before their answer was whole',
      cancelled > CLIENTS / 4,
      `${cancelled} times 499, ${answered} had bytes of an answer`,
    );
    stage.check(
      'who stays is served',
      served.flaws.length === 0 && served.share('intact') > 0.8,
      served.toString(),
    );

    await upstream.setFaults([{ ratio: 1, fault: { kind: 'hang', after: 'headers' } }]);
    const { crowded, freeAfter } = await leaveTogether(gateway, port);
    stage.check(
      'all leave while the upstream hangs: every place and byte is free at once',
      freeAfter !== undefined && freeAfter <= AT_ONCE_MS,
      `${crowded}; free after ${freeAfter ?? '?'} ms`,
    );
  },
};

/** Fills all places in flight and in the queue with clients, which then leave at the same moment. */
async function leaveTogether(
  gateway: Gateway,
  port: number,
): Promise<{ readonly crowded: string; readonly freeAfter: number | undefined }> {
  const clients = Array.from({ length: IN_FLIGHT + QUEUED }, (_, id) => ask(port, id));
  let crowded = '';
  await timeUntil(async () => {
    const metrics = await gateway.metrics();
    crowded = ['bulkhead_in_flight', 'bulkhead_queued', 'buffered_bytes']
      .map((name) => `${name} ${metrics.sum(name)}`)
      .join(', ');
    return metrics.sum('bulkhead_queued') === QUEUED && metrics.sum('buffered_bytes') > 0;
  }, SETTLE_MS);
  for (const client of clients) client.destroy();
  const leftAt = performance.now();
  const held = await gateway.quiet();
  return { crowded, freeAfter: held === '' ? Math.round(performance.now() - leftAt) : undefined };
}

/** Leaves after `stayMs` milliseconds, by close or reset. Resolves with whether part of the answer arrived. */
async function askAndLeave(port: number, id: number, stayMs: number): Promise<boolean> {
  const socket = ask(port, id);
  let answered = false;
  socket.once('data', () => (answered = true));
  // Half of the clients do not read, so that their answer is still in the gateway when they leave.
  if (id % 2 === 0) socket.pause();
  await delay(stayMs);
  if (id % 3 === 0) socket.resetAndDestroy();
  else socket.destroy();
  return answered;
}

function ask(port: number, id: number): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(`GET /${id} HTTP/1.1\r\nHost: gateway\r\nX-API-KEY: ${API_KEY}\r\n\r\n`);
  return socket;
}
