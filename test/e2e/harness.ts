import { AsyncLocalStorage } from 'node:async_hooks';
import type { AddressInfo, Socket } from 'node:net';
import { Writable } from 'node:stream';
import '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import request from 'supertest';
import { parseSettings, type Settings } from '../../src/app.settings.ts';
import { loggerOptions } from '../../src/logging/logger.ts';
import { loggingConfig } from '../../src/logging/logging.config.ts';
import { RetryBudget } from '../../src/resilience/retry-budget.ts';
import { eventually } from '../eventually.ts';
import type { OpenApi } from '../openapi/openapi.ts';
import { watchAnswers } from '../openapi/watch.ts';
import type { Fault } from '../upstream/faults.ts';
import { startUpstream, type StandInUpstream, type UpstreamOptions } from '../upstream/server.ts';
import { type Exposition, parseMetrics } from './metrics-text.ts';

// Jest cannot load CommonJS packages that need Nest together with Nest itself, which is ES modules.
const { createApp } = await import('../../src/app.ts');
const { OpenApiController } = await import('../../src/openapi/openapi.controller.ts');

export const KEY = 'first-key-of-the-tests-5f1c0e';
export const SECOND_KEY = 'second-key-of-the-tests-8d27ab';

/** The bytes of a request for a document, with these lines added to its head. */
export const ask = (lines: readonly string[] = [], requestLine = 'GET /1 HTTP/1.1'): string =>
  [requestLine, 'Host: gateway.test', `X-API-KEY: ${KEY}`, ...lines, '', ''].join('\r\n');

export type Env = Readonly<Record<string, string>>;
export type LogLine = Readonly<Record<string, unknown>>;

/** The service as in production, on its own port, with a stand-in upstream. */
export interface Gateway {
  readonly app: NestFastifyApplication;
  readonly port: number;
  readonly origin: string;
  readonly upstream: StandInUpstream;
  /** The document at `/openapi.json`. Every answer is checked against it; `close` throws when one differs. */
  readonly openApi: OpenApi;
  /** The log so far. */
  readonly log: { readonly lines: readonly LogLine[]; readonly text: string };
  /** The log line of the request with this id. It is written shortly after the client has the answer. */
  lineOf(requestId: unknown): Promise<LogLine>;
  /** Sends a request with an API key. Bodies are Buffers. */
  get(path: string): request.Test;
  head(path: string): request.Test;
  metrics(): Promise<Exposition>;
  /** The value of a series, by name and labels as in the exposition; 0 if it does not exist. */
  metric(series: string): Promise<number>;
  /** Sets the faults of all further answers of the upstream; none by default. */
  fail(...faults: readonly Fault[]): void;
  /** Stops everything. Further calls have no effect. */
  close(): Promise<void>;
}

const DEFAULTS: Env = {
  API_KEY: `${KEY},${SECOND_KEY}`,
  LOG_LEVEL: 'debug',
  DRAIN_DELAY_MS: '0',
  // A busy machine must not cause rejected requests.
  MAX_EVENT_LOOP_DELAY_MS: '60000',
};

/** The log of the gateway in which something happens. */
const written = new AsyncLocalStorage<string[]>();

// nestjs-pino keeps the first logger of a process, so all gateways share one.
const logger = pino(
  loggerOptions(loggingConfig(DEFAULTS)),
  new Writable({
    write(chunk: Buffer, _encoding, done) {
      written.getStore()?.push(chunk.toString());
      done();
    },
  }),
);

/**
 * Starts the service with these settings and the upstream with these options. Several may run at a time: each has its
 * own log, but the level is that of the last started one.
 */
export async function startGateway(env: Env = {}, upstreamOptions: UpstreamOptions = {}): Promise<Gateway> {
  const upstream = await startUpstream(upstreamOptions);
  const settings = parseSettings({ ...DEFAULTS, UPSTREAM_URL: upstream.url, ...env });
  const lines: string[] = [];
  return written.run(lines, () => startApp(settings, upstream, lines));
}

async function startApp(settings: Settings, upstream: StandInUpstream, lines: string[]): Promise<Gateway> {
  logger.level = settings.logging.level;
  const app = await createApp(settings, logger);
  await app.init();
  const document = JSON.parse(app.get(OpenApiController, { strict: false }).json) as OpenApi;
  const complaints = watchAnswers(app.getHttpServer(), document);
  // What a client does to its connection, Node tells outside of the context in which that was accepted.
  app.getHttpServer().on('connection', (socket: Socket) => {
    socket.emit = AsyncLocalStorage.bind(socket.emit.bind(socket));
  });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;

  const log = {
    get text() {
      return lines.join('');
    },
    get lines() {
      return log.text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as LogLine);
    },
  };
  const metrics = async (): Promise<Exposition> => {
    const { text } = await request(origin).get('/metrics').expect(200);
    return parseMetrics(text);
  };
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await written.run(lines, () => app.close());
    await upstream.close();
    // In every test: no API key may appear in the log.
    if (log.text.includes(KEY) || log.text.includes(SECOND_KEY)) throw new Error('a key is in the log');
    // And every answer must match the document.
    if (complaints.length > 0) throw new Error(`not as /openapi.json has it:\n${complaints.join('\n')}`);
  };
  return {
    app,
    port,
    origin,
    upstream,
    openApi: document,
    log,
    lineOf: (id) =>
      eventually(() => {
        const line = log.lines.find(({ requestId, method }) => requestId === id && method !== undefined);
        if (line === undefined) throw new Error(`no line for ${String(id)} in\n${log.text}`);
        return line;
      }),
    get: (path) => request(origin).get(path).set('X-API-KEY', KEY).responseType('blob'),
    head: (path) => request(origin).head(path).set('X-API-KEY', KEY),
    metrics,
    metric: async (series) => (await metrics()).samples.get(series) ?? 0,
    fail: (...faults) => {
      const ratio = 1 / faults.filter(({ kind }) => kind !== 'latency').length;
      upstream.setFaults(faults.map((fault) => ({ ratio: fault.kind === 'latency' ? 1 : ratio, fault })));
    },
    close: () => (closed ??= close()),
  };
}

/** Allows every retry, for tests that need more than the retry budget allows. */
export function payForRetries({ app }: Gateway): void {
  app.get(RetryBudget, { strict: false }).take = () => true;
}

/** Runs a test with its own gateway. */
export async function withGateway(
  env: Env,
  upstream: UpstreamOptions,
  test: (gateway: Gateway) => Promise<void>,
): Promise<void> {
  const gateway = await startGateway(env, upstream);
  try {
    await test(gateway);
  } finally {
    await gateway.close();
  }
}

/** Parses the body of a problem. */
export function problemIn(body: unknown): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.isBuffer(body) ? body.toString() : String(body)) as Record<string, unknown>;
}
