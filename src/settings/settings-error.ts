/** Invalid settings: one line for each variable, without values. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    const each = [...new Set(lines)];
    super(`invalid configuration:\n${each.join('\n')}`);
    this.lines = each;
  }
}
