/** The spans of the service, by the semantic conventions of OpenTelemetry for HTTP. */
import {
  type Attributes,
  type Context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api';
import type { FastifyRequest } from 'fastify';
import { type Exchange, UNMATCHED_ROUTE } from '../http/exchange.ts';
import { plainAddress } from '../http/forwarded-address.ts';

/** The part of a verification that its span shows. */
export interface Found {
  readonly format: { readonly name: string } | undefined;
  readonly verdict: {
    readonly intact: boolean;
    readonly complete?: boolean;
    readonly reason?: string;
    readonly unchecked?: readonly string[];
  };
}

export type RequestSpan = ReturnType<typeof startRequest>;
/** The span of one attempt: queue, download and verification. */
export type AttemptSpan = ReturnType<typeof startAttempt>;

/** The methods of the conventions. A client can invent any number of others. */
const METHODS = new Set('CONNECT DELETE GET HEAD OPTIONS PATCH POST PUT QUERY TRACE'.split(' '));

/** Starts the server span of a request, as child of the span of its client if it names one. */
// The return type is inferred.
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types
export function startRequest(tracer: Tracer, request: FastifyRequest) {
  const caller = propagation.extract(ROOT_CONTEXT, request.headers);
  const method = METHODS.has(request.method) ? request.method : 'HTTP';
  const attributes = requestAttributes(request);
  const span = tracer.startSpan(method, { kind: SpanKind.SERVER, attributes }, caller);
  const { traceId, spanId, traceFlags } = span.spanContext();
  const context = trace.setSpan(ROOT_CONTEXT, span);
  return {
    /** The names in log lines and exemplars. */
    ids: { trace_id: traceId, span_id: spanId },
    sampled: (traceFlags & TraceFlags.SAMPLED) !== 0,
    startAttempt: (attempt: Attempt) => startAttempt(tracer, context, attempt),
    end: (exchange: Exchange): void => endRequest(span, method, exchange),
  };
}

function requestAttributes(request: FastifyRequest): Attributes {
  const { raw, method } = request;
  const known = METHODS.has(method);
  const attributes: Attributes = {
    'http.request.method': known ? method : '_OTHER',
    'url.scheme': 'http',
    // Without the query, which may contain private data of the client.
    'url.path': raw.url?.split('?', 1)[0],
    'network.protocol.version': raw.httpVersion,
    'client.address': plainAddress(request.ip) ?? request.ip,
    'user_agent.original': raw.headers['user-agent'],
    'document_gateway.request.id': request.id,
  };
  if (!known) attributes['http.request.method_original'] = method;
  return attributes;
}

function endRequest(span: Span, method: string, { route, status, record }: Exchange): void {
  if (route !== UNMATCHED_ROUTE) {
    span.updateName(`${method} ${route}`);
    span.setAttribute('http.route', route);
  }
  span.setAttributes({
    'http.response.status_code': status,
    'document_gateway.consumer': record.consumer,
    'document_gateway.outcome': record.outcome,
    'document_gateway.attempts': record.attempts,
  });
  // A server span has the status error only when the server is at fault.
  if (status >= 500) {
    span.setAttribute('error.type', record.outcome ?? String(status));
    span.setStatus({ code: SpanStatusCode.ERROR, ...(record.cause ? { message: record.cause } : {}) });
  }
  span.end();
}

interface Attempt {
  readonly url: URL;
  readonly number: number;
}

function startAttempt(tracer: Tracer, parent: Context, { url, number }: Attempt) {
  const attributes: Attributes = {
    'http.request.method': 'GET',
    'url.full': url.origin + url.pathname,
    'server.address': url.hostname,
    'server.port': Number(url.port || (url.protocol === 'https:' ? 443 : 80)),
  };
  if (number > 1) attributes['http.request.resend_count'] = number - 1;
  const span = tracer.startSpan('GET', { kind: SpanKind.CLIENT, attributes }, parent);
  const context = trace.setSpan(ROOT_CONTEXT, span);
  const headers: Record<string, string> = {};
  propagation.inject(context, headers);
  return {
    headers: headers as Readonly<Record<string, string>>,
    startVerification: (level: string) => startVerification(tracer, context, level),
    /** @param outcome the label of `upstream_attempts_total` */
    end: (
      outcome: string,
      { status, message }: { readonly status?: number | undefined; readonly message?: string } = {},
    ): void => {
      span.setAttributes({
        'document_gateway.attempt.outcome': outcome,
        'http.response.status_code': status,
      });
      // A cancelled attempt did not fail.
      if (outcome !== 'intact' && outcome !== 'cancelled') {
        span.setAttribute('error.type', status !== undefined && status >= 400 ? String(status) : outcome);
        span.setStatus({ code: SpanStatusCode.ERROR, ...(message ? { message } : {}) });
      }
      span.end();
    },
  };
}

function startVerification(tracer: Tracer, parent: Context, level: string) {
  const attributes = { 'document_gateway.verification.level': level };
  const span = tracer.startSpan('verify document', { attributes }, parent);
  return {
    /** @param found undefined when the verification was aborted */
    end: (found: Found | undefined): void => {
      if (found !== undefined) span.setAttributes(verdictAttributes(found));
      span.end();
    },
  };
}

function verdictAttributes({ format, verdict: { intact, complete, reason, unchecked } }: Found): Attributes {
  return {
    'document_gateway.document.format': format?.name ?? 'unknown',
    'document_gateway.verification.verdict': intact ? (complete ? 'intact' : 'incomplete') : 'damaged',
    'document_gateway.verification.reason': reason,
    'document_gateway.verification.unchecked': unchecked && [...unchecked],
  };
}
