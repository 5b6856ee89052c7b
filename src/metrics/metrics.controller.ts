import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Registry } from 'prom-client';
import { Public } from '../http/public.decorator.ts';
import { Tracing } from '../tracing/tracing.ts';
import { acceptsOpenMetrics, openMetrics } from './openmetrics.ts';

/** `GET /metrics`: plain text, or OpenMetrics with exemplars if tracing is on and the client accepts it. */
@Public()
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly registry: Registry,
    private readonly tracing: Tracing,
  ) {}

  @Get()
  index(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const { registry } = this;
    const isOpen = this.tracing.isOn && acceptsOpenMetrics(reply.request.headers.accept);
    reply.header('content-type', isOpen ? Registry.OPENMETRICS_CONTENT_TYPE : registry.contentType);
    return isOpen ? openMetrics(registry) : registry.metrics();
  }
}
