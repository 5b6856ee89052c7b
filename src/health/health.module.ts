import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { AuthModule } from '../auth/auth.module.ts';
import { HttpServerModule } from '../http/http-server.module.ts';
import { ResilienceModule } from '../resilience/resilience.module.ts';
import { HealthController } from './health.controller.ts';
import { KeysIndicator } from './keys.indicator.ts';
import { ProtectionIndicator } from './protection.indicator.ts';
import { RateLimitIndicator } from './rate-limit.indicator.ts';
import { Startup } from './startup.ts';
import { UpstreamReach } from './upstream-reach.ts';
import { UpstreamIndicator } from './upstream.indicator.ts';

@Module({
  imports: [
    AuthModule,
    HttpModule,
    HttpServerModule,
    ResilienceModule,
    TerminusModule.forRoot({ logger: false }),
  ],
  controllers: [HealthController],
  providers: [
    KeysIndicator,
    ProtectionIndicator,
    RateLimitIndicator,
    Startup,
    UpstreamIndicator,
    UpstreamReach,
  ],
  exports: [Startup, UpstreamReach],
})
export class HealthModule {}
