import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import type { onRequestHookHandler } from 'fastify';
import { PinoLogger } from 'nestjs-pino';
import { Counter } from 'prom-client';
import { Problem } from '../problem/problem.ts';
import { SETTINGS } from '../settings/settings.module.ts';
import type { Settings } from '../settings/settings.ts';

/** Connections beyond the limit that are accepted at a time, and how long each may last, in milliseconds. */
const MAX_SPARE = 32;
const SPARE_MS = 3_000;
/** What a spare connection is for: without an answer here, kubelet would restart a full pod. */
const SPARE_ROUTES = new Set<string | undefined>(['/health', '/health/live', '/health/ready', '/metrics']);
const WARN_INTERVAL_MS = 60_000;

/**
 * Holds the server to `MAX_CONNECTIONS`. A few connections more are accepted for a moment each: probes and scrapes are
 * answered there, anything else is refused with 503. Those beyond that are closed without an answer.
 */
@Injectable()
export class ConnectionLimit {
  readonly #spare = new WeakSet<Socket>();
  readonly #excess = new Counter({
    name: 'connections_excess_total',
    help: 'Connections that came while MAX_CONNECTIONS were open: each was closed, or good for probes and scrapes alone',
  });
  #open = 0;
  #warnedAt = Number.NEGATIVE_INFINITY;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly logger: PinoLogger,
  ) {}

  watch(server: Server): void {
    server.maxConnections = this.settings.MAX_CONNECTIONS + MAX_SPARE;
    server.on('connection', (socket) => {
      if (this.#open < this.settings.MAX_CONNECTIONS) this.#admit(socket);
      else this.#spareFor(socket);
    });
    server.on('drop', () => {
      this.#countExcess();
    });
  }

  /** A hook for every request: on a spare connection it is the last one, and only those of probes and scrapes go on. */
  readonly check: onRequestHookHandler = (request, reply, done) => {
    if (!this.#spare.has(request.raw.socket)) {
      done();
      return;
    }
    reply.header('connection', 'close');
    if (SPARE_ROUTES.has(request.routeOptions.url)) {
      done();
      return;
    }
    request.record.cause = 'MAX_CONNECTIONS';
    done(
      new Problem('overloaded', 'The service has too many connections. Try again later.', {
        headers: { 'retry-after': '1' },
      }),
    );
  };

  #admit(socket: Socket): void {
    this.#open += 1;
    socket.once('close', () => {
      this.#open -= 1;
    });
  }

  #spareFor(socket: Socket): void {
    this.#spare.add(socket);
    const timer = setTimeout(() => socket.destroy(), SPARE_MS);
    socket.once('close', () => {
      clearTimeout(timer);
    });
    this.#countExcess();
  }

  #countExcess(): void {
    this.#excess.inc();
    const now = performance.now();
    if (now - this.#warnedAt < WARN_INTERVAL_MS) return;
    this.#warnedAt = now;
    this.logger.warn(
      { maxConnections: this.settings.MAX_CONNECTIONS },
      'more connections than MAX_CONNECTIONS: further ones are refused, except for probes and scrapes',
    );
  }
}
