import { Global, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { register } from 'prom-client';
import { MetricsController } from './metrics.controller.ts';
import { Metrics } from './metrics.ts';

/** Gauges that prom-client names like counters; without the suffix they are there as well, by type. */
const MISNAMED = [
  'nodejs_active_resources_total',
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
];

@Global()
@Module({
  imports: [PrometheusModule.registerAsync({ controller: MetricsController, useFactory: () => ({}) })],
  providers: [Metrics],
  exports: [Metrics],
})
export class MetricsModule implements OnModuleInit, OnApplicationShutdown {
  onModuleInit(): void {
    for (const name of MISNAMED) register.removeSingleMetric(name);
  }

  /** The registry belongs to the process: an app that is built after this one starts with an empty one. */
  onApplicationShutdown(): void {
    register.clear();
  }
}
