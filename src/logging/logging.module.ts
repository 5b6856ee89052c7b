import { type DynamicModule, Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { Logger } from 'pino';
import { Counter } from 'prom-client';
import { FrameworkLogger } from './framework-logger.ts';
import { standardOutput } from './log-output.ts';
import { serializers } from './logger.ts';
import { RequestLog } from './request-log.ts';

/** Everything that the service says goes through one pino logger; requests get one line each. */
@Module({})
export class LoggingModule {
  constructor() {
    new Counter({
      name: 'log_lines_dropped_total',
      help: 'Log lines that were dropped because the log was not read or its disk was full',
      collect() {
        this.reset();
        this.inc(standardOutput.droppedLines);
      },
    });
  }

  static with(logger: Logger): DynamicModule {
    // No middleware: request lines are made by RequestLog, when the whole exchange is known.
    const pino = LoggerModule.forRoot({
      // pino-http would wrap its own serializer of errors over the logger's, which leaves their secrets out.
      pinoHttp: { logger, autoLogging: false, serializers, wrapSerializers: false },
      forRoutes: [],
    });
    return { module: LoggingModule, imports: [pino], providers: [FrameworkLogger, RequestLog] };
  }
}
