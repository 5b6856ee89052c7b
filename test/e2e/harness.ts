import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import request from 'supertest';
import { parseSettings } from '../../src/app.settings.ts';
import { loggerOptions } from '../../src/logging/logger.ts';
import { loggingConfig } from '../../src/logging/logging.config.ts';
import { RetryBudget } from '../../src/resilience/retry-budget.ts';
import { eventually } from '../eventually.ts';
import type { OpenApi } from '../openapi/openapi.ts';
import { watchAnswers } from '../openapi/watch.ts';
import type { Fault } from '../upstream/faults.ts';
import { startUpstream, type StandInUpstream, type UpstreamOptions } from '../upstream/server.ts';
import { type Exposition, parseMetrics } from './metrics-text.ts';

// Jest cannot load CommonJS packages that need Nest in one go with Nest itself, which is made of ES modules.
const { createApp } = await import('../../src/app.ts');
const { OpenApiDocument } = await import('../../src/openapi/openapi-document.ts');

export const KEY = 'first-key-of-the-tests-5f1c0e';
export const SECOND_KEY = 'second-key-of-the-tests-8d27ab';

/** A request for a document as bytes, with its head completed by these lines. */
export const ask = (lines: readonly string[] = [], requestLine = 'GET /1 HTTP/1.1'): string =>
  [requestLine, 'Host: gateway.test', `X-API-KEY: ${KEY}`, ...lines, '', ''].join('\r\n');

export type Env = Readonly<Record<string, string>>;
export type LogLine = Readonly<Record<string, unknown>>;

/** The service as it is in production, on a port of its own, before a stand-in upstream. */
export interface Gateway {
  readonly app: NestFastifyApplication;
  readonly port: number;
  readonly origin: string;
  readonly upstream: StandInUpstream;
  /** What it serves at `/openapi.json`: every answer is held against it, and `close` throws when one differs. */
  readonly openApi: OpenApi;
  /** What was logged so far. */
  readonly log: { readonly lines: readonly LogLine[]; readonly text: string };
  /** The line of the request with this id; it is written a moment after the client has the answer. */
  lineOf(requestId: unknown): Promise<LogLine>;
  /** Asks with a key. Bodies are Buffers. */
  get(path: string): request.Test;
  head(path: string): request.Test;
  metrics(): Promise<Exposition>;
  /** One series, by name and labels as they stand in the exposition; 0 when it is not there. */
  metric(series: string): Promise<number>;
  /** What every request is in for from now on; nothing by default. */
  fail(...faults: readonly Fault[]): void;
  /** Once, however often it is called. */
  close(): Promise<void>;
}

const DEFAULTS: Env = {
  API_KEY: `${KEY},${SECOND_KEY}`,
  LOG_LEVEL: 'debug',
  DRAIN_DELAY_MS: '0',
  // A machine that is busy with other things is no reason to turn requests away.
  MAX_EVENT_LOOP_DELAY_MS: '60000',
};

/** The lines of the gateway that was started last. */
let written: string[] = [];

// nestjs-pino keeps the first logger that a process shows it, so all gateways share one.
const logger = pino(
  loggerOptions(loggingConfig(DEFAULTS)),
  new Writable({
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString());
      done();
    },
  }),
);

/**
 * Starts the service with these settings, and the upstream with those. Of several that run at a time, the one that was
 * started last has the log.
 */
export async function startGateway(env: Env = {}, upstreamOptions: UpstreamOptions = {}): Promise<Gateway> {
  const upstream = await startUpstream(upstreamOptions);
  const settings = parseSettings({ ...DEFAULTS, UPSTREAM_URL: upstream.url, ...env });
  const lines: string[] = [];
  written = lines;
  logger.level = settings.logging.level;
  const app = await createApp(settings, logger);
  await app.init();
  const document = app.get(OpenApiDocument, { strict: false }).toJson() as unknown as OpenApi;
  const complaints = watchAnswers(app.getHttpServer(), document);
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
    await app.close();
    await upstream.close();
    // Whatever a test is about: no scenario may bring a key into the log.
    if (log.text.includes(KEY) || log.text.includes(SECOND_KEY)) throw new Error('a key is in the log');
    // Nor may any answer be one that the document does not describe.
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

/** Lets every retry be made: a test makes more of them than the retry budget pays for. */
export function payForRetries({ app }: Gateway): void {
  app.get(RetryBudget, { strict: false }).take = () => true;
}

/** Runs a test against a gateway of its own. */
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

/** A problem document, read from the body of an answer. */
export function problemIn(body: unknown): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.isBuffer(body) ? body.toString() : String(body)) as Record<string, unknown>;
}
