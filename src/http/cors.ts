import type { IncomingHttpHeaders } from 'node:http';
import type { ConfigType } from '@nestjs/config';
import type { onSendHookHandler } from 'fastify';
import type { httpConfig } from './http.config.ts';

type HttpConfig = ConfigType<typeof httpConfig>;
type Headers = Readonly<Record<string, string>>;

/** What a page may read of an answer, besides the few headers that the Fetch standard lets it read anyway. */
const EXPOSED = [
  'Accept-Ranges',
  'Age',
  'Allow',
  'Cache-Status',
  'Content-Disposition',
  'Content-Range',
  'ETag',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'WWW-Authenticate',
  'X-Request-Id',
].join(', ');
/** What a page may send. */
const ALLOWED = [
  'Accept',
  'Cache-Control',
  'If-Match',
  'If-None-Match',
  'If-Range',
  'Range',
  'Traceparent',
  'Tracestate',
  'X-API-KEY',
  'X-Request-Id',
].join(', ');
/** For how many seconds a browser need not ask again; Chromium takes no more. */
const MAX_AGE = '7200';

/**
 * Lets pages of other origins in, those of `CORS_ORIGINS`: the CORS protocol of the Fetch standard. Never with
 * credentials, since a key is no cookie: the page has it, or it does not.
 */
export class Cors {
  readonly #everyOrigin: boolean;
  readonly #origins: ReadonlyMap<string, Headers>;
  readonly #base: Headers;

  /** @param base headers that go on every answer as well */
  constructor(config: Pick<HttpConfig, 'corsOrigins' | 'serverTiming'>, base: Headers) {
    const allow = (origin: string): Headers => ({
      ...this.#base,
      'access-control-allow-origin': origin,
      'access-control-expose-headers': EXPOSED,
      // Times of an answer are shown to those who may read the answer.
      ...(config.serverTiming && { 'timing-allow-origin': origin }),
    });
    this.#everyOrigin = config.corsOrigins.includes('*');
    this.#base = variesByOrigin(config) ? { ...base, vary: 'Origin' } : base;
    this.#origins = new Map(config.corsOrigins.map((origin) => [origin, allow(origin)]));
  }

  /** The headers of an answer to a request with this `Origin`. */
  headersFor(origin: string | undefined): Headers {
    if (this.#everyOrigin) return this.#origins.get('*') ?? this.#base;
    return (origin === undefined ? undefined : this.#origins.get(origin)) ?? this.#base;
  }

  /** The further headers of an answer to `OPTIONS`; undefined when the request is no preflight of an allowed origin. */
  preflightHeadersFor({ origin, ...headers }: IncomingHttpHeaders): Headers | undefined {
    if (headers['access-control-request-method'] === undefined || origin === undefined) return undefined;
    if (!this.#everyOrigin && !this.#origins.has(origin)) return undefined;
    return {
      'access-control-allow-methods': 'GET, HEAD',
      'access-control-allow-headers': ALLOWED,
      'access-control-max-age': MAX_AGE,
    };
  }
}

/** Keeps the origin among what an answer depends on, whatever else a route has put there. */
export const varyByOrigin: onSendHookHandler = (_request, reply, payload, done) => {
  const vary = String(reply.getHeader('vary') ?? '');
  if (!/\borigin\b/i.test(vary)) reply.header('vary', vary === '' ? 'Origin' : `${vary}, Origin`);
  done(null, payload);
};

/** Whether answers differ by the origin of the page that asks, which caches must know. */
export function variesByOrigin({ corsOrigins }: Pick<HttpConfig, 'corsOrigins'>): boolean {
  return corsOrigins.length > 0 && !corsOrigins.includes('*');
}
