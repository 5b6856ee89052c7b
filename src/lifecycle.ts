import type { Server } from 'node:http';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { INestApplication } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { Logger } from 'pino';
import { Exchanges } from './http/exchange.ts';
import type { httpConfig } from './http/http.config.ts';
import { standardOutput } from './logging/log-output.ts';
import { afterRunning } from './resilience/deadline.ts';
import { onStopSignal } from './stop-signals.ts';
import { Tracing } from './tracing/tracing.ts';

/** The minimum time to flush the log at exit, in milliseconds: its reader may be slow. */
const LAST_FLUSH_MS = 500;
/** Milliseconds within which a second signal counts as the first: `npm run` forwards one that we already have, maybe late. */
const SAME_ORDER_MS = 500;
/** Work on libuv threads that delays `process.exit`: a slow DNS server or log reader can block it for any time. */
const ON_THREADS = new Set(['GetAddrInfoReqWrap', 'GetNameInfoReqWrap', 'FSReqCallback', 'FSReqPromise']);
/** How long such work may run before it counts as stuck, in milliseconds. */
const THREADS_GRACE_MS = 100;
const POLL_MS = 5;

/**
 * Shuts down in order on a stop signal, then exits with 0. Exits with 1 on a second signal, or when requests in
 * flight take longer than `SHUTDOWN_TIMEOUT_MS` after the drain delay.
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
      void cutOff(app);
    }
  });
}

async function shutDown(app: INestApplication, logger: Logger, ms: number): Promise<void> {
  const endsAt = performance.now() + ms;
  const remaining = (): number => Math.max(endsAt - performance.now(), LAST_FLUSH_MS);
  const cancelTimer = afterRunning(ms, () => {
    logger.error('requests in flight were cut off: raise SHUTDOWN_TIMEOUT_MS if they may take longer');
    void cutOff(app);
  });
  try {
    await app.close();
  } catch (error) {
    logger.fatal({ err: error }, 'the shutdown failed');
    await exit(1);
  }
  cancelTimer();
  await Promise.race([app.get(Tracing).stop(), sleep(remaining())]);
  logger.info('stopped');
  await exit(0, remaining());
}

/** Breaks off the requests in flight, each with its log line, and exits with 1. */
async function cutOff(app: INestApplication): Promise<never> {
  // Without connections, the shutdown may come to its own exit before the one below.
  process.exitCode = 1;
  app.get(Exchanges, { strict: false }).cutOff();
  (app.getHttpServer() as Server).closeAllConnections();
  // Sockets emit close at the end of this turn of the event loop, or of the next.
  await setImmediate();
  await setImmediate();
  return exit(1);
}

/** Logs an uncaught error and exits with 1: the state of the process is unknown after it. */
export function exitOnUncaughtErrors(logger: Logger): void {
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'uncaught error: report it');
    void exit(1);
  });
}

/** Flushes the log for at most `flushMs` milliseconds and ends the process. Of several codes, a failure counts. */
export async function exit(code: number, flushMs = LAST_FLUSH_MS): Promise<never> {
  if (code > 0) process.exitCode = code;
  await standardOutput.flush(flushMs);
  if (await threadsHang()) exitWithoutThreads(process.exitCode ?? 0);
  process.exit();
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
 * Replaces this process by one that exits at once. `process.exit` and `process.reallyExit` wait for the threads of
 * libuv, as long as these hang. Ending by a signal would give another exit code.
 */
function exitWithoutThreads(code: number | string): void {
  try {
    process.execve?.(process.execPath, [process.execPath, '--eval', `process.exit(${code})`], {});
  } catch {
    // Without execve, or without the file of Node, the exit waits for the threads.
  }
}
