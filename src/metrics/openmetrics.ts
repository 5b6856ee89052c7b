import { type Metric, type OpenMetricsContentType, Registry } from 'prom-client';

/** Whether a scraper that sends this Accept header takes OpenMetrics at all. */
export function acceptsOpenMetrics(accept: string | undefined): boolean {
  return (accept ?? '')
    .split(',')
    .some(
      (range) =>
        /^\s*application\/openmetrics-text\s*(;|$)/i.test(range) && !/;\s*q=0(\.0*)?\s*(;|$)/i.test(range),
    );
}

/** All metrics as OpenMetrics 1.0, with the exemplars for which the plain text format has no place. */
export function openMetrics(registry: Registry): Promise<string> {
  const open = new Registry<OpenMetricsContentType>();
  open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  // What the registry holds; its type tells of plain descriptions.
  for (const metric of registry.getMetricsAsArray() as unknown as Metric[]) {
    // prom-client takes the suffix off the names of the counters that it writes so, for good: not off ours.
    open.registerMetric(Object.create(metric) as Metric);
  }
  return open.metrics();
}
