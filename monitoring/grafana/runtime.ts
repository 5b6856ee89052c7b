import { type Dashboard, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard } from './dashboard.ts';
import { PODS, ratio, stat, timeseries } from './panels.ts';

const POD = '{{namespace}}/{{pod}}';

/** The processes: event loop, memory, garbage collection, CPU. */
export const runtime: Dashboard = dashboard({
  name: 'runtime',
  title: 'Document gateway / Runtime',
  description: 'The Node.js processes: event loop, processor, memory, garbage collection, handles.',
  rows: [
    {
      row: new RowBuilder('Processes'),
      panels: [
        stat({
          title: 'Versions',
          description: 'How many replicas run which version. More than one version only during a rollout.',
          unit: 'short',
          width: 12,
          queries: [
            {
              expr: `count by (version, commit) (document_gateway_build_info{${PODS}})`,
              legend: '{{version}} {{commit}}',
            },
          ],
        }),
        stat({
          title: 'Node.js',
          description: 'How many replicas run on which Node.js.',
          unit: 'short',
          width: 6,
          queries: [{ expr: `count by (version) (nodejs_version_info{${PODS}})`, legend: '{{version}}' }],
        }),
        stat({
          title: 'Youngest process',
          description:
            'Time since the last start of any replica. A new process without a rollout is a restart.',
          unit: 's',
          width: 6,
          runbook: 'restarts',
          queries: [{ expr: `time() - max(process_start_time_seconds{${PODS}})`, legend: '' }],
        }),
        timeseries({
          title: 'Restarts',
          description: 'Starts of the same replica beyond its first, within 15 minutes.',
          unit: 'short',
          width: 24,
          min: 0,
          decimals: 0,
          thresholds: [
            [1, 'yellow'],
            [3, 'red'],
          ],
          runbook: 'restarts',
          queries: [{ expr: `changes(process_start_time_seconds{${PODS}}[15m])`, legend: POD }],
        }),
      ],
    },
    {
      row: new RowBuilder('Event loop and processor'),
      panels: [
        timeseries({
          title: 'Event loop delay',
          description:
            'Mean over half a second. Load shedding uses this value: above 200 ms, the default, requests are refused.',
          unit: 's',
          width: 12,
          min: 0,
          thresholds: [
            [0.1, 'yellow'],
            [0.2, 'red'],
          ],
          runbook: 'saturation',
          queries: [{ expr: `event_loop_delay_mean_seconds{${PODS}}`, legend: POD }],
        }),
        timeseries({
          title: 'Event loop lag, p99',
          description: 'Between two scrapes, as Node.js measures it, its own resolution of 10 ms included.',
          unit: 's',
          width: 12,
          min: 0,
          runbook: 'saturation',
          queries: [{ expr: `nodejs_eventloop_lag_p99_seconds{${PODS}}`, legend: POD }],
        }),
        timeseries({
          title: 'Processor',
          description:
            'Cores in use. JavaScript fills one at most; verification of large documents adds threads.',
          unit: 'short',
          width: 12,
          min: 0,
          stacked: true,
          runbook: 'saturation',
          queries: [
            {
              expr: `sum by (namespace, pod) (rate(process_cpu_user_seconds_total{${PODS}}[$__rate_interval]))`,
              legend: `${POD} user`,
            },
            {
              expr: `sum by (namespace, pod) (rate(process_cpu_system_seconds_total{${PODS}}[$__rate_interval]))`,
              legend: `${POD} system`,
            },
          ],
        }),
        timeseries({
          title: 'Processor time for each request',
          description:
            'All routes. When it rises and the documents have not changed, compare with the last rollout.',
          unit: 's',
          width: 12,
          min: 0,
          queries: [
            {
              expr: ratio(
                `sum(rate(process_cpu_seconds_total{${PODS}}[$__rate_interval]))`,
                `sum(rate(http_request_duration_seconds_count{${PODS}}[$__rate_interval]))`,
              ),
              legend: 'mean',
            },
          ],
        }),
      ],
    },
    {
      row: new RowBuilder('Memory'),
      panels: [
        timeseries({
          title: 'Resident memory',
          description: 'What the container limit counts against: past it the process is killed.',
          unit: 'bytes',
          width: 12,
          min: 0,
          runbook: 'restarts',
          queries: [{ expr: `process_resident_memory_bytes{${PODS}}`, legend: POD }],
        }),
        timeseries({
          title: 'Heap and buffers',
          description:
            'JavaScript objects, the heap that is reserved for them, and memory outside: documents above all.',
          unit: 'bytes',
          width: 12,
          min: 0,
          queries: [
            { expr: `sum(nodejs_heap_size_used_bytes{${PODS}})`, legend: 'heap used' },
            { expr: `sum(nodejs_heap_size_total_bytes{${PODS}})`, legend: 'heap reserved' },
            { expr: `sum(nodejs_external_memory_bytes{${PODS}})`, legend: 'external' },
          ],
        }),
        timeseries({
          title: 'Heap by space',
          description: 'An old space that only grows is a leak.',
          unit: 'bytes',
          width: 12,
          min: 0,
          stacked: true,
          queries: [
            { expr: `sum by (space) (nodejs_heap_space_size_used_bytes{${PODS}})`, legend: '{{space}}' },
          ],
        }),
        timeseries({
          title: 'Garbage collection',
          description: 'Share of the time that goes into it, by kind. Above a few percent memory is short.',
          unit: 'percentunit',
          width: 12,
          min: 0,
          thresholds: [[0.05, 'red']],
          runbook: 'saturation',
          queries: [
            {
              expr: `sum by (kind) (rate(nodejs_gc_duration_seconds_sum{${PODS}}[$__rate_interval]))
                / scalar(count(up{${PODS}}))`,
              legend: '{{kind}}',
            },
          ],
        }),
      ],
    },
    {
      row: new RowBuilder('Handles'),
      panels: [
        timeseries({
          title: 'File descriptors',
          description: 'Open ones, most of them connections, and how many there may be.',
          unit: 'short',
          width: 12,
          min: 0,
          runbook: 'saturation',
          queries: [
            { expr: `max(process_open_fds{${PODS}})`, legend: 'open in the worst pod' },
            { expr: `min(process_max_fds{${PODS}})`, legend: 'limit' },
          ],
        }),
        timeseries({
          title: 'Active resources',
          description:
            'What keeps the event loop busy, by type. Sockets or timers that only grow are a leak.',
          unit: 'short',
          width: 12,
          min: 0,
          stacked: true,
          queries: [{ expr: `sum by (type) (nodejs_active_resources{${PODS}})`, legend: '{{type}}' }],
        }),
      ],
    },
  ],
});
