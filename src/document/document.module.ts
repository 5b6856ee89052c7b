import { Module } from '@nestjs/common';
import { HealthModule } from '../health/health.module.ts';
import { UpstreamModule } from '../upstream/upstream.module.ts';
import { VerificationModule } from '../verification/verification.module.ts';
import { DeliveryPolicy } from './delivery-policy.ts';
import { DocumentController } from './document.controller.ts';
import { DocumentMetrics, documentMetrics } from './document.metrics.ts';
import { ReadinessDocument } from './readiness-document.ts';

@Module({
  imports: [HealthModule, UpstreamModule, VerificationModule],
  controllers: [DocumentController],
  providers: [DeliveryPolicy, DocumentMetrics, ReadinessDocument, ...documentMetrics],
})
export class DocumentModule {}
