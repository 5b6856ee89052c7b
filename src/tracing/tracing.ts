import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { diag, DiagLogLevel, trace, type Tracer } from '@opentelemetry/api';
import { InjectPinoLogger, type PinoLogger } from 'nestjs-pino';
import { Exchanges } from '../http/exchange.ts';
import { buildInfo } from '../settings/build-info.ts';
import { type RequestSpan, startRequest } from './spans.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** undefined when tracing is off. */
    span?: RequestSpan;
  }
}

/** For what is left at the end, in milliseconds; a collector that is gone must not keep the process. */
const STOP_TIMEOUT_MS = 3_000;

/** How the interface of OpenTelemetry tells whether there is an implementation behind it. */
interface Delegating {
  getDelegateTracer(name: string, version: string): Tracer | undefined;
  getDelegate(): { shutdown(): Promise<void> };
}

/** Gives each request a span when tracing is on: when register.ts has loaded OpenTelemetry. */
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
      end: (exchange) => {
        exchange.request?.span?.end(exchange);
      },
    });
    reportTo(logger);
  }

  /** Delivers what is left; never rejects, and takes a few seconds at most. */
  async stop(): Promise<void> {
    if (!this.isOn) return;
    const tooLate = sleep(STOP_TIMEOUT_MS).then(() => {
      throw new Error(`the last spans were not taken within ${STOP_TIMEOUT_MS} ms`);
    });
    await Promise.race([this.#provider.getDelegate().shutdown(), tooLate]).catch((error: unknown) => {
      diag.error(String(error));
    });
  }
}

function reportTo(logger: PinoLogger): void {
  const warn = (message: string): void => {
    // Batches are sent from timers that some request has started, and are no affair of it.
    logger.runInContext(() => {
      logger.warn(
        { cause: message },
        'spans cannot be sent: check the collector and OTEL_EXPORTER_OTLP_ENDPOINT',
      );
    });
  };
  const ignore = (): void => undefined;
  diag.setLogger(
    { error: warn, warn, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}
