import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type GatewayProcess, withProcess } from '../e2e/gateway-process.ts';
import { eventually } from '../eventually.ts';
import { startUpstream, type StandInUpstream } from '../upstream/server.ts';
import { PASSWORD, type RedisServer, startRedis } from './redis-server.ts';

const KEY = 'key-of-the-tests-with-redis-77a1';
const SEEN_MS = 20_000;

let upstream: StandInUpstream;
let redis: RedisServer;

beforeEach(async () => {
  upstream = await startUpstream({ mix: [{ document: 'png', weight: 1 }] });
  redis = await startRedis();
});

afterEach(async () => {
  await redis.close();
  await upstream.close();
});

interface Answer {
  readonly status: number;
  readonly left: number;
  readonly ms: number;
}

class Replica {
  readonly process: GatewayProcess;
  readonly #origin: string;

  constructor(process: GatewayProcess, origin: string) {
    this.process = process;
    this.#origin = origin;
  }

  async ask(): Promise<Answer> {
    const began = performance.now();
    const answer = await fetch(`${this.#origin}/1`, { headers: { 'X-API-KEY': KEY } });
    await answer.arrayBuffer();
    const left = Number(/r=(\d+)/.exec(answer.headers.get('ratelimit') ?? '')?.[1]);
    return { status: answer.status, left, ms: performance.now() - began };
  }

  async storeIs(state: 'up' | 'down'): Promise<void> {
    await eventually(async () => {
      const metrics = await (await fetch(`${this.#origin}/metrics`)).text();
      expect(metrics).toMatch(new RegExp(`^rate_limit_store_down ${state === 'down' ? 1 : 0}$`, 'm'));
      const ready = await fetch(`${this.#origin}/health/ready`);
      expect(ready.status).toBe(200);
    }, SEEN_MS);
  }
}

/** Runs two processes with this rate limit and a shared Redis. */
async function withReplicas(
  env: Readonly<Record<string, string>>,
  test: (one: Replica, two: Replica) => Promise<void>,
): Promise<void> {
  const all = {
    ...{ API_KEY: KEY, HOST: '127.0.0.1', PORT: '0', UPSTREAM_URL: upstream.url, REDIS_URL: redis.url },
    ...{ MAX_EVENT_LOOP_DELAY_MS: '60000', DRAIN_DELAY_MS: '0', ...env },
  };
  await withProcess({ env: all }, (first) =>
    withProcess({ env: all }, async (second) => {
      const [one, two] = [
        new Replica(first, await first.listening()),
        new Replica(second, await second.listening()),
      ];
      await one.storeIs('up');
      await two.storeIs('up');
      await test(one, two);
      for (const { stdout, stderr } of [first, second]) expect(stdout + stderr).not.toContain(PASSWORD);
    }),
  );
}

const statuses = (answers: readonly Answer[]): Record<number, number> => {
  const counted: Record<number, number> = {};
  for (const { status } of answers) counted[status] = (counted[status] ?? 0) + 1;
  return counted;
};

const askBoth = (one: Replica, two: Replica, times: number): Promise<Answer[]> =>
  Promise.all(Array.from({ length: times }, (_, index) => (index % 2 === 0 ? one : two).ask()));

it('two processes should let through together what one may alone, however fast they are asked', () =>
  withReplicas({ RATE_LIMIT: '100/10m' }, async (one, two) => {
    const answers = await askBoth(one, two, 300);
    expect(statuses(answers)).toEqual({ 200: 100, 429: 200 });
    // Each of the hundred requests was counted once.
    const left = answers.filter(({ status }) => status === 200).map((answer) => answer.left);
    expect(left.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index));
  }));

it('should serve without an error when Redis is killed, each counting alone, and together when it is back', () =>
  withReplicas({ RATE_LIMIT: '100000/10m' }, async (one, two) => {
    const answers: Answer[] = [];
    let asking = true;
    const clients = Array.from({ length: 8 }, async (_, index) => {
      while (asking) answers.push(await (index % 2 === 0 ? one : two).ask());
    });
    await eventually(() => {
      expect(answers.length).toBeGreaterThan(100);
    });
    await redis.kill();
    const killedAt = answers.length;
    await one.storeIs('down');
    await two.storeIs('down');
    await eventually(() => {
      expect(answers.length).toBeGreaterThan(killedAt + 100);
    });
    redis.start();
    await one.storeIs('up');
    await two.storeIs('up');
    asking = false;
    await Promise.all(clients);
    expect(Object.keys(statuses(answers))).toEqual(['200']);

    const [before, after] = [await one.ask(), await two.ask()];
    expect(after.left).toBe(before.left - 1);
    const logged = one.process.lines.map(({ msg }) => String(msg)).filter((msg) => msg.includes('Redis'));
    expect(logged.filter((msg) => msg.includes('does not answer'))).toHaveLength(1);
  }));

it('should enforce the rate in each process while Redis is down', () =>
  withReplicas({ RATE_LIMIT: '20/10m' }, async (one, two) => {
    await redis.kill();
    await one.storeIs('down');
    await two.storeIs('down');
    expect(statuses(await askBoth(one, two, 80))).toEqual({ 200: 40, 429: 40 });
  }));

it('should wait only once and shortly for a Redis that hangs', () =>
  withReplicas({ RATE_LIMIT: '100000/10m' }, async (one, two) => {
    await one.ask();
    redis.signal('SIGSTOP');
    const first = await Promise.all(Array.from({ length: 10 }, () => one.ask()));
    expect(Object.keys(statuses(first))).toEqual(['200']);
    // The timeout of 100 ms, and the delay of a busy machine.
    for (const { ms } of first) expect(ms).toBeLessThan(1_500);
    const later: Answer[] = [];
    for (let times = 0; times < 50; times += 1) later.push(await one.ask());
    expect(Object.keys(statuses(later))).toEqual(['200']);
    // If each had waited, none would be faster.
    expect(later.filter(({ ms }) => ms < 100).length).toBeGreaterThan(25);
    redis.signal('SIGCONT');
    await one.storeIs('up');
    await two.storeIs('up');
  }));

it('should connect to Redis by TLS, and only with a known certificate', async () => {
  await withReplicas(
    { RATE_LIMIT: '10/10m', REDIS_URL: redis.tlsUrl, NODE_EXTRA_CA_CERTS: redis.certificate },
    async (one, two) => {
      expect(statuses(await askBoth(one, two, 20))).toEqual({ 200: 10, 429: 10 });
    },
  );
  const env = {
    API_KEY: KEY,
    HOST: '127.0.0.1',
    PORT: '0',
    UPSTREAM_URL: upstream.url,
    DRAIN_DELAY_MS: '0',
  };
  await withProcess({ env: { ...env, RATE_LIMIT: '10/10m', REDIS_URL: redis.tlsUrl } }, async (process) => {
    const replica = new Replica(process, await process.listening());
    await replica.storeIs('down');
    expect((await replica.ask()).status).toBe(200);
    await eventually(() => {
      expect(process.stdout).toMatch(/self-signed certificate/);
    });
  });
});
