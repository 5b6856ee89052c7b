import { HttpService } from '@nestjs/axios';
import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { PinoLogger } from 'nestjs-pino';
import { firstValueFrom } from 'rxjs';
import { SETTINGS } from '../settings/settings.module.ts';
import type { Settings } from '../settings/settings.ts';

const KEY = 'upstream';
/** The upstream is pinged no more than once in this time, however many ask. */
const PING_INTERVAL_MS = 2_000;
const PING_TIMEOUT_MS = 1_500;
/** Pings in a row that must fail before the upstream counts as down: one lost packet is no outage. */
const FAILURES_UNTIL_DOWN = 2;
const PROBE_ID = '0';

/**
 * Tells whether the upstream can be reached: any answer below 500 to a HEAD says so. A pod is unready until
 * it has reached it once; after that an outage degrades it, since a pod that answers with a proper 503 beats
 * none. `READINESS_UPSTREAM` makes it stricter, or looser.
 */
@Injectable()
export class UpstreamIndicator {
  readonly #url: string;
  #reachedOnce = false;
  #failuresInARow = 0;

  constructor(
    private readonly health: HealthIndicatorService,
    private readonly http: HttpService,
    private readonly logger: PinoLogger,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {
    this.#url = settings.UPSTREAM_URL.replace('{id}', PROBE_ID);
  }

  async check(): Promise<HealthIndicatorResult<typeof KEY>> {
    const session = this.health.check(KEY);
    if (this.settings.READINESS_UPSTREAM === 'never') return session.up({ checked: false });
    const ping = await session
      .attempt(({ signal }) => this.#ping(signal))
      .withTimeout(PING_TIMEOUT_MS)
      .cacheFor(PING_INTERVAL_MS);
    if (ping[KEY].status === 'up') return ping;
    const damped = this.#reachedOnce && this.#failuresInARow < FAILURES_UNTIL_DOWN;
    if (damped) return session.up({ failuresInARow: this.#failuresInARow });
    // The message of the ping would tell the upstream's address to anyone.
    return this.#reachedOnce && this.settings.READINESS_UPSTREAM === 'startup'
      ? session.degraded('the upstream does not answer')
      : session.down('the upstream does not answer');
  }

  async #ping(signal: AbortSignal): Promise<void> {
    try {
      await firstValueFrom(
        this.http.head(this.#url, {
          signal,
          maxRedirects: 0,
          proxy: false,
          validateStatus: (status) => status < 500,
        }),
      );
    } catch (error) {
      this.#failuresInARow += 1;
      if (this.#failuresInARow === FAILURES_UNTIL_DOWN) {
        this.logger.warn(
          { err: error },
          'the upstream does not answer pings: look at its health and the network between',
        );
      }
      throw error;
    }
    if (this.#failuresInARow >= FAILURES_UNTIL_DOWN) this.logger.info('the upstream answers pings again');
    this.#failuresInARow = 0;
    this.#reachedOnce = true;
  }
}
