import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { eventually } from '../eventually.ts';
import { startUpstream, type StandInUpstream } from '../upstream/server.ts';
import { type CollectedSpan, type Collector, startCollector } from './collector.ts';
import { withProcess } from './gateway-process.ts';

const KEY = 'the-key-of-the-traces-91c2';
const REGISTER = new URL('../../dist/tracing/register.js', import.meta.url).href;

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE}-${CALLER}-01`;

/** Prints at exit which packages of OpenTelemetry the process has loaded. */
const REPORT_LOADED = `
  import { registerHooks } from 'node:module';
  const loaded = new Set();
  registerHooks({
    load(url, context, next) {
      const [, name] = /@opentelemetry\\/([^/]+)/.exec(url) ?? [];
      if (name) loaded.add(name);
      return next(url, context);
    },
  });
  process.on('exit', () => process.stderr.write('loaded:' + [...loaded].sort().join()));`;

let upstream: StandInUpstream;
let collector: Collector;

beforeAll(async () => {
  upstream = await startUpstream({ mix: [{ document: 'pdf', weight: 1 }] });
});
afterAll(() => upstream.close());
beforeEach(async () => {
  upstream.setFaults([]);
  collector = await startCollector();
});
afterEach(() => collector.close());

const envOf = (more: Readonly<Record<string, string>>): Record<string, string> => ({
  API_KEY: KEY,
  HOST: '127.0.0.1',
  PORT: '0',
  UPSTREAM_URL: `${upstream.url}?token=of-the-store`,
  DRAIN_DELAY_MS: '0',
  // A busy machine must not cause rejected requests.
  MAX_EVENT_LOOP_DELAY_MS: '60000',
  NODE_OPTIONS: `--import=${REGISTER}`,
  ...more,
});

const ask = (origin: string, path: string, headers: Readonly<Record<string, string>> = {}): request.Test =>
  request(origin)
    .get(path)
    .set({ 'X-API-KEY': KEY, ...headers });

const only = (spans: readonly CollectedSpan[]): CollectedSpan => {
  const [span, ...others] = spans;
  if (span === undefined || others.length > 0) throw new Error(`${spans.length} spans rather than one`);
  return span;
};

describe('with an endpoint for traces', () => {
  it('should put a request, its attempt and the verification below the caller, on the wire and in the log', () =>
    withProcess({ env: envOf({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint }) }, async (gateway) => {
      const origin = await gateway.listening();
      const headers = { traceparent: TRACEPARENT, tracestate: 'a=b' };
      await ask(origin, '/7?key=private', headers).expect(200);
      const reached = upstream.counters.lastHeaders;
      gateway.kill('SIGTERM');
      expect(await gateway.exited).toEqual({ code: 0, signal: null });

      const server = only(collector.spans.filter(({ kind }) => kind === 2));
      const attempt = only(collector.spans.filter(({ kind }) => kind === 3));
      const verification = only(collector.spans.filter(({ kind }) => kind === 1));
      expect(collector.spans.map(({ traceId }) => traceId)).toEqual([TRACE, TRACE, TRACE]);
      expect(server).toMatchObject({
        name: 'GET /:id',
        parentSpanId: CALLER,
        statusCode: 0,
        attributes: {
          'http.request.method': 'GET',
          'http.route': '/:id',
          'http.response.status_code': 200,
          'url.path': '/7',
          'url.scheme': 'http',
          'document_gateway.outcome': 'delivered',
        },
      });
      expect(attempt).toMatchObject({
        name: 'GET',
        parentSpanId: server.spanId,
        statusCode: 0,
        attributes: {
          'http.request.method': 'GET',
          'http.response.status_code': 200,
          'server.address': '127.0.0.1',
          'server.port': upstream.port,
          'url.full': `${upstream.origin}/7`,
          'document_gateway.attempt.outcome': 'intact',
        },
      });
      expect(verification).toMatchObject({
        name: 'verify document',
        parentSpanId: attempt.spanId,
        attributes: {
          'document_gateway.document.format': 'pdf',
          'document_gateway.verification.level': 'deep',
          'document_gateway.verification.verdict': 'intact',
        },
      });
      expect(collector.resource).toMatchObject({ 'service.name': 'document-gateway' });
      expect(reached).toMatchObject({
        traceparent: `00-${TRACE}-${attempt.spanId}-01`,
        tracestate: 'a=b',
      });
      expect(gateway.lines.find(({ route }) => route === '/:id')).toMatchObject({
        trace_id: TRACE,
        span_id: server.spanId,
      });
      expect(gateway.lines.at(-1)).not.toHaveProperty('trace_id');
      const told = JSON.stringify([collector.spans, collector.resource]);
      for (const secret of [KEY, 'private', 'of-the-store']) expect(told).not.toContain(secret);
    }));

  it('should show each attempt with its outcome, and the failure of the request', () =>
    withProcess(
      { env: envOf({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, MAX_ATTEMPTS: '3' }) },
      async (gateway) => {
        const origin = await gateway.listening();
        upstream.setFaults([{ ratio: 1, fault: { kind: 'damaged' } }]);
        await ask(origin, '/1').expect(502);
        upstream.setFaults([{ ratio: 1, fault: { kind: 'status', status: 503 } }]);
        await ask(origin, '/2').expect(502);
        await ask(origin, '/none/such').expect(404);
        gateway.kill('SIGTERM');
        await gateway.exited;

        const servers = collector.spans.filter(({ kind }) => kind === 2);
        const [damaged, failed, unmatched] = servers;
        expect(servers.map(({ name, statusCode }) => [name, statusCode])).toEqual([
          ['GET /:id', 2],
          ['GET /:id', 2],
          ['GET', 0],
        ]);
        expect(unmatched?.attributes).not.toHaveProperty(['http.route']);
        expect(damaged?.attributes).toMatchObject({ 'error.type': 'document-damaged' });
        const attemptsOf = (server: CollectedSpan | undefined): unknown[] =>
          collector.spans
            .filter(({ parentSpanId }) => parentSpanId === server?.spanId)
            .map(({ statusCode, attributes }) => [
              attributes['document_gateway.attempt.outcome'],
              attributes['http.request.resend_count'],
              attributes['error.type'],
              statusCode,
            ]);
        expect(attemptsOf(damaged)).toEqual([
          ['damaged', undefined, 'damaged', 2],
          ['damaged', 1, 'damaged', 2],
          ['damaged', 2, 'damaged', 2],
        ]);
        expect(attemptsOf(failed)).toEqual([
          ['status', undefined, '503', 2],
          ['status', 1, '503', 2],
          ['status', 2, '503', 2],
        ]);
        expect(collector.spans.find(({ name }) => name === 'verify document')?.attributes).toMatchObject({
          'document_gateway.verification.verdict': 'damaged',
          'document_gateway.verification.reason': expect.any(String),
        });
      },
    ));

  it('should have exemplars in OpenMetrics, and only there', () =>
    withProcess({ env: envOf({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint }) }, async (gateway) => {
      const origin = await gateway.listening();
      await ask(origin, '/7', { traceparent: TRACEPARENT }).expect(200);
      const plainOf = async (): Promise<request.Response> => request(origin).get('/metrics').expect(200);
      const before = await eventually(async () => {
        const answer = await plainOf();
        expect(answer.text).toContain('http_request_duration_seconds_count{method="GET",route="/:id"');
        return answer;
      });
      const open = await request(origin)
        .get('/metrics')
        .set('Accept', 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5')
        .buffer()
        .expect(200)
        .expect('content-type', 'application/openmetrics-text; version=1.0.0; charset=utf-8');
      expect(open.text).toMatch(
        new RegExp(
          `^http_request_duration_seconds_bucket\\{[^}]*route="/:id"[^}]*\\} 1 # \\{trace_id="${TRACE}",span_id="[\\da-f]{16}"\\} [\\d.]+ [\\d.]+$`,
          'm',
        ),
      );
      expect(open.text).toMatch(/^# TYPE upstream_attempts counter$/m);
      expect(open.text).toMatch(/^upstream_attempts_total\{outcome="intact"\} 1$/m);
      expect(open.text).toMatch(/\n# EOF\n$/);
      // The plain text format is the same as before, names included.
      const after = await plainOf();
      expect(after.headers['content-type']).toBe(before.headers['content-type']);
      const names = (text: string): string[] => text.match(/^# TYPE .*$/gm) ?? [];
      expect(names(after.text)).toEqual(names(before.text));
      expect(after.text).toContain('# TYPE upstream_attempts_total counter');
      expect(after.text).not.toContain('trace_id');
    }));

  it('should start a trace without a parent, and export nothing of an unsampled parent', () =>
    withProcess({ env: envOf({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint }) }, async (gateway) => {
      const origin = await gateway.listening();
      await ask(origin, '/1', { traceparent: `00-${TRACE}-${CALLER}-00` }).expect(200);
      expect(upstream.counters.lastHeaders['traceparent']).toMatch(
        new RegExp(`^00-${TRACE}-[\\da-f]{16}-00$`),
      );
      await ask(origin, '/2', { traceparent: 'nonsense', tracestate: 'a=b' }).expect(200);
      expect(upstream.counters.lastHeaders).not.toHaveProperty('tracestate');
      gateway.kill('SIGTERM');
      await gateway.exited;
      const server = only(collector.spans.filter(({ kind }) => kind === 2));
      expect(server).toMatchObject({ attributes: { 'url.path': '/2' } });
      expect(server.parentSpanId).toBeUndefined();
      expect(server.traceId).not.toBe(TRACE);
    }));

  it('should be in the lines that are logged during a request', () => {
    // The value identifies the timer of the deadline.
    const preload = `
        const { setTimeout } = globalThis;
        const fail = () => { throw new Error('a defect'); };
        globalThis.setTimeout = (run, ms, ...rest) =>
          ms === 54321 ? setTimeout(fail, 1) : setTimeout(run, ms, ...rest);`;
    const env = envOf({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, DEADLINE_MS: '54321' });
    return withProcess({ env, preload }, async (gateway) => {
      const origin = await gateway.listening();
      upstream.setFaults([{ ratio: 1, fault: { kind: 'latency', ms: 5_000 } }]);
      const asking = ask(origin, '/1', { traceparent: TRACEPARENT });
      await expect(asking.then((answer) => answer.status)).rejects.toThrow();
      await gateway.exited;
      expect(gateway.lines.at(-1)).toMatchObject({ level: 'fatal', trace_id: TRACE });
    });
  });

  it('should serve and stop in time when the collector does not answer', async () => {
    const silent = await startCollector({ hang: true });
    await withProcess({ env: envOf({ OTEL_EXPORTER_OTLP_ENDPOINT: silent.endpoint }) }, async (gateway) => {
      const origin = await gateway.listening();
      await ask(origin, '/1').expect(200);
      const startedAt = performance.now();
      gateway.kill('SIGTERM');
      expect(await gateway.exited).toEqual({ code: 0, signal: null });
      expect(performance.now() - startedAt).toBeLessThan(9_000);
    });
    await silent.close();
  });

  it('should say in the log that the spans cannot be delivered', () =>
    withProcess(
      { env: envOf({ OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.endpoint}/nowhere` }) },
      async (gateway) => {
        const origin = await gateway.listening();
        await ask(origin, '/1').expect(200);
        gateway.kill('SIGTERM');
        expect(await gateway.exited).toEqual({ code: 0, signal: null });
        expect(gateway.lines.find(({ level }) => level === 'warn')).toMatchObject({
          msg: expect.stringContaining('OTEL_EXPORTER_OTLP_ENDPOINT'),
        });
        expect(gateway.stderr).toBe('');
      },
    ));
});

describe('without', () => {
  const loadedBy = async (env: Readonly<Record<string, string>>): Promise<string[]> => {
    let loaded: string[] = [];
    const report = `data:text/javascript,${encodeURIComponent(REPORT_LOADED)}`;
    const importing = { NODE_OPTIONS: `--import=${report} --import=${REGISTER}` };
    await withProcess({ env: envOf({ ...env, ...importing }) }, async (gateway) => {
      const origin = await gateway.listening();
      await ask(origin, '/1', { traceparent: TRACEPARENT, tracestate: 'a=b' }).expect(200);
      gateway.kill('SIGTERM');
      expect(await gateway.exited).toEqual({ code: 0, signal: null });
      expect(gateway.lines.filter((line) => 'trace_id' in line)).toEqual([]);
      loaded = /loaded:(.*)$/.exec(gateway.stderr)?.[1]?.split(',').filter(Boolean) ?? ['no report'];
    });
    return loaded;
  };

  it.each([
    ['nothing is set', {}],
    ['the endpoint is empty', { OTEL_EXPORTER_OTLP_ENDPOINT: '' }],
    ['the SDK is disabled', { OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }],
    [
      'there is no exporter',
      { OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' },
    ],
  ])(
    'should load no more of OpenTelemetry than without it, and pass on the context of the caller, when %s',
    async (_, env) => {
      // prom-client loads the API, which does nothing alone.
      expect(await loadedBy(env)).toEqual(['api']);
      expect(upstream.counters.lastHeaders).toMatchObject({ traceparent: TRACEPARENT, tracestate: 'a=b' });
    },
  );
});
