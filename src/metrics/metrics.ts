import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import { shedReasons } from '../resilience/overloaded.ts';
import { upstreamFailureKinds } from '../upstream/upstream-failure.ts';

const HTTP_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const VERIFICATION_SECONDS = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.01, 0.05, 0.25, 1];
const QUEUE_SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1];
const OUTCOMES = ['intact', 'damaged', ...upstreamFailureKinds, 'shed', 'deadline', 'cancelled', 'error'];

/**
 * The counters and histograms of the service; gauges are registered by the modules whose state they read. No label takes
 * a value that a client can choose freely.
 */
@Injectable()
export class Metrics {
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

  constructor() {
    // A counter that appears together with its first event hides that event from every rate().
    for (const outcome of OUTCOMES) this.attempts.labels(outcome).inc(0);
    for (const reason of shedReasons) this.shed.labels(reason).inc(0);
    for (const kind of ['damaged', 'failed']) this.retries.labels(kind).inc(0);
    for (const state of ['closed', 'half-open', 'open']) this.breakerTransitions.labels(state).inc(0);
  }

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
}
