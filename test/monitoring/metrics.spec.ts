import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from '@jest/globals';
import { OF_DELIVERY } from './delivery.ts';
import { dashboardExpressions, linkedExpressions, rules, text } from './files.ts';
import { metricsOf } from './promql.ts';

interface Described {
  readonly type: string;
  readonly labels: readonly string[];
}

/** Metrics that Prometheus generates. */
const OF_PROMETHEUS = new Set(['up', 'ALERTS']);
/** Metrics of other services. */
const OF_OTHERS = new Set([...OF_PROMETHEUS, ...OF_DELIVERY.keys()]);

/** Starts the compiled service and prints its metrics. */
const DESCRIBE = `
  import { pino } from 'pino';
  import { Registry } from 'prom-client';
  import { createApp } from './dist/app.js';
  import { parseSettings } from './dist/app.settings.js';

  const app = await createApp(parseSettings({ API_KEY: 'a-key-for-the-metrics' }), pino({ level: 'silent' }));
  await app.init();
  const registry = app.get(Registry);
  const metrics = (await registry.getMetricsAsJSON()).map(({ name, type }) => {
    return [name, { type, labels: registry.getSingleMetric(name).labelNames.toSorted() }];
  });
  process.stdout.write(JSON.stringify({ metrics, exposition: await registry.metrics() }), () => process.exit(0));
`;

/** The metrics of the service by name, and their exposition. */
let metrics: Map<string, Described>;
let exposition: string;

beforeAll(async () => {
  const root = new URL('../../', import.meta.url);
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', DESCRIBE], { cwd: root });
  const described = JSON.parse(stdout) as { metrics: [string, Described][]; exposition: string };
  metrics = new Map(described.metrics);
  exposition = described.exposition;
});

/** The tables of docs/metrics.md: name, type, labels. */
function documented(): Map<string, Described> {
  const rows = text('docs/metrics.md').matchAll(/^\| `(\w+)`\s*\| (\w+)\s*\|([^|]*)\|/gm);
  return new Map(
    [...rows].map(([, name = '', type = '', labels = '']) => [
      name,
      { type, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label).sort() },
    ]),
  );
}

it('should document every metric with its type and labels, and no other', () => {
  expect(Object.fromEntries(documented())).toEqual(Object.fromEntries(metrics));
});

it('should document every outcome of an attempt, and every reason why a document is damaged', () => {
  const page = text('docs/metrics.md');
  const outcomes = [...exposition.matchAll(/^upstream_attempts_total\{outcome="([\w-]+)"\}/gm)];
  const reasons = ['src/formats/pdf/damage.ts', 'src/formats/png.ts'].flatMap((file) => [
    ...text(file).matchAll(/^ {2}\| '([\w-]+)'/gm),
  ]);
  expect(outcomes.length).toBeGreaterThan(10);
  expect(reasons.length).toBeGreaterThan(20);
  for (const [, word = ''] of [...outcomes, ...reasons]) expect(page).toContain(`\`${word}\``);
});

it('should have every metric that dashboards, rules and the linked graphs read', () => {
  const recorded = new Set(rules().map(({ record }) => record));
  expect(linkedExpressions().length).toBeGreaterThan(5);
  const read = [...dashboardExpressions(), ...linkedExpressions(), ...rules()].flatMap(({ expr }) =>
    metricsOf(expr),
  );
  const missing = read.filter((name) => {
    const family = name.replace(/_(bucket|sum|count)$/, '');
    return !recorded.has(name) && !OF_OTHERS.has(name) && !metrics.has(name) && !metrics.has(family);
  });
  expect(read.length).toBeGreaterThan(100);
  expect(missing).toEqual([]);
});

it('should end the names of counters, and only those, in _total', () => {
  const wrong = [...metrics].filter(([name, { type }]) => name.endsWith('_total') !== (type === 'counter'));
  expect(wrong).toEqual([]);
});

it('should start at zero for every status of a document in the contract', () => {
  const { paths } = JSON.parse(text('src/openapi/openapi.json')) as {
    paths: Record<string, Record<string, { responses: object }>>;
  };
  for (const method of ['GET', 'HEAD']) {
    const statuses = Object.keys(paths['/{id}']?.[method.toLowerCase()]?.responses ?? {});
    expect(statuses.length).toBeGreaterThan(10);
    // The parser answers with these before a route is known.
    for (const status of [...statuses, '499'].filter((each) => each !== '408' && each !== '431')) {
      const labels = `method="${method}",route="/:id",status="${status}"`;
      expect(exposition).toContain(`\nhttp_request_duration_seconds_count{${labels}} 0\n`);
      expect(exposition).toContain(`\nhttp_request_duration_seconds_bucket{le="1",${labels}} 0\n`);
    }
  }
});

it('should start at zero for every consumer and media type', () => {
  expect(exposition).toMatch(/^rate_limited_total\{consumer="key-1"\} 0$/m);
  expect(exposition).toMatch(/^consumer_requests_total\{consumer="key-1",status="429"\} 0$/m);
  expect(exposition).toMatch(/^documents_delivered_total\{media_type="application\/pdf"\} 0$/m);
  expect(exposition).toMatch(/^documents_delivered_bytes_total\{media_type="image\/png"\} 0$/m);
});

it('should start at zero for the counters of alerts', () => {
  expect(exposition).toMatch(/^upstream_attempts_total\{outcome="connect"\} 0$/m);
  expect(exposition).toMatch(/^requests_shed_total\{reason="queue-full"\} 0$/m);
  expect(exposition).toMatch(/^breaker_transitions_total\{state="open"\} 0$/m);
});

it('should have the version and commit of the build', () => {
  expect(exposition).toMatch(/^document_gateway_build_info\{version="[\d.]+",commit="\w+"\} 1$/m);
});
