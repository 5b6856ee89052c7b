import type { FactoryProvider, Type } from '@nestjs/common';
import { getToken } from '@willsoto/nestjs-prometheus';
import { type Counter, Gauge, Histogram, Registry } from 'prom-client';

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

/** Provides a metric in the registry of the app. Two apps would share the global registry of prom-client. */
export function appMetric<Of extends Counter | Gauge | Histogram, Source = undefined>(
  Kind: new (options: never) => Of,
  { labels = {}, source, collect, ...others }: Options<Of, Source>,
): FactoryProvider<Of> {
  return {
    provide: getToken(others.name),
    inject: source === undefined ? [Registry] : [Registry, source],
    useFactory: (registry: Registry, from: Source) => {
      const metric = new Kind({
        ...others,
        labelNames: Object.keys(labels),
        registers: [],
        collect(this: Of) {
          collect?.call(this, from);
        },
      } as never);
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
): FactoryProvider<Gauge> {
  return appMetric(Gauge, {
    name,
    help,
    source,
    collect(from) {
      this.set(read(from));
    },
  });
}
