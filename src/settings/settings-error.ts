/** Wrong settings: one line per variable, by name, without any value. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    const each = [...new Set(lines)];
    super(`invalid configuration:\n${each.join('\n')}`);
    this.lines = each;
  }
}
