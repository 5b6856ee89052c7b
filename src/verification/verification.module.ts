import { Module } from '@nestjs/common';
import { makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import { appMetric } from '../metrics/app-metric.ts';
import { Verifier } from './verifier.ts';

const queued = appMetric(makeGaugeProvider, {
  name: 'verification_queued',
  help: 'Documents that wait for a worker thread',
  inject: [Verifier],
  collect({ queued }: Verifier) {
    this.set(queued);
  },
});

@Module({ providers: [Verifier, queued], exports: [Verifier] })
export class VerificationModule {}
