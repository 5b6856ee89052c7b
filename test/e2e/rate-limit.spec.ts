import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { eventually } from '../eventually.ts';
import { type Behaviour, type FakeRedis, startFakeRedis } from '../redis/fake-redis.ts';
import { type Env, type Gateway, problemIn, SECOND_KEY, startGateway } from './harness.ts';

/** Longer than a change of Redis or of a file takes to be noticed on a busy machine. */
const SEEN_MS = 15_000;
const ACME = 'key-of-acme-of-the-tests-6b0a';

let gateway: Gateway | undefined;
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function start(env: Env): Promise<Gateway> {
  return (gateway = await startGateway(env));
}

interface Answer {
  readonly status: number;
  readonly policy: unknown;
  readonly limit: unknown;
  readonly retryAfter: unknown;
}

async function ask(asking: request.Test): Promise<Answer> {
  const answer = await asking;
  const headers = answer.headers as Readonly<Record<string, string>>;
  return {
    status: answer.status,
    policy: headers['ratelimit-policy'],
    limit: headers['ratelimit'],
    retryAfter: headers['retry-after'],
  };
}

describe('RATE_LIMIT', () => {
  it('should show each consumer what is left, and answer 429 when nothing is', async () => {
    const started = await start({ RATE_LIMIT: '3/1m' });
    for (const left of [2, 1, 0]) {
      expect(await ask(started.get('/1'))).toEqual({
        status: 200,
        policy: '"default";q=3;w=60',
        limit: expect.stringMatching(new RegExp(`^"default";r=${left};t=(60|[1-5]\\d)$`)),
        retryAfter: undefined,
      });
    }
    const { requests } = started.upstream.counters;
    const refused = await started.get('/1');
    expect(started.upstream.counters.requests).toBe(requests);
    expect(refused.status).toBe(429);
    const { ratelimit, ...others } = refused.headers as Record<string, string>;
    expect(others).toMatchObject({
      'content-type': 'application/problem+json',
      'ratelimit-policy': '"default";q=3;w=60',
      'cache-control': 'no-store',
    });
    // Section 6 of the draft: not before the end of the window.
    expect(ratelimit).toBe(`"default";r=0;t=${others['retry-after']}`);
    expect(problemIn(refused.body)).toMatchObject({
      type: 'urn:problem-type:document-gateway:rate-limited',
      status: 429,
      detail: 'The rate of this API key is 3 requests in 60 s.',
    });

    expect(await ask(started.get('/1').set('X-API-KEY', SECOND_KEY))).toMatchObject({ status: 200 });
    expect(await started.metric('rate_limited_total{consumer="key-1"}')).toBe(1);
    expect(await started.metric('consumer_requests_total{consumer="key-1",status="429"}')).toBe(1);
    expect(await started.lineOf(others['x-request-id'])).toMatchObject({
      level: 'info',
      consumer: 'key-1',
      outcome: 'rate-limited',
    });
  });

  it('should serve again in the next window', async () => {
    const started = await start({ RATE_LIMIT: '1/2s' });
    const statuses = [(await started.get('/1')).status, (await started.get('/1')).status];
    expect(statuses).toEqual([200, 429]);
    await eventually(async () => {
      expect((await started.get('/1')).status).toBe(200);
    }, SEEN_MS);
  });

  it('should be on every answer to a consumer, and count each', async () => {
    const started = await start({ RATE_LIMIT: '100/1m' });
    const answers = [
      await ask(started.get('/')),
      await ask(started.head('/1')),
      await ask(started.get('/x')),
    ];
    started.fail({ kind: 'status', status: 404 });
    answers.push(await ask(started.get('/1')));
    started.fail({ kind: 'damaged' });
    answers.push(await ask(started.get('/1')));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 400, 404, 502]);
    expect(answers.map(({ limit }) => /r=(\d+)/.exec(String(limit))?.[1])).toEqual([
      '99',
      '98',
      '97',
      '96',
      '95',
    ]);
  });

  it('should not count requests without a valid key, nor show the rate of others', async () => {
    const started = await start({ RATE_LIMIT: '1/1m' });
    const none = { policy: undefined, limit: undefined, retryAfter: undefined };
    for (let times = 0; times < 3; times += 1) {
      expect(await ask(request(started.origin).get('/1'))).toEqual({ status: 401, ...none });
      expect(await ask(started.get('/1').set('X-API-KEY', 'a-key-of-nobody'))).toEqual({
        status: 401,
        ...none,
      });
      expect(await ask(started.get('/health'))).toEqual({ status: 200, ...none });
    }
    expect(await ask(started.get('/1'))).toMatchObject({ status: 200 });
  });

  it('should be off, and say nothing, by default', async () => {
    const started = await start({});
    expect(await ask(started.get('/1'))).toEqual({
      status: 200,
      policy: undefined,
      limit: undefined,
      retryAfter: undefined,
    });
  });
});

it('should hold a consumer of API_KEYS_FILE to the rate of its own, and to a new one when the file changes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'document-gateway-keys-'));
  cleanups.push(() => {
    rmSync(folder, { recursive: true });
  });
  const API_KEYS_FILE = join(folder, 'keys.json');
  const write = (rate?: string): void => {
    writeFileSync(API_KEYS_FILE, JSON.stringify({ consumers: [{ name: 'acme', key: ACME, rate }] }));
  };
  write('2/1m');
  const started = await start({ API_KEYS_FILE });
  const asAcme = (): Promise<Answer> => ask(started.get('/1').set('X-API-KEY', ACME));
  expect([(await asAcme()).status, (await asAcme()).status, (await asAcme()).status]).toEqual([
    200, 200, 429,
  ]);
  expect((await ask(started.get('/1'))).policy).toBeUndefined();
  write('1000/1h');
  await eventually(async () => {
    expect(await asAcme()).toMatchObject({ status: 200, policy: '"default";q=1000;w=3600' });
  }, SEEN_MS);
  write();
  await eventually(async () => {
    expect(await asAcme()).toMatchObject({ status: 200, policy: undefined });
  }, SEEN_MS);
}, 40_000);

describe('REDIS_URL', () => {
  const WINDOW = 'document-gateway:rate:60:key-1';

  async function startWithStore(
    env: Env = {},
    password?: string,
  ): Promise<{ started: Gateway; store: FakeRedis }> {
    const store = await startFakeRedis(password);
    cleanups.push(() => store.stop());
    const started = await start({ RATE_LIMIT: '5/1m', REDIS_URL: store.url, ...env });
    return { started, store };
  }

  async function isDown(started: Gateway): Promise<boolean> {
    const answer = await request(started.origin).get('/health/ready');
    expect(answer.status).toBe(200);
    const { rateLimits } = (answer.body as { details: Record<string, { status: string }> }).details;
    const down = (await started.metric('rate_limit_store_down')) === 1;
    expect(rateLimits?.status).toBe(down ? 'degraded' : 'up');
    return down;
  }

  async function becomes(started: Gateway, state: 'up' | 'down'): Promise<void> {
    await eventually(async () => {
      expect((await isDown(started)) ? 'down' : 'up').toBe(state);
    }, SEEN_MS);
  }

  it('should count together with other replicas', async () => {
    const { started, store } = await startWithStore();
    await becomes(started, 'up');
    store.counts.set(WINDOW, 3);
    expect((await ask(started.get('/1'))).limit).toBe('"default";r=1;t=60');
    expect((await ask(started.get('/1'))).limit).toBe('"default";r=0;t=60');
    expect(await ask(started.get('/1'))).toMatchObject({ status: 429, retryAfter: '60' });
    expect(store.counts.get(WINDOW)).toBe(6);
    expect(await started.metric('rate_limit_store_duration_seconds_count')).toBe(3);
    expect(await started.metric('rate_limit_fallbacks_total')).toBe(0);
  });

  it('should continue when Redis hangs: only the requests that meet it wait, once', async () => {
    const { started, store } = await startWithStore({ RATE_LIMIT: '1000/1m' });
    await becomes(started, 'up');
    store.behave('hang');
    const hangsSince = performance.now();
    const before = store.commands.length;
    expect((await ask(started.get('/1'))).status).toBe(200);
    const asked = store.commands.filter((name) => name.startsWith('eval')).length;
    for (let times = 0; times < 20; times += 1) expect((await ask(started.get('/1'))).status).toBe(200);
    expect(store.commands.slice(before)).not.toEqual([]);
    // Except one probe per second.
    const probes = Math.ceil((performance.now() - hangsSince) / 1000);
    expect(store.commands.filter((name) => name.startsWith('eval')).length).toBeLessThanOrEqual(
      asked + probes,
    );
    expect(await started.metric('rate_limit_store_errors_total')).toBe(1);
    expect(await started.metric('rate_limit_fallbacks_total')).toBe(21);
    expect(await isDown(started)).toBe(true);
    store.behave('answer');
    await becomes(started, 'up');
    const { limit } = await ask(started.get('/1'));
    expect(limit).toBe(`"default";r=${1_000 - Number(store.counts.get(WINDOW))};t=60`);
  }, 30_000);

  it.each<Behaviour>([
    { error: 'OOM command not allowed' },
    { error: 'READONLY You can not write' },
    'nonsense',
  ])(
    'should count alone while Redis refuses: %j',
    async (behaviour) => {
      const { started, store } = await startWithStore();
      await becomes(started, 'up');
      store.behave(behaviour);
      const statuses = [];
      for (let times = 0; times < 6; times += 1) statuses.push((await ask(started.get('/1'))).status);
      expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
      expect(await isDown(started)).toBe(true);
      store.behave('answer');
      await becomes(started, 'up');
    },
    30_000,
  );

  it.each([
    { error: 'READONLY You can not write', counting: '*' },
    { error: 'OOM command not allowed', counting: '*' },
    { error: 'NOREPLICAS Not enough good replicas to write', counting: '*' },
    { error: 'MOVED 42 10.0.0.1:6379', counting: WINDOW },
  ])(
    'should be down constantly while Redis answers but does not count: %j',
    async (behaviour) => {
      const { started, store } = await startWithStore({ RATE_LIMIT: '1000/1m' });
      await becomes(started, 'up');
      store.behave(behaviour);
      expect((await ask(started.get('/1'))).status).toBe(200);
      const [lines, connections, commands] = [
        started.log.lines.length,
        store.connections,
        store.commands.length,
      ];
      const startedAt = performance.now();
      let seconds = 0;
      while (seconds < 4) {
        expect((await ask(started.get('/1'))).status).toBe(200);
        expect(await isDown(started)).toBe(true);
        seconds = (performance.now() - startedAt) / 1000;
      }
      const counted = store.commands.slice(commands).filter((name) => name === 'eval' || name === 'evalsha');
      // Each is sent as a digest, and then as text if Redis does not know the digest.
      expect(counted.length).toBeGreaterThan(1);
      expect(counted.length).toBeLessThanOrEqual(2 * (seconds + 1));
      expect(store.connections - connections).toBeLessThanOrEqual(seconds + 1);
      const told = started.log.lines.slice(lines).filter(({ msg }) => String(msg).startsWith('Redis '));
      expect(told).toEqual([]);
      store.behave('answer');
      await becomes(started, 'up');
    },
    30_000,
  );

  it('should count alone while Redis is down, and together again when it is back', async () => {
    const { started, store } = await startWithStore();
    await becomes(started, 'up');
    await store.stop();
    const statuses = [];
    for (let times = 0; times < 6; times += 1) statuses.push((await ask(started.get('/1'))).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    await becomes(started, 'down');
    await store.start();
    await becomes(started, 'up');
    store.counts.clear();
    expect((await ask(started.get('/1'))).status).toBe(200);
    const told = started.log.lines.map(({ msg }) => String(msg)).filter((msg) => msg.startsWith('Redis '));
    // A busy machine may miss the time limit of a command at the start.
    expect(told.at(0)).toMatch(/^Redis (answers again|does not answer)/);
    expect(told.slice(-2)).toEqual([expect.stringContaining('does not answer'), 'Redis answers again']);
  }, 40_000);

  it('should start and serve without a reachable Redis, and never show its password', async () => {
    const password = 'hunter2-of-the-store';
    const store = await startFakeRedis('another');
    cleanups.push(() => store.stop());
    const started = await start({
      RATE_LIMIT: '2/1m',
      REDIS_URL: store.url.replace('redis://', `redis://user:${password}@`),
    });
    expect([(await started.get('/1')).status, (await started.get('/1')).status]).toEqual([200, 200]);
    expect((await started.get('/1')).status).toBe(429);
    await eventually(() => {
      expect(started.log.text).toContain('Redis does not answer');
    }, SEEN_MS);
    expect(await isDown(started)).toBe(true);
    expect(started.log.text).not.toContain(password);
  }, 30_000);

  it('should not be used when no consumer has a rate', async () => {
    const { started, store } = await startWithStore({ RATE_LIMIT: '' });
    expect((await started.get('/1')).status).toBe(200);
    expect(store.commands).toEqual([]);
    expect(await isDown(started)).toBe(false);
  });
});
