import { AsyncLocalStorage } from 'node:async_hooks';
import type { ConfigType } from '@nestjs/config';
import type { Params } from 'nestjs-pino';
import { type Logger, type LoggerOptions, pino, stdSerializers } from 'pino';
import { standardOutput } from './log-output.ts';
import type { loggingConfig } from './logging.config.ts';

type LoggingConfig = ConfigType<typeof loggingConfig>;

const serializers = { err: withoutSecrets };

/** The ids of the request that is processed. Each line has them. */
export const requestIds = new AsyncLocalStorage<Readonly<Record<string, string>>>();

const mixin = (): object => requestIds.getStore() ?? {};
const mixinMergeStrategy = (line: object, ids: object): object =>
  'requestId' in line ? line : { ...ids, ...line };

/** The format of log lines. */
export function loggerOptions({ level }: LoggingConfig): LoggerOptions {
  const formatters = { level: (label: string) => ({ level: label }) };
  return { level, serializers, formatters, timestamp, base: null, mixin, mixinMergeStrategy };
}

/** The options of nestjs-pino. Its middleware is off: RequestLog logs whole exchanges. */
export function pinoParams(logger: Logger): Params {
  return {
    // Otherwise pino-http wraps its own error serializer around ours, which removes secrets.
    pinoHttp: { logger, autoLogging: false, serializers, wrapSerializers: false },
    forRoutes: [],
  };
}

/** Creates the logger of the process: JSON lines on standard output. */
export function createLogger(config: LoggingConfig): Logger {
  const logger = pino(loggerOptions(config), standardOutput);
  standardOutput.onCaughtUp(({ lines, cause }) =>
    logger.warn({ lines, cause }, 'log lines were dropped: check the reader of the log or its disk'),
  );
  return logger;
}

let second = 0;
let upToSecond = '';

/** The time in ISO 8601. Its text up to the second is cached. */
function timestamp(): string {
  const now = Date.now();
  const ms = now % 1000;
  if (now - ms !== second) {
    second = now - ms;
    upToSecond = new Date(second).toISOString().slice(0, -'000Z'.length);
  }
  return `,"time":"${upToSecond}${String(ms).padStart(3, '0')}Z"`;
}

/** Errors of HTTP clients contain the request with its headers. Only the fields that explain the error are kept. */
function withoutSecrets(error: Error): object {
  const { type, message, stack } = stdSerializers.err(error);
  return { type, message, stack, ...('code' in error ? { code: error.code } : {}) };
}
