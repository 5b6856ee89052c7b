import { SettingsError } from './settings-error.ts';

/** The lines of the error in which the parsing of settings ends. */
export function mistakesOf(parse: () => unknown): readonly string[] {
  try {
    parse();
  } catch (error) {
    if (error instanceof SettingsError) return error.lines;
    throw error;
  }
  throw new Error('the settings were accepted');
}
