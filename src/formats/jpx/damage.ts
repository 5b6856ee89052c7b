/** The image is damaged. `at` is an offset in its data, in bytes. */
export class JpxDamage extends Error {
  readonly at: number;

  constructor(at: number) {
    super('damaged');
    this.at = at;
  }
}
