import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { ConfigModule } from '@nestjs/config';
import { parseSettings, type Settings } from './app.settings.ts';
import { createApp } from './app.ts';
import { MIN_KEY_LENGTH, parseKeyFile, readKeyFile } from './auth/key-file.ts';
import { exit, exitOnUncaughtErrors, shutDownOnSignals } from './lifecycle.ts';
import { createLogger } from './logging/logger.ts';
import { SettingsError } from './settings/settings-error.ts';
import { onStopSignal } from './stop-signals.ts';

async function settingsOrExit(): Promise<Settings> {
  try {
    // The logger needs its settings before the app exists. `forRoot()` only loads .env here.
    await ConfigModule.forRoot();
    const settings = parseSettings(process.env);
    const { keysFile } = settings.auth;
    if (keysFile !== undefined) parseKeyFile(await readKeyFile(keysFile));
    return settings;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

const settings = await settingsOrExit();
const { host, port } = settings.http;
const logger = createLogger(settings.logging);
onStopSignal(() => void exit(0));
exitOnUncaughtErrors(logger);
if (settings.auth.keys.some(({ length }) => length < MIN_KEY_LENGTH)) {
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
// Nothing has returned to the event loop so far. A signal that arrived before now ends the process here.
await setImmediate();
try {
  await app.listen({ port, host });
} catch (error) {
  logger.fatal({ err: error }, 'cannot listen: is HOST an address of this machine, and PORT free?');
  await exit(1);
}
shutDownOnSignals(app, settings.http, logger);
// Otherwise V8 may place objects of requests among those that live long, in about every third process. They keep whole
// requests in memory until a full collection, and a request takes half as much processor time again. Set at the end of
// the start, because V8 uses no compile cache of other flags.
setFlagsFromString('--no-allocation-site-pretenuring');
// By default 3,000: with that, a replica needs half as much processor time again in its first seconds of full load.
setFlagsFromString('--invocation-count-for-turbofan=1000');
logger.info({ url: await app.getUrl() }, 'listening');
