import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ProblemType } from '../problem/problem.ts';

/** What the layers below a route learn of a request; the log line and the metrics are made of it. */
export interface RequestRecord {
  consumer?: string;
  documentId?: string;
  /** What became of it, or the type of the problem that was answered with. */
  outcome?: 'delivered' | 'not-modified' | 'stale' | ProblemType;
  /** Why there was no document, for logs and traces, never for an answer: it may name addresses. */
  cause?: string;
  attempts?: number;
  mediaType?: string;
  /** Of the body of the answer: a part may have been asked for, nothing that the client has already, or by HEAD none. */
  bytes?: number;
  /** Whether all of the document was verified, and why parts of it went unchecked. */
  verified?: boolean;
  unchecked?: readonly string[];
  upstreamMs?: number;
  verifyMs?: number;
}

declare module 'fastify' {
  interface FastifyRequest {
    record: RequestRecord;
  }
  interface FastifyInstance {
    exchanges: Exchanges;
  }
}

/** One request and its answer, when both are over. */
export interface Exchange {
  /** undefined for what could not be read. */
  readonly request?: FastifyRequest;
  readonly requestId: string;
  readonly method: string;
  /** The template of the route, such as `/:id`: never the path itself, which has no bound. */
  readonly route: string;
  /** 499 when the client went away before it had the whole answer. */
  readonly status: number;
  readonly seconds: number;
  readonly record: RequestRecord;
}

export interface ExchangeObserver {
  /** Called before anything else is done for a request. */
  readonly begin?: (request: FastifyRequest) => void;
  /** Called once for each request, whatever its end. */
  readonly end?: (exchange: Exchange) => void;
}

export const UNMATCHED_ROUTE = 'unmatched';
const CLIENT_CLOSED_REQUEST = 499;

/** Follows each exchange to its end, and tells those that want to know: logging, metrics, tracing. */
export class Exchanges {
  readonly #observers: ExchangeObserver[] = [];

  /** Runs all that is done for a request. Replaced by whoever has something to set around it. */
  around: (request: FastifyRequest, run: () => void) => void = (_request, run) => {
    run();
  };

  observe(observer: ExchangeObserver): void {
    this.#observers.push(observer);
  }

  begin(request: FastifyRequest, reply: FastifyReply): void {
    const startedAt = performance.now();
    request.record = {};
    for (const { begin } of this.#observers) begin?.(request);
    // Not on the raw response: Node then takes the others one by one as well, and each is looked at twice.
    reply.header('x-request-id', request.id);
    reply.raw.once('close', () => {
      this.end({
        request,
        requestId: request.id,
        method: request.method,
        route: request.routeOptions.url ?? UNMATCHED_ROUTE,
        status: reply.raw.writableFinished ? reply.raw.statusCode : CLIENT_CLOSED_REQUEST,
        seconds: (performance.now() - startedAt) / 1000,
        record: request.record,
      });
    });
  }

  end(exchange: Exchange): void {
    for (const { end } of this.#observers) end?.(exchange);
  }
}

/** The caller's own id when it is a plain word that cannot forge a log line, a new one otherwise. */
export function requestId(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.-]{1,128}$/.test(given) ? given : randomUUID();
}
