import { connect, type Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../eventually.ts';
import { makePdf } from '../upstream/documents.ts';
import type { Fault } from '../upstream/faults.ts';
import type { UpstreamOptions } from '../upstream/server.ts';
import {
  type Env,
  type Gateway,
  KEY,
  type LogLine,
  payForRetries,
  problemIn,
  withGateway,
} from './harness.ts';

const onlyPng: UpstreamOptions = { mix: [{ document: 'png', weight: 1 }] };

interface Outcome {
  readonly status: number;
  /** The last part of the problem's type. */
  readonly problem: string | undefined;
  readonly ms: number;
  readonly headers: Readonly<Record<string, string>>;
}

async function ask(gateway: Gateway, path = '/1'): Promise<Outcome> {
  const startedAt = performance.now();
  const answer = await gateway.get(path);
  return {
    status: answer.status,
    problem: answer.status === 200 ? undefined : String(problemIn(answer.body)['type']).split(':').at(-1),
    ms: performance.now() - startedAt,
    headers: answer.headers,
  };
}

const askMany = (gateway: Gateway, count: number): Promise<Outcome[]> =>
  Promise.all(Array.from({ length: count }, () => ask(gateway)));

/** Sends a request and does not wait for the answer. */
function askOnSocket({ port }: Gateway, path: string): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nX-API-KEY: ${KEY}\r\n\r\n`);
  return socket;
}

/** Waits until no request holds anything. */
async function expectAllFree(gateway: Gateway): Promise<void> {
  await eventually(async () => {
    const { samples } = await gateway.metrics();
    const held = ['bulkhead_in_flight', 'bulkhead_queued', 'buffered_bytes'].map((name) => samples.get(name));
    expect(held).toEqual([0, 0, 0]);
  });
}

const reached = (gateway: Gateway, requests: number): Promise<void> =>
  eventually(() => {
    expect(gateway.upstream.counters.requests).toBeGreaterThanOrEqual(requests);
  });

describe('the deadline', () => {
  it('should end in 504 for every kind of wait', async () => {
    const env: Env = { DEADLINE_MS: '200', UPSTREAM_MAX_IN_FLIGHT: '1', UPSTREAM_QUEUE_TIMEOUT_MS: '60000' };
    await withGateway(env, onlyPng, async (gateway) => {
      gateway.fail({ kind: 'hang', after: 'half-body' });
      // One attempt hangs at the upstream, the other in the queue.
      for (const { status, problem, ms } of await askMany(gateway, 2)) {
        expect([status, problem]).toEqual([504, 'deadline-exceeded']);
        expect(ms).toBeGreaterThan(190);
        expect(ms).toBeLessThan(5_000);
      }
      await expectAllFree(gateway);
      expect(gateway.upstream.counters.openSockets).toBe(0);
    });
  });

  it('should not be spent on a wait that is longer than it', async () => {
    await withGateway({}, onlyPng, async (gateway) => {
      gateway.fail({ kind: 'status', status: 503, retryAfter: '30' });
      const { status, ms, headers } = await ask(gateway);
      expect([status, headers['retry-after']]).toEqual([502, '30']);
      expect(ms).toBeLessThan(5_000);
    });
  });
});

describe('the bulkhead', () => {
  // It waits for six seconds, beside the other tests.
  it.concurrent('should reject requests at once when the queue is full, and serve the others', async () => {
    const env: Env = {
      DEADLINE_MS: '50000',
      UPSTREAM_HEADERS_TIMEOUT_MS: '50000',
      UPSTREAM_MAX_IN_FLIGHT: '2',
      UPSTREAM_QUEUE_LENGTH: '3',
      UPSTREAM_QUEUE_TIMEOUT_MS: '60000',
    };
    await withGateway(env, onlyPng, async (gateway) => {
      gateway.fail({ kind: 'latency', ms: 2_000 });
      const outcomes = await askMany(gateway, 12);
      const served = outcomes.filter(({ status }) => status === 200);
      const refused = outcomes.filter(({ status }) => status === 503);
      expect([served.length, refused.length]).toEqual([5, 7]);
      const first = Math.min(...served.map(({ ms }) => ms));
      for (const { problem, headers, ms } of refused) {
        expect([problem, headers['retry-after']]).toEqual(['overloaded', '1']);
        expect(ms).toBeLessThan(first);
      }
      expect(await gateway.metric('requests_shed_total{reason="queue-full"}')).toBe(7);
      expect(await gateway.metric('bulkhead_queue_wait_seconds_count')).toBe(3);
      await expectAllFree(gateway);
    });
  });

  it('should reject a request that waited too long', async () => {
    const env: Env = { UPSTREAM_MAX_IN_FLIGHT: '1', UPSTREAM_QUEUE_TIMEOUT_MS: '50' };
    await withGateway(env, onlyPng, async (gateway) => {
      gateway.fail({ kind: 'latency', ms: 500 });
      const outcomes = await askMany(gateway, 2);
      expect(outcomes.map(({ status }) => status).sort()).toEqual([200, 503]);
      expect(await gateway.metric('requests_shed_total{reason="queue-timeout"}')).toBe(1);
    });
  });
});

describe('the budget of buffered bytes', () => {
  it('should refuse at once what does not fit, and be whole again afterwards', async () => {
    const env: Env = { MAX_DOCUMENT_BYTES: '50000', MAX_BUFFERED_BYTES: '100000' };
    await withGateway(env, onlyPng, async (gateway) => {
      gateway.fail({ kind: 'drip', bytesPerSecond: 100_000 });
      const outcomes = await askMany(gateway, 6);
      const served = outcomes.filter(({ status }) => status === 200);
      const refused = outcomes.filter(({ status }) => status === 503);
      expect([served.length, refused.length]).toEqual([2, 4]);
      const first = Math.min(...served.map(({ ms }) => ms));
      for (const { problem, headers, ms } of refused) {
        expect([problem, headers['retry-after']]).toEqual(['overloaded', '1']);
        expect(ms).toBeLessThan(first);
      }
      expect(await gateway.metric('requests_shed_total{reason="memory"}')).toBe(4);
      await expectAllFree(gateway);
      gateway.fail();
      expect((await ask(gateway)).status).toBe(200);
    });
  });

  it('should hold the bytes of a document for as long as the client takes to read it', async () => {
    const pdf = makePdf({ bytes: 8_000_000 });
    const upstream: UpstreamOptions = {
      mix: [{ document: 'pdf', weight: 1 }],
      documents: { pdf, png: pdf, jpeg: pdf, damaged: pdf },
    };
    await withGateway({ DEADLINE_MS: '50000' }, upstream, async (gateway) => {
      const socket = askOnSocket(gateway, '/1');
      await eventually(async () => {
        expect(await gateway.metric('upstream_attempts_total{outcome="intact"}')).toBe(1);
      }, 50_000);
      expect(await gateway.metric('buffered_bytes')).toBe(8_000_000);
      socket.destroy();
      await expectAllFree(gateway);
    });
  });
});

describe('the breaker', () => {
  const env: Env = {
    BREAKER_MIN_SAMPLES: '5',
    UPSTREAM_HEADERS_TIMEOUT_MS: '100',
  };

  /** Sends requests for different documents until the breaker opens. */
  const open = async (gateway: Gateway): Promise<void> => {
    let id = 1;
    await eventually(async () => {
      expect(await ask(gateway, `/${id++}`)).toMatchObject({ status: 503, problem: 'upstream-unavailable' });
    });
  };

  it('should open while the upstream is dead, ask nothing of it, and close when it is back', async () => {
    await withGateway(env, onlyPng, async (gateway) => {
      await gateway.upstream.down();
      // Without a connection, one document is enough.
      await eventually(async () => {
        expect(await ask(gateway)).toMatchObject({ status: 503, problem: 'upstream-unavailable' });
      });
      await gateway.upstream.up();
      const startedAt = performance.now();
      const before = gateway.upstream.counters.requests;
      // The breaker is open for at least three quarters of a second.
      while (performance.now() - startedAt < 100) {
        const { status, headers } = await ask(gateway);
        if (status === 200) break;
        // Twice as long if a probe failed before the upstream was back.
        expect(headers['retry-after']).toMatch(/^[12]$/);
        expect(gateway.upstream.counters.requests).toBe(before);
      }
      await eventually(async () => {
        expect((await ask(gateway)).status).toBe(200);
      });
      expect(await gateway.metric('breaker_state')).toBe(0);
      for (const state of ['open', 'half-open', 'closed']) {
        expect(await gateway.metric(`breaker_transitions_total{state="${state}"}`)).toBeGreaterThanOrEqual(1);
      }
    });
  });

  it('should log once that it opened, for any number of failed probes, and that it closed', async () => {
    await withGateway(env, onlyPng, async (gateway) => {
      await gateway.upstream.down();
      await open(gateway);
      await eventually(async () => {
        await ask(gateway);
        expect(await gateway.metric('breaker_transitions_total{state="open"}')).toBeGreaterThan(2);
      });
      await gateway.upstream.up();
      await eventually(async () => {
        expect((await ask(gateway)).status).toBe(200);
      });
      const said = gateway.log.lines.filter(
        ({ breaker, level }) => breaker !== undefined && level !== 'debug',
      );
      expect(said.map(({ level, msg }) => [level, msg])).toEqual([
        ['warn', expect.stringContaining('the breaker is open')],
        ['info', 'the upstream answers again'],
      ]);
    });
  });

  it('should not open for damaged documents, which show that the upstream is up', async () => {
    await withGateway(env, onlyPng, async (gateway) => {
      gateway.fail({ kind: 'damaged' });
      for (let i = 0; i < 10; i += 1)
        expect(await ask(gateway)).toMatchObject({ problem: 'document-damaged' });
      expect(await gateway.metric('breaker_state')).toBe(0);
      expect(await gateway.metric('breaker_transitions_total{state="open"}')).toBe(0);
    });
  });

  it('should not open for one document that always fails, but for several', async () => {
    await withGateway({}, onlyPng, async (gateway) => {
      const faults: readonly Fault[] = [
        { kind: 'status', status: 500 },
        { kind: 'reset-before-headers' },
        { kind: 'truncate' },
      ];
      for (const fault of faults) {
        gateway.fail(fault);
        for (let i = 0; i < 25; i += 1)
          expect(await ask(gateway, '/9')).toMatchObject({ status: 502, problem: 'upstream-failed' });
        gateway.fail();
        expect((await ask(gateway, '/1')).status).toBe(200);
      }
      gateway.fail({ kind: 'status', status: 500 });
      await open(gateway);
    });
  });

  it('should close when the upstream answers again, though the first answer is 404', async () => {
    await withGateway(env, onlyPng, async (gateway) => {
      gateway.fail({ kind: 'reset-before-headers' });
      await open(gateway);
      gateway.fail({ kind: 'status', status: 404 });
      await eventually(async () => {
        expect((await ask(gateway)).status).toBe(404);
      });
      expect(await gateway.metric('breaker_state')).toBe(0);
    });
  });

  it('should stay open when the client of the probe leaves', async () => {
    await withGateway({ ...env, UPSTREAM_HEADERS_TIMEOUT_MS: '60000' }, onlyPng, async (gateway) => {
      gateway.fail({ kind: 'reset-before-headers' });
      await open(gateway);
      gateway.fail({ kind: 'hang', after: 'request' });
      const before = gateway.upstream.counters.requests;
      // Until one is let through as the probe, which hangs.
      const probes: Socket[] = [];
      await eventually(() => {
        probes.push(askOnSocket(gateway, '/1'));
        expect(gateway.upstream.counters.requests).toBeGreaterThan(before);
      });
      expect(await gateway.metric('breaker_state')).toBe(1);
      for (const probe of probes) probe.destroy();
      await eventually(async () => {
        expect(await gateway.metric('breaker_state')).toBe(2);
      });
    });
  });
});

describe('the retry budget', () => {
  it('should keep an outage from multiplying', async () => {
    await withGateway({ BREAKER_MIN_SAMPLES: '1000' }, onlyPng, async (gateway) => {
      gateway.fail({ kind: 'status', status: 500 });
      const startedAt = performance.now();
      for (let i = 0; i < 20; i += 1) expect((await ask(gateway)).status).toBe(502);
      const seconds = (performance.now() - startedAt) / 1000;
      // The budget: ten retries, ten more in ten seconds, and a fifth of the requests.
      expect(gateway.upstream.counters.requests).toBeLessThanOrEqual(20 + 10 + seconds + 4);
      expect(await gateway.metric('upstream_retries_denied_total')).toBeGreaterThanOrEqual(11);
    });
  });

  it('should not be used up by one document that always fails', async () => {
    await withGateway({ BREAKER_MIN_SAMPLES: '1000' }, onlyPng, async (gateway) => {
      gateway.fail({ kind: 'status', status: 500 });
      for (let i = 0; i < 20; i += 1) expect((await ask(gateway, '/9')).status).toBe(502);
      expect(await gateway.metric('upstream_retries_denied_total')).toBeGreaterThan(0);
      expect(await gateway.metric('retry_budget_available')).toBeGreaterThanOrEqual(5);
      // Another document is retried.
      const before = gateway.upstream.counters.requests;
      expect((await ask(gateway, '/1')).status).toBe(502);
      expect(gateway.upstream.counters.requests).toBeGreaterThan(before + 1);
    });
  });
});

describe('a client that leaves', () => {
  it('should free its attempt, its place in the queue and its bytes at once', async () => {
    const env: Env = {
      UPSTREAM_MAX_IN_FLIGHT: '3',
      UPSTREAM_QUEUE_TIMEOUT_MS: '60000',
      DEADLINE_MS: '60000',
      UPSTREAM_BODY_TIMEOUT_MS: '60000',
      UPSTREAM_MIN_BYTES_PER_SECOND: '0',
    };
    await withGateway(env, onlyPng, async (gateway) => {
      gateway.fail({ kind: 'hang', after: 'half-body' });
      const sockets = Array.from({ length: 8 }, (_, id) => askOnSocket(gateway, `/${id}`));
      await eventually(async () => {
        const { samples } = await gateway.metrics();
        expect(
          ['bulkhead_in_flight', 'bulkhead_queued', 'buffered_bytes'].map((name) => samples.get(name)),
        ).toEqual([3, 5, 144_000]);
      });
      for (const socket of sockets) socket.destroy();
      await expectAllFree(gateway);
      await eventually(() => {
        expect(gateway.upstream.counters.openSockets).toBe(0);
      });
      // Requests in the queue never reached the upstream.
      expect(gateway.upstream.counters.requests).toBe(3);
      const left = await eventually(() => {
        const lines = gateway.log.lines.filter(({ status }) => status === 499);
        expect(lines).toHaveLength(8);
        return lines;
      });
      expect(left.map(({ documentId }) => documentId).sort()).toEqual([
        '0',
        '1',
        '2',
        '3',
        '4',
        '5',
        '6',
        '7',
      ]);
      gateway.fail();
      expect((await ask(gateway)).status).toBe(200);
    });
  });

  it('should end a wait between two attempts', async () => {
    await withGateway({ DEADLINE_MS: '60000' }, onlyPng, async (gateway) => {
      gateway.fail({ kind: 'status', status: 503, retryAfter: '30' });
      const socket = askOnSocket(gateway, '/1');
      await reached(gateway, 1);
      socket.destroy();
      const line: LogLine = await eventually(() => {
        const found = gateway.log.lines.find(({ status }) => status === 499);
        if (found === undefined) throw new Error('not logged yet');
        return found;
      });
      expect(line['ms']).toBeLessThan(10_000);
    });
  });
});

describe('COALESCE', () => {
  const env: Env = { COALESCE: 'true' };

  it('should let concurrent requests for one id share a fetch', async () => {
    await withGateway(env, onlyPng, async (gateway) => {
      gateway.fail({ kind: 'latency', ms: 200 });
      const outcomes = await Promise.all([
        ...Array.from({ length: 9 }, () => ask(gateway, '/1')),
        ask(gateway, '/2'),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(Array(10).fill(200));
      expect([...gateway.upstream.counters.byPath]).toEqual([
        ['/1', 1],
        ['/2', 1],
      ]);
      await expectAllFree(gateway);
    });
  });

  it('should continue for the remaining requests, and end when all have left', async () => {
    await withGateway(env, onlyPng, async (gateway) => {
      gateway.fail({ kind: 'latency', ms: 300 });
      const leaver = askOnSocket(gateway, '/1');
      await reached(gateway, 1);
      const staying = ask(gateway, '/1');
      setTimeout(() => leaver.destroy(), 50);
      expect((await staying).status).toBe(200);
      expect(gateway.upstream.counters.requests).toBe(1);

      gateway.fail({ kind: 'hang', after: 'request' });
      const sockets = [1, 2, 3].map(() => askOnSocket(gateway, '/1'));
      await reached(gateway, 2);
      for (const socket of sockets) socket.destroy();
      await expectAllFree(gateway);
      gateway.fail();
      expect((await ask(gateway)).status).toBe(200);
    });
  });
});

describe('HEDGE', () => {
  it('should make a second attempt beside a slow one, take the faster and cut the other', async () => {
    await withGateway(
      {
        HEDGE: 'true',
        DEADLINE_MS: '30000',
        UPSTREAM_BODY_TIMEOUT_MS: '30000',
        UPSTREAM_MIN_BYTES_PER_SECOND: '0',
      },
      onlyPng,
      async (gateway) => {
        payForRetries(gateway);
        gateway.fail({ kind: 'latency', ms: 100 });
        for (let i = 0; i < 3; i += 1) await askMany(gateway, 20);
        const hedgesBefore = await gateway.metric('upstream_hedges_total');
        const before = gateway.upstream.counters.requests;
        gateway.fail({ kind: 'hang', after: 'half-body' });
        const asking = ask(gateway);
        await reached(gateway, before + 1);
        gateway.fail();
        expect(await asking).toMatchObject({ status: 200 });
        expect(await gateway.metric('upstream_hedges_total')).toBe(hedgesBefore + 1);
        expect(gateway.upstream.counters.requests).toBeGreaterThanOrEqual(before + 2);
        await expectAllFree(gateway);
      },
    );
  });

  it('should not hedge until latencies are known', async () => {
    await withGateway({ HEDGE: 'true' }, onlyPng, async (gateway) => {
      gateway.fail({ kind: 'latency', ms: 200 });
      expect((await ask(gateway)).status).toBe(200);
      expect(gateway.upstream.counters.requests).toBe(1);
    });
  });
});

describe('STALE_IF_ERROR_SECONDS', () => {
  it('should deliver the last good copy, marked as such, when there is no other', async () => {
    await withGateway({ STALE_IF_ERROR_SECONDS: '60' }, onlyPng, async (gateway) => {
      const fresh = await gateway.get('/1').expect(200);
      expect(fresh.headers).not.toHaveProperty('age');
      expect(fresh.headers).not.toHaveProperty('cache-status');
      await gateway.upstream.down();

      const stale = await gateway.get('/1').expect(200);
      expect((stale.body as Buffer).equals(gateway.upstream.documents.png)).toBe(true);
      expect(stale.headers).toMatchObject({
        age: expect.stringMatching(/^\d+$/),
        'cache-status': expect.stringMatching(/^document-gateway; /),
        'content-type': 'image/png',
        'content-length': '48000',
      });
      expect(await gateway.lineOf(stale.headers['x-request-id'])).toMatchObject({
        level: 'warn',
        outcome: 'stale',
        cause: expect.any(String),
      });
      expect(await gateway.metric('documents_stale_delivered_total')).toBe(1);
      // This document was not requested before.
      await gateway.get('/2').expect(502);

      await gateway.upstream.up();
      gateway.fail({ kind: 'status', status: 404 });
      await gateway.get('/1').expect(404);
      await expectAllFree(gateway);
    });
  });

  it('should deliver nothing old unless it is set', async () => {
    await withGateway({}, onlyPng, async (gateway) => {
      await gateway.get('/1').expect(200);
      await gateway.upstream.down();
      await gateway.get('/1').expect(502);
    });
  });
});

describe('an event loop that is late', () => {
  it('should reject requests before any work', async () => {
    await withGateway({ MAX_EVENT_LOOP_DELAY_MS: '1' }, onlyPng, async (gateway) => {
      await eventually(async () => {
        const end = performance.now() + 60;
        while (performance.now() < end);
        expect(await ask(gateway)).toMatchObject({ status: 503, problem: 'overloaded' });
      });
      expect(await gateway.metric('requests_shed_total{reason="event-loop"}')).toBeGreaterThanOrEqual(1);
      await gateway.get('/health').expect(200);
    });
  });
});
