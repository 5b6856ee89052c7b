import type { ConfigType } from '@nestjs/config';
import { documentConfig } from './document/document.config.ts';
import { resilienceConfig } from './resilience/resilience.config.ts';
import type { Environment } from './settings/namespace.ts';
import { SettingsError } from './settings/settings-error.ts';
import { environment, parseSettings as parseOthers, type Settings as Others } from './settings/settings.ts';
import { upstreamConfig } from './upstream/upstream.config.ts';
import { verificationConfig } from './verification/verification.config.ts';

/** The rooms that have settings, by the names of their namespaces. */
export const rooms = {
  document: documentConfig,
  verification: verificationConfig,
  upstream: upstreamConfig,
  resilience: resilienceConfig,
};

/** Every environment variable that the service reads as a setting; `.env.example` describes each. */
export const variables: readonly string[] = [
  ...Object.values(rooms).flatMap((room) => room.variables),
  ...Object.keys(environment.in.shape),
];

/** The settings of one run, by room. */
export type Settings = Others & Readonly<{ [Room in keyof typeof rooms]: ConfigType<(typeof rooms)[Room]> }>;

/**
 * Parses the environment into the settings of the run.
 *
 * @throws SettingsError naming every wrong setting of every room at once
 */
export function parseSettings(env: Environment): Settings {
  const lines: string[] = [];
  const values = Object.entries({ ...rooms, others: parseOthers }).map(([room, parse]) => {
    try {
      return [room, parse(env)] as const;
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      lines.push(...error.lines);
      return [room, undefined] as const;
    }
  });
  if (lines.length > 0) throw new SettingsError(lines);
  const { others, ...byRoom } = Object.fromEntries(values);
  return Object.freeze({ ...others, ...byRoom }) as Settings;
}
