import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Histogram } from 'prom-client';
import { mediaTypes } from '../formats/formats.ts';
import { appMetric } from '../metrics/app-metric.ts';
import { shedReasons } from '../resilience/overloaded.ts';
import { upstreamFailureKinds } from '../upstream/upstream-failure.ts';

const OUTCOMES = ['intact', 'damaged', ...upstreamFailureKinds, 'shed', 'deadline', 'cancelled', 'error'];

export const documentMetrics = [
  appMetric(makeCounterProvider, {
    name: 'documents_delivered_total',
    help: 'Verified documents that clients received, by media type',
    labels: { media_type: mediaTypes },
  }),
  appMetric(makeCounterProvider, {
    name: 'documents_delivered_bytes_total',
    help: 'Bytes of the verified documents that clients received, by media type',
    labels: { media_type: mediaTypes },
  }),
  appMetric(makeCounterProvider, {
    name: 'documents_stale_delivered_total',
    help: 'Last good copies that stood in for a document that could not be fetched',
  }),
  appMetric(makeCounterProvider, {
    name: 'requests_shed_total',
    help: 'Requests turned away to protect the service or the upstream, by reason',
    labels: { reason: shedReasons },
  }),
  appMetric(makeCounterProvider, {
    name: 'upstream_retries_total',
    help: 'Further attempts after one that failed, by kind: at once after a damaged document, or after a backoff',
    labels: { kind: ['damaged', 'failed'] },
  }),
  appMetric(makeCounterProvider, {
    name: 'upstream_retries_denied_total',
    help: 'Retries that the retry budget did not allow',
  }),
  appMetric(makeCounterProvider, {
    name: 'upstream_hedges_total',
    help: 'Second attempts started because the first was slow',
  }),
  appMetric(makeCounterProvider, {
    name: 'upstream_attempts_total',
    help: 'Attempts at the upstream, by what came out of them',
    labels: { outcome: OUTCOMES },
  }),
  appMetric(makeHistogramProvider, {
    name: 'upstream_attempt_duration_seconds',
    help: 'Time from asking the upstream to the last byte of its answer, or to its failure',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  }),
  appMetric(makeHistogramProvider, {
    name: 'document_verification_duration_seconds',
    help: 'Time spent on verifying one document, waiting for a worker included, by format',
    labels: { format: [] },
    buckets: [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.01, 0.05, 0.25, 1],
  }),
  appMetric(makeCounterProvider, {
    name: 'document_verification_remembered_total',
    help: 'Documents whose bytes were verified before, and were not verified again, by format',
    labels: { format: [] },
  }),
  appMetric(makeCounterProvider, {
    name: 'document_verification_failures_total',
    help: 'Documents that were found damaged, by format and reason',
    labels: { format: [], reason: [] },
  }),
  appMetric(makeCounterProvider, {
    name: 'document_verification_incomplete_total',
    help: 'Documents delivered although part of their content went unchecked, by format and by each reason',
    labels: { format: [], reason: [] },
  }),
];

/** The metrics of the delivery, by a short name. */
@Injectable()
export class DocumentMetrics {
  constructor(
    @InjectMetric('documents_delivered_total') readonly delivered: Counter,
    @InjectMetric('documents_delivered_bytes_total') readonly deliveredBytes: Counter,
    @InjectMetric('documents_stale_delivered_total') readonly staleDeliveries: Counter,
    @InjectMetric('requests_shed_total') readonly shed: Counter,
    @InjectMetric('upstream_retries_total') readonly retries: Counter,
    @InjectMetric('upstream_retries_denied_total') readonly retriesDenied: Counter,
    @InjectMetric('upstream_hedges_total') readonly hedges: Counter,
    @InjectMetric('upstream_attempts_total') readonly attempts: Counter,
    @InjectMetric('upstream_attempt_duration_seconds') readonly upstreamDuration: Histogram,
    @InjectMetric('document_verification_duration_seconds') readonly verificationDuration: Histogram,
    @InjectMetric('document_verification_remembered_total') readonly verificationRemembered: Counter,
    @InjectMetric('document_verification_failures_total') readonly verificationFailures: Counter,
    @InjectMetric('document_verification_incomplete_total') readonly verificationIncomplete: Counter,
  ) {}
}
