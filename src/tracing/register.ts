/**
 * `node --import ./dist/tracing/register.js dist/main.js` switches tracing on when the standard variables of
 * OpenTelemetry ask for it, and loads nothing of it otherwise.
 */
import '../stop-signals.ts';
import { existsSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

// Workers run what the process was told to import, too; they have no spans.
if (isMainThread) {
  // The service reads it again when it starts, and says then what is wrong with it.
  if (existsSync('.env')) process.loadEnvFile('.env');
  // Not imported above, where it would be loaded before the signals are taken.
  const { tracingWanted } = await import('./wanted.ts');
  if (tracingWanted(process.env)) {
    const { installOpenTelemetry } = await import('./opentelemetry.ts');
    installOpenTelemetry();
  }
}
