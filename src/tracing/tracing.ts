import type { FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Verdict } from '../formats/format.ts';
import type { Exchange } from '../http/exchange.ts';

/**
 * What the service wants of tracing. It knows nothing of OpenTelemetry, so that nothing of it is loaded unless
 * somebody switches it on; see register.ts.
 */
export interface Tracing {
  /** Opens the span of a request: below that of the caller, when the request names one. */
  startRequest(request: FastifyRequest): RequestSpan;
  /** Where to say that spans cannot be delivered. */
  reportTo(logger: Logger): void;
  /** Delivers what is left; never rejects, and takes a few seconds at most. */
  stop(): Promise<void>;
}

/** As they stand in log lines and exemplars. */
export interface TraceIds {
  readonly trace_id: string;
  readonly span_id: string;
}

export interface RequestSpan {
  readonly ids: TraceIds;
  /** Whether it will be there to look at. */
  readonly sampled: boolean;
  startAttempt(attempt: { readonly url: URL; readonly number: number }): AttemptSpan;
  end(exchange: Omit<Exchange, 'span'>): void;
}

/** One attempt at the upstream: waiting for a place, fetching, verifying. */
export interface AttemptSpan {
  /** The trace context for the upstream. */
  readonly headers: Readonly<Record<string, string>>;
  startVerification(level: string): VerificationSpan;
  /** @param outcome as in `upstream_attempts_total` */
  end(outcome: string, details?: { readonly status?: number | undefined; readonly message?: string }): void;
}

export interface VerificationSpan {
  /** @param found undefined when it was given up */
  end(found: Found | undefined): void;
}

/** What a span tells of a verification. */
export interface Found {
  readonly format: { readonly name: string } | undefined;
  readonly verdict: Verdict;
}

let installed: Tracing | undefined;

/** Switches tracing on, for the rest of the process: call it before the service is built. */
export function installTracing(tracing: Tracing): void {
  installed = tracing;
}

/** undefined when it is off. */
export function tracing(): Tracing | undefined {
  return installed;
}
