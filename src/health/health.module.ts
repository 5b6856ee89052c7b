import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health.controller.ts';
import { Readiness } from './readiness.ts';
import { Startup } from './startup.ts';
import { UpstreamReach } from './upstream-reach.ts';
import { UpstreamIndicator } from './upstream.indicator.ts';

@Module({
  imports: [HttpModule, TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController],
  providers: [Readiness, Startup, UpstreamIndicator, UpstreamReach],
  exports: [Readiness, Startup, UpstreamReach],
})
export class HealthModule {}
