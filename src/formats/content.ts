/** Why some content went unchecked. Stable: metrics and logs carry these words. */
export type Unchecked =
  /** The bound on the work of one verification, or on the bytes that it may hold. */
  | 'budget'
  /** An encrypted document that another password than the empty one opens, or a handler that is not the standard one. */
  | 'password'
  /** A coding whose structure is checked and whose data are not decoded. */
  | 'jbig2'
  | 'jpx'
  | 'jpeg-arithmetic'
  | 'jpeg-lossless'
  /** A filter that is known by name alone. */
  | 'filter';

/** What the check of one piece of content found. `at` is an offset in that content, in bytes. */
export type Content =
  | { readonly kind: 'whole' }
  | { readonly kind: 'damaged'; readonly at: number }
  | { readonly kind: 'unchecked'; readonly why: Unchecked };
