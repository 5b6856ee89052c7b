import { SettingsError } from './settings-error.ts';

/** Returns the lines of the SettingsError that `parse` throws. */
export function mistakesOf(parse: () => unknown): readonly string[] {
  try {
    parse();
  } catch (error) {
    if (error instanceof SettingsError) return error.lines;
    throw error;
  }
  throw new Error('the settings were accepted');
}
