import Negotiator from 'negotiator';

/**
 * Those of the media types that an `Accept` field allows, RFC 9110 section 12.5.1: the most specific range that
 * matches a type decides, and a quality of 0 excludes it.
 *
 * @param accept without a field, or with one in which no media range stands, every type is allowed
 */
export function acceptable(accept: string | undefined, mediaTypes: readonly string[]): readonly string[] {
  // What most clients send needs no looking at.
  if (accept === undefined || accept === '*/*' || !accept.includes('/')) return mediaTypes;
  return new Negotiator({ headers: { accept } }).mediaTypes(mediaTypes);
}
