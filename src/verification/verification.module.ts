import { Module } from '@nestjs/common';
import { gauge } from '../metrics/app-metric.ts';
import { Verifier } from './verifier.ts';

const queued = gauge(
  'verification_queued',
  'Documents that wait for a worker thread',
  Verifier,
  (verifier) => verifier.queued,
);

@Module({ providers: [Verifier, queued], exports: [Verifier] })
export class VerificationModule {}
