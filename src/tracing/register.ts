/**
 * `node --import ./dist/tracing/register.js dist/main.js` switches tracing on when the standard variables of
 * OpenTelemetry ask for it, and loads nothing of it otherwise.
 */
import { existsSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { installTracing } from './tracing.ts';
import { tracingWanted } from './wanted.ts';

// Workers run what the process was told to import, too; they have no spans.
if (isMainThread) {
  // The service reads it again when it starts, and says then what is wrong with it.
  if (existsSync('.env')) process.loadEnvFile('.env');
  if (tracingWanted(process.env)) {
    const { openTelemetry } = await import('./opentelemetry.ts');
    installTracing(openTelemetry());
  }
}
