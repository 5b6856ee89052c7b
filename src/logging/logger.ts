import {
  destination,
  type DestinationStream,
  type Logger,
  type LoggerOptions,
  pino,
  stdSerializers,
} from 'pino';
import { currentRequest } from '../http/request-context.ts';
import type { Settings } from '../settings/settings.ts';
import { tracing } from '../tracing/tracing.ts';

/** Lines are written together, this many characters or what came in this time: a write costs more than a line. */
const MIN_WRITE = 8 * 1024;
const MAX_WAIT_MS = 100;

export const serializers = { err: withoutSecrets };

/** What a line looks like, wherever it goes. */
export function loggerOptions(settings: Settings): LoggerOptions {
  return {
    level: settings.LOG_LEVEL,
    serializers,
    formatters: { level: (label) => ({ level: label }) },
    timestamp,
    base: null,
    // pino writes the rest of the line into what it gets here, so it gets a copy.
    ...(tracing() && { mixin: (): object => ({ ...currentRequest.getStore()?.span?.ids }) }),
  };
}

/**
 * The logger of the process: JSON lines on standard output, written a few at a time and without waiting for the
 * reader; what is left is written when the process ends. `LOG_FORMAT=pretty` is for people and needs the
 * development packages.
 */
export async function createLogger(settings: Settings): Promise<Logger> {
  if (settings.LOG_FORMAT === 'pretty') return pino(loggerOptions(settings), await prettyStream());
  const stream = destination({ sync: false, minLength: MIN_WRITE, periodicFlush: MAX_WAIT_MS });
  process.once('exit', () => {
    stream.flushSync();
  });
  return pino(loggerOptions(settings), stream);
}

let second = 0;
let upToSecond = '';

/** The time as ISO 8601, its date worked out once for all lines of a second. */
function timestamp(): string {
  const now = Date.now();
  const ms = now % 1000;
  if (now - ms !== second) {
    second = now - ms;
    upToSecond = new Date(second).toISOString().slice(0, -'000Z'.length);
  }
  return `,"time":"${upToSecond}${String(ms).padStart(3, '0')}Z"`;
}

async function prettyStream(): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty');
  return pretty({ colorize: process.stdout.isTTY, sync: true, singleLine: true });
}

/** Errors of HTTP clients carry the request that failed, headers and all: only what explains them is kept. */
function withoutSecrets(error: Error): object {
  const { type, message, stack } = stdSerializers.err(error);
  return { type, message, stack, ...('code' in error ? { code: error.code } : {}) };
}
