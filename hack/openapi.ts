/**
 * `npm run openapi`: writes docs/openapi.json, which is `/openapi.json` with the default settings. A test compares
 * the two.
 */
import { writeFileSync } from 'node:fs';
import type { parseSettings as ParseSettings } from '../src/app.settings.ts';
import type { createApp as CreateApp } from '../src/app.ts';
import type { createLogger as CreateLogger } from '../src/logging/logger.ts';
import type { OpenApiDocument as TheDocument } from '../src/openapi/openapi-document.ts';

// Node does not run decorators, so this imports the build.
const built = async <Module>(path: string): Promise<Module> =>
  (await import(new URL(`../dist/${path}`, import.meta.url).href)) as Module;

const { createApp } = await built<{ createApp: typeof CreateApp }>('app.js');
const { createLogger } = await built<{ createLogger: typeof CreateLogger }>('logging/logger.js');
const { OpenApiDocument } = await built<{ OpenApiDocument: typeof TheDocument }>(
  'openapi/openapi-document.js',
);
const { parseSettings } = await built<{ parseSettings: typeof ParseSettings }>('app.settings.js');

const settings = parseSettings({ API_KEY: 'none', LOG_LEVEL: 'silent', DRAIN_DELAY_MS: '0' });
const app = await createApp(settings, await createLogger(settings.logging));
await app.init();
writeFileSync(
  new URL('../docs/openapi.json', import.meta.url),
  `${JSON.stringify(app.get(OpenApiDocument, { strict: false }).toJson(), null, 2)}\n`,
);
await app.close();
