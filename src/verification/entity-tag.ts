import { hash } from 'node:crypto';
import { imprint } from '../formats/formats.ts';

/** Of base64url: 132 bits of the digest, more than enough that two documents never share a tag. */
const TAG_LENGTH = 22;

/** Stands for these bytes and no others, whoever made them. */
export function digestOf(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'base64url');
}

/**
 * A strong entity tag, RFC 9110 section 8.8.3: equal for equal documents and for no others, whenever and wherever
 * they were fetched, so that it holds across replicas and restarts.
 *
 * @param bytes an intact document
 */
export function entityTag(bytes: Uint8Array, digest = digestOf(imprint(bytes))): string {
  return `"${digest.slice(0, TAG_LENGTH)}"`;
}
