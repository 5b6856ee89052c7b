import { type Metric, type OpenMetricsContentType, Registry } from 'prom-client';

/** Whether this Accept header allows OpenMetrics. */
export function acceptsOpenMetrics(accept: string | undefined): boolean {
  return (accept ?? '')
    .split(',')
    .some(
      (range) =>
        /^\s*application\/openmetrics-text\s*(;|$)/i.test(range) && !/;\s*q=0(\.0*)?\s*(;|$)/i.test(range),
    );
}

/** All metrics as OpenMetrics 1.0, with exemplars, which the plain text format does not support. */
export function openMetrics(registry: Registry): Promise<string> {
  const open = new Registry<OpenMetricsContentType>();
  open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  // The registry holds metrics. Its type says plain descriptions.
  for (const metric of registry.getMetricsAsArray() as unknown as Metric[]) {
    // prom-client permanently removes the suffix from the names of counters that it writes. The copies protect the
    // originals.
    open.registerMetric(Object.create(metric) as Metric);
  }
  return open.metrics();
}
