import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ProblemType } from '../problem/problem.ts';

/** Facts about a request, collected while it is processed, for the log line and the metrics. */
export interface RequestRecord {
  consumer?: string;
  documentId?: string;
  outcome?: 'delivered' | 'not-modified' | 'stale' | ProblemType;
  /** Why there was no document. For logs and traces only: it may contain addresses. */
  cause?: string;
  attempts?: number;
  mediaType?: string;
  /** Bytes of the body that was sent: less than the document for a range, 304 or HEAD. */
  bytes?: number;
  /** Whether the whole content was verified, and why parts were not. */
  verified?: boolean;
  unchecked?: readonly string[];
  upstreamMs?: number;
  verifyMs?: number;
}

declare module 'fastify' {
  interface FastifyRequest {
    record: RequestRecord;
    /** Called after the observers when the answer was sent or the client disconnected. */
    onEnd?: (() => void) | undefined;
  }
  interface FastifyInstance {
    exchanges: Exchanges;
  }
}

/** One request and its answer, when both have ended. */
export interface Exchange {
  /** Undefined for a request that could not be parsed. */
  readonly request?: FastifyRequest;
  readonly requestId: string;
  readonly method: string;
  /** The template of the route, such as `/:id`: paths themselves have unbounded values. */
  readonly route: string;
  /** 499 when the client disconnected before it had the whole answer, 503 when the service broke off all connections. */
  readonly status: number;
  readonly seconds: number;
  readonly record: RequestRecord;
}

export interface ExchangeObserver {
  /** Called before anything else happens for a request. */
  readonly begin?: (request: FastifyRequest) => void;
  /** Called exactly once per request. */
  readonly end?: (exchange: Exchange) => void;
}

export const UNMATCHED_ROUTE = 'unmatched';
const CLIENT_CLOSED_REQUEST = 499;
const SERVICE_UNAVAILABLE = 503;

/** Follows each exchange to its end and notifies the observers: logging, metrics, tracing. */
export class Exchanges {
  readonly #observers: ExchangeObserver[] = [];
  /** The status of an answer that is not complete at its end. */
  #incomplete = CLIENT_CLOSED_REQUEST;

  /** Runs the processing of a request. Replaced to set a context around it. */
  around: (request: FastifyRequest, run: () => void) => void = (_request, run) => run();

  observe(observer: ExchangeObserver): void {
    this.#observers.push(observer);
  }

  /** From now on, an incomplete answer was broken off by this service, not by its client. */
  cutOff(): void {
    this.#incomplete = SERVICE_UNAVAILABLE;
  }

  begin(request: FastifyRequest, reply: FastifyReply): void {
    const startedAt = performance.now();
    request.record = {};
    for (const { begin } of this.#observers) begin?.(request);
    // Set on the reply: a header on the raw response makes Node process all headers one by one, twice.
    reply.header('x-request-id', request.id);
    reply.raw.once('close', () => {
      const isComplete = reply.raw.writableFinished;
      if (!isComplete) {
        // The client did not receive it.
        delete request.record.outcome;
        delete request.record.bytes;
        if (this.#incomplete === SERVICE_UNAVAILABLE)
          request.record.cause = 'cut off by the end of the process';
      }
      this.end({
        request,
        requestId: request.id,
        method: request.method,
        route: request.routeOptions.url ?? UNMATCHED_ROUTE,
        status: isComplete ? reply.raw.statusCode : this.#incomplete,
        seconds: (performance.now() - startedAt) / 1000,
        record: request.record,
      });
      request.onEnd?.();
    });
  }

  end(exchange: Exchange): void {
    for (const { end } of this.#observers) end?.(exchange);
  }
}

/** The client's request id if it is a plain word that cannot forge a log line, otherwise a new one. */
export function requestId(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.-]{1,128}$/.test(given) ? given : randomUUID();
}
