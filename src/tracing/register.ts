/**
 * `node --import ./dist/tracing/register.js dist/main.js` enables tracing if the standard variables of OpenTelemetry
 * ask for it, and loads nothing of it otherwise.
 */
import '../stop-signals.ts';
import { existsSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

// Workers load this file too, but have no spans.
if (isMainThread) {
  // The service reads .env again when it starts, and reports mistakes then.
  if (existsSync('.env')) process.loadEnvFile('.env');
  // A static import would load this before the signal handlers are installed.
  const { tracingWanted } = await import('./wanted.ts');
  if (tracingWanted(process.env)) {
    const { installOpenTelemetry } = await import('./opentelemetry.ts');
    installOpenTelemetry();
  }
}
