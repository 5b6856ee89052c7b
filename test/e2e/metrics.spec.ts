import { once } from 'node:events';
import { METHODS } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { Pool } from 'undici';
import { makeDocuments } from '../upstream/documents.ts';
import { ask, type Gateway, KEY, startGateway } from './harness.ts';
import { converse } from './raw-http.ts';

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway(
    {
      LOG_LEVEL: 'silent',
      BREAKER_MIN_SAMPLES: '1000',
    },
    { documents: makeDocuments({ pdfBytes: 4_096, pngBytes: 1_024 }), mix: [{ document: 'png', weight: 1 }] },
  );
});

afterAll(() => gateway.close());

/** The increase of series during the action. */
async function growth(series: readonly string[], action: () => Promise<unknown>): Promise<number[]> {
  const before = await gateway.metrics();
  await action();
  const after = await gateway.metrics();
  return series.map((one) => (after.samples.get(one) ?? 0) - (before.samples.get(one) ?? 0));
}

describe('/metrics', () => {
  it('should be in the text format of Prometheus', async () => {
    await gateway.get('/1').expect(200);
    const { headers } = await request(gateway.origin).get('/metrics').expect(200);
    expect((headers as Record<string, string>)['content-type']).toBe(
      'text/plain; version=0.0.4; charset=utf-8',
    );
    const { samples, types } = await gateway.metrics();
    expect(samples.size).toBeGreaterThan(100);
    expect(
      [...types.keys()].filter((name) => types.get(name) === 'counter' && !name.endsWith('_total')),
    ).toEqual([]);
  });

  it('should have the defaults of the process, and what was built', async () => {
    const { samples } = await gateway.metrics();
    const names = [...samples.keys()].map((series) => series.replace(/\{.*/, ''));
    expect(names).toEqual(
      expect.arrayContaining([
        'process_cpu_seconds_total',
        'process_resident_memory_bytes',
        'nodejs_eventloop_lag_seconds',
      ]),
    );
    expect(
      [...samples.keys()].filter((series) => /build_info\{.*version="\d+\.\d+\.\d+"/.test(series)),
    ).toHaveLength(1);
  });

  it('should count a document that is delivered, with its bytes, attempts and times', async () => {
    const grown = await growth(
      [
        'http_request_duration_seconds_count{method="GET",route="/:id",status="200"}',
        'documents_delivered_total{media_type="image/png"}',
        'documents_delivered_bytes_total{media_type="image/png"}',
        'upstream_attempts_total{outcome="intact"}',
        'upstream_attempt_duration_seconds_count',
        'document_verification_duration_seconds_count{format="png"}',
      ],
      () => gateway.get('/1').expect(200),
    );
    expect(grown).toEqual([1, 1, 1_024, 1, 1, 1]);
  });

  it('should not count a document that its client did not receive', async () => {
    const large = await startGateway(
      { LOG_LEVEL: 'info' },
      { documents: makeDocuments({ pngBytes: 20_000_000 }), mix: [{ document: 'png', weight: 1 }] },
    );
    const socket = connect(large.port, '127.0.0.1');
    socket.write(ask(['X-Request-Id: leaver']));
    await once(socket, 'readable');
    socket.destroy();
    const line = await large.lineOf('leaver');
    expect(line).toMatchObject({ status: 499, msg: 'client left' });
    expect(line).not.toHaveProperty('outcome');
    expect(line).not.toHaveProperty('bytes');
    expect(await large.metric('documents_delivered_total{media_type="image/png"}')).toBe(0);
    await large.close();
  });

  it('should count no bytes for HEAD, which brings none', async () => {
    const grown = await growth(
      [
        'http_request_duration_seconds_count{method="HEAD",route="/:id",status="200"}',
        'documents_delivered_total{media_type="image/png"}',
        'documents_delivered_bytes_total{media_type="image/png"}',
      ],
      () => gateway.head('/1').expect(200),
    );
    expect(grown).toEqual([1, 1, 0]);
  });

  it('should count damaged documents by reason, and what was done about them', async () => {
    const before = await gateway.metrics();
    gateway.fail({ kind: 'damaged' });
    await gateway.get('/1').expect(502);
    gateway.fail();
    const { samples } = await gateway.metrics();
    const since = (series: string): number => (samples.get(series) ?? 0) - (before.samples.get(series) ?? 0);
    expect(since('upstream_attempts_total{outcome="damaged"}')).toBe(5);
    expect(since('upstream_retries_total{kind="damaged"}')).toBe(4);
    expect(since('http_request_duration_seconds_count{method="GET",route="/:id",status="502"}')).toBe(1);
    const failures = [...samples].filter(([series]) =>
      series.startsWith('document_verification_failures_total{format="pdf"'),
    );
    expect(failures.map(([, count]) => count)).toEqual([5]);
  });

  it.each([
    [{ kind: 'status', status: 500 }, 'status'],
    [{ kind: 'reset-before-headers' }, 'reset'],
    [{ kind: 'truncate', at: 0.5 }, 'truncated'],
    [{ kind: 'redirect', status: 302 }, 'unacceptable'],
    [{ kind: 'wrong-length', length: 'malformed' }, 'protocol'],
  ] as const)('should count attempts that end in %j', async (fault, outcome) => {
    gateway.fail(fault);
    const [attempts, retries] = await growth(
      [`upstream_attempts_total{outcome="${outcome}"}`, 'upstream_retries_total{kind="failed"}'],
      () => gateway.get('/1').expect(502),
    );
    gateway.fail();
    expect(attempts).toBeGreaterThanOrEqual(1);
    expect(retries).toBe(Number(attempts) - 1);
  });

  it('should show what the protections are doing', async () => {
    const { samples, types } = await gateway.metrics();
    expect(
      Object.fromEntries(
        ['buffered_bytes', 'bulkhead_in_flight', 'bulkhead_queued', 'breaker_state'].map((name) => [
          name,
          samples.get(name),
        ]),
      ),
    ).toEqual({
      buffered_bytes: 0,
      bulkhead_in_flight: 0,
      bulkhead_queued: 0,
      breaker_state: 0,
    });
    expect(samples.get('bulkhead_capacity')).toBe(64);
    expect(samples.get('buffered_bytes_limit')).toBeGreaterThan(0);
    expect(types.get('retry_budget_available')).toBe('gauge');
  });

  it('should know routes by their templates', async () => {
    for (const path of ['/', '/1', '/health', '/health/live', '/health/ready', '/nothing/here', '/%zz']) {
      await gateway.get(path);
    }
    await converse(gateway.port, 'NONSENSE\r\n\r\n');
    const { samples } = await gateway.metrics();
    const routes = [...samples.keys()].map(
      (series) => /^http_request_duration_seconds_count.*route="([^"]*)"/.exec(series)?.[1],
    );
    expect([...new Set(routes)].filter((route) => route !== undefined).sort()).toEqual([
      '/',
      '/:id',
      '/health',
      '/health/live',
      '/health/ready',
      '/metrics',
      'unmatched',
    ]);
  });
});

describe('two services in one process', () => {
  it('should count each its own requests', async () => {
    const other = await startGateway({ LOG_LEVEL: 'silent' }, { mix: [{ document: 'png', weight: 1 }] });
    const delivered = 'documents_delivered_total{media_type="image/png"}';
    try {
      const [grown] = await growth([delivered], async () => {
        await other.get('/1').expect(200);
        await other.get('/2').expect(200);
        await gateway.get('/1').expect(200);
      });
      expect([grown, await other.metric(delivered)]).toEqual([1, 2]);
      expect(await other.metric('upstream_attempts_total{outcome="intact"}')).toBe(2);
    } finally {
      await other.close();
    }
    await gateway.get('/1').expect(200);
  });
});

describe('the number of series', () => {
  it('should not grow with ids, paths, methods, request ids or agents: 3,000 of them', async () => {
    const pool = new Pool(gateway.origin, { connections: 16 });
    const ask = async (number: number): Promise<void> => {
      const path = number % 10 === 0 ? `/none/${number}` : number % 10 === 1 ? `/x${number}` : `/${number}`;
      const method = number % 10 === 2 ? (METHODS[Math.floor(number / 10) % METHODS.length] ?? 'GET') : 'GET';
      const { body } = await pool.request({
        path,
        method: method === 'CONNECT' ? 'POST' : (method as 'GET'),
        headers: { 'x-api-key': KEY, 'x-request-id': `request-${number}`, 'user-agent': `agent/${number}` },
      });
      await body.dump();
    };
    const askAll = async (from: number, to: number): Promise<void> => {
      let next = from;
      const worker = async (): Promise<void> => {
        while (next < to) await ask((next += 1) - 1);
      };
      await Promise.all(Array.from({ length: 16 }, worker));
    };
    await askAll(0, 500);
    for (const method of ['FOO', 'BAR']) await converse(gateway.port, `${method} / HTTP/1.1\r\n\r\n`);
    const before = await gateway.metrics();
    await askAll(500, 3_000);
    for (let i = 0; i < 20; i += 1) await converse(gateway.port, `FOO${i} / HTTP/1.1\r\n\r\n`);
    const after = await gateway.metrics();
    await pool.close();
    // The series of Node depend on the kinds of garbage collections and handles.
    const own = [...after.samples.keys()].filter((series) => !series.startsWith('nodejs_'));
    const added = own.filter((series) => !before.samples.has(series));
    expect(added).toEqual([]);
    const methods = new Set(
      [...after.samples.keys()].map((series) => /method="([^"]*)"/.exec(series)?.[1] ?? 'other'),
    );
    expect([...methods].sort()).toEqual([
      'DELETE',
      'GET',
      'HEAD',
      'OPTIONS',
      'PATCH',
      'POST',
      'PUT',
      'other',
    ]);
    expect(gateway.upstream.counters.byPath.size).toBeGreaterThan(1_800);
  });
});
