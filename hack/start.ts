/**
 * `npm start`: runs the built service with everything to try it. Without UPSTREAM_URL it starts the stand-in upstream
 * in the same process. Without API_KEY or API_KEYS_FILE it generates an API key and prints it. In a terminal the log is
 * formatted for people.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { prettyFactory } from 'pino-pretty';
import type { standardOutput as StandardOutput } from '../src/logging/log-output.ts';
import { startUpstream } from '../test/upstream/server.ts';

if (existsSync('.env')) process.loadEnvFile('.env');
const { env } = process;
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
const built = (path: string): Promise<unknown> => import(new URL(`../dist/${path}`, import.meta.url).href);
await built('tracing/register.js');
if (process.stdout.isTTY) {
  const { standardOutput } = (await built('logging/log-output.js')) as {
    standardOutput: typeof StandardOutput;
  };
  const write = standardOutput.write.bind(standardOutput);
  const format = prettyFactory({ colorize: true, singleLine: true });
  standardOutput.write = (line) => write(format(line));
}
await built('main.js');
console.log(`\n${lines.join('\n')}\n`);
