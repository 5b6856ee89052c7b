/** Why content was not checked. Stable: the values of metrics and logs. */
export type Unchecked =
  /** The limit on the work of one verification, or on the bytes that it may hold in memory. */
  | 'budget'
  /** The empty password does not open the document, or its security handler is not the standard one. */
  | 'password'
  /** Of images with rare options or extensions of these codings only the structure is checked; of the last two, always. */
  | 'jbig2'
  | 'jpx'
  | 'jpeg-arithmetic'
  | 'jpeg-lossless'
  /** A filter that is recognised by its name, but not decoded. */
  | 'filter';

/** The result of checking one piece of content. `at` is an offset in that content, in bytes. */
export type Content =
  | { readonly kind: 'whole' }
  | { readonly kind: 'damaged'; readonly at: number }
  | { readonly kind: 'unchecked'; readonly why: Unchecked };

/** Ends the decoding of content that may be sound, for this reason. */
export class NotDecoded extends Error {
  readonly why: Unchecked;

  constructor(why: Unchecked) {
    super(why);
    this.why = why;
  }
}
