import type { DynamicModule } from '@nestjs/common';
import { ConfigModule, type ConfigType, registerAs } from '@nestjs/config';
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

/** The modules that have settings, by the names of their folders. */
export const namespaces = {
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
export const variables: readonly string[] = Object.values(namespaces).flatMap(({ variables: own }) => own);

/** The settings of one run, by module. */
export type Settings = Readonly<{ [Name in keyof typeof namespaces]: ConfigType<(typeof namespaces)[Name]> }>;

/** Parses the environment of the run. @throws SettingsError naming every wrong setting of every module at once */
export function parseSettings(env: Environment): Settings {
  const lines: string[] = [];
  const values = Object.entries(namespaces).map(([name, namespace]) => {
    try {
      return [name, namespace(env)] as const;
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      lines.push(...error.lines);
      return [name, undefined] as const;
    }
  });
  if (lines.length > 0) throw new SettingsError(lines);
  return Object.freeze(Object.fromEntries(values)) as Settings;
}

/** Provides each module with its part of `settings`. The environment of the process is not read. */
export function configuration(settings: Settings): Promise<DynamicModule> {
  const names = Object.keys(namespaces) as (keyof typeof namespaces)[];
  return ConfigModule.forRoot({
    isGlobal: true,
    ignoreEnvFile: true,
    validatePredefined: false,
    skipProcessEnv: true,
    load: names.map((name) => registerAs(name, () => settings[name])),
  });
}
