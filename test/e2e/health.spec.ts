import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { eventually } from '../eventually.ts';
import type { UpstreamOptions } from '../upstream/server.ts';
import { type Env, type Gateway, startGateway } from './harness.ts';
import { converse } from './raw-http.ts';

let gateway: Gateway | undefined;

afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
});

async function start(env: Env = {}, upstream: UpstreamOptions = {}): Promise<Gateway> {
  return (gateway = await startGateway(env, upstream));
}

interface Health {
  readonly status: string;
  readonly details: Readonly<Record<string, { readonly status: string }>>;
}

/** The result of the readiness check: its HTTP status, its own status, and the parts that are not up. */
async function readiness({ origin }: Gateway): Promise<readonly [number, string, readonly string[]]> {
  const answer = await request(origin).get('/health/ready');
  const health = answer.body as Health;
  expect(answer.headers['content-type']).toMatch(/^application\/json/);
  expect(JSON.stringify(health)).not.toMatch(/127\.0\.0\.1|ECONN/);
  const notUp = Object.entries(health.details).filter(([, { status: one }]) => one !== 'up');
  return [answer.status, health.status, notUp.map(([name]) => name)];
}

const pings = ({ upstream }: Gateway): number => upstream.counters.byMethod.get('HEAD') ?? 0;

/**
 * Checks that a service becomes ready within 15 s and stays ready for 5 s, with an upstream that answers HEAD like
 * this.
 */
async function staysReady(name: string, head: (socket: Socket) => unknown): Promise<void> {
  const answer = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc');
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    socket.on('data', (data) => (data.toString().startsWith('HEAD') ? head(socket) : socket.write(answer)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const started = await startGateway({
    UPSTREAM_URL: `http://127.0.0.1:${port}/{id}`,
    READINESS_UPSTREAM: 'always',
  });
  try {
    await eventually(async () => {
      expect([name, (await readiness(started))[0]]).toEqual([name, 200]);
    }, 15_000);
    const until = performance.now() + 5_000;
    while (performance.now() < until) {
      expect([name, ...(await readiness(started))]).toEqual([name, 200, 'ok', []]);
      await sleep(100);
    }
  } finally {
    await started.close();
    server.close();
    for (const socket of sockets) socket.destroy();
  }
}

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
  it('should be unready until the upstream was reached once, degraded when it dies, ready when it is back', async () => {
    const started = await start();
    const { upstream } = started;
    await upstream.down();
    expect(await readiness(started)).toEqual([503, 'error', ['upstream']]);
    await upstream.up();
    await eventually(async () => {
      expect(await readiness(started)).toEqual([200, 'ok', []]);
    }, 10_000);

    await upstream.down();
    const seen = new Set<string>();
    await eventually(async () => {
      const state = await readiness(started);
      seen.add(JSON.stringify(state));
      expect(state).toEqual([200, 'degraded', ['upstream']]);
    }, 15_000);
    // It was never unready meanwhile.
    expect([...seen].sort()).toEqual(['[200,"degraded",["upstream"]]', '[200,"ok",[]]']);

    await upstream.up();
    await eventually(async () => {
      expect(await readiness(started)).toEqual([200, 'ok', []]);
    }, 10_000);
  }, 40_000);

  it('should follow every outage with the setting always', async () => {
    const started = await start({ READINESS_UPSTREAM: 'always' });
    expect(await readiness(started)).toEqual([200, 'ok', []]);
    await started.upstream.down();
    await eventually(async () => {
      expect(await readiness(started)).toEqual([503, 'error', ['upstream']]);
    }, 15_000);
  }, 20_000);

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
  }, 15_000);

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

  it('should be ready in the first outage after a document was delivered', async () => {
    const started = await start();
    await started.get('/1').expect(200);
    await started.upstream.down();
    await eventually(async () => {
      expect(await readiness(started)).toEqual([200, 'degraded', ['upstream']]);
    }, 15_000);
  }, 20_000);

  it('should become ready, and stay it, when an upstream answers GET well and HEAD badly', async () => {
    const heads: Readonly<Record<string, (socket: Socket) => unknown>> = {
      'that it is not implemented': (socket) => socket.end('HTTP/1.0 501 No\r\nConnection: close\r\n\r\n'),
      'that it failed': (socket) => socket.write('HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n'),
      'with a body': (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc'),
      'with what is no HTTP': (socket) => socket.write('abc\r\n\r\n'),
      'by closing': (socket) => socket.end(),
      'by a reset': (socket) => socket.resetAndDestroy(),
      never: () => undefined,
    };
    await Promise.all(Object.entries(heads).map(([name, head]) => staysReady(name, head)));
  }, 60_000);

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

  it('should be starting until that document was delivered, and not ask for it again after that', async () => {
    const started = await start(
      { READINESS_DOCUMENT: '77' },
      { faults: [{ ratio: 1, fault: { kind: 'damaged' } }] },
    );
    await eventually(async () => {
      expect(await readiness(started)).toEqual([503, 'error', ['lifecycle']]);
      expect(await lifecycle(started)).toEqual({
        status: 'down',
        message: 'starting',
        reason: 'document-damaged: None of 5 attempts returned an undamaged document.',
      });
    });
    await request(started.origin).get('/health').expect(200);

    started.fail();
    await eventually(async () => {
      expect(await readiness(started)).toEqual([200, 'ok', []]);
    }, 10_000);
    const until = asked(started);
    expect(until).toBeGreaterThan(5);
    const messages = started.log.lines
      .map(({ msg }) => String(msg))
      .filter((msg) => msg.includes('readiness document'));
    expect(messages).toEqual([
      'not ready: the readiness document was not delivered',
      'the readiness document was delivered: ready',
    ]);

    started.fail({ kind: 'damaged' });
    await started.get('/1').expect(502);
    expect(await readiness(started)).toEqual([200, 'ok', []]);
    expect(asked(started)).toBe(until);
  }, 20_000);

  it('should request it at most once in two seconds, for any number of checks', async () => {
    const startedAt = performance.now();
    const started = await start(
      { READINESS_DOCUMENT: '77', MAX_ATTEMPTS: '1', READINESS_UPSTREAM: 'never' },
      { faults: [{ ratio: 1, fault: { kind: 'status', status: 503 } }] },
    );
    await eventually(async () => {
      expect(await readiness(started)).toEqual([503, 'error', ['lifecycle']]);
      expect(asked(started)).toBe(3);
    }, 15_000);
    expect(performance.now() - startedAt).toBeGreaterThan(3_900);
  }, 20_000);

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
  }, 30_000);
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
