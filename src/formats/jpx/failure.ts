import type { Unchecked } from '../content.ts';

/** The image is damaged. `at` is an offset in its data, in bytes. */
export class Malformed extends Error {
  readonly at: number;

  constructor(at: number) {
    super('malformed');
    this.at = at;
  }
}

/** The rest of the image is not decoded, for this reason. */
export class Undecoded extends Error {
  readonly why: Unchecked;

  constructor(why: Unchecked) {
    super(why);
    this.why = why;
  }
}
