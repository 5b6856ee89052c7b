import { BigValueTextMode } from '@grafana/grafana-foundation-sdk/common';
import { type Dashboard, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import type { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { dashboard } from './dashboard.ts';
import { NAMESPACES, PODS, ratio, stat, timeseries } from './panels.ts';

const FLOOR =
  '-100 % stands for that and for anything below: a new stack has so few requests that one failure spends many budgets.';

const BURN_WINDOWS = ['1h', '6h', '1d', '3d'] as const;

/** The comparison with 0 drops NaN values, which occur without requests. */
const quantile = (q: number): string => `histogram_quantile(${q}, sum by (le) (
  rate(http_request_duration_seconds_bucket{${PODS}, route="/:id", status=~"[23].."}[$__rate_interval]))) >= 0`;

/** The burn rate of a budget, over the windows of the alerts. */
const burnRate = (title: string, failed: string, budget: number, runbook: string): TimeseriesBuilder =>
  timeseries({
    title,
    description:
      'How many times faster than allowed the budget of 30 days is spent. Above 14.4 over an hour, or 6 over six hours, somebody is paged.',
    unit: 'short',
    width: 8,
    min: 0,
    thresholds: [
      [1, 'yellow'],
      [6, 'orange'],
      [14.4, 'red'],
    ],
    runbook,
    queries: BURN_WINDOWS.map((window) => ({
      expr: `namespace_job:${failed}:ratio_rate${window}{${NAMESPACES}} / ${budget} >= 0`,
      legend: `{{namespace}} ${window}`,
    })),
  });

/** The rest of a budget, at least -1: in its first minutes a service may overdraw it many hundred times. */
const budget = (name: string): string =>
  `clamp_min(namespace_job:${name}_budget:remaining_ratio30d{${NAMESPACES}}, -1) >= -1`;

/** The current rest of a budget. */
const budgetLeft = (title: string, description: string, name: string): StatBuilder =>
  stat({
    title,
    description,
    unit: 'percentunit',
    decimals: 0,
    width: 4,
    base: 'red',
    thresholds: [
      [0, 'orange'],
      [0.5, 'green'],
    ],
    runbook: `${name}-budget`,
    queries: [{ expr: budget(name), legend: '{{namespace}}' }],
  });

/** Rate, errors, duration and saturation, and what is left of the objectives. */
export const service: Dashboard = dashboard({
  name: 'service',
  title: 'Document gateway / Service',
  description:
    'What consumers get: rate, errors, duration, saturation, and the objectives with their budgets.',
  byConsumer: true,
  rows: [
    {
      row: new RowBuilder('Now'),
      panels: [
        stat({
          title: 'Requests',
          description: 'Requests for documents, over five minutes, without those that clients got wrong.',
          unit: 'reqps',
          width: 4,
          queries: [{ expr: `sum(namespace_job:document_requests:rate5m{${NAMESPACES}})`, legend: '' }],
        }),
        stat({
          title: 'Failures',
          description:
            'Share of the requests for documents that were answered with a 5xx, over five minutes.',
          unit: 'percentunit',
          decimals: 2,
          width: 4,
          thresholds: [
            [0.001, 'yellow'],
            [0.0144, 'red'],
          ],
          runbook: 'availability-budget',
          queries: [
            {
              expr: ratio(
                `sum(namespace_job:document_failures:rate5m{${NAMESPACES}})`,
                `sum(namespace_job:document_requests:rate5m{${NAMESPACES}})`,
              ),
              legend: '',
            },
          ],
        }),
        stat({
          title: 'Slow documents',
          description: 'Share of the documents that took longer than a second, over five minutes.',
          unit: 'percentunit',
          decimals: 2,
          width: 4,
          thresholds: [
            [0.01, 'yellow'],
            [0.144, 'red'],
          ],
          runbook: 'latency-budget',
          queries: [
            {
              expr: ratio(
                `sum(namespace_job:document_slow_answers:rate5m{${NAMESPACES}})`,
                `sum(namespace_job:document_answers:rate5m{${NAMESPACES}})`,
              ),
              legend: '',
            },
          ],
        }),
        budgetLeft(
          'Availability budget left',
          `Of the 0.1 % of requests that may fail in 30 days. Below zero the objective of 99.9 % is missed. ${FLOOR}`,
          'availability',
        ),
        budgetLeft(
          'Latency budget left',
          `Of the 1 % of documents that may take longer than a second in 30 days. Below zero the objective is missed. ${FLOOR}`,
          'latency',
        ),
        stat({
          title: 'Replicas',
          description: 'How many replicas answer Prometheus.',
          unit: 'short',
          width: 4,
          noValue: 'None: Prometheus knows no replica',
          base: 'red',
          thresholds: [[1, 'green']],
          runbook: 'gateway-down',
          queries: [{ expr: `sum(up{${PODS}})`, legend: '' }],
        }),
        stat({
          title: 'Firing alerts',
          description: 'The alerts that fire now, but for the watchdog, which always does.',
          unit: 'short',
          width: 24,
          base: 'red',
          noValue: 'No alert fires',
          queries: [
            {
              expr: 'count by (alertname, severity) (ALERTS{alertstate="firing", alertname!="Watchdog"})',
              legend: '{{alertname}} ({{severity}})',
            },
          ],
        }).textMode(BigValueTextMode.Name),
      ],
    },
    {
      row: new RowBuilder('Requests'),
      panels: [
        timeseries({
          title: 'Requests for documents by status',
          description:
            '200 is a verified document, 4xx a mistake of the client, 499 a client that left, 502 and 504 the upstream, 503 protection.',
          unit: 'reqps',
          width: 12,
          min: 0,
          stacked: true,
          byStatus: true,
          queries: [
            {
              expr: `sum by (status) (rate(http_request_duration_seconds_count{${PODS}, route="/:id"}[$__rate_interval]))`,
              legend: '{{status}}',
            },
          ],
        }),
        timeseries({
          title: 'Failures and slow documents',
          description:
            'Share of the requests with a 5xx, and of the documents over a second. The lines are the objectives.',
          unit: 'percentunit',
          width: 12,
          min: 0,
          thresholds: [
            [0.001, 'yellow'],
            [0.01, 'red'],
          ],
          runbook: 'availability-budget',
          queries: [
            {
              expr: `namespace_job:document_failures:ratio_rate5m{${NAMESPACES}} >= 0`,
              legend: '{{namespace}} failed',
            },
            {
              expr: `namespace_job:document_slow_answers:ratio_rate5m{${NAMESPACES}} >= 0`,
              legend: '{{namespace}} slow',
            },
          ],
        }),
        timeseries({
          title: 'Duration of documents',
          description:
            'From the arrival of the request to the end of its answer, of those that brought a document. With traces switched on, each dot leads to one.',
          unit: 's',
          width: 12,
          min: 0,
          exemplars: true,
          thresholds: [[1, 'red']],
          runbook: 'latency-budget',
          queries: [
            { expr: quantile(0.5), legend: 'p50' },
            { expr: quantile(0.95), legend: 'p95' },
            { expr: quantile(0.99), legend: 'p99' },
          ],
        }),
        timeseries({
          title: 'Requests by consumer',
          description:
            'Status of the answer, and the consumer whose API key came with the request; none for requests without a known API key.',
          unit: 'reqps',
          width: 12,
          min: 0,
          stacked: true,
          byStatus: true,
          queries: [
            {
              expr: `sum by (consumer, status) (
                rate(consumer_requests_total{${PODS}, consumer=~"$consumer"}[$__rate_interval])) > 0`,
              legend: '{{status}} {{consumer}}',
            },
          ],
        }),
        timeseries({
          title: 'All routes',
          description: 'Probes and scrapes included; unmatched is what belongs to no route.',
          unit: 'reqps',
          width: 24,
          min: 0,
          queries: [
            {
              expr: `sum by (route) (rate(http_request_duration_seconds_count{${PODS}}[$__rate_interval]))`,
              legend: '{{route}}',
            },
          ],
        }),
      ],
    },
    {
      row: new RowBuilder('Objectives'),
      panels: [
        burnRate('Availability: burn rate', 'document_failures', 0.001, 'availability-budget'),
        burnRate('Latency: burn rate', 'document_slow_answers', 0.01, 'latency-budget'),
        timeseries({
          title: 'Budgets left',
          description: `Of the budgets of the 30 days up to each moment. ${FLOOR}`,
          min: -1,
          unit: 'percentunit',
          width: 8,
          max: 1,
          thresholds: [[0, 'green']],
          base: 'red',
          queries: [
            {
              expr: budget('availability'),
              legend: '{{namespace}} availability',
            },
            {
              expr: budget('latency'),
              legend: '{{namespace}} latency',
            },
          ],
        }),
      ],
    },
    {
      row: new RowBuilder('Consumers'),
      panels: [
        timeseries({
          title: 'Requests without a valid key',
          description:
            'What was wrong with the API key. The answer, a 401, does not tell. throttled is a 429: the key was not checked.',
          unit: 'reqps',
          width: 12,
          min: 0,
          stacked: true,
          queries: [
            {
              expr: `sum by (reason) (rate(authentication_failures_total{${PODS}}[$__rate_interval]))`,
              legend: '{{reason}}',
            },
          ],
        }),
        timeseries({
          title: 'Consumers with valid keys',
          description:
            'In API_KEY and in the file of API keys; those whose keys have expired stand apart. Also how many replicas find that file broken.',
          unit: 'short',
          width: 6,
          min: 0,
          runbook: 'api-keys',
          queries: [
            { expr: `max by (state) (api_key_consumers{${PODS}})`, legend: '{{state}}' },
            { expr: `sum(api_keys_file_broken{${PODS}})`, legend: 'replicas with a broken file' },
          ],
        }),
        timeseries({
          title: 'Keys end in',
          description: 'For each consumer whose API keys expire: how long they are still valid.',
          noValue: 'No API key expires: only keys of API_KEYS_FILE can',
          unit: 's',
          width: 6,
          thresholds: [[14 * 86_400, 'green']],
          base: 'red',
          runbook: 'api-keys',
          queries: [
            {
              expr: `min by (consumer) (api_key_expiry_timestamp_seconds{${PODS}, consumer=~"$consumer"}) - time()`,
              legend: '{{consumer}}',
            },
          ],
        }),
      ],
    },
    {
      row: new RowBuilder('Rate limits: only with RATE_LIMIT, REDIS_URL'),
      collapsed: true,
      panels: [
        timeseries({
          title: 'Beyond their rate, by consumer',
          noValue: 'No consumer went beyond its rate, or RATE_LIMIT is not set',
          description: 'Answered with a 429, by the consumer whose rate was used up.',
          unit: 'reqps',
          width: 12,
          min: 0,
          stacked: true,
          queries: [
            {
              expr: `sum by (consumer) (
                rate(rate_limited_total{${PODS}, consumer=~"$consumer"}[$__rate_interval])) > 0`,
              legend: '{{consumer}}',
            },
          ],
        }),
        timeseries({
          title: 'Wait for Redis',
          description: 'With REDIS_URL: how long requests wait for it. After 100 ms they go on without it.',
          noValue: 'REDIS_URL is not set, or no request came',
          unit: 's',
          width: 6,
          min: 0,
          runbook: 'rate-limit-store',
          queries: [0.5, 0.99].map((q) => ({
            expr: `histogram_quantile(${q}, sum by (le) (
              rate(rate_limit_store_duration_seconds_bucket{${PODS}}[$__rate_interval]))) >= 0`,
            legend: `p${q * 100}`,
          })),
        }),
        timeseries({
          title: 'Counted without Redis',
          description: 'Requests that a replica counted on its own, and replicas that Redis does not answer.',
          noValue: 'REDIS_URL is not set',
          unit: 'short',
          width: 6,
          min: 0,
          runbook: 'rate-limit-store',
          queries: [
            {
              expr: `sum(rate(rate_limit_fallbacks_total{${PODS}}[$__rate_interval]))`,
              legend: 'requests a second',
            },
            { expr: `sum(rate_limit_store_down{${PODS}})`, legend: 'replicas' },
          ],
        }),
      ],
    },
    {
      row: new RowBuilder('Saturation'),
      panels: [
        timeseries({
          title: 'Use of what can run out',
          description:
            'Attempts in flight, memory for documents, delay of the event loop and file descriptors, each against its limit.',
          unit: 'percentunit',
          width: 12,
          min: 0,
          thresholds: [[0.8, 'red']],
          runbook: 'saturation',
          queries: [
            {
              expr: `max by (resource) (instance:saturation:ratio{${PODS}})`,
              legend: '{{resource}} (worst pod)',
            },
          ],
        }),
        timeseries({
          title: 'Refused by reason',
          description:
            'Answered with a 503 before the upstream was asked. breaker-open: the upstream is down. The rest: the service is full.',
          unit: 'reqps',
          width: 12,
          min: 0,
          stacked: true,
          runbook: 'saturation',
          queries: [
            {
              expr: `sum by (reason) (rate(requests_shed_total{${PODS}}[$__rate_interval]))`,
              legend: '{{reason}}',
            },
          ],
        }),
      ],
    },
  ],
});
