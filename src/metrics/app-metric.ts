import type { FactoryProvider, Provider, Type } from '@nestjs/common';
import { makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import { type Gauge, Histogram, type Metric, Registry } from 'prom-client';

/** `makeCounterProvider`, `makeGaugeProvider` or `makeHistogramProvider`. */
type Make = (options: never) => Provider;
type MadeBy<Of extends Make> = Parameters<Of>[0] extends { collect?: infer Collect }
  ? ThisParameterType<NonNullable<Collect>>
  : never;

interface Options<Of, Source> {
  readonly name: string;
  readonly help: string;
  /**
   * The labels, with their values if they are known. These series exist from the start, at 0: rate() misses the first
   * event of a series that appears with it.
   */
  readonly labels?: Readonly<Record<string, readonly string[]>>;
  /** The upper bounds of a histogram, in the unit of its name. */
  readonly buckets?: number[];
  readonly enableExemplars?: boolean;
  /** What `collect` reads before each scrape. */
  readonly source?: Type<Source>;
  readonly collect?: (this: Of, source: Source) => void;
}

/** Provides a metric in the registry of the app. Alone, `make` uses the global one, which two apps would share. */
export function appMetric<Of extends Make, Source = undefined>(
  make: Of,
  { labels = {}, source, collect, ...others }: Options<MadeBy<Of>, Source>,
): FactoryProvider<Metric> {
  const inject = source && [source];
  const options = { ...others, labelNames: Object.keys(labels), registers: [], inject, collect };
  const provider = make(options as never) as FactoryProvider<Gauge | Histogram>;
  return {
    provide: provider.provide,
    inject: [Registry, ...(provider.inject ?? [])],
    useFactory: async (registry: Registry, ...dependencies: unknown[]) => {
      const metric = await provider.useFactory(...dependencies);
      const series = Object.entries(labels).reduce<Record<string, string>[]>(
        (each, [label, values]) => each.flatMap((one) => values.map((value) => ({ ...one, [label]: value }))),
        [{}],
      );
      for (const one of series) {
        if (metric instanceof Histogram) metric.zero(one);
        else metric.inc(one, 0);
      }
      registry.registerMetric(metric);
      return metric;
    },
  };
}

/** A gauge without labels, which reads its value before each scrape. */
export function gauge<Source>(
  name: string,
  help: string,
  source: Type<Source>,
  read: (source: Source) => number,
): FactoryProvider<Metric> {
  return appMetric(makeGaugeProvider, {
    name,
    help,
    source,
    collect(from) {
      this.set(read(from));
    },
  });
}
