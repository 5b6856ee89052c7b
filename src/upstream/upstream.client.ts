import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Pool } from 'undici';
import { resilienceConfig } from '../resilience/resilience.config.ts';
import { Connections, MAX_HEADER_BYTES } from './connections.ts';
import { Download, type DownloadLimits, type Reserve } from './download.ts';
import { UpstreamFailure } from './upstream-failure.ts';
import { upstreamConfig } from './upstream.config.ts';

/** The input of one attempt. */
export interface AttemptContext {
  readonly signal: AbortSignal;
  readonly reserve: Reserve;
  /** The complete headers for the upstream: accepted types, request id and trace context. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Replaces the id while the template is parsed, because a URL cannot contain braces. */
const PLACEHOLDER = '__id__';

/** How long a connection is reused, in milliseconds: the host name may resolve to a new address. */
const MAX_CONNECTION_AGE_MS = 30_000;

/** Fetches documents from the upstream. One call is one attempt. */
@Injectable()
export class UpstreamClient implements OnApplicationShutdown {
  readonly #pool: Pool;
  /** For requests on a new connection each. */
  readonly #unpooled: Pool;
  readonly #connections = new Connections(MAX_CONNECTION_AGE_MS);
  readonly #origin: string;
  readonly #pathPrefix: string;
  readonly #pathSuffix: string;
  readonly #limits: DownloadLimits;

  constructor(
    @Inject(upstreamConfig.KEY) private readonly config: ConfigType<typeof upstreamConfig>,
    @Inject(resilienceConfig.KEY) resilience: ConfigType<typeof resilienceConfig>,
  ) {
    const { origin, pathname, search } = new URL(config.url.replace('{id}', PLACEHOLDER));
    [this.#pathPrefix = '/', this.#pathSuffix = ''] = (pathname + search).split(PLACEHOLDER);
    this.#origin = origin;
    this.#limits = { ...config, maxDocumentBytes: resilience.maxDocumentBytes };
    const options: Pool.Options = {
      connections: resilience.maxInFlight,
      pipelining: 1,
      allowH2: false,
      factory: this.#connections.factory,
      maxHeaderSize: MAX_HEADER_BYTES,
      // Download has its own timeouts: exact to the millisecond, and with a minimum rate.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    this.#pool = new Pool(origin, options);
    this.#unpooled = new Pool(origin, options);
  }

  /**
   * Fetches the whole body of one answer, whatever its Content-Type.
   * @throws UpstreamFailure when the answer is not a plain 200 or is incomplete, or the signal's reason
   */
  async fetch(id: string, context: AttemptContext): Promise<Buffer> {
    const startedAt = performance.now();
    try {
      return await this.#ask(id, context, this.config.keepAlive);
    } catch (error) {
      // The upstream may close a kept connection at any time, even during a request, which is not a failure. RFC 9112
      // section 9.3.1 allows repeating a GET then, and RFC 9110 section 9.2.2 allows it once.
      const isReset = error instanceof UpstreamFailure && error.kind === 'reset';
      if (!isReset || !this.#connections.wasThere(error.cause, startedAt)) throw error;
      return this.#ask(id, context, false);
    }
  }

  #ask(id: string, { signal, reserve, headers }: AttemptContext, keepAlive: boolean): Promise<Buffer> {
    signal.throwIfAborted();
    const download = new Download(this.#limits, reserve, signal);
    const pool = keepAlive ? this.#pool : this.#unpooled;
    const asked = { ...headers, 'accept-encoding': 'identity' };
    pool.dispatch({ method: 'GET', path: this.#pathOf(id), headers: asked, reset: !keepAlive }, download);
    return download.body;
  }

  urlOf(id: string): URL {
    return new URL(this.#pathOf(id), this.#origin);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.#pool.destroy(), this.#unpooled.destroy()]);
  }

  #pathOf(id: string): string {
    return this.#pathPrefix + encodeURIComponent(id) + this.#pathSuffix;
  }
}
