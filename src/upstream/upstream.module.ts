import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { HealthModule } from '../health/health.module.ts';
import { UpstreamReach } from './upstream-reach.ts';
import { UpstreamClient } from './upstream.client.ts';
import { UpstreamIndicator } from './upstream.indicator.ts';

@Module({
  imports: [HealthModule, HttpModule],
  providers: [UpstreamClient, UpstreamIndicator, UpstreamReach],
  exports: [UpstreamClient, UpstreamReach],
})
export class UpstreamModule {}
