import { hash } from 'node:crypto';
import { imprint } from '../formats/formats.ts';
import { entityTagOf } from '../http/entity-tags.ts';

/** The SHA-256 in base64url, which identifies these bytes. */
export function digestOf(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'base64url');
}

/**
 * Makes the strong entity tag of an intact document, RFC 9110 section 8.8.3. Equal documents have equal tags and
 * others do not, in every replica and after every restart.
 */
export function entityTag(bytes: Uint8Array, digest = digestOf(imprint(bytes))): string {
  return entityTagOf(digest);
}
