import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, onRequestHookHandler } from 'fastify';
import { InjectPinoLogger, type PinoLogger } from 'nestjs-pino';
import { Problem } from '../problem/problem.ts';
import { httpConfig } from './http.config.ts';

/** Connections accepted at a time beyond the limit, and the maximum duration of each in milliseconds. */
const MAX_SPARE = 32;
const SPARE_MS = 3_000;
/** Routes of probes and scrapes. Without an answer on a spare connection, kubelet would restart a full pod. */
export const POLLED = new Set<string | undefined>(['/health', '/health/live', '/health/ready', '/metrics']);
const WARN_INTERVAL_MS = 60_000;

/**
 * Enforces `MAX_CONNECTIONS`. Up to MAX_SPARE more are accepted for SPARE_MS: probes and scrapes are answered, other
 * requests get 503. Further connections are closed without an answer.
 */
@Injectable()
export class ConnectionLimit {
  readonly #spare = new WeakSet<Socket>();
  #open = 0;
  #excess = 0;
  #warnedAt = Number.NEGATIVE_INFINITY;

  constructor(
    @Inject(httpConfig.KEY) private readonly config: ConfigType<typeof httpConfig>,
    @InjectPinoLogger('ConnectionLimit') private readonly logger: PinoLogger,
    { httpAdapter }: HttpAdapterHost,
  ) {
    const fastify = httpAdapter.getInstance<FastifyInstance>();
    this.#watch(fastify.server);
    fastify.addHook('onRequest', this.#check);
  }

  /** Connections that arrived while `MAX_CONNECTIONS` were open, since the start. */
  get excess(): number {
    return this.#excess;
  }

  #watch(server: Server): void {
    server.maxConnections = this.config.maxConnections + MAX_SPARE;
    server.on('connection', (socket) => {
      if (this.#open >= this.config.maxConnections) {
        this.#spareFor(socket);
        return;
      }
      this.#open += 1;
      socket.once('close', () => (this.#open -= 1));
    });
    server.on('drop', () => this.#countExcess());
  }

  readonly #check: onRequestHookHandler = (request, reply, done) => {
    const isSpare = this.#spare.has(request.raw.socket);
    if (isSpare) reply.header('connection', 'close');
    if (!isSpare || POLLED.has(request.routeOptions.url)) {
      done();
      return;
    }
    request.record.cause = 'MAX_CONNECTIONS';
    const headers = { 'retry-after': '1' };
    done(new Problem('overloaded', 'The service has too many connections. Try again later.', { headers }));
  };

  #spareFor(socket: Socket): void {
    this.#spare.add(socket);
    const timer = setTimeout(() => socket.destroy(), SPARE_MS);
    socket.once('close', () => clearTimeout(timer));
    this.#countExcess();
  }

  #countExcess(): void {
    this.#excess += 1;
    const now = performance.now();
    if (now - this.#warnedAt < WARN_INTERVAL_MS) return;
    this.#warnedAt = now;
    this.logger.warn(
      { maxConnections: this.config.maxConnections },
      'more connections than MAX_CONNECTIONS: further ones are refused, except for probes and scrapes',
    );
  }
}
