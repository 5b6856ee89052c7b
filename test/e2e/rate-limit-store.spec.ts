import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { eventually } from '../eventually.ts';
import { type Behaviour, type FakeRedis, startFakeRedis } from '../redis/fake-redis.ts';
import { type Env, type Gateway, startGateway } from './harness.ts';
import { ask } from './rate-limit-answer.ts';

/** Longer than a change of Redis takes to be noticed on a busy machine. */
const SEEN_MS = 15_000;

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(env: Env): Promise<Gateway> {
  const gateway = await startGateway(env);
  cleanups.push(() => gateway.close());
  return gateway;
}

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

  /** Runs a test for each case at a time, since it waits rather than computes. First, all services start. */
  async function sideBySide<Case>(
    cases: readonly Case[],
    env: Env,
    test: (each: Case, served: { started: Gateway; store: FakeRedis }) => Promise<void>,
  ): Promise<void> {
    const ready = [];
    for (const each of cases) ready.push([each, await startWithStore(env)] as const);
    const tests = ready.map(([each, served]) =>
      test(each, served).catch((error: unknown) => {
        throw new Error(`with ${JSON.stringify(each)}`, { cause: error });
      }),
    );
    await Promise.all(tests);
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
  });

  it('should count alone while Redis refuses, in any way', async () => {
    const behaviours: readonly Behaviour[] = [
      { error: 'OOM command not allowed' },
      { error: 'READONLY You can not write' },
      'nonsense',
    ];
    await sideBySide(behaviours, {}, async (behaviour, { started, store }) => {
      await becomes(started, 'up');
      store.behave(behaviour);
      const statuses = [];
      for (let times = 0; times < 6; times += 1) statuses.push((await ask(started.get('/1'))).status);
      expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
      expect(await isDown(started)).toBe(true);
      store.behave('answer');
      await becomes(started, 'up');
    });
  });

  it('should be down constantly while Redis answers but does not count, in any way', async () => {
    const behaviours = [
      { error: 'READONLY You can not write', counting: '*' },
      { error: 'OOM command not allowed', counting: '*' },
      { error: 'NOREPLICAS Not enough good replicas to write', counting: '*' },
      { error: 'MOVED 42 10.0.0.1:6379', counting: WINDOW },
    ];
    await sideBySide(behaviours, { RATE_LIMIT: '1000/1m' }, async (behaviour, { started, store }) => {
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
        await sleep(10);
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
    });
  });

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
  });

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
  });

  it('should not be used when no consumer has a rate', async () => {
    const { started, store } = await startWithStore({ RATE_LIMIT: '' });
    expect((await started.get('/1')).status).toBe(200);
    expect(store.commands).toEqual([]);
    expect(await isDown(started)).toBe(false);
  });
});
