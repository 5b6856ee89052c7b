import { randomUUID } from 'node:crypto';
import { propagation, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { buildInfo } from '../settings/build-info.ts';
import { samplerFrom } from './sampler.ts';

/**
 * Gives the interface of OpenTelemetry, which does nothing by itself, an implementation for this process: spans go by OTLP,
 * as JSON over HTTP, to where the standard variables say.
 */
export function installOpenTelemetry(): void {
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(
        resourceFromAttributes({
          'service.name': buildInfo.name,
          'service.version': buildInfo.version,
          'service.instance.id': randomUUID(),
          'vcs.ref.head.revision': buildInfo.commit,
        }),
      )
      .merge(detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] })),
    sampler: samplerFrom(process.env),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  });
  trace.setGlobalTracerProvider(provider);
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
}
