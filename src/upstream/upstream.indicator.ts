import type { Readable } from 'node:stream';
import { HttpService } from '@nestjs/axios';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { HealthIndicatorResult } from '@nestjs/terminus';
import { firstValueFrom } from 'rxjs';
import { type HealthIndicatorSession, Readiness } from '../health/readiness.ts';
import { UpstreamReach } from './upstream-reach.ts';
import { upstreamConfig } from './upstream.config.ts';

const KEY = 'upstream';
/** The upstream is pinged no more than once in this time, however many ask. */
const PING_INTERVAL_MS = 2_000;
const PING_TIMEOUT_MS = 1_500;
const PROBE_ID = '0';
/** Of an upstream that lacks what a HEAD or a version of HTTP needs (RFC 9110 section 15.6), and is there to say so. */
const SIGNS_OF_LIFE = new Set([501, 505]);

/**
 * Tells whether the upstream can be reached: any answer says so but one by which it fails itself, and so does a document
 * that was delivered. A pod is unready until it has reached it once; after that an outage degrades it, since a pod that
 * answers with a proper 503 beats none. `READINESS_UPSTREAM` makes it stricter, or looser.
 */
@Injectable()
export class UpstreamIndicator {
  readonly #url: string;
  /** HEAD costs the upstream least. Until it has answered one, every second ping is a GET, which it may answer better. */
  #answersHead = false;
  #nextIsGet = false;

  constructor(
    private readonly http: HttpService,
    private readonly reach: UpstreamReach,
    @Inject(upstreamConfig.KEY) private readonly config: ConfigType<typeof upstreamConfig>,
    readiness: Readiness,
  ) {
    this.#url = config.url.replace('{id}', PROBE_ID);
    readiness.add(KEY, (session) => this.#check(session));
  }

  async #check(session: HealthIndicatorSession): Promise<HealthIndicatorResult> {
    if (this.config.readiness === 'never') return session.up({ checked: false });
    const ping = await session
      .attempt(({ signal }) => this.#ping(signal))
      .withTimeout(PING_TIMEOUT_MS)
      .cacheFor(PING_INTERVAL_MS);
    if (ping[KEY]?.status === 'up') return ping;
    const { isUp, wasReached, failuresInARow } = this.reach;
    if (isUp) return session.up({ failuresInARow });
    // The message of the ping would tell the upstream's address to anyone.
    return wasReached && this.config.readiness === 'startup'
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
          // Only the status counts: a body, which some send behind a HEAD as well, is not read.
          responseType: 'stream',
          maxRedirects: 0,
          proxy: false,
          validateStatus: (status) => status < 500 || SIGNS_OF_LIFE.has(status),
        }),
      );
      data.on('error', () => undefined).destroy();
    } catch (error) {
      this.reach.failed(error);
      throw error;
    }
    if (method === 'HEAD') this.#answersHead = true;
    this.reach.reached();
  }
}
