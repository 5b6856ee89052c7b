import { existsSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { parseSettings, type Settings } from './app.settings.ts';
import { createApp } from './app.ts';
import { parseKeyFile, readKeyFile } from './auth/key-file.ts';
import { exit, exitOnUncaughtErrors, shutDownOnSignals } from './lifecycle.ts';
import { createLogger } from './logging/logger.ts';
import { SettingsError } from './settings/settings-error.ts';
import { onStopSignal } from './stop-signals.ts';

const MIN_KEY_LENGTH = 16;

async function settingsOrExit(): Promise<Settings> {
  try {
    if (existsSync('.env')) process.loadEnvFile('.env');
    const settings = parseSettings(process.env);
    if (settings.API_KEYS_FILE !== undefined) parseKeyFile(await readKeyFile(settings.API_KEYS_FILE));
    return settings;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

const settings = await settingsOrExit();
const logger = await createLogger(settings);
onStopSignal(() => void exit(0));
exitOnUncaughtErrors(logger);
if (settings.API_KEY.some(({ length }) => length < MIN_KEY_LENGTH)) {
  logger.warn(
    `an API key has fewer than ${MIN_KEY_LENGTH} characters: generate a longer one, for instance with openssl rand -hex 32`,
  );
}

const app = await createApp(settings, logger);
try {
  await app.init();
} catch (error) {
  logger.fatal({ err: error }, 'cannot start');
  await exit(1);
}
// Nothing so far has let the event loop turn: a signal that came meanwhile ends the process here.
await setImmediate();
try {
  await app.listen({ port: settings.PORT, host: settings.HOST });
} catch (error) {
  logger.fatal({ err: error }, 'cannot listen: is HOST an address of this machine, and PORT free?');
  await exit(1);
}
shutDownOnSignals(app, settings, logger);
const { PUBLIC_URL } = settings;
logger.info(
  {
    url: await app.getUrl(),
    // Never with a key: the log is read by others than those who may have one.
    ...(PUBLIC_URL !== undefined && {
      try: `curl -D - -o document -H "X-API-KEY: $API_KEY" ${PUBLIC_URL}/1`,
      apiKey: 'API_KEY of the environment or of .env, or its default in docker-compose.yml',
    }),
  },
  'listening',
);
