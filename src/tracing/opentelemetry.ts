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
 * Installs the implementation of OpenTelemetry, whose API alone does nothing. Exports spans as OTLP in JSON over
 * HTTP, to the endpoint in the standard variables.
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
