import Negotiator from 'negotiator';

/**
 * Selects the media types that an `Accept` field allows, RFC 9110 section 12.5.1. The most specific range decides.
 * @param accept undefined or without any media range allows every type
 */
export function acceptable(accept: string | undefined, mediaTypes: readonly string[]): readonly string[] {
  // The common cases skip the parser.
  if (accept === undefined || accept === '*/*' || !accept.includes('/')) return mediaTypes;
  return new Negotiator({ headers: { accept } }).mediaTypes(mediaTypes);
}
