import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { diag, DiagLogLevel, type Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import { currentRequest } from '../http/request-context.ts';
import { buildInfo } from '../settings/build-info.ts';
import { samplerFrom } from './sampler.ts';
import { startRequest } from './spans.ts';
import type { Tracing } from './tracing.ts';

/** For what is left at the end; a collector that is gone must not keep the process. */
const STOP_TIMEOUT_MS = 3_000;

/** Tracing by OpenTelemetry: spans go by OTLP, as JSON over HTTP, to where the standard variables say. */
export function openTelemetry(): Tracing {
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
  const tracer: Tracer = provider.getTracer(buildInfo.name, buildInfo.version);
  return {
    startRequest: (request) => startRequest(tracer, request),
    reportTo,
    stop: async () => {
      const tooLate = sleep(STOP_TIMEOUT_MS).then(() => {
        throw new Error(`the last spans were not taken within ${STOP_TIMEOUT_MS} ms`);
      });
      await Promise.race([provider.shutdown(), tooLate]).catch((error: unknown) => {
        diag.error(String(error));
      });
    },
  };
}

function reportTo(logger: Logger): void {
  const warn = (message: string): void => {
    // Batches are sent from timers that some request has started, and are no affair of it.
    currentRequest.exit(() => {
      logger.warn(
        { cause: message },
        'spans cannot be sent: check the collector and OTEL_EXPORTER_OTLP_ENDPOINT',
      );
    });
  };
  const ignore = (): void => undefined;
  diag.setLogger(
    { error: warn, warn, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN },
  );
}
