import type { ConfigType } from '@nestjs/config';
import { authConfig } from './auth/auth.config.ts';
import { documentConfig } from './document/document.config.ts';
import { httpConfig } from './http/http.config.ts';
import { loggingConfig } from './logging/logging.config.ts';
import { rateLimitConfig } from './rate-limit/rate-limit.config.ts';
import { resilienceConfig } from './resilience/resilience.config.ts';
import type { Environment } from './settings/namespace.ts';
import { SettingsError } from './settings/settings-error.ts';
import { upstreamConfig } from './upstream/upstream.config.ts';
import { verificationConfig } from './verification/verification.config.ts';

/** The rooms that have settings, by the names of their folders. */
export const rooms = {
  document: documentConfig,
  verification: verificationConfig,
  upstream: upstreamConfig,
  resilience: resilienceConfig,
  auth: authConfig,
  'rate-limit': rateLimitConfig,
  logging: loggingConfig,
  http: httpConfig,
};

/** Every environment variable that the service reads as a setting; `.env.example` describes each. */
export const variables: readonly string[] = Object.values(rooms).flatMap((room) => room.variables);

/** The settings of one run, by room. */
export type Settings = Readonly<{ [Room in keyof typeof rooms]: ConfigType<(typeof rooms)[Room]> }>;

/**
 * Parses the environment into the settings of the run.
 *
 * @throws SettingsError naming every wrong setting of every room at once
 */
export function parseSettings(env: Environment): Settings {
  const lines: string[] = [];
  const values = Object.entries(rooms).map(([name, room]) => {
    try {
      return [name, room(env)] as const;
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      lines.push(...error.lines);
      return [name, undefined] as const;
    }
  });
  if (lines.length > 0) throw new SettingsError(lines);
  return Object.freeze(Object.fromEntries(values)) as Settings;
}
