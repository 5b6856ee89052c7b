import type { IncomingHttpHeaders } from 'node:http';
import type { ConfigType } from '@nestjs/config';
import type { onSendHookHandler } from 'fastify';
import type { httpConfig } from './http.config.ts';

type HttpConfig = ConfigType<typeof httpConfig>;
type Headers = Readonly<Record<string, string>>;

/** The response headers that a page may read, besides those that the Fetch standard always allows. */
const EXPOSED =
  'Accept-Ranges, Age, Allow, Cache-Status, Content-Disposition, Content-Range, ETag, RateLimit, ' +
  'RateLimit-Policy, Retry-After, WWW-Authenticate, X-Request-Id';
/** The request headers that a page may send. */
const ALLOWED =
  'Accept, Cache-Control, If-Match, If-None-Match, If-Range, Range, Traceparent, Tracestate, X-API-KEY, ' +
  'X-Request-Id';
/** How long a browser may cache a preflight, in seconds: the maximum of Chromium. */
const MAX_AGE = '7200';

/**
 * Allows the origins of `CORS_ORIGINS`, by the CORS protocol of the Fetch standard, without credentials: an API key
 * is not a cookie.
 */
export class Cors {
  readonly #everyOrigin: boolean;
  readonly #origins: ReadonlyMap<string, Headers>;
  readonly #base: Headers;

  constructor(config: Pick<HttpConfig, 'corsOrigins'>, base: Headers) {
    const allow = (origin: string): Headers => ({
      ...this.#base,
      'access-control-allow-origin': origin,
      'access-control-expose-headers': EXPOSED,
    });
    this.#everyOrigin = config.corsOrigins.includes('*');
    this.#base = variesByOrigin(config) ? { ...base, vary: 'Origin' } : base;
    this.#origins = new Map(config.corsOrigins.map((origin) => [origin, allow(origin)]));
  }

  headersFor(origin: string | undefined): Headers {
    if (this.#everyOrigin) return this.#origins.get('*') ?? this.#base;
    return (origin === undefined ? undefined : this.#origins.get(origin)) ?? this.#base;
  }

  /** The further headers of an answer to `OPTIONS`; undefined unless it is a preflight of an allowed origin. */
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

export const varyByOrigin: onSendHookHandler = (_request, reply, payload, done) => {
  const vary = String(reply.getHeader('vary') ?? '');
  if (!/\borigin\b/i.test(vary)) reply.header('vary', vary === '' ? 'Origin' : `${vary}, Origin`);
  done(null, payload);
};

/** Whether answers differ by origin, which caches must know from `Vary`. */
export function variesByOrigin({ corsOrigins }: Pick<HttpConfig, 'corsOrigins'>): boolean {
  return corsOrigins.length > 0 && !corsOrigins.includes('*');
}
