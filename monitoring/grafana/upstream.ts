import { type Dashboard, MappingType, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { dashboard } from './dashboard.ts';
import { common, NAMESPACES, PODS, ratio, target, timeseries } from './panels.ts';

const perSecond = (metric: string, by: string): string =>
  `sum by (${by}) (rate(${metric}{${PODS}}[$__rate_interval]))`;

/** The comparison with 0 drops NaN values, which occur without requests. */
const quantile = (q: number, metric: string, by = 'le'): string =>
  `histogram_quantile(${q}, sum by (${by}) (rate(${metric}_bucket{${PODS}}[$__rate_interval]))) >= 0`;

/** The breaker of each pod as a coloured bar. */
function breakerTimeline(): StateTimelineBuilder {
  const queries = [{ expr: `breaker_state{${PODS}}`, legend: '{{namespace}}/{{pod}}' }];
  return common(new StateTimelineBuilder(), {
    title: 'Breaker',
    description:
      'Closed: the upstream is asked. Open: it gets a pause, and requests are answered with a 503. Half-open: one probe decides.',
    unit: 'short',
    width: 12,
    runbook: 'breaker-open',
    noValue: 'Prometheus knows no replica',
    queries,
  })
    .height(8)
    .targets(queries.map((query, index) => target(query, index).range()))
    .mappings([
      {
        type: MappingType.ValueToText,
        options: {
          '0': { text: 'closed', color: 'green', index: 0 },
          '1': { text: 'half-open', color: 'yellow', index: 1 },
          '2': { text: 'open', color: 'red', index: 2 },
        },
      },
    ]);
}

/** The attempts at the upstream, the protections, and the documents. */
export const upstream: Dashboard = dashboard({
  name: 'upstream',
  title: 'Document gateway / Upstream and documents',
  description: 'Attempts at the upstream, damage, retries, the protections, and the documents themselves.',
  rows: [
    {
      row: new RowBuilder('Attempts'),
      panels: [
        timeseries({
          title: 'Attempts by outcome',
          description:
            'intact, damaged, oversized and not-found are answers, unacceptable is one of another kind; connect, reset, truncated, timeout, status and protocol are failures of the upstream; shed was not allowed.',
          unit: 'reqps',
          width: 12,
          min: 0,
          stacked: true,
          runbook: 'upstream-down',
          queries: [
            { expr: `${perSecond('upstream_attempts_total', 'outcome')} > 0`, legend: '{{outcome}}' },
          ],
        }),
        timeseries({
          title: 'Damaged documents',
          description:
            'Share of the documents that came damaged or too large, over half an hour. One in ten is normal.',
          noValue: 'No document came within half an hour',
          unit: 'percentunit',
          width: 12,
          min: 0,
          thresholds: [[0.2, 'red']],
          runbook: 'damaged-ratio',
          queries: [
            {
              expr: `namespace_job:damaged_answers:ratio_rate30m{${NAMESPACES}} >= 0`,
              legend: '{{namespace}}',
            },
          ],
        }),
        timeseries({
          title: 'Damage by reason',
          description:
            'What was wrong with the documents that were refused. docs/metrics.md explains the reasons.',
          unit: 'cps',
          width: 12,
          min: 0,
          stacked: true,
          runbook: 'damaged-ratio',
          queries: [
            {
              expr: perSecond('document_verification_failures_total', 'format, reason'),
              legend: '{{format}} {{reason}}',
            },
          ],
        }),
        timeseries({
          title: 'Retries',
          description:
            'damaged: asked again at once. failed: asked again after a pause, paid from the retry budget. denied: the budget was empty.',
          unit: 'reqps',
          width: 12,
          min: 0,
          queries: [
            { expr: perSecond('upstream_retries_total', 'kind'), legend: '{{kind}}' },
            { expr: `sum(rate(upstream_retries_denied_total{${PODS}}[$__rate_interval]))`, legend: 'denied' },
          ],
        }),
        timeseries({
          title: 'Duration of attempts',
          description: 'From the request to the upstream to the last byte of its answer, or to its failure.',
          unit: 's',
          width: 12,
          min: 0,
          runbook: 'latency-budget',
          queries: [
            { expr: quantile(0.5, 'upstream_attempt_duration_seconds'), legend: 'p50' },
            { expr: quantile(0.95, 'upstream_attempt_duration_seconds'), legend: 'p95' },
            { expr: quantile(0.99, 'upstream_attempt_duration_seconds'), legend: 'p99' },
          ],
        }),
        timeseries({
          title: 'Attempts for each document',
          description: 'About 1.11 while one document in ten is damaged and nothing else goes wrong.',
          unit: 'short',
          width: 12,
          min: 1,
          runbook: 'damaged-ratio',
          queries: [
            {
              expr: ratio(
                `sum(rate(upstream_attempts_total{${PODS}, outcome!="shed"}[$__rate_interval]))`,
                `sum(rate(documents_delivered_total{${PODS}}[$__rate_interval]))`,
              ),
              legend: 'attempts',
            },
          ],
        }),
      ],
    },
    {
      row: new RowBuilder('Protections'),
      panels: [
        breakerTimeline(),
        timeseries({
          title: 'Breaker transitions',
          description: 'How often the breaker went to each state.',
          unit: 'opm',
          width: 12,
          min: 0,
          runbook: 'breaker-open',
          queries: [
            {
              expr: `60 * sum by (state) (rate(breaker_transitions_total{${PODS}}[$__rate_interval]))`,
              legend: 'to {{state}}',
            },
          ],
        }),
        timeseries({
          title: 'Bulkhead',
          description:
            'Attempts under way, those that wait for a place, and how many places there are, in all pods.',
          unit: 'short',
          width: 12,
          min: 0,
          runbook: 'saturation',
          queries: [
            { expr: `sum(bulkhead_in_flight{${PODS}})`, legend: 'in flight' },
            { expr: `sum(bulkhead_queued{${PODS}})`, legend: 'queued' },
            { expr: `sum(bulkhead_capacity{${PODS}})`, legend: 'capacity' },
          ],
        }),
        timeseries({
          title: 'Wait for a place',
          description: 'How long attempts waited that did not get a place at once.',
          noValue: 'No attempt waited',
          unit: 's',
          width: 12,
          min: 0,
          runbook: 'saturation',
          queries: [
            { expr: quantile(0.5, 'bulkhead_queue_wait_seconds'), legend: 'p50' },
            { expr: quantile(0.99, 'bulkhead_queue_wait_seconds'), legend: 'p99' },
          ],
        }),
        timeseries({
          title: 'Memory for documents',
          description: 'What the documents in flight hold, and may hold, in all pods.',
          unit: 'bytes',
          width: 12,
          min: 0,
          runbook: 'saturation',
          queries: [
            { expr: `sum(buffered_bytes{${PODS}})`, legend: 'held' },
            { expr: `sum(buffered_bytes_limit{${PODS}})`, legend: 'limit' },
          ],
        }),
        timeseries({
          title: 'Retry budget',
          description:
            'Retries after failures that may be made now; at zero an outage is not multiplied any further.',
          unit: 'short',
          width: 12,
          min: 0,
          runbook: 'upstream-down',
          queries: [{ expr: `min(retry_budget_available{${PODS}})`, legend: 'left in the worst pod' }],
        }),
      ],
    },
    {
      row: new RowBuilder('Documents'),
      panels: [
        timeseries({
          title: 'Delivered by media type',
          description: 'Verified documents that were delivered.',
          unit: 'reqps',
          width: 8,
          min: 0,
          stacked: true,
          queries: [{ expr: perSecond('documents_delivered_total', 'media_type'), legend: '{{media_type}}' }],
        }),
        timeseries({
          title: 'Mean size',
          description: 'Of the documents that were delivered.',
          unit: 'bytes',
          width: 8,
          min: 0,
          queries: [
            {
              expr: ratio(
                perSecond('documents_delivered_bytes_total', 'media_type'),
                perSecond('documents_delivered_total', 'media_type'),
              ),
              legend: '{{media_type}}',
            },
          ],
        }),
        timeseries({
          title: 'Throughput',
          description: 'Bytes of the documents that were delivered.',
          unit: 'Bps',
          width: 8,
          min: 0,
          stacked: true,
          queries: [
            { expr: perSecond('documents_delivered_bytes_total', 'media_type'), legend: '{{media_type}}' },
          ],
        }),
        timeseries({
          title: 'Verification time by format',
          description:
            'For one document, with the wait for a worker thread. unknown is a document of a format that is not delivered.',
          unit: 's',
          width: 12,
          min: 0,
          queries: [
            {
              expr: quantile(0.5, 'document_verification_duration_seconds', 'le, format'),
              legend: '{{format}} p50',
            },
            {
              expr: quantile(0.99, 'document_verification_duration_seconds', 'le, format'),
              legend: '{{format}} p99',
            },
          ],
        }),
        timeseries({
          title: 'Not verified to the end',
          description:
            'Delivered although part of their content went unchecked, by reason: see docs/verification.md.',
          unit: 'cps',
          width: 12,
          min: 0,
          queries: [
            {
              expr: perSecond('document_verification_incomplete_total', 'format, reason'),
              legend: '{{format}} {{reason}}',
            },
          ],
        }),
      ],
    },
    {
      row: new RowBuilder('Only with HEDGE, STALE_IF_ERROR_SECONDS'),
      collapsed: true,
      panels: [
        timeseries({
          title: 'Hedges',
          description: 'With HEDGE=true: second attempts beside one that is slow.',
          unit: 'reqps',
          width: 12,
          min: 0,
          queries: [
            { expr: `sum(rate(upstream_hedges_total{${PODS}}[$__rate_interval]))`, legend: 'hedges' },
          ],
        }),
        timeseries({
          title: 'Last good copies',
          description:
            'With STALE_IF_ERROR_SECONDS: old copies that were delivered because no document came.',
          unit: 'reqps',
          width: 12,
          min: 0,
          queries: [
            {
              expr: `sum(rate(documents_stale_delivered_total{${PODS}}[$__rate_interval]))`,
              legend: 'last good copies',
            },
          ],
        }),
      ],
    },
  ],
});
