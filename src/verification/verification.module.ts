import { Inject, Module } from '@nestjs/common';
import { Metrics } from '../metrics/metrics.ts';
import { ResilienceModule } from '../resilience/resilience.module.ts';
import { Verifier } from './verifier.ts';

@Module({
  imports: [ResilienceModule],
  providers: [Verifier],
  exports: [Verifier],
})
export class VerificationModule {
  constructor(@Inject(Verifier) verifier: Verifier, @Inject(Metrics) metrics: Metrics) {
    metrics.gauge('verification_queued', 'Documents that wait for a worker thread', () => verifier.queued);
  }
}
