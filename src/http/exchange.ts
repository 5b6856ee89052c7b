import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ProblemType } from '../problem/problem.ts';
import { type RequestSpan, tracing } from '../tracing/tracing.ts';

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
}

/** One request and its answer, when both are over. */
export interface Exchange {
  readonly requestId: string;
  readonly method: string;
  /** The template of the route, such as `/:id`: never the path itself, which has no bound. */
  readonly route: string;
  /** 499 when the client went away before it had the whole answer. */
  readonly status: number;
  readonly seconds: number;
  readonly record: RequestRecord;
  /** undefined when tracing is off, and for what was no request that can be read. */
  readonly span?: RequestSpan | undefined;
}

export type ExchangeObserver = (exchange: Exchange) => void;

export const UNMATCHED_ROUTE = 'unmatched';
const CLIENT_CLOSED_REQUEST = 499;

/** Follows one exchange to its end, whatever that is, and tells the observers once. Gives the span that it opens. */
export function observeExchange(
  request: FastifyRequest,
  reply: FastifyReply,
  observers: readonly ExchangeObserver[],
): RequestSpan | undefined {
  const startedAt = performance.now();
  const span = tracing()?.startRequest(request);
  request.record = {};
  // Not on the raw response: Node then takes the others one by one as well, and each is looked at twice.
  reply.header('x-request-id', request.id);
  reply.raw.once('close', () => {
    const exchange: Exchange = {
      requestId: request.id,
      method: request.method,
      route: request.routeOptions.url ?? UNMATCHED_ROUTE,
      status: reply.raw.writableFinished ? reply.raw.statusCode : CLIENT_CLOSED_REQUEST,
      seconds: (performance.now() - startedAt) / 1000,
      record: request.record,
      span,
    };
    for (const observer of observers) observer(exchange);
    span?.end(exchange);
  });
  return span;
}

/** The caller's own id when it is a plain word that cannot forge a log line, a new one otherwise. */
export function requestId(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.-]{1,128}$/.test(given) ? given : randomUUID();
}
