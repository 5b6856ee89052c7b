import { existsSync } from 'node:fs';
import { createApp } from './app.ts';
import { createLogger } from './logging/logger.ts';
import { parseSettings, type Settings, SettingsError } from './settings/settings.ts';

function settingsOrExit(): Settings {
  try {
    if (existsSync('.env')) process.loadEnvFile('.env');
    return parseSettings(process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

const settings = settingsOrExit();
const logger = await createLogger(settings);
const app = await createApp(settings, logger);

for (const key of settings.API_KEY.filter(({ length }) => length < 16)) {
  logger.warn(
    { length: key.length },
    'an API key is shorter than 16 characters: make a longer one, as with `openssl rand -hex 32`',
  );
}

let stopping = false;
const stop = (signal: NodeJS.Signals): void => {
  if (stopping) {
    logger.warn({ signal }, 'ended at once by a second signal: requests in flight were cut off');
    process.exit(1);
  }
  stopping = true;
  logger.info({ signal }, 'shutting down: unready from now on, then finishing what is in flight');
  setTimeout(() => {
    logger.error('shutdown took longer than SHUTDOWN_TIMEOUT_MS: requests in flight were cut off');
    process.exit(1);
  }, settings.DRAIN_DELAY_MS + settings.SHUTDOWN_TIMEOUT_MS).unref();
  app.close().then(
    () => {
      logger.info('stopped');
      process.exit(0);
    },
    (error: unknown) => {
      logger.fatal({ err: error }, 'shutdown failed');
      process.exit(1);
    },
  );
};
process.on('SIGTERM', stop);
process.on('SIGINT', stop);

await app.listen({ port: settings.PORT, host: settings.HOST });
logger.info({ url: await app.getUrl() }, 'listening');
