import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { buildConnector, Pool } from 'undici';
import { resilienceConfig } from '../resilience/resilience.config.ts';
import { agingClients } from './aging-clients.ts';
import { ConnectionTimes } from './connection-times.ts';
import { Download, type DownloadLimits, type Reserve } from './download.ts';
import { withoutInterimAnswers } from './interim-answers.ts';
import { UpstreamFailure } from './upstream-failure.ts';
import { upstreamConfig } from './upstream.config.ts';

/** What one attempt is given. */
export interface AttemptContext {
  readonly signal: AbortSignal;
  readonly reserve: Reserve;
  /** Headers that go to the upstream as they are: what is accepted, the request's id and its trace context, nothing else. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Stands for the id while the template is parsed, since a URL may not hold braces. */
const PLACEHOLDER = '__id__';

/** Bytes of the headers of one answer. */
const MAX_HEADER_BYTES = 16_384;
/** Milliseconds for which a connection is used again: the next one may lead to another address. */
const MAX_CONNECTION_AGE_MS = 30_000;

/** Asks the upstream for documents: one call is one attempt. */
@Injectable()
export class UpstreamClient implements OnApplicationShutdown {
  readonly #pool: Pool;
  /** For requests that need a new connection each. */
  readonly #unpooled: Pool;
  readonly #connectionTimes = new ConnectionTimes();
  readonly #origin: string;
  readonly #pathPrefix: string;
  readonly #pathSuffix: string;
  readonly #limits: DownloadLimits;
  readonly #keepAlive: boolean;

  constructor(
    @Inject(upstreamConfig.KEY) config: ConfigType<typeof upstreamConfig>,
    @Inject(resilienceConfig.KEY) resilience: ConfigType<typeof resilienceConfig>,
  ) {
    const { origin, pathname, search } = new URL(config.url.replace('{id}', PLACEHOLDER));
    [this.#pathPrefix = '/', this.#pathSuffix = ''] = (pathname + search).split(PLACEHOLDER);
    this.#origin = origin;
    this.#keepAlive = config.keepAlive;
    this.#limits = {
      maxBytes: resilience.maxDocumentBytes,
      headersTimeoutMs: config.headersTimeoutMs,
      bodyTimeoutMs: config.bodyTimeoutMs,
      minBytesPerSecond: config.minBytesPerSecond,
    };
    const connect = this.#connectionTimes.watch(
      withoutInterimAnswers(
        buildConnector({ timeout: config.connectTimeoutMs, allowH2: false }),
        MAX_HEADER_BYTES,
      ),
    );
    const options: Pool.Options = {
      connections: resilience.maxInFlight,
      pipelining: 1,
      allowH2: false,
      factory: agingClients(connect, MAX_CONNECTION_AGE_MS),
      maxHeaderSize: MAX_HEADER_BYTES,
      // Download keeps the time itself, to the millisecond and with a minimum rate.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    this.#pool = new Pool(origin, options);
    this.#unpooled = new Pool(origin, options);
  }

  /**
   * Fetches the whole body of one answer. The type that the upstream declares is not looked at.
   *
   * @throws UpstreamFailure when there is no plain 200 or not all of it came
   * @throws the signal's reason
   */
  async fetch(id: string, context: AttemptContext): Promise<Buffer> {
    const startedAt = performance.now();
    try {
      return await this.#ask(id, context, this.#keepAlive);
    } catch (error) {
      if (!this.#isWorthRepeating(error, startedAt)) throw error;
      return this.#ask(id, context, false);
    }
  }

  /**
   * A kept connection may be closed at any time, also while a request is on its way: that says nothing of the upstream.
   * RFC 9112 section 9.3.1 lets a GET be repeated then, and RFC 9110 section 9.2.2 no more than once.
   */
  #isWorthRepeating(error: unknown, startedAt: number): boolean {
    if (!(error instanceof UpstreamFailure) || error.kind !== 'reset') return false;
    const { cause } = error;
    return typeof cause === 'object' && cause !== null && this.#connectionTimes.wasThere(cause, startedAt);
  }

  async #ask(id: string, { signal, reserve, headers }: AttemptContext, keepAlive: boolean): Promise<Buffer> {
    signal.throwIfAborted();
    const download = new Download(this.#limits, reserve, signal);
    const pool = keepAlive ? this.#pool : this.#unpooled;
    pool.dispatch(
      {
        method: 'GET',
        path: this.#pathOf(id),
        headers: { ...headers, 'accept-encoding': 'identity' },
        reset: !keepAlive,
      },
      download,
    );
    return download.body;
  }

  /** Where the document with this id is asked for. */
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
