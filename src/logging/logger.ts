import type { ConfigType } from '@nestjs/config';
import type { Params } from 'nestjs-pino';
import { type DestinationStream, type Logger, type LoggerOptions, pino, stdSerializers } from 'pino';
import { standardOutput } from './log-output.ts';
import type { loggingConfig } from './logging.config.ts';

type LoggingConfig = ConfigType<typeof loggingConfig>;

const serializers = { err: withoutSecrets };

/** The format of log lines. */
export function loggerOptions({ level }: LoggingConfig): LoggerOptions {
  return {
    level,
    serializers,
    formatters: { level: (label) => ({ level: label }) },
    timestamp,
    base: null,
  };
}

/** The options of nestjs-pino. Its middleware is off: RequestLog logs whole exchanges. */
export function pinoParams(logger: Logger): Params {
  return {
    // Otherwise pino-http wraps its own error serializer around ours, which removes secrets.
    pinoHttp: { logger, autoLogging: false, serializers, wrapSerializers: false },
    forRoutes: [],
  };
}

/**
 * Creates the logger of the process: JSON lines on standard output. `LOG_FORMAT=pretty` is for people and needs the
 * development packages.
 */
export async function createLogger(config: LoggingConfig): Promise<Logger> {
  const stream = config.format === 'pretty' ? await prettyOutput() : standardOutput;
  const logger = pino(loggerOptions(config), stream);
  standardOutput.onCaughtUp(({ lines, cause }) => {
    logger.warn({ lines, cause }, 'log lines were dropped: check the reader of the log or its disk');
  });
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

async function prettyOutput(): Promise<DestinationStream> {
  const { prettyFactory } = await import('pino-pretty');
  const format = prettyFactory({ colorize: process.stdout.isTTY, singleLine: true });
  return {
    write: (line) => {
      standardOutput.write(format(line));
    },
  };
}

/** Errors of HTTP clients contain the request with its headers. Only the fields that explain the error are kept. */
function withoutSecrets(error: Error): object {
  const { type, message, stack } = stdSerializers.err(error);
  return { type, message, stack, ...('code' in error ? { code: error.code } : {}) };
}
