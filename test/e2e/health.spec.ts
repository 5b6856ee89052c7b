import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { eventually } from '../eventually.ts';
import type { UpstreamOptions } from '../upstream/server.ts';
import { type Env, type Gateway, startGateway } from './harness.ts';
import { converse } from './raw-http.ts';
import { type Health, readiness } from './readiness.ts';

let gateway: Gateway | undefined;

afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
});

async function start(env: Env = {}, upstream: UpstreamOptions = {}): Promise<Gateway> {
  return (gateway = await startGateway(env, upstream));
}

const pings = ({ upstream }: Gateway): number => upstream.counters.byMethod.get('HEAD') ?? 0;

describe('/health', () => {
  it("should say I'm healthy in plain text, and nothing else", async () => {
    const { port } = await start();
    const { answers } = await converse(port, 'GET /health HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(answers[0]?.body.toString()).toBe("I'm healthy");
    expect(answers[0]?.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'content-length': '11',
      'cache-control': 'no-store',
    });
  });

  it('should check only the process, like /health/live', async () => {
    const { origin, upstream } = await start();
    await upstream.down();
    await request(origin).get('/health').expect(200, "I'm healthy");
    await request(origin).get('/health/live').expect(200);
    await upstream.up();
    for (let i = 0; i < 5; i += 1) {
      await request(origin).get('/health').expect(200);
      const live = await request(origin).get('/health/live').expect(200);
      expect(live.body).toMatchObject({ status: 'ok' });
    }
    expect(upstream.counters.requests).toBe(0);
  });
});

describe('/health/ready', () => {
  it('should not check the upstream with the setting never', async () => {
    const started = await start({ READINESS_UPSTREAM: 'never' });
    expect(await readiness(started)).toEqual([200, 'ok', []]);
    await started.upstream.down();
    expect(await readiness(started)).toEqual([200, 'ok', []]);
    expect(started.upstream.counters.requests).toBe(0);
  });

  it('should ping with HEAD, at most once in two seconds, for any number of checks', async () => {
    const started = await start();
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: 20 }, () => readiness(started)));
    expect(pings(started)).toBe(1);
    for (let i = 0; i < 50; i += 1) await readiness(started);
    const allowed = 1 + Math.floor((performance.now() - startedAt) / 2_000);
    expect(pings(started)).toBeLessThanOrEqual(allowed);
    expect([...started.upstream.counters.byMethod.keys()]).toEqual(['HEAD']);
  });

  it('should ping no more often while the upstream hangs', async () => {
    const started = await start();
    started.fail({ kind: 'hang', after: 'request' });
    const startedAt = performance.now();
    const answers = await Promise.all(Array.from({ length: 20 }, () => readiness(started)));
    expect(answers.every(([status]) => status === 503)).toBe(true);
    expect(pings(started)).toBe(1);
    // The ping has its own timeout.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it.each([404, 302, 400, 501, 505])('should treat %i as a sign of life', async (status) => {
    const started = await start();
    started.fail({ kind: 'status', status });
    expect(await readiness(started)).toEqual([200, 'ok', []]);
  });

  it.each([500, 502, 503, 504])('should not treat %i as one', async (status) => {
    const started = await start();
    started.fail({ kind: 'status', status });
    expect(await readiness(started)).toEqual([503, 'error', ['upstream']]);
  });

  it('should show the breaker without becoming unready for it', async () => {
    const started = await start({
      BREAKER_MIN_SAMPLES: '2',
    });
    expect(await readiness(started)).toEqual([200, 'ok', []]);
    started.fail({ kind: 'reset-before-headers' });
    for (const id of [1, 2]) await started.get(`/${id}`);
    expect(await readiness(started)).toEqual([200, 'degraded', ['protection']]);
  });
});

describe('READINESS_DOCUMENT', () => {
  /** The lifecycle part of the readiness. */
  async function lifecycle({ origin }: Gateway): Promise<unknown> {
    const answer = await request(origin).get('/health/ready');
    return (answer.body as Health).details['lifecycle'];
  }

  const asked = ({ upstream }: Gateway): number => upstream.counters.byPath.get('/77') ?? 0;

  it('should stay unready without a document that is whole, whatever the upstream answers', async () => {
    const started = await start(
      { READINESS_DOCUMENT: '77' },
      { faults: [{ ratio: 1, fault: { kind: 'status', status: 404 } }] },
    );
    await eventually(async () => {
      expect(await lifecycle(started)).toMatchObject({
        reason: expect.stringContaining('document-not-found'),
      });
    });
  });

  it('should end at once while it waits for the document', async () => {
    const started = await start(
      { READINESS_DOCUMENT: '77', UPSTREAM_HEADERS_TIMEOUT_MS: '60000', DEADLINE_MS: '60000' },
      { faults: [{ ratio: 1, fault: { kind: 'hang', after: 'request' } }] },
    );
    await eventually(() => {
      expect(asked(started)).toBe(1);
    });
    const startedAt = performance.now();
    await started.close();
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});

describe('shutting down', () => {
  it('should be unready at once and serve on, connections closed behind each answer, until it ends', async () => {
    const started = await start({ DRAIN_DELAY_MS: '1000' });
    const { origin } = started;
    expect(await readiness(started)).toEqual([200, 'ok', []]);
    const closing = started.close();
    await eventually(async () => {
      expect(await readiness(started)).toEqual([503, 'shutting_down', ['lifecycle']]);
    });
    const document = await started.get('/1').set('connection', 'keep-alive').expect(200);
    expect(document.headers['connection']).toBe('close');
    await request(origin).get('/health').expect(200, "I'm healthy");
    await request(origin).get('/health/live').expect(200);
    await closing;
    await expect(request(origin).get('/health')).rejects.toThrow('ECONNREFUSED');
  });

  it('should be unready without waiting for an upstream that hangs', async () => {
    const started = await start({ DRAIN_DELAY_MS: '1000' });
    started.fail({ kind: 'hang', after: 'request' });
    const before = pings(started);
    const closing = started.close();
    await eventually(async () => {
      expect(await readiness(started)).toEqual([503, 'shutting_down', ['lifecycle']]);
    });
    expect(pings(started)).toBe(before);
    await closing;
  });

  it('should finish what is in flight', async () => {
    const started = await start();
    started.fail({ kind: 'latency', ms: 300 });
    const asking = started.get('/1').then((answer) => answer);
    await eventually(() => {
      expect(started.upstream.counters.requests).toBe(1);
    });
    const closing = started.close();
    const answer = await asking;
    expect(answer.status).toBe(200);
    expect((answer.body as Buffer).length).toBeGreaterThan(10_000);
    await closing;
  });

  it('should not wait for idle connections', async () => {
    const started = await start();
    const idle = converse(started.port, 'GET /health HTTP/1.1\r\nHost: a\r\n\r\n', { untilClosed: true });
    await eventually(() => {
      expect(started.log.text).toContain('/health');
    });
    const startedAt = performance.now();
    await started.close();
    expect((await idle).closed).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });
});
