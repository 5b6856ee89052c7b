import { type DynamicModule, Global, Module } from '@nestjs/common';
import { ConfigModule, getConfigToken, registerAs } from '@nestjs/config';
import type { Settings } from './settings.ts';

/** The token under which the frozen settings are injected: `@Inject(SETTINGS) settings: Settings`. */
export const SETTINGS = getConfigToken('settings');

/** Hands the settings, parsed before anything else was built, to whoever injects them. */
@Global()
@Module({})
export class SettingsModule {
  static with(settings: Settings): DynamicModule {
    const config = ConfigModule.forFeature(registerAs('settings', () => settings));
    return { module: SettingsModule, imports: [config], exports: [config] };
  }
}
