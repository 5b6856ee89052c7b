import { setTimeout as sleep } from 'node:timers/promises';
import type { INestApplication } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { PinoLogger } from 'nestjs-pino';
import type { Logger } from 'pino';
import type { httpConfig } from './http/http.config.ts';
import { standardOutput } from './logging/log-output.ts';
import { pinoParams } from './logging/logger.ts';
import { onStopSignal } from './stop-signals.ts';
import { Tracing } from './tracing/tracing.ts';

/** What the log may take at least when the process ends, in milliseconds: its reader may be slow. */
const LAST_FLUSH_MS = 500;
/** `npm run` hands a signal on that its process group has got already: both are one order. */
const SAME_ORDER_MS = 50;
/** Work on threads that Node waits for when it exits, however long a name server or a reader of the log takes. */
const ON_THREADS = new Set(['GetAddrInfoReqWrap', 'GetNameInfoReqWrap', 'FSReqCallback', 'FSReqPromise']);
/** How long such work may take before it counts as stuck, in milliseconds. */
const THREADS_GRACE_MS = 100;
const POLL_MS = 5;

/**
 * Shuts down in order on SIGTERM and SIGINT, then exits with 0; exits with 1 when a second signal comes, or
 * when finishing what is in flight takes longer than `SHUTDOWN_TIMEOUT_MS` after the drain delay.
 */
export function shutDownOnSignals(
  app: INestApplication,
  config: ConfigType<typeof httpConfig>,
  logger: Logger,
): void {
  let stoppedAt: number | undefined;
  onStopSignal((signal) => {
    const now = performance.now();
    if (stoppedAt === undefined) {
      stoppedAt = now;
      logger.info({ signal }, 'shutting down: unready now, then finishing requests in flight');
      void shutDown(app, logger, config.drainDelayMs + config.shutdownTimeoutMs);
    } else if (now - stoppedAt > SAME_ORDER_MS) {
      logger.warn({ signal }, 'ended at once by a second signal: requests in flight were cut off');
      void exit(1);
    }
  });
}

async function shutDown(app: INestApplication, logger: Logger, ms: number): Promise<void> {
  const endsAt = performance.now() + ms;
  const remaining = (): number => Math.max(endsAt - performance.now(), LAST_FLUSH_MS);
  const tooLate = setTimeout(() => {
    logger.error('requests in flight were cut off: raise SHUTDOWN_TIMEOUT_MS if they may take longer');
    void exit(1);
  }, ms);
  try {
    await app.close();
  } catch (error) {
    logger.fatal({ err: error }, 'the shutdown failed');
    await exit(1);
  }
  clearTimeout(tooLate);
  await Promise.race([app.get(Tracing).stop(), sleep(remaining())]);
  logger.info('stopped');
  await exit(0, remaining());
}

/** An error that nobody caught leaves the process in a state that nobody knows: it is logged, and ends it. */
export function exitOnUncaughtErrors(logger: Logger): void {
  // With the ids of the request in which it was thrown.
  const inContext = new PinoLogger(pinoParams(logger));
  process.on('uncaughtException', (error) => {
    inContext.fatal({ err: error }, 'uncaught error: report it');
    void exit(1);
  });
}

/**
 * Ends the process once the log is written.
 *
 * @param flushMs milliseconds that the log may take
 */
export async function exit(code: number, flushMs = LAST_FLUSH_MS): Promise<never> {
  await standardOutput.flush(flushMs);
  if (await threadsHang()) exitWithoutThreads(code);
  process.exit(code);
}

async function threadsHang(): Promise<boolean> {
  const endsAt = performance.now() + THREADS_GRACE_MS;
  while (process.getActiveResourcesInfo().some((type) => ON_THREADS.has(type))) {
    if (performance.now() > endsAt) return true;
    await sleep(POLL_MS);
  }
  return false;
}

/**
 * Lets another program take the place of this one. `process.exit` and `process.reallyExit` join the threads of libuv, so
 * that one that hangs holds them for as long as it hangs, and a signal gives another exit code.
 */
function exitWithoutThreads(code: number): void {
  try {
    process.execve?.(process.execPath, [process.execPath, '--eval', `process.exit(${code})`], {});
  } catch {
    // Where there is no execve, or no such file any more, the exit waits.
  }
}
