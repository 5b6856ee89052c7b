import { type Metric, register, Registry } from 'prom-client';

export const OPENMETRICS_CONTENT_TYPE = Registry.OPENMETRICS_CONTENT_TYPE;

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
export async function openMetrics(): Promise<string> {
  const registry = new Registry<typeof OPENMETRICS_CONTENT_TYPE>();
  registry.setContentType(OPENMETRICS_CONTENT_TYPE);
  for (const metric of metrics()) {
    // prom-client takes the suffix off the names of the counters that it writes so, for good: not off ours.
    registry.registerMetric(Object.create(metric) as Metric);
  }
  return registry.metrics();
}

/** What the registry holds; its type tells of plain descriptions. */
function metrics(): readonly Metric[] {
  return register.getMetricsAsArray() as unknown as Metric[];
}
