import { Agent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { HealthModule } from '../health/health.module.ts';
import { UpstreamReach } from './upstream-reach.ts';
import { UpstreamClient } from './upstream.client.ts';

/** A ping must open a new connection: a reused one does not show that new ones are possible. */
const withoutKeepAlive = { httpAgent: new Agent(), httpsAgent: new HttpsAgent() };

@Module({
  imports: [HealthModule, HttpModule.register(withoutKeepAlive)],
  providers: [UpstreamClient, UpstreamReach],
  exports: [UpstreamClient, UpstreamReach],
})
export class UpstreamModule {}
