import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type Metric, type OpenMetricsContentType, Registry } from 'prom-client';
import { Public } from '../http/public.decorator.ts';
import { Tracing } from '../tracing/tracing.ts';

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

function acceptsOpenMetrics(accept: string | undefined): boolean {
  return (accept ?? '')
    .split(',')
    .some(
      (range) =>
        /^\s*application\/openmetrics-text\s*(;|$)/i.test(range) && !/;\s*q=0(\.0*)?\s*(;|$)/i.test(range),
    );
}

/** All metrics as OpenMetrics 1.0, with exemplars, which the plain text format does not support. */
function openMetrics(registry: Registry): Promise<string> {
  const open = new Registry<OpenMetricsContentType>();
  open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  // The registry holds metrics. Its type says plain descriptions.
  for (const metric of registry.getMetricsAsArray() as unknown as Metric[]) {
    // prom-client cuts the suffix from the names of counters for good. The copies protect the originals.
    open.registerMetric(Object.create(metric) as Metric);
  }
  return open.metrics();
}
