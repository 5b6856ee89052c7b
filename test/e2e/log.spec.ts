import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { eventually } from '../eventually.ts';
import { type Gateway, KEY, SECOND_KEY, startGateway, withGateway } from './harness.ts';
import { converse } from './raw-http.ts';

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({ BREAKER_MIN_SAMPLES: '1000' }, { mix: [{ document: 'pdf', weight: 1 }] });
});

afterAll(() => gateway.close());

let requests = 0;

/** Sends a request with a new request id and returns the id. */
async function ask(path: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const id = `log-${(requests += 1)}`;
  await request(gateway.origin)
    .get(path)
    .set({ 'X-API-KEY': KEY, 'X-Request-Id': id, ...headers })
    .responseType('blob');
  return id;
}

describe('the line of a request', () => {
  it('should have all facts about a delivered document', async () => {
    const line = await gateway.lineOf(await ask('/007'));
    expect(line).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      requestId: expect.any(String),
      method: 'GET',
      route: '/:id',
      status: 200,
      ms: expect.any(Number),
      consumer: 'key-1',
      documentId: '007',
      outcome: 'delivered',
      attempts: 1,
      bytes: 13_000,
      mediaType: 'application/pdf',
      verified: true,
      upstreamMs: expect.any(Number),
      verifyMs: expect.any(Number),
      msg: 'request served',
    });
  });

  it('should name the consumer by the place of its key', async () => {
    expect(await gateway.lineOf(await ask('/1', { 'X-API-KEY': SECOND_KEY }))).toMatchObject({
      consumer: 'key-2',
    });
    expect(await gateway.lineOf(await ask('/1', { 'X-API-KEY': 'wrong' }))).not.toHaveProperty('consumer');
  });

  it('should add up attempts and times, and give cause and hint when there is no document', async () => {
    gateway.fail({ kind: 'damaged' }, { kind: 'latency', ms: 20 });
    const line = await gateway.lineOf(await ask('/1'));
    gateway.fail();
    expect(line).toMatchObject({
      level: 'warn',
      status: 502,
      outcome: 'document-damaged',
      attempts: 5,
      cause: expect.stringContaining('pdf'),
      hint: expect.stringContaining('fetch this id'),
    });
    expect(line['upstreamMs']).toBeGreaterThan(90);
    expect(line['ms']).toBeGreaterThanOrEqual(Number(line['upstreamMs']));
    expect(line).not.toHaveProperty('mediaType');
  });

  it.each([
    ['/1e3', 400, 'malformed-id', 'info', '/:id'],
    ['/%zz', 400, 'malformed-request', 'info', 'unmatched'],
    ['/nothing/here', 404, 'route-not-found', 'info', 'unmatched'],
    ['/', 200, undefined, 'info', '/'],
    ['/health', 200, undefined, 'debug', '/health'],
    ['/health/live', 200, undefined, 'debug', '/health/live'],
    ['/health/ready', 200, undefined, 'debug', '/health/ready'],
    ['/metrics', 200, undefined, 'debug', '/metrics'],
  ])('should be there for %s (%i)', async (path, status, outcome, level, route) => {
    const line = await gateway.lineOf(await ask(path));
    expect([line['status'], line['outcome'], line['level'], line['route']]).toEqual([
      status,
      outcome,
      level,
      route,
    ]);
  });

  it('should be there for a request that could not be read', async () => {
    const { answers } = await converse(gateway.port, 'NONSENSE\r\n\r\n');
    const line = await gateway.lineOf(answers[0]?.headers['x-request-id']);
    expect(line).toMatchObject({
      method: 'unknown',
      status: 400,
      outcome: 'malformed-request',
      level: 'info',
    });
  });

  it('should be written for a client that left, with that status', async () => {
    gateway.fail({ kind: 'hang', after: 'request' });
    const before = gateway.upstream.counters.requests;
    const socket = connect(gateway.port, '127.0.0.1');
    socket.write(`GET /9 HTTP/1.1\r\nHost: a\r\nX-API-KEY: ${KEY}\r\nX-Request-Id: leaver\r\n\r\n`);
    await eventually(() => {
      expect(gateway.upstream.counters.requests).toBe(before + 1);
    });
    socket.destroy();
    expect(await gateway.lineOf('leaver')).toMatchObject({
      level: 'info',
      status: 499,
      documentId: '9',
      attempts: 1,
      msg: 'client left',
    });
    gateway.fail();
  });

  it('should be one for each, for every result', async () => {
    const paths = ['/1', '/1e3', '/%zz', '/a/b', '/', '/health', '/metrics', `/${'1'.repeat(3_000)}`];
    const ids = (
      await Promise.all(Array.from({ length: 5 }, () => Promise.all(paths.map((path) => ask(path)))))
    ).flat();
    await Promise.all(ids.map((id) => gateway.lineOf(id)));
    for (const id of ids)
      expect(gateway.log.lines.filter(({ requestId }) => requestId === id)).toHaveLength(1);
  });

  it('should be left out for polled routes, unless the level is debug', async () => {
    await gateway.close();
    await withGateway({ LOG_LEVEL: 'info' }, {}, async (quiet) => {
      for (const path of ['/health', '/health/ready', '/metrics', '/nothing/here']) {
        await request(quiet.origin).get(path).set('X-Request-Id', 'of-one');
      }
      expect(await quiet.lineOf('of-one')).toMatchObject({ status: 404 });
      expect(quiet.log.lines.map(({ route }) => route)).toEqual(['unmatched']);
    });
    gateway = await startGateway();
  });
});

describe('the id of a request', () => {
  it.each(['a', '0', 'abc-DEF_1.2', '7d3ff0a6-3a57-4bb0-8a58-8f1c1f0b62d1', 'x'.repeat(128)])(
    'should be the one that the client gave: %s',
    async (id) => {
      const answer = await request(gateway.origin).get('/health').set('x-request-ID', id).expect(200);
      expect(answer.headers['x-request-id']).toBe(id);
      expect(await gateway.lineOf(id)).toMatchObject({ status: 200 });
    },
  );

  it.each(['', ' ', 'a b', 'a,b', 'a"b', 'a/b', '{"a":1}', 'x'.repeat(129), '%0a', 'a;b', 'é'])(
    'should be a new one when that of the client is %j',
    async (id) => {
      const bytes = Buffer.from(`GET /health HTTP/1.1\r\nHost: a\r\nX-Request-Id: ${id}\r\n\r\n`);
      const { answers } = await converse(gateway.port, bytes);
      const given = answers[0]?.headers['x-request-id'];
      expect(given).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
      await gateway.lineOf(given);
    },
  );

  it('should be a new one when the client gave two', async () => {
    const two = 'GET /health HTTP/1.1\r\nHost: a\r\nX-Request-Id: a\r\nX-Request-Id: b\r\n\r\n';
    const { answers } = await converse(gateway.port, two);
    expect(answers[0]?.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
  });

  it('should be in every answer, problems too', async () => {
    for (const path of ['/1', '/1e3', '/%zz', '/a/b', '/', '/health', '/metrics', `/${'1'.repeat(3_000)}`]) {
      const answer = await request(gateway.origin).get(path).set('X-Request-Id', 'mine').responseType('blob');
      expect(answer.headers['x-request-id']).toBe('mine');
    }
  });
});

describe('what a client sends', () => {
  it('should not forge a line, wherever it puts a line end or a quote', async () => {
    const forged = '"}%0a{"level":"fatal","msg":"forged"}';
    const before = gateway.log.lines.length;
    for (const path of [
      `/${forged}`,
      `/1?${forged}`,
      `/a/${forged}`,
      '/%E2%80%A8forged',
      '/%00%0d%0aforged',
    ]) {
      await converse(
        gateway.port,
        `GET ${path} HTTP/1.1\r\nHost: a\r\nX-API-KEY: ${KEY}\r\nX-Request-Id: ${forged}\r\nUser-Agent: ${forged}\r\n\r\n`,
      );
    }
    await converse(gateway.port, `GET /1 HTTP/1.1\r\nHost: a\r\nX-Request-Id: a\rforged\r\n\r\n`, {
      untilClosed: true,
    });
    await eventually(() => {
      expect(gateway.log.lines.length).toBeGreaterThanOrEqual(before + 6);
    });
    // Parsing has shown that each line is one JSON object.
    expect(gateway.log.lines.filter(({ level }) => level === 'fatal')).toEqual([]);
    expect(gateway.log.text).not.toContain('forged');
  });
});
