import { type DynamicModule, Module } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { Registry } from 'prom-client';
import { exchangeMetrics, ExchangeTimes } from './exchange.metrics.ts';
import { MetricsController } from './metrics.controller.ts';

/** Gauges that prom-client names like counters. The same values exist by type, without the suffix. */
const MISNAMED = [
  'nodejs_active_resources_total',
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
];

/** Provides and serves a registry, in which each module registers its metrics. */
@Module({})
export class MetricsModule {
  static forRoot(): DynamicModule {
    const registry = new Registry();
    const prometheus = PrometheusModule.register({
      controller: MetricsController,
      defaultMetrics: { enabled: true, config: { register: registry } },
    });
    for (const name of MISNAMED) registry.removeSingleMetric(name);
    return {
      module: MetricsModule,
      global: true,
      imports: [prometheus],
      providers: [{ provide: Registry, useValue: registry }, ExchangeTimes, ...exchangeMetrics],
      exports: [Registry],
    };
  }
}
