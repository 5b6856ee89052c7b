import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { startUpstream, type StandInUpstream } from '../upstream/server.ts';
import { type Gateway, KEY, problemIn, SECOND_KEY, startGateway } from './harness.ts';
import { converse } from './raw-http.ts';
import { startTap, type Tap } from './tap.ts';

/** The API keys and their encodings. */
const secrets = [KEY, SECOND_KEY].flatMap((key) => [
  key,
  Buffer.from(key).toString('base64').replace(/=+$/, ''),
  Buffer.from(key).toString('hex'),
]);

let upstream: StandInUpstream;
let tap: Tap;
let gateway: Gateway;
/** All answers to clients. */
const answered: string[] = [];

beforeAll(async () => {
  upstream = await startUpstream();
  tap = await startTap(upstream.port);
  gateway = await startGateway({
    UPSTREAM_URL: `http://127.0.0.1:${tap.port}/{id}`,
    LOG_LEVEL: 'trace',
    DEADLINE_MS: '3000',
    BREAKER_MIN_SAMPLES: '10',
    UPSTREAM_MAX_IN_FLIGHT: '2',
    UPSTREAM_QUEUE_LENGTH: '1',
  });
});

afterAll(async () => {
  await gateway.close();
  await tap.close();
  await upstream.close();
});

async function ask(
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'get',
): Promise<number> {
  const asking = method === 'get' ? request(gateway.origin).get(path) : request(gateway.origin).post(path);
  const answer = await asking.set({ 'X-API-KEY': KEY, ...headers }).responseType('blob');
  answered.push(JSON.stringify(answer.headers), String(answer.body));
  return answer.status;
}

async function askRaw(bytes: string): Promise<void> {
  const conversation = await converse(gateway.port, bytes, { untilClosed: true });
  answered.push(conversation.bytes.toString('latin1'));
}

describe('a key', () => {
  it('should never appear in answers, logs or requests to the upstream', async () => {
    expect(await ask('/1')).toBe(200);
    expect(await ask('/1', { 'X-API-KEY': SECOND_KEY })).toBe(200);
    expect(await ask('/1', { 'X-API-KEY': `${KEY},${KEY}` })).toBe(401);
    expect(await ask('/1', { 'X-API-KEY': `${KEY}x` })).toBe(401);
    expect(
      await ask('/1', { Authorization: `Bearer ${KEY}`, Cookie: `key=${KEY}`, 'X-Api-Token': KEY }),
    ).toBe(200);
    // API keys in places where they do not belong.
    expect(await ask(`/1?api_key=${KEY}`)).toBe(200);
    expect(await ask(`/${KEY}`)).toBe(400);
    expect(await ask(`/${KEY}/1`)).toBe(404);
    expect(await ask(`/%zz${KEY}`)).toBe(400);
    expect(await ask(`/${KEY}`, {}, 'post')).toBe(405);
    expect(await ask('/1', { 'X-Request-Id': `key: ${KEY}` })).toBe(200);
    expect(await ask('/1', { traceparent: KEY, tracestate: `key=${KEY}`, baggage: KEY })).toBe(200);
    for (const path of ['/', '/health', '/health/live', '/health/ready', '/metrics', '/nothing/here'])
      await ask(path);
    await askRaw(`GET /1 HTTP/1.1\r\nX-API-KEY: ${KEY}\r\nHost : a\r\n\r\n`);
    await askRaw(`GET /1 HTTP/1.1\r\nX-API-KEY: ${KEY}\r\nX-Long: ${'a'.repeat(20_000)}\r\n\r\n`);
    await askRaw(`${KEY} ${KEY} HTTP/1.1\r\n\r\n`);

    for (const fault of [
      { kind: 'damaged' },
      { kind: 'status', status: 404 },
      { kind: 'hang', after: 'request' },
      { kind: 'status', status: 500 },
      { kind: 'redirect', status: 302 },
      { kind: 'reset-in-body' },
    ] as const) {
      upstream.setFaults([{ ratio: 1, fault }]);
      expect([404, 502, 503, 504]).toContain(await ask('/1'));
    }
    upstream.setFaults([{ ratio: 1, fault: { kind: 'latency', ms: 100 } }]);
    const crowd = await Promise.all(Array.from({ length: 8 }, () => ask('/1')));
    expect(crowd).toContain(503);
    await upstream.down();
    const statuses = [];
    for (let id = 1; id <= 40; id += 1) statuses.push(await ask(`/${id}`));
    expect(statuses).toContain(503);
    await ask('/health/ready');
    await ask('/metrics');

    expect(answered.length).toBeGreaterThan(100);
    expect(gateway.log.lines.length).toBeGreaterThan(50);
    expect(tap.sent).toContain('GET /1 HTTP/1.1');
    for (const secret of secrets) {
      expect(answered.filter((text) => text.includes(secret))).toEqual([]);
      expect(gateway.log.text.includes(secret)).toBe(false);
      expect(tap.sent.includes(secret)).toBe(false);
    }
  });

  it('should not appear in any problem, nor the address of the upstream or a stack', () => {
    const problems = answered.filter((text) => text.startsWith('{"type"'));
    expect(problems.length).toBeGreaterThan(20);
    for (const problem of problems) {
      expect(problem).not.toMatch(/127\.0\.0\.1|ECONN|node:|\.js|Error:/);
      expect(problem).not.toContain(String(tap.port));
      expect(problemIn(problem)['status']).toBeGreaterThanOrEqual(400);
    }
  });
});
