import { Module } from '@nestjs/common';
import { HealthModule } from '../health/health.module.ts';
import { ResilienceModule } from '../resilience/resilience.module.ts';
import { UpstreamModule } from '../upstream/upstream.module.ts';
import { VerificationModule } from '../verification/verification.module.ts';
import { Coalescer } from './coalescer.ts';
import { DocumentFetcher } from './document-fetcher.ts';
import { DocumentResponder } from './document-responder.ts';
import { DocumentController } from './document.controller.ts';
import { DocumentService } from './document.service.ts';
import { HedgedFetcher } from './hedged-fetcher.ts';
import { LastGoodCopies } from './last-good-copies.ts';
import { ReadinessDocument } from './readiness-document.ts';

@Module({
  imports: [HealthModule, ResilienceModule, UpstreamModule, VerificationModule],
  controllers: [DocumentController],
  providers: [
    Coalescer,
    DocumentFetcher,
    DocumentResponder,
    DocumentService,
    HedgedFetcher,
    LastGoodCopies,
    ReadinessDocument,
  ],
})
export class DocumentModule {}
