import type { Unchecked } from '../content.ts';

/** What makes the rest of a segment useless: it cannot be what an encoder wrote. */
export class Jbig2Damage extends Error {}

/** Ends the decoding of one segment whose data may be sound. */
export class NotDecoded extends Error {
  readonly why: Unchecked;

  constructor(why: 'jbig2' | 'budget') {
    super(why);
    this.why = why;
  }
}
