import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HttpServerModule } from '../http/http-server.module.ts';
import { ResilienceModule } from '../resilience/resilience.module.ts';
import { HealthController } from './health.controller.ts';
import { ProtectionIndicator } from './protection.indicator.ts';
import { UpstreamIndicator } from './upstream.indicator.ts';

@Module({
  imports: [HttpModule, HttpServerModule, ResilienceModule, TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController],
  providers: [ProtectionIndicator, UpstreamIndicator],
})
export class HealthModule {}
