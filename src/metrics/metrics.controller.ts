import { Controller, Get, Res } from '@nestjs/common';
import { PrometheusController } from '@willsoto/nestjs-prometheus';
import type { FastifyReply } from 'fastify';
import { Public } from '../auth/public.decorator.ts';
import { Describe } from '../openapi/description.ts';
import { tracing } from '../tracing/tracing.ts';
import { metricsDescription } from './metrics.description.ts';
import { acceptsOpenMetrics, openMetrics, OPENMETRICS_CONTENT_TYPE } from './openmetrics.ts';

/** `GET /metrics`: plain text; with tracing on, OpenMetrics for those who ask for it, as it has exemplars. */
@Public()
@Controller('metrics')
export class MetricsController extends PrometheusController {
  @Get()
  @Describe(metricsDescription)
  override async index(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    if (tracing() === undefined || !acceptsOpenMetrics(reply.request.headers.accept)) {
      return super.index(reply);
    }
    reply.header('content-type', OPENMETRICS_CONTENT_TYPE);
    return openMetrics();
  }
}
