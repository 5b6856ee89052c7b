import { setTimeout as sleep } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { httpConfig } from './http.config.ts';

/**
 * The time between the order to stop and the end of listening. The service says that it is unready, so that
 * balancers turn away, and serves whoever has not heard yet; its answers close their connections.
 *
 * `gracefulShutdownTimeoutMs` of Terminus would wait as well, but after SIGTERM alone, not after SIGINT, and the answers of
 * that time would leave their connections open.
 */
@Injectable()
export class Drain implements BeforeApplicationShutdown {
  #draining = false;

  constructor(
    @Inject(httpConfig.KEY) private readonly config: ConfigType<typeof httpConfig>,
    { httpAdapter }: HttpAdapterHost,
  ) {
    httpAdapter.getInstance<FastifyInstance>().addHook('onSend', (_request, reply, payload, done) => {
      if (this.#draining) reply.header('connection', 'close');
      done(null, payload);
    });
  }

  get draining(): boolean {
    return this.#draining;
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#draining = true;
    await sleep(this.config.drainDelayMs);
  }
}
