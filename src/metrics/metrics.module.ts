import { Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { register } from 'prom-client';
import { MetricsController } from './metrics.controller.ts';
import { Metrics } from './metrics.ts';

@Global()
@Module({
  imports: [PrometheusModule.registerAsync({ controller: MetricsController, useFactory: () => ({}) })],
  providers: [Metrics],
  exports: [Metrics],
})
export class MetricsModule implements OnApplicationShutdown {
  /** The registry belongs to the process: an app that is built after this one starts with an empty one. */
  onApplicationShutdown(): void {
    register.clear();
  }
}
