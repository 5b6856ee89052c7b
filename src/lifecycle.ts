import type { INestApplication } from '@nestjs/common';
import type { Logger } from 'pino';
import { currentRequest } from './http/request-context.ts';
import type { Settings } from './settings/settings.ts';
import { tracing } from './tracing/tracing.ts';

/**
 * Shuts down in order on SIGTERM and SIGINT, then exits with 0; exits with 1 when a second signal comes, or
 * when finishing what is in flight takes longer than `SHUTDOWN_TIMEOUT_MS` after the drain delay.
 */
export function shutDownOnSignals(app: INestApplication, settings: Settings, logger: Logger): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) {
      logger.warn({ signal }, 'ended at once by a second signal: requests in flight were cut off');
      process.exit(1);
    }
    stopping = true;
    logger.info({ signal }, 'shutting down: unready from now on, then finishing what is in flight');
    setTimeout(() => {
      logger.error('requests in flight were cut off: raise SHUTDOWN_TIMEOUT_MS if they may take longer');
      process.exit(1);
    }, settings.DRAIN_DELAY_MS + settings.SHUTDOWN_TIMEOUT_MS).unref();
    const closed = app.close().finally(() => tracing()?.stop());
    closed.then(
      () => {
        logger.info('stopped');
        process.exit(0);
      },
      (error: unknown) => {
        logger.fatal({ err: error }, 'the shutdown failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** An error that nobody caught leaves the process in a state that nobody knows: it is logged, and ends it. */
export function exitOnUncaughtErrors(logger: Logger): void {
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error, requestId: currentRequest.getStore()?.id }, 'uncaught error: report it');
    process.exit(1);
  });
}
