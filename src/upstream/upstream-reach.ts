import type { Readable } from 'node:stream';
import { HttpService } from '@nestjs/axios';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { HealthIndicatorResult } from '@nestjs/terminus';
import { InjectPinoLogger, type PinoLogger } from 'nestjs-pino';
import { firstValueFrom } from 'rxjs';
import { type HealthIndicatorSession, Readiness } from '../health/readiness.ts';
import { upstreamConfig } from './upstream.config.ts';

const KEY = 'upstream';
/** The minimum interval between two pings, in milliseconds, for any number of health checks. */
const PING_INTERVAL_MS = 2_000;
const PING_TIMEOUT_MS = 1_500;
const PROBE_ID = '0';
/** Statuses of an upstream that is up but does not support HEAD or this version of HTTP (RFC 9110 section 15.6). */
const SIGNS_OF_LIFE = new Set([501, 505]);
/** Failed pings in a row after which the upstream counts as down: a single lost packet is not an outage. */
const FAILURES_UNTIL_DOWN = 2;

/**
 * Checks whether the upstream is reachable: any answer shows that, except a 5xx outside SIGNS_OF_LIFE, and so does a
 * delivered document. By default (`READINESS_UPSTREAM`) the replica is unready until then, and a later outage only
 * degrades it, because a replica that answers 503 is better than none.
 */
@Injectable()
export class UpstreamReach {
  readonly #url: string;
  /** Prefers HEAD, which costs the upstream least. Until one succeeds, every second ping is a GET. */
  #answersHead = false;
  #nextIsGet = false;
  #wasReached = false;
  /** Failed pings since the upstream was last reached. */
  #failuresInARow = 0;

  constructor(
    private readonly http: HttpService,
    @Inject(upstreamConfig.KEY) private readonly config: ConfigType<typeof upstreamConfig>,
    @InjectPinoLogger('UpstreamReach') private readonly logger: PinoLogger,
    readiness: Readiness,
  ) {
    this.#url = config.url.replace('{id}', PROBE_ID);
    readiness.add(KEY, (session) => this.#check(session));
  }

  reached(): void {
    if (this.#failuresInARow >= FAILURES_UNTIL_DOWN) this.logger.info('the upstream answers again');
    this.#failuresInARow = 0;
    this.#wasReached = true;
  }

  async #check(session: HealthIndicatorSession): Promise<HealthIndicatorResult> {
    if (this.config.readiness === 'never') return session.up({ checked: false });
    const ping = await session
      .attempt(({ signal }) => this.#ping(signal))
      .withTimeout(PING_TIMEOUT_MS)
      .cacheFor(PING_INTERVAL_MS);
    if (ping[KEY]?.status === 'up') return ping;
    const failuresInARow = this.#failuresInARow;
    if (this.#wasReached && failuresInARow < FAILURES_UNTIL_DOWN) return session.up({ failuresInARow });
    // The message of the ping would reveal the address of the upstream.
    return this.#wasReached && this.config.readiness === 'startup'
      ? session.degraded('the upstream does not answer')
      : session.down('the upstream does not answer');
  }

  async #ping(signal: AbortSignal): Promise<void> {
    const method = this.#nextIsGet && !this.#answersHead ? 'GET' : 'HEAD';
    this.#nextIsGet = method === 'HEAD';
    try {
      const { data } = await firstValueFrom(
        this.http.request<Readable>({
          url: this.#url,
          method,
          signal,
          // Only the status counts. Some upstreams send a body even after HEAD; it is not read.
          responseType: 'stream',
          maxRedirects: 0,
          proxy: false,
          validateStatus: (status) => status < 500 || SIGNS_OF_LIFE.has(status),
        }),
      );
      data.on('error', () => undefined).destroy();
    } catch (error) {
      this.#failuresInARow += 1;
      if (this.#failuresInARow === FAILURES_UNTIL_DOWN)
        this.logger.warn({ err: error }, 'the upstream does not answer pings: check its health and network');
      throw error;
    }
    if (method === 'HEAD') this.#answersHead = true;
    this.reached();
  }
}
