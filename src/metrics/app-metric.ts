import type { FactoryProvider, Provider } from '@nestjs/common';
import { type Metric, Registry } from 'prom-client';

/** What the metrics that start at 0 have in common. */
interface Zeroed {
  inc?: (labels: Labels, value: number) => unknown;
  zero?: (labels: Labels) => void;
}
type Labels = Readonly<Record<string, string>>;

/**
 * Makes a metric belong to the app rather than to the process: nestjs-prometheus alone registers it in the one registry
 * of prom-client, which two apps would share.
 *
 * @param make `makeCounterProvider`, `makeGaugeProvider` or `makeHistogramProvider`
 * @param zeros the labels of the series that are there from the start: one that appears together with its first event
 *   hides that event from every rate()
 */
export function appMetric<Options extends object>(
  make: (options: Options) => Provider,
  options: Omit<Options, 'registers'>,
  zeros: readonly Labels[] = [],
): FactoryProvider<Metric> {
  const provider = make({ ...options, registers: [] } as unknown as Options) as FactoryProvider<Metric>;
  return {
    provide: provider.provide,
    inject: [Registry, ...(provider.inject ?? [])],
    useFactory: async (registry: Registry, ...dependencies: unknown[]) => {
      const metric = await provider.useFactory(...dependencies);
      for (const labels of zeros) zero(metric, labels);
      registry.registerMetric(metric);
      return metric;
    },
  };
}

function zero(metric: Metric & Zeroed, labels: Labels): void {
  if (metric.zero === undefined) metric.inc?.(labels, 0);
  else metric.zero(labels);
}
