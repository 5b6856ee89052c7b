import { type DynamicModule, Module } from '@nestjs/common';
import { LoggerModule, PinoLogger } from 'nestjs-pino';
import type { Logger } from 'pino';
import { Exchanges } from '../http/exchange.ts';
import { FrameworkLogger } from './framework-logger.ts';
import { pinoParams } from './logger.ts';
import { loggingMetrics } from './logging.metrics.ts';
import { RequestLog } from './request-log.ts';

/** One pino logger for the whole service, and one line for each request. */
@Module({})
export class LoggingModule {
  static with(logger: Logger): DynamicModule {
    const requestLog = {
      provide: RequestLog,
      inject: [Exchanges, PinoLogger],
      useFactory: (exchanges: Exchanges, context: PinoLogger) => new RequestLog(exchanges, context, logger),
    };
    return {
      module: LoggingModule,
      imports: [LoggerModule.forRoot(pinoParams(logger))],
      providers: [FrameworkLogger, requestLog, ...loggingMetrics],
    };
  }
}
