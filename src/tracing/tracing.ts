import { AsyncResource } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { diag, DiagLogLevel, trace, type Tracer } from '@opentelemetry/api';
import { InjectPinoLogger, type PinoLogger } from 'nestjs-pino';
import { Exchanges } from '../http/exchange.ts';
import { buildInfo } from '../settings/build-info.ts';
import { type RequestSpan, startRequest } from './spans.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined when tracing is off. */
    span?: RequestSpan;
  }
}

/** The time limit for the last export, in milliseconds: an unreachable collector must not keep the process. */
const STOP_TIMEOUT_MS = 3_000;

/** The methods of the OpenTelemetry API that show whether an implementation is installed. */
interface Delegating {
  getDelegateTracer(name: string, version: string): Tracer | undefined;
  getDelegate(): { shutdown(): Promise<void> };
}

/** Starts a span for each request if register.ts has installed OpenTelemetry. */
@Injectable()
export class Tracing {
  readonly isOn: boolean;
  readonly #provider = trace.getTracerProvider() as unknown as Delegating;

  constructor(exchanges: Exchanges, @InjectPinoLogger('Tracing') logger: PinoLogger) {
    const tracer = this.#provider.getDelegateTracer(buildInfo.name, buildInfo.version);
    this.isOn = tracer !== undefined;
    if (tracer === undefined) return;
    exchanges.observe({
      begin: (request) => {
        request.span = startRequest(tracer, request);
      },
      end: (exchange) => exchange.request?.span?.end(exchange),
    });
    reportTo(logger);
  }

  /** Exports the remaining spans. Never rejects, and takes at most STOP_TIMEOUT_MS. */
  async stop(): Promise<void> {
    if (!this.isOn) return;
    const tooLate = sleep(STOP_TIMEOUT_MS).then(() => {
      throw new Error(`the last spans were not taken within ${STOP_TIMEOUT_MS} ms`);
    });
    await Promise.race([this.#provider.getDelegate().shutdown(), tooLate]).catch((error: unknown) =>
      diag.error(String(error)),
    );
  }
}

function reportTo(logger: PinoLogger): void {
  // Bound to the start: the line must not have the ids of the request in which the timer of the batch was started.
  const warn = AsyncResource.bind((cause: string): void =>
    logger.warn({ cause }, 'spans cannot be sent: check the collector and OTEL_EXPORTER_OTLP_ENDPOINT'),
  );
  const ignore = (): void => undefined;
  diag.setLogger(
    { error: warn, warn, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}
