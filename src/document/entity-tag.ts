import { hash } from 'node:crypto';

/** Of base64url: 132 bits of the hash, more than enough that two documents never share a tag. */
const TAG_LENGTH = 22;

/**
 * A strong entity tag, RFC 9110 section 8.8.3: equal for equal bytes and for no others, whenever and wherever
 * they were fetched, so that it holds across replicas and restarts.
 */
export function entityTag(bytes: Uint8Array): string {
  return `"${hash('sha256', bytes, 'base64url').slice(0, TAG_LENGTH)}"`;
}
