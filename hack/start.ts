/**
 * `npm start`: runs the built service with everything to try it. Without UPSTREAM_URL it starts the stand-in upstream
 * in the same process. Without API_KEY or API_KEYS_FILE it generates an API key and prints it.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { startUpstream } from '../test/upstream/server.ts';

if (existsSync('.env')) process.loadEnvFile('.env');
const { env } = process;
env['LOG_FORMAT'] ??= process.stdout.isTTY ? 'pretty' : 'json';
env['DRAIN_DELAY_MS'] ??= '0';

const lines = [];
if (!env['UPSTREAM_URL']) {
  env['UPSTREAM_URL'] = (await startUpstream({ seed: Date.now() % 1_000_000 })).url;
  lines.push('Upstream:  the stand-in; one document in ten that it sends is damaged');
}
if (!env['API_KEY'] && !env['API_KEYS_FILE']) {
  env['API_KEY'] = randomBytes(16).toString('hex');
  lines.push(`API key:   ${env['API_KEY']} (for this run only)`);
}
const port = [env['PORT'], env['FLASK_PORT']].find(Boolean) ?? '5000';
const [key = ''] = env['API_KEY'] ? env['API_KEY'].split(',') : ['KEY'];
lines.push(`Try:       curl -D - -o document -H 'X-API-KEY: ${key}' http://localhost:${port}/1`);

// A URL, not a specifier, so that TypeScript does not compile the build.
await import(new URL('../dist/tracing/register.js', import.meta.url).href);
await import(new URL('../dist/main.js', import.meta.url).href);
console.log(`\n${lines.join('\n')}\n`);
