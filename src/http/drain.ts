import { setTimeout as sleep } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { httpConfig } from './http.config.ts';

/**
 * The time between a stop signal and the end of listening: the replica reports that it is unready, still serves
 * requests, and closes their connections. `gracefulShutdownTimeoutMs` of Terminus waits only after SIGTERM, and would
 * leave the connections open.
 */
@Injectable()
export class Drain implements BeforeApplicationShutdown {
  #draining = false;

  constructor(
    @Inject(httpConfig.KEY) private readonly config: ConfigType<typeof httpConfig>,
    { httpAdapter }: HttpAdapterHost,
  ) {
    const fastify = httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onSend', (request, reply, payload, done) => {
      // An earlier answer must not close the connection: those to further requests on it would be lost.
      if (this.#draining && fastify.connections.isLatest(request.raw.socket, reply.raw))
        reply.header('connection', 'close');
      done(null, payload);
    });
  }

  get draining(): boolean {
    return this.#draining;
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#draining = true;
    const endsAt = performance.now() + this.config.drainDelayMs;
    await sleep(this.config.drainDelayMs);
    // A standstill of the process does not count: requests wait in its sockets, and no balancer saw it unready.
    await sleep(Math.min(Math.max(0, performance.now() - endsAt), this.config.drainDelayMs));
  }
}
