import { type DynamicModule, Injectable, Module } from '@nestjs/common';
import { makeCounterProvider } from '@willsoto/nestjs-prometheus';
import { Logger as NestLogger, LoggerModule } from 'nestjs-pino';
import type { Logger } from 'pino';
import { Exchanges } from '../http/exchange.ts';
import { appMetric } from '../metrics/app-metric.ts';
import { standardOutput } from './log-output.ts';
import { pinoParams } from './logger.ts';
import { RequestLog } from './request-log.ts';

const droppedLines = appMetric(makeCounterProvider, {
  name: 'log_lines_dropped_total',
  help: 'Log lines that were dropped because the log was not read or its disk was full',
  collect() {
    this.reset();
    this.inc(standardOutput.droppedLines);
  },
});

/** Logs the messages of the framework, such as mapped routes, at level debug. */
@Injectable()
export class FrameworkLogger extends NestLogger {
  override log(message: unknown, ...parameters: unknown[]): void {
    this.debug(message, ...parameters);
  }
}

/** One pino logger for the whole service, and one line for each request. */
@Module({})
export class LoggingModule {
  static with(logger: Logger): DynamicModule {
    const useFactory = (exchanges: Exchanges): RequestLog => new RequestLog(exchanges, logger);
    return {
      module: LoggingModule,
      imports: [LoggerModule.forRoot(pinoParams(logger))],
      providers: [FrameworkLogger, { provide: RequestLog, inject: [Exchanges], useFactory }, droppedLines],
    };
  }
}
