import type { FactoryProvider, Provider } from '@nestjs/common';
import { type Metric, Registry } from 'prom-client';

/** The methods that set a series to 0. */
interface Zeroed {
  inc?: (labels: Labels, value: number) => unknown;
  zero?: (labels: Labels) => void;
}
type Labels = Readonly<Record<string, string>>;

/**
 * Registers a metric in the registry of the app. nestjs-prometheus alone uses the global registry of prom-client,
 * which two apps would share.
 *
 * @param make `makeCounterProvider`, `makeGaugeProvider` or `makeHistogramProvider`
 * @param zeros the labels of series that exist from the start: rate() misses the first event of a series that appears
 *   with it
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
