import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, register } from 'prom-client';
import type { Exchange } from '../http/exchange.ts';
import { shedReasons } from '../resilience/overloaded.ts';
import { buildInfo } from '../settings/build-info.ts';
import { type RequestSpan, tracing } from '../tracing/tracing.ts';
import { upstreamFailureKinds } from '../upstream/upstream-failure.ts';

const HTTP_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const VERIFICATION_SECONDS = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.01, 0.05, 0.25, 1];
const STORE_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1];
const QUEUE_SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1];
/** Methods have a label each; a client can invent others, so the rest share one. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Those of a request for a document: what the contract has, and 499 for a client that left. */
const DOCUMENT_STATUSES = [
  200, 206, 304, 400, 401, 404, 406, 412, 414, 416, 429, 499, 500, 502, 503, 504,
].map(String);

const OUTCOMES = ['intact', 'damaged', ...upstreamFailureKinds, 'shed', 'deadline', 'cancelled', 'error'];

/** What can be wrong with a key: metrics and the log tell, answers do not. */
const authenticationFailures = ['missing', 'unknown', 'expired', 'throttled'] as const;
export type AuthenticationFailure = (typeof authenticationFailures)[number];

/**
 * The counters and histograms of the service; gauges are registered by the modules whose state they read. No label takes
 * a value that a client can choose freely.
 */
@Injectable()
export class Metrics {
  readonly httpDuration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the arrival of a request to the end of its answer',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: HTTP_SECONDS,
    // prom-client lets nothing with exemplars register itself where plain text is written, without them.
    ...(tracing() && { enableExemplars: true, registers: [] }),
  });
  readonly consumerRequests = new Counter({
    name: 'consumer_requests_total',
    help: 'Requests by the consumer whose key they carried, or none, and by status',
    labelNames: ['consumer', 'status'] as const,
  });
  readonly authenticationFailures = new Counter({
    name: 'authentication_failures_total',
    help: 'Requests without a valid API key where one is needed, by what was wrong with it',
    labelNames: ['reason'] as const,
  });
  readonly keyFileFailures = new Counter({
    name: 'api_keys_file_failures_total',
    help: 'Versions of API_KEYS_FILE that were broken, and were not used',
  });
  readonly rateLimited = new Counter({
    name: 'rate_limited_total',
    help: 'Requests beyond the rate of their consumer',
    labelNames: ['consumer'] as const,
  });
  readonly rateLimitStoreErrors = new Counter({
    name: 'rate_limit_store_errors_total',
    help: 'Requests that Redis did not count in time',
  });
  readonly rateLimitStoreDuration = new Histogram({
    name: 'rate_limit_store_duration_seconds',
    help: 'Time that a request waited for Redis',
    buckets: STORE_SECONDS,
  });
  readonly rateLimitFallbacks = new Counter({
    name: 'rate_limit_fallbacks_total',
    help: 'Requests that the replica counted on its own because Redis did not answer',
  });
  readonly delivered = new Counter({
    name: 'documents_delivered_total',
    help: 'Verified documents that were answered with, by media type',
    labelNames: ['media_type'] as const,
  });
  readonly deliveredBytes = new Counter({
    name: 'documents_delivered_bytes_total',
    help: 'Bytes of the verified documents that were answered with, by media type',
    labelNames: ['media_type'] as const,
  });
  readonly attempts = new Counter({
    name: 'upstream_attempts_total',
    help: 'Attempts at the upstream, by what came out of them',
    labelNames: ['outcome'] as const,
  });
  readonly upstreamDuration = new Histogram({
    name: 'upstream_attempt_duration_seconds',
    help: 'Time from asking the upstream to the last byte of its answer, or to its failure',
    buckets: HTTP_SECONDS,
  });
  readonly verificationDuration = new Histogram({
    name: 'document_verification_duration_seconds',
    help: 'Time spent on verifying one document, waiting for a worker included, by format',
    labelNames: ['format'] as const,
    buckets: VERIFICATION_SECONDS,
  });
  readonly verificationRemembered = new Counter({
    name: 'document_verification_remembered_total',
    help: 'Documents whose bytes were verified before, and were not verified again, by format',
    labelNames: ['format'] as const,
  });
  readonly verificationFailures = new Counter({
    name: 'document_verification_failures_total',
    help: 'Documents that were found damaged, by format and reason',
    labelNames: ['format', 'reason'] as const,
  });
  readonly verificationIncomplete = new Counter({
    name: 'document_verification_incomplete_total',
    help: 'Documents delivered although part of their content went unchecked, by format and by each reason',
    labelNames: ['format', 'reason'] as const,
  });
  readonly retries = new Counter({
    name: 'upstream_retries_total',
    help: 'Further attempts after one that failed, by kind: at once after a damaged document, or after a backoff',
    labelNames: ['kind'] as const,
  });
  readonly retriesDenied = new Counter({
    name: 'upstream_retries_denied_total',
    help: 'Retries that the retry budget did not allow',
  });
  readonly hedges = new Counter({
    name: 'upstream_hedges_total',
    help: 'Second attempts started because the first was slow',
  });
  readonly shed = new Counter({
    name: 'requests_shed_total',
    help: 'Requests turned away to protect the service or the upstream, by reason',
    labelNames: ['reason'] as const,
  });
  readonly queueWait = new Histogram({
    name: 'bulkhead_queue_wait_seconds',
    help: 'Time that an attempt waited for its place',
    buckets: QUEUE_SECONDS,
  });
  readonly staleDeliveries = new Counter({
    name: 'documents_stale_delivered_total',
    help: 'Last good copies that stood in for a document that could not be fetched',
  });
  readonly breakerTransitions = new Counter({
    name: 'breaker_transitions_total',
    help: 'Changes of the breaker, by the state it went to',
    labelNames: ['state'] as const,
  });

  readonly buildInfo = new Gauge({
    name: 'document_gateway_build_info',
    help: 'Always 1: the version and the commit that are running',
    labelNames: ['version', 'commit'] as const,
  });

  constructor() {
    if (tracing() !== undefined) register.registerMetric(this.httpDuration);
    this.buildInfo.labels(buildInfo.version, buildInfo.commit).set(1);
    // A counter that appears together with its first event hides that event from every rate().
    for (const method of ['GET', 'HEAD']) {
      for (const status of DOCUMENT_STATUSES) this.httpDuration.zero({ method, route: '/:id', status });
    }
    this.consumerRequests.inc({ consumer: 'none', status: '401' }, 0);
    for (const outcome of OUTCOMES) this.attempts.labels(outcome).inc(0);
    for (const reason of authenticationFailures) this.authenticationFailures.labels(reason).inc(0);
    for (const reason of shedReasons) this.shed.labels(reason).inc(0);
    for (const kind of ['damaged', 'failed']) this.retries.labels(kind).inc(0);
    for (const state of ['closed', 'half-open', 'open']) this.breakerTransitions.labels(state).inc(0);
  }

  /** Starts what is counted by consumer, for those whose keys are known. Of the statuses, it is the usual ones. */
  expectConsumers(names: Iterable<string>): void {
    for (const consumer of names) {
      this.rateLimited.inc({ consumer }, 0);
      for (const status of ['200', '429']) this.consumerRequests.inc({ consumer, status }, 0);
    }
  }

  readonly observe = ({ method, route, status, seconds, record, span }: Exchange): void => {
    const known = METHODS.has(method) ? method : 'other';
    const labels = { method: known, route, status: String(status) };
    if (tracing() === undefined) this.httpDuration.observe(labels, seconds);
    else this.httpDuration.observe({ labels, value: seconds, exemplarLabels: exemplarOf(span) });
    this.consumerRequests.inc({ consumer: record.consumer ?? 'none', status: labels.status });
  };

  /** Registers a gauge that is read when it is scraped. */
  gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      collect() {
        this.set(read());
      },
    });
  }

  /** Registers a gauge with a label whose values, and how many there are, are read when it is scraped. */
  gaugeBy(label: string, name: string, help: string, read: () => ReadonlyMap<string, number>): void {
    new Gauge({
      name,
      help,
      labelNames: [label],
      collect() {
        this.reset();
        for (const [value, number] of read()) this.labels(value).set(number);
      },
    });
  }
}

/** Leads to the trace; typed by prom-client as if it were made of the metric's own labels. */
function exemplarOf(span: RequestSpan | undefined): object {
  return span?.sampled === true ? span.ids : {};
}
